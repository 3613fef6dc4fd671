"""The note to the staff: why, what was answered, what came last, and not a word of the patient's."""

from __future__ import annotations

import pytest

from bot.channels.helpdesk.chatwoot.notes import heard_note, summary
from bot.channels.helpdesk.state import WHO
from bot.dialogue.conversation import Conversation, Reply, Watch
from bot.dialogue.floor import Reason
from bot.dialogue.replies import Composer
from bot.dialogue.state import ChatState, Participant, dump_state, load_state
from bot.dialogue.trace import RankedTopic, Trace, TraceStep, trace_of
from bot.knowledge.load import load
from bot.knowledge.model import Knowledge
from bot.safety.heard import DANGERS
from tests import folders

URGENT = "Words for helpdesk note urgent"


@pytest.fixture(scope="module")
def bread(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    return load(folders.write(tmp_path_factory.mktemp("bread")))


def noted(known: Knowledge, state: ChatState, reason: Reason, urgent: str | None = None) -> list[str]:
    return summary(Composer(known), known, state, reason, urgent).splitlines()


@pytest.mark.parametrize(
    ("reason", "urgent", "opening"),
    [
        pytest.param("urgent", "plain_overdose", f"{URGENT} Words for helpdesk danger overdose..", id="in-plain-words"),
        pytest.param("urgent", "heard_violence", f"{URGENT} Words for helpdesk danger violence..", id="as-learned"),
        pytest.param("urgent", "not_safe", f"{URGENT} Words for helpdesk danger not safe..", id="not-safe"),
        pytest.param("urgent", "check_in", f"{URGENT} Words for helpdesk danger check in..", id="it-goes-on"),
        pytest.param("urgent", "heard_of_another_release", f"{URGENT} heard_of_another_release.", id="danger-of-no-known-kind"),
        pytest.param("urgent", None, f"{URGENT} urgent.", id="danger-of-no-kind"),
        pytest.param("person", None, "Words for helpdesk note person.", id="asked-for"),
        pytest.param("lost", None, "Words for helpdesk note lost.", id="not-understood"),
        pytest.param("failed", None, "Words for helpdesk note failed.", id="broken"),
    ],
)
def test_a_note_opens_with_its_reason(bread: Knowledge, reason: Reason, urgent: str | None, opening: str) -> None:
    assert noted(bread, ChatState(), reason, urgent) == [opening, "Words for helpdesk note no topics."]


def test_a_note_names_what_was_answered_what_was_not_and_the_kind_of_the_last_reply(bread: Knowledge) -> None:
    talk = Conversation(topics=("price", "of-another-release", "baking"))
    state = ChatState().with_person(WHO, Participant(talk, Reply("boundary", "Ask your baker.")))
    assert noted(bread, state, "person")[1:] == [
        "Words for helpdesk note topics How long do I bake it?.",
        "Words for helpdesk note not covered What does flour cost?.",
        "Words for helpdesk note last boundary.",
    ]


def test_a_note_has_the_figures_of_the_topics_that_competed_for_the_last_reply(bread: Knowledge) -> None:
    competed = (RankedTopic("price", 0.876), RankedTopic("of-another-release", 0.5), RankedTopic("baking", 0.0412))
    last = Reply("boundary", "Ask your baker.", trace=Trace(questions=(competed,)))
    state = load_state(dump_state(ChatState().with_person(WHO, Participant(last=last))))
    assert noted(bread, state, "lost")[-1] == (
        "Words for helpdesk note figures What does flour cost? 0.88; How long do I bake it? 0.04."
    )


@pytest.mark.parametrize(
    "trace",
    [Trace(), trace_of("chosen"), Trace(questions=((RankedTopic("of-another-release", 0.5),),))],
    ids=["empty", "nothing competed", "topics that are no more"],
)
def test_a_note_has_no_line_for_figures_where_there_are_none(bread: Knowledge, trace: Trace) -> None:
    state = ChatState().with_person(WHO, Participant(last=Reply("answer", "", trace=trace)))
    assert noted(bread, state, "person")[-1] == "Words for helpdesk note last answer."


@pytest.mark.parametrize("kind", DANGERS)
def test_each_kind_of_danger_has_words_for_the_staff(knowledge: Knowledge, kind: str) -> None:
    opening = noted(knowledge, ChatState(), "urgent", f"plain_{kind}")[0]
    assert knowledge.messages[f"helpdesk_danger_{kind}"] in opening


# -- what was heard in the conversation ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("watch", "line"),
    [
        pytest.param(
            Watch(("overdose", "self_harm"), "alarm"),
            "Words for helpdesk danger overdose.; Words for helpdesk danger self harm. Words for helpdesk stage alarm..",
            id="alarm",
        ),
        pytest.param(
            Watch(("self_harm",), "asked"), "Words for helpdesk danger self harm. Words for helpdesk stage asked..", id="asked"
        ),
        pytest.param(
            Watch(("self_harm",), "safe", lows=1),
            "Words for helpdesk danger self harm.; Words for helpdesk danger despair. Words for helpdesk stage safe..",
            id="safe-and-despair",
        ),
        pytest.param(
            Watch(stage="low", lows=2, symptoms=1),
            "Words for helpdesk danger despair.; Words for helpdesk danger today. .",
            id="no-danger",
        ),
    ],
)
def test_a_note_says_what_was_heard_before_whatever_its_reason(bread: Knowledge, watch: Watch, line: str) -> None:
    state = ChatState().with_person(WHO, Participant(Conversation(watch=watch)))
    for reason in ("urgent", "person", "lost", "failed"):
        assert noted(bread, state, reason)[1] == f"Words for helpdesk note heard {line}"


@pytest.mark.parametrize(
    ("trace", "note"),
    [
        pytest.param(trace_of("check", "overdose"), "heard check Words for helpdesk danger overdose.", id="asked"),
        pytest.param(trace_of("check_in", "other"), "heard check in", id="check-in"),
        pytest.param(trace_of("obstacle", "police"), "heard check in", id="obstacle"),
        pytest.param(trace_of("safe"), "heard safe", id="safe"),
        pytest.param(trace_of("despair", "self_harm"), "heard despair", id="despair"),
        pytest.param(Trace(guards=(TraceStep("despair"),)), "heard despair", id="despair-above-an-answer"),
        pytest.param(Trace(guards=(TraceStep("today"),)), "heard today", id="today-above-an-answer"),
        pytest.param(trace_of("care", "self_harm"), None, id="numbers-below-an-answer"),
        pytest.param(trace_of("chosen"), None, id="nothing-heard"),
    ],
)
def test_the_staff_are_shown_what_was_heard_where_nobody_takes_over(bread: Knowledge, trace: Trace, note: str | None) -> None:
    found = heard_note(Composer(bread), Reply("support", "", trace=trace))
    assert found == (note and f"Words for helpdesk {note}.")


def test_who_was_sent_to_the_clinic_today_did_not_ask_for_a_person(bread: Knowledge) -> None:
    last = Reply("handoff", "", trace=trace_of("today"))
    state = load_state(dump_state(ChatState().with_person(WHO, Participant(last=last))))
    assert noted(bread, state, "person")[0] == "Words for helpdesk heard today."
