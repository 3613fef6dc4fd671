"""The tables of what the bot could not help with. No row names a person; see ``gaps/people.py`` for how they are told apart."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, Index, Integer, LargeBinary, MetaData, Table, Text


def declare(metadata: MetaData) -> None:
    """``day``: Unix time / 86400. ``text``: redacted. ``told``: ids of topics, as JSON. The others: see ``gaps/records.py``."""
    Table(
        "gaps",
        metadata,
        # SQLite keeps a table in order of its key only if the key is called INTEGER.
        Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
        Column("clinic", Text, nullable=False),
        Column("day", BigInteger, nullable=False),
        Column("reason", Text, nullable=False),
        Column("text", Text, nullable=False),
        Column("told", Text, nullable=False),
        Column("period", BigInteger, nullable=False),
        Column("person", Integer, nullable=False),
        Column("state", Text, nullable=False),
        Column("expires", Double, nullable=False),
        Index("gaps_clinic", "clinic", "day"),
    )
    Table(
        "gap_keys",
        metadata,
        Column("clinic", Text, primary_key=True),
        Column("period", BigInteger, primary_key=True, autoincrement=False),
        Column("secret", LargeBinary, nullable=False),
        Column("expires", Double, nullable=False),
    )
