"""Topics scored by meaning, on the vectors of a sentence encoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from bot.language.learning.encoder import Encoder
from bot.language.learning.regression import BIAS, Floats, descend, one_hot, softmax

# On the development questions: .03 to .3 give the same top-1 within a point.
_RIDGE = 0.1
_ROUNDS, _ROUNDS_MORE = 300, 30
_RIDGE_OURS, _ROUNDS_OURS, _MOST_OURS = 1.0, 400, 8.0
_KEPT = 512
_NONE: Floats = np.zeros(0, np.float32)


@dataclass(frozen=True, slots=True)
class SentenceModel:
    """What was learned on the vectors of all phrases: ``vectors`` phrases x dimensions, ``weights`` (dimensions + 1) x topics;
    ``ours`` (dimensions + 1) tells our subject from others, and is empty where no strangers were learned.
    """

    vectors: Floats
    weights: Floats
    scale: float
    ours: Floats


@dataclass(frozen=True, slots=True)
class Labelled:
    """Vectors (rows), and the number of the topic of each."""

    vectors: Floats
    topics: Sequence[int] | NDArray[np.int_]


def learn(vectors: Floats, topics: Sequence[int], count: int, ours: Floats = _NONE) -> SentenceModel:
    """What tells ``count`` topics apart, from phrases (rows) and the topic number of each. ``ours``: see ``learn_ours``."""
    x = _with_bias(vectors)
    wanted = one_hot(topics, count)

    def gradient(weights: Floats) -> Floats:
        return np.asarray(x.T @ (softmax(x @ weights) - wanted) + np.float32(_RIDGE) * weights, np.float32)

    step = np.float32(1.0 / (0.5 * float(np.linalg.norm(x.T @ x, 2)) + _RIDGE))
    weights = descend(gradient, np.zeros((x.shape[1], count), np.float32), step, _ROUNDS)
    return _model(vectors, x, weights, ours)


def learn_more(before: Labelled, start: Floats, now: Labelled, fresh: NDArray[np.bool_], ours: Floats) -> SentenceModel:
    """The model of the phrases ``now``, taken on from the weights ``start`` that were learned of those ``before``.

    As in ``refit``: the fit before was left off at some gradient, and this one moves until its own is the same, and 0 at the
    ``fresh`` topics. Steps are scaled by how the phrases are spread, so that some dozen are enough where 300 were needed.
    """
    x, old = _with_bias(now.vectors), _with_bias(before.vectors)
    left: Floats = old.T @ (softmax(old @ start) - one_hot(before.topics, start.shape[1])) + np.float32(_RIDGE) * start
    left[:, fresh] = 0
    scale = np.linalg.inv(0.5 * (x.T @ x) + np.float32(_RIDGE) * np.eye(x.shape[1], dtype=np.float32)).astype(np.float32)
    wanted = one_hot(now.topics, start.shape[1])

    def gradient(weights: Floats) -> Floats:
        slope = x.T @ (softmax(x @ weights) - wanted) + np.float32(_RIDGE) * weights
        return np.asarray(scale @ (slope - left), np.float32)

    return _model(now.vectors, x, descend(gradient, start, np.float32(1), _ROUNDS_MORE), ours)


def _with_bias(vectors: Floats) -> Floats:
    return np.column_stack([vectors, np.full(len(vectors), BIAS)]).astype(np.float32)


def _model(vectors: Floats, x: Floats, weights: Floats, ours: Floats) -> SentenceModel:
    raw = x @ weights
    spread = float((raw - raw.mean(axis=1, keepdims=True)).std())
    return SentenceModel(np.ascontiguousarray(vectors), weights, 1.0 / spread if spread else 1.0, ours)


def learn_ours(phrases: Floats, outside: NDArray[np.bool_], letters: Floats, others: Floats) -> Floats:
    """What tells our subject from others: a weight a dimension, and the bias; empty where there is nothing of others.

    All are rows of unit length: the ``phrases`` of all topics (``outside``: which of them are of none of ours), ``letters`` on
    our subject, and messages on ``others``. Both sides count as much, however many there are.
    """
    ours, strangers = np.concatenate([phrases[~outside], letters]), np.concatenate([phrases[outside], others])
    if not len(strangers):
        return np.zeros(0, np.float32)
    vectors = np.concatenate([ours, strangers]).astype(np.float64)
    middle = vectors.mean(axis=0)  # without it all vectors point the same way, and the descent takes long
    x = np.column_stack([vectors - middle, np.ones(len(vectors))])
    wanted = np.repeat([1.0, 0.0], [len(ours), len(strangers)])
    counts = np.repeat([len(x) / 2 / len(ours), len(x) / 2 / len(strangers)], [len(ours), len(strangers)])

    def gradient(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        believed = 1.0 / (1.0 + np.exp(-np.clip(x @ weights, -30, 30)))
        return np.asarray(x.T @ (counts * (believed - wanted)) + _RIDGE_OURS * weights)

    step = 1.0 / (0.25 * float(np.linalg.norm((x * counts[:, None]).T @ x, 2)) + _RIDGE_OURS)
    weights = descend(gradient, np.zeros(x.shape[1]), step, _ROUNDS_OURS)
    weights[-1] -= weights[:-1] @ middle
    return weights.astype(np.float32)


def learn_ours_more(start: Floats, before: tuple[Floats, Floats], now: tuple[Floats, Floats]) -> Floats:
    """As ``learn_ours``, taken on from the weights ``start``; ``before`` and ``now`` are each the rows of ours and of others.

    One step by the curvature: where few rows changed, a second one finds nothing to do.
    """
    (x, slope, bend), (_, left, _) = _slope(start, *now), _slope(start, *before)
    curvature = (x * bend[:, None]).T @ x + np.float32(_RIDGE_OURS) * np.eye(x.shape[1], dtype=np.float32)
    return np.asarray(start - np.linalg.solve(curvature.astype(np.float64), slope - left), np.float32)


def _slope(weights: Floats, ours: Floats, others: Floats) -> tuple[Floats, NDArray[np.float64], Floats]:
    """The rows with a column for the bias, the gradient of the loss that ``learn_ours`` descends, and how each row bends it."""
    size = len(ours) + len(others)
    x = np.column_stack([np.concatenate([ours, others]), np.ones(size, np.float32)])
    wanted = np.repeat([1.0, 0.0], [len(ours), len(others)])
    counts = np.repeat([size / 2 / len(ours), size / 2 / len(others)], [len(ours), len(others)])
    believed = 1.0 / (1.0 + np.exp(-np.clip((x @ weights).astype(np.float64), -30, 30)))
    slope = (counts * (believed - wanted)).astype(np.float32) @ x + np.float32(_RIDGE_OURS) * weights
    return x, slope.astype(np.float64), (counts * believed * (1 - believed)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Meaning:
    """How near an utterance is in meaning: ``linear``, one standardised value a topic; ``alike``, the cosine to each phrase;
    ``ours``, the log odds that it is on our subject, -8 to 8 (0 where no strangers were learned).
    """

    linear: Floats
    alike: Floats
    ours: float


class SentenceScorer:
    """Scores topics by meaning. Keeps the vectors of some recent utterances under a hash, never their words."""

    def __init__(self, encoder: Encoder, model: SentenceModel, of: str = "") -> None:
        """``of``: the name of the encoder's weights."""
        self.of = of
        self.encoder = encoder
        self.model = model
        self._recent: LRUCache[bytes, Floats] = LRUCache(_KEPT)

    def with_ours(self, ours: Floats) -> SentenceScorer:
        """The same scorer with other weights that tell our subject from others."""
        return SentenceScorer(self.encoder, replace(self.model, ours=ours), self.of)

    def knows(self, word: str) -> bool:
        """Whether ``word`` is one whole token of the model: then it is no misspelling."""
        return word in self.encoder.vocabulary

    def score(self, text: str) -> Meaning:
        vector = self._vector(text)
        raw = vector @ self.model.weights[:-1] + BIAS * self.model.weights[-1]
        linear = np.asarray((raw - raw.mean()) * self.model.scale, np.float32)
        return Meaning(linear, self.model.vectors @ vector, self._ours(vector))

    def ours(self, text: str) -> float:
        """The log odds that ``text`` is on our subject; see ``Meaning``."""
        return self._ours(self._vector(text))

    def _ours(self, vector: Floats) -> float:
        weights = self.model.ours
        return float(np.clip(vector @ weights[:-1] + weights[-1], -_MOST_OURS, _MOST_OURS)) if len(weights) else 0.0

    def read_ahead(self, texts: Sequence[str]) -> None:
        """Embed many texts at once, and keep their vectors as those of recent utterances: some hundreds at most."""
        new = {key: text for text in texts[:_KEPT] if (key := _key(text)) not in self._recent}
        for key, vector in zip(new, self.encoder.embed(list(new.values())), strict=True):
            self._recent[key] = vector

    def vectors(self, texts: Sequence[str]) -> Floats:
        """One row for each text, in order; those that are new are read at once."""
        self.read_ahead(texts)
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text: str) -> Floats:
        key = _key(text)
        vector: Floats | None = self._recent.get(key)
        if vector is None:
            vector = self.encoder.embed([text])[0]
            self._recent[key] = vector
        return vector


def _key(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()
