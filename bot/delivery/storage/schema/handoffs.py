"""The tables of conversations that people have taken over. What was said is gone some days after the end."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, Index, Integer, MetaData, Table, Text, text


def declare(metadata: MetaData) -> None:
    """``conversation``: as everywhere; its last part is gone once it is forgotten. See ``handoff/__init__.py`` for the rest."""
    number = BigInteger().with_variant(Integer, "sqlite")
    Table(
        "handoffs",
        metadata,
        Column("id", Text, primary_key=True),
        Column("clinic", Text, nullable=False),
        Column("conversation", Text, nullable=False),
        Column("who", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("language", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("opened", Double, nullable=False),
        Column("claimed_by", Text, nullable=False),
        Column("waiting", Double),
        Column("answered", Double),
        Column("closed", Double),
        Column("reminded", Double),
        Column("told", Double),
        Column("place", Text, nullable=False),
        Column("alarm", Text, nullable=False),
        # A person has one at a time, also where two processes begin it at once.
        Index(
            "handoffs_open",
            "conversation",
            "who",
            unique=True,
            sqlite_where=text("closed IS NULL"),
            postgresql_where=text("closed IS NULL"),
        ),
        Index("handoffs_clinic", "clinic", "state"),
    )
    Table(
        "handoff_messages",
        metadata,
        Column("seq", number, primary_key=True, autoincrement=True),
        Column("id", Text, nullable=False, unique=True),
        Column("handoff", Text, nullable=False),
        Column("conversation", Text, nullable=False),
        Column("side", Text, nullable=False),
        Column("author", Text, nullable=False),
        Column("text", Text, nullable=False),
        Column("at", Double, nullable=False),
        Column("file", Text, nullable=False),
        Index("handoff_messages_of", "handoff", "seq"),
        Index("handoff_messages_conversation", "conversation"),
    )
