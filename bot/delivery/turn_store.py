"""The store for turns that need no inbox: it is waited for so long and no longer, and says how it is.

The inbox notices by itself when the store fails, as it uses it all the time. These turns use other tables, and write where the
inbox at rest only reads: a full disk is seen here first, or here alone.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.delivery.logs import trace
from bot.delivery.storage import ApiKey, Storage, StorageError
from bot.dialogue.conversation import ConversationKey

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
# Seconds without a failure before one that works counts: SQLite on a full disk takes every second write. After as long the store
# is tried where nobody else uses it: who is not ready gets no work.
_QUIET = 2.0


class TurnStore:
    """``name`` is the channel's; ``count`` counts what happened (``delivery.metrics.EVENTS``)."""

    def __init__(
        self,
        storage: Storage,
        clinic: str,
        name: str,
        count: Callable[[str], None],
        patience: float = 3.0,
        quiet: float = _QUIET,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.patience = patience
        self._storage = storage
        self._name = name
        self._trial = ConversationKey(clinic, name, "trial")
        self._count = count
        self._quiet = quiet
        self._clock = clock
        self._failing_since: float | None = None
        self._failed_at = 0.0

    def state(self) -> tuple[bool, str]:
        """Whether it works, as far as is known, and one word on how it is."""
        return (True, "fine") if self._failing_since is None else (False, "store failing")

    async def load(self, key: ConversationKey, seconds: float | None = None) -> str | None:
        """As ``Storage.load``. ``seconds``: less than its patience, after which it raises TimeoutError, and nothing is wrong.

        Raises StorageError where the store fails, or does not answer in time.
        """
        return await self._done(self._storage.load(key), seconds)

    async def save(self, key: ConversationKey, state: str, seconds: float | None = None) -> None:
        """As ``Storage.save``, and as ``load`` in what it raises."""
        await self._done(self._storage.save(key, state), seconds)
        self._works()

    async def forget(self, key: ConversationKey) -> None:
        """As ``Storage.forget``. Raises StorageError."""
        await self._done(self._storage.forget(key), None)
        self._works()

    async def keys(self, clinic: str) -> tuple[ApiKey, ...]:
        """As ``Storage.keys``. Raises StorageError."""
        return await self._done(self._storage.keys(clinic), None)

    async def watch(self) -> None:
        """Tries it while it fails and nobody uses it, for ever."""
        while True:
            await asyncio.sleep(1)
            await self.try_again()

    async def try_again(self) -> None:
        """Tries it if it fails, and was left alone for a while."""
        if self._failing_since is None or self._clock() - self._failed_at < self._quiet:
            return
        try:
            await self.save(self._trial, "")
            await self.forget(self._trial)
        except StorageError:
            return  # noted already

    async def _done(self, work: Awaitable[_T], seconds: float | None) -> _T:
        limit = self.patience if seconds is None else min(seconds, self.patience)
        try:
            async with asyncio.timeout(limit):
                return await work
        except TimeoutError as error:
            if limit < self.patience:
                raise
            raise self._failed(error) from error
        except StorageError as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> StorageError:
        self._count("store_error")
        self._failed_at = self._clock()
        if self._failing_since is None:
            self._failing_since = self._failed_at
            _log.error("the store fails", extra={"channel": self._name, "where": trace(error)})
        return StorageError("the store failed, or did not answer in time")

    def _works(self) -> None:
        if self._failing_since is None or self._clock() - self._failed_at < self._quiet:
            return
        seconds = round(self._clock() - self._failing_since, 1)
        self._failing_since = None
        _log.info("the store works again", extra={"channel": self._name, "seconds": seconds})
