"""Addresses of databases."""

from __future__ import annotations

import pytest

from bot.delivery.storage.open import open_storage
from bot.delivery.storage.postgres import Postgres
from bot.delivery.storage.sqlite import Sqlite
from bot.delivery.storage.store import Store


def _database(url: str) -> object:
    store = open_storage(url, owner="one")
    assert isinstance(store, Store)
    return store._watched._database


@pytest.mark.parametrize(
    ("url", "path"),
    [
        pytest.param("memory:", "None", id="memory"),
        pytest.param("sqlite:///data/bot.db", "data/bot.db", id="relative"),
        pytest.param("sqlite:////var/lib/bot/bot.db", "/var/lib/bot/bot.db", id="absolute"),
    ],
)
def test_an_address_of_sqlite(url: str, path: str) -> None:
    database = _database(url)
    assert isinstance(database, Sqlite)
    assert str(database._path) == path


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_an_address_of_postgresql(scheme: str) -> None:
    database = _database(f"{scheme}://user:secret@db:5433/bot?host=/run/postgresql")
    assert isinstance(database, Postgres)
    assert database._dsn == "postgresql://user:secret@db:5433/bot?host=/run/postgresql"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "canary",
        "memory",
        "sqlite://canary",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///canary/",
        "sqlite:///bot.db?mode=canary",
        "mysql://user:canary@host/bot",
        "postgresql:user:canary@host/bot",
        "postgresql+psycopg://user:canary@host/bot",
    ],
)
def test_any_other_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(
        ValueError, match="memory:, sqlite:///path/to/file and postgresql://user:password@host/database"
    ) as failed:
        open_storage(url, owner="one")
    assert "canary" not in str(failed.value)


def test_another_sync_is_refused() -> None:
    with pytest.raises(ValueError, match="FULL or NORMAL"):
        open_storage("memory:", owner="one", sync="OFF; canary")
