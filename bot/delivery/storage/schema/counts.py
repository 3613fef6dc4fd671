"""The tables of what is counted: by hour, and what is older by day. No row is about a person.

The primary key begins with what is asked for, so that a report reads a stretch of it and nothing else.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, MetaData, Table, Text


def declare(metadata: MetaData) -> None:
    """``hour``: Unix time / 3600. ``day``: the clinic's, as YYYY-MM-DD. The others: see ``counting/measures.py``."""
    for name, moment in (("hour_counts", ("hour", BigInteger)), ("day_counts", ("day", Text))):
        Table(
            name,
            metadata,
            Column("clinic", Text, primary_key=True),
            Column("measure", Text, primary_key=True),
            Column(*moment, primary_key=True),
            Column("channel", Text, primary_key=True),
            Column("subject", Text, primary_key=True),
            Column("detail", Text, primary_key=True),
            Column("count", BigInteger, nullable=False),
            sqlite_with_rowid=False,
        )
