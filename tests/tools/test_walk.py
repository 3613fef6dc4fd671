"""Every feature of the Telegram channel, end to end over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.botapi import FakeBotApi
from tests.running import TOKEN, Bot
from tools import walk


@pytest.mark.slow
async def test_every_feature_is_there(tmp_path: Path, fitted_cache: Path) -> None:
    async with (
        FakeBotApi(token=TOKEN) as api,
        Bot(tmp_path, {**walk.settings(api, tmp_path), "CACHE_DIR": str(fitted_cache)}),
    ):
        await walk.whole(walk.Walk(api))
