"""Which replies a labelled turn takes for right, and how turns become the figures of whole conversations."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.authoring.conversations import (
    LabelledConversation,
    ScoredTurn,
    conversation_figures,
    is_right,
    score_conversation,
    unknown_labels_of,
)
from bot.dialogue.conversation import Choice, Part, Reply
from bot.dialogue.policy import Dialogue
from bot.dialogue.trace import trace_of
from bot.knowledge.load import load
from bot.matching.matcher import Matcher
from tests import folders

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
ANSWER = Reply("answer", "...", parts=(Part("baking", None, ("baking_time",), 0.9),), claims=("baking_time",))
BOUNDARY = Reply("boundary", "...", parts=(Part(None, "price", (), 0.9),), boundary="price")
OFFERED = (Choice("baking", "?"), Choice("price", "?"), Choice("flour", "?"))
BOTH = Reply("answer", "...", parts=(*ANSWER.parts, *BOUNDARY.parts), claims=("baking_time",))


@pytest.mark.parametrize(
    ("label", "reply", "right"),
    [
        ("answer", ANSWER, True),
        ("clarify", ANSWER, False),
        ("baking_time", ANSWER, True),
        ("baking", ANSWER, True),
        ("flour", ANSWER, False),
        ("boundary:price", BOUNDARY, True),
        ("boundary:price", BOTH, True),
        ("boundary:other", BOUNDARY, False),
        ("boundary", BOUNDARY, True),
        ("helpline", Reply("boundary", "...", helpline=True), True),
        ("helpline", BOUNDARY, False),
        ("source", Reply("smalltalk", "...", trace=trace_of("talk", "source")), True),
        ("source", Reply("smalltalk", "...", trace=trace_of("talk", "privacy")), False),
        ("chosen:1", ANSWER, True),
        ("chosen:2", ANSWER, False),
        ("chosen:last", ANSWER, False),
        ("chosen:both", BOTH, True),
        ("chosen:both", ANSWER, False),
    ],
)
def test_a_label_says_which_replies_are_right(label: str, reply: Reply, right: bool) -> None:
    assert is_right(label, reply, OFFERED) is right


def test_no_choice_was_taken_where_none_was_offered() -> None:
    assert not any(is_right(f"chosen:{which}", ANSWER) for which in ("1", "last", "both"))


def test_a_conversation_is_one_from_its_first_turn_on(tmp_path: Path) -> None:
    knowledge = load(folders.write(tmp_path))
    dialogue = Dialogue(knowledge, Matcher.from_knowledge(knowledge))
    turns = (
        ("how long does a loaf bake", ("baking_time",)),
        ("what does it cost", ("answer",)),
        ("how often do i feed it", ("feeding_interval",)),
    )
    scored = score_conversation(LabelledConversation("one", turns, NOON), dialogue)
    assert [turn.utterance for turn in scored] == [utterance for utterance, _ in turns]
    assert [turn.right for turn in scored] == [True, False, True]


def test_a_conversation_is_right_when_all_of_its_turns_are() -> None:
    def turns(*right: bool) -> list[ScoredTurn]:
        return [ScoredTurn("", (), ANSWER, one) for one in right]

    told = conversation_figures([turns(True, True), turns(True, False, True)])
    assert (told["turns"], told["turns right"], told["conversations"], told["whole right"]) == (5, 4, 2, 1)
    assert told["turns right share"] == pytest.approx(0.8)
    assert told["whole right share"] == pytest.approx(0.5)


def test_a_label_that_no_reply_can_have_is_told_with_the_nearest(tmp_path: Path) -> None:
    known = ("baking", "baking_time", "boundary:price", "answer", "source", "helpline", "chosen:1")
    wrong = ("bakin_time", "boundary:prise")
    told = unknown_labels_of([LabelledConversation("one", (("q", known), ("r", wrong)), NOON)], load(folders.write(tmp_path)))
    assert [line.split(";")[0] for line in told] == ["one: there is no label bakin_time", "one: there is no label boundary:prise"]
    assert all("did you mean" in line for line in told)
