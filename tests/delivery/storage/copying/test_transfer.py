"""Whole stores: nothing is lost on the way, whichever database it is, and whatever is written meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.delivery.storage import ApiKey, Reminder, StorageError, WorkOutcome
from bot.delivery.storage.copying.opening import reading
from bot.delivery.storage.copying.transfer import carry, count, refuse_at_work, refuse_held, write_backup
from bot.delivery.storage.open import open_storage
from bot.dialogue.conversation import ConversationKey
from tests.delivery.storage.copying.stores import ROWS, expect_all, fill
from tests.delivery.storage.stores import NOW, REVISIONS, Opener, at_revision, migrated, update
from tests.fakes.postgres import Server


@pytest.fixture(params=["sqlite", "postgres"])
def source(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=["sqlite", "postgres"])
def target(request: pytest.FixtureRequest, tmp_path: Path, postgres: Server) -> str:
    """A machine on which there is nothing yet."""
    return f"sqlite:///{tmp_path / 'new' / 'bot.db'}" if request.param == "sqlite" else postgres.url(postgres.create())


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def _counts(url: str) -> dict[str, int]:
    async with reading(url) as tables:
        return dict(await count(tables))


async def test_a_backup_is_restored_to_an_empty_machine(source: str, target: str, tmp_path: Path, open_store: Opener) -> None:
    await fill(source)
    file = tmp_path / "backup.db"
    backed = {one.table: one.rows for one in await write_backup(source, file)}
    assert backed.items() >= ROWS.items()
    assert file.stat().st_mode & 0o777 == 0o600
    assert _names(tmp_path) <= {"backup.db", "bot.db", "new"}, "nothing lies beside it"
    await refuse_held(target)
    carried, changed = await carry(f"sqlite:///{file}", target)
    assert ({one.table: one.rows for one in carried}, changed) == (ROWS, False)
    await expect_all(await open_store(target, "another", clock=lambda: NOW))


async def test_a_store_is_moved_to_the_other_database_and_back(
    sqlite_url: str, postgres_url: str, tmp_path: Path, open_store: Opener
) -> None:
    await fill(sqlite_url)
    there = (await carry(sqlite_url, postgres_url))[0]
    back = f"sqlite:///{tmp_path / 'back.db'}"
    assert (await carry(postgres_url, back))[0] == there
    await expect_all(await open_store(back, "another", clock=lambda: NOW))
    await expect_all(await open_store(postgres_url, "another", clock=lambda: NOW))


# -- under load -----------------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def _load(url: str) -> AsyncIterator[list[int]]:
    """Somebody who takes updates in, finishes them and sets reminders; the numbers of what is durable come into the list."""
    store = open_storage(url, owner="busy", clock=lambda: NOW)
    await store.start()
    durable: list[int] = []

    async def work() -> None:
        number = 0
        while True:
            number += 1
            key = ConversationKey("aurora", "telegram", str(number % 50))
            _, leases = await store.take([update(str(number), key)])
            remind = (Reminder(str(number), NOW + 9e8, b"later"),)
            for lease in leases:
                await store.finish(lease, lease.work[0], WorkOutcome("state", remind=remind))
            await store.add_key(ApiKey(str(number), str(number), NOW, None, "aurora"))
            durable.append(number)

    task = asyncio.create_task(work())
    try:
        yield durable
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await store.close()


async def _reach(durable: list[int], many: int) -> int:
    while len(durable) < many:
        await asyncio.sleep(0)
    return len(durable)


async def _refs(url: str) -> set[str]:
    async with reading(url) as tables:
        return {str(ref) for (ref,) in await tables.query("SELECT ref FROM inbox")}


async def test_a_backup_under_load_holds_all_that_was_taken_before_it(source: str, target: str, tmp_path: Path) -> None:
    file = tmp_path / "backup.db"
    async with _load(source) as durable:
        before = await _reach(durable, 100)
        await asyncio.to_thread(asyncio.run, write_backup(source, file))
        await _reach(durable, before + 20)
    url = f"sqlite:///{file}"
    assert await _refs(url) >= {f"aurora/telegram/{number}" for number in range(1, before + 1)}
    await carry(url, target)
    held = {name: rows for name, rows in (await _counts(target)).items() if name != "holds"}
    assert held == {name: rows for name, rows in (await _counts(url)).items() if name != "holds"}
    assert held["api_keys"] >= before
    assert held["reminders"] >= before


async def test_a_copy_under_load_is_a_moment_of_the_store_and_says_that_it_is(source: str, target: str) -> None:
    async with _load(source) as durable:
        before = await _reach(durable, 50)
        _, changed = await asyncio.to_thread(asyncio.run, carry(source, target))
        await _reach(durable, before + 1)
    assert changed
    refs = await _refs(target)
    assert refs == {f"aurora/telegram/{number}" for number in range(1, len(refs) + 1)}
    assert len(refs) >= before


# -- what is refused ------------------------------------------------------------------------------------------------


async def test_a_store_that_holds_something_is_refused(source: str) -> None:
    await fill(source)
    with pytest.raises(StorageError, match=r"holds something already \(2 api_keys, 1 conversations, 1 day_counts, "):
        await refuse_held(source)


async def test_a_store_at_which_a_bot_is_at_work_is_refused(postgres_url: str, open_store: Opener) -> None:
    await refuse_at_work(postgres_url)
    store = await open_store(postgres_url, "busy")
    with pytest.raises(StorageError, match="a bot is at work on it"):
        await refuse_at_work(postgres_url)
    await store.close()
    await refuse_at_work(postgres_url)


async def test_where_a_value_cannot_be_held_all_stays_as_it_was(sqlite_url: str, postgres_url: str, open_store: Opener) -> None:
    await fill(postgres_url)
    before = await _counts(postgres_url)
    store = await open_store(sqlite_url, "one", clock=lambda: NOW)
    await store.add_key(ApiKey("fine", "c3", NOW, None, "aurora"))
    await store.take([update("a\0b")])  # no text of PostgreSQL has such a letter
    await store.close()
    with pytest.raises(StorageError, match="PostgreSQL"):
        await carry(sqlite_url, postgres_url)
    assert await _counts(postgres_url) == before


async def test_rows_that_get_lost_on_the_way_are_missed(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No database that we have loses any, so it has to be made to."""
    await fill(sqlite_url)

    async def write(self: object, table: object, rows: object) -> None:
        del self, table, rows

    monkeypatch.setattr("bot.delivery.storage.copying.sqlite_tables.SqliteTables.write", write)
    with pytest.raises(StorageError, match="2 rows were read, 0 are there afterwards"):
        await carry(sqlite_url, f"sqlite:///{tmp_path / 'new.db'}")


