"""Updates that come more than once, as they do when an acknowledgement is lost: each is answered once."""

from __future__ import annotations

import asyncio

import pytest

from tests.scenarios.conftest import Opener
from tests.scenarios.environment import until

SIZES = [pytest.param((60, 2), id="short"), pytest.param((500, 10), id="full", marks=pytest.mark.scenario)]


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
async def test_delivered_again_and_again_to_two_replicas(stage: Opener, database: str, size: tuple[int, int]) -> None:
    async with stage(database=database, webhook=True, scale=4.0) as here:
        one, two = await asyncio.gather(here.start(), here.start())
        # One after the other, and beside that at once and to both.
        ids = [entry.id for entry in here.ask(here.talk.crowd(*size), copies=2)]
        for bot in (one, two):
            here.api.redeliver(ids, url=bot.url)
        await here.done(300)
        await until(lambda: not here.api._background, 120)
        one.terminate()
        await one.gone()
        await one.start()
        for bot in (one, two):
            here.api.redeliver(ids, url=bot.url)
        await until(lambda: not here.api._background, 120)
        await here.done(60)
    heard = sum(attempt.outcome == "200" for entry in here.api.updates() for attempt in entry.attempts)
    print(f"\nagain and again: {here.tally.shown()}; {heard} deliveries")
    # Some of so many at once are given up by the fake Bot API after its time, as by the real one.
    assert heard >= 3 * size[0] * size[1]
    assert (here.tally.lost, here.tally.twice, here.tally.strange) == ([], set(), 0)


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_fetched_thrice_and_again_after_a_restart(stage: Opener, database: str, size: tuple[int, int]) -> None:
    async with stage(database=database) as here:
        bot = await here.start()
        entries = here.ask(here.talk.crowd(*size), copies=3)
        await here.done(300)
        bot.terminate()
        await bot.gone()
        polls = len(here.api.calls("getUpdates"))
        await bot.start()
        await until(lambda: len(here.api.calls("getUpdates")) > polls)
        here.api.redeliver([entry.id for entry in entries])
        await here.done(60)
        known = await here.counted("known")
    print(f"\nfetched thrice: {here.tally.shown()}; {known} known after the restart")
    assert (here.tally.lost, here.tally.twice, here.tally.strange) == ([], set(), 0)
    assert known >= 2 * len(entries)  # a copy that the offset confirmed with the one before it is not fetched
