"""Hears of every reply and adds up; what was added up is written every few seconds, in one transaction.

A process that is killed loses what it counted since: seconds of counts, and nothing else. What is asked of a reply is two
microseconds, not a commit.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, tzinfo

from cachetools import LRUCache

from bot.delivery.counting import records
from bot.delivery.counting.measures import CountKey, counted_in, counted_of
from bot.delivery.service import Rated, Turned
from bot.delivery.storage import Storage, StorageError

_log = logging.getLogger(__name__)
# Days for which hours are kept: enough for "which hours are busy", and few enough to be read in milliseconds.
HOURLY_DAYS = 62
_TIDY = 3600.0  # seconds between two looks for what is old
# An update that is tried again, or was answered out of its turn, is one reply all the same: so many of late are known.
_KNOWN = 5000


class Counting:
    """Counts of all clinics that this process serves. ``clinics``: them, and the zone of each one's clock, asked for when needed.

    ``keep``: days for which counts are kept; ``every``: seconds between two writes.
    """

    def __init__(
        self,
        storage: Storage,
        clinics: Callable[[], Mapping[str, tzinfo]],
        keep: int = 400,
        every: float = 5.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._storage = storage
        self._clinics = clinics
        self._keep = keep
        self._every = every
        self._clock = clock
        self._counts: dict[CountKey, int] = {}
        self._known: LRUCache[int, None] = LRUCache(_KNOWN)
        self._one = asyncio.Lock()
        self._writing: asyncio.Task[None] | None = None

    def turned(self, turn: Turned) -> None:
        # A hash that only this process can make: of two updates that came at once the words tell which is which.
        if not turn.key.id or self._is_new(hash((turn.key, turn.who, turn.at, turn.event))):
            self._add((key, 1) for key in counted_in(turn))

    def rated(self, rated: Rated) -> None:
        if self._is_new(hash(rated)):
            self._add((key, 1) for key in counted_of(rated))

    def _is_new(self, name: int) -> bool:
        if name in self._known:
            return False
        self._known[name] = None
        return True

    def _add(self, counts: Iterable[tuple[CountKey, int]]) -> None:
        for key, count in counts:
            self._counts[key] = self._counts.get(key, 0) + count

    async def run(self) -> None:
        """Writes every few seconds, and looks every hour for what is old, for ever."""
        tidied = -_TIDY
        while True:
            await asyncio.sleep(self._every)
            # Who stops this waits in `write` for what is under way: it is not known whether a commit that was cut off came about.
            self._writing = asyncio.create_task(self.write())
            await asyncio.shield(self._writing)
            if time.monotonic() - tidied >= _TIDY:
                tidied = time.monotonic()
                await self.tidy()

    async def write(self) -> None:
        """Writes what was counted; what the store does not take is kept for the next time."""
        async with self._one:
            counts, self._counts = self._counts, {}
            if not counts:
                return
            try:
                await self._storage.run(lambda: records.add(counts))
            except StorageError as error:
                self._add(counts.items())
                _log.warning("counts are not written yet: %s", error)

    async def tidy(self) -> None:
        """Folds old hours into days, and drops what is older than is kept."""
        for clinic, zone in self._clinics().items():
            try:
                await self._tidy(clinic, zone)
            except StorageError as error:
                _log.warning("old counts stay for now: %s", error)
                return

    async def _tidy(self, clinic: str, zone: tzinfo) -> None:
        today = datetime.fromtimestamp(self._clock(), zone).date()
        whole, gone = (today - timedelta(days=days) for days in (min(HOURLY_DAYS, self._keep), self._keep))
        while await self._storage.run(lambda: records.fold(clinic, zone, whole)):
            pass
        await self._storage.run(lambda: records.drop(clinic, gone))
