"""The tables, as the newest migration leaves them. Migrations, copying and tests alone load this: see ``operations/steps.py``.

``conversation`` and ``ref`` are names as ``steps.name`` makes them; moments are Unix seconds.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, Index, Integer, LargeBinary, MetaData, Table, Text, text

from bot.delivery.storage.schema import clinic_page, counts, gaps, handoffs

METADATA = MetaData()
for part in (counts, handoffs, clinic_page, gaps):
    part.declare(METADATA)
# SQLite keeps a table in order of its key only if the key is called INTEGER.
NUMBER = BigInteger().with_variant(Integer, "sqlite")

# No index on ``expires``: it would be written with every turn, and only `clean` would read it.
CONVERSATIONS = Table(
    "conversations",
    METADATA,
    Column("conversation", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("expires", Double, nullable=False),
    sqlite_with_rowid=False,
)

# Whoever changes what waits in a conversation holds the lock of its row here. ``due`` is when anybody may take the conversation:
# while somebody holds it (owner is set), the end of the lease; else the moment of the next attempt, or NULL while nothing waits.
LEASES = Table(
    "leases",
    METADATA,
    Column("conversation", Text, primary_key=True),
    Column("owner", Text),
    Column("fence", BigInteger, nullable=False),
    Column("due", Double),
    Index("leases_due", "due", sqlite_where=text("due IS NOT NULL"), postgresql_where=text("due IS NOT NULL")),
    sqlite_with_rowid=False,
)

# ``payload`` and ``sent`` (the send journal, see ``operations/grouped.py``) are NULL from the commit on that says done.
INBOX = Table(
    "inbox",
    METADATA,
    Column("seq", NUMBER, primary_key=True, autoincrement=True),
    Column("ref", Text, nullable=False, unique=True),
    Column("conversation", Text, nullable=False),
    Column("payload", LargeBinary),
    Column("sent", Text),
    Column("received", Double, nullable=False),
    Column("expires", Double),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("done", Double),
    # Ids of done updates are kept for days, and may not slow down the search for what waits.
    Index(
        "inbox_waiting",
        "conversation",
        "seq",
        sqlite_where=text("payload IS NOT NULL"),
        postgresql_where=text("payload IS NOT NULL"),
    ),
)

DEAD_LETTERS = Table(
    "dead_letters",
    METADATA,
    Column("ref", Text, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("conversation", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("sent", Text),
    Column("received", Double, nullable=False),
    Column("expires", Double),
    Column("reason", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("buried", Double, nullable=False),
    Index("dead_letters_conversation", "conversation"),
)

REMINDERS = Table(
    "reminders",
    METADATA,
    Column("ref", Text, primary_key=True),
    Column("conversation", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Index("reminders_conversation", "conversation"),
    Index("reminders_at", "at"),
)

HOLDS = Table(
    "holds",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("until", Double, nullable=False),
)

# ``clinic`` "": of the time when a database had one clinic; such a key opens any. ``hash``: SHA-256 of the secret, in hex. There
# are a few; all of them are read at once.
API_KEYS = Table(
    "api_keys",
    METADATA,
    Column("clinic", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("hash", Text, nullable=False, unique=True),
    Column("created", Double, nullable=False),
    Column("revoked", Double),
)
