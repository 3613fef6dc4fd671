"""A command's look into the store that is set."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

from bot.app.config import Settings
from bot.app.serving.process import storage_of
from bot.channels.declaration import ConfigError
from bot.delivery import logs
from bot.delivery.storage import Storage, StorageError

_T = TypeVar("_T")


def with_store(settings: Settings, work: Callable[[Storage], Awaitable[_T]]) -> _T:
    """What ``work`` gives with the store open. Raises ConfigError where the store cannot be reached."""

    async def run() -> _T:
        storage = storage_of(settings, secrets.token_hex(8))
        await storage.start()
        try:
            return await work(storage)
        finally:
            await storage.close()

    logs.start("error")
    try:
        return asyncio.run(run())
    except StorageError as error:
        raise ConfigError(f"DATABASE_URL: {error}") from error


def shown(seconds: float) -> str:
    """A Unix time for people."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
