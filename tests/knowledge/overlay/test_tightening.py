"""A clinic's claims may make those of the base stricter, and never less strict."""

from __future__ import annotations

import pytest

from bot.knowledge import schema, yamlfile
from bot.knowledge.fields import Row
from bot.knowledge.overlay.tightening import check_tightening
from bot.knowledge.yamlfile import Items, Mistakes
from bot.language.english import ENGLISH

PLACE = "scope: all\n  source: {document: d, section: s, paragraph: 1}\n"
BASE = f"""\
- id: driving
  claim: No driving for the {{day}}.
  quantities: {{day: {{words: remainder of the day, near: [driving]}}}}
  {PLACE}
- id: effects
  claim: Gone within {{gone}}.
  quantities: {{gone: {{from: 1 hour, to: 3 hours, near: [gone]}}}}
  {PLACE}
- id: ride
  claim: You must have a ride home.
  {PLACE}"""


def rows(text: str) -> dict[str, Row]:
    mistakes = Mistakes()
    value = yamlfile.parse_yaml("claims.yaml", text.encode(), mistakes)
    assert isinstance(value, Items)
    read = [schema.CLAIM.read("claims.yaml", item, mistakes) for item in value.values]
    assert mistakes.lines() == []
    return {row.get("id"): row for row in read if isinstance(row, Row)}


def found(tightens: str, figure: str) -> list[str]:
    mistakes = Mistakes()
    quantities = f"quantities: {{own: {figure}}}" if figure else "hedge: [must]"
    own = f"- id: own\n  claim: Ours.\n  {quantities}\n  tightens: {tightens}\n  {PLACE}"
    check_tightening(rows(own), rows(BASE), ENGLISH, mistakes)
    return mistakes.lines()


@pytest.mark.parametrize(
    ("tightens", "figure"),
    [
        pytest.param("driving", "{value: 24 hours, near: [a]}", id="a-day-for-the-rest-of-the-day"),
        pytest.param("driving", "{value: 2 days, near: [a]}", id="days"),
        pytest.param("driving", "{from: 24 hours, to: 48 hours, near: [a]}", id="a-range"),
        pytest.param("effects", "{value: 3 hours, near: [a]}", id="as-long"),
        pytest.param("effects", "{value: 1 day, near: [a]}", id="longer"),
        pytest.param("ride", "{value: 12 hours, near: [a]}", id="a-rule-without-a-figure"),
        pytest.param("ride", "", id="no-figures-at-all"),
    ],
)
def test_what_is_as_strict_or_stricter_is_taken(tightens: str, figure: str) -> None:
    assert found(tightens, figure) == []


@pytest.mark.parametrize(
    ("tightens", "figure", "line", "what"),
    [
        pytest.param(
            "driving", "{value: 12 hours, near: [a]}", 3, "weakens driving: 12 hours is less than 24 hours", id="half-a-day"
        ),
        pytest.param(
            "driving", "{from: 6 hours, to: 2 days, near: [a]}", 3, "weakens driving: 6 hours", id="a-range-that-begins-early"
        ),
        pytest.param("driving", "{words: until you feel well, near: [a]}", 3, "for how long in no figure", id="in-words"),
        pytest.param("driving", "{value: 2 glasses, near: [a]}", 3, "for how long in no figure", id="no-time"),
        pytest.param("driving", "{value: a few hours, near: [a]}", 3, "for how long in no figure", id="a-vague-time"),
        pytest.param("effects", "{value: 2 hours, near: [a]}", 3, "2 hours is less than the 3 hours of the source", id="shorter"),
        pytest.param("nothing", "{value: 2 hours, near: [a]}", 4, "is no claim", id="no-claim"),
        pytest.param("own", "{value: 2 hours, near: [a]}", 4, "is the clinic's own", id="itself"),
    ],
)
def test_what_is_less_strict_is_refused_with_its_line(tightens: str, figure: str, line: int, what: str) -> None:
    (told,) = found(tightens, figure)
    assert told.startswith(f"claims.yaml:{line}: ")
    assert what in told
