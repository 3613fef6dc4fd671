"""Whole stores: backed up, restored, copied to the other database, and looked over.

Row by row, as the two databases share no format: what is read is one snapshot, what is written is one transaction, and nothing of
it stays unless every row that was read is there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from bot.delivery.storage.operations.steps import Rows

# Who polls, for the next seconds: it means nothing in another database.
NOT_CARRIED: Final = frozenset({"holds"})
# Tables that number their rows themselves, as ``seq``.
NUMBERED: Final = ("inbox", "handoff_messages", "gaps")


@dataclass(frozen=True, slots=True)
class TableNames:
    """What a table and its columns are called."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Carried:
    """How many rows of a table were carried over; the other store has as many."""

    table: str
    rows: int


class OpenTables(Protocol):
    """A store within one transaction: it sees what was there when that began. Every call raises StorageError.

    Statements are such as both databases read.
    """

    async def revision(self) -> str | None:
        """Of its tables; None: there are none."""

    async def ticks(self) -> float:
        """What leases go by, see ``operations/steps.py``."""

    async def at_work(self) -> bool:
        """Whether a bot has this store open, as far as can be seen."""

    async def names(self) -> Collection[str]:
        """Of the tables that are there."""

    async def query(self, statement: str) -> Rows: ...

    def read(self, table: TableNames) -> AsyncIterator[Rows]:
        """All rows, some at a time, each with the columns of ``table`` in their order."""

    async def write(self, table: TableNames, rows: Rows) -> None:
        """Rows as ``read`` gives them."""

    async def execute(self, statement: str, *values: object) -> None:
        """``values`` stand in it as $1, $2."""

    async def number(self) -> None:
        """What comes next in a table that is NUMBERED gets a number above those that are there."""

    async def damage(self) -> Sequence[str]:
        """What the database itself finds wrong with its files, as far as it can look."""
