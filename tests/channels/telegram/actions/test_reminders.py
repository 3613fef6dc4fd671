"""Reminders: set by a button, said once when they are due, through restarts; never when they come too late."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.app.paths import knowledge_folder
from bot.channels.telegram.actions import reminders
from bot.delivery.storage import Incoming
from bot.dialogue.policy import Dialogue
from bot.dialogue.state import ChatState, dump_state
from bot.knowledge.load import load
from bot.timeline.hours import clock_times, late_text
from tests.channels.telegram.conftest import ANN, BEN, Clock, Stage, buttons, open_stage
from tests.fakes.botapi import Call, updates

if TYPE_CHECKING:
    from tests.fakes.botapi import FakeBotApi
    from tests.fakes.botapi.state import Json

HOUR = 3600.0


async def told(stage: Stage) -> Call:
    """The hours after an infusion that ended just now, with the button that sets reminders."""
    (asked,) = await stage.tell(updates.text("/aftercare", ANN))
    (hours,) = await stage.press(stage.say("button_just_now"), asked)
    return hours


async def waiting(stage: Stage) -> int:
    return (await stage.storage.counts()).reminders


async def test_two_reminders_are_set_and_said_once_each(stage: Stage) -> None:
    (said,) = await stage.press(stage.say("button_remind"), await told(stage))
    assert said.text.startswith(stage.say("telegram_reminders_set", times="")[:16])
    assert await waiting(stage) == 2
    assert await stage.later(0.5 * HOUR) == []
    (driving,) = await stage.later(0.6 * HOUR)
    assert driving.text.startswith(stage.say("telegram_remind_driving"))
    assert "before" not in driving.text  # that would be leave to drive then
    (effects,) = await stage.later(2 * HOUR)
    assert effects.text == stage.say("telegram_remind_effects")
    assert [await waiting(stage), await stage.later(24 * HOUR)] == [0, []]
    assert stage.counts["reminded"] == 2


async def test_a_clinics_stricter_rule_is_in_the_reminder(stage: Stage) -> None:
    strict = load(knowledge_folder(), "example_folder")
    edition = stage.context.edition
    dialogue = Dialogue(strict, edition.dialogue.matcher, None)
    context = replace(stage.context, edition=replace(edition, dialogue=dialogue, _made={}))
    ended = edition.moment(0.0)
    text = reminders._due(context, {"reminder": "driving", "ended": ended.timestamp()})
    assert text.startswith("The rule of your clinic: Do not drive or use machinery for 24 hours")
    assert context.say("telegram_remind_driving") in text


async def test_after_a_late_infusion_more_than_the_day_is_waited_for(stage: Stage) -> None:
    knowledge, zone = stage.context.knowledge, stage.context.edition.moment(0.0).tzinfo
    care = clock_times(datetime(2026, 11, 24, 23, 0, tzinfo=zone), knowledge)
    (late,) = late_text(care, knowledge)
    kept = {"reminder": "driving", "ended": care.ended.timestamp()}
    assert reminders._due(stage.context, kept) == f"{stage.say('telegram_remind_driving')} {late}"


async def test_pressed_twice_it_sets_once(stage: Stage) -> None:
    hours = await told(stage)
    for _ in range(2):  # within one second, as an impatient finger does
        await stage.press(stage.say("button_remind"), hours)
    stage.clock.ahead += 5
    await stage.press(stage.say("button_remind"), hours)
    assert await waiting(stage) == 2
    assert len(await stage.later(1.1 * HOUR)) == 1
    assert len(await stage.later(2 * HOUR)) == 1


async def test_a_later_infusion_takes_the_place_of_an_earlier(stage: Stage) -> None:
    await stage.press(stage.say("button_remind"), await told(stage))
    stage.clock.ahead += 0.5 * HOUR
    (again,) = await stage.tell(updates.callback(f"m:{int(stage.clock())}", ANN))
    assert await waiting(stage) == 2
    assert await stage.later(0.6 * HOUR) == []  # when the first would have been due
    assert len(await stage.later(0.5 * HOUR)) == 1
    assert buttons(again)[0][0] == stage.say("button_no_reminders")


async def test_reminders_can_be_taken_back(stage: Stage) -> None:
    (said,) = await stage.press(stage.say("button_remind"), await told(stage))
    (off,) = await stage.press(stage.say("button_no_reminders"), said)
    assert off.text == stage.say("telegram_no_reminders")
    assert [await waiting(stage), await stage.later(4 * HOUR)] == [0, []]


@pytest.mark.parametrize("words", ["/forget", "delete my data", "forget everything I told you"])
async def test_who_wants_to_be_forgotten_is_reminded_of_nothing(stage: Stage, words: str) -> None:
    await stage.press(stage.say("button_remind"), await told(stage))
    await stage.tell(updates.text(words, ANN))
    assert [await waiting(stage), await stage.later(4 * HOUR)] == [0, []]
    assert await stage.storage.load(stage.key()) is None


async def test_who_blocked_the_bot_is_reminded_of_nothing(stage: Stage) -> None:
    await stage.press(stage.say("button_remind"), await told(stage))
    stage.api.set_chat(updates.private_chat(ANN), problem="blocked")
    assert await stage.later(1.1 * HOUR) == []
    assert await waiting(stage) == 0
    assert await stage.storage.load(stage.key()) is None
    assert await stage.storage.dead_letters(1) == ()


@pytest.mark.parametrize("data", ["m:0", "m:1", "m:x", "m:"], ids=["0", "1970", "no number", "nothing"])
async def test_times_that_are_over_are_not_set(stage: Stage, data: str) -> None:
    (said,) = await stage.tell(updates.callback(data, ANN))
    assert said.text == stage.say("telegram_too_late")
    assert await waiting(stage) == 0


async def test_an_end_in_the_future_counts_as_now(stage: Stage) -> None:
    await stage.tell(updates.callback(f"m:{'9' * 11}", ANN))
    assert await waiting(stage) == 2
    assert len(await stage.later(1.1 * HOUR)) == 1


async def test_one_that_is_over_is_left_out(stage: Stage) -> None:
    await stage.tell(updates.callback(f"m:{int(stage.clock() - 2 * HOUR)}", ANN))
    assert await waiting(stage) == 1
    (effects,) = await stage.later(1.1 * HOUR)
    assert effects.text == stage.say("telegram_remind_effects")


async def test_one_that_comes_hours_too_late_is_not_said(stage: Stage) -> None:
    await stage.press(stage.say("button_remind"), await told(stage))
    assert await stage.later(7 * HOUR) == []  # the bot was down, say
    assert await waiting(stage) == 0
    assert stage.counts["reminded"] == 0
    assert await stage.storage.dead_letters(1) == ()


async def test_one_that_comes_a_little_late_is_said(stage: Stage) -> None:
    await stage.press(stage.say("button_remind"), await told(stage))
    assert len(await stage.later(2.9 * HOUR)) == 1


async def test_a_reminder_leaves_the_memory_as_it_is(stage: Stage) -> None:
    await stage.press(stage.say("button_remind"), await told(stage))
    before = await stage.storage.load(stage.key())
    await stage.later(1.1 * HOUR)
    assert await stage.storage.load(stage.key()) == before != dump_state(ChatState())


async def test_reminders_survive_a_restart_and_are_said_once(api: FakeBotApi, dialogue: Dialogue, tmp_path: Path) -> None:
    url, clock = f"sqlite:///{tmp_path / 'bot.db'}", Clock()
    async with open_stage(api, dialogue, url, clock) as stage:
        await stage.press(stage.say("button_remind"), await told(stage))
    clock.ahead += 0.5 * HOUR
    async with open_stage(api, dialogue, url, clock) as stage:
        assert len(await stage.later(0.6 * HOUR)) == 1
    async with open_stage(api, dialogue, url, clock) as stage:
        assert await stage.later(0) == []
        (effects,) = await stage.later(2 * HOUR)
        assert effects.text == stage.say("telegram_remind_effects")
    async with open_stage(api, dialogue, url, clock) as stage:
        assert [await stage.later(24 * HOUR), await waiting(stage)] == [[], 0]


def in_topic(words: str) -> Json:
    return updates.text(words, ANN, message_thread_id=77, is_topic_message=True)


async def test_a_reminder_lands_in_its_topic(stage: Stage) -> None:
    (asked,) = await stage.tell(in_topic("/aftercare"))
    (hours,) = await stage.press(stage.say("button_just_now"), asked)
    await stage.press(stage.say("button_remind"), hours)
    (driving,) = await stage.later(1.1 * HOUR)
    assert driving.params["message_thread_id"] == "77"


async def test_a_reminder_whose_topic_went_is_said_beside_it(stage: Stage) -> None:
    (asked,) = await stage.tell(in_topic("/aftercare"))
    (hours,) = await stage.press(stage.say("button_just_now"), asked)
    await stage.press(stage.say("button_remind"), hours)
    stage.api.state.chats[ANN["id"]].topics.clear()
    (driving,) = await stage.later(1.1 * HOUR)
    assert driving.text.startswith(stage.say("telegram_remind_driving"))
    assert "message_thread_id" not in driving.params
    (effects,) = await stage.later(2 * HOUR)
    assert effects.text == stage.say("telegram_remind_effects")


async def test_a_reminder_of_an_older_release_is_said(stage: Stage) -> None:
    stage.api.set_chat(updates.private_chat(ANN))
    now = stage.clock()
    payload = json.dumps({"reminder": "effects", "chat": ANN["id"], "due": now, "ended": now - 2 * HOUR}).encode()
    await stage.delivery.take([Incoming(stage.key(), "reminder:old", payload, now)])
    await stage.idle()
    (said,) = stage.seen(0)
    assert said.text == stage.say("telegram_remind_effects")


async def test_a_reminder_whose_sending_fails_is_said_later_and_once(stage: Stage) -> None:
    await stage.press(stage.say("button_remind"), await told(stage))
    stage.api.fault("error", methods="sendMessage", times=1)
    assert len(await stage.later(1.1 * HOUR)) == 1


async def test_one_that_is_due_where_there_is_no_timeline_any_more_says_so(
    api: FakeBotApi, dialogue: Dialogue, sourdough: Dialogue, tmp_path: Path
) -> None:
    url, clock = f"sqlite:///{tmp_path}/bot.db", Clock()
    async with open_stage(api, dialogue, url, clock) as stage:
        await stage.press(stage.say("button_remind"), await told(stage))
    async with open_stage(api, sourdough, url, clock) as stage:
        (said,) = await stage.later(1.1 * HOUR)
        assert said.text == stage.say("timeline_none")
        assert await stage.storage.dead_letters(1) == ()


# -- asked for in words ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "what reminders do I have", "What reminders do I have?", "which reminders are set?", "show my reminders", "reminders",
        "list reminders please", "do I have any reminders", "I did not get my reminder", "my reminders do not come",
        "/reminders", "/Reminders!",
    ],
)  # fmt: skip
async def test_what_is_set_is_told_with_the_button_that_ends_it(stage: Stage, words: str) -> None:
    (said,) = await stage.press(stage.say("button_remind"), await told(stage))
    (listed,) = await stage.tell(updates.text(words, ANN))
    assert listed.text == said.text
    (off,) = await stage.press(stage.say("button_no_reminders"), listed)
    assert off.text == stage.say("telegram_no_reminders")
    assert await waiting(stage) == 0
    (none,) = await stage.tell(updates.text(words, ANN))
    assert none.text == stage.say("telegram_reminders_none")


@pytest.mark.parametrize(
    "words",
    [
        "cancel my reminders", "Cancel my reminders!", "please cancel all reminders", "stop the reminders",
        "no more reminders please", "delete reminders", "turn off the reminders", "don't remind me",
        "do not remind me anymore", "stop reminding me",
        "remove my reminder", "I want no reminders",
        "No reminders", "I don\u2019t need reminders", "reminders off", "turn reminders off",
        "don't send me reminders", "these reminders should stop",
    ],
)  # fmt: skip
async def test_words_end_what_is_set(stage: Stage, words: str) -> None:
    await stage.press(stage.say("button_remind"), await told(stage))
    before = await stage.storage.load(stage.key())
    (off,) = await stage.tell(updates.text(words, ANN))
    assert off.text == stage.say("telegram_no_reminders")
    assert [await waiting(stage), await stage.later(4 * HOUR)] == [0, []]
    assert await stage.storage.load(stage.key()) == before


async def test_what_was_said_already_is_not_listed(stage: Stage) -> None:
    await stage.press(stage.say("button_remind"), await told(stage))
    await stage.later(1.1 * HOUR)
    late = {"message": {**updates.text("what reminders do I have", ANN)["message"], "date": int(stage.clock())}}
    (listed,) = await stage.tell(late)
    assert len(re.findall(r"[0-9]:[0-9]{2}", listed.text)) == 1
    assert buttons(listed)


@pytest.mark.parametrize("words", ["cancel my reminders, I want to die", "no reminders, I took all my pills and want to die"])
async def test_danger_in_it_comes_first(stage: Stage, words: str) -> None:
    await stage.press(stage.say("button_remind"), await told(stage))
    (alarm,) = await stage.tell(updates.text(words, ANN))
    assert "911" in alarm.text
    assert await waiting(stage) == 2


@pytest.mark.parametrize(
    "words",
    [
        "can I cancel my appointment", "remind me not to drive", "can you remind me when I can drive",
        "remind me what ketamine is",
        "remind me when to stop eating", "please remind me of the side effects", "how long does an infusion take?",
        "the smell in the waiting room reminds me of the hospital where my father was for so many weeks",
        "this treatment was a remarkable reminder of how it felt to be well and I do not want to stop it",
    ],
)  # fmt: skip
async def test_what_is_of_something_else_ends_nothing(stage: Stage, words: str) -> None:
    await stage.press(stage.say("button_remind"), await told(stage))
    (said,) = await stage.tell(updates.text(words, ANN))
    assert said.text not in {stage.say("telegram_no_reminders"), stage.say("telegram_reminders_none")}
    assert await waiting(stage) == 2


async def test_nobody_is_told_of_anothers(stage: Stage) -> None:
    await stage.press(stage.say("button_remind"), await told(stage))
    (said,) = await stage.tell(updates.text("cancel my reminders", BEN))
    assert said.text == stage.say("telegram_no_reminders")
    (group,) = await stage.tell(updates.group_text(f"/reminders@{updates.USERNAME}"))
    assert group.text == stage.say("telegram_reminders_none")
    assert await waiting(stage) == 2
