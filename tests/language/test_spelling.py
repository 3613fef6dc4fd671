"""The speller: a likely slip is corrected, nothing else is, and ties are pinned."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.frequency import WordFrequencies
from bot.language.spelling import Speller

KNOWN = ["drive", "infusion", "ketamine", "migraine", "pain", "plan", "rest", "cost", "iv4"]
ORDINARY = frozenset({"paint", "driver"})


@pytest.fixture(scope="module")
def speller() -> Speller:
    return Speller(KNOWN, ORDINARY)


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        pytest.param("drve", "drive", id="a-letter-missing"),
        pytest.param("drivve", "drive", id="a-letter-more"),
        pytest.param("drove", "drive", id="another-letter"),
        pytest.param("dirve", "drive", id="two-letters-swapped"),
        pytest.param("xrive", "drive", id="first-letter-of-a-longer-word"),
        pytest.param("ketemin", "ketemin", id="two-slips-in-seven-letters"),
        pytest.param("infusiom", "infusion", id="one-slip-in-eight-letters"),
        pytest.param("imfusoin", "infusion", id="two-slips-in-eight-letters"),
        pytest.param("imfusiomm", "imfusiomm", id="three-slips"),
        pytest.param("gain", "gain", id="first-letter-of-a-short-word"),
        pytest.param("paim", "pain", id="short-word-with-its-first-letter"),
        pytest.param("drv", "drv", id="three-letters"),
        pytest.param("paint", "paint", id="ordinary-word"),
        pytest.param("driver", "driver", id="ordinary-word-near-a-known-one"),
        pytest.param("cost", "cost", id="known-word"),
        pytest.param("pai4", "pai4", id="with-a-digit"),
        pytest.param("qwertyuiop", "qwertyuiop", id="like-none"),
    ],
)
def test_a_likely_slip_is_corrected_and_nothing_else(speller: Speller, typed: str, right: str) -> None:
    assert speller.correct(typed) == right


@pytest.mark.parametrize(
    ("known", "typed", "right"),
    [
        pytest.param(["plan", "plain"], "plann", "plain", id="the-alphabet-decides-last"),
        pytest.param(["bears", "tears", "years"], "rears", "bears", id="all-first-letters-differ"),
        pytest.param(["bears", "reads"], "rears", "reads", id="the-same-first-letter-wins"),
        pytest.param(["abcdefgh", "abcdefxy"], "abcdefxh", "abcdefgh", id="equal-distance"),
        pytest.param(["abcdefgzz", "zbcdefgh"], "abcdefgh", "zbcdefgh", id="fewer-slips-before-the-first-letter"),
        pytest.param(
            ["bears", "dears", "fears", "gears", "hears", "lears", "nears", "pears", "sears", "tears", "wears", "ready", "reads"],
            "rears",
            "reads",
            id="among-very-many",
        ),
    ],
)
def test_ties_of_the_speller_are_pinned(known: list[str], typed: str, right: str) -> None:
    assert Speller(known, frozenset()).correct(typed) == right
    assert Speller(reversed(known), frozenset()).correct(typed) == right


@given(st.text(st.sampled_from("abcdeinprtuv"), max_size=10))
def test_correcting_twice_is_correcting_once(typed: str) -> None:
    speller = Speller(KNOWN, ORDINARY)
    assert speller.correct(speller.correct(typed)) == speller.correct(typed)


FREQUENT = WordFrequencies(dict.fromkeys("how long does it take can i drove transfusion illusion a home".split(), 1000))


@pytest.fixture(scope="module")
def widely_read() -> Speller:
    return Speller([*KNOWN, "confusion"], ORDINARY, FREQUENT)


@pytest.mark.parametrize("word", ["drove", "transfusion", "illusion"])
def test_a_right_word_of_the_language_is_never_corrected_into_one_of_ours(word: str, widely_read: Speller) -> None:
    assert widely_read.correct(word) == word


@pytest.mark.parametrize(
    ("typed", "right"),
    [("driiiive", "drive"), ("paaaaain", "pain"), ("loooong", "long"), ("iiiinfusion", "infusion"), ("hmmmmm", "hm")],
)
def test_stretched_letters_are_taken_back(typed: str, right: str, widely_read: Speller) -> None:
    assert widely_read.correct(typed) == right


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("howlongdoesaninfusiontake", ["howlongdoesaninfusiontake"]),  # "an" is in neither list
        ("howlongdoesainfusiontake", ["how", "long", "does", "a", "infusion", "take"]),
        ("canidrivehome", ["can", "i", "drive", "home"]),
        ("transfusion", ["transfusion"]),
        ("migrainepain", ["migraine", "pain"]),
        ("qwertyuiopasdf", ["qwertyuiopasdf"]),
        ("howlong", ["howlong"]),  # too short to be sure
        ("aiaiaiaiaiai", ["aiaiaiaiaiai"]),
    ],
)
def test_words_without_blanks_between_them_are_parted(typed: str, words: list[str], widely_read: Speller) -> None:
    assert widely_read.parted(typed) == words
