"""What holds for every string in every conversation. The long form walks further through it."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from bot.dialogue.conversation import Conversation, Reply
from bot.dialogue.events import Chosen, Said
from bot.dialogue.steps.care import SAFE, UNSAFE, UNSURE
from tests.places import TESTS

if TYPE_CHECKING:
    from bot.dialogue.policy import Dialogue

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
SLOT = re.compile(r"\{[a-z_]+\}")
SAID: list[str] = sorted(
    {
        turn["say"]
        for path in (TESTS / "dialogues").glob("*.yaml")
        for one in yaml.safe_load(path.read_text("utf-8"))
        for turn in one["turns"]
    }
)
MOVES = [
    *SAID,
    "1",
    "2",
    "the last one",
    "why?",
    "more",
    "no",
    "yes",
    "and?",
    "not what i asked",
    "2:10 pm",
    "my infusion ended at 1pm",
    "how long",
    "when does it",
]
QUESTIONS = [
    "how long does one infusion take",
    "when can i drive again",
    "what does it cost",
    "how often are boosters given",
    "how long does pain relief last",
    "is it permanent",
    "does insurance pay",
    "how many infusions are there at the start",
    "can i talk to a person",
    "does it help with suicidal thoughts",
    "what is the half life",
    "how long does one infusion take and what does it cost",
    "and for pain",
    "how often do i need them",
    "qwzx plorf",
    "why",
]
URGENT = [
    "i want to kill myself",
    "my husband is not breathing",
    "I took all my pills and want to die",
    "she overdosed",
    "me quiero morir",
    "im gonna kms",
]
BEFORE = [
    Conversation(greeted=True),
    Conversation(greeted=True, topics=("maintenance_what",)),
    Conversation(greeted=True, topics=("series_relief_depression",), others=("age", "onset")),
]
_CHOICES = {"clarify": "topic", "timeline": "moment", "support": "care", "urgent": "care"}
ALIKE = {"a": "а", "e": "е", "o": "о", "p": "р", "c": "с", "i": "і", "x": "х", "s": "ѕ"}
POLITE = ["please", "thanks!", "thank you so much", ", please", "??", "!", "...", "many thanks", "pls", "🙂"]


def _shape(id: str) -> str:
    return "moment" if re.fullmatch(r"ended:\d{8}", id) else "care" if id in {SAFE, UNSURE, UNSAFE} else "topic"


def _hold(dialogue: Dialogue, reply: Reply, after: Conversation) -> None:
    """What is true of each reply and each conversation, whatever was said."""
    knowledge = dialogue.knowledge
    assert reply.text.strip()
    assert not SLOT.search(reply.text)
    assert not reply.claims or reply.kind in {"answer", "timeline"}
    assert not set(reply.claims) & set(reply.safety)
    assert bool(reply.sources) is bool(reply.claims or reply.safety)
    assert len(reply.choices) <= 3
    # What is chosen from goes by the kind of the reply: topics, half of which day an infusion ended in, whether somebody is safe.
    shapes = {_shape(choice.id) for choice in reply.choices}
    assert shapes <= {_CHOICES.get(reply.kind, "")}
    assert shapes or reply.kind != "clarify"
    assert (reply.urgent is not None) is (reply.kind == "urgent")
    assert 0.0 <= reply.confidence <= 1.0
    # Ids of the knowledge, flags and counts: there is no place for a word of what was written.
    ids = {*knowledge.entries, *knowledge.boundaries}
    assert {*after.topics, *after.others} <= ids
    assert all(_shape(choice.id) != "topic" or choice == dialogue.compose.choice(choice.id) for choice in after.choices)
    assert after.timezone is None


@given(turns=st.lists(st.one_of(st.sampled_from(MOVES), st.text(max_size=60)), min_size=1, max_size=6))
def test_every_string_in_every_state_gets_a_reply(turns: list[str], dialogue: Dialogue) -> None:
    conversation = Conversation()
    for said in turns:
        reply, conversation = dialogue.turn(Said(said), conversation, NOW)
        _hold(dialogue, reply, conversation)


@given(turns=st.lists(st.one_of(st.sampled_from(MOVES), st.text(max_size=30)), min_size=1, max_size=3))
def test_the_same_turns_give_the_same_replies(turns: list[str], dialogue: Dialogue) -> None:
    def talk() -> list[Any]:
        conversation, replies = Conversation(), []
        for said in turns:
            reply, conversation = dialogue.turn(Said(said), conversation, NOW)
            replies.append((reply, conversation))
        return replies

    assert talk() == talk()


@st.composite
def noisy(draw: st.DrawFn) -> tuple[str, str]:
    """A question, and the same with other case, spacing, invisible characters, marks and politeness."""
    question = draw(st.sampled_from(QUESTIONS))
    seed = draw(st.randoms(use_true_random=False))
    kinds = draw(st.sets(st.sampled_from(["case", "spaces", "invisible", "alike", "marks", "polite"]), min_size=1))
    text = question
    if "case" in kinds:
        text = "".join(seed.choice((str.upper, str.lower))(char) for char in text)
    if "alike" in kinds:
        text = "".join(ALIKE.get(char, char) if seed.random() < 0.3 else char for char in text)
    if "marks" in kinds:
        text = "".join(char + "\u0301" if char.isalpha() and seed.random() < 0.2 else char for char in text)
    if "invisible" in kinds:
        text = "".join(char + seed.choice("\u200b\u200d\u2060\ufeff\u00ad") if seed.random() < 0.3 else char for char in text)
    if "spaces" in kinds:
        text = "".join(char * seed.randint(1, 3) if char == " " else char for char in f"  {text}\t")
    if "polite" in kinds:
        text = f"{text} {seed.choice(POLITE)}"
    return question, text


# A follow-up is ranked with its subject behind it: politeness must not stand between them.
@example(pair=("how often do i need them", "how often do i need them please"), before=BEFORE[1])
@example(pair=("how many infusions are there at the start", "how many infusions are there at the start please"), before=BEFORE[1])
@example(pair=("does insurance pay", "does insurance pay thank you so much"), before=BEFORE[0])
@given(pair=noisy(), before=st.sampled_from(BEFORE))
def test_the_same_question_with_noise_gives_the_same_reply(
    pair: tuple[str, str], before: Conversation, dialogue: Dialogue
) -> None:
    question, text = pair
    assert dialogue.turn(Said(text), before, NOW) == dialogue.turn(Said(question), before, NOW)


def alike(text: str) -> str:
    return "".join(ALIKE.get(char, char) for char in text)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_in_letters_that_look_alike_gets_the_same_reply(question: str, dialogue: Dialogue) -> None:
    assert dialogue.turn(Said(alike(question)), BEFORE[0], NOW) == dialogue.turn(Said(question), BEFORE[0], NOW)


def test_the_end_of_an_infusion_may_be_told_politely(dialogue: Dialogue) -> None:
    plain, *polite = (dialogue.turn(Said(f"my infusion ended at 2:10pm {words}"), BEFORE[0], NOW) for words in ("", *POLITE))
    assert all(one == plain for one in polite)


@given(
    before=st.text(max_size=80),
    sentence=st.sampled_from(URGENT),
    after=st.text(max_size=80),
    border=st.sampled_from(["\n", ". ", "! ", "? "]),
    state=st.lists(st.sampled_from(MOVES), max_size=2),
)
def test_an_urgent_sentence_is_heard_in_any_text_and_state(
    before: str, sentence: str, after: str, border: str, state: list[str], dialogue: Dialogue
) -> None:
    conversation = Conversation()
    for said in state:
        _, conversation = dialogue.turn(Said(said), conversation, NOW)
    reply, kept = dialogue.turn(Said(f"{before}{border}{sentence}{border}{after}"), conversation, NOW)
    assert reply.kind == "urgent"
    assert kept.watch is not None
    assert kept.watch.stage == "alarm"
    assert kept.topics == conversation.topics, "nothing that was spoken of is lost"


@given(words=st.lists(st.sampled_from(SAID), min_size=1, max_size=3))
def test_a_conversation_holds_no_word_of_what_was_written(words: list[str], dialogue: Dialogue) -> None:
    conversation = Conversation()
    for said in words:
        _, conversation = dialogue.turn(Said(f"{said} my name is Zyxwvana Qqutter"), conversation, NOW)
        assert "zyxwvana" not in repr(conversation).casefold()
        assert "qqutter" not in repr(conversation).casefold()


@pytest.mark.scenario
@pytest.mark.parametrize("seed", range(20))
def test_long_walks_through_conversations_hold_all_laws(seed: int, dialogue: Dialogue) -> None:
    walk = random.Random(seed)
    vocabulary = sorted(dialogue.matcher.language.vocabulary)
    conversation = Conversation()
    for _ in range(1500):
        said = walk.choice(MOVES) if walk.random() < 0.6 else " ".join(walk.choices(vocabulary, k=walk.randint(1, 12)))
        if walk.random() < 0.1:
            reply, conversation = dialogue.turn(Chosen(walk.choice([*dialogue.knowledge.entries, "gone"])), conversation, NOW)
        else:
            reply, conversation = dialogue.turn(Said(said), conversation, NOW)
        _hold(dialogue, reply, conversation)
