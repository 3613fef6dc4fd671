"""Danger in a conversation in which much else happens: it forgets, it was blocked, others flood it."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.fakes.botapi import updates
from tests.fakes.botapi.state import Json
from tests.scenarios.conftest import Opener
from tests.scenarios.environment import until
from tests.scenarios.patients import DANGER, FIRST

MODES = pytest.mark.parametrize("webhook", [True, False], ids=["webhook", "polling"])
CHATS = [pytest.param(6, id="short"), pytest.param(200, id="full", marks=pytest.mark.scenario)]
FLOODS = [pytest.param(25, id="short"), pytest.param(120, id="full", marks=pytest.mark.scenario)]


def _forgotten(who: Json) -> list[Json]:
    return [updates.text("/forget", who)]


def _blocked(who: Json) -> list[Json]:
    return [updates.membership("kicked", who), updates.membership("member", who)]


@pytest.mark.slow
@MODES
@pytest.mark.parametrize("chats", CHATS)
@pytest.mark.parametrize("first", [_forgotten, _blocked], ids=["forget", "blocked-unblocked"])
async def test_danger_after_what_forgets_a_chat_is_never_dropped(stage: Opener, webhook: bool, chats: int, first: object) -> None:
    assert callable(first)
    people = [updates.user(FIRST + number) for number in range(chats)]
    async with stage(webhook=webhook) as here:
        await here.start()
        for number, who in enumerate(people):
            here.api.inject([updates.text("how long does an infusion take?", who), *first(who)])
            if number % 2:  # in the same poll, or a moment later
                await asyncio.sleep(0.005)
            here.api.inject(updates.text(DANGER, who))
        await until(lambda: all(here.helped(who["id"]) for who in people), 60)
        await until(here.idle)
        calls = here.api.calls("sendMessage")
        alarms = [sum(here.talk.help in call.text for call in calls if call.chat == who["id"]) for who in people]
    print(f"\novertake {here.mode}: {chats} chats, alarms {set(alarms)}")
    assert set(alarms) == {1}, "once each"


@pytest.mark.slow
@MODES
@pytest.mark.parametrize("flood", FLOODS)
@pytest.mark.parametrize("where", ["private", "group"])
async def test_danger_is_not_behind_a_flood_in_its_conversation(stage: Opener, webhook: bool, flood: int, where: str) -> None:
    patient = updates.user(FIRST)
    chat = FIRST if where == "private" else updates.GROUP
    async with stage(webhook=webhook, scale=4) as here:
        await here.start()
        if where == "private":
            here.ask(here.talk.crowd(1, flood))
            danger = updates.text(DANGER, patient)
        else:
            here.ask(here.talk.in_group(flood))
            danger = updates.group_text(DANGER, updates.group_chat(), patient)
        await here.answered(2)
        began = time.monotonic()
        here.api.inject(danger)
        await until(lambda: here.helped(chat), 60)
        took, before = time.monotonic() - began, here.tally.answered
        await here.done(120)
        alarms = sum(here.talk.help in call.text for call in here.api.calls("sendMessage", chat=chat))
    print(f"\novertake {here.mode}, {where}: answered after {took:.2f} s, {before} of {flood} others before it")
    assert before < flood, "it did not wait for the others"
    assert alarms == 1
    assert (here.tally.lost, here.tally.twice) == ([], set())
