"""A look at a store changes nothing of it, whoever has it open."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.delivery.storage import StorageError
from bot.delivery.storage.check import StoreState, look
from bot.delivery.storage.open import open_storage
from bot.delivery.storage.schema.upgrade import NEWEST
from tests.fakes import postgres as harness


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def test_the_tables_are_told_while_a_bot_has_them_open_and_when_none_has(shared_url: str) -> None:
    assert (await look(shared_url)).revision == NEWEST
    storage = open_storage(shared_url, owner="somebody")
    await storage.start()
    try:
        assert (await look(shared_url)).revision == NEWEST
    finally:
        await storage.close()


async def test_a_server_has_a_clock_of_its_own(postgres_url: str, sqlite_url: str) -> None:
    ahead = (await look(postgres_url)).ahead
    assert ahead is not None
    assert abs(ahead) < 5
    assert (await look(sqlite_url)).ahead is None


async def test_what_is_not_there_yet_is_not_made(tmp_path: Path, postgres: harness.Server) -> None:
    assert await look(f"sqlite:///{tmp_path / 'none.db'}") == StoreState(None)
    assert await look("memory:") == StoreState(None)
    assert _files(tmp_path) == {}
    database = postgres.create()
    assert (await look(postgres.url(database))).revision is None
    assert postgres.execute(database, "SELECT count(*) FROM pg_class WHERE relname = 'inbox'") == "0"


async def test_nothing_is_written_beside_a_file(sqlite_url: str, tmp_path: Path) -> None:
    before = _files(tmp_path)
    await look(sqlite_url)
    assert _files(tmp_path) == before


async def test_what_is_no_store_is_told(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database, and longer than the head of one, which has a hundred bytes" * 9, "utf-8")
    with pytest.raises(StorageError, match="the file is something else"):
        await look(f"sqlite:///{tmp_path / 'text'}")
    with pytest.raises(StorageError) as found:
        await look("postgresql://me:canary@127.0.0.1:1/bot")
    assert "canary" not in str(found.value)
    with pytest.raises(ValueError, match="none of those allowed"):
        await look("mysql://me@db/x")
