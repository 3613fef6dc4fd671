"""A linear fit taken on from the one before it, where few phrases changed: a tenth of a second in place of eight.

The fit before it was left off after some rounds, and so is not the minimum of its loss: at each of its coefficients the gradient
has some value. Going on means to move only as far as the new phrases pull, until the gradient is again what it was at each phrase
that was there, and 0 at each new one. With no change nothing moves; and as a phrase pulls at those that share its words,
coefficients of some dozen phrases move, not of all. On the shipped phrases, with one added, decision values differ from those
of a fit anew by 0.003 of their spread (root mean square); those of the new phrase itself by up to half a spread, towards its own
topic.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.language.learning.regression import Floats, Sparse, descend, one_hot, softmax
from bot.matching.linear import LOSS_WEIGHT, LinearFit, LinearModel, encode, weights_of

# More phrases than these, new, gone or pulled along, are fitted anew.
_MOST_CHANGED, _MOST_MOVED = 200, 1200
# Where the gradient is nearer than this to what it should be, a coefficient stays: from .1 to .01 no topic of one changed. A few
# come nearer slowly; at the end none may be farther than _FAR.
_NEAR, _FAR = 0.03, 0.2
_PASSES, _ROUNDS = 8, 60


class NotKept(Exception):
    """What is asked for was not learned yet, and is too far from all that was."""


@dataclass(frozen=True, slots=True)
class FittedPhrases:
    """What a fit is made from: stems and words of each phrase, and its topic; ``topics`` are all topics, in order."""

    phrases: Sequence[tuple[Sequence[str], Sequence[str]]]
    of: Sequence[str]
    topics: Sequence[str]

    def keys(self) -> list[Hashable]:
        return [(of, tuple(stems), tuple(words)) for of, (stems, words) in zip(self.of, self.phrases, strict=True)]


def changes(before: Sequence[Hashable], after: Sequence[Hashable]) -> tuple[list[int], list[int], list[int]]:
    """Numbers in ``before`` of what stayed, in ``after`` of the same, and in ``after`` of what is new."""
    places: dict[Hashable, list[int]] = defaultdict(list)
    for number, key in enumerate(before):
        places[key].append(number)
    stayed, same, new = [], [], []
    for number, key in enumerate(after):
        if places[key]:
            stayed.append(places[key].pop(0))
            same.append(number)
        else:
            new.append(number)
    return stayed, same, new


def columns(before: Sequence[str], after: Sequence[str]) -> NDArray[np.int64]:
    """For each topic of ``after`` its number in ``before``; one past the last for a new one."""
    numbers = {topic: number for number, topic in enumerate(before)}
    return np.asarray([numbers.get(topic, len(before)) for topic in after])


def moved(values: Floats, to: NDArray[np.int64]) -> Floats:
    """``values`` (rows x topics before) with the columns of the topics after; those of new topics are 0."""
    if np.array_equal(to, np.arange(values.shape[1])):
        return values.copy()
    return np.column_stack([values, np.zeros(len(values), np.float32)])[:, to]


def refit(fit: LinearFit, before: FittedPhrases, after: FittedPhrases) -> LinearModel:
    """The model of ``after`` from the ``fit`` of ``before``. Raises NotKept."""
    stayed, same, new = changes(before.keys(), after.keys())
    if not len(fit.coefficients) or len(new) + len(before.of) - len(stayed) > _MOST_CHANGED:
        raise NotKept
    numbers = {topic: number for number, topic in enumerate(after.topics)}
    target = np.asarray([numbers[of] for of in after.of])
    encoded = encode(after.phrases, target.tolist(), len(after.topics))
    to = columns(before.topics, after.topics)
    coefficients = np.zeros((len(target), len(to)), np.float32)
    coefficients[same] = moved(fit.coefficients[stayed], to)
    wanted = np.zeros_like(coefficients)
    wanted[same] = _gradient(moved(fit.raw[stayed], to), target[same], coefficients[same])
    wanted[:, to == len(before.topics)] = 0
    weights = weights_of(encoded.vectors, coefficients, len(encoded.index))
    _go_on(encoded.vectors, target, weights, coefficients, wanted)
    return encoded.model(weights)


def _gradient(raw: Floats, target: NDArray[np.int_], coefficients: Floats) -> Floats:
    return np.float32(LOSS_WEIGHT) * (softmax(raw) - one_hot(target, raw.shape[1])) + coefficients


def _go_on(encoded: Sequence[Sparse], target: NDArray[np.int_], weights: Floats, coefficients: Floats, wanted: Floats) -> None:
    """Moves ``coefficients``, and ``weights`` with them, until the gradient is near what is ``wanted``."""
    for left in reversed(range(_PASSES)):
        raw = np.stack([values @ weights[rows] for rows, values in encoded])
        apart = np.abs(_gradient(raw, target, coefficients) - wanted).max(axis=1)
        far = np.flatnonzero(apart > _NEAR)
        if len(far) > _MOST_MOVED or (not left and apart.max() > _FAR):
            raise NotKept
        if not left or not len(far):
            return
        kernel = _kernel_of([encoded[number] for number in far.tolist()])
        others = raw[far] - kernel @ coefficients[far]
        largest = float(np.linalg.norm(kernel, 2))

        def gradient(some: Floats, kernel: Floats = kernel, others: Floats = others, far: NDArray[np.int_] = far) -> Floats:
            return _gradient(others + kernel @ some, target[far], some) - wanted[far]

        step = np.float32(1.0 / (1.0 + 0.5 * LOSS_WEIGHT * largest))
        found = descend(gradient, coefficients[far], step, _ROUNDS)
        for number, change in zip(far.tolist(), found - coefficients[far], strict=True):
            rows, values = encoded[number]
            weights[rows] += values[:, None] * change[None, :]
        coefficients[far] = found


def _kernel_of(encoded: Sequence[Sparse]) -> Floats:
    rows = np.unique(np.concatenate([rows for rows, _ in encoded]))
    dense = np.zeros((len(encoded), len(rows)), np.float32)
    for number, (of, values) in enumerate(encoded):
        dense[number, np.searchsorted(rows, of)] = values
    kernel: Floats = dense @ dense.T
    return kernel
