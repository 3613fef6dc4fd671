"""A clinic's row made into the clinic: what is left out, numbers, and hours."""

from __future__ import annotations

from datetime import date

import pytest

from bot.knowledge import schema, yamlfile
from bot.knowledge.fields import Row
from bot.knowledge.overlay.build import clinic
from bot.knowledge.overlay.clinic import Clinic, Holiday
from bot.knowledge.yamlfile import Mistakes


def made(text: str, **numbers: str) -> Clinic:
    mistakes = Mistakes()
    value = yamlfile.parse_yaml("f.yaml", f"id: a\n{text}".encode(), mistakes)
    assert value is not None
    row = schema.CLINIC.read("f.yaml", value, mistakes)
    assert mistakes.lines() == []
    assert isinstance(row, Row)
    return clinic(row, numbers)


def test_what_a_clinic_leaves_out_is_as_usual() -> None:
    one = made("")
    assert (one.caution, one.languages, one.language, one.unreviewed) == ("normal", ("en",), "en", "answer")
    assert (one.hours, one.logo, one.colour, one.disabled) == (None, None, None, ())


def test_what_a_clinic_says_is_kept() -> None:
    one = made('caution: high\nlanguages: [en, es]\ncolour: "#175b66"\nunreviewed: ask_clinic\ndisabled: [cost]\n')
    assert (one.caution, one.languages, one.colour) == ("high", ("en", "es"), "#175b66")
    assert (one.unreviewed, one.disabled) == ("ask_clinic", ("cost",))


def test_the_numbers_of_a_clinic_are_those_that_were_found_for_it() -> None:
    """Those of its country are not in its file, and its own stand in both."""
    one = made("emergency: '911'\n", emergency="112", poison="19240")
    assert (one.emergency, one.poison, one.child) == ("112", "19240", "")


def test_hours_are_those_of_each_day_and_holidays_have_names() -> None:
    one = made(
        "hours:\n  week: {mon-wed: '09:00-12:00, 13:00-17:30', sat: 10:00-24:00, sun-mon: 08:00-09:00}\n"
        "  holidays: [{on: 2026-12-25, name: Christmas}, {from: 2026-12-28, to: 2027-01-02, name: Winter}]\n"
    )
    assert one.hours is not None
    usual = ((540, 720), (780, 1050))
    assert one.hours.week == (((480, 540),), usual, usual, (), (), ((600, 1440),), ((480, 540),))
    day = date(2026, 12, 25)
    assert one.hours.holidays[0] == Holiday(day, day, "Christmas")
    assert one.hours.holidays[1].last == date(2027, 1, 2)


@pytest.mark.parametrize("week", ["mon-: 09:00-17:00", "mon: 9-17", "mon: 09:00-25:00", "someday: 09:00-17:00", "mon: closed"])
def test_hours_that_are_none_are_told(week: str) -> None:
    mistakes = Mistakes()
    value = yamlfile.parse_yaml("f.yaml", f"id: a\nhours: {{week: {{{week}}}}}\n".encode(), mistakes)
    assert value is not None
    schema.CLINIC.read("f.yaml", value, mistakes)
    assert len(mistakes.found) == 1
