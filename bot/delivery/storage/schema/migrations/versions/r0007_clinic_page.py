"""Links that open the clinic's page, sessions, and what was done on it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "page_links",
        sa.Column("hash", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("clinic", "role", "name")),
        sa.Column("expires", sa.Double, nullable=False),
    )
    op.create_table(
        "page_sessions",
        sa.Column("hash", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("id", "clinic", "role", "name")),
        *(sa.Column(name, sa.Double, nullable=False) for name in ("began", "seen", "expires")),
    )
    op.create_table(
        "page_audit",
        sa.Column("clinic", sa.Text),
        sa.Column("at", sa.Double),
        sa.Column("id", sa.Text),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("who", "what", "detail")),
        sa.PrimaryKeyConstraint("clinic", "at", "id"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for name in ("page_audit", "page_sessions", "page_links"):
        op.drop_table(name)
