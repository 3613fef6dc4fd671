"""The tables of the clinic's page: who may come in, who is in, and what they did. No row is about a patient."""

from __future__ import annotations

from sqlalchemy import Column, Double, MetaData, Table, Text


def declare(metadata: MetaData) -> None:
    """``hash``: SHA-256 of the secret, in hex. A link that was used, and a session that ended, have no row any more."""
    Table(
        "page_links",
        metadata,
        Column("hash", Text, primary_key=True),
        Column("clinic", Text, nullable=False),
        Column("role", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("expires", Double, nullable=False),
    )
    Table(
        "page_sessions",
        metadata,
        Column("hash", Text, primary_key=True),
        Column("id", Text, nullable=False),
        Column("clinic", Text, nullable=False),
        Column("role", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("began", Double, nullable=False),
        Column("seen", Double, nullable=False),
        Column("expires", Double, nullable=False),
    )
    # The key begins with what is asked for: the latest lines of a clinic.
    Table(
        "page_audit",
        metadata,
        Column("clinic", Text, primary_key=True),
        Column("at", Double, primary_key=True),
        Column("id", Text, primary_key=True),
        Column("who", Text, nullable=False),
        Column("what", Text, nullable=False),
        Column("detail", Text, nullable=False),
        sqlite_with_rowid=False,
    )
