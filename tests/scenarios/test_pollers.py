"""Two that poll with one token: on one store they take turns, on two stores one of them says what is wrong."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.scenarios.conftest import Opener
from tests.scenarios.environment import until


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lease", "scale", "most"),
    [pytest.param("2", 20.0, 10, id="short"), pytest.param("30", 1.0, 60, id="full", marks=pytest.mark.scenario)],
)
async def test_on_one_store_one_polls_and_the_other_takes_over(stage: Opener, lease: str, scale: float, most: float) -> None:
    async with stage(scale=scale, settings={"LEASE_SECONDS": lease}) as here:
        first = await here.start()
        second = await here.start()
        await until(lambda: here.say("telegram", ["polling", "standby"]), 30)
        here.ask(here.talk.crowd(50))
        await here.done()
        first.kill()
        await first.gone()
        killed = time.monotonic()
        here.ask(here.talk.crowd(50, first=20_000))
        await until(lambda: here.says(second, "telegram", "polling"), most)
        took = time.monotonic() - killed
        await here.done()
        conflicts = sum(call.status == 409 for call in here.api.calls("getUpdates"))
    print(f"\npollers, one store: {here.tally.shown()}; taken over after {took:.1f} s; {conflicts} conflicts")
    assert (here.tally.lost, here.tally.twice, here.tally.inversions) == ([], set(), 0)
    assert conflicts == 0


@pytest.mark.slow
@pytest.mark.parametrize("scale", [pytest.param(10.0, id="short"), pytest.param(1.0, id="full", marks=pytest.mark.scenario)])
async def test_on_two_stores_one_is_not_ready(stage: Opener, scale: float, tmp_path: Path) -> None:
    async with stage(scale=scale) as here:
        await here.start()
        other = here.bot(DATABASE_URL=f"sqlite:///{tmp_path / 'other.db'}")
        await other.start(ready=False)
        took = await until(here.conflict, 30 / scale + 5)
        here.ask(here.talk.crowd(30))
        await here.answered(30)
        other.kill()
        await other.gone()
        alone = await until(lambda: here.says(here.bots[0], "telegram", "polling"), 60 / scale + 5)
        most = here.tally.most
    print(f"\npollers, two stores: {here.tally.shown()}; not ready after {took:.1f} s, well again after {alone:.1f} s")
    assert here.tally.lost == []
    assert most <= 2
