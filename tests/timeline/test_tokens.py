"""Text as tokens: what is one, and where it stands."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.text import normalise
from bot.timeline.tokens import NUMBER, ORDINAL, tokenise

ENDINGS = frozenset({"st", "nd", "rd", "th"})


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("It's over", ["its", "over"]),
        ("2 p.m. at", [NUMBER, "pm", "at"]),
        ("2pm", [NUMBER, "pm"]),
        ("my 3rd one", ["my", ORDINAL, "one"]),
        ("3 rd", [NUMBER, "rd"]),
        ("half-past", ["half", "past"]),
        ("3-4, 3-ish", [NUMBER, "-", NUMBER, ",", NUMBER, "-", "ish"]),
        ("ended.i feel", ["ended", ".", "i", "feel"]),
        ("a\nb?", ["a", "\n", "b", "?"]),
        ("@2 ~3", ["@", NUMBER, "~", NUMBER]),
        ("o'clock o' clock", ["oclock", "o", "clock"]),
        ("", []),
    ],
)
def test_words_numbers_and_signs_are_told_apart(text: str, keys: list[str]) -> None:
    assert [token.key for token in tokenise(text, ENDINGS)] == keys


@pytest.mark.parametrize(
    ("text", "figures", "joints"),
    [
        ("14:10", ("14", "10"), ":"),
        ("2,5", ("2", "5"), ","),
        ("14:10:30", ("14", "10", "30"), "::"),
        ("1410", ("1410",), ""),
        ("1/2", ("1", "2"), "/"),
        ("2½", ("21", "2"), "⁄"),
        ("3. ", ("3",), ""),
    ],
)
def test_the_parts_of_a_number_are_kept(text: str, figures: tuple[str, ...], joints: str) -> None:
    first = tokenise(text, ENDINGS)[0]
    assert (first.figures, first.joints) == (figures, joints)


def test_what_is_glued_is_known() -> None:
    assert [token.glued for token in tokenise("14h10 2 pm.", ENDINGS)] == [False, True, True, False, False, True]


@given(st.text())
def test_tokens_stand_in_order_where_they_say(text: str) -> None:
    tokens = tokenise(text, ENDINGS)
    whole = normalise(text)
    assert all(one.end <= other.start for one, other in pairwise(tokens))
    for token in tokens:
        assert whole[token.start : token.end].strip(" ")
        if token.kind == "word":
            assert whole[token.start : token.end].replace("'", "").replace(".", "") == token.key
