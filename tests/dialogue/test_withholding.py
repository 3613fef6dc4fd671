"""What patients read where the clinic wants nothing told that no clinician has signed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

import pytest

from bot.dialogue.conversation import Conversation, Reply
from bot.dialogue.events import AsksEnd, Chosen, Event, Said
from bot.dialogue.policy import Dialogue
from bot.dialogue.reviews import TIMELINE, reviewables, withheld
from bot.dialogue.withholding import Withholding
from bot.knowledge.model import Knowledge, Signature
from bot.matching.matcher import Matcher
from bot.safety.detector import DangerDetector

NOW = datetime(2026, 6, 2, 15, tzinfo=UTC)
ON, DUE = date(2026, 6, 1), date(2026, 6, 10)
HELD = "No clinician has checked my answer to “{}” yet"
Ask = Callable[..., Reply]


@pytest.fixture(scope="module")
def careful(knowledge: Knowledge) -> Knowledge:
    """The shipped knowledge at a clinic that tells signed texts alone; two are signed."""
    texts = reviewables(knowledge)
    signed = {id: (Signature("A", ON, texts[id].hash, DUE),) for id in ("infusion_length", "cost")}
    clinic = replace(knowledge.clinic, unreviewed="ask_clinic", contact="Call 555 0100.")
    return replace(knowledge, clinic=clinic, signatures=MappingProxyType(signed))


@pytest.fixture(scope="module")
def ask(careful: Knowledge, matcher: Matcher, detector: DangerDetector) -> Ask:
    dialogue = Dialogue(careful, matcher, detector)

    def once(event: Event | str, now: datetime = NOW) -> Reply:
        said = Said(event) if isinstance(event, str) else event
        return dialogue.turn(said, Conversation(greeted=True), now)[0]

    return once


def test_a_signed_answer_is_told(ask: Ask) -> None:
    reply = ask("How long does an infusion take?")
    assert reply.kind == "answer"
    assert "40 minutes to an hour" in reply.text


def test_an_unsigned_answer_is_not_told_and_the_clinic_is_named(ask: Ask, careful: Knowledge) -> None:
    reply = ask("What is the half-life of ketamine?")
    assert (reply.kind, reply.parts[0].entry) == ("boundary", "half_life")
    assert HELD.format(careful.entries["half_life"].question) in reply.text
    assert "Call 555 0100." in reply.text
    assert "2.5" not in reply.text
    assert reply.related == ()  # the way leads to nothing that is not told either


def test_what_an_unsigned_answer_warns_of_is_said_all_the_same(ask: Ask) -> None:
    reply = ask(Chosen("driving"))
    assert "No clinician has checked" in reply.text
    assert "Do not drive or operate machinery for the remainder of the day" in reply.text


def test_an_unsigned_reply_on_what_the_source_leaves_open_is_not_told(ask: Ask) -> None:
    assert "No clinician has checked" in ask(Chosen("insurance")).text
    assert "No clinician has checked" not in ask(Chosen("cost")).text


@pytest.mark.parametrize("event", [AsksEnd(), Said("my infusion ended at 2 pm")], ids=["asked-for", "told"])
def test_unsigned_clock_times_are_not_told_and_nobody_drives(ask: Ask, event: Event) -> None:
    reply = ask(event)
    assert "No clinician has checked" in reply.text
    assert "Do not drive" in reply.text
    assert "5:00 pm" not in reply.text


@pytest.mark.parametrize("text", ["I want to kill myself", "I took all my pills", "I can't breathe", "voy a matarme"])
def test_danger_is_answered_whoever_signed(ask: Ask, dialogue: Dialogue, text: str) -> None:
    reply = ask(text)
    assert reply.kind == "urgent"
    assert reply.text == dialogue.turn(Said(text), Conversation(greeted=True), NOW)[0].text


def test_who_is_driving_now_is_told_at_once(ask: Ask, careful: Knowledge) -> None:
    assert careful.hours is not None
    for id in careful.hours.first:
        assert "No clinician has checked" not in ask(Chosen(id)).text


def test_a_review_that_falls_due_while_it_runs_is_heeded_from_the_next_day_on(ask: Ask) -> None:
    question = "How long does an infusion take?"
    last = datetime(2026, 6, 10, 23, 59, tzinfo=UTC)
    assert "40 minutes" in ask(question, last).text
    assert "40 minutes" not in ask(question, last + timedelta(minutes=1)).text
    assert "40 minutes" in ask(question, last).text


def test_it_is_reckoned_once_a_day(careful: Knowledge) -> None:
    made: list[Knowledge] = []

    def make(held: Knowledge) -> int:
        made.append(held)
        return len(made)

    of_day = Withholding(careful, make)
    assert [of_day.on(day) for day in (ON, ON, DUE, DUE + timedelta(days=1))] == [1, 1, 1, 2]
    assert TIMELINE in made[0].withheld
    assert Withholding(replace(careful, withheld=withheld(careful, ON)), lambda _: 1).on(ON) is None
