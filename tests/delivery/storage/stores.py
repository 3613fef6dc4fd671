"""What tests of the storage share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from bot.delivery.storage import Incoming, Storage
from bot.delivery.storage.open import open_storage
from bot.delivery.storage.schema.upgrade import FOLDER
from bot.dialogue.conversation import ConversationKey

NOW = 1_700_000_000.0
ANN = ConversationKey("aurora", "telegram", "ann")
BEN = ConversationKey("aurora", "telegram", "ben")


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += seconds


class Opener:
    def __init__(self) -> None:
        self._open: list[Storage] = []

    async def __call__(self, url: str, owner: str, **settings: Any) -> Storage:
        store = open_storage(url, owner=owner, **settings)
        await store.start()
        self._open.append(store)
        return store

    async def close(self) -> None:
        for store in self._open:
            await store.close()


async def migrated(url: str) -> None:
    store = open_storage(url, owner="template")
    await store.start()
    await store.close()


def update(id: str, key: ConversationKey = ANN, payload: bytes = b"\x00\xffhow long", received: float = NOW) -> Incoming:
    return Incoming(key, id, payload, received)


async def eventually(condition: Callable[[], Awaitable[bool]], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < end, "it did not come about in time"
        await asyncio.sleep(0.01)


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config


REVISIONS = sorted(one.revision for one in ScriptDirectory.from_config(alembic_config()).walk_revisions())


def _migrate_to(connection: Connection, revision: str, statements: Iterable[str]) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
    for statement in statements:
        connection.exec_driver_sql(statement)


def at_revision(path: Path, revision: str, *statements: str) -> None:
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with engine.begin() as connection:
        _migrate_to(connection, revision, statements)


async def at_revision_of_postgres(url: str, revision: str, *statements: str) -> None:
    engine = create_async_engine(url.replace("postgresql:", "postgresql+asyncpg:"), poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(_migrate_to, revision, statements)
    await engine.dispose()
