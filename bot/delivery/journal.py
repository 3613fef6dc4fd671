"""What is known of the parts of a reply that is on its way out, so that none is sent more often than it must be."""

from __future__ import annotations

from typing import Final, Protocol


class Journal(Protocol):
    """What is known of the parts of one reply: "sent", "unknown", or "twice" (unknown two times)."""

    def sent(self, part: str) -> str | None: ...

    async def note(self, part: str, what: str) -> None:
        """Durable when it returns."""


class NoJournal:
    """For what is sent outside of an update, or while the store is down."""

    def sent(self, part: str) -> str | None:  # noqa: ARG002  # the protocol names it
        return None

    async def note(self, part: str, what: str) -> None: ...


NO_JOURNAL: Final = NoJournal()
