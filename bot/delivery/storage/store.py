"""The Storage over either database."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from bot.delivery.storage import (
    ApiKey,
    Counts,
    DeadLetter,
    Incoming,
    Kept,
    Lease,
    LeaseLost,
    Reminder,
    StorageError,
    Work,
    WorkOutcome,
)
from bot.delivery.storage.group_commit import CommitRefused, GroupCommit
from bot.delivery.storage.operations import single
from bot.delivery.storage.operations.grouped import (
    Bury,
    Finish,
    Forget,
    Note,
    Operation,
    Postpone,
    Release,
    Renew,
    Result,
    Save,
    Take,
    batch,
)
from bot.delivery.storage.operations.single import Keep
from bot.delivery.storage.operations.steps import Begin, Terms
from bot.delivery.storage.schema.upgrade import is_behind
from bot.dialogue.conversation import ConversationKey

T = TypeVar("T")
LOG = logging.getLogger(__name__)
# Seconds between two tries to write after the store failed, and what is written then: as much as a long conversation, as a disk
# with room for less is full.
_AGAIN = 0.5
_TRIAL = "x" * 65_536


class Database(Protocol):
    """What the Store needs of a database. Each call raises StorageError; after it, the next one may succeed."""

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    def ticks(self) -> float:
        """Seconds on a clock that all processes of this database share."""

    async def revision(self) -> str | None:
        """Of its tables; None: there are none."""

    async def upgrade(self) -> None: ...

    async def run(self, begin: Begin[T], *, write: bool = True) -> T: ...

    async def scrub(self) -> bool:
        """Make what was removed unreadable in the files; False: not yet, try again."""

    async def vacuum(self) -> None: ...


class WatchedDatabase:
    """The database, and how it is: the one place through which all calls go. The log has a line when that changes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.trouble: str | None = None
        self._opened = False
        self.failed = asyncio.Event()

    def works(self) -> None:
        """It has been seen that it does."""
        if self.trouble is not None:
            LOG.warning("the store works again")
        self._opened, self.trouble = True, None
        self.failed.clear()

    async def _noted(self, call: Awaitable[T]) -> T:
        try:
            return await call
        except CommitRefused:
            raise  # the value is to blame, not the store
        except StorageError as error:
            self._fails(str(error))
            raise

    def _fails(self, why: str) -> None:
        if self.trouble is None and self._opened:  # that it does not open is told by whoever opens it
            LOG.error("the store fails", extra={"reason": why})
        self.trouble = why
        self.failed.set()

    async def start(self) -> None:
        await self._noted(self._database.start())

    async def close(self) -> None:
        await self._database.close()

    def ticks(self) -> float:
        return self._database.ticks()

    async def revision(self) -> str | None:
        return await self._noted(self._database.revision())

    async def upgrade(self) -> None:
        await self._noted(self._database.upgrade())

    async def run(self, begin: Begin[T], *, write: bool = True) -> T:
        return await self._noted(self._database.run(begin, write=write))

    async def scrub(self) -> bool:
        return await self._noted(self._database.scrub())

    async def vacuum(self) -> None:
        await self._noted(self._database.vacuum())


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """``owner`` names this process. Times are seconds; ``scrub``: how long what was removed may still be readable in the file.

    ``clock`` gives Unix seconds, ``ticks`` what leases go by (None: the database's own).
    """

    owner: str
    clock: Callable[[], float]
    ticks: Callable[[], float] | None
    lease: float
    conversation: float
    keep: Keep
    scrub: float


