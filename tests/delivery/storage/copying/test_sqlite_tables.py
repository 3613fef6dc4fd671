"""A SQLite file as a whole: its backup is private, whole or not there, and never on top of something else."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.delivery.storage import StorageError
from bot.delivery.storage.copying.sqlite_tables import back_up, private, reading, writing
from bot.delivery.storage.instance import instance_name
from tests.delivery.storage.copying.stores import fill


def _path(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


async def test_what_lies_in_the_log_is_backed_up_too(sqlite_url: str, tmp_path: Path) -> None:
    await fill(sqlite_url)
    path, file = _path(sqlite_url), tmp_path / "backup"
    with closing(sqlite3.connect(path, isolation_level=None)) as busy:
        busy.execute("INSERT INTO holds VALUES ('late', 'x', 1.0)")
        assert path.with_name("bot.db-wal").stat().st_size > 0
        back_up(path, file)
    with closing(sqlite3.connect(file)) as backed:
        assert backed.execute("SELECT COUNT(*) FROM holds WHERE name = 'late'").fetchall() == [(1,)]
        assert backed.execute("PRAGMA journal_mode").fetchall() == [("delete",)]


@pytest.mark.parametrize("what", ["file", "link"])
async def test_nothing_is_overwritten(sqlite_url: str, tmp_path: Path, what: str) -> None:
    await fill(sqlite_url)
    file, other = tmp_path / "backup", tmp_path / "precious"
    other.write_text("precious")
    if what == "file":
        file.write_text("precious")
    else:
        file.symlink_to(other)
    with pytest.raises(StorageError, match="exists already"):
        back_up(_path(sqlite_url), file)
    assert file.read_text() == other.read_text() == "precious"


def test_a_place_that_somebody_prepared_as_a_link_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "precious"
    other.write_text("precious")
    (tmp_path / ".backup.part").symlink_to(other)
    with pytest.raises(StorageError, match="SQLite: OSError"), private(tmp_path / "backup"):
        pass
    assert other.read_text() == "precious"


def test_what_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"no database" * 100)
    with pytest.raises(StorageError, match="the file is something else"):
        back_up(tmp_path / "other", tmp_path / "backup")
    with pytest.raises(StorageError, match="there is no file"):
        back_up(tmp_path / "nowhere", tmp_path / "backup")
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


async def test_what_an_error_ends_is_as_it_was(sqlite_url: str) -> None:
    path = _path(sqlite_url)
    with pytest.raises(ZeroDivisionError), writing(path) as tables:  # noqa: PT012  the error is that of the block
        await tables.execute("INSERT INTO holds VALUES ($1, $2, 1.0)", "poll", "x")
        raise ZeroDivisionError
    with reading(path) as tables:
        assert await tables.query("SELECT COUNT(*) FROM holds") == [(0,)]


async def test_whoever_has_its_name_from_the_folder_is_at_work(sqlite_url: str) -> None:
    path = _path(sqlite_url)
    with instance_name(path.parent), reading(path) as tables:
        assert await tables.at_work()
    with reading(path) as tables:
        assert not await tables.at_work()
