"""What one person asks is answered in the order in which it was asked, whichever process answers."""

from __future__ import annotations

import asyncio

import pytest

from tests.scenarios.conftest import Opener

SIZES = [pytest.param((20, 15), id="short"), pytest.param((50, 40), id="full", marks=pytest.mark.scenario)]


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
@pytest.mark.parametrize("webhook", [True, False], ids=["webhook", "polling"])
async def test_order_within_a_chat_over_two_replicas(stage: Opener, database: str, webhook: bool, size: tuple[int, int]) -> None:
    async with stage(database=database, webhook=webhook) as here:
        await asyncio.gather(here.start(), here.start())
        here.ask(here.talk.crowd(*size))
        await here.done(300)
        shares = [await here.counted_by(bot, "answered") for bot in here.bots]
    print(f"\norder {here.mode}: {here.tally.shown()}; answered by {shares}")
    if webhook:  # else the one that polls may answer all by itself
        assert min(shares) > 0
    assert here.tally.inversions == 0
    assert (here.tally.lost, here.tally.twice, here.tally.strange) == ([], set(), 0)
