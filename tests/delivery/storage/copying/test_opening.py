"""Which store an address opens, and as which tables."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.delivery.storage import StorageError
from bot.delivery.storage.copying.opening import reading, reading_newest, writing
from bot.delivery.storage.schema.upgrade import NEWEST
from tests.delivery.storage.stores import at_revision


@pytest.mark.parametrize("url", ["memory:", "mysql://bot@host/bot", "sqlite:///"])
async def test_what_does_not_last_is_no_store(url: str) -> None:
    with pytest.raises(ValueError, match=r"lies in memory|none of those allowed"):
        async with reading(url):
            pass
    with pytest.raises(ValueError, match=r"lies in memory|none of those allowed"):
        async with writing(url, []):
            pass


async def test_looking_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="there is no file"):
        async with reading(f"sqlite:///{tmp_path / 'bot.db'}"):
            pass
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240  an empty folder


async def test_an_older_file_is_read_as_tables_of_today_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    at_revision(path, "0001")
    async with reading_newest(f"sqlite:///{path}") as tables:
        assert await tables.revision() == NEWEST
        assert "api_keys" in await tables.names()
    async with reading(f"sqlite:///{path}") as tables:
        assert await tables.revision() == "0001"
        assert "api_keys" not in await tables.names()


async def test_another_program_s_file_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE birds (name TEXT)")
    with pytest.raises(StorageError, match="no store of this program"):
        async with reading_newest(f"sqlite:///{tmp_path / 'other.db'}"):
            pass
