"""What the scenarios share: a PostgreSQL of their own, the fitted knowledge, and a stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.dialogue.policy import Dialogue
from tests.fakes import postgres as harness
from tests.running import Bot, Launch
from tests.scenarios.environment import Environment
from tests.scenarios.patients import Talk
from tests.scenarios.supervisor import Supervisor

Opener = Callable[..., Environment]
WebOpener = Callable[..., Bot]


@pytest.fixture(scope="session")
def postgres() -> Iterator[harness.Server]:
    with harness.running() as server:
        yield server


@pytest.fixture(scope="session")
def talk(dialogue: Dialogue) -> Talk:
    return Talk.of(dialogue)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """Its URL; "" for SQLite. Tests name the kind by indirect parameters."""
    if request.param == "sqlite":
        return ""
    server: harness.Server = request.getfixturevalue("postgres")
    return server.url(server.create())


@pytest.fixture(scope="session")
def supervisor(talk: Talk, fitted_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervisor]:
    """After ``talk``, so that the knowledge is fitted."""
    found = Supervisor(tmp_path_factory.mktemp("supervisor"), fitted_cache)
    yield found
    found.stop()


@pytest.fixture
def stage(talk: Talk, fitted_cache: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Opener:
    """Makes a Stage; to be entered with ``async with``. In the long forms the bot is started as everybody starts it."""
    long = request.node.get_closest_marker("scenario") is not None
    launch = None if long else request.getfixturevalue("supervisor").launch

    def make(**how: Any) -> Environment:
        return Environment(talk, tmp_path, fitted_cache, launch=launch, **how)

    return make


@pytest.fixture
def web(talk: Talk, fitted_cache: Path, tmp_path: Path, request: pytest.FixtureRequest) -> WebOpener:
    """Makes a bot that answers on the web alone; in the long forms it is started as everybody starts it."""
    long = request.node.get_closest_marker("scenario") is not None

    def make(launch: Launch | None = None, **settings: str) -> Bot:
        if launch is None and not long:
            launch = request.getfixturevalue("supervisor").launch
        given = {"TELEGRAM_BOT_TOKEN": "", "CACHE_DIR": str(fitted_cache), **settings}
        return Bot(tmp_path / "bot", given, launch=launch)

    return make
