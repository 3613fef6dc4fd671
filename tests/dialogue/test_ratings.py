"""What people say of answers: the first word on an answer holds, and the first reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.ratings import REASONS, Rating, Ratings, Verdict, is_unhelped, rate

GOOD, BAD, WRONG = Rating(("driving",), True), Rating(("driving",), False), Rating(("driving",), False, "wrong")
UNCLEAR, OTHER = Rating(("driving",), False, "unclear"), Rating(("driving", "eating"), False)


@pytest.mark.parametrize(
    ("given", "new"),
    [
        pytest.param([GOOD], [["helped"]], id="helped"),
        pytest.param([BAD], [["not_helped"]], id="not"),
        pytest.param([WRONG], [["not_helped", "wrong"]], id="at-once"),
        pytest.param([BAD, WRONG], [["not_helped"], ["wrong"]], id="then-why"),
        pytest.param([BAD, BAD], [["not_helped"], []], id="pressed-twice"),
        pytest.param([BAD, WRONG, WRONG], [["not_helped"], ["wrong"], []], id="why-twice"),
        pytest.param([BAD, WRONG, UNCLEAR], [["not_helped"], ["wrong"], []], id="another-reason"),
        pytest.param([WRONG, BAD], [["not_helped", "wrong"], []], id="not-after-why"),
        pytest.param([GOOD, BAD, WRONG], [["helped"], [], []], id="another-mind"),
        pytest.param([BAD, GOOD], [["not_helped"], []], id="better-mind"),
        pytest.param([BAD, OTHER], [["not_helped"], ["not_helped"]], id="other-answer"),
    ],
)
def test_what_is_new(given: list[Rating], new: list[list[Verdict]]) -> None:
    ratings: Ratings = ()
    found = []
    for one in given:
        ratings, verdicts = rate(ratings, one)
        found.append(list(verdicts))
    assert found == new


def test_a_reason_may_follow_where_it_did_not_help() -> None:
    ratings, _ = rate((), BAD)
    assert is_unhelped(ratings, ["driving"])
    assert not is_unhelped(ratings, ["eating"])
    assert not is_unhelped(rate((), GOOD)[0], ["driving"])


@given(
    st.lists(st.builds(Rating, st.sampled_from("abcdefghijklmno").map(lambda id: (id,)), st.booleans(), st.sampled_from(REASONS)))
)
def test_little_is_remembered_and_nothing_is_told_twice(given: list[Rating]) -> None:
    ratings: Ratings = ()
    for one in given:
        ratings, _ = rate(ratings, one)
        assert rate(ratings, one) == (ratings, ())
    assert len(ratings) <= 10
