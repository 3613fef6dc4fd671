"""The first tables: conversations, leases, inbox, dead letters, reminders, holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "conversations",
        sa.Column("conversation", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("expires", sa.Double, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "leases",
        sa.Column("conversation", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.Column("due", sa.Double),
        sqlite_with_rowid=False,
    )
    _create_partial_index("leases_due", "leases", ["due"], "due IS NOT NULL")
    op.create_table(
        "inbox",
        sa.Column("seq", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("ref", sa.Text, nullable=False, unique=True),
        sa.Column("conversation", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary),
        sa.Column("sent", sa.Text),
        sa.Column("received", sa.Double, nullable=False),
        sa.Column("expires", sa.Double),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("done", sa.Double),
    )
    _create_partial_index("inbox_waiting", "inbox", ["conversation", "seq"], "payload IS NOT NULL")
    op.create_table(
        "dead_letters",
        sa.Column("ref", sa.Text, primary_key=True),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("conversation", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("sent", sa.Text),
        sa.Column("received", sa.Double, nullable=False),
        sa.Column("expires", sa.Double),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("buried", sa.Double, nullable=False),
    )
    op.create_index("dead_letters_conversation", "dead_letters", ["conversation"])
    op.create_table(
        "reminders",
        sa.Column("ref", sa.Text, primary_key=True),
        sa.Column("conversation", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
    )
    op.create_index("reminders_conversation", "reminders", ["conversation"])
    op.create_index("reminders_at", "reminders", ["at"])
    op.create_table(
        "holds",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("until", sa.Double, nullable=False),
    )


def downgrade() -> None:
    for table in ("holds", "reminders", "dead_letters", "inbox", "leases", "conversations"):
        op.drop_table(table)


def _create_partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
