"""The knowledge's own words: courtesies stripped, synonyms and numbers in their standard form."""

from __future__ import annotations

import pytest

from bot.language.english import ENGLISH
from bot.language.lexicon import Lexicon, canonical, number, strip_courtesy

# -- courtesies ------------------------------------------------------------------------------------------------------

POLITE = Lexicon(
    ENGLISH,
    opening=(("good", "morning"), ("hi",), ("so",)),
    closing=(("thank", "you"), ("thanks",), ("please",)),
)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        pytest.param("hi so can i drive", "can i drive", id="openings-one-after-the-other"),
        pytest.param("good morning can i drive", "can i drive", id="a-run-of-words"),
        pytest.param("can i drive please thank you", "can i drive", id="closings"),
        pytest.param("hi can i drive thanks", "can i drive", id="both-ends"),
        pytest.param("can i say hi to them", "can i say hi to them", id="inside"),
        pytest.param("thanks can i drive", "thanks can i drive", id="a-closing-before"),
        pytest.param("hi", "hi", id="nothing-else"),
        pytest.param("hi thanks", "thanks", id="only-courtesies-keep-one"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_courtesies_are_stripped_while_something_is_left(said: str, left: str) -> None:
    assert strip_courtesy(said.split(), POLITE) == left.split()


# -- standard words --------------------------------------------------------------------------------------------------

STANDARD = Lexicon(
    ENGLISH,
    synonyms={
        ("tx",): ("treatment",),
        ("ket",): ("ketamine",),
        ("ket", "tx"): ("infusion",),
        ("wear", "off"): ("end",),
        ("six", "pack"): ("series",),
    },
)


@pytest.mark.parametrize(
    ("said", "standard"),
    [
        pytest.param("ket tx", "infusion", id="longest-first"),
        pytest.param("ket and tx", "ketamine and treatment", id="single-words"),
        pytest.param("ket ket tx tx", "ketamine infusion treatment", id="from-the-left"),
        pytest.param("does it wear off", "does it end", id="a-run-at-the-end"),
        pytest.param("wear it off", "wear it off", id="not-a-run"),
        pytest.param("six pack after six", "series after 6", id="synonym-before-number"),
        pytest.param("third 3rd three 3", "3 3 3 3", id="numbers-are-digits"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_synonyms_and_numbers(said: str, standard: str) -> None:
    assert canonical(said.split(), STANDARD) == standard.split()


@pytest.mark.parametrize(
    ("token", "digits"),
    [
        ("six", "6"),
        ("6", "6"),
        ("6th", "6"),
        ("sixth", "6"),
        ("zero", "0"),
        ("2,5", "2.5"),
        ("2.5", "2.5"),
        ("mg", None),
        ("6mg", None),
        ("", None),
    ],
)
def test_a_number_is_read_however_it_is_written(token: str, digits: str | None) -> None:
    assert number(token, ENGLISH) == digits
