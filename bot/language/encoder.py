"""The sentence encoder in plain NumPy: text in, one vector of unit length out.

The forward pass of a BERT encoder (all-MiniLM-L6-v2: 6 layers, 12 heads, 384 dimensions, mean pooling). No file is read
here: weights and tokens come in from outside.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.language.regression import Floats, softmax

Tokens = Callable[[str], Sequence[int]]
_EPSILON = np.float32(1e-12)
# How many token rows one pass holds: more is not faster on two cores, and costs memory.
_ROWS_AT_ONCE = 2048


@dataclass(frozen=True, slots=True)
class _Layer:
    qkv: Floats
    qkv_bias: Floats
    out: Floats
    out_bias: Floats
    norm: tuple[Floats, Floats]
    up: Floats
    up_bias: Floats
    down: Floats
    down_bias: Floats
    norm_after: tuple[Floats, Floats]


class Encoder:
    """The forward pass. ``weights`` by their published names; ``tokens`` gives the token numbers of a text, ends included;
    ``vocabulary`` are the words that are one token.
    """

    def __init__(
        self, weights: Mapping[str, Floats], tokens: Tokens, heads: int, vocabulary: frozenset[str] = frozenset()
    ) -> None:
        self._tokens = tokens
        self.vocabulary = vocabulary
        self._words = weights["embeddings.word_embeddings.weight"]
        self._places = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
        self._norm = (weights["embeddings.LayerNorm.weight"], weights["embeddings.LayerNorm.bias"])
        self._heads = heads
        count = 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer."))
        self._layers = [_layer(weights, f"encoder.layer.{i}.") for i in range(count)]

    @property
    def dimensions(self) -> int:
        return int(self._words.shape[1])

    def embed(self, texts: Sequence[str], told: Callable[[int], None] = lambda _: None) -> Floats:
        """One row of unit length for each text, in order. ``told`` hears how many are done."""
        numbers = [list(self._tokens(text)) for text in texts]
        rows = np.zeros((len(texts), self.dimensions), np.float32)
        # Texts of equal length run together, so that nothing has to be padded and masked.
        by_length: dict[int, list[int]] = {}
        for i, ids in enumerate(numbers):
            by_length.setdefault(len(ids), []).append(i)
        done = 0
        for length, members in sorted(by_length.items()):
            step = max(1, _ROWS_AT_ONCE // max(1, length))
            for start in range(0, len(members), step):
                batch = members[start : start + step]
                rows[batch] = self._forward(np.asarray([numbers[i] for i in batch]))
                done += len(batch)
                told(done)
        return rows

    def _forward(self, ids: NDArray[np.int_]) -> Floats:
        """Token numbers (texts x tokens) to vectors (texts x dimensions)."""
        texts, tokens = ids.shape
        x = _normed(self._words[ids] + self._places[:tokens], self._norm)
        size = x.shape[-1]
        wide = size // self._heads
        scale = np.float32(1.0 / math.sqrt(wide))
        for layer in self._layers:
            qkv = (x.reshape(-1, size) @ layer.qkv + layer.qkv_bias).reshape(texts, tokens, 3, self._heads, wide)
            q, k, v = (qkv[:, :, i].transpose(0, 2, 1, 3) for i in range(3))
            attention = softmax((q * scale) @ k.transpose(0, 1, 3, 2))
            mixed = (attention @ v).transpose(0, 2, 1, 3).reshape(-1, size)
            x = _normed(x + (mixed @ layer.out + layer.out_bias).reshape(x.shape), layer.norm)
            inner = _gelu(x.reshape(-1, size) @ layer.up + layer.up_bias)
            x = _normed(x + (inner @ layer.down + layer.down_bias).reshape(x.shape), layer.norm_after)
        pooled = x.mean(axis=1)
        return np.asarray(pooled / np.linalg.norm(pooled, axis=1, keepdims=True), np.float32)


def _layer(weights: Mapping[str, Floats], at: str) -> _Layer:
    def turned(*names: str) -> Floats:
        return np.ascontiguousarray(np.concatenate([weights[f"{at}{name}.weight"] for name in names]).T)

    def bias(*names: str) -> Floats:
        return np.concatenate([weights[f"{at}{name}.bias"] for name in names])

    def norm(name: str) -> tuple[Floats, Floats]:
        return weights[f"{at}{name}.weight"], weights[f"{at}{name}.bias"]

    qkv = [f"attention.self.{part}" for part in ("query", "key", "value")]
    return _Layer(
        turned(*qkv),
        bias(*qkv),
        turned("attention.output.dense"),
        bias("attention.output.dense"),
        norm("attention.output.LayerNorm"),
        turned("intermediate.dense"),
        bias("intermediate.dense"),
        turned("output.dense"),
        bias("output.dense"),
        norm("output.LayerNorm"),
    )


def _normed(x: Floats, weight_and_bias: tuple[Floats, Floats]) -> Floats:
    weight, bias = weight_and_bias
    x = x - x.mean(axis=-1, keepdims=True)
    spread = np.sqrt(np.einsum("...i,...i->...", x, x)[..., None] / np.float32(x.shape[-1]) + _EPSILON)
    x /= spread
    x *= weight
    x += bias
    return x


def _gelu(x: Floats) -> Floats:
    """x * Phi(x), with the error function of Abramowitz and Stegun 7.1.26 (absolute error below 1.5e-7): NumPy has none."""
    z = np.abs(x) * np.float32(math.sqrt(0.5))
    t = 1 / (1 + np.float32(0.3275911) * z)
    tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * np.float32(1.061405429)))))
    tail *= np.exp(-z * z)
    # tail is 1 - erf(|z|): Phi(x) is 1 - tail / 2 to the right of zero and tail / 2 to its left.
    tail *= np.float32(0.5)
    return np.asarray(np.where(x >= 0, x - x * tail, x * tail), np.float32)
