"""Conversations that people have taken over, and what was said in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_OPEN = sa.text("closed IS NULL")


def upgrade() -> None:
    texts = ("clinic", "conversation", "who", "name", "reason", "language", "state")
    moments = ("waiting", "answered", "closed", "reminded", "told")
    op.create_table(
        "handoffs",
        sa.Column("id", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in texts),
        sa.Column("opened", sa.Double, nullable=False),
        sa.Column("claimed_by", sa.Text, nullable=False),
        *(sa.Column(name, sa.Double) for name in moments),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("alarm", sa.Text, nullable=False),
    )
    columns = ["conversation", "who"]
    op.create_index("handoffs_open", "handoffs", columns, unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_index("handoffs_clinic", "handoffs", ["clinic", "state"])
    op.create_table(
        "handoff_messages",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("handoff", "conversation", "side", "author", "text")),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
    )
    op.create_index("handoff_messages_of", "handoff_messages", ["handoff", "seq"])
    op.create_index("handoff_messages_conversation", "handoff_messages", ["conversation"])


def downgrade() -> None:
    op.drop_table("handoff_messages")
    op.drop_table("handoffs")
