"""Rules that are written as a grammar."""

from __future__ import annotations

import pytest

from bot.timeline.rules import Rules
from bot.timeline.tokens import Token, tokenise

RULES = Rules(
    {
        "OWN": "my | the | <nth>",
        "NOUN": "cat | cat food | dog",
        "EATS": "eats | has eaten",
        "WHO": "START | she",
        "MEAL": "OWN* NOUN very? EATS",
        "ALONE": "WHO EATS",
        "ASKED": "what ? | what",
    },
    clause_signs=".,",
)


def tokens(text: str) -> list[Token]:
    return tokenise(text, {"st", "nd", "rd"})


@pytest.mark.parametrize(
    ("name", "text", "at", "end"),
    [
        ("MEAL", "cat eats", 0, 2),
        ("MEAL", "my the 2nd cat eats", 0, 5),
        ("MEAL", "my my my my cat eats", 0, None),
        ("MEAL", "my cat food very has eaten it", 0, 6),
        ("MEAL", "my cat food", 0, None),
        ("MEAL", "cat very very eats", 0, None),
        ("MEAL", "cat has", 0, None),
        ("NOUN", "cat food", 0, 2),
        ("ALONE", "eats", 0, 1),
        ("ALONE", "so, eats", 2, 3),
        ("ALONE", "so she eats", 1, 3),
        ("ALONE", "so eats", 1, None),
        ("ASKED", "what?", 0, 2),
        ("NOUN", "cat", 1, None),
    ],
)
def test_the_longest_reading_is_found(name: str, text: str, at: int, end: int | None) -> None:
    assert RULES.end(name, tokens(text), at) == end


def test_what_is_skipped_may_be_missing() -> None:
    said = tokens("my the my my cat")
    assert RULES.skip("OWN", said, 0) == 1
    assert RULES.skip_all("OWN", said, 0) == 4
    assert RULES.skip_all("OWN", said, 4) == RULES.skip("OWN", said, 4) == 4
    assert RULES.skip_all("OWN", said, 5) == 5


def test_a_rule_is_found_inside_and_before() -> None:
    said = tokens("she has eaten cat food")
    assert RULES.is_in("EATS", said, 0, 3)
    assert not RULES.is_in("EATS", said, 0, 2)
    assert RULES.stands_before("EATS", said, 3)
    assert not RULES.stands_before("EATS", said, 4)


def test_a_rule_names_those_above_it() -> None:
    with pytest.raises(KeyError):
        Rules({"A": "B", "B": "b"}, "")
