"""The step that speaks of the hours after an infusion."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot.dialogue.aftercare import AftercareStep
from bot.dialogue.conversation import Conversation
from bot.dialogue.events import Ended
from bot.dialogue.replies import Composer

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
    assert outcome is None or outcome[0].text == say.say("timeline_future")


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


def test_an_end_that_has_not_come_is_asked_for_again(dialogue: Dialogue) -> None:
    now = NOW
    reply, after = dialogue.turn(Ended(now + timedelta(hours=2)), Conversation(greeted=True, asked_end=True), now)
    assert reply.text == dialogue.compose.say("timeline_future")
    assert reply.ended is None
    assert after.asked_end
    assert dialogue.turn(Ended(now + timedelta(minutes=5)), Conversation(), now)[0].ended == now + timedelta(minutes=5)
