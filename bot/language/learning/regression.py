"""Multinomial logistic regression, as far as all that learns has it in common: the softmax, and the ways down to a minimum.

Deterministic. In the lowest package because danger is learned with it as well as topics and thresholds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Sparse = tuple[NDArray[np.int32], Floats]  # the rows of a vector that are not 0, and what stands there
_Array = TypeVar("_Array", Floats, NDArray[np.float64])

# What stands in the column that a bias is learned for, beside vectors of unit length.
BIAS = np.float32(0.3)
_BATCH = 64


def softmax(scores: _Array) -> _Array:
    """Shares of the belief along the last axis."""
    shares: _Array = scores - scores.max(axis=-1, keepdims=True)
    np.exp(shares, out=shares)
    shares /= shares.sum(axis=-1, keepdims=True)
    return shares


def one_hot(classes: Sequence[int] | NDArray[np.int_], count: int) -> Floats:
    """A row for each of ``classes``, 1 in its column and 0 in the other ones of ``count``."""
    rows = np.zeros((len(classes), count), np.float32)
    rows[np.arange(len(classes)), np.asarray(classes)] = 1
    return rows


def descend(gradient: Callable[[_Array], _Array], start: _Array, step: float | np.float32, rounds: int) -> _Array:
    """Nesterov's accelerated gradient descent on a convex loss from ``start``. ``step``: 1 / the largest curvature."""
    now = ahead = start
    for turn in range(rounds):
        following = ahead - step * gradient(ahead)
        ahead = following + start.dtype.type(turn / (turn + 3)) * (following - now)
        now = following
    return now


def descend_in_batches(vectors: Sequence[Sparse], classes: NDArray[np.int_], count: int, features: int, passes: int) -> Floats:
    """Weights (features x classes) where there are too many ``vectors`` for ``descend``: Adagrad, one scale a feature."""
    weights = np.zeros((features, count), np.float32)
    squares = np.full(features, 1e-6, np.float32)
    order = np.random.default_rng(0).permutation(len(vectors))
    for _ in range(passes):
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            gathered = [vectors[i] for i in batch]
            errors = softmax(np.stack([values @ weights[rows] for rows, values in gathered]))
            errors[np.arange(len(batch)), classes[batch]] -= 1
            for (rows, values), error in zip(gathered, errors, strict=True):
                squares[rows] += values * values
                weights[rows] -= (0.5 * values / np.sqrt(squares[rows]))[:, None] * error[None, :]
    return weights
