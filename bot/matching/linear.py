"""A linear classifier over topics, on stemmed words and character n-grams: fitted once, served from two arrays.

Multinomial logistic regression, fitted in the space of the phrases (one coefficient for each phrase and topic instead of
one for each feature): there are ten times more features than phrases, and the kernel of 3,000 phrases is 36 MB.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from bot.language.learning.regression import Floats, Sparse, descend, descend_in_batches, one_hot, softmax

# Chosen on the development questions and CLINC150: from 3 to 30 the top-1 differs by less than a point, and 5 needs fewer rounds.
LOSS_WEIGHT = 5.0
ROUNDS = 100
# The kernel needs phrases x phrases floats. Above this many phrases the fit goes through the features instead.
_KERNEL_PHRASES = 6000
_PASSES = 300_000  # phrases seen in all by the fit through the features


def ngrams(stems: Sequence[str], words: Sequence[str]) -> tuple[list[str], list[str]]:
    """What the classifier sees, each as often as it is there.

    Stems with their pairs, prefixed ``w``; the runs of two to four characters inside ``words``, prefixed ``c``.
    """
    return _of_stems(stems), [key for word in words for key in _of_word(word)]


def _of_stems(stems: Sequence[str]) -> list[str]:
    framed = ["<", *stems, ">"]
    return [*(f"w{one}" for one in stems), *(f"w{a} {b}" for a, b in pairwise(framed))]


def _of_word(word: str) -> list[str]:
    framed = f" {word} "
    size = len(framed)
    return [f"c{framed[i : i + n]}" for n in (2, 3, 4) for i in range(size - n + 1)]


@dataclass(frozen=True, slots=True)
class LinearModel:
    """``index``: feature -> row; ``rarity``: one weight a row; ``weights``: features x topics.

    The decision values of a text have mean 0 over the topics, and those of the phrases it was fitted on a spread of 1.

    The features of words are prefixed ``w`` and those of characters ``c``.
    """

    index: dict[str, int]
    rarity: Floats
    weights: Floats
    ahead: dict[str, list[int]] = field(default_factory=dict, compare=False)  # rows of the characters of a word

    def warm(self, words: Iterable[str]) -> None:
        """Looks up the features of ``words`` ahead; of no others is anything kept."""
        for word in words:
            self.ahead[word] = _rows(self.index, _of_word(word))

    def score(self, stems: Sequence[str], words: Sequence[str]) -> Floats:
        """One standardised decision value for each topic."""
        of_characters: list[int] = []
        for word in words:
            known = self.ahead.get(word)
            of_characters += _rows(self.index, _of_word(word)) if known is None else known
        rows, values = _weighed(_rows(self.index, _of_stems(stems)), of_characters, self.rarity)
        return np.asarray(values @ self.weights.take(rows, axis=0), np.float32)


def _rows(index: Mapping[str, int], keys: Iterable[str]) -> list[int]:
    """The rows of the known ones of ``keys``, each as often as it is there."""
    return [row for key in keys if (row := index.get(key)) is not None]


def _weighed(of_stems: Iterable[int], of_characters: Iterable[int], rarity: Floats) -> Sparse:
    """The features, each once, with their values; those of one kind have the length 1 together."""
    counts = Counter(of_stems)
    border = len(counts)
    counts.update(of_characters)
    rows = np.fromiter(counts, np.int32, len(counts))
    values = (np.float32(1) + np.log(np.fromiter(counts.values(), np.float32, len(counts)))) * rarity[rows]
    for kind in (slice(border), slice(border, None)):
        values[kind] /= np.float32(math.sqrt(float(values[kind] @ values[kind])) or 1.0)
    return rows, values


@dataclass(frozen=True, slots=True)
class LinearFit:
    """A fit from which one can go on (``refit.py``): ``coefficients`` and ``raw`` decision values of its phrases (x topics); both
    are empty where there were too many phrases.
    """

    model: LinearModel
    coefficients: Floats
    raw: Floats


@dataclass(frozen=True, slots=True)
class Encoded:
    """Phrases as vectors of features; ``index`` and ``rarity`` are those of the model."""

    index: dict[str, int]
    rarity: Floats
    vectors: list[Sparse]

    def model(self, weights: Floats) -> LinearModel:
        """``weights`` (features x topics) are scaled in place, as ``LinearModel`` says."""
        weights -= weights.mean(axis=1, keepdims=True)
        spread = _spread(self.vectors, weights)
        # Where all topics have the same phrases the spread is what rounding left, and scaled up it would decide.
        if spread > 1e-3:
            weights /= np.float32(spread)
        return LinearModel(self.index, self.rarity, weights)


def fit(phrases: Sequence[tuple[Sequence[str], Sequence[str]]], topics: Sequence[int], count: int) -> LinearModel:
    """The model of ``fit_whole``."""
    return fit_whole(phrases, topics, count).model


def fit_whole(phrases: Sequence[tuple[Sequence[str], Sequence[str]]], topics: Sequence[int], count: int) -> LinearFit:
    """Learn which of ``count`` topics a text belongs to, from phrases (stems, words) and the topic number of each."""
    encoded = encode(phrases, topics, count)
    target, features = np.asarray(topics), len(encoded.index)
    if len(phrases) > _KERNEL_PHRASES:
        none = np.zeros((0, count), np.float32)
        return LinearFit(encoded.model(_by_features(encoded.vectors, target, count, features)), none, none)
    coefficients, raw = _by_phrases(encoded.vectors, target, count, features)
    return LinearFit(encoded.model(weights_of(encoded.vectors, coefficients, features)), coefficients, raw)


def encode(phrases: Sequence[tuple[Sequence[str], Sequence[str]]], topics: Sequence[int], count: int) -> Encoded:
    """Phrases (stems, words) of ``count`` topics, the topic number of each in ``topics``, as vectors."""
    grams = [ngrams(stems, words) for stems, words in phrases]
    # Entries, not phrases: a topic with forty phrases must not make its own words look common.
    used_by: dict[str, set[int]] = defaultdict(set)
    for kinds, topic in zip(grams, topics, strict=True):
        for key in chain.from_iterable(kinds):
            used_by[key].add(topic)
    # Among very many phrases what a single topic uses once or twice is mostly slips and names, and half of all features.
    rare = _rare(grams) if len(grams) > _KERNEL_PHRASES else frozenset()
    index = {key: row for row, key in enumerate(key for key in used_by if key not in rare)}
    rarity = np.asarray([math.log((1 + count) / (1 + len(used_by[key]))) + 1 for key in index], np.float32)
    vectors = [_weighed(_rows(index, of_stems), _rows(index, of_characters), rarity) for of_stems, of_characters in grams]
    return Encoded(index, rarity, vectors)


def weights_of(encoded: Sequence[Sparse], coefficients: Floats, features: int) -> Floats:
    """The weights (features x topics) that belong to one coefficient for each phrase and topic."""
    weights = np.zeros((features, coefficients.shape[1]), np.float32)
    for coefficient, (rows, values) in zip(coefficients, encoded, strict=True):
        weights[rows] += values[:, None] * coefficient[None, :]
    return weights


def _rare(grams: Sequence[tuple[Sequence[str], Sequence[str]]]) -> frozenset[str]:
    phrases: Counter[str] = Counter()
    for kinds in grams:
        phrases.update(set(chain.from_iterable(kinds)))
    return frozenset(key for key, count in phrases.items() if count < 3)


def _spread(encoded: Sequence[Sparse], weights: Floats) -> float:
    sample = encoded[:: max(1, len(encoded) // 500)]
    raw = np.stack([values @ weights[rows] for rows, values in sample])
    return float(raw.std())


def _kernel(encoded: Sequence[Sparse], features: int) -> Floats:
    """Similarity of each phrase to each: summed feature by feature over the phrases that have it."""
    size = len(encoded)
    kernel = np.zeros((size, size), np.float32)
    columns = np.concatenate([rows for rows, _ in encoded])
    values = np.concatenate([values for _, values in encoded])
    phrases = np.repeat(np.arange(size), [len(rows) for rows, _ in encoded])
    order = np.argsort(columns, kind="stable")
    columns, values, phrases = columns[order], values[order], phrases[order]
    ends = np.searchsorted(columns, np.arange(features + 1))
    size_of = np.diff(ends)
    # One matrix product for the features that many phrases share, small patches for the others: measured 5 times
    # faster than patches alone on 4,000 phrases.
    many = max(1, size // 80)
    common = np.flatnonzero(size_of > many)
    for begin in range(0, len(common), 1024):
        block = common[begin : begin + 1024]
        dense = np.zeros((size, len(block)), np.float32)
        for column, feature in enumerate(block.tolist()):
            dense[phrases[ends[feature] : ends[feature + 1]], column] = values[ends[feature] : ends[feature + 1]]
        kernel += dense @ dense.T
    for feature in np.flatnonzero((size_of > 1) & (size_of <= many)).tolist():
        who, what = phrases[ends[feature] : ends[feature + 1]], values[ends[feature] : ends[feature + 1]]
        kernel[who[:, None], who[None, :]] += what[:, None] * what[None, :]
    alone = np.flatnonzero(size_of == 1)
    np.add.at(kernel, (phrases[ends[alone]], phrases[ends[alone]]), values[ends[alone]] ** 2)
    return kernel


def _by_phrases(encoded: Sequence[Sparse], target: NDArray[np.int_], count: int, features: int) -> tuple[Floats, Floats]:
    """One coefficient for each phrase and topic, and the decision values of the phrases."""
    kernel = _kernel(encoded, features)
    size = len(encoded)
    wanted = one_hot(target, count)

    def gradient(coefficients: Floats) -> Floats:
        return np.float32(LOSS_WEIGHT) * (softmax(kernel @ coefficients) - wanted) + coefficients

    vector = np.ones(size, np.float32) / math.sqrt(size)
    largest = 0.0
    for _ in range(20):
        vector = kernel @ vector
        largest = float(np.linalg.norm(vector))
        vector /= largest or 1.0
    step = np.float32(1.0 / (1.0 + 0.5 * LOSS_WEIGHT * largest))
    coefficients = descend(gradient, np.zeros((size, count), np.float32), step, ROUNDS)
    return coefficients, kernel @ coefficients


def _by_features(encoded: Sequence[Sparse], target: NDArray[np.int_], count: int, features: int) -> Floats:
    """The same model for very many phrases: one coefficient a feature and topic, in a few passes."""
    return descend_in_batches(encoded, target, count, features, max(1, min(12, _PASSES // len(encoded))))
