"""One browser, one bot and one clinic's site for all tests here; each test has a fresh context of the browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.browser import chrome
from tests.browser.host import Host, site
from tests.fakes.detector import asking_folder
from tests.running import Bot

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from bot.matching.matcher import Matcher
    from bot.safety.detector import DangerDetector


@pytest.fixture(scope="session")
def _chromium_is_there() -> None:
    if chrome.path() is None:
        if chrome.must_be_there():
            pytest.fail("there is no chromium, and CI is set; on Debian: apt-get install chromium")
        pytest.skip("there is no chromium; on Debian: apt-get install chromium")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium(_chromium_is_there: None) -> AsyncIterator[Browser]:
    async with chrome.browser() as one:
        yield one


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def started_site() -> AsyncIterator[Host]:
    async with site() as host:
        yield host


@pytest.fixture(scope="session")
def learned_cache(fitted_cache: Path, matcher: Matcher, detector: DangerDetector) -> Path:
    """Where all that a bot learns at its first start is kept already: that takes longer than a test waits."""
    del matcher, detector
    return fitted_cache


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def bot(
    _chromium_is_there: None, started_site: Host, learned_cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Bot]:
    """A bot that the clinic's site may embed, and that Telegram knows nothing of; its detector asks more than the shipped one."""
    folder = tmp_path_factory.mktemp("web")
    settings = {**web_settings(started_site, learned_cache), "KNOWLEDGE": str(asking_folder(folder / "knowledge"))}
    async with Bot(folder, settings) as one:
        started_site.bot = one.url
        yield one


@pytest.fixture
def host(started_site: Host, bot: Bot) -> Host:
    """The clinic's site, in its own calm style."""
    fresh = Host()
    started_site.sheet, started_site.extra, started_site.bot = fresh.sheet, {}, bot.url
    return started_site


def web_settings(host: Host, cache: Path) -> dict[str, str]:
    return {
        "TELEGRAM_BOT_TOKEN": "",
        "CLINIC": "example",
        "CACHE_DIR": str(cache),
        "WEB_ORIGINS": host.url,
        "API_RATE": "off",
        "DATABASE_URL": "memory:",
        "WEB_EXAMPLE": "on",
    }
