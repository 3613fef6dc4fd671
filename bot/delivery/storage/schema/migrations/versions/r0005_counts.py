"""What is counted, by hour, and what is older by day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, moment in (("hour_counts", sa.Column("hour", sa.BigInteger)), ("day_counts", sa.Column("day", sa.Text))):
        op.create_table(
            name,
            sa.Column("clinic", sa.Text),
            sa.Column("measure", sa.Text),
            moment,
            sa.Column("channel", sa.Text),
            sa.Column("subject", sa.Text),
            sa.Column("detail", sa.Text),
            sa.Column("count", sa.BigInteger, nullable=False),
            sa.PrimaryKeyConstraint("clinic", "measure", moment.name, "channel", "subject", "detail"),
            sqlite_with_rowid=False,
        )


def downgrade() -> None:
    op.drop_table("hour_counts")
    op.drop_table("day_counts")
