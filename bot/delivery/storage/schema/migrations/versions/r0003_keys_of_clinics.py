"""Keys for the API are those of a clinic; the ones that are there open whatever this database serves, as before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_keys_of_clinics",
        sa.Column("clinic", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("hash", sa.Text, nullable=False, unique=True),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("revoked", sa.Double),
    )
    op.execute("INSERT INTO api_keys_of_clinics SELECT '', name, hash, created, revoked FROM api_keys")
    op.drop_table("api_keys")
    op.rename_table("api_keys_of_clinics", "api_keys")


def downgrade() -> None:
    op.create_table(
        "api_keys_of_all",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("hash", sa.Text, nullable=False, unique=True),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("revoked", sa.Double),
    )
    op.execute("INSERT INTO api_keys_of_all SELECT name, hash, created, revoked FROM api_keys WHERE clinic = ''")
    op.drop_table("api_keys")
    op.rename_table("api_keys_of_all", "api_keys")
