"""Hears of every reply, and keeps the gaps. What is asked of a reply is one entry in a row; all else is done seconds later."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial

from bot.delivery.gaps import records
from bot.delivery.gaps.watching import Gap, GapWatch, Redact
from bot.delivery.service import Rated, Turned
from bot.delivery.storage import Storage, StorageError
from bot.delivery.storage.operations.people import KEY_BYTES, forget_gaps
from bot.dialogue.conversation import ConversationKey

_log = logging.getLogger(__name__)
USUAL_DAYS = 90
_MOST_HEARD = 10_000  # replies of a few seconds; what is more is not looked at
_MOST_KEPT = 1000  # gaps that wait while the store fails


class GapRecorder:
    """``days``: for how long each clinic that wants gaps keeps them; no other is heard. ``every``: seconds between looks."""

    def __init__(
        self,
        storage: Storage,
        days: Mapping[str, int],
        redact: Redact,
        every: float = 2.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._storage = storage
        self._days = days
        self._redact = redact
        self._every = every
        self._clock = clock
        self._heard: deque[Turned | Rated] = deque(maxlen=_MOST_HEARD)
        self._watch = GapWatch(redact)
        self._gaps: list[Gap] = []
        self._one = asyncio.Lock()

    def turned(self, turn: Turned) -> None:
        # Who asks once, in no conversation, is not told from another.
        if turn.key.id and turn.key.clinic in self._days:
            self._heard.append(turn)

    def rated(self, rated: Rated) -> None:
        if rated.key.clinic in self._days:
            self._heard.append(rated)

    async def run(self) -> None:
        """Looks every few seconds, for ever."""
        await self._shorten()
        while True:
            await asyncio.sleep(self._every)
            await self.write()

    async def write(self) -> None:
        """Keeps the gaps that were heard; what the store does not take waits."""
        async with self._one:
            heard = [self._heard.popleft() for _ in range(len(self._heard))]
            now = self._clock()
            # Some milliseconds for a text that was made to take long: not in the loop.
            found, forgotten = await asyncio.to_thread(self._found, heard, now)
            self._gaps = [gap for gap in (*self._gaps, *found) if gap.key not in forgotten][-_MOST_KEPT:]
            try:
                if forgotten:  # what was on its way when they asked
                    await self._storage.run(partial(forget_gaps, forgotten))
                if self._gaps:
                    await self._add(self._gaps, now)
                    self._gaps = []
            except StorageError as error:
                _log.warning("gaps are not kept yet: %s", error)

    async def report_missed(self, key: ConversationKey, text: str, at: float) -> None:
        """Staff say that danger was not heard in ``text`` at the Unix time ``at``. Kept at once; without words where in doubt.

        Kept also where the clinic keeps no other gaps: somebody of the clinic decided on this one. Raises StorageError.
        """
        redacted = await asyncio.to_thread(self._redact, text)
        await self._add([Gap(key, "missed", redacted or "", (), at)], self._clock())

    async def _add(self, gaps: list[Gap], now: float) -> None:
        clinics = {gap.key.clinic for gap in gaps}
        fresh = {clinic: secrets.token_bytes(KEY_BYTES) for clinic in clinics}
        days = {clinic: self._days.get(clinic, USUAL_DAYS) for clinic in clinics}
        await self._storage.run(lambda: records.add(gaps, days, fresh, now))

    async def _shorten(self) -> None:
        try:
            for clinic, days in self._days.items():
                await self._storage.run(partial(records.shorten, clinic, days))
        except StorageError as error:
            _log.warning("gaps are not kept yet: %s", error)

    def _found(self, heard: list[Turned | Rated], now: float) -> tuple[list[Gap], set[ConversationKey]]:
        found: list[Gap] = []
        forgotten: set[ConversationKey] = set()
        for one in heard:
            if isinstance(one, Rated):
                found += self._watch.rated(one)
                continue
            if one.reply.forgets:
                forgotten.add(one.key)
                found = [gap for gap in found if gap.key != one.key]
            found += self._watch.turned(one)
        return [*found, *self._watch.expire(now)], forgotten
