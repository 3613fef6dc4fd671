"""The sentence encoder in plain NumPy: text in, one vector of unit length out.

The forward pass of BERT (all-MiniLM-L6-v2: 6 layers, 384 dimensions) and of MPNet (all-mpnet-base-v2: 12 layers, 768
dimensions), mean pooling. Weights are held in 8 bits, one scale a row, and widened layer by layer: a quarter of the memory, and
no slower, for what is read from memory is what takes the time. No file is read here: weights and tokens come in from outside.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.language.learning.regression import Floats, softmax

Tokens = Callable[[str], Sequence[int]]
Norm = tuple[Floats, Floats]
# How many token rows one pass holds: more is not faster on two cores, and costs memory.
_ROWS_AT_ONCE = 2048
_LARGE = ("embeddings.word_embeddings.", "encoder.layer.")
SCALE = "_scale"  # behind the name of weights that come in 8 bits: the scale of each row
# What MPNet calls the parts that BERT has, too.
_OTHER_NAMES = {
    ".attention.attn.q.": ".attention.self.query.",
    ".attention.attn.k.": ".attention.self.key.",
    ".attention.attn.v.": ".attention.self.value.",
    ".attention.attn.o.": ".attention.output.dense.",
    ".attention.LayerNorm.": ".attention.output.LayerNorm.",
}
# MPNet counts places from 2, and adds to the attention a figure by how far apart two tokens are: one each for 0 to 7 tokens, then
# wider and wider classes up to 128 tokens; other ones for what stands behind.
_FIRST_PLACE, _NEAR, _SIDE, _FARTHEST = 2, 8, 16, 128


def in_8_bits(weights: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The same weights; the large matrices of floats as whole numbers of 8 bits, beside the scale of each of their rows."""
    packed: dict[str, NDArray[Any]] = {}
    for name, value in weights.items():
        if value.ndim != 2 or value.dtype == np.int8 or not name.startswith(_LARGE):
            packed[name] = value
            continue
        scale = np.maximum(np.abs(value).max(axis=1) / np.float32(127), np.finfo(np.float32).tiny)
        packed[name] = np.rint(value / scale[:, None]).astype(np.int8)
        packed[name + SCALE] = scale.astype(np.float32)
    return packed


@dataclass(frozen=True, slots=True)
class _Dense:
    """``x @ weights + bias``; ``weights`` (inputs x outputs) in 8 bits, ``scale`` one figure an output."""

    weights: NDArray[np.int8]
    scale: Floats
    bias: Floats

    def of(self, x: Floats, room: Floats) -> Floats:
        """``room`` holds the widened weights meanwhile: it stays in the processor's cache from one layer to the next."""
        wide = room[: self.weights.size].reshape(self.weights.shape)
        np.copyto(wide, self.weights)
        y: Floats = x @ wide
        y *= self.scale
        y += self.bias
        return y


@dataclass(frozen=True, slots=True)
class _Layer:
    qkv: _Dense
    out: _Dense
    norm: Norm
    up: _Dense
    down: _Dense
    norm_after: Norm

    @property
    def room(self) -> int:
        return max(dense.weights.size for dense in (self.qkv, self.out, self.up, self.down))


