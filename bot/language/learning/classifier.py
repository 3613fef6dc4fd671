"""Texts told apart by their words: a regression on runs of letters and words, learned from examples, asked of windows of a text.

What is said in a long letter (its danger, say) is one sentence of it, so a text can be judged by windows; and as a calm letter
must be calm in every window, the worst windows of calm examples are learned as calm, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.language.learning.ngrams import PLACES, Ngrams, ngrams, scaled
from bot.language.learning.regression import Floats, softmax

# Chosen on the development messages: words of a window, how much words count beside letters.
WINDOW, _WORDS_COUNT = 40, 3.0
_MOST = 300  # windows of a text
# Learning: passes over the examples at first, and after each time that the worst windows were looked for.
_PASSES = (6, 3, 3)
_BATCH, _RATE = 128, 0.3
_WORST_CALM, _CALM_WEIGHT = 3, 0.7  # so many windows of a calm example are learned, too, and count so much


@dataclass(frozen=True, slots=True)
class WordScores:
    """What each window of a text sounds like: ``shares`` (windows x classes), and where each begins and ends, in words."""

    runs: Ngrams
    windows: tuple[tuple[int, int], ...]
    shares: Floats


@dataclass(frozen=True, slots=True)
class WordModel:
    """``rarity``: of each place; ``weights``: places x classes; ``bias``: of the classes."""

    rarity: Floats
    weights: Floats
    bias: Floats

    def is_of(self, classes: int) -> bool:
        """Whether the arrays are of the shapes of a model of so many ``classes``."""
        return (self.rarity.shape, self.weights.shape, self.bias.shape) == ((PLACES,), (PLACES, classes), (classes,))

    def scores(self, text: str) -> WordScores:
        runs = ngrams(text)
        windows = tuple(runs.windows(WINDOW, _MOST))
        return WordScores(runs, windows, softmax(np.stack([self.raw(runs.within(*window)) for window in windows])))

    def window(self, runs: Ngrams, window: tuple[int, int]) -> Floats:
        """The shares (one a class) of a text by the words in ``window`` and, as far as they can tell, by the whole."""
        return softmax(self.raw(runs.within(*window)) + self.raw(runs.within(0, runs.words)))

    def raw(self, places: NDArray[np.int64]) -> Floats:
        """What speaks for each class, of runs at ``places``."""
        raw: Floats = scaled(places, self.rarity, _WORDS_COUNT) @ self.weights[places] + self.bias
        return raw


def learn(
    texts: Sequence[str],
    classes: Sequence[int],
    count: int,
    calm: int | None,
    *,
    passes: Sequence[int] = _PASSES,
    worth: Sequence[float] | None = None,
) -> WordModel:
    """The model of examples of ``count`` classes, ``calm`` the one that all windows of its examples are of. Deterministic.

    ``passes`` over the examples: at first, and after each time that the worst windows were looked for. ``worth``: how much each
    of ``texts`` counts; 1 where nothing is said.
    """
    runs = [ngrams(text) for text in texts]
    wholes = [one.within(0, one.words) for one in runs]
    seen = np.zeros(PLACES, np.int64)
    for places in wholes:
        seen[places] += 1
    rarity = (np.log((1 + len(texts)) / (1 + seen)) + 1).astype(np.float32)
    learner = _Learner(rarity, count)
    counts = np.bincount(np.asarray(classes), minlength=count)
    # Where no class is the usual one, the rarer ones count more.
    weights = np.ones(count) if calm is not None else counts.mean() / np.maximum(counts, 1)
    each = np.ones(len(texts)) if worth is None else np.asarray(worth)
    examples = [(places, of, float(weights[of] * one)) for places, of, one in zip(wholes, classes, each, strict=True)]
    learner.learn(examples, passes[0])
    for more in passes[1:]:
        mined = [window for one, of in zip(runs, classes, strict=True) for window in _worst(one, of, calm, learner.model())]
        learner.learn([*examples, *mined], more)
    return learner.model()


def learn_more(model: WordModel, texts: Sequence[str], classes: Sequence[int], worth: Sequence[float], passes: int) -> WordModel:
    """``model`` with a few further examples of its classes, each of which counts ``worth``.

    Near to what it would have become with them from the start; what is rare in all texts stays what it was.
    """
    learner = _Learner(model.rarity, model.weights.shape[1], model)
    runs = [ngrams(text) for text in texts]
    learner.learn([(one.within(0, one.words), of, each) for one, of, each in zip(runs, classes, worth, strict=True)], passes)
    return learner.model()


_Example = tuple[NDArray[np.int64], int, float]  # places, class, weight


def _worst(runs: Ngrams, of: int, calm: int | None, model: WordModel) -> list[_Example]:
    """The window of an example that says most why it is of its class; of a calm one those that are least calm."""
    windows = [runs.within(*window) for window in list(runs.windows(WINDOW, _MOST))[1:]]
    if not windows:
        return []
    shares = softmax(np.stack([model.raw(places) for places in windows]))
    if calm is None or of != calm:
        return [(windows[int(shares[:, of].argmax())], of, 1.0)]
    return [(windows[at], of, _CALM_WEIGHT) for at in shares[:, calm].argsort(kind="stable")[:_WORST_CALM]]


class _Learner:
    """Stochastic gradient descent with a step of its own for each place (Adagrad)."""

    def __init__(self, rarity: Floats, count: int, start: WordModel | None = None) -> None:
        self._rarity = rarity
        self._weights = np.zeros((PLACES, count), np.float32) if start is None else start.weights.copy()
        self._squares = np.ones((PLACES, count), np.float32)  # small steps at first: what is rare stays near 0
        self._bias = np.zeros(count, np.float32) if start is None else start.bias.copy()
        self._random = np.random.default_rng(0)

    def model(self) -> WordModel:
        return WordModel(self._rarity, self._weights, self._bias)

    def learn(self, examples: Sequence[_Example], passes: int) -> None:
        values = [scaled(places, self._rarity, _WORDS_COUNT) for places, _, _ in examples]
        for _ in range(passes):
            order = self._random.permutation(len(examples))
            for start in range(0, len(order), _BATCH):
                batch = order[start : start + _BATCH]
                self._step([examples[i] for i in batch], [values[i] for i in batch])

    def _step(self, batch: Sequence[_Example], values: Sequence[Floats]) -> None:
        raw = np.stack([value @ self._weights[places] for (places, _, _), value in zip(batch, values, strict=True)])
        errors = softmax(raw + self._bias)
        errors[np.arange(len(batch)), [of for _, of, _ in batch]] -= 1
        errors *= np.array([weight for _, _, weight in batch], np.float32)[:, None]
        places = np.concatenate([places for places, _, _ in batch])
        unique, inverse = np.unique(places, return_inverse=True)
        rows = np.repeat(np.arange(len(batch)), [len(value) for value in values])
        all_values = np.concatenate(values)
        gradient = np.stack(
            [np.bincount(inverse, all_values * errors[rows, of], len(unique)) for of in range(errors.shape[1])], axis=1
        ).astype(np.float32)
        self._squares[unique] += np.square(gradient)
        self._weights[unique] -= np.float32(_RATE) * gradient / np.sqrt(self._squares[unique])
        self._bias -= np.float32(0.01) * errors.sum(axis=0)
