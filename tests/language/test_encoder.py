"""The sentence encoder: the forward pass against a plain reference."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.language.encoder import Encoder, _gelu
from tests.fakes.encoder import HEADS, LAYERS, SIZE, Floats, invented_weights, tokens


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
    return Encoder(invented_weights(), tokens, HEADS)


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
