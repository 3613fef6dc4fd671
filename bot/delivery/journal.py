"""What is known of the parts of a reply that is on its way out, so that none is sent more often than it must be."""

from __future__ import annotations

from typing import Final, Protocol

from bot.delivery.storage import OVERTAKEN, Lease, Storage, Work


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


class MemoryJournal:
    """For what is answered out of its turn: what went out is known when its turn comes, in this process."""

    def __init__(self) -> None:
        self.noted: dict[str, str] = {}

    def sent(self, part: str) -> str | None:
        return self.noted.get(part)

    async def note(self, part: str, what: str) -> None:
        self.noted[part] = what


class WorkJournal:
    """The send journal of one update (the Journal that channels' senders see). Parts are named "n/m".

    That the last part was sent is not written down: the commit that says that the update is done follows at once.
    """

    def __init__(self, storage: Storage, lease: Lease, work: Work) -> None:
        self._storage, self._lease, self._work = storage, lease, work
        self._noted = dict(work.sent)

    def sent(self, part: str) -> str | None:
        # What was answered out of its turn has its turn all the same, for what is remembered; nothing of it is said again.
        return "sent" if self._noted.get(OVERTAKEN) == "sent" else self._noted.get(part)

    async def note(self, part: str, what: str) -> None:
        self._noted[part] = what
        number, _, count = part.partition("/")
        if what == "sent" and number == count:
            return
        await self._storage.note(self._lease, self._work, part, what)
