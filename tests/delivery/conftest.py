"""The three databases: in memory, a SQLite file, a real PostgreSQL. Tables are made once and copied."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.delivery.storage import Storage
from bot.delivery.storage.schema.tables import METADATA
from tests.delivery.storage.stores import Clock, Opener, migrated
from tests.fakes import postgres as harness


@pytest.fixture(scope="session")
def postgres() -> Iterator[harness.Server]:
    with harness.running() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_database(postgres: harness.Server) -> str:
    database = postgres.create()
    asyncio.run(migrated(postgres.url(database)))
    return database


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    asyncio.run(migrated(f"sqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'bot.db')}"


@pytest.fixture
def postgres_url(postgres: harness.Server, postgres_database: str) -> str:
    """The same database every time, emptied: a new one for each test takes its time to make, to shut down and to delete."""
    postgres.execute(postgres_database, f"TRUNCATE {', '.join(METADATA.tables)}")
    return postgres.url(postgres_database)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    return "memory:" if request.param == "memory" else str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=["sqlite", "postgres"])
def shared_url(request: pytest.FixtureRequest) -> str:
    """Of a database that several processes can use."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def open_store() -> AsyncIterator[Opener]:
    """Opens stores, and closes them at the end."""
    opener = Opener()
    yield opener
    await opener.close()


@pytest.fixture
async def store(url: str, clock: Clock, open_store: Opener) -> Storage:
    return await open_store(url, "one", clock=clock)
