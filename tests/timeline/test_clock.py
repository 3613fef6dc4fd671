"""Local times as moments: those that a clock shows never, or twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from bot.timeline.clock import local
from tests.timeline.zones import INSTANTS, NEW_YORK, ZONES


def test_a_local_time_is_the_moment_of_its_zone() -> None:
    found = local(date(2026, 11, 24), time(14, 10), NEW_YORK)
    assert found.astimezone(UTC) == datetime(2026, 11, 24, 19, 10, tzinfo=UTC)


def test_a_local_time_that_never_was_is_refused() -> None:
    with pytest.raises(ValueError, match="02:30 did not exist on 2026-03-08"):
        local(date(2026, 3, 8), time(2, 30), NEW_YORK)


def test_of_a_local_time_that_came_twice_the_later_is_taken() -> None:
    assert local(date(2026, 11, 1), time(1, 30), NEW_YORK).isoformat() == "2026-11-01T01:30:00-05:00"


@given(INSTANTS, ZONES)
def test_a_local_time_shows_what_was_asked_for(instant: datetime, zone: ZoneInfo) -> None:
    shown = instant.astimezone(zone)
    found = local(shown.date(), shown.time(), zone)
    assert found.replace(tzinfo=None, fold=0) == shown.replace(tzinfo=None, fold=0)
    assert found.astimezone(UTC) >= instant
