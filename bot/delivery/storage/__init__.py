"""What outlives a moment: the inbox, conversations, the send journal, dead letters, reminders, keys. A protocol and its values.

An update is in the inbox before anybody is told that it was taken. Who holds the lease of a conversation works its updates off,
in order; what a person wrote is gone in the commit that says an update is done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Protocol, TypeVar

from bot.delivery.storage.operations.steps import Begin
from bot.dialogue.conversation import ConversationKey

T = TypeVar("T")
# The part of the send journal under which it stands that an update was answered out of its turn.
OVERTAKEN: Final = "overtaken"


class StorageError(Exception):
    """The store cannot be reached, or refused. The message says what to look at, and no content.

    Nothing of this call is stored, unless the connection broke just when PostgreSQL was asked to commit: then it may be. Asking
    again is harmless: what was taken is known, what was finished is a lease lost.
    """


@dataclass(frozen=True, slots=True)
class Incoming:
    """One update as it came. ``id`` is the channel's own; ``payload`` is raw. Moments are Unix seconds.

    ``expires``: past that moment it is not worked off any more (None: it never expires).
    """

    key: ConversationKey
    id: str
    payload: bytes
    received: float
    expires: float | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """An update to be worked off. ``attempts`` counts those that were begun and not finished; ``sent`` is its send journal.

    ``sent`` maps a part of the reply to what became of it: "sent", or "unknown" (the request went out and no answer came).
    """

    update: Incoming
    attempts: int = 0
    sent: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Lease:
    """A conversation held by this process; ``fence`` rises with every holder.

    ``state`` is what is remembered of the conversation, as it was saved (None: nothing, or it expired).
    ``work``: its updates, the oldest first; not more than 20 of them, the rest comes when those are finished.
    """

    key: ConversationKey
    fence: int
    state: str | None
    work: tuple[Work, ...]


@dataclass(frozen=True, slots=True)
class Reminder:
    """Something to say to a conversation later: at ``at`` its ``payload`` comes into the inbox as an update of that conversation.

    ``id`` is never used twice within a channel; that of the update is "reminder:" and ``id``.
    """

    id: str
    at: float
    payload: bytes


@dataclass(frozen=True, slots=True)
class WorkOutcome:
    """What an update leaves behind. ``state`` None: the conversation is forgotten; "" : it stays as it is.

    ``remind`` is added; with ``unremind`` those of before are gone first. ``forget``: all that was stored about the conversation
    before this update goes (state, reminders, dead letters, updates) whatever else is set; what came after it is worked off. Only
    the ids of its updates stay, so that none is answered twice, and no longer say whose they were.
    ``moved``: the conversation has another key from now on; state and reminders go there (if it has a state
    there, ``state`` "" leaves that one as it is).
    """

    state: str | None = ""
    remind: tuple[Reminder, ...] = ()
    unremind: bool = False
    forget: bool = False
    moved: ConversationKey | None = None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An update that could not be worked off. ``reason`` is one of a few words, never content."""

    key: ConversationKey
    id: str
    reason: str
    attempts: int
    buried: float


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key for the API of a clinic: its secret as SHA-256 in hex. Moments are Unix seconds; ``revoked`` None: it is valid.

    ``clinic`` "": of the time when a database had one clinic; it opens any.
    """

    name: str
    hash: str
    created: float
    revoked: float | None = None
    clinic: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """How much is stored about one conversation: ``state`` is 0 or 1; ``handed_over``: lines that the staff have of it."""

    state: int
    waiting: int
    reminders: int
    dead: int
    handed_over: int = 0


@dataclass(frozen=True, slots=True)
class Counts:
    """How much waits. ``oldest``: when the oldest waiting update was received, None where none waits."""

    waiting: int
    oldest: float | None
    dead: int
    reminders: int


class Storage(Protocol):
    """Every call raises StorageError where the store fails; a call that returned is durable.

    ``trouble``: what is wrong, in the store's own words, from the first call that failed, whoever made it, until it has been seen
    that it can write again. None: nothing.
    """

    @property
    def trouble(self) -> str | None: ...

    async def start(self) -> None:
        """Connect, and bring the tables up to date. May be called again after it failed."""

    async def close(self) -> None: ...

    async def take(self, updates: Sequence[Incoming]) -> tuple[int, tuple[Lease, ...]]:
        """Put ``updates`` into the inbox; those whose channel and id are known (also done ones) are ignored.

        Returns how many were new, and the leases of their conversations where nobody held them (now held by this process), with
        all that waits there. Whoever is cancelled while waiting for this gets neither; the leases run out then.
        """

    async def claim(self, limit: int, clinics: Sequence[str] | None = None) -> tuple[Lease, ...]:
        """Leases of at most ``limit`` conversations that have work due and that nobody holds; the longest waiting first.

        Only those of ``clinics``, where they are named: what another process serves waits for that one. Reminders that are
        due come into the inbox first. An attempt counts for the first update of a lease that ran out.
        """

    async def finish(self, lease: Lease, work: Work, outcome: WorkOutcome) -> Lease | None:
        """``work`` is done: payload and journal gone, ``outcome`` stored, in one commit.

        Returns the lease with what waits for it now (renewed), or None where nothing does: then it is released. Raises LeaseLost.
        """

    async def postpone(self, lease: Lease, work: Work, after: float, counted: bool = True) -> None:
        """Try ``work`` again in ``after`` seconds (600 at the most); an attempt more is ``counted`` or not. The lease is
        released.

        Its order is kept: nothing later of this conversation is worked off before. Raises LeaseLost.
        """

    async def bury(self, lease: Lease, work: Work, reason: str) -> Lease | None:
        """Make a dead letter of ``work``; returns as ``finish`` does. Raises LeaseLost."""

    async def note(self, lease: Lease, work: Work, part: str, what: str) -> None:
        """Write to the send journal what became of a part of the reply: "sent" or "unknown". Raises LeaseLost."""

    async def overtake(self, update: Incoming) -> bool:
        """Note that ``update`` is being answered out of its turn; False where it waits for no other, is done, or noted already.

        Whoever holds the conversation reads it in the journal when the turn of ``update`` comes, as OVERTAKEN.
        """

    async def overtook(self, update: Incoming) -> None:
        """Note that ``update`` was answered out of its turn."""

    async def renew(self, leases: Iterable[Lease]) -> None:
        """Hold ``leases`` for another lease time; those that were lost are left out."""

    async def release(self, leases: Iterable[Lease]) -> None:
        """Give ``leases`` back, with their work undone and no attempt counted."""

    async def hold(self, name: str) -> bool:
        """Take or renew the one lease of that name (who polls); False where another process holds it."""

    async def load(self, key: ConversationKey) -> str | None:
        """What is remembered of the conversation; None where nothing is, or it expired."""

    async def reminders(self, key: ConversationKey) -> tuple[Reminder, ...]:
        """Those of the conversation that are to come, the next first."""

    async def save(self, key: ConversationKey, state: str) -> None:
        """Remember ``state``; for turns that need no inbox."""

    async def forget(self, key: ConversationKey) -> None:
        """As ``WorkOutcome.forget``, outside an update: what waits goes, too."""

    async def kept(self, key: ConversationKey) -> Kept:
        """What ``forget`` would delete."""

    async def dead_letters(self, limit: int) -> tuple[DeadLetter, ...]:
        """The latest first."""

    async def requeue(self, channel: str, ids: Sequence[str]) -> int:
        """Put those dead letters back into the inbox, with no attempt counted; returns how many there were."""

    async def counts(self) -> Counts: ...

    async def add_key(self, key: ApiKey) -> bool:
        """Keep ``key``; False where one of the clinic has that name already, also a revoked one: then nothing is changed."""

    async def keys(self, clinic: str) -> tuple[ApiKey, ...]:
        """All that open ``clinic``, the oldest first."""

    async def revoke_key(self, clinic: str, name: str, moment: float) -> bool:
        """The key is not valid any more from ``moment`` on; False where no valid one has that name."""

    async def run(self, begin: Begin[T], *, write: bool = True) -> T:
        """One transaction of somebody's own records (see ``operations/steps.py``); what it gives. It may be begun anew."""
        ...

    async def clean(self) -> None:
        """Drop what has run out: conversations, ids of done updates, dead letters. Then it is unreadable in the files, too.

        SQLite: overwritten at once, the log truncated soon after. PostgreSQL: its tables are vacuumed; copies stay in its
        write-ahead log until that is recycled, and in free space of a page until that is used again.
        """


class LeaseLost(Exception):
    """Another process holds the conversation now (the lease ran out); what was to be stored is not."""
