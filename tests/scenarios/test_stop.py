"""Stopped under load, with one send that hangs: what was taken is finished or kept, within ten seconds."""

from __future__ import annotations

import time

import pytest

from tests.scenarios.conftest import Opener
from tests.scenarios.patients import FIRST

STUCK = FIRST - 1
SIZES = [
    pytest.param((50, 4, 1, "2"), id="short"),
    *(pytest.param((100, 10, run, "6"), id=f"full{run}", marks=pytest.mark.scenario) for run in range(2, 12)),
]


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("webhook", [True, False], ids=["webhook", "polling"])
async def test_it_stops_in_good_order(stage: Opener, webhook: bool, size: tuple[int, int, int, str]) -> None:
    chats, each, part, drain = size
    async with stage(webhook=webhook, settings={"DRAIN_SECONDS": drain}) as here:
        bot = await here.start()
        here.api.fault("hang", methods="sendMessage", chat=STUCK, seconds=10_000)
        (stuck,) = here.ask(here.talk.crowd(1, first=STUCK))
        await here.answered(1)  # it is there, but the bot does not hear of it
        here.ask(here.talk.crowd(chats, each))
        await here.answered(here.tally.asked * part // 12)
        bot.terminate()
        began = time.monotonic()
        code = await bot.gone()
        took = time.monotonic() - began
        left = len(here.tally.lost)
        here.api.clear_faults()
        await bot.start()
        await here.done()
        bot.terminate()
        began = time.monotonic()
        idle = await bot.gone()
        at_rest = time.monotonic() - began
    print(f"\nstop {here.mode}: {here.tally.shown()}; {took:.1f} s, {left} left; idle {at_rest:.1f} s")
    assert (code, idle) == (0, 0)
    assert took <= float(drain) + 3
    assert at_rest <= 5  # soon after a start it still waits for the thread that warms up
    assert here.tally.lost == []
    assert here.tally.twice <= {stuck.id}
    assert (here.tally.inversions, here.tally.strange) == (0, 0)
