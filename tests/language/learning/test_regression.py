"""What all that learns has in common: shares of the belief, and both ways down to a minimum."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bot.language.learning.regression import descend, descend_in_batches, one_hot, softmax


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=6), st.floats(-1e4, 1e4))
def test_shares_are_a_whole_and_depend_on_differences_alone(scores: list[float], more: float) -> None:
    given_scores = np.asarray([scores, scores[::-1]])
    shares = softmax(given_scores)
    assert shares.sum(axis=-1) == pytest.approx(1)
    assert softmax(given_scores + more) == pytest.approx(shares)
    assert np.array_equal(given_scores, np.asarray([scores, scores[::-1]])), "what was given is left as it was"


def test_each_class_has_a_column() -> None:
    assert one_hot([2, 0], 3).tolist() == [[0, 0, 1], [1, 0, 0]]


def test_acceleration_is_down_where_plain_descent_is_still_on_its_way() -> None:
    curvature = np.asarray([1.0, 0.001])  # a long valley
    lowest = np.asarray([3.0, -7.0])

    def gradient(at: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(curvature * (at - lowest))

    plain = start = np.zeros(2)
    for _ in range(500):
        plain = plain - gradient(plain)
    found = descend(gradient, start, 1.0, 500)
    assert found == pytest.approx(lowest, abs=0.2)
    assert np.abs(plain - lowest).max() > 4
    assert start.tolist() == [0, 0]


def test_batches_tell_classes_apart_alike_each_time_and_learn_nothing_of_what_never_occurs() -> None:
    chance = np.random.default_rng(3)
    classes = chance.integers(0, 3, 200)
    # A feature of the class itself, and one of six that say nothing; the tenth never occurs.
    vectors = [(np.asarray([one, 3 + chance.integers(0, 6)], np.int32), np.asarray([0.8, 0.6], np.float32)) for one in classes]
    weights, again = (descend_in_batches(vectors, classes, 3, 10, 3) for _ in range(2))
    assert np.array_equal(weights, again)
    assert [int((values @ weights[rows]).argmax()) for rows, values in vectors] == classes.tolist()
    assert not weights[9].any()
