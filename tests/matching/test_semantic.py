"""The sentence model: learning, and what is kept of what people type."""

from __future__ import annotations

import numpy as np
import pytest

from bot.language.learning.encoder import Encoder
from bot.language.learning.regression import BIAS
from bot.matching import semantic
from bot.matching.semantic import Labelled, SentenceScorer, learn, learn_more, learn_ours, learn_ours_more
from tests.fakes.encoder import HEADS, invented_weights, tokens


@pytest.fixture(name="encoder")
def _encoder() -> Encoder:
    return Encoder(invented_weights(), tokens, HEADS, frozenset({"car"}))


def test_learning_tells_topics_apart_and_is_the_same_every_time() -> None:
    chance = np.random.default_rng(1)
    centres = chance.normal(size=(3, 8))
    rows = np.concatenate([centre + chance.normal(0, 0.2, (10, 8)) for centre in centres])
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    topics = [n // 10 for n in range(30)]
    model, again = learn(rows, topics, 3), learn(rows, topics, 3)
    assert np.array_equal(model.weights, again.weights)
    raw = rows @ model.weights[:-1] + BIAS * model.weights[-1]
    assert raw.argmax(axis=1).tolist() == topics


def test_a_scorer_finds_the_same_text_nearest_and_its_topic_first(encoder: Encoder) -> None:
    texts = ["aa", "ab", "zz", "zy"]
    vectors = encoder.embed(texts)
    meaning = SentenceScorer(encoder, learn(vectors, [0, 0, 1, 1], 2)).score("zy")
    assert int(meaning.alike.argmax()) == 3
    assert int(meaning.linear.argmax()) == 1
    assert float(meaning.linear.sum()) == pytest.approx(0, abs=1e-4)


def test_no_word_of_an_utterance_is_kept(encoder: Encoder) -> None:
    vectors = encoder.embed(["aa", "zz"])
    scorer = SentenceScorer(encoder, learn(vectors, [0, 1], 2))
    scorer.score("canary")
    assert all(b"canary" not in key for key in scorer._recent)
    assert "canary" not in repr(vars(scorer))


def test_the_memory_of_recent_utterances_is_bounded(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(semantic, "_KEPT", 3)  # five hundred would take a while
    scorer = SentenceScorer(encoder, learn(encoder.embed(["aa", "zz"]), [0, 1], 2))
    for text in ("a", "b", "c", "d", "e"):
        scorer.score(text)
    assert len(scorer._recent) == 3


def test_reading_ahead_keeps_the_vectors_and_no_more_than_the_memory_holds(
    encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(semantic, "_KEPT", 3)
    scorer = SentenceScorer(encoder, learn(encoder.embed(["aa", "zz"]), [0, 1], 2))
    alone = SentenceScorer(encoder, learn(encoder.embed(["aa", "zz"]), [0, 1], 2))
    scorer.read_ahead(["a", "b", "a", "c", "d", "e"])
    assert 0 < len(scorer._recent) <= 3
    scorer.read_ahead([])
    assert scorer.score("a").alike == pytest.approx(alone.score("a").alike, abs=1e-6)


def test_a_scorer_knows_whole_words_of_the_model(encoder: Encoder) -> None:
    scorer = SentenceScorer(encoder, learn(encoder.embed(["aa", "zz"]), [0, 1], 2))
    assert scorer.knows("car")
    assert not scorer.knows("carr")


def _clouds(chance: np.random.Generator, each: int) -> tuple[np.ndarray, list[int]]:
    centres = np.random.default_rng(1).normal(size=(3, 8))
    rows = np.concatenate([centre + chance.normal(0, 0.9, (each, 8)) for centre in centres])
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), [n // each for n in range(3 * each)]


def test_a_model_taken_on_is_near_to_one_learned_anew() -> None:
    rows, topics = _clouds(np.random.default_rng(2), 40)
    before = learn(rows[:-1], topics[:-1], 3)
    new, anew = rows[-1:], learn(rows, topics, 3)
    old, none = Labelled(rows[:-1], topics[:-1]), np.zeros(3, np.bool_)
    same = learn_more(old, before.weights, old, none, before.ours)
    assert same.weights == pytest.approx(before.weights, abs=1e-3)
    made = learn_more(old, before.weights, Labelled(rows, topics), none, before.ours)
    far, stale = (np.abs(new @ (one.weights - anew.weights)[:-1]).max() for one in (made, before))
    assert far < stale / 2


def test_what_tells_our_subject_taken_on_is_near_to_what_is_learned_anew() -> None:
    rows, topics = _clouds(np.random.default_rng(3), 40)
    ours, others = rows[np.asarray(topics) == 0], rows[np.asarray(topics) != 0]
    none = np.zeros((0, 8), np.float32)
    before = learn_ours(ours[:-1], np.zeros(len(ours) - 1, np.bool_), none, others)
    anew = learn_ours(ours, np.zeros(len(ours), np.bool_), none, others)
    made = learn_ours_more(before, (ours[:-1], others), (ours, others))
    assert learn_ours_more(before, (ours, others), (ours, others)) == pytest.approx(before, abs=1e-5)
    assert np.abs(made - anew).max() < np.abs(before - anew).max() / 2
