"""Topics scored by meaning, on the vectors of a sentence encoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from cachetools import LRUCache

from bot.language.encoder import Encoder
from bot.language.regression import BIAS, Floats, descend, one_hot, softmax

# On the development questions: .03 to .3 give the same top-1 within a point.
_RIDGE = 0.1
_ROUNDS = 300
_KEPT = 512


@dataclass(frozen=True, slots=True)
class SentenceModel:
    """What was learned on the vectors of all phrases: ``vectors`` phrases x dimensions, ``weights`` (dimensions + 1) x topics."""

    vectors: Floats
    weights: Floats
    scale: float


def learn(vectors: Floats, topics: Sequence[int], count: int) -> SentenceModel:
    """What tells ``count`` topics apart, from phrases (rows) and the topic number of each."""
    x = np.column_stack([vectors, np.full(len(vectors), BIAS)]).astype(np.float32)
    wanted = one_hot(topics, count)

    def gradient(weights: Floats) -> Floats:
        return np.asarray(x.T @ (softmax(x @ weights) - wanted) + np.float32(_RIDGE) * weights, np.float32)

    step = np.float32(1.0 / (0.5 * float(np.linalg.norm(x.T @ x, 2)) + _RIDGE))
    weights = descend(gradient, np.zeros((x.shape[1], count), np.float32), step, _ROUNDS)
    raw = x @ weights
    spread = float((raw - raw.mean(axis=1, keepdims=True)).std())
    return SentenceModel(np.ascontiguousarray(vectors), weights, 1.0 / spread if spread else 1.0)


@dataclass(frozen=True, slots=True)
class Meaning:
    """How near an utterance is in meaning: ``linear``, one standardised value a topic; ``alike``, the cosine to each phrase."""

    linear: Floats
    alike: Floats


class SentenceScorer:
    """Scores topics by meaning. Keeps the vectors of some recent utterances under a hash, never their words."""

    def __init__(self, encoder: Encoder, model: SentenceModel) -> None:
        self._encoder = encoder
        self._model = model
        self._recent: LRUCache[bytes, Floats] = LRUCache(_KEPT)

    def knows(self, word: str) -> bool:
        """Whether ``word`` is one whole token of the model: then it is no misspelling."""
        return word in self._encoder.vocabulary

    def score(self, text: str) -> Meaning:
        vector = self._vector(text)
        raw = vector @ self._model.weights[:-1] + BIAS * self._model.weights[-1]
        return Meaning(np.asarray((raw - raw.mean()) * self._model.scale, np.float32), self._model.vectors @ vector)

    def read_ahead(self, texts: Sequence[str]) -> None:
        """Embed many texts at once, and keep their vectors as those of recent utterances: some hundreds at most."""
        new = {key: text for text in texts[:_KEPT] if (key := _key(text)) not in self._recent}
        for key, vector in zip(new, self._encoder.embed(list(new.values())), strict=True):
            self._recent[key] = vector

    def vectors(self, texts: Sequence[str]) -> Floats:
        """One row for each text, in order; those that are new are read at once."""
        self.read_ahead(texts)
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text: str) -> Floats:
        key = _key(text)
        vector: Floats | None = self._recent.get(key)
        if vector is None:
            vector = self._encoder.embed([text])[0]
            self._recent[key] = vector
        return vector


def _key(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()
