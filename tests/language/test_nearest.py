"""Who types a wrong word is told the right one, and nothing where none is like it."""

from __future__ import annotations

import pytest

from bot.language.nearest import as_id, choice, nearest

KEYS = ("question", "phrases", "answer", "claims", "infusion_length", "psychoactive_wear_off")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("anwser", "answer"), ("Question", "question"), ("phrase", "phrases"), ("claim", "claims"),
        ("infusion_lenght", "infusion_length"),
        ("infusion", "infusion_length"), ("wear off", "psychoactive_wear_off"), ("weather", None), ("a", None), ("", None),
    ],
)  # fmt: skip
def test_the_nearest_word(word: str, meant: str | None) -> None:
    assert nearest(word, KEYS) == meant


def test_few_are_listed_and_of_many_only_the_nearest_is_told() -> None:
    assert choice("anwser", KEYS) == f"allowed: {', '.join(KEYS)} (did you mean answer?)"
    assert choice("weather", ()) == "allowed: none"
    assert choice("anwser", KEYS, most=3) == "did you mean answer?"
    assert choice("weather", KEYS, most=3) == "none of the 6 that there are is like it"


@pytest.mark.parametrize(
    ("text", "id"), [("Infusion length", "infusion_length"), ("7 up!", "up"), ("a-b", "a-b"), ("???", ""), ("x" * 70, "x" * 60)]
)
def test_a_text_as_an_id(text: str, id: str) -> None:
    assert as_id(text) == id
