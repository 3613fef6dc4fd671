"""Sends of which nobody knows whether they arrived are repeated once; those that surely did not, until they do."""

from __future__ import annotations

import pytest

from tests.scenarios.conftest import Opener
from tests.scenarios.environment import until
from tests.scenarios.patients import FIRST

# Nominal seconds of a hang: the fake resets then (short), or the bot has given up before (full).
SIZES = [pytest.param((20, 10.0, 20.0), id="short"), pytest.param((100, 15.0, 1.0), id="full", marks=pytest.mark.scenario)]
KINDS = ("drop", "hang", "error_after", "reset")


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
async def test_an_unknown_outcome_is_repeated_once(stage: Opener, size: tuple[int, float, float]) -> None:
    chats, seconds, scale = size
    async with stage(webhook=True, scale=scale) as here:
        bot = await here.start()
        for number, kind in enumerate(KINDS):
            for chat in range(number * chats, (number + 1) * chats):
                here.api.fault(kind, methods="sendMessage", chat=FIRST + chat, times=1, seconds=seconds)
        here.ask(here.talk.crowd(len(KINDS) * chats))
        await here.done(120)
        once = (here.tally.shown(), here.tally.most, set(here.tally.twice))
        unknown, repeated = await here.counted("send_unknown"), await here.counted("send_repeated")
        reset = {here.tally.ids[key] for key in here.tally.ids if key[0] >= FIRST + 3 * chats}

        # In these chats every send is in doubt, and the bot dies between two of them.
        here.api.clear_faults()
        for chat in range(5):
            here.api.fault("hang", methods="sendMessage", chat=20_000 + chat, seconds=10_000)
        entries = here.ask(here.talk.crowd(5, first=20_000))
        await here.answered(here.tally.asked)
        bot.kill()
        await bot.gone()
        here.api.clear_faults()
        for chat in range(5):
            here.api.fault("drop", methods="sendMessage", chat=20_000 + chat)
        await bot.start()
        await here.done(60)
        most = max(here.tally.answers[entry.id] for entry in entries)
        given_up = await here.counted("send_given_up")
    print(f"\ndoubt: {once[0]}; {unknown} unknown, {repeated} repeated; over a death: {most} times, {given_up} given up")
    assert here.tally.lost == []
    assert once[1] == 2
    assert not once[2] & reset  # a reset without effect: the repeat is the one that arrives
    assert unknown == repeated == len(KINDS) * chats
    assert most <= 3
    assert given_up == 5


@pytest.mark.slow
async def test_what_surely_did_not_go_out_arrives_once(stage: Opener) -> None:
    async with stage(webhook=True) as here:
        await here.start()
        await here.api.down()
        here.ask(here.talk.crowd(50))

        async def refused() -> bool:
            return await here.counted("send_unsent") > 0  # the others wait for that one

        await until(refused)
        await here.api.up()
        await here.done()
        unsent = await here.counted("send_unsent")
    print(f"\nrefused: {here.tally.shown()}; {unsent} unsent")
    assert (here.tally.lost, here.tally.most, here.tally.inversions) == ([], 1, 0)
