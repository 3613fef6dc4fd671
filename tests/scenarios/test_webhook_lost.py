"""Somebody who has the token deletes the webhook: the bot sets it again, and whoever wrote meanwhile is answered, once."""

from __future__ import annotations

import time

import aiohttp
import pytest

from tests.running import TOKEN
from tests.scenarios.conftest import Opener
from tests.scenarios.environment import until


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
@pytest.mark.parametrize(
    ("scale", "most"), [pytest.param(20.0, 15, id="short"), pytest.param(1.0, 75, id="full", marks=pytest.mark.scenario)]
)
async def test_a_webhook_that_is_deleted_is_set_again(stage: Opener, database: str, scale: float, most: float) -> None:
    async with stage(webhook=True, scale=scale, database=database) as here:
        await here.start()
        if database:
            await here.start()
        here.ask(here.talk.crowd(50))
        await here.done()
        async with aiohttp.ClientSession() as somebody, somebody.post(f"{here.api.base_url}{TOKEN}/deleteWebhook") as answer:
            assert answer.status == 200
        deleted = time.monotonic()
        assert here.api.hooks.webhook is None
        here.ask(here.talk.crowd(50, first=20_000))
        await until(lambda: here.api.hooks.webhook, most)
        took = time.monotonic() - deleted
        await here.done()
        changed = await here.counted("webhook_changed")
    print(f"\nwebhook deleted, {here.mode}: {here.tally.shown()}; set again after {took:.1f} s")
    assert (here.tally.lost, here.tally.twice, here.tally.inversions) == ([], set(), 0)
    assert 1 <= changed <= 2
