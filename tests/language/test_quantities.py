"""Figures that nobody may type, and figures of a source taken apart."""

# ruff: noqa: E501 -- a row is a line

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.english import ENGLISH
from bot.language.quantities import ends_of, fold, quantities, straighten, typed


def shown(text: str) -> list[str]:
    """Each figure as ``2 week - 3|4 month``."""
    return [" - ".join(f"{'|'.join(amounts)} {unit}" for amounts, unit in found.ends) for found in quantities(text, ENGLISH)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("wait 4 a 6 hours", ["4 a 6 hours"]),
        ("1 in 5 people", ["1 in 5 people"]),
        ("for 1 1/2 hours", ["1 1/2 hours"]),
        ("1/2 hour", ["1/2 hour"]),
        ("4 to 6 hours", []),
        ("1.5 hours and 2 days", []),
        ("in 2020 they rested 40 minutes", []),
        ("room 12 is open for 6 hours", []),
    ],
)
def test_the_rest_of_a_figure_is_told_as_a_part_of_the_whole(text: str, wanted: list[str]) -> None:
    assert [text[found.start : found.stop] for found in quantities(text, ENGLISH) if found.part] == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("about 40 minutes to an hour", ["40 minute - 1 hour"]),
        ("one to three hours", ["1 hour - 3 hour"]),
        ("a two to three-week period", ["2 week - 3 week"]),
        ("two weeks to three or four months", ["2 week - 3|4 month"]),
        ("a few days to a week", ["a few day - 1 week"]),
        ("between six and eight weeks", ["6 week - 8 week"]),
        ("between 2 days and a week", ["2 day - 1 week"]),
        ("30–40 min", ["30 minute - 40 minute"]),
        ("20 grams to 30 grams", ["20 gram - 30 gram"]),
        ("twenty-four hours", ["24 hour"]),
        ("three hundred and twenty-four days", ["324 day"]),
        ("1,000 mg, not 000 mg", ["1000 mg", "0 mg"]),
        ("2½ hours", ["2.5 hour"]),
        ("two and a half hours", ["2.5 hour"]),
        ("an hour and a half", ["1.5 hour"]),
        ("half an hour", ["0.5 hour"]),
        ("a couple of weeks", ["a couple week"]),
        ("0.5 mg/kg over 40 minutes", ["0.5 mg/kg", "40 minute"]),
        ("50% or 50 percent", ["50 %", "50 %"]),
        ("a three-hour infusion", ["3 hour"]),
        ("17 dogs and one visit", ["17 dog", "1 visit"]),
        ("6 infusions administered", ["6 infusion"]),
        ("one of them, one may, a walk, 14:30 hours, the 2nd day, six of eight", []),
    ],
)
def test_quantities_are_read_whole(text: str, wanted: list[str]) -> None:
    assert shown(text) == wanted


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        ("40 minutes", "an hour", "forty minutes to one hour"),
        ("3 or 4 months", None, "three or four months"),
        ("2.5 hours", None, "two and a half hours"),
        ("a week", None, "1 week"),
        ("24 hours", None, "twenty-four hours"),
    ],
)
def test_two_wordings_of_a_figure_are_equal(first: str, last: str | None, text: str) -> None:
    assert ends_of(first, last, ENGLISH) == quantities(text, ENGLISH)[0].ends


@pytest.mark.parametrize(
    "text", ["", "forty", "minutes", "minutes forty", "about 40 minutes", "40 minutes to an hour", "40", "a while", "3 to 4 days"]
)
def test_what_is_no_single_figure_is_no_end(text: str) -> None:
    assert ends_of(text, None, ENGLISH) is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("It takes 40 minutes.", ["40", "minutes"]),
        ("It takes {infusion_length}.", []),
        ("Wait an hour.", ["an hour"]),
        ("Every day is fine.", ["every day"]),
        ("On the day of the infusion.", []),
        ("One in five people.", ["one", "five"]),
        ("Half of them, twice, monthly.", ["half", "twice", "monthly"]),
        ("٤٠ or ② or ½ or 5%.", ["٤٠", "②", "½", "5", "%"]),
        ("Someone often, nobody tenderly.", []),
    ],
)
def test_typed_figures_are_seen(text: str, wanted: list[str]) -> None:
    assert typed(text, (), ENGLISH) == wanted


def test_allowed_phrases_are_no_figures() -> None:
    assert typed("At first once it is over, once more.", ("first", "once it is over"), ENGLISH) == ["once"]
    assert typed("The firstborn.", ("first",), ENGLISH) == []


def test_folding_straightens_quotes() -> None:
    assert fold(" “A”  ‘b’\n") == "\"a\" 'b'"
    assert straighten("it’s") == "it's"


WORDS = "a an half few couple of one two twenty four hundred thousand and or to - – ½ 2 2.5 1,000 hours mg grams between percent % x three-week .".split()


@given(st.one_of(st.text(), st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)))
def test_any_text_can_be_read(text: str) -> None:
    folded = fold(text)
    for found in quantities(text, ENGLISH):
        assert 0 <= found.start < found.stop <= len(folded)
        assert quantities(folded[found.start : found.stop], ENGLISH)[0].ends == found.ends
    typed(text, (), ENGLISH)


@given(st.integers(0, 99_999), st.sampled_from(["minutes", "days", "grams"]))
def test_a_number_keeps_its_value(number: int, unit: str) -> None:
    assert (
        ends_of(f"{number} {unit}", None, ENGLISH)
        == ends_of(f"{number:,} {unit}", None, ENGLISH)
        == (((f"{number}",), unit.removesuffix("s")),)
    )
