"""When a clinic is open."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.knowledge.overlay.clinic import Holiday, OpeningHours

HOURS = OpeningHours(
    (((540, 720), (780, 1020)), (), (), (), (), (), ()), (Holiday(date(2026, 12, 21), date(2026, 12, 28), "Rest"),)
)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        pytest.param(datetime(2026, 12, 14, 9, 0), True, id="as-it-opens"),
        pytest.param(datetime(2026, 12, 14, 8, 59), False, id="before"),
        pytest.param(datetime(2026, 12, 14, 12, 0), False, id="over-noon"),
        pytest.param(datetime(2026, 12, 14, 16, 59), True, id="till-the-end"),
        pytest.param(datetime(2026, 12, 14, 17, 0), False, id="as-it-closes"),
        pytest.param(datetime(2026, 12, 15, 10, 0), False, id="another-day"),
        pytest.param(datetime(2026, 12, 21, 10, 0), False, id="first-day-of-a-holiday"),
        pytest.param(datetime(2026, 12, 28, 10, 0), False, id="last-day-of-a-holiday"),
        pytest.param(datetime(2027, 1, 4, 10, 0), True, id="after-it"),
    ],
)
def test_somebody_is_there_in_the_hours_and_not_on_holidays(moment: datetime, is_open: bool) -> None:
    assert HOURS.open_at(moment) is is_open


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-27T07:59", "2026-11-27T08:00"),
        ("2026-11-27T08:00", "2026-11-27T13:30"),
        ("2026-11-27T13:30", "2026-12-01T08:00"),  # Saturday and Sunday it is closed, on Monday there is a holiday
        ("2026-11-29T12:00", "2026-12-01T08:00"),
    ],
)
def test_when_somebody_is_there_next(now: str, opens: str) -> None:
    week = (((480, 720), (810, 1020)),) * 5 + ((), ())
    hours = OpeningHours(week, (Holiday(date(2026, 11, 30), date(2026, 11, 30), "Saint Andrew's Day"),))
    zone = ZoneInfo("Europe/Dublin")
    assert hours.opens_after(datetime.fromisoformat(now).replace(tzinfo=zone)) == datetime.fromisoformat(opens).replace(
        tzinfo=zone
    )


def test_who_never_opens_is_never_there() -> None:
    assert OpeningHours(((),) * 7).opens_after(datetime(2026, 11, 27, tzinfo=UTC)) is None
