"""What transactions are made of: a generator yields a step, the database performs it and sends back the rows.

So one text of every operation serves both databases: SQLite performs the steps on its thread, PostgreSQL awaits them. Statements
are written as PostgreSQL reads them; ``sqlite.py`` says what it changes. SQLAlchemy has no part in it; it cost, as measured:
- a SELECT by key: 45 us (driver SQL) to 58 us (Core) of CPU on top of sqlite3, which takes 4 us;
- a transaction of five SELECTs with asyncpg: 1.4 ms through ``run_sync``, 0.55 ms without;
- 25 to 30 MB of resident memory and 0.3 s of start-up. Only a change of the tables loads it (``upgrade.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar

from bot.dialogue.conversation import ConversationKey

T = TypeVar("T")
Row: TypeAlias = tuple[Any, ...]
Rows: TypeAlias = Sequence[Row]


@dataclass(frozen=True, slots=True)
class Query:
    """One statement and its values. A list among them is for ``= ANY ($n)``."""

    statement: str
    values: Row = ()


@dataclass(frozen=True, slots=True)
class Write:
    """One statement for many rows of values; nothing comes back."""

    statement: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Enter:
    """Put rows (ref, conversation, payload, received, expires) into the inbox, in order; the refs of the new ones come back."""

    rows: Sequence[Row]


Step: TypeAlias = Query | Write | Enter
Transaction: TypeAlias = Generator[Step, Rows, T]
Begin: TypeAlias = Callable[[], Transaction[T]]  # makes a transaction anew, so that it can be tried again


@dataclass(frozen=True, slots=True)
class Terms:
    """Who asks, when, and for how long things are kept (seconds).

    ``now`` is Unix seconds, for what people were told and what runs out. ``ticks`` are the seconds of the clock that leases and
    pauses go by: the machine's since it started, or the database server's.
    """

    owner: str
    now: float
    ticks: float
    lease_seconds: float
    conversation_seconds: float

    def since(self, moment: float) -> float:
        """The tick at which it was ``moment``; not later than now, though the time of day was set back."""
        return self.ticks - max(0.0, self.now - moment)


def name(clinic: str, channel: str, id: str) -> str:
    """One readable text for the three: the name of a conversation, or the ref of an update, a reminder or a dead letter."""
    return _prefix(clinic, channel) + id


def key(name: str) -> ConversationKey:
    clinic, channel, id = name.split("/", 2)
    return ConversationKey(_unescape(clinic), _unescape(channel), id)


@lru_cache(maxsize=64)
def _prefix(clinic: str, channel: str) -> str:
    return f"{escaped(clinic)}/{escaped(channel)}/"


def escaped(part: str) -> str:
    """A part of a name, without the sign that parts are joined by."""
    return part.replace("%", "%25").replace("/", "%2F")


def _unescape(part: str) -> str:
    return part.replace("%2F", "/").replace("%25", "%")