# -- what is known better at the target, and what is older --------------------------------------------------------------


async def test_a_key_that_was_revoked_since_stays_revoked(source: str, tmp_path: Path, open_store: Opener) -> None:
    await fill(source)
    file = tmp_path / "backup.db"
    await write_backup(source, file)
    store = await open_store(source, "one")
    assert await store.revoke_key("aurora", "desk", 9.0)
    await store.close()
    await carry(f"sqlite:///{file}", source)
    again = await open_store(source, "one")
    assert [(key.name, key.revoked) for key in await again.keys("aurora")] == [("old", 2.5), ("desk", 9.0)]


_KEYS_THEN = {
    "0001": [],
    "0002": ["INSERT INTO api_keys VALUES ('desk', 'b2', 3.25, NULL)"],
    "0003": ["INSERT INTO api_keys VALUES ('aurora', 'desk', 'b2', 3.25, NULL)"],
    "0005": ["INSERT INTO api_keys VALUES ('aurora', 'desk', 'b2', 3.25, NULL)"],
    "0006": ["INSERT INTO api_keys VALUES ('aurora', 'desk', 'b2', 3.25, NULL)"],
    "0007": ["INSERT INTO api_keys VALUES ('aurora', 'desk', 'b2', 3.25, NULL)"],
    "0008": ["INSERT INTO api_keys VALUES ('aurora', 'desk', 'b2', 3.25, NULL)"],
}


@pytest.mark.parametrize("revision", REVISIONS)
async def test_a_backup_of_every_earlier_version_is_restored(revision: str, target: str, tmp_path: Path) -> None:
    old, file = tmp_path / "old.db", tmp_path / "backup.db"
    state = "INSERT INTO conversations VALUES ('aurora/telegram/ann', 'state', 4e9)"
    at_revision(old, revision, state, *_KEYS_THEN[revision])
    await write_backup(f"sqlite:///{old}", file)
    with contextlib.closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(revision,)], "as it was"
    await carry(f"sqlite:///{file}", target)
    held = await _counts(target)
    assert (held["conversations"], held["api_keys"]) == (1, len(_KEYS_THEN[revision]))


async def test_postgresql_of_an_earlier_version_is_told(postgres: Server, tmp_path: Path) -> None:
    database = postgres.create()
    await migrated(postgres.url(database))
    postgres.execute(database, "UPDATE alembic_version SET version_num = '0002'")
    with pytest.raises(StorageError, match=r"earlier version \(0002, here: "):
        await write_backup(postgres.url(database), tmp_path / "backup.db")
    assert not (tmp_path / "backup.db").exists()
