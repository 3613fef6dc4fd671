"""Replicas on PostgreSQL, restarted one after the other under load: nothing is lost, and nothing comes twice."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.scenarios.conftest import Opener
from tests.scenarios.patients import percentile

# updates, updates a second, how often each is restarted
SHORT = pytest.param((200, 40, 1), id="short")
FULL = pytest.param((4000, 50, 3), id="full", marks=pytest.mark.scenario)


@pytest.mark.slow
@pytest.mark.parametrize("size", [SHORT, FULL])
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
async def test_a_rolling_restart_loses_nothing_and_repeats_nothing(
    stage: Opener, database: str, size: tuple[int, int, int]
) -> None:
    count, rate, rounds = size
    async with stage(database=database, webhook=True, settings={"TELEGRAM_RATE": "1000"}) as here:
        here.api.limit({})
        bots = [await here.start() for _ in range(2)]
        asking = asyncio.create_task(here.ask_slowly(here.talk.crowd(count // 4, 4), rate))
        codes, restarts = list[int](), list[float]()
        for bot in bots * rounds:
            await here.answered(count * (len(codes) + 1) // (2 * rounds + 2))
            began = time.monotonic()
            bot.terminate()
            codes.append(await bot.gone())
            await bot.start()
            restarts.append(time.monotonic() - began)
        await asking
        await here.done()
    print(
        f"\nrolling {here.mode}: {here.tally.shown()}; restarts of {percentile(restarts, 50):.1f} s, {max(restarts):.1f} at most"
    )
    assert set(codes) == {0}
    assert (here.tally.lost, here.tally.twice) == ([], set())
    assert (here.tally.inversions, here.tally.strange) == (0, 0)
