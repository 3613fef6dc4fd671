"""What a channel does with an update that was taken, and how it says that it cannot."""

from __future__ import annotations

from typing import Protocol

from bot.delivery.journal import NO_JOURNAL, Journal, WorkJournal
from bot.delivery.storage import Incoming, Work, WorkOutcome


class Later(Exception):
    """The update cannot be worked off now, through no fault of its own; again in ``after`` seconds."""

    def __init__(self, after: float) -> None:
        super().__init__(f"again in {after:.1f} s")
        self.after = after


class Hopeless(Exception):
    """The update can never be worked off. ``reason`` is one of a few words, never content."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Handler(Protocol):
    """What a channel does with an update."""

    async def handle(self, work: Work, state: str | None, journal: WorkJournal) -> WorkOutcome:
        """Answers ``work``; ``state`` is what its conversation left. Raises Later, Hopeless; all else is a failed try."""
        ...

    async def is_urgent(self, update: Incoming) -> bool:
        """Whether ``update`` is to be answered at once, before others of its conversation that came earlier."""
        ...

    async def answer_urgent(self, update: Incoming, journal: Journal = NO_JOURNAL) -> bool:
        """Answers ``update`` if it is urgent, without a store; whether it did. ``journal`` hears of what went out."""
        ...
