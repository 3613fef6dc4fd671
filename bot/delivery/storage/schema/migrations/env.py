"""Alembic runs this for every command: on the connection that ``upgrade.migrate`` gives, or to compare with ``tables.py``."""

from __future__ import annotations

from alembic import context

from bot.delivery.storage.schema.tables import METADATA

# `render_as_batch`: SQLite can change little of a table; Alembic then writes it anew.
context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
