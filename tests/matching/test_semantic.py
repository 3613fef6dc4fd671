"""The sentence model: the forward pass against a plain reference, learning, and what is kept of what people type."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.language.encoder import Encoder, _gelu
from bot.language.regression import BIAS
from bot.matching import semantic
from bot.matching.semantic import SentenceScorer, learn

Floats = NDArray[np.float32]
SIZE, WIDE, HEADS, LAYERS, WORDS = 12, 20, 3, 2, 30


def invented_weights(seed: int = 0) -> dict[str, Floats]:
    chance = np.random.default_rng(seed)

    def some(*shape: int) -> Floats:
        return chance.normal(0, 0.5, shape).astype(np.float32)

    weights = {
        "embeddings.word_embeddings.weight": some(WORDS, SIZE),
        "embeddings.position_embeddings.weight": some(16, SIZE),
        "embeddings.token_type_embeddings.weight": some(2, SIZE),
        "embeddings.LayerNorm.weight": some(SIZE),
        "embeddings.LayerNorm.bias": some(SIZE),
    }
    shapes = {
        "attention.self.query": (SIZE, SIZE),
        "attention.self.key": (SIZE, SIZE),
        "attention.self.value": (SIZE, SIZE),
        "attention.output.dense": (SIZE, SIZE),
        "intermediate.dense": (WIDE, SIZE),
        "output.dense": (SIZE, WIDE),
    }
    for layer in range(LAYERS):
        for name, (rows, columns) in shapes.items():
            weights[f"encoder.layer.{layer}.{name}.weight"] = some(rows, columns)
            weights[f"encoder.layer.{layer}.{name}.bias"] = some(rows)
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            weights[f"encoder.layer.{layer}.{name}.weight"] = some(SIZE)
            weights[f"encoder.layer.{layer}.{name}.bias"] = some(SIZE)
    return weights


def tokens(text: str) -> list[int]:
    return [1, *(2 + ord(char) % (WORDS - 3) for char in text), WORDS - 1]


def reference(weights: Mapping[str, Floats], ids: list[int]) -> NDArray[np.float64]:
    """The published forward pass, one text, head by head, in double precision, with the true error function."""
    w = {name: value.astype(np.float64) for name, value in weights.items()}

    def norm(x: NDArray[np.float64], name: str) -> NDArray[np.float64]:
        mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
        return np.asarray((x - mean) / np.sqrt(variance + 1e-12) * w[f"{name}.weight"] + w[f"{name}.bias"])

    def dense(x: NDArray[np.float64], name: str) -> NDArray[np.float64]:
        return np.asarray(x @ w[f"{name}.weight"].T + w[f"{name}.bias"])

    x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    each = SIZE // HEADS
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}."
        q, k, v = (dense(x, f"{at}attention.self.{part}") for part in ("query", "key", "value"))
        mixed = np.zeros_like(x)
        for head in range(HEADS):
            part = slice(head * each, (head + 1) * each)
            scores = q[:, part] @ k[:, part].T / math.sqrt(each)
            shares = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
            mixed[:, part] = shares @ v[:, part]
        x = norm(x + dense(mixed, f"{at}attention.output.dense"), f"{at}attention.output.LayerNorm")
        inner = dense(x, f"{at}intermediate.dense")
        inner = inner * 0.5 * (1 + np.vectorize(math.erf)(inner / math.sqrt(2)))
        x = norm(x + dense(inner, f"{at}output.dense"), f"{at}output.LayerNorm")
    pooled = x.mean(0)
    return np.asarray(pooled / np.linalg.norm(pooled))


@pytest.fixture(name="encoder")
def _encoder() -> Encoder:
    return Encoder(invented_weights(), tokens, HEADS, frozenset({"car"}))


def test_the_forward_pass_equals_the_published_one(encoder: Encoder) -> None:
    texts = ["a", "abc", "hello there", "abd"]
    rows = encoder.embed(texts)
    for text, row in zip(texts, rows, strict=True):
        assert row == pytest.approx(reference(invented_weights(), tokens(text)), abs=2e-6)


def test_texts_in_one_batch_do_not_disturb_one_another(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["ab", "cd", "efg", "h", "xy"] * 3
    together = encoder.embed(texts)
    monkeypatch.setattr("bot.language.encoder._ROWS_AT_ONCE", 1)  # one text a pass
    assert encoder.embed(texts) == pytest.approx(together, abs=1e-6)


def test_progress_counts_up_to_all_texts(encoder: Encoder) -> None:
    heard: list[int] = []
    encoder.embed(["a", "bc", "de"], heard.append)
    assert heard[-1] == 3


def test_the_error_function_is_close_enough() -> None:
    x = np.linspace(-8, 8, 4001, dtype=np.float32)
    exact = [float(v) * 0.5 * (1 + math.erf(float(v) / math.sqrt(2))) for v in x]
    assert _gelu(x) == pytest.approx(exact, abs=1e-6)


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