class Encoder:
    """The forward pass. ``weights`` by their published names, as floats or ``in_8_bits``; ``tokens`` gives the token numbers of a
    text, ends included; ``vocabulary`` are the words that are one token; ``epsilon`` keeps a spread from being 0.
    """

    def __init__(
        self,
        weights: Mapping[str, NDArray[Any]],
        tokens: Tokens,
        heads: int,
        vocabulary: frozenset[str] = frozenset(),
        epsilon: float = 1e-12,
    ) -> None:
        self._tokens = tokens
        self.vocabulary = vocabulary
        self._heads = heads
        self._epsilon = np.float32(epsilon)
        w = in_8_bits({_as_in_bert(name): value for name, value in weights.items()})
        self._words = w["embeddings.word_embeddings.weight"]
        self._scales = w["embeddings.word_embeddings.weight" + SCALE]
        self._near = w.get("encoder.relative_attention_bias.weight")
        places, kinds = w["embeddings.position_embeddings.weight"], w.get("embeddings.token_type_embeddings.weight")
        self._places = places[_FIRST_PLACE:] if kinds is None else places + kinds[0]
        self._norm = (w["embeddings.LayerNorm.weight"], w["embeddings.LayerNorm.bias"])
        count = 1 + max(int(name.split(".")[2]) for name in w if name.startswith("encoder.layer."))
        self._layers = [_layer(w, f"encoder.layer.{i}.") for i in range(count)]

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
        words: Floats = self._words[ids] * self._scales[ids][..., None]
        x = self._normed(words + self._places[:tokens], self._norm)
        size = x.shape[-1]
        wide = size // self._heads
        scale = np.float32(1.0 / math.sqrt(wide))
        apart = self._apart(tokens)
        room = np.empty(max(layer.room for layer in self._layers), np.float32)
        for layer in self._layers:
            qkv = layer.qkv.of(x.reshape(-1, size), room).reshape(texts, tokens, 3, self._heads, wide)
            q, k, v = (qkv[:, :, i].transpose(0, 2, 1, 3) for i in range(3))
            scores: Floats = np.matmul(q * scale, k.transpose(0, 1, 3, 2))
            scores += apart
            mixed = (softmax(scores) @ v).transpose(0, 2, 1, 3).reshape(-1, size)
            x = self._normed(x + layer.out.of(mixed, room).reshape(x.shape), layer.norm)
            inner = _gelu(layer.up.of(x.reshape(-1, size), room))
            x = self._normed(x + layer.down.of(inner, room).reshape(x.shape), layer.norm_after)
        pooled = x.mean(axis=1)
        return np.asarray(pooled / np.linalg.norm(pooled, axis=1, keepdims=True), np.float32)

    def _apart(self, tokens: int) -> Floats:
        """What the attention of each head gains by how far apart two tokens are (heads x tokens x tokens); 0 in BERT."""
        if self._near is None:
            return np.zeros((), np.float32)
        places = np.arange(tokens)
        behind = places[None, :] - places[:, None]
        far = np.maximum(np.abs(behind), 1)
        wider = _NEAR + (np.log(far / _NEAR) / math.log(_FARTHEST / _NEAR) * (_SIDE - _NEAR)).astype(np.int64)
        classes = np.where(far < _NEAR, np.abs(behind), np.minimum(wider, _SIDE - 1)) + _SIDE * (behind > 0)
        return np.ascontiguousarray(self._near[classes].transpose(2, 0, 1))

    def _normed(self, x: Floats, weight_and_bias: Norm) -> Floats:
        weight, bias = weight_and_bias
        x = x - x.mean(axis=-1, keepdims=True)
        x /= np.sqrt(np.einsum("...i,...i->...", x, x)[..., None] / np.float32(x.shape[-1]) + self._epsilon)
        x *= weight
        x += bias
        return x


def _as_in_bert(name: str) -> str:
    for other, name_in_bert in _OTHER_NAMES.items():
        name = name.replace(other, name_in_bert)
    return name


def _layer(weights: Mapping[str, NDArray[Any]], at: str) -> _Layer:
    def joined(names: Sequence[str], what: str) -> NDArray[Any]:
        return np.concatenate([weights[f"{at}{name}.{what}"] for name in names])

    def dense(*names: str) -> _Dense:
        return _Dense(np.ascontiguousarray(joined(names, "weight").T), joined(names, "weight" + SCALE), joined(names, "bias"))

    def norm(name: str) -> Norm:
        return weights[f"{at}{name}.weight"], weights[f"{at}{name}.bias"]

    return _Layer(
        dense(*(f"attention.self.{part}" for part in ("query", "key", "value"))),
        dense("attention.output.dense"),
        norm("attention.output.LayerNorm"),
        dense("intermediate.dense"),
        dense("output.dense"),
        norm("output.LayerNorm"),
    )


def _gelu(x: Floats) -> Floats:
    """x * Phi(x), with the error function of Abramowitz and Stegun 7.1.26 (absolute error below 1.5e-7): NumPy has none.

    In place wherever it can be: a third of the time.
    """
    z = np.abs(x)
    z *= np.float32(math.sqrt(0.5))
    t = z * np.float32(0.3275911)
    t += 1
    np.reciprocal(t, out=t)
    tail = t * np.float32(1.061405429)
    for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        tail += np.float32(factor)
        tail *= t
    z *= z
    np.negative(z, out=z)
    np.exp(z, out=z)
    # Now it is 1 - erf(|x| / sqrt(2)), and Phi(x) is 1 - tail / 2 to the right of zero and tail / 2 to its left.
    tail *= z
    tail *= np.float32(0.5)
    tail *= np.abs(x)
    activated: Floats = np.maximum(x, 0) - tail
    return activated
