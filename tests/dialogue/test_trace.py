"""How a reply came about: its lines, what is remembered of them, and that real replies are traced."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, get_args

import pytest

from bot.dialogue.conversation import Conversation, Reply
from bot.dialogue.events import Chosen, Said
from bot.dialogue.trace import RankedTopic, StepName, Trace, TraceStep, read_trace, stored_trace, trace_lines, trace_of

if TYPE_CHECKING:
    from bot.dialogue.policy import Dialogue

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
LONG = RankedTopic("how_long", 0.987, {"sum": 7.984, "lead": -0.125}, "how long is it")
OTHER = RankedTopic("other", 0.0, {"sum": 4.0}, "another thing", ("another substance or procedure: botox",))
FULL = Trace((TraceStep("follow_up", "cost"),), ((LONG, OTHER), (LONG,)), (TraceStep("despair", "self_harm", 0.404),))


def test_steps_stand_before_topics_and_guards_behind() -> None:
    long = "how_long: confidence 0.99 (sum 7.98, lead -0.12); nearest phrase: how long is it"
    assert trace_lines(FULL) == (
        "follow-up of cost",
        long,
        "other: confidence 0.00 (sum 4.00); nearest phrase: another thing; held back: another substance or procedure: botox",
        long,
        "despair (danger 0.40, self_harm)",
    )


@pytest.mark.parametrize(
    ("name", "subject", "line"),
    [
        ("chosen", "", "chosen"),
        ("agreed", "", "agreed, to a question with several choices"),
        ("runners_up", "", "the runners-up of the last answer"),
        ("reason", "onset", "why, of onset"),
        ("detail", "onset", "more of onset"),
        ("talk", "why", "why"),
        ("follow_up", "onset", "follow-up of onset"),
        ("foreign", "de", "in the language de"),
        ("ended", "14:10", "the infusion ended at 14:10"),
        ("urgent", "plain_self_harm", "urgent rule plain_self_harm"),
        ("check", "medical", "perhaps danger: 0.00 (medical)"),
        ("check_in", "other", "after danger: what follows for other"),
        ("obstacle", "cost", "an obstacle to calling: cost"),
        ("safe", "", "the person said to be safe"),
        ("care", "self_harm", "perhaps danger or despair: 0.00 (self_harm)"),
        ("today", "", "a symptom for the clinic, today"),
        ("line", "{as} it {0} was", "{as} it {0} was"),
    ],
)
def test_a_step_has_a_line(name: StepName, subject: str, line: str) -> None:
    assert trace_lines(trace_of(name, subject)) == (line,)


def test_every_step_has_a_line() -> None:
    assert all(len(trace_lines(trace_of(name))) == 1 for name in get_args(StepName))


def test_an_empty_trace_has_none() -> None:
    assert trace_lines(Trace()) == ()


def test_steps_topics_and_confidences_are_remembered() -> None:
    kept = json.loads(json.dumps(stored_trace(FULL)))
    assert read_trace(kept) == Trace(
        FULL.steps,
        ((RankedTopic("how_long", 0.987), RankedTopic("other", 0.0)), (RankedTopic("how_long", 0.987),)),
        FULL.guards,
    )
    assert "nearest" not in json.dumps(kept)
    assert "botox" not in json.dumps(kept)


def test_a_step_of_a_newer_release_is_left_out() -> None:
    kept = {"steps": [["invented", "", 0.0], ["chosen", "", 0.0]], "questions": [], "guards": []}
    assert read_trace(kept) == trace_of("chosen")


def test_the_lines_of_an_older_release_are_steps() -> None:
    assert trace_lines(read_trace(None, ["one", "another"])) == ("one", "another")
    assert read_trace(None) == Trace()


@pytest.mark.parametrize("kept", [{}, {"steps": [], "questions": [["x"]], "guards": []}, {"steps": [1]}])
def test_another_form_is_an_error(kept: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        read_trace(kept)


# -- of real replies ------------------------------------------------------------------------------------------------


def _last(dialogue: Dialogue, *said: str) -> Reply:
    conversation = Conversation(greeted=True)
    for words in said[:-1]:
        _, conversation = dialogue.turn(Said(words), conversation, NOW)
    return dialogue.turn(Said(said[-1]), conversation, NOW)[0]


def test_topics_that_competed_are_traced_with_their_figures(dialogue: Dialogue) -> None:
    trace = _last(dialogue, "how long does an infusion take?").trace
    (topics,) = trace.questions
    assert (topics[0].topic, trace.steps, trace.guards) == ("infusion_length", (), ())
    assert [one.confidence for one in topics] == sorted((one.confidence for one in topics), reverse=True)
    assert all(0 <= one.confidence <= 1 and {"sum", "lead"} <= set(one.figures) and one.nearest for one in topics)


def test_each_question_of_an_utterance_has_its_own(dialogue: Dialogue) -> None:
    reply = _last(dialogue, "How long does it last and can I drive home?")
    assert [topics[0].topic for topics in reply.trace.questions] == [part.entry for part in reply.parts]
    assert len(reply.parts) == 2


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (["i want to kill myself"], "urgent"),
        (["i want to kill myself", "ok"], "check_in"),
        (["i want to kill myself", "i have no insurance"], "obstacle"),
        (["i want to kill myself", "i am safe"], "safe"),
        (["сколько длится одна процедура"], "foreign"),
        (["how long does relief from a single infusion last", "why?"], "reason"),
        (["how long does relief from depression last", "and for pain?"], "follow_up"),
        (["my infusion ended at two"], "ended"),
    ],
)
def test_what_acted_is_traced(dialogue: Dialogue, said: list[str], name: StepName) -> None:
    assert [step.name for step in _last(dialogue, *said).trace.steps] == [name]


def test_a_choice_is_traced(dialogue: Dialogue) -> None:
    reply, _ = dialogue.turn(Chosen("driving"), Conversation(), NOW)
    assert reply.trace == trace_of("chosen")
