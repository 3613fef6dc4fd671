"""When a clinic is open."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from bot.knowledge.overlay.clinic import Holiday, OpeningHours

ALWAYS = OpeningHours((((0, 1440),),) * 7)
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
    ("hours", "moment", "changes"),
    [
        pytest.param(HOURS, datetime(2026, 12, 14, 9, 0), datetime(2026, 12, 14, 12, 0), id="closes-for-lunch"),
        pytest.param(HOURS, datetime(2026, 12, 14, 12, 0), datetime(2026, 12, 14, 13, 0), id="opens-after-lunch"),
        pytest.param(HOURS, datetime(2026, 12, 14, 17, 0), datetime(2027, 1, 4, 9, 0), id="opens-after-the-holidays"),
        pytest.param(HOURS, datetime(2026, 12, 21, 10, 0), datetime(2027, 1, 4, 9, 0), id="in-the-holidays"),
        pytest.param(ALWAYS, datetime(2026, 12, 21, 10, 0), None, id="at-any-hour"),
        pytest.param(OpeningHours(((),) * 7), datetime(2026, 12, 21, 10, 0), None, id="never"),
        pytest.param(
            OpeningHours(ALWAYS.week, HOURS.holidays),
            datetime(2026, 12, 20, 23, 59),
            datetime(2026, 12, 21),
            id="until-a-holiday",
        ),
        pytest.param(
            OpeningHours(((), (), (), (), ((1200, 1440),), ((0, 120),), ())),
            datetime(2026, 12, 18, 23, 0),
            datetime(2026, 12, 19, 2, 0),
            id="over-midnight",
        ),
    ],
)
def test_it_is_known_when_it_next_opens_or_closes(hours: OpeningHours, moment: datetime, changes: datetime | None) -> None:
    assert hours.changes_after(moment) == changes
