"""The sentence model: learning, and what is kept of what people type."""

from __future__ import annotations

import numpy as np
import pytest

from bot.language.learning.encoder import Encoder
from bot.language.learning.regression import BIAS
from bot.matching import semantic
from bot.matching.semantic import SentenceScorer, learn
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
