"""Migrations: they make what ``tables.py`` says, once, and only who needs them loads them."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Double, Float, Integer, LargeBinary, MetaData, Table, create_engine
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from bot.delivery.storage import Reminder, StorageError
from bot.delivery.storage.open import open_storage
from bot.delivery.storage.schema.tables import METADATA
from bot.delivery.storage.schema.upgrade import NEWEST, is_behind, migrate, upgrade_sqlite
from tests.delivery.storage.stores import (
    ANN,
    REVISIONS,
    Opener,
    alembic_config,
    at_revision,
    at_revision_of_postgres,
    migrated,
    update,
)
from tests.fakes.postgres import Server
from tests.places import ROOT


def _differences(connection: Connection) -> Iterable[object]:
    found: list[object] = compare_metadata(MigrationContext.configure(connection), METADATA)
    return found


async def test_migrations_make_what_the_tables_say(shared_url: str) -> None:
    if shared_url.startswith("sqlite"):
        engine = create_engine(shared_url, poolclass=NullPool)
        with engine.connect() as connection:
            assert _differences(connection) == []
        return
    other = create_async_engine(shared_url.replace("postgresql:", "postgresql+asyncpg:"), poolclass=NullPool)
    async with other.connect() as asynchronous:
        assert await asynchronous.run_sync(_differences) == []
    await other.dispose()


def _schema(connection: sqlite3.Connection) -> dict[str, str]:
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%'")
    return {name: " ".join(sql.split()) for name, sql in rows}


def test_a_new_file_is_made_as_the_migrations_make_it(tmp_path: Path) -> None:
    by_migrations, at_once = tmp_path / "migrations.db", tmp_path / "once.db"
    engine = create_engine(f"sqlite:///{by_migrations}", poolclass=NullPool)
    with engine.begin() as connection:
        migrate(connection)
    upgrade_sqlite(lambda: sqlite3.connect(at_once, isolation_level=None))
    with closing(sqlite3.connect(by_migrations)) as old, closing(sqlite3.connect(at_once)) as new:
        assert _schema(new) == _schema(old)
        version = "SELECT version_num FROM alembic_version"
        assert new.execute(version).fetchall() == old.execute(version).fetchall() == [(NEWEST,)]


def test_the_newest_revision_is_known_without_alembic() -> None:
    script = ScriptDirectory.from_config(alembic_config())
    assert script.get_current_head() == NEWEST
    revisions = [revision.revision for revision in script.walk_revisions()]
    assert revisions == sorted(revisions, reverse=True), "newer ones sort later"


@pytest.mark.parametrize(
    ("stored", "behind"), [pytest.param(None, True, id="none"), pytest.param("0000", True, id="older"), (NEWEST, False)]
)
def test_tables_that_are_older_are_behind(stored: str | None, behind: bool) -> None:
    assert is_behind(stored) is behind


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_processes_that_start_at_once_do_not_collide(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, open_store: Opener
) -> None:
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    if kind == "postgres":
        server: Server = request.getfixturevalue("postgres")
        url = server.url(server.create())
    stores = await asyncio.gather(*(open_store(url, str(number)) for number in range(4)))
    await stores[0].save(ANN, "state")
    assert [await store.load(ANN) for store in stores] == ["state"] * 4


async def test_a_newer_database_is_told(shared_url: str, request: pytest.FixtureRequest) -> None:
    if shared_url.startswith("sqlite"):
        connection = sqlite3.connect(shared_url.removeprefix("sqlite:///"))
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
        connection.close()
    else:
        server: Server = request.getfixturevalue("postgres")
        database = server.create()
        shared_url = server.url(database)
        await migrated(shared_url)
        server.execute(database, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageError, match=r"newer version of this program.*9999"):
        await open_storage(shared_url, owner="one").start()


def test_a_start_on_new_tables_loads_no_alembic(shared_url: str) -> None:
    code = """
import asyncio, sys
from bot.delivery.storage.open import open_storage
async def main():
    store = open_storage(sys.argv[1], owner="one")
    await store.start()
    await store.close()