class Store:
    def __init__(self, database: Database, settings: StoreSettings) -> None:
        self._settings = settings
        self._watched = WatchedDatabase(database)
        self._group = GroupCommit(self._commit)
        self._mending: asyncio.Task[None] | None = None
        self._removed = asyncio.Event()
        self._scrubbing: asyncio.Task[None] | None = None

    @property
    def trouble(self) -> str | None:
        return self._watched.trouble

    async def start(self) -> None:
        """May be called again after it failed. Leases that an earlier process of this name left behind run out at once."""
        try:
            await self._watched.start()
            if is_behind(await self._watched.revision()):
                await self._watched.upgrade()
            await self._watched.run(lambda: single.give_up(self._terms()))
        except BaseException:
            await self._watched.close()
            raise
        self._group.start()
        self._watched.works()
        if self._mending is None:
            self._mending = asyncio.create_task(self._mend(), name="mend")
        if self._scrubbing is None:
            self._removed.set()  # what a process that was killed has left
            self._scrubbing = asyncio.create_task(self._scrub(), name="scrub")

    async def close(self) -> None:
        await self._group.close()
        mending, self._mending = self._mending, None
        scrubbing, self._scrubbing = self._scrubbing, None
        if scrubbing is not None and mending is not None:
            mending.cancel()
            scrubbing.cancel()
            await asyncio.gather(mending, scrubbing, return_exceptions=True)
            with contextlib.suppress(StorageError):  # it runs out by itself
                await self._watched.run(lambda: single.unlock_names(self._settings.owner))
        await self._watched.close()

    async def take(self, updates: Sequence[Incoming]) -> tuple[int, tuple[Lease, ...]]:
        result = await self._group.do(Take(tuple(updates)))
        return result if isinstance(result, tuple) else (0, ())

    async def claim(self, limit: int, clinics: Sequence[str] | None = None) -> tuple[Lease, ...]:
        return await self._watched.run(lambda: single.claim(limit, clinics, self._terms()))

    async def finish(self, lease: Lease, work: Work, outcome: WorkOutcome) -> Lease | None:
        return _lease(await self._group.do(Finish(lease, work, outcome)))

    async def postpone(self, lease: Lease, work: Work, after: float, counted: bool = True) -> None:
        await self._group.do(Postpone(lease, work, after, counted))

    async def bury(self, lease: Lease, work: Work, reason: str) -> Lease | None:
        return _lease(await self._group.do(Bury(lease, work, reason)))

    async def note(self, lease: Lease, work: Work, part: str, what: str) -> None:
        await self._group.do(Note(lease, work, part, what))

    async def overtake(self, update: Incoming) -> bool:
        return await self._watched.run(lambda: single.overtake(update, self._terms()))

    async def overtook(self, update: Incoming) -> None:
        await self._watched.run(lambda: single.overtook(update, self._terms()))

    async def renew(self, leases: Iterable[Lease]) -> None:
        await self._group.do(Renew(tuple(leases)))

    async def release(self, leases: Iterable[Lease]) -> None:
        await self._group.do(Release(tuple(leases)))

    async def hold(self, name: str) -> bool:
        return await self._watched.run(lambda: single.lock_name(name, self._terms()))

    async def load(self, key: ConversationKey) -> str | None:
        return await self._watched.run(lambda: single.load(key, self._settings.clock()), write=False)

    async def reminders(self, key: ConversationKey) -> tuple[Reminder, ...]:
        return await self._watched.run(lambda: single.reminders(key), write=False)

    async def save(self, key: ConversationKey, state: str) -> None:
        await self._group.do(Save(key, state))

    async def forget(self, key: ConversationKey) -> None:
        await self._alone(Forget(key))

    async def kept(self, key: ConversationKey) -> Kept:
        return await self._watched.run(lambda: single.kept(key), write=False)

    async def dead_letters(self, limit: int) -> tuple[DeadLetter, ...]:
        return await self._watched.run(lambda: single.dead_letters(limit), write=False)

    async def requeue(self, channel: str, ids: Sequence[str]) -> int:
        return await self._watched.run(lambda: single.requeue(channel, ids, self._terms()))

    async def counts(self) -> Counts:
        return await self._watched.run(single.counts, write=False)

    async def add_key(self, key: ApiKey) -> bool:
        return await self._watched.run(lambda: single.add_key(key))

    async def keys(self, clinic: str) -> tuple[ApiKey, ...]:
        return await self._watched.run(lambda: single.keys(clinic), write=False)

    async def revoke_key(self, clinic: str, name: str, moment: float) -> bool:
        return await self._watched.run(lambda: single.revoke_key(clinic, name, moment))

    async def run(self, begin: Begin[T], *, write: bool = True) -> T:
        return await self._watched.run(begin, write=write)

    async def clean(self) -> None:
        keep = self._settings.keep
        await self._watched.run(lambda: single.clean(keep, self._terms()))
        after: int | None = 0
        while after is not None:
            after = await self._clean_ids(after)
        await self._watched.vacuum()
        if not await self._watched.scrub():
            self._removed.set()

    async def _clean_ids(self, after: int) -> int | None:
        return await self._watched.run(lambda: single.clean_ids(after, self._settings.keep, self._settings.clock()))

    def _terms(self) -> Terms:
        settings = self._settings
        ticks = self._watched.ticks() if settings.ticks is None else settings.ticks()
        return Terms(settings.owner, settings.clock(), ticks, settings.lease, settings.conversation)

    async def _commit(self, asked: Sequence[Operation]) -> list[Result]:
        results = await self._watched.run(lambda: batch(asked, self._terms()))
        self._removed.set()
        return results

    async def _alone(self, operation: Operation) -> Result:
        (result,) = await self._commit([operation])
        if isinstance(result, LeaseLost):
            raise result
        return result

    async def _mend(self) -> None:
        """After a failure, tries to write until that works. A call that happens to write nothing works on a full disk, too."""
        key = ConversationKey("", "trial", self._settings.owner)
        while True:
            await self._watched.failed.wait()
            await asyncio.sleep(_AGAIN)
            with contextlib.suppress(StorageError):
                await self._group.do(Save(key, _TRIAL))
                await self._alone(Forget(key))
                self._watched.works()

    async def _scrub(self) -> None:
        """Some time after something was removed, so that many updates share the cost."""
        while True:
            await self._removed.wait()
            await asyncio.sleep(self._settings.scrub)
            self._removed.clear()
            try:
                done = await self._watched.scrub()
            except StorageError as error:
                LOG.warning("what was removed may be readable in the database's files for now: %s", error)
                done = False
            if not done:
                self._removed.set()


def _lease(result: Result) -> Lease | None:
    return result if isinstance(result, Lease) else None
