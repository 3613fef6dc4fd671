"""What is wrong with a store is found, in either database, and nothing where nothing is."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.delivery.storage import StorageError
from bot.delivery.storage.copying.findings import Findings, look_over
from bot.delivery.storage.copying.opening import reading, writing
from bot.delivery.storage.schema.upgrade import NEWEST
from tests.delivery.storage.copying.stores import ROWS, fill


def _overwrite(path: Path, place: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        file.write(content)


async def _look(url: str) -> Findings:
    async with reading(url) as tables:
        return await look_over(tables)


async def test_a_store_that_is_used_is_in_order(shared_url: str) -> None:
    await fill(shared_url, None)
    found = await _look(shared_url)
    assert (found.revision, found.waiting, list(found.wrong)) == (NEWEST, 2, [])
    assert found.rows.items() >= ROWS.items()


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        pytest.param(
            "DELETE FROM leases WHERE conversation LIKE '%ben'",
            "1 updates wait in a conversation that nobody will take",
            id="lost",
        ),
        pytest.param("UPDATE leases SET due = NULL", "2 updates wait in a conversation that nobody will take", id="asleep"),
        pytest.param(
            "UPDATE inbox SET done = 1.0 WHERE payload IS NOT NULL",
            "2 updates are done, and what was written in them is still there",
            id="done",
        ),
        pytest.param("UPDATE inbox SET done = NULL WHERE payload IS NULL", "2 updates are neither done nor readable", id="empty"),
        pytest.param(
            "UPDATE dead_letters SET ref = (SELECT ref FROM inbox WHERE payload IS NOT NULL LIMIT 1)",
            "1 dead letters wait in the inbox, too",
            id="twice",
        ),
        pytest.param(
            "UPDATE conversations SET conversation = 'ann'", "1 rows name no clinic, channel and conversation", id="nameless"
        ),
        pytest.param(
            "UPDATE leases SET due = 9e12 WHERE conversation LIKE '%ben'",
            "1 conversations are held by a clock that began anew; the next start of a bot sets them free",
            id="clock",
        ),
    ],
)
async def test_what_no_bot_leaves_behind_is_told(shared_url: str, statement: str, told: str) -> None:
    await fill(shared_url, None)
    async with writing(shared_url, ["inbox"]) as tables:
        await tables.execute(statement)
    assert list((await _look(shared_url)).wrong) == [told]


async def test_a_damaged_file_is_told(sqlite_url: str) -> None:
    await fill(sqlite_url, None)
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path)) as connection:
        root, size = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'leases_due'").fetchone()[0], 4096
        assert connection.execute("PRAGMA page_size").fetchone() == (size,)
    _overwrite(path, (root - 1) * size + 3, b"\x00\x00")  # the index says that it has no rows
    assert any("leases_due" in line for line in (await _look(sqlite_url)).wrong)


async def test_where_there_is_no_store_it_says_so(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "empty.db").close()
    (tmp_path / "empty.db").touch()
    found = await _look(f"sqlite:///{tmp_path / 'empty.db'}")
    assert (found.revision, dict(found.rows)) == (None, {})
    assert list(found.wrong) == ["there is no store of this program; the first start of a bot makes one"]


@pytest.mark.parametrize(("revision", "refused"), [("0002", False), ("9999", True)])
async def test_tables_of_another_version(shared_url: str, revision: str, refused: bool) -> None:
    await fill(shared_url, None)
    async with writing(shared_url, ["inbox"]) as tables:
        await tables.execute("UPDATE alembic_version SET version_num = $1", revision)
    if refused:
        with pytest.raises(StorageError, match="newer version"):
            await _look(shared_url)
    else:
        found = await _look(shared_url)
        assert (found.revision, list(found.wrong)) == (revision, [])
    async with writing(shared_url, ["inbox"]) as tables:
        await tables.execute("UPDATE alembic_version SET version_num = $1", NEWEST)
