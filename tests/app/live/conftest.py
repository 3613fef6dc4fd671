"""A clinic on the small folder, as a process serves it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app import config
from bot.app.config import Settings
from bot.app.live.clinic import LiveClinic, open_clinic
from tests import folders


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return folders.write(tmp_path / "bread")


@pytest.fixture(scope="session")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that all tests here share: what one learned the next need not."""
    return tmp_path_factory.mktemp("learned")


@pytest.fixture
def settings(folder: Path, tmp_path: Path, learned: Path) -> Settings:
    given = {"KNOWLEDGE": str(folder), "DATA_DIR": str(tmp_path / "data"), "CACHE_DIR": str(learned), "TIMEZONE": "UTC"}
    return config.read_settings({}, {"HOME": str(tmp_path), "MODEL": "off", **given})


@pytest.fixture
def clinic(settings: Settings) -> LiveClinic:
    return open_clinic(settings, lambda _: None)
