"""``OpenTables`` of the store that an address names."""

from __future__ import annotations

import contextlib
import secrets
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from bot.delivery.storage import StorageError
from bot.delivery.storage.copying import OpenTables, sqlite_tables
from bot.delivery.storage.open import open_storage, postgres_address, sqlite_path
from bot.delivery.storage.schema.upgrade import NEWEST, is_behind


@contextlib.asynccontextmanager
async def reading(url: str) -> AsyncIterator[OpenTables]:
    """What is there now. Raises StorageError, ValueError for an address that names no store which lasts."""
    if (dsn := postgres_address(url)) is not None:
        from bot.delivery.storage.copying import postgres_tables  # noqa: PLC0415  asyncpg takes 5 MB

        async with postgres_tables.reading(dsn) as tables:
            yield tables
    else:
        with sqlite_tables.reading(_path(url)) as tables_of_file:
            yield tables_of_file


@contextlib.asynccontextmanager
async def reading_newest(url: str) -> AsyncIterator[OpenTables]:
    """As ``reading``, as tables of today: an older SQLite file is copied first, and the copy brought up to date."""
    async with reading(url) as tables:
        revision = await tables.revision()
        if revision is None:
            raise StorageError("there is no store of this program")
        if not is_behind(revision):
            yield tables
            return
    if postgres_address(url) is not None:
        raise StorageError(
            f"its tables are those of an earlier version ({revision}, here: {NEWEST}); "
            "use the program of that version, or start the bot of this one on it once"
        )
    with tempfile.TemporaryDirectory(prefix="infusion-bot-") as folder:  # for its owner alone
        copy = Path(folder) / "copy.db"
        sqlite_tables.back_up(_path(url), copy)
        await bring_up_to_date(f"sqlite:///{copy}")
        with sqlite_tables.reading(copy) as newest:
            yield newest


@contextlib.asynccontextmanager
async def writing(url: str, tables: Sequence[str]) -> AsyncIterator[OpenTables]:
    """``tables`` for this alone until the end. Raises StorageError; then nothing was changed. ValueError as ``reading``."""
    if (dsn := postgres_address(url)) is not None:
        from bot.delivery.storage.copying import postgres_tables  # noqa: PLC0415  as above

        async with postgres_tables.writing(dsn, tables) as opened:
            yield opened
    else:
        with sqlite_tables.writing(_path(url)) as opened_file:
            yield opened_file


async def bring_up_to_date(url: str) -> None:
    """Make the tables where there are none, or migrate them."""
    store = open_storage(url, owner=secrets.token_hex(8))
    try:
        await store.start()
    finally:
        await store.close()


def _path(url: str) -> Path:
    path = sqlite_path(url)
    if path is None:
        raise ValueError("what lies in memory ends with its process; name a file or a PostgreSQL database")
    return path
