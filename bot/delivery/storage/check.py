"""A look at a store without a change to it: how new are its tables, what is the time there."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from bot.delivery.storage.open import postgres_address, sqlite_path


@dataclass(frozen=True, slots=True)
class StoreState:
    """``revision`` of the tables, None where there are none. ``ahead``: seconds by which our clock is ahead of the server's."""

    revision: str | None
    ahead: float | None = None


async def look(url: str) -> StoreState:
    """What is in the store at ``url``. Raises StorageError, and ValueError for an address that is none; neither repeats it."""
    if (dsn := postgres_address(url)) is not None:
        from bot.delivery.storage.postgres import Postgres  # noqa: PLC0415  # who has one file does not need it

        server = Postgres(dsn)
        try:
            await server.start()
            return StoreState(await server.revision(), time.time() - server.ticks())
        finally:
            await server.close()
    path = sqlite_path(url)
    if path is None or not path.exists():
        return StoreState(None)
    from bot.delivery.storage.sqlite import stored_revision  # noqa: PLC0415  # as above

    return StoreState(await asyncio.to_thread(stored_revision, path))
