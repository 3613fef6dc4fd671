"""The store for turns that need no inbox: somebody waits for the answer, so it is waited for so long and no longer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.delivery.storage import ApiKey, Storage, StorageError
from bot.delivery.tracing import span
from bot.dialogue.conversation import ConversationKey

_T = TypeVar("_T")


class TurnStore:
    """``count`` counts what happened (``delivery.metrics.EVENTS``); ``patience`` is seconds."""

    def __init__(self, storage: Storage, count: Callable[[str], None], patience: float = 3.0) -> None:
        self.patience = patience
        self._storage = storage
        self._count = count

    async def load(self, key: ConversationKey, seconds: float | None = None) -> str | None:
        """As ``Storage.load``. ``seconds``: less than its patience, after which it raises TimeoutError, and nothing is wrong.

        Raises StorageError where the store fails, or does not answer in time.
        """
        return await self.done(self._storage.load(key), seconds)

    async def save(self, key: ConversationKey, state: str, seconds: float | None = None) -> None:
        """As ``Storage.save``, and as ``load`` in what it raises."""
        await self.done(self._storage.save(key, state), seconds)

    async def forget(self, key: ConversationKey) -> None:
        """As ``Storage.forget``. Raises StorageError."""
        await self.done(self._storage.forget(key))

    async def keys(self, clinic: str) -> tuple[ApiKey, ...]:
        """As ``Storage.keys``. Raises StorageError."""
        return await self.done(self._storage.keys(clinic))

    async def done(self, work: Awaitable[_T], seconds: float | None = None) -> _T:
        """What ``work`` of the store gives; as ``load`` in what it raises."""
        limit = self.patience if seconds is None else min(seconds, self.patience)
        try:
            async with asyncio.timeout(limit):
                with span("store"):
                    return await work
        except TimeoutError as error:
            if limit < self.patience:
                raise
            raise self._failed() from error
        except StorageError as error:
            raise self._failed() from error

    def _failed(self) -> StorageError:
        self._count("store_error")
        return StorageError("the store failed, or did not answer in time")
