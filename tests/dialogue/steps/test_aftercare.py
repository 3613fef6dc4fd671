"""The step that speaks of the hours after an infusion."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot.app.paths import knowledge_folder
from bot.dialogue.conversation import Conversation
from bot.dialogue.events import Chosen, Ended, Said
from bot.dialogue.replies import Composer
from bot.dialogue.steps.aftercare import AftercareStep
from bot.knowledge import load as loader
from bot.timeline import hours

if TYPE_CHECKING:
    from bot.dialogue.policy import Dialogue
    from bot.knowledge.model import Knowledge

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=ZoneInfo("America/Chicago"))
ASKED = Conversation(asked_end=True, misses=1)


@pytest.fixture
def care(knowledge: Knowledge) -> AftercareStep:
    return AftercareStep(knowledge, Composer(knowledge))


@pytest.fixture
def say(knowledge: Knowledge) -> Composer:
    return Composer(knowledge)


def test_it_asks_and_remembers_that_it_did(care: AftercareStep, say: Composer) -> None:
    reply, after = care.ask(Conversation())
    assert (reply.kind, reply.text, after.asked_end) == ("timeline", say.say("timeline_ask"), True)


@pytest.mark.parametrize(
    ("text", "ended"),
    [
        ("14:10", NOW.replace(hour=14, minute=10)),
        ("2:10 pm", NOW.replace(hour=14, minute=10)),
        ("at 2:10 pm", NOW.replace(hour=14, minute=10)),
        ("an hour ago", NOW - timedelta(hours=1)),
        ("30 minutes ago", NOW - timedelta(minutes=30)),
    ],
)
def test_an_answer_to_the_question_is_read(care: AftercareStep, text: str, ended: datetime) -> None:
    outcome = care.read_time(text, ASKED, NOW)
    assert outcome is not None
    reply, after = outcome
    assert (reply.kind, reply.ended) == ("timeline", ended)
    assert (after.asked_end, after.misses, after.topics) == (False, 0, ("psychoactive_wear_off",))


@pytest.mark.parametrize("text", ["25:10", "14:75"])
def test_what_looks_like_a_time_and_is_none_is_asked_again(care: AftercareStep, say: Composer, text: str) -> None:
    outcome = care.read_time(text, ASKED, NOW)
    assert outcome is not None
    assert (outcome[0].text, outcome[1].asked_end) == (say.say("timeline_unclear"), True)


@pytest.mark.parametrize(
    "text", ["how long does an infusion take?", "why do you ask", "no", "can I take 2 pills of that tomorrow?"]
)
def test_something_else_is_not_read_as_a_time(care: AftercareStep, text: str) -> None:
    assert care.read_time(text, ASKED, NOW) is None


def test_an_end_that_is_to_come_is_told_so(care: AftercareStep, say: Composer) -> None:
    outcome = care.read_time("in two hours", ASKED, NOW)
    assert outcome is None or outcome[0].text.startswith(say.say("timeline_future"))


@pytest.mark.parametrize(("ago", "past"), [(timedelta(hours=24), False), (timedelta(hours=24, seconds=1), True)])
def test_after_a_day_the_hours_are_over(care: AftercareStep, say: Composer, ago: timedelta, past: bool) -> None:
    outcome = care.tell(NOW - ago, ASKED, NOW)
    assert outcome is not None
    assert (outcome[0].text == say.say("timeline_past")) is past
    assert (outcome[0].ended is None) is past
    assert not outcome[1].asked_end


def test_the_times_are_told_with_their_claims(care: AftercareStep) -> None:
    outcome = care.tell(NOW - timedelta(hours=1), ASKED, NOW)
    assert outcome is not None
    assert "3:00 pm" in outcome[0].text
    assert {"psychoactive_wear_off", "driving"} <= set(outcome[0].claims)
    assert outcome[0].safety or "driv" in outcome[0].text


def test_knowledge_without_these_claims_has_nothing_to_tell(knowledge: Knowledge) -> None:
    claims = MappingProxyType({id: claim for id, claim in knowledge.claims.items() if id != "psychoactive_wear_off"})
    poor = replace(knowledge, claims=claims)
    assert AftercareStep(poor, Composer(knowledge)).tell(NOW, ASKED, NOW) is None


# -- am or pm -------------------------------------------------------------------------------------------------------

LUNCH = NOW.replace(hour=13, minute=52)


@pytest.fixture
def asked(dialogue: Dialogue) -> Conversation:
    """After "my infusion ended at 2.30", said at 13:52."""
    reply, after = dialogue.turn(Said("my infusion ended at 2.30"), Conversation(greeted=True), LUNCH)
    assert reply.text == "Do you mean 2:30 am or 2:30 pm?"
    assert [choice.label for choice in reply.choices] == ["2:30 am", "2:30 pm"]
    assert (reply.kind, reply.ended, after.asked_end) == ("timeline", None, True)
    return after


@pytest.mark.parametrize("text", ["pm", "PM!", "in the afternoon", "2.30 pm", "it was 2:30 p.m.", "14h30", "2", "the second one"])
def test_told_that_it_is_the_afternoon_the_end_is_still_to_come(dialogue: Dialogue, asked: Conversation, text: str) -> None:
    reply, after = dialogue.turn(Said(text), asked, LUNCH)
    assert reply.text.startswith(dialogue.compose.say("timeline_future"))
    assert (after.choices, after.told_end) == ((), False)
    again, _ = dialogue.turn(Said("2.30"), after, LUNCH.replace(hour=14, minute=40))
    assert again.ended == LUNCH.replace(hour=14, minute=30)


@pytest.mark.parametrize("text", ["am", "this morning", "2:30 am", "no, i meant am", "at night", "1", "the first one"])
def test_told_that_it_is_the_night_the_times_are_told(dialogue: Dialogue, asked: Conversation, text: str) -> None:
    reply, after = dialogue.turn(Said(text), asked, LUNCH)
    assert reply.ended == LUNCH.replace(hour=2, minute=30)
    assert (after.choices, after.asked_end, after.told_end) == ((), False, True)


def test_a_reading_is_picked_by_its_button(dialogue: Dialogue, asked: Conversation) -> None:
    night, afternoon = (dialogue.turn(Chosen(choice.id), asked, LUNCH)[0] for choice in asked.choices)
    assert night.ended == LUNCH.replace(hour=2, minute=30)
    assert afternoon.text.startswith(dialogue.compose.say("timeline_future"))
    later, _ = dialogue.turn(Chosen(asked.choices[1].id), asked, LUNCH + timedelta(hours=2))
    assert later.ended == LUNCH.replace(hour=14, minute=30)


@pytest.mark.parametrize("id", ["ended:", "ended:x", "ended:-1", "ended:²", "ended:9999999999", "ended:99999999999999999999"])
def test_a_reading_that_was_made_up_is_none(dialogue: Dialogue, id: str) -> None:
    reply, _ = dialogue.turn(Chosen(id), Conversation(greeted=True), LUNCH)
    assert reply.text == dialogue.compose.say("choice_gone")


def test_another_time_is_read_and_another_question_answered(dialogue: Dialogue, asked: Conversation) -> None:
    assert dialogue.turn(Said("no, 11.30"), asked, LUNCH)[0].ended == LUNCH.replace(hour=11, minute=30)
    reply, after = dialogue.turn(Said("what does it cost"), asked, LUNCH)
    assert (reply.boundary, after.choices) == ("cost", ())


def test_asked_for_the_end_an_open_time_is_asked_about(dialogue: Dialogue) -> None:
    reply, after = dialogue.turn(Said("half past two"), Conversation(greeted=True, asked_end=True), LUNCH)
    assert reply.text == "Do you mean 2:30 am or 2:30 pm?"
    assert dialogue.turn(Said("this morning"), after, LUNCH)[0].ended == LUNCH.replace(hour=2, minute=30)


def test_a_question_beside_an_open_time_is_answered(dialogue: Dialogue) -> None:
    reply, _ = dialogue.turn(Said("my infusion ended at 2.30 and what does insurance pay"), Conversation(greeted=True), LUNCH)
    assert reply.boundary == "insurance"


# -- corrections ----------------------------------------------------------------------------------------------------


@pytest.fixture
def told(dialogue: Dialogue) -> Conversation:
    """After clock times."""
    reply, after = dialogue.turn(Said("my infusion ended at 1"), Conversation(greeted=True), NOW)
    assert reply.ended == NOW.replace(hour=13)
    return after


@pytest.mark.parametrize(
    ("text", "hour", "minute"),
    [
        ("sorry no, half past two", 14, 30),
        ("no I meant 12", 12, 0),
        ("oops, 2.15", 14, 15),
        ("no, an hour ago", 14, 0),
        ("2 pm", 14, 0),
    ],
)
def test_a_time_that_was_told_is_put_right(dialogue: Dialogue, told: Conversation, text: str, hour: int, minute: int) -> None:
    reply, after = dialogue.turn(Said(text), told, NOW)
    assert reply.ended == NOW.replace(hour=hour, minute=minute)
    assert after.told_end


def test_a_correction_may_have_two_meanings_itself(dialogue: Dialogue, told: Conversation) -> None:
    assert dialogue.turn(Said("no, 4"), told, NOW)[0].text == "Do you mean 4:00 am or 4:00 pm?"


def test_a_correction_follows_at_once_or_is_none(dialogue: Dialogue, told: Conversation) -> None:
    _, after = dialogue.turn(Said("thanks"), told, NOW)
    assert not after.told_end
    assert dialogue.turn(Said("no I meant 12"), after, NOW)[0].ended is None
    assert dialogue.turn(Said("no I meant 12. what does it cost"), told, NOW)[0].boundary == "cost"


def test_a_correction_is_reckoned_anew_each_time(dialogue: Dialogue, told: Conversation) -> None:
    first, second = (dialogue.turn(Said("no, an hour ago"), told, NOW + timedelta(hours=hour))[0].ended for hour in (0, 1))
    assert (first, second) == (NOW - timedelta(hours=1), NOW)


# -- just ended -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["my infusion just ended", "just finished, can i drive", "it ended just now", "i just finished my infusion"],
)
def test_what_has_just_ended_is_told_with_its_times(dialogue: Dialogue, text: str) -> None:
    assert dialogue.turn(Said(text), Conversation(greeted=True), NOW)[0].ended == NOW


@pytest.mark.parametrize(
    "text",
    [
        "just finished my infusion, is it normal to be dizzy",
        "just finished my infusion. what does it cost",
        "i just finished my infusion, when will it start to help my depression",
        "my infusion just ended, how long does relief last?",
    ],
)
def test_a_question_comes_before_an_end_that_nobody_timed(dialogue: Dialogue, text: str) -> None:
    assert dialogue.turn(Said(text), Conversation(greeted=True), NOW)[0].ended is None


@pytest.mark.parametrize(
    "text",
    ["i just finished my infusion and im driving home now", "my infusion ended an hour ago and im driving home now",
     "im driving home now, just finished", "my infusion ended at 2 pm. im driving home right now"],
)  # fmt: skip
def test_who_drives_now_reads_no_time_table(dialogue: Dialogue, text: str) -> None:
    reply, _ = dialogue.turn(Said(text), Conversation(greeted=True), NOW)
    assert [part.entry for part in reply.parts][-1:] == ["driving_now"]


# -- driving --------------------------------------------------------------------------------------------------------


def test_on_the_day_there_is_no_hour_from_which_to_drive(dialogue: Dialogue) -> None:
    today, yesterday = (dialogue.turn(Ended(NOW - timedelta(hours=ago)), Conversation(), NOW)[0].text for ago in (1, 20))
    assert "Not at all today: no driving and no machinery for the remainder of the day" in today
    assert "Not at all today" not in yesterday
    for text in (today, yesterday):
        assert "sk your clinic when you may drive." in text
        assert "not before" not in text
        assert "midnight" not in text


def test_why_an_end_to_come_has_no_times(dialogue: Dialogue) -> None:
    reply, _ = dialogue.turn(Ended(NOW + timedelta(hours=2)), Conversation(), NOW)
    assert reply.sources
    assert dialogue.compose.explained(reply).startswith(dialogue.compose.say("why_timeline_asked"))


def test_an_end_that_has_not_come_is_asked_for_again(dialogue: Dialogue) -> None:
    now = NOW
    reply, after = dialogue.turn(Ended(now + timedelta(hours=2)), Conversation(greeted=True, asked_end=True), now)
    assert reply.text.startswith(dialogue.compose.say("timeline_future"))
    assert (reply.ended, reply.claims) == (None, ("driving", "ride_home"))
    assert "no driving and no machinery for the remainder of the day" in reply.text
    assert after.asked_end
    assert dialogue.turn(Ended(now + timedelta(minutes=5)), Conversation(), now)[0].ended == now + timedelta(minutes=5)


@pytest.fixture(scope="module")
def strict() -> Knowledge:
    """The knowledge of a clinic that rules out driving for 24 hours."""
    return loader.load(knowledge_folder(), "example_folder")


@pytest.mark.parametrize("ago", [timedelta(minutes=50), timedelta(hours=23), timedelta(hours=24)], ids=str)
def test_a_clinics_stricter_rule_holds_in_the_clock_times(strict: Knowledge, ago: timedelta) -> None:
    outcome = AftercareStep(strict, Composer(strict)).tell(NOW - ago, Conversation(), NOW)
    assert outcome is not None
    reply, _ = outcome
    told = hours.clock_text(NOW - ago + timedelta(hours=24), (NOW - ago).date(), strict)
    assert f"rules out driving until {told}" in reply.text
    assert reply.text.index("24 hours") < reply.text.index("remainder of the day")
    assert "no_driving_24_hours" in reply.claims
    assert "Patient policy" in reply.text


def test_it_is_told_of_an_infusion_that_has_not_ended(strict: Knowledge) -> None:
    outcome = AftercareStep(strict, Composer(strict)).tell(NOW + timedelta(hours=2), Conversation(), NOW)
    assert outcome is not None
    assert outcome[0].text.startswith("The rule of your clinic: Do not drive or use machinery for 24 hours")


def test_a_rule_that_outlasts_a_day_is_told_after_a_day(strict: Knowledge) -> None:
    own = strict.claims["no_driving_24_hours"]
    longer = replace(own, quantities=(replace(own.quantities[0], first="48 hours"),))
    known = replace(strict, claims=MappingProxyType({**strict.claims, own.id: longer}))
    step = AftercareStep(known, Composer(known))
    for ago, kind in ((timedelta(hours=40), "48 hours"), (timedelta(hours=49), "more than a day ago")):
        outcome = step.tell(NOW - ago, Conversation(), NOW)
        assert outcome is not None
        assert kind in outcome[0].text
