"""Every feature of the Telegram channel, end to end over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.botapi import FakeBotApi
from tests.running import TOKEN, Bot
from tools import walk


@pytest.mark.slow
async def test_every_feature_is_there(tmp_path: Path, fitted_cache: Path) -> None:
    async with FakeBotApi(token=TOKEN) as api:
        settings = {"TELEGRAM_BASE_URL": api.base_url, "CLINIC": "example", "CACHE_DIR": str(fitted_cache), "CLOCK_SCALE": "20"}
        async with Bot(tmp_path, settings):
            await walk.whole(walk.Walk(api))
