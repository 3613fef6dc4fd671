"""The sentence encoder: the forward pass against a plain reference."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.language.learning.encoder import SCALE, Encoder, _gelu, in_8_bits
from tests.fakes.encoder import HEADS, LAYERS, SIZE, WIDE, Floats, invented_mpnet, invented_weights, tokens


def in_steps(weights: Mapping[str, Floats]) -> dict[str, NDArray[np.float64]]:
    """The weights as 8 bits can hold them: in the large matrices each row goes in steps of a 127th of its largest figure."""
    stepped = {}
    for name, value in weights.items():
        stepped[name] = value.astype(np.float64)
        if value.ndim == 2 and ("layer." in name or "word_" in name):
            step = np.abs(stepped[name]).max(axis=1, keepdims=True) / 127
            stepped[name] = np.rint(stepped[name] / step) * step
    return stepped


def distance_class(query: int, key: int) -> int:
    """The published buckets: 16 for what stands before, 16 for what stands behind; near ones of one token, far ones wider."""
    before, distance = (0, query - key) if key <= query else (16, key - query)
    if distance < 8:
        return before + distance
    return before + min(15, 8 + int(math.log(distance / 8) / math.log(128 / 8) * 8))


def reference(weights: Mapping[str, Floats], ids: list[int], epsilon: float = 1e-12) -> NDArray[np.float64]:
    """The published forward passes, one text, head by head, in double precision, with the true error function."""
    w = in_steps(weights)
    mpnet = "encoder.relative_attention_bias.weight" in w
    query, key, value, out, first_norm = (
        ("attention.attn.q", "attention.attn.k", "attention.attn.v", "attention.attn.o", "attention.LayerNorm")
        if mpnet
        else (
            *(f"attention.self.{part}" for part in ("query", "key", "value")),
            "attention.output.dense",
            "attention.output.LayerNorm",
        )
    )

    def norm(x: NDArray[np.float64], name: str) -> NDArray[np.float64]:
        mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
        return np.asarray((x - mean) / np.sqrt(variance + epsilon) * w[f"{name}.weight"] + w[f"{name}.bias"])

    def dense(x: NDArray[np.float64], name: str) -> NDArray[np.float64]:
        return np.asarray(x @ w[f"{name}.weight"].T + w[f"{name}.bias"])

    x = w["embeddings.word_embeddings.weight"][ids]
    if mpnet:
        x = x + w["embeddings.position_embeddings.weight"][2 : 2 + len(ids)]
        near = w["encoder.relative_attention_bias.weight"]
        apart = np.asarray([[near[distance_class(i, j)] for j in range(len(ids))] for i in range(len(ids))])
    else:
        x = x + w["embeddings.position_embeddings.weight"][: len(ids)] + w["embeddings.token_type_embeddings.weight"][0]
        apart = np.zeros((len(ids), len(ids), HEADS))
    x = norm(x, "embeddings.LayerNorm")
    each = SIZE // HEADS
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}."
        q, k, v = (dense(x, at + part) for part in (query, key, value))
        mixed = np.zeros_like(x)
        for head in range(HEADS):
            part = slice(head * each, (head + 1) * each)
            scores = q[:, part] @ k[:, part].T / math.sqrt(each) + apart[:, :, head]
            shares = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
            mixed[:, part] = shares @ v[:, part]
        x = norm(x + dense(mixed, at + out), at + first_norm)
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


@pytest.mark.parametrize("length", [1, 8, 40, 150], ids=lambda length: f"{length}-letters")
def test_the_other_form_is_read_too_with_what_it_adds_for_distances(length: int) -> None:
    weights, text = invented_mpnet(places=160), ("how long does it last? " * 7)[:length]
    row = Encoder(weights, tokens, HEADS, epsilon=1e-5).embed([text])[0]
    assert row == pytest.approx(reference(weights, tokens(text), 1e-5), abs=5e-6)


def test_what_keeps_a_spread_from_being_0_is_told_from_outside() -> None:
    rows = [Encoder(invented_weights(), tokens, HEADS, epsilon=epsilon).embed(["abc"])[0] for epsilon in (1e-12, 0.5)]
    assert np.abs(rows[0] - rows[1]).max() > 1e-3
    assert rows[1] == pytest.approx(reference(invented_weights(), tokens("abc"), 0.5), abs=2e-6)


def test_weights_that_come_in_8_bits_give_the_same_vectors(encoder: Encoder) -> None:
    packed = in_8_bits(invented_weights())
    name = "encoder.layer.1.intermediate.dense.weight"
    assert packed[name].dtype == np.int8
    assert packed[name + SCALE].shape == (WIDE,)
    assert np.array_equal(Encoder(packed, tokens, HEADS).embed(["abc", "de"]), encoder.embed(["abc", "de"]))
    again = in_8_bits(packed)
    assert all(again[name] is value for name, value in packed.items())


def test_a_row_of_noughts_stays_one_in_8_bits() -> None:
    name = "embeddings.word_embeddings.weight"
    packed = in_8_bits({name: np.zeros((2, 3), np.float32)})
    assert not packed[name].any()
    assert np.isfinite(packed[name + SCALE]).all()


def test_rounding_to_8_bits_moves_a_figure_by_half_a_step_at_most() -> None:
    name = "embeddings.word_embeddings.weight"
    weights = invented_weights()[name]
    packed = in_8_bits({name: weights})
    off = np.abs(packed[name] * packed[name + SCALE][:, None] - weights)
    assert (off <= packed[name + SCALE][:, None] * 0.5001).all()
    assert np.abs(packed[name]).max(axis=1).tolist() == [127] * len(weights)  # all of the range is used


def test_texts_in_one_batch_do_not_disturb_one_another(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["ab", "cd", "efg", "h", "xy"] * 3
    together = encoder.embed(texts)
    monkeypatch.setattr("bot.language.learning.encoder._ROWS_AT_ONCE", 1)  # one text a pass
    assert encoder.embed(texts) == pytest.approx(together, abs=1e-6)


def test_progress_counts_up_to_all_texts(encoder: Encoder) -> None:
    heard: list[int] = []
    encoder.embed(["a", "bc", "de"], heard.append)
    assert heard[-1] == 3


def test_the_error_function_is_close_enough() -> None:
    x = np.linspace(-8, 8, 4001, dtype=np.float32)
    exact = [float(v) * 0.5 * (1 + math.erf(float(v) / math.sqrt(2))) for v in x]
    assert _gelu(x) == pytest.approx(exact, abs=1e-6)
