"""After-care clock times: the arithmetic on claims, in every zone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from types import SimpleNamespace
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.knowledge.messages import SLOTS
from bot.knowledge.model import Claim, HourRoles, Knowledge, Place, Quantity
from bot.knowledge.overlay.clinic import Clinic
from bot.language.english import ENGLISH
from bot.timeline import hours
from tests.timeline.zones import INSTANTS, NEW_YORK, ZONES

ROLES = HourRoles("psychoactive_wear_off", "driving", "ride_home")
TUESDAY = datetime(2026, 11, 24, 15, 30, tzinfo=NEW_YORK)


def claim(id: str, *quantities: Quantity) -> Claim:
    return Claim(id, "An invented claim.", quantities, "everybody", (), Place("invented", "one", 1))


def knowledge(*claims: Claim) -> Knowledge:
    """No whole knowledge: a timeline reads claims and messages, and would fail here if it read more."""
    messages = {key: f"{key}: " + " ".join(f"{{{slot}}}" for slot in sorted(slots)) for key, slots in SLOTS.items()}
    messages |= {"clock_other_day": "{clock} on {day}", "clock_zone": "{city} time"}
    parts = {
        "grammar": ENGLISH,
        "hours": ROLES,
        "claims": {one.id: one for one in claims},
        "messages": messages,
        "clinic": Clinic("x"),
    }
    return cast("Knowledge", SimpleNamespace(**parts, stricter=lambda id: tuple(one for one in claims if one.tightens == id)))


DRIVING = claim("driving", Quantity("no_driving", "rest of the day", None, True, ()))
RIDE = claim("ride_home")


def wears_off(first: str, last: str | None = None) -> Claim:
    return claim("psychoactive_wear_off", Quantity("wear_off", first, last, False, ()))


INVENTED = knowledge(wears_off("2 hours", "5 hours"), DRIVING, RIDE)


# -- arithmetic on claims --------------------------------------------------------------------------------------------


def test_times_follow_from_the_claims_figures() -> None:
    care = hours.clock_times(datetime(2026, 11, 24, 14, 10, tzinfo=NEW_YORK), INVENTED)
    assert care.effects_from == datetime(2026, 11, 24, 16, 10, tzinfo=NEW_YORK)
    assert care.effects_to == datetime(2026, 11, 24, 19, 10, tzinfo=NEW_YORK)
    assert care.drive_not_before == datetime(2026, 11, 25, tzinfo=NEW_YORK)
    assert not care.late
    assert care.claims == ("psychoactive_wear_off", "driving", "ride_home")


def stricter(figure: str, of: str = "driving") -> Claim:
    return replace(claim("own", Quantity("own_figure", figure, None, False, ())), tightens=of)


@pytest.mark.parametrize(
    ("figure", "not_before"),
    [
        pytest.param("24 hours", datetime(2026, 11, 25, 14, 10, tzinfo=NEW_YORK), id="later-than-the-day"),
        pytest.param("2 days", datetime(2026, 11, 26, 14, 10, tzinfo=NEW_YORK), id="days"),
        pytest.param("8 hours", datetime(2026, 11, 25, tzinfo=NEW_YORK), id="the-day-is-later"),
    ],
)
def test_a_clinics_stricter_rule_takes_the_later_time(figure: str, not_before: datetime) -> None:
    known = knowledge(wears_off("2 hours", "5 hours"), DRIVING, RIDE, stricter(figure))
    care = hours.clock_times(datetime(2026, 11, 24, 14, 10, tzinfo=NEW_YORK), known)
    assert care.drive_not_before == not_before
    assert care.claims == ("psychoactive_wear_off", "own", "driving", "ride_home")
    (said,) = hours.stricter_text(care, known)
    assert hours.clock_text(not_before, care.ended.date(), known) in said
    lines = hours.rendered(care, known).split("\n")
    assert lines.index(said) == 2
    assert lines[3].startswith("timeline_driving")


def test_a_clinics_own_time_for_the_effects_takes_the_later_one() -> None:
    known = knowledge(wears_off("2 hours", "5 hours"), DRIVING, RIDE, stricter("6 hours", "psychoactive_wear_off"))
    care = hours.clock_times(datetime(2026, 11, 24, 20, 0, tzinfo=NEW_YORK), known)
    assert care.effects_to == care.drive_not_before == datetime(2026, 11, 25, 2, 0, tzinfo=NEW_YORK)
    assert care.late
    assert hours.stricter_text(care, known) == ()


def test_after_a_late_session_midnight_is_not_enough() -> None:
    care = hours.clock_times(datetime(2026, 11, 24, 23, 30, tzinfo=NEW_YORK), INVENTED)
    assert care.drive_not_before == care.effects_to == datetime(2026, 11, 25, 4, 30, tzinfo=NEW_YORK)
    assert care.late


def test_effects_that_end_at_midnight_are_not_late() -> None:
    assert not hours.clock_times(datetime(2026, 11, 24, 19, 0, tzinfo=NEW_YORK), INVENTED).late
    assert hours.clock_times(datetime(2026, 11, 24, 19, 1, tzinfo=NEW_YORK), INVENTED).late


def test_an_end_at_midnight_belongs_to_the_day_that_begins() -> None:
    care = hours.clock_times(datetime(2026, 11, 24, 0, 0, tzinfo=NEW_YORK), INVENTED)
    assert care.drive_not_before == datetime(2026, 11, 25, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("first", "last", "minutes"),
    [
        ("30 minutes", "2 hours", (30, 120)),
        ("90 minutes", None, (90, 90)),
        ("an hour", "3 or 4 hours", (60, 240)),
        ("1 day", None, (1440, 1440)),
    ],
)
def test_every_form_of_figure_is_read(first: str, last: str | None, minutes: tuple[int, int]) -> None:
    care = hours.clock_times(TUESDAY, knowledge(wears_off(first, last), DRIVING))
    assert (care.effects_from - TUESDAY, care.effects_to - TUESDAY) == tuple(timedelta(minutes=one) for one in minutes)


@pytest.mark.parametrize(
    ("zone", "ended", "expected"),
    [
        # midnight does not exist: the clocks go from 0:00 to 1:00
        ("America/Havana", "2026-03-07T14:00", "2026-03-08T01:00-04:00"),
        ("Asia/Beirut", "2026-03-28T14:00", "2026-03-29T01:00+03:00"),
        ("Africa/Cairo", "2026-04-23T14:00", "2026-04-24T01:00+03:00"),
        # midnight comes twice, or 23:00 does: the day is over the second time only
        ("America/Havana", "2026-10-31T14:00", "2026-11-01T00:00-05:00"),
        ("Asia/Beirut", "2026-10-24T14:00", "2026-10-25T00:00+02:00"),
        ("America/St_Johns", "2010-11-06T14:00", "2010-11-07T00:00-03:30"),
        # a day that never was
        ("Pacific/Apia", "2011-12-29T14:00", "2011-12-31T00:00+14:00"),
    ],
)
def test_the_day_is_over_when_its_last_minute_is(zone: str, ended: str, expected: str) -> None:
    care = hours.clock_times(datetime.fromisoformat(ended).replace(tzinfo=ZoneInfo(zone)), INVENTED)
    assert care.drive_not_before.isoformat(timespec="minutes") == expected


def test_effects_are_counted_in_elapsed_time_when_the_clocks_change() -> None:
    forward = hours.clock_times(datetime(2026, 3, 8, 1, 0, tzinfo=NEW_YORK), INVENTED)
    assert forward.effects_from.isoformat() == "2026-03-08T04:00:00-04:00"
    back = hours.clock_times(datetime(2026, 11, 1, 0, 0, tzinfo=NEW_YORK), INVENTED)
    assert back.effects_from.isoformat() == "2026-11-01T01:00:00-05:00"


@given(INSTANTS, ZONES, st.integers(1, 300), st.integers(1, 600))
@example(datetime(2011, 12, 30, 5, tzinfo=UTC), ZoneInfo("Pacific/Apia"), 60, 240)
@example(datetime(2010, 11, 7, 2, 31, tzinfo=UTC), ZoneInfo("America/St_Johns"), 1, 1)
@example(datetime(2026, 11, 1, 4, 30, tzinfo=UTC), ZoneInfo("America/Havana"), 1, 1)
def test_nobody_is_told_to_drive_on_the_day_or_under_the_effects(
    instant: datetime, zone: ZoneInfo, first: int, more: int
) -> None:
    ended = instant.astimezone(zone)
    care = hours.clock_times(ended, knowledge(wears_off(f"{first} minutes", f"{first + more} minutes"), DRIVING))
    begin, end, drive = (moment.astimezone(UTC) for moment in (care.effects_from, care.effects_to, care.drive_not_before))
    assert instant < begin < end <= drive
    assert (begin - instant, end - instant) == (timedelta(minutes=first), timedelta(minutes=first + more))
    # From then on the clocks never show the day of the infusion again: asked for longer than any change of the clocks.
    assert all((drive + timedelta(minutes=15 * step)).astimezone(zone).date() > ended.date() for step in range(20))
    assert drive - instant <= timedelta(hours=26) or care.late
    assert care.late == (end == drive and (end - timedelta(microseconds=1)).astimezone(zone).date() > ended.date())
    assert care.drive_not_before.tzinfo is zone


def test_an_end_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        hours.clock_times(datetime(2026, 11, 24, 14), INVENTED)


@pytest.mark.parametrize("zone", ["Pacific/Apia", "America/New_York", "UTC"])
def test_an_end_at_the_edge_of_the_calendar_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="too far away"):
        hours.clock_times(datetime(9999, 12, 31, 23, 0, tzinfo=ZoneInfo(zone)), INVENTED)


@pytest.mark.parametrize(
    ("claims", "what"),
    [
        ((DRIVING,), "no claim psychoactive_wear_off"),
        ((wears_off("1 hour", "2 hours"),), "no claim driving"),
        ((claim("psychoactive_wear_off"), DRIVING), "no figure in minutes"),
        ((claim("psychoactive_wear_off", Quantity("w", "hours or days", None, True, ())), DRIVING), "no figure in minutes"),
        ((wears_off("a few hours", "1 day"), DRIVING), "no figure in minutes"),
        ((wears_off("2 months"), DRIVING), "no figure in minutes"),
        ((wears_off("0 hours", "1 hour"), DRIVING), "no figure in minutes"),
        ((wears_off("1 hour"), claim("driving", Quantity("d", "24 hours", None, False, ()))), "driving has a figure"),
        ((wears_off("1 hour"), claim("driving")), "driving does not say for how long"),
    ],
)
def test_knowledge_without_the_figures_is_refused(claims: tuple[Claim, ...], what: str) -> None:
    with pytest.raises(LookupError, match=what):
        hours.clock_times(TUESDAY, knowledge(*claims))


def test_only_claims_that_the_knowledge_has_are_named() -> None:
    assert hours.clock_times(TUESDAY, knowledge(wears_off("1 hour"), DRIVING)).claims == ("psychoactive_wear_off", "driving")


@pytest.mark.parametrize(("clock", "shown"), [("12", "2:10 pm"), ("24", "14:10")])
@pytest.mark.parametrize(("hour", "other"), [(14, None), (0, ("12:10 am", "00:10")), (12, ("12:10 pm", "12:10"))])
def test_a_time_is_written_as_clocks_are_read_there(clock: str, shown: str, hour: int, other: tuple[str, str] | None) -> None:
    there = cast("Knowledge", SimpleNamespace(grammar=ENGLISH, clinic=Clinic("x", clock=clock)))
    moment = datetime(2026, 11, 24, hour, 10, tzinfo=NEW_YORK)
    assert hours.clock_text(moment, moment.date(), there) == (other[clock == "24"] if other else shown)


# -- told ------------------------------------------------------------------------------------------------------------


def test_an_afternoon_is_told_with_clock_times() -> None:
    care = hours.clock_times(datetime(2026, 11, 24, 14, 10, tzinfo=NEW_YORK), INVENTED)
    assert hours.rendered(care, INVENTED).splitlines() == [
        "timeline_ended: 2:10 pm New York time",
        "timeline_effects: 4:10 pm 7:10 pm",
        "timeline_driving: rest of the day",
        "timeline_typical: ",
    ]


def test_a_late_session_names_both_limits_and_their_day() -> None:
    care = hours.clock_times(datetime(2026, 11, 24, 21, 30, tzinfo=NEW_YORK), INVENTED)
    assert hours.rendered(care, INVENTED).splitlines() == [
        "timeline_ended: 9:30 pm New York time",
        "timeline_effects: 11:30 pm 2:30 am on Wednesday, November 25",
        "timeline_driving: rest of the day",
        "timeline_late: 2:30 am on Wednesday, November 25",
        "timeline_typical: ",
    ]


def test_the_end_names_its_day_when_that_is_not_today() -> None:
    care = hours.clock_times(datetime(2026, 11, 23, 12, 0, tzinfo=NEW_YORK), INVENTED)
    assert hours.rendered(care, INVENTED, date(2026, 11, 24)).startswith(
        "timeline_ended: 12:00 pm on Monday, November 23 New York time\n"
    )
    assert hours.rendered(care, INVENTED, date(2026, 11, 23)).startswith("timeline_ended: 12:00 pm New York time\n")


@pytest.mark.parametrize(
    ("zone", "named"),
    [
        (ZoneInfo("America/Argentina/Buenos_Aires"), "Buenos Aires time"),
        (ZoneInfo("UTC"), "UTC"),
        (ZoneInfo("Etc/UTC"), "UTC"),
        (UTC, "UTC"),
        (timezone(timedelta(hours=-6)), "UTC-06:00"),
        (timezone(timedelta(hours=5, minutes=30)), "UTC+05:30"),
    ],
    ids=str,
)
def test_it_is_said_whose_clock_that_is(zone: tzinfo, named: str) -> None:
    assert hours.zone_text(datetime(2026, 7, 1, 12, 0, tzinfo=zone), INVENTED) == named


def test_not_at_all_today_is_said_on_the_day_of_the_infusion_alone() -> None:
    care = hours.clock_times(datetime(2026, 11, 23, 22, 0, tzinfo=NEW_YORK), INVENTED)
    today, later = (hours.rendered(care, INVENTED, date(2026, 11, day)).splitlines()[2:4] for day in (23, 24))
    assert today == ["timeline_driving: rest of the day", "timeline_late: 3:00 am on Tuesday, November 24"]
    assert later == ["timeline_driving_before: rest of the day", "timeline_late: 3:00 am on Tuesday, November 24"]


def test_that_it_was_late_is_said_where_the_effects_outlast_the_day() -> None:
    late, early = (hours.clock_times(TUESDAY.replace(hour=hour, minute=0), INVENTED) for hour in (20, 19))
    assert hours.late_text(late, INVENTED) == ("timeline_late: 1:00 am on Wednesday, November 25",)
    assert hours.late_text(early, INVENTED) == ()


def test_no_slot_is_left_open() -> None:
    assert "{" not in hours.rendered(hours.clock_times(TUESDAY.replace(hour=23), INVENTED), INVENTED)


def test_json_has_moments_with_their_offset() -> None:
    care = hours.clock_times(datetime(2026, 11, 24, 23, 30, tzinfo=NEW_YORK), INVENTED)
    assert hours.as_json(care) == {
        "ended": "2026-11-24T23:30:00-05:00",
        "effects_from": "2026-11-25T01:30:00-05:00",
        "effects_to": "2026-11-25T04:30:00-05:00",
        "drive_not_before": "2026-11-25T04:30:00-05:00",
        "late": True,
        "claims": ["psychoactive_wear_off", "driving", "ride_home"],
        "stricter": None,
    }


# -- which claims they are -------------------------------------------------------------------------------------------


def test_the_roles_say_which_claims_are_reckoned_with() -> None:
    rising = claim("rising", Quantity("rise", "4 hours", "6 hours", False, ()))
    bread = knowledge(rising, claim("cooling", Quantity("cool", "rest of the day", None, True, ())))
    bread.hours = HourRoles("rising", "cooling")  # type: ignore[misc]  # no whole knowledge: see above
    care = hours.clock_times(TUESDAY, bread)
    assert (care.effects_from, care.effects_to) == (TUESDAY + timedelta(hours=4), TUESDAY + timedelta(hours=6))
    assert care.claims == ("rising", "cooling")


def test_without_roles_there_is_nothing_to_reckon_with() -> None:
    bare = knowledge(wears_off("2 hours"), DRIVING, RIDE)
    bare.hours = None  # type: ignore[misc]  # no whole knowledge: see above
    with pytest.raises(LookupError, match=r"timeline.yaml names them"):
        hours.clock_times(TUESDAY, bare)