asyncio.run(main())
print(*sorted({"alembic", "sqlalchemy", "mako", "greenlet"} & set(sys.modules)))
print(*sorted({"asyncpg"} & set(sys.modules)))
"""
    command = [sys.executable, "-W", "error", "-c", code, shared_url]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    heavy, driver = done.stdout.splitlines()
    assert heavy == ""
    assert driver == ("" if shared_url.startswith("sqlite") else "asyncpg")


# Of every kind of thing, as each version stored it; moments are those of ``NOW``.
_STORED = (
    "INSERT INTO conversations VALUES ('aurora/telegram/ann', 'state', 4e9)",
    "INSERT INTO leases VALUES ('aurora/telegram/ann', NULL, 7, 0.0)",
    "INSERT INTO inbox (ref, conversation, received, done) VALUES ('aurora/telegram/1', '', 1.0, 2.0)",
    (
        "INSERT INTO inbox (ref, conversation, payload, sent, received, attempts)"
        " VALUES ('aurora/telegram/2', 'aurora/telegram/ann', {words}, '[\"0\", \"sent\"]\n', 1.0, 1)"
    ),
    (
        "INSERT INTO dead_letters VALUES ("
        "'aurora/telegram/3', 'telegram', '3', 'aurora/telegram/ann', {words}, NULL, 1.0, NULL, 'tries', 5, 2.0)"
    ),
    "INSERT INTO reminders VALUES ('aurora/telegram/evening', 'aurora/telegram/ann', 4e9, {words})",
)
# Since which version a key was stored like that.
_KEY_STORED = {
    "0001": (),
    "0002": ("INSERT INTO api_keys VALUES ('desk', 'a1', 5.0, NULL)",),
    "0003": ("INSERT INTO api_keys VALUES ('aurora', 'desk', 'a1', 5.0, NULL)",),
}


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_what_every_version_stored_is_kept(
    revision: str, kind: str, tmp_path: Path, request: pytest.FixtureRequest, open_store: Opener
) -> None:
    words = "X'776f726473'" if kind == "sqlite" else "'words'"
    stored = [
        one.format(words=words) for one in (*_STORED, *_KEY_STORED[max(since for since in _KEY_STORED if since <= revision)])
    ]
    if kind == "sqlite":
        url = f"sqlite:///{tmp_path / 'bot.db'}"
        at_revision(tmp_path / "bot.db", revision, *stored)
    else:
        server: Server = request.getfixturevalue("postgres")
        url = server.url(server.create())
        await at_revision_of_postgres(url, revision, *stored)
    store = await open_store(url, "one")
    (lease,) = await store.claim(9)
    assert (lease.key, lease.state, lease.fence) == (ANN, "state", 8)
    assert [(one.update.id, one.update.payload, one.attempts, dict(one.sent)) for one in lease.work] == [
        ("2", b"words", 1, {"0": "sent"})
    ]
    assert [(letter.id, letter.reason, letter.attempts) for letter in await store.dead_letters(9)] == [("3", "tries", 5)]
    assert await store.reminders(ANN) == (Reminder("evening", 4e9, b"words"),)
    assert [(key.name, key.hash) for key in await store.keys("aurora")] == ([("desk", "a1")] if revision > "0001" else [])
    new, _ = await store.take([update("1"), update("4")])
    assert new == 1, "what was done is known"


async def test_keys_from_before_clinics_open_whatever_the_database_serves(tmp_path: Path, open_store: Opener) -> None:
    rows = "INSERT INTO api_keys VALUES ('desk', 'a1', 5.0, NULL), ('old', 'b2', 4.0, 6.0)"
    at_revision(tmp_path / "bot.db", "0002", rows)
    store = await open_store(f"sqlite:///{tmp_path / 'bot.db'}", "one")
    for clinic in ("aurora", "borealis"):
        assert [(key.name, key.hash, key.revoked) for key in await store.keys(clinic)] == [
            ("old", "b2", 6.0),
            ("desk", "a1", None),
        ]
    assert await store.revoke_key("aurora", "desk", 7.0)
    assert [key.revoked for key in await store.keys("borealis")] == [6.0, 7.0]


def _values(table: Table, count: int) -> list[dict[str, object]]:
    """So many rows, in which each column has other values."""
    made: list[dict[str, object]] = []
    for number in range(1, count + 1):
        row: dict[str, object] = {}
        for column in table.columns:
            match column.type:
                case LargeBinary():
                    row[column.name] = b"%d" % number
                case Integer():
                    row[column.name] = number
                case Double() | Float():
                    row[column.name] = number + 0.5
                case _:
                    row[column.name] = f"{column.name}/{number}"
        made.append(row)
    return made


def _filled(connection: Connection, revision: str, count: int = 3) -> None:
    """All tables of that version, with rows in each."""
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
    for table in _reflected(connection):
        connection.execute(table.insert(), _values(table, count))


def _reflected(connection: Connection) -> list[Table]:
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def _rows(connection: Connection) -> dict[str, list[dict[str, object]]]:
    return {
        table.name: [dict(row) for row in connection.execute(table.select().order_by(*table.primary_key)).mappings()]
        for table in _reflected(connection)
    }


def _upgraded(connection: Connection) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_every_row_of_every_table_outlives_every_upgrade(
    revision: str, kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if kind == "sqlite":
        engine = create_engine(f"sqlite:///{tmp_path / 'bot.db'}", poolclass=NullPool)
        with engine.begin() as connection:
            _filled(connection, revision)
        with engine.connect() as connection:
            before = _rows(connection)
        with engine.begin() as connection:
            _upgraded(connection)
        with engine.connect() as connection:
            after = _rows(connection)
    else:
        server: Server = request.getfixturevalue("postgres")
        url = server.url(server.create()).replace("postgresql:", "postgresql+asyncpg:")
        remote = create_async_engine(url, poolclass=NullPool)
        async with remote.begin() as one:
            await one.run_sync(_filled, revision)
        async with remote.connect() as one:
            before = await one.run_sync(_rows)
        async with remote.begin() as one:
            await one.run_sync(_upgraded)
        async with remote.connect() as one:
            after = await one.run_sync(_rows)
        await remote.dispose()
    assert all(len(rows) == 3 for rows in before.values())
    assert before.keys() <= after.keys()
    for name, rows in before.items():
        kept = [{column: row[column] for column in rows[0] if column in row} for row in after[name]]
        assert kept == rows, name
