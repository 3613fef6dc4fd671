"""What is left out by its letters alone could not have been near."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA, JaroWinkler

from bot.language.letters import Letters

# Few letters, so that many pairs are near; with what is none of a to z.
WORDS = st.text(st.sampled_from("abcdé9'ñ"), min_size=1, max_size=9)


@given(st.lists(WORDS, max_size=30, unique=True), WORDS, st.integers(0, 3))
def test_no_slip_is_left_out(words: list[str], word: str, slips: int) -> None:
    near = Letters(words).within(word, slips)
    assert {one for one in words if OSA.distance(word, one) <= slips} <= set(near)
    assert near == [one for one in words if one in near]


@given(st.lists(WORDS, max_size=30, unique=True), WORDS, st.sampled_from([0.7, 0.85, 0.9, 1.0]))
def test_nothing_alike_is_left_out(words: list[str], word: str, least: float) -> None:
    near = Letters(words).alike(word, least)
    alike = {i for i, one in enumerate(words) if JaroWinkler.normalized_similarity(word, one, score_cutoff=least)}
    assert alike <= near.keys()
    assert all(words[i] == one for i, one in near.items())


@pytest.mark.parametrize("length", [255, 256, 500, 5000])
def test_a_word_of_any_length_is_compared(length: int) -> None:
    assert Letters(["drive"]).within("d" * length, 2) == []
    assert Letters(["drive", "d" * length]).alike("d" * length, 0.85) == {1: "d" * length}


def test_most_words_are_left_out() -> None:
    letters = Letters(["infusion", "drive", "banana", "ketamine", "confusion", "fusion"])
    assert letters.within("infusoin", 2) == ["infusion", "confusion", "fusion"]
    assert letters.alike("drvie", 0.85) == {1: "drive"}


@pytest.mark.parametrize("word", ["", "drive"])
def test_nothing_is_near_to_nothing(word: str) -> None:
    assert Letters([]).within(word, 1) == []
    assert Letters([]).alike(word, 0.85) == {}
    assert Letters(["drive"]).alike("", 0.85) == {}
