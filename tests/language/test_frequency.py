"""Frequencies on Zipf's scale, and the rarity that is made of them."""

from __future__ import annotations

import pytest

from bot.language.frequency import WordFrequencies

COUNTS = {"the": 999_000, "lozenge": 990, "zyzzyva": 10}


@pytest.fixture(scope="module")
def frequencies() -> WordFrequencies:
    return WordFrequencies(COUNTS)


def test_a_word_is_as_common_as_its_share_of_all_words(frequencies: WordFrequencies) -> None:
    assert [frequencies.zipf(word) for word in COUNTS] == pytest.approx([9.0, 5.996, 4.0], abs=0.01)


@pytest.mark.parametrize("word", ["", "then", "th", "thé", "the" * 20, "THE"])
def test_words_that_are_not_held_are_not_known(word: str, frequencies: WordFrequencies) -> None:
    assert frequencies.zipf(word) is None


def test_rarity_is_nothing_for_common_words_and_most_for_unknown_ones(frequencies: WordFrequencies) -> None:
    assert frequencies.rarity("the") == 0
    assert frequencies.rarity("zyzzyva") == pytest.approx(1.0, abs=0.01)
    assert frequencies.rarity("letrozole") == 4.0


def test_without_frequencies_no_word_is_rare_and_none_is_known() -> None:
    none = WordFrequencies()
    assert not none
    assert none.rarity("letrozole") == 0
    assert none.zipf("the") is None
