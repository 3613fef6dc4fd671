"""What holds for the SQLite file alone: who may read it, what its bytes tell, how it fails."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from bot.delivery.storage import Reminder, Storage, StorageError, WorkOutcome
from bot.delivery.storage.operations.leases import LOCK, WAITING
from bot.delivery.storage.operations.single import CLAIM_ALL, CLAIM_OF
from bot.delivery.storage.sqlite import Sqlite, _translate, numbered
from tests.delivery.storage.stores import ANN, BEN, NOW, Clock, Opener, eventually, update

if TYPE_CHECKING:
    from bot.delivery.storage.store import Store

CANARY = b"canary-what-a-person-wrote"


def _bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def _connection(store: Storage) -> sqlite3.Connection:
    database = cast("Store", store)._watched._database
    assert isinstance(database, Sqlite)
    return database._open()


async def test_only_our_own_account_may_read(tmp_path: Path, open_store: Opener) -> None:
    folder = tmp_path / "new" / "data"
    before = os.umask(0o022)
    try:
        store = await open_store(f"sqlite:///{folder / 'bot.db'}", "one")
        await store.save(ANN, "state")
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in folder.iterdir()} == dict.fromkeys(
        ("bot.db", "bot.db-wal", "bot.db-shm"), "0o600"
    )


@pytest.mark.parametrize("way", ["finish", "bury-and-clean", "forget", "expire"])
async def test_what_a_person_wrote_leaves_the_files(
    sqlite_url: str, tmp_path: Path, clock: Clock, open_store: Opener, way: str
) -> None:
    store = await open_store(sqlite_url, "one", clock=clock, scrub_seconds=0.05)
    _, (lease, other) = await store.take([update("1", payload=CANARY * 300), update("2", BEN, CANARY)])
    await store.save(ANN, f"state {CANARY.decode()}")
    await store.finish(other, other.work[0], WorkOutcome(state="", remind=(Reminder("r", NOW + 10**9, CANARY),)))
    await eventually(lambda: _is_scrubbed(tmp_path))
    assert CANARY in _bytes(tmp_path), "else this test sees nothing"
    match way:
        case "finish":
            await store.finish(lease, lease.work[0], WorkOutcome(state=None, unremind=True))
        case "bury-and-clean":
            await store.bury(lease, lease.work[0], "failed")
            clock.move(8 * 24 * 3600)
        case "forget":
            await store.forget(ANN)
        case "expire":
            await store.finish(lease, lease.work[0], WorkOutcome())
            clock.move(25 * 3600)
    await store.forget(BEN)
    if way in {"bury-and-clean", "expire"}:
        await store.clean()
    await eventually(lambda: _is_gone(tmp_path))


@pytest.mark.parametrize("by", ["outcome", "call"])
async def test_whose_updates_they_were_leaves_the_files_with_what_is_forgotten(
    sqlite_url: str, tmp_path: Path, clock: Clock, open_store: Opener, by: str
) -> None:
    whose = replace(ANN, id=CANARY.decode())
    store = await open_store(sqlite_url, "one", clock=clock, scrub_seconds=0.05)
    _, (lease,) = await store.take([update(str(n), whose) for n in range(4)])
    reminder = Reminder("r", NOW + 60, b"remind")
    lease = await store.finish(lease, lease.work[0], WorkOutcome("state", remind=(reminder,))) or lease
    lease = await store.bury(lease, lease.work[0], "failed") or lease
    assert CANARY in _bytes(tmp_path), "else this test sees nothing"
    if by == "call":
        await store.forget(whose)
    else:
        lease = await store.finish(lease, lease.work[0], WorkOutcome()) or lease
        await store.finish(lease, lease.work[0], WorkOutcome(forget=True))
    await store.clean()
    await eventually(lambda: _is_gone(tmp_path))
    assert await store.take([update(str(n), whose) for n in range(4)]) == (0, ()), "none is answered twice"


async def test_a_log_that_was_left_behind_is_truncated_at_start(sqlite_url: str, tmp_path: Path, open_store: Opener) -> None:
    killed = await open_store(sqlite_url, "one", scrub_seconds=3600)
    _, (lease,) = await killed.take([update("1", payload=CANARY)])
    await killed.finish(lease, lease.work[0], WorkOutcome())
    assert CANARY in _bytes(tmp_path)
    await open_store(sqlite_url, "two", scrub_seconds=0.05)
    await eventually(lambda: _is_gone(tmp_path))


async def test_under_load_the_log_is_truncated_too(sqlite_url: str, tmp_path: Path, open_store: Opener) -> None:
    store = await open_store(sqlite_url, "one", scrub_seconds=0.05)
    _, (lease,) = await store.take([update("1", payload=CANARY)])
    await store.finish(lease, lease.work[0], WorkOutcome())

    async def load() -> None:
        number = 0
        while True:
            number += 1
            _, leases = await store.take([update(f"b{number}", BEN)])
            for one in leases:
                await store.finish(one, one.work[0], WorkOutcome())

    loading = asyncio.create_task(load())
    await eventually(lambda: _is_gone(tmp_path))
    loading.cancel()
    await asyncio.gather(loading, return_exceptions=True)


async def _is_gone(folder: Path) -> bool:
    return CANARY not in _bytes(folder)


async def _is_scrubbed(folder: Path) -> bool:
    return (folder / "bot.db-wal").stat().st_size == 0


async def test_a_full_disk_is_told_and_got_over(sqlite_url: str, open_store: Opener) -> None:
    store = await open_store(sqlite_url, "one")
    connection = _connection(store)
    ((pages,),) = connection.execute("PRAGMA page_count").fetchall()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageError, match="SQLITE_FULL, the disk is full") as failed:
        await store.take([update("1", payload=CANARY * 10_000)])
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__
    new, (lease,) = await store.take([update("1", payload=CANARY * 10_000)])
    assert new == 1, "nothing of the call that failed was stored, and the next one works"
    assert lease.work[0].update.payload == CANARY * 10_000


async def test_a_file_that_cannot_be_written_is_told_and_got_over(sqlite_url: str, open_store: Opener) -> None:
    store = await open_store(sqlite_url, "one")
    _connection(store).execute("PRAGMA query_only = ON")
    with pytest.raises(StorageError, match="SQLITE_READONLY, the file cannot be written"):
        await store.save(ANN, "state")
    await store.save(ANN, "state")
    assert await store.load(ANN) == "state"


async def test_a_connection_that_broke_is_made_anew(sqlite_url: str, open_store: Opener) -> None:
    store = await open_store(sqlite_url, "one")
    _connection(store).close()
    with pytest.raises(StorageError):
        await store.save(ANN, "state")
    await store.save(ANN, "state")


async def test_a_file_that_another_locks_for_too_long_is_told_and_got_over(
    sqlite_url: str, tmp_path: Path, open_store: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.storage.sqlite.BUSY_SECONDS", 0.05)
    store = await open_store(sqlite_url, "one")
    other = sqlite3.connect(tmp_path / "bot.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match="SQLITE_BUSY, another process has locked it"):
        await store.save(ANN, "state")
    assert await store.load(ANN) is None, "reading waits for nobody"
    other.execute("COMMIT")
    other.close()
    await store.save(ANN, "state")


@pytest.mark.parametrize(
    ("content", "told"),
    [pytest.param(b"no database at all, but long enough to be read as one" * 20, "SQLITE_NOTADB", id="another-file")],
)
async def test_a_file_that_is_something_else_is_told(tmp_path: Path, open_store: Opener, content: bytes, told: str) -> None:
    (tmp_path / "bot.db").write_bytes(content)
    with pytest.raises(StorageError, match=told):
        await open_store(f"sqlite:///{tmp_path / 'bot.db'}", "one")


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, open_store: Opener) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="SQLite: "):
        await open_store(f"sqlite:///{tmp_path / 'file' / 'bot.db'}", "one")


@pytest.mark.parametrize(
    ("statement", "values", "index"),
    [
        pytest.param(WAITING, ("[]", NOW), "inbox_waiting", id="waiting"),
        pytest.param(LOCK, ("[]",), "PRIMARY KEY", id="lock"),
        pytest.param(CLAIM_ALL, (NOW, 9), "leases_due", id="claim"),
        pytest.param(CLAIM_OF, (NOW, 9, '["default"]'), "leases_due", id="claim-of-a-clinic"),
    ],
)
async def test_what_waits_is_found_by_an_index(
    sqlite_url: str, open_store: Opener, statement: str, values: tuple[object, ...], index: str
) -> None:
    connection = _connection(await open_store(sqlite_url, "one"))
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {_translate(statement)}", numbered(values))]
    assert any(index in step for step in plan), plan
    assert not any(step.startswith(("SCAN inbox", "SCAN leases")) and "INDEX" not in step for step in plan), plan


async def test_kept_ids_slow_nobody_down(sqlite_url: str, open_store: Opener) -> None:
    store = await open_store(sqlite_url, "one", sync="NORMAL")
    await _measure(store, "warm")
    few = await _measure(store, "few")
    rows = ((f"aurora/telegram/old{n}", "aurora/telegram/ann", NOW, NOW) for n in range(100_000))
    connection = _connection(store)
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO inbox (ref, conversation, received, done) VALUES (?, ?, ?, ?)", rows)
    connection.execute("COMMIT")
    many = await _measure(store, "many")
    assert many < 5 * few + 0.05, "to scan 100,000 rows took 10 ms an update"


async def _measure(store: Storage, name: str) -> float:
    """Seconds of CPU for 30 updates."""
    began = time.process_time()
    for number in range(30):
        _, (lease,) = await store.take([update(f"{name}{number}")])
        await store.finish(lease, lease.work[0], WorkOutcome(state="x"))
        await store.claim(5)
    return time.process_time() - began
