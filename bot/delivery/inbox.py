"""From the inbox to an answer: what was taken is worked off, in order within a conversation, conversations side by side.

Two rules fence this module in: an update is durable before anybody hears that it was taken, and none is worked off by somebody
who does not hold the lease of its conversation.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from cachetools import LRUCache

from bot.delivery.handler import Handler, Hopeless, Later
from bot.delivery.journal import WorkJournal
from bot.delivery.logs import trace
from bot.delivery.metrics import Metrics
from bot.delivery.storage import Incoming, Lease, LeaseLost, Storage, StorageError, Work, WorkOutcome
from bot.delivery.tracing import go_on, id_of, request_id, span
from bot.delivery.urgent import Urgent

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
# Seconds for which an urgent update waits for the store. A SQLite file that another process has locked answers after 5 at the
# earliest, a PostgreSQL that vanished after 3.
_URGENT = 0.5
# Seconds at the end of a stop for the calls that are under way. One to Telegram takes .1 as a rule.
_LAST = 2.0


@dataclass(frozen=True, slots=True)
class Limits:
    """``tries``: failed tries before an update becomes a dead letter. Seconds: ``again`` after the first failed try (twice as
    long after each), ``handling`` one try at the most, ``sweep`` between two looks for work that nobody does.
    """

    workers: int = 128
    tries: int = 5
    again: float = 1.0
    handling: float = 90.0
    sweep: float = 0.5
    lease: float = 30.0
    clean: float = 60.0


class Delivery:
    """Works off the inbox of one storage with the handlers of channels, by clinic and channel."""

    def __init__(
        self,
        storage: Storage,
        handlers: Mapping[tuple[str, str], Handler],
        metrics: Metrics,
        limits: Limits = Limits(),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._storage = storage
        self._handlers = handlers
        self._clinics = sorted({clinic for clinic, _ in handlers})
        self._metrics = metrics
        self._limits = limits
        self._clock = clock
        self._working: dict[asyncio.Task[None], Lease] = {}
        self._loops: list[asyncio.Task[None]] = []
        self._renewed = 0.0
        self._urgent = Urgent(storage, handlers, metrics, clock)
        # The requests that brought updates which this process is to work off: what each leads to bears its id.
        self._requests: LRUCache[tuple[str, str, str], str] = LRUCache(10_000)
        self._ending = False  # who has finished an update begins no other

    # -- in -----------------------------------------------------------------------------------------------------

    async def take(self, updates: Sequence[Incoming]) -> int:
        """Puts ``updates`` into the inbox, and begins to work them off; returns how many are new.

        Raises StorageError where they could not be stored; what is urgent among them is answered all the same, also where the
        store only takes its time.
        """
        clinic = updates[0].key.clinic if updates else ""  # a channel's, and a channel is of one
        if id := request_id():
            self._requests.update({(*update.key.place, update.id): id for update in updates})
        late = asyncio.get_running_loop().call_later(_URGENT, self._urgent.hurry, updates)
        try:
            with span("take", updates[0].key.channel if updates else ""), span("store"):
                new, leases = await self._storage.take(updates)
        except Exception as error:
            self._metrics.count("store_error")
            await self._urgent.answer_unsaved(updates)
            if isinstance(error, StorageError):
                raise
            _log.error("update not taken", extra={"where": trace(error)})
            raise StorageError("the store failed as it should not") from None
        finally:
            late.cancel()
        self._metrics.count("taken", new, clinic)
        self._metrics.count("known", len(updates) - new, clinic)
        for lease in leases:
            self._begin(lease)
        if new:
            first = {(*lease.key.place, lease.work[0].update.id) for lease in leases if lease.work}
            self._urgent.overtake([update for update in updates if (*update.key.place, update.id) not in first])
        return new

    # -- running ------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to look for work that waits: from before, from another process that died, due again."""
        steps = ((self._sweep, self._limits.sweep), (self._storage.clean, self._limits.clean))
        self._loops = [asyncio.create_task(self._every(step, seconds)) for step, seconds in steps]

    async def stop(self, seconds: float) -> bool:
        """Finish what is being worked off, for ``seconds`` at the most, and give the rest back; whether all was finished."""
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        # Near the end nothing more is begun: what is cut off in the middle of a call may have been sent, and is sent again.
        last = min(_LAST, seconds / 2)
        await self._drained(seconds - last)
        self._ending = True
        await self._drained(last)
        left = dict(self._working)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=1)
            try:
                await asyncio.wait_for(self._storage.release(left.values()), 2)
            except (StorageError, TimeoutError):
                _log.warning("leases not given back", extra={"count": len(left)})  # they run out by themselves
        return not left

    async def _drained(self, seconds: float) -> None:
        """Until nothing is worked off any more, for ``seconds`` at the most; work that begins meanwhile is waited for, too."""
        end = time.monotonic() + seconds
        while under_way := {*self._working, *self._urgent.under_way}:
            left = end - time.monotonic()
            if left <= 0:
                return
            await asyncio.wait(under_way, timeout=left, return_when=asyncio.FIRST_COMPLETED)

    @property
    def started(self) -> bool:
        """Whether the store is open, and work is looked for."""
        return bool(self._loops)

    @property
    def works(self) -> bool:
        """Whether the store is open, and nothing is wrong with it."""
        return self.started and self._storage.trouble is None

    @property
    def busy(self) -> int:
        """How many conversations are being worked off."""
        return len(self._working)

    async def _every(self, step: Callable[[], Awaitable[None]], seconds: float) -> None:
        while True:
            try:
                await step()
            except StorageError:
                self._metrics.count("store_error")
            except Exception as error:  # noqa: BLE001  # a loop that dies would be noticed by nobody
                _log.error("loop failed", extra={"where": trace(error)})
            await asyncio.sleep(seconds)

    async def _sweep(self) -> None:
        # Before anything is claimed: after the store was away, the leases of those who still work have run out.
        # A clock that was set back counts as long ago.
        if self._working and abs(self._clock() - self._renewed) > self._limits.lease / 3:
            await self._storage.renew(list(self._working.values()))
            self._renewed = self._clock()
        room = self._limits.workers - len(self._working)
        if room > 0:
            for lease in await self._storage.claim(room, self._clinics):
                self._begin(lease)
        counts = await self._storage.counts()
        self._metrics.waiting(counts.waiting, self._clock() - counts.oldest if counts.oldest else 0.0, counts.dead)

    # -- one conversation ---------------------------------------------------------------------------------------

    def _begin(self, lease: Lease) -> None:
        task = asyncio.create_task(self._work_off(lease))
        self._working[task] = lease
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._working.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("worker failed", extra={"where": trace(error)})

    async def _work_off(self, lease: Lease) -> None:
        """All that waits in one conversation, until nothing does, it must wait, or the lease is lost."""
        following: Lease | None = lease
        while following is not None and following.work:
            held = following
            if (task := asyncio.current_task()) is not None:
                self._working[task] = held
            try:
                following = await self._one(held, held.work[0])
            except LeaseLost:
                self._metrics.count("lease_lost", clinic=lease.key.clinic)
                return
            if self._ending and following is not None:
                with contextlib.suppress(StorageError):  # it runs out by itself
                    await self._storage.release([following])
                return

    async def _one(self, lease: Lease, work: Work) -> Lease | None:
        name = (*work.update.key.place, work.update.id)
        go_on(self._requests.pop(name, "") or id_of(name))
        try:
            work = await self._urgent.turn_of(work)
        except Later as later:
            await self._postpone(lease, work, later.after, counted=False)
            return None
        update, channel = work.update, work.update.key.channel
        if update.expires is not None and update.expires < self._clock():
            self._metrics.count("expired", clinic=update.key.clinic)
            return await self._kept(lambda: self._storage.finish(lease, work, WorkOutcome()))
        if work.attempts >= self._limits.tries:
            return await self._bury(lease, work, "tries")
        try:
            async with asyncio.timeout(self._limits.handling):
                outcome = await self._handlers[update.key.place].handle(
                    work, lease.state, WorkJournal(self._storage, lease, work)
                )
        except LeaseLost:
            raise
        except Later as later:
            await self._postpone(lease, work, later.after, counted=False)
            return None
        except StorageError:
            self._metrics.count("store_error")
            await self._postpone(lease, work, self._limits.again, counted=False)
            return None
        except Hopeless as hopeless:
            return await self._bury(lease, work, hopeless.reason)
        except Exception as error:  # noqa: BLE001  # whatever a handler raises is one failed try
            self._metrics.count("failed", clinic=update.key.clinic)
            _log.error("update failed", extra={"channel": channel, "attempt": work.attempts + 1, "where": trace(error)})
            if work.attempts + 1 >= self._limits.tries:
                return await self._bury(lease, work, "tries")
            await self._postpone(lease, work, self._limits.again * 2**work.attempts, counted=True)
            return None
        done = await self._kept(lambda: self._storage.finish(lease, work, outcome))
        self._metrics.count("answered", clinic=update.key.clinic)
        self._metrics.took(*update.key.place, self._clock() - update.received)
        return done

    async def _postpone(self, lease: Lease, work: Work, after: float, counted: bool) -> None:
        self._metrics.count("postponed", clinic=lease.key.clinic)
        await self._kept(lambda: self._storage.postpone(lease, work, after, counted))

    async def _bury(self, lease: Lease, work: Work, reason: str) -> Lease | None:
        self._metrics.count("dead", clinic=lease.key.clinic)
        _log.error("dead letter", extra={"channel": work.update.key.channel, "reason": reason, "attempt": work.attempts})
        return await self._kept(lambda: self._storage.bury(lease, work, reason))

    async def _kept(self, store: Callable[[], Awaitable[_T]]) -> _T:
        """Stores what has become of an update, however long the store is away: it was answered, and must not be once more."""
        pause = 0.05
        while True:
            try:
                with span("store"):
                    return await store()
            except StorageError:
                self._metrics.count("store_error")
                await asyncio.sleep(pause)
                pause = min(2 * pause, 1.0)
