"""Runs of letters and words: what is the same text, where runs stand, and how much of them there can be."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.language.learning import classifier
from bot.language.learning.ngrams import HALF, PLACES, Ngrams, ngrams, scaled
from bot.language.learning.regression import Floats

# Words of a window, and about so many windows, as the detector has them.
SIZE, MOST = classifier.WINDOW, classifier._MOST
STEP = SIZE // 2


def alike(one: str, other: str) -> bool:
    a, b = ngrams(one), ngrams(other)
    return a.starts.tolist() == b.starts.tolist() and all(
        a.within(at, at + 1).tolist() == b.within(at, at + 1).tolist() for at in range(a.words)
    )


def of_words(count: int) -> Ngrams:
    """Runs of a text of ``count`` words, as far as windows look at them."""
    return Ngrams(np.zeros(0, np.int64), np.zeros(count + 1, np.int64), np.zeros(0, np.int64))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("i want to go", "I WANT TO GO"),
        ("i want to go", "i want... to, go!?"),
        ("i want to go", "  i\twant\nto   go "),
        ("i want to go", "i want-to_go"),
        ("i don't", "i dont"),
        ("i don’t", "i dont"),
        ("un café brûlé", "un cafe brule"),
        ("fi\u200bre", "fire"),
        ("room 12", "room 97"),
        ("tаke", "take"),
        ("ｆｉｒｅ", "fire"),
    ],
)
def test_case_accents_signs_and_the_value_of_digits_do_not_matter(one: str, other: str) -> None:
    assert alike(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("i want to go", "i want to"),
        ("i want to go", "to go i want"),
        ("dog bites man", "man bites dog"),
        ("room 12", "room 123"),
        ("want to", "wantto"),
        ("no", "on"),
        ("a", "b"),
        ("我想", "想我"),
    ],
)
def test_other_words_are_other_runs(one: str, other: str) -> None:
    assert not alike(one, other)


@pytest.mark.parametrize("text", ["", " ", "?!...", "\n", "___", "\u200b", "\ud800", "🙂"])
def test_a_text_without_words_has_no_runs(text: str) -> None:
    runs = ngrams(text)
    assert (runs.words, len(runs.places), list(runs.windows(SIZE, MOST))) == (0, 0, [(0, 0)])


def test_runs_are_those_of_three_to_five_letters_and_one_to_three_words() -> None:
    # " abcdef ", of 8 characters: 6, 5 and 4 runs of letters, and one word.
    assert len(ngrams("abcdef").places) == 6 + 5 + 4 + 1
    # Two words of one letter are too short but for " a " and " b "; "a", "b" and "a b".
    assert len(ngrams("a b").places) == 2 + 3
    assert len(ngrams("a b c").places) == 3 + 3 + 2 + 1


def test_letters_and_words_have_places_of_their_own() -> None:
    places = ngrams("abcdef").places
    assert ((places < HALF).sum(), (places >= HALF).sum()) == (15, 1)
    assert 0 <= places.min() <= places.max() < PLACES


@given(st.text(max_size=200))
@example("a" * 200)
@example("\ufdfa" * 20)
def test_every_run_stands_in_one_word(text: str) -> None:
    runs = ngrams(text)
    assert runs.starts[0] == 0
    assert runs.starts[-1] == len(runs.places)
    assert (np.diff(runs.starts) >= 1).all(), "the word itself, at the least"
    assert sorted(runs.within(0, runs.words).tolist()) == sorted(set(runs.places.tolist()))


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_what_stands_around_a_text_takes_no_run_from_it(before: str, text: str, after: str) -> None:
    first, own = ngrams(before).words, ngrams(text)
    runs = ngrams(f"{before} {text} {after}")
    if runs.words == first + own.words + ngrams(after).words:  # a digit and a mark beside it could make one word of two
        assert set(own.places.tolist()) <= set(runs.within(first, first + own.words).tolist())


@given(st.text(alphabet="ab ", max_size=80), st.data())
def test_a_window_has_each_of_its_runs_once(text: str, data: st.DataObject) -> None:
    runs = ngrams(text)
    first = data.draw(st.integers(0, runs.words))
    after = data.draw(st.integers(first, runs.words))
    within = runs.within(first, after).tolist()
    assert sorted(within) == sorted(set(runs.places[runs.starts[first] : runs.starts[after]].tolist()))


@given(st.integers(0, 5000) | st.integers(0, 200_000))
@example(SIZE + SIZE // 5)
@example(SIZE + SIZE // 5 + 1)
@example(MOST * (STEP + 1) - 1)
def test_there_are_about_so_many_windows_and_no_more(count: int) -> None:
    windows = list(of_words(count).windows(SIZE, MOST))
    assert windows[0] == (0, count)
    assert len(windows) <= MOST * (STEP + 1) / STEP + 1
    assert all(0 <= start < end <= count for start, end in windows[1:])
    # However many there are, what they hold together is a few times the text.
    assert sum(end - start for start, end in windows) <= 3 * count + SIZE


def _uncovered(count: int) -> set[int]:
    windows = list(of_words(count).windows(SIZE, MOST))[1:]
    return set(range(count)).difference(*(range(start, end) for start, end in windows)) if windows else set()


LONGEST = MOST * (STEP + 1) - 1  # words of a text whose windows need not be further apart


@given(st.integers(0, LONGEST))
@example(SIZE + SIZE // 5)
@example(SIZE + SIZE // 5 + 1)
@example(LONGEST)
def test_windows_hold_all_words(count: int) -> None:
    assert _uncovered(count) == set()


@pytest.mark.parametrize("more", [21, 42, 6_134, 53_620])
def test_windows_hold_all_words_of_a_very_long_text(more: int) -> None:
    assert _uncovered(LONGEST + more) == set()


@given(st.integers(SIZE + SIZE // 5 + 1, LONGEST))
def test_windows_overlap_by_half(count: int) -> None:
    windows = list(of_words(count).windows(SIZE, MOST))[1:]
    assert all(after == before + STEP for (before, _), (after, _) in pairwise(windows))


@pytest.mark.parametrize("filler", ["a ", "ab", "word ", "é", "1 ", "? ", "a.", "\n", "我"])
def test_runs_grow_with_the_text_alone(filler: str) -> None:
    text = (filler * 60_000)[:60_000]
    runs = ngrams(text)
    # Three sizes of runs of letters for a letter, three of words for a word of two characters with its blank.
    assert len(runs.places) <= 3 * (len(text) + 2) + 3 * (len(text) + 1) / 2


# -- what a run counts ------------------------------------------------------------


def rarity() -> Floats:
    return np.linspace(1, 3, PLACES, dtype=np.float32)


def test_letters_and_words_have_a_length_each_whatever_there_is_of_them() -> None:
    for text in ("a", "how long does it take", "word " * 500):
        runs = ngrams(text)
        places = runs.within(0, runs.words)
        values = scaled(places, rarity(), 3.0)
        words = places >= HALF
        assert np.linalg.norm(values[~words]) == pytest.approx(1, abs=1e-4)
        assert np.linalg.norm(values[words]) == pytest.approx(3, abs=1e-4)


def test_rare_runs_count_more_and_nothing_counts_nothing() -> None:
    values = scaled(np.array([0, HALF - 1]), rarity(), 3.0)
    assert values[1] > values[0]
    assert scaled(np.zeros(0, np.int64), rarity(), 3.0).tolist() == []


def test_the_whole_of_unicode_can_be_read() -> None:
    text = re.sub(r"\s", "", "".join(map(chr, range(0x110000))))
    runs = ngrams(text)
    assert 500 < runs.words < len(runs.places)
