"""Danger that does not wait for its turn: the store is away or slow, or other updates of its conversation stand before it.

Danger is rather answered twice than never. Once is what happens, but where a process dies between the answer and the word in the
journal, takes longer for it than ten seconds, or a store that was away did not learn of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from cachetools import LRUCache

from bot.delivery.handler import Handler, Later
from bot.delivery.journal import NO_JOURNAL, Journal, MemoryJournal
from bot.delivery.logs import trace
from bot.delivery.metrics import Metrics
from bot.delivery.storage import OVERTAKEN, Incoming, Storage, StorageError, Work

_log = logging.getLogger(__name__)
# Seconds after an update came in which another process may still be answering it out of its turn, and between two looks.
_ANSWERING, _AGAIN = 10.0, 0.5
_Name = tuple[str, str, str]  # clinic, channel, id of an update


class Urgent:
    """Finds what is urgent among updates that have to wait, and answers it at once."""

    def __init__(
        self, storage: Storage, handlers: Mapping[tuple[str, str], Handler], metrics: Metrics, clock: Callable[[], float]
    ) -> None:
        self._storage = storage
        self._handlers = handlers
        self._metrics = metrics
        self._clock = clock
        # Updates that were answered while the store was down, and those that were answered out of their turn.
        self._unsaved: LRUCache[_Name, None] = LRUCache(1000)
        self._overtook: LRUCache[_Name, None] = LRUCache(1000)
        self._went_out: LRUCache[_Name, dict[str, str]] = LRUCache(1000)
        self._overtaking: dict[_Name, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def under_way(self) -> Collection[asyncio.Task[None]]:
        return self._tasks

    # -- a store that is away -----------------------------------------------------------------------------------

    def hurry(self, updates: Sequence[Incoming]) -> None:
        """Begins to answer what is urgent among ``updates``, which nobody has stored yet."""
        self._begin(asyncio.create_task(self.answer_unsaved(updates)))

    async def answer_unsaved(self, updates: Sequence[Incoming]) -> None:
        """Answers what is urgent among ``updates``, each once however often it comes."""
        for update in updates:
            name = _name(update)
            if name in self._unsaved:
                continue
            self._unsaved[name] = None  # before it is answered: it may come again meanwhile
            answered = await self._answer(update)
            if answered:
                self._metrics.count("urgent_unsaved", clinic=update.key.clinic)
            else:
                self._unsaved.pop(name, None)

    # -- a conversation in which others stand before it ---------------------------------------------------------

    def overtake(self, updates: Sequence[Incoming]) -> None:
        """Begins to answer what is urgent among ``updates``, which are in the inbox, and not the first of their conversations."""
        for update in updates:
            name = _name(update)
            if name not in self._overtaking and name not in self._overtook and name not in self._unsaved:
                task = self._overtaking[name] = asyncio.create_task(self._overtake(update))
                self._begin(task)
                task.add_done_callback(lambda _, name=name: self._overtaking.pop(name, None))  # type: ignore[misc]

    async def turn_of(self, work: Work) -> Work:
        """``work``, whose turn it is, as it is known by now: an answer out of turn that is under way ends first.

        Raises Later where another process may be giving one.
        """
        name = _name(work.update)
        if (task := self._overtaking.get(name)) is not None:
            await asyncio.wait({task})
        if name in self._overtook:  # what the lease read may be older than that
            return replace(work, sent={**work.sent, OVERTAKEN: "sent"})
        if name in self._went_out:  # not all of it did
            return replace(work, sent={**work.sent, **self._went_out[name]})
        if work.sent.get(OVERTAKEN) == "unknown" and self._clock() - work.update.received < _ANSWERING:
            raise Later(_AGAIN)  # another process is at it, or was when it died
        return work

    async def _overtake(self, update: Incoming) -> None:
        try:
            # Whoever works the conversation off reads the journal when its turn comes, and must find it there.
            if not await self._handlers[update.key.place].is_urgent(update) or not await self._storage.overtake(update):
                return
            journal = MemoryJournal()
            if not await self._answer(update, journal):
                self._went_out[_name(update)] = journal.noted
            else:
                self._overtook[_name(update)] = None
                self._metrics.count("urgent_overtook", clinic=update.key.clinic)
                await self._storage.overtook(update)
        except StorageError:
            _log.warning("urgent, and the store does not say whether it waits: it comes in its turn")
        except Exception as error:  # noqa: BLE001  # it comes in its turn; the others must be heard
            _log.error("urgent failed", extra={"where": trace(error)})

    async def _answer(self, update: Incoming, journal: Journal = NO_JOURNAL) -> bool:
        try:
            return await self._handlers[update.key.place].answer_urgent(update, journal)
        except Exception as error:  # noqa: BLE001  # it comes again, or in its turn; the others must be heard
            _log.error("urgent failed", extra={"where": trace(error)})
            return False

    def _begin(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _name(update: Incoming) -> _Name:
    return (*update.key.place, update.id)
