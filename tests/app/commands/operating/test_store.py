"""A command's look into the store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app.commands.operating.store import shown, with_store
from bot.app.config import read_settings
from bot.channels.declaration import ConfigError
from bot.delivery.storage import Counts, Storage
from tests.delivery.test_logs import kept_logging


@pytest.fixture(autouse=True)
def _log_as_it_was() -> Iterator[None]:
    """A command sets up the log of its process."""
    with kept_logging():
        yield


async def _counts(storage: Storage) -> Counts:
    return await storage.counts()


def test_the_store_is_open_for_as_long_as_it_is_worked_with(tmp_path: Path) -> None:
    settings = read_settings({}, {"HOME": str(tmp_path), "DATA_DIR": str(tmp_path)})
    assert with_store(settings, _counts) == Counts(0, None, 0, 0)


def test_a_store_that_cannot_be_opened_is_named_by_its_setting(tmp_path: Path) -> None:
    settings = read_settings({}, {"HOME": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path}"})
    with pytest.raises(ConfigError, match="DATABASE_URL: SQLite: SQLITE_CANTOPEN"):
        with_store(settings, _counts)


def test_a_moment_is_told_in_utc() -> None:
    assert shown(1_764_000_000.0) == "2025-11-24 16:00:00 UTC"
