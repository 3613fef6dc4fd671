"""The note to the staff: why, what was answered, what came last, and not a word of the patient's."""

from __future__ import annotations

import pytest

from bot.channels.helpdesk.chatwoot.notes import summary
from bot.channels.helpdesk.state import WHO
from bot.dialogue.conversation import Conversation, Reply
from bot.dialogue.floor import Reason
from bot.dialogue.replies import Composer
from bot.dialogue.state import ChatState, Participant, dump_state, load_state
from bot.dialogue.trace import RankedTopic, Trace, trace_of
from bot.knowledge.load import load
from bot.knowledge.model import Knowledge
from tests import folders


@pytest.fixture(scope="module")
def bread(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    return load(folders.write(tmp_path_factory.mktemp("bread")))


def noted(known: Knowledge, state: ChatState, reason: Reason, urgent: str | None = None) -> list[str]:
    return summary(Composer(known), known, state, reason, urgent).splitlines()


@pytest.mark.parametrize(
    ("reason", "urgent", "opening"),
    [
        pytest.param("urgent", "self_harm", "Words for helpdesk note urgent self_harm.", id="danger-of-a-kind"),
        pytest.param("urgent", None, "Words for helpdesk note urgent urgent.", id="danger-of-no-known-kind"),
        pytest.param("person", None, "Words for helpdesk note person.", id="asked-for"),
        pytest.param("lost", None, "Words for helpdesk note lost.", id="not-understood"),
        pytest.param("failed", None, "Words for helpdesk note failed.", id="broken"),
    ],
)
def test_a_note_opens_with_its_reason(bread: Knowledge, reason: Reason, urgent: str | None, opening: str) -> None:
    assert noted(bread, ChatState(), reason, urgent) == [opening, "Words for helpdesk note no topics."]


def test_a_note_names_the_questions_that_were_answered_and_the_kind_of_the_last_reply(bread: Knowledge) -> None:
    talk = Conversation(topics=("price", "of-another-release", "baking"))
    state = ChatState().with_person(WHO, Participant(talk, Reply("boundary", "Ask your baker.")))
    assert noted(bread, state, "person")[1:] == [
        "Words for helpdesk note topics What does flour cost?; How long do I bake it?.",
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
