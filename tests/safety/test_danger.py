"""Danger by meaning: what is listened to, what is heard, and what the dialogue makes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from bot.dialogue.conversation import Conversation, Reply
from bot.dialogue.events import Said
from bot.dialogue.policy import Dialogue
from bot.dialogue.trace import trace_lines
from bot.knowledge.model import Knowledge
from bot.language.regression import BIAS, Floats
from bot.language.text import cut, normalise
from bot.matching import semantic, weights
from bot.matching.matcher import Matcher
from bot.safety.danger import RULE, DangerClassifier, parts
from bot.safety.rules import KINDS

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
GREETED = Conversation(greeted=True)


# -- what is listened to ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("", []),
        ("help", []),
        ("2", []),
        ("how long is it", ["how long is it"]),
        ("How long is it? Thanks!", ["how long is it? thanks!"]),
        (
            "How long is it? I wrote the letters.",
            ["how long is it? i wrote the letters.", "how long is it?", "i wrote the letters."],
        ),
    ],
)
def test_a_text_is_listened_to_as_a_whole_and_sentence_by_sentence(said: str, heard: list[str]) -> None:
    text = normalise(said)
    assert parts(text, cut(text, 500)[0]) == heard


def test_long_texts_are_listened_to_as_far_as_it_pays() -> None:
    text = normalise(" ".join(f"this is sentence number {n}." for n in range(500)))
    heard = parts(text, cut(text, 500)[0])
    assert len(heard) == 9
    assert max(map(len, heard)) <= 500


# -- what is heard ------------------------------------------------------------------------------------------------------


def test_the_most_dangerous_of_several_texts_is_what_counts() -> None:
    classifier = DangerClassifier(("fire", "flood"), np.asarray([[9, 0, 0], [0, 9, 0], [0, 0, 9], [0, 0, 0]], np.float32))
    fire, flood, calm = np.eye(3, dtype=np.float32)
    assert classifier.classify(np.stack([calm, flood])).kind == "flood"
    assert classifier.classify(np.stack([fire, calm])).kind == "fire"
    assert classifier.classify(np.stack([calm, flood])).share > 0.99
    assert classifier.classify(calm[None]).share < 0.01


def test_without_a_sentence_model_nothing_is_heard(knowledge: Knowledge, matcher: Matcher) -> None:
    assert matcher.embed(["i have the pills lined up"]) is None
    outcome = Dialogue(knowledge, matcher, hearing(1.0)).turn(Said("i have the pills lined up"), GREETED, NOW)
    assert outcome[0].urgent != RULE


@pytest.mark.scenario
@pytest.mark.timeout(300)
def test_half_of_the_examples_teach_to_hear_the_other_half(knowledge: Knowledge) -> None:
    """The real model on the shipped messages: those it learned from are not those it is asked."""
    try:
        encoder = weights.encoder(weights.find())
    except weights.WeightsError as error:
        pytest.skip(f"the sentence model is missing: {error}")
    labelled = knowledge.danger.labelled
    vectors = encoder.embed([normalise(text) for text, _ in labelled])
    labels = np.asarray([label for _, label in labelled])
    calm = len(KINDS)
    classifier = DangerClassifier(tuple(KINDS), semantic.learn(vectors[::2], labels[::2].tolist(), calm + 1).weights)
    shares = np.asarray([classifier.classify(vector[None]).share for vector in vectors[1::2]])
    danger = labels[1::2] != calm
    above = float((shares[danger][:, None] > shares[~danger][None]).mean())
    print(f"\nlearned from {len(labels[::2])} messages, asked {len(shares)}: area under the curve {above:.3f}")
    assert above > 0.85


# -- the examples -------------------------------------------------------------------------------------------------------


def test_no_example_stands_twice_or_on_both_sides(knowledge: Knowledge) -> None:
    counts = Counter(normalise(text) for text, _ in knowledge.danger.labelled)
    assert [text for text, count in counts.items() if count > 1] == []
    assert min(len(texts) for texts in knowledge.danger.urgent.values()) > 50
    assert tuple(knowledge.danger.urgent) == KINDS


# -- what the dialogue makes of it --------------------------------------------------------------------------------------


def hearing(share: float) -> DangerClassifier:
    """Hears a medical danger in everything, with so much of the belief."""
    belief = np.full(len(KINDS) + 1, 1e-9)
    belief[KINDS.index("medical")], belief[-1] = share + 1e-4, max(1e-9, 1 - share)
    return DangerClassifier(KINDS, np.stack([np.zeros(len(belief)), np.log(belief) / BIAS]).astype(np.float32))


class Embedding(Matcher):
    """Has vectors for everything, is sure of nothing, and keeps what it was asked."""

    asked: Sequence[str] = ()

    def embed(self, texts: Sequence[str]) -> Floats | None:
        type(self).asked = texts
        return np.zeros((len(texts), 1), np.float32)

    def is_sure_of(self, utterance: str) -> bool:
        del utterance
        return False


@pytest.fixture
def embedding(matcher: Matcher) -> Embedding:
    made = Embedding.__new__(Embedding)
    made.__dict__.update(matcher.__dict__)
    Embedding.asked = ()
    return made


def _reply(knowledge: Knowledge, embedding: Embedding, said: str, share: float) -> Reply:
    knowledge = replace(knowledge, danger=replace(knowledge.danger, alarm=0.8, care=0.4))
    return Dialogue(knowledge, embedding, hearing(share)).turn(Said(said), GREETED, NOW)[0]


def test_an_alarm_takes_the_place_of_the_answer(knowledge: Knowledge, embedding: Embedding) -> None:
    reply = _reply(knowledge, embedding, "How long does an infusion take?", 0.8)
    assert (reply.kind, reply.urgent) == ("urgent", RULE)
    assert "911" in reply.text


@pytest.mark.parametrize(
    "said", ["How long does an infusion take?", "thank you", "banana bread recipe", "can you refill my pills"]
)
def test_with_less_the_numbers_stand_below_whatever_is_said(knowledge: Knowledge, embedding: Embedding, said: str) -> None:
    plain, careful = (_reply(knowledge, embedding, said, share) for share in (0.39, 0.4))
    assert plain.helpline is False
    assert careful.text.startswith(plain.text)
    assert careful.text.count("911") > plain.text.count("911")
    assert (careful.kind, careful.claims, careful.helpline) == (plain.kind, plain.claims, True)
    assert trace_lines(careful.trace)[-1] == "danger by meaning: 0.40 (medical)"


def test_numbers_that_stand_there_already_are_not_told_twice(knowledge: Knowledge, embedding: Embedding) -> None:
    plain, careful = (_reply(knowledge, embedding, "what does the research say about self harm", share) for share in (0.0, 0.5))
    assert plain.helpline is True
    assert careful.text == plain.text


def test_what_the_patterns_hear_is_not_asked_again(knowledge: Knowledge, embedding: Embedding) -> None:
    reply = _reply(knowledge, embedding, "i want to die", 0.9)
    assert reply.urgent not in {RULE, None}
    assert embedding.asked == ()


def test_others_in_a_group_are_heard_by_the_patterns_alone(knowledge: Knowledge, embedding: Embedding) -> None:
    assert Dialogue(knowledge, embedding, hearing(1.0)).urgent("how long does an infusion take") is None
