"""Killed at random moments: nothing is lost, and only what was under way just then may be answered twice."""

from __future__ import annotations

import asyncio
import random

import pytest

from bot.delivery.inbox import Limits
from tests.scenarios.conftest import Opener

RATE = 150  # updates a second: about what one process answers
# chats, questions in each, kills, run
SHORT = pytest.param((50, 4, 2, 0), id="short")
FULL = [pytest.param((250, 4, 3, run), id=f"full{run}", marks=pytest.mark.scenario) for run in range(1, 21)]


@pytest.mark.slow
@pytest.mark.parametrize("size", [SHORT, *FULL])
@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
@pytest.mark.parametrize("webhook", [True, False], ids=["webhook", "polling"])
async def test_killed_it_loses_nothing(stage: Opener, database: str, webhook: bool, size: tuple[int, int, int, int]) -> None:
    chats, each, kills, seed = size
    chance = random.Random(f"{seed} {webhook} {database == ''}")
    in_flight: set[int] = set()
    counts = []
    async with stage(database=database, webhook=webhook) as here:
        bot = await here.start()
        # They come while others are answered, so that a death finds some at every step.
        asking = asyncio.create_task(here.ask_slowly(here.talk.crowd(chats, each), RATE))
        for number in range(kills):
            await here.answered(int(chats * each * (number + chance.uniform(0.1, 0.9)) / kills))
            await asyncio.sleep(chance.uniform(0, 0.02))
            bot.kill()
            await bot.gone()
            # Answered, and not yet marked as done: these must be answered again, as nobody can know.
            under_way = {id for id in await here.waiting() if here.tally.answers.get(id)}
            in_flight |= under_way
            counts.append(len(under_way))
            await bot.start()
        await asking
        await here.done()
    print(f"\nkill {here.mode}: {here.tally.shown()}; in flight {counts}")
    assert here.tally.lost == []
    assert here.tally.twice <= in_flight
    assert here.tally.most <= 1 + kills
    assert max(counts) <= Limits().workers
    assert (here.tally.inversions, here.tally.strange) == (0, 0)
