"""What many tests share: the shipped knowledge, fitted once, and how many examples a property test tries."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from bot import knowledge as knowing
from bot import language, matching, safety
from bot.app.detector import open_detector
from bot.app.paths import knowledge_folder
from bot.dialogue.policy import Dialogue
from bot.knowledge import load as loader
from bot.matching.training import open_matcher

if TYPE_CHECKING:
    from bot.knowledge.model import Knowledge
    from bot.matching.matcher import Matcher
    from bot.safety.detector import DangerDetector

_FITTING = (language, knowing, matching, safety)
# No deadline: the first example pays for caches. The number of examples stands here alone, so that `make laws` can raise it.
settings.register_profile("short", deadline=None, max_examples=60, derandomize=True)
settings.register_profile("laws", deadline=None, max_examples=5000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("short")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Halves of letters that a test logged would end the process that reports them to the one that started it."""
    report = yield
    report.sections = [(name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections]
    return report


@pytest.fixture(autouse=True)
def _words_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence model has tests of its own; the others must not depend on whether it is installed."""
    monkeypatch.setenv("MODEL", "off")


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return loader.load(knowledge_folder())


@contextmanager
def _one_process_at_a_time(folder: Path, what: str) -> Iterator[None]:
    with (folder / f"{what}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def fitted_cache(pytestconfig: pytest.Config) -> Path:
    """Where the shipped knowledge is fitted once, for all processes of a run and for those that tests start.

    It stays for the next run, until a line of what fits changes: who works on another part waits for it once.
    """
    digest = hashlib.sha256()
    for package in _FITTING:
        for source in sorted(Path(package.__path__[0]).rglob("*.py")):
            digest.update(source.read_bytes())
    cache = pytestconfig.cache
    assert cache is not None
    return cache.mkdir(f"fitted-{digest.hexdigest()[:16]}")


@pytest.fixture(scope="session")
def _learned(knowledge: Knowledge, fitted_cache: Path, worker_id: str) -> tuple[Matcher, DangerDetector]:
    """Every other process begins with what danger sounds like: two of them learn at once, and neither waits for all of it."""

    def matcher() -> Matcher:
        with _one_process_at_a_time(fitted_cache, "matcher"):
            return open_matcher(knowledge, fitted_cache, lambda _: None)

    def detector() -> DangerDetector:
        with _one_process_at_a_time(fitted_cache, "detector"):
            return open_detector(knowledge, fitted_cache, lambda _: None)

    if worker_id[-1] in "13579":
        ear = detector()
        return matcher(), ear
    return matcher(), detector()


@pytest.fixture(scope="session")
def matcher(_learned: tuple[Matcher, DangerDetector]) -> Matcher:
    return _learned[0]


@pytest.fixture(scope="session")
def detector(_learned: tuple[Matcher, DangerDetector]) -> DangerDetector:
    """The shipped detector, with all that it learned."""
    return _learned[1]


@pytest.fixture(scope="session")
def dialogue(knowledge: Knowledge, matcher: Matcher, detector: DangerDetector) -> Dialogue:
    return Dialogue(knowledge, matcher, detector)
