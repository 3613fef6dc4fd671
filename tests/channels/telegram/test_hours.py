"""Hours of a week: what is read, what holds when, what is no hours."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.channels.telegram.settings import parse_hours, within

# The 30th of November 2026 is a Monday.
MONDAY, FRIDAY, SATURDAY, SUNDAY = 30, 4, 5, 6


def at(day: int, clock: str) -> datetime:
    month = 11 if day == MONDAY else 12
    return datetime.fromisoformat(f"2026-{month}-{day:02}T{clock}")


@pytest.mark.parametrize(
    ("hours", "moment", "holds"),
    [
        ("09:00-17:00", at(MONDAY, "09:00"), True),
        ("09:00-17:00", at(MONDAY, "17:00"), False),
        ("17:00-09:00", at(SUNDAY, "23:59"), True),
        ("17:00-09:00", at(SUNDAY, "08:59"), True),
        ("17:00-09:00", at(SUNDAY, "09:00"), False),
        ("mon-fri 17:00-09:00", at(FRIDAY, "18:00"), True),
        ("mon-fri 17:00-09:00", at(SATURDAY, "08:00"), True),  # Friday's night
        ("mon-fri 17:00-09:00", at(SATURDAY, "18:00"), False),
        ("mon-fri 17:00-09:00", at(MONDAY, "08:00"), False),  # Sunday's night
        ("mon-fri 17:00-09:00, sat-sun 00:00-24:00", at(SUNDAY, "12:00"), True),
        ("sat-mon 00:00-24:00", at(MONDAY, "12:00"), True),
        ("sat-mon 00:00-24:00", at(FRIDAY, "12:00"), False),
        ("SUN 10:00-12:00", at(SUNDAY, "11:00"), True),
    ],
)
def test_when_it_holds(hours: str, moment: datetime, holds: bool) -> None:
    assert within(parse_hours(hours), moment) is holds


@pytest.mark.parametrize(
    "hours",
    ["", "9-17", "09:00", "09:00-09:00", "24:00-24:00", "25:00-26:00", "09:60-10:00", "someday 09:00-10:00", "09:00-10:00,"],
)
def test_what_is_no_hours(hours: str) -> None:
    with pytest.raises(ValueError, match="no "):
        parse_hours(hours)
