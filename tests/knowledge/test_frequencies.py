"""The list of English words comes with its package, and a language without one has none."""

from __future__ import annotations

import pytest

from bot.knowledge.frequencies import frequencies_of


def test_common_words_are_common_and_rare_ones_rare() -> None:
    english = frequencies_of("en")
    common, rare = english.zipf("drive"), english.zipf("lozenge")
    assert common is not None
    assert rare is not None
    assert common > rare + 1


@pytest.mark.parametrize("word", ["letrozole", "infusoin", "howlong"])
def test_what_is_no_word_is_not_in_it(word: str) -> None:
    assert frequencies_of("en").zipf(word) is None


def test_a_language_without_a_list_has_no_rare_words() -> None:
    assert not frequencies_of("eo")
