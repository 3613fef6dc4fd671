"""What is read as the end of an infusion, and what is not, in every zone."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.language.english import ENGLISH
from bot.timeline.end_time import EndTime, EndTimes, latest
from tests.timeline.zones import INSTANTS, NEW_YORK, ZONES

END_TIMES = EndTimes.of(ENGLISH)
TUESDAY = datetime(2026, 11, 24, 15, 30, tzinfo=NEW_YORK)
NIGHT = datetime(2026, 11, 24, 0, 20, tzinfo=NEW_YORK)


# -- reading a time of day -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("14:10", time(14, 10)),
        ("2:10pm", time(14, 10)),
        ("2:10 PM", time(14, 10)),
        ("2.10 pm", time(14, 10)),
        ("2:10 p.m.", time(14, 10)),
        ("2:10p", time(14, 10)),
        (" at 2:10 pm. ", time(14, 10)),
        ("2 pm", time(14)),
        ("2pm", time(14)),
        ("about 2pm", time(14)),
        ("230pm", time(14, 30)),
        ("1410", time(14, 10)),
        ("0910", time(9, 10)),
        ("1410 hrs", time(14, 10)),
        ("00:00", time(0)),
        ("23:59", time(23, 59)),
        ("9:05", time(9, 5)),
        ("12pm", time(12)),
        ("12am", time(0)),
        ("12:30 am", time(0, 30)),
        ("noon", time(12)),
        ("12 noon", time(12)),
        ("midnight", time(0)),
        ("10 past 2 pm", time(14, 10)),
        ("half past two pm", time(14, 30)),
        ("quarter to 1 pm", time(12, 45)),
        ("three pm", time(15)),
        ("14h10", time(14, 10)),
        ("14.10 h", time(14, 10)),
        ("2 30 pm", time(14, 30)),
        ("２：１０ｐｍ", time(14, 10)),
    ],
)
def test_a_time_of_day_is_read_as_people_type_it(text: str, expected: time) -> None:
    assert END_TIMES.parse_time(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "2", "14", "at 3", "25:00", "24:00", "14:61", "2:60pm", "13pm", "0pm", "0:30 am", "14:10 pm", "half past two",
     "10 past 2", "noon pm", "230", "2:1", "2:100", "14:10:30", "-2pm", "2pm 3pm", "two thirty", "1:2:3", "later", "pm",
     "99999", "2460",
     "50 past 2 pm", "2 hours ago", "2pm tomorrow"],
)  # fmt: skip
def test_nonsense_is_no_time_of_day(text: str) -> None:
    assert END_TIMES.parse_time(text) is None


@given(st.times(), st.sampled_from(["{h:02}:{m:02}", "{t}:{m:02} {p}m", "{t}.{m:02}{P}M", "{h:02}{m:02}", "At {t}:{m:02}{p}"]))
def test_every_minute_of_the_day_is_read_back(at: time, form: str) -> None:
    half = "a" if at.hour < 12 else "p"
    typed = form.format(h=at.hour, m=at.minute, t=at.hour % 12 or 12, p=half, P=half.upper())
    assert END_TIMES.parse_time(typed) == time(at.hour, at.minute)


@given(st.text())
def test_no_text_makes_the_reader_of_times_raise(text: str) -> None:
    assert END_TIMES.parse_time(text) is None or isinstance(END_TIMES.parse_time(text), time)


# -- reading the end of an infusion ----------------------------------------------------------------------------------

SAID = [  # (utterance, day of November 2026, hour, minute); it is Tuesday the 24th, 15:30
    ("my infusion ended at 2:10pm, when can i drive", 24, 14, 10),
    ("my infusion ended at 2:10pm,when can i drive", 24, 14, 10),
    ("MY INFUSION ENDED AT 2:10 P.M. CAN I DRIVE", 24, 14, 10),
    ("session finished 14:10", 24, 14, 10),
    ("session finished at 1410", 24, 14, 10),
    ("session finished at 14.10 hrs", 24, 14, 10),
    ("treatment ended at 230", 24, 14, 30),
    ("got out of my infusion at 3", 24, 15, 0),
    ("just got out of my ketamine infusion at 3ish. can i drive tonite", 24, 15, 0),
    ("infusion was done at 11.30 this morning", 24, 11, 30),
    ("my drip got done around 1:15", 24, 13, 15),
    ("i finished at noon", 24, 12, 0),
    ("i was done at noon, when am i ok to drive", 24, 12, 0),
    ("hi! I finished my 3rd infusion at 2pm and feel great", 24, 14, 0),
    ("i just finished my infusion today at 2, when will i feel normal", 24, 14, 0),
    ("we finished today at 2", 24, 14, 0),
    ("my wife's session was over at 1 o'clock", 24, 13, 0),
    ("came out of the session at half past two", 24, 14, 30),
    ("came off the iv at quarter to 3", 24, 14, 45),
    ("appt ended at ten past 2", 24, 14, 10),
    ("tx finished @2pm", 24, 14, 0),
    ("my infusion finished at like 2 can i have coffee", 24, 14, 0),
    ("my infusion ended at two thirty", 24, 14, 30),
    ("my infusion ended at 3 - when can i drive", 24, 15, 0),
    ("my infusion ended at 02:10", 24, 2, 10),
    ("my infusion started at 1 and was over by 3", 24, 15, 0),
    ("infusion stopped at 2:55 pm", 24, 14, 55),
    ("my infusion ended up finishing at 1pm", 24, 13, 0),
    ("the infusion that ended at 1pm was rough, when is it gone", 24, 13, 0),
    ("my infusion at the clinic ended at 1pm", 24, 13, 0),
    ("left my appointment at 2", 24, 14, 0),
    ("my infusion started at 1 and ended at 2:30", 24, 14, 30),
    ("had my infusion this morning, finished at 11", 24, 11, 0),
    ("how long do effects last? it ended at 2", 24, 14, 0),
    ("my session finished at 8am, still dizzy", 24, 8, 0),
    ("my session finished at 1am", 24, 1, 0),
    ("it's over! my infusion was finally done at 3pm", 24, 15, 0),
    ("at noon my infusion ended", 24, 12, 0),
    ("so at 2pm i finished my infusion. can i drive?", 24, 14, 0),
    ("my infussion finshed at 2pm", 24, 14, 0),
    ("infusion ended at 3:35 pm", 24, 15, 35),  # five minutes ahead: clocks differ
    # another day
    ("ended yesterday at 5pm", 23, 17, 0),
    ("my infusion ended at 5pm yesterday", 23, 17, 0),
    ("my infusion ended yesterday afternoon at 5", 23, 17, 0),
    ("my infusion ended yesterday at 5", 23, 17, 0),
    ("yesterday my infusion ended at 5 pm", 23, 17, 0),
    ("my infusion yesterday ended at 1pm", 23, 13, 0),
    ("my infusion ended last night at 11:30 pm", 23, 23, 30),
    ("finished at 11.30 last night", 23, 23, 30),
    ("my session ended at 1 last night", 24, 1, 0),
    ("my session ended last night at midnight", 24, 0, 0),
    ("my session ended yesterday at midnight", 24, 0, 0),
    ("my session ended at 9 in the morning", 24, 9, 0),
    # so long ago
    ("ended an hour ago", 24, 14, 30),
    ("it ended an hour ago, can i drive", 24, 14, 30),
    ("my infusion ended 30 minutes ago", 24, 15, 0),
    ("my infusion ended about 30min ago", 24, 15, 0),
    ("i got out of my session 2 hours ago", 24, 13, 30),
    ("session finished two hrs ago", 24, 13, 30),
    ("finished my infusion half an hour ago", 24, 15, 0),
    ("finished my infusion an hour and a half ago", 24, 14, 0),
    ("finished my infusion 1.5 hours ago", 24, 14, 0),
    ("finished my infusion 2 and a half hours ago", 24, 13, 0),
    ("finished my infusion 1 hour 15 minutes ago", 24, 14, 15),
    ("finished my infusion an hour or so ago", 24, 14, 30),
    ("my infusion ended 20 hours ago", 23, 19, 30),
    ("2 hours ago my infusion ended", 24, 13, 30),
    ("its been 2 hours since my infusion ended", 24, 13, 30),
    ("2 hrs since i finished my infusion, still high", 24, 13, 30),
    ("my infusion ended 2,5 h ago", 24, 13, 0),
    ("it ended two and a half hours ago", 24, 13, 0),
    ("my session finished 1h30 ago", 24, 14, 0),
    ("my infusion ended 90 min ago", 24, 14, 0),
    ("ended 1 h 20 min ago", 24, 14, 10),
    ("my drip finished 1:15 h ago", 24, 14, 15),
    ("infusion ended three quarters of an hour ago", 24, 14, 45),
    ("infusion ended 2½ hours ago", 24, 13, 0),
    ("got out of my infusion twenty-five minutes ago", 24, 15, 5),
    ("my infusion ended only ten minutes ago", 24, 15, 20),
    # clock times, however they are said
    ("my infusion ended half past two", 24, 14, 30),
    ("my infusion ended at quarter past two", 24, 14, 15),
    ("my infusion ended at 14h10", 24, 14, 10),
    ("my infusion ended at 14.10", 24, 14, 10),
    ("my infusion ended at ten to three", 24, 14, 50),
    ("it ended at half-past two", 24, 14, 30),
    ("it was over at 14h", 24, 14, 0),
    ("i finished at five minutes to two", 24, 13, 55),
    ("came out of the drip at ten past noon", 24, 12, 10),
    ("my infusion ended at 2 15 p.m.", 24, 14, 15),
    ("my infusion ended at two forty-five", 24, 14, 45),
    ("my infusion ended at twenty-five past one", 24, 13, 25),
]


@pytest.mark.parametrize(("utterance", "day", "hour", "minute"), SAID, ids=[row[0][:60] for row in SAID])
def test_the_end_of_an_infusion_is_read(utterance: str, day: int, hour: int, minute: int) -> None:
    found = END_TIMES.parse_end(utterance, TUESDAY)
    assert found == EndTime(datetime(2026, 11, day, hour, minute, tzinfo=NEW_YORK), future=False)


@pytest.mark.parametrize(
    "utterance",
    [
        # not over
        "my infusion is at 2pm",
        "my infusion was at 2pm",
        "my infusion ends at 5pm",
        "appointment ends at 5",
        "my infusion finishes at 10 am, surely im ok to drive by 5pm???",
        "my infusion will be done at 3",
        "my session should be over by 3",
        "my session should have ended at 3",
        "i will be finished with my infusion at 3",
        "ill have finished my infusion by 3",
        "i havent finished my infusion at 3",
        "my infusion was supposed to end at 3",
        "until my infusion ended at 3 i was fine",
        "when does a session that starts at 2 end",
        "how long does a session at 3pm take",
        "had the infusion 9am its 6pm now is there still ketamine in my blood?",
        "took my infusion this am, work wants me to drive a van at 6",
        "came home an hour ago still feel spaced out when does that stop",
        "im driving home now, just finished",
        # over, but no time with it
        "my infusion just ended badly",
        "my infusion just ended 3 weeks ago",
        "i just finished my infusions",
        "just finished my infusion on monday",
        "had it on monday and it just ended",
        "if my infusion just ended can i drive",
        "just finished dinner",
        "the movie just ended",
        "i just finished my second book",
        "more than 2 hours since my infusion ended",
        "my infusion ended, can i drive at 6",
        "my infusion ended can i drive at 6",
        "my infusion ended and i got home at 3",
        "can i drive at 6 my infusion ended early",
        "my infusion ended a few hours ago",
        "my infusion ended a couple of hours ago",
        "my infusion ended after 3",
        "my infusion ended less than an hour ago",
        "my infusion ended this morning",
        "my infusion ended 3",
        # no clock time
        "relief ended after 3 weeks",
        "finished my 6 last week feeling good",
        "finished my 6 infusions 2 weeks ago",
        "finished my infusions about 3 weeks ago",
        "my infusions ended at 3 of 6",
        "my infusions ended at 3 weeks",
        "my infusions ended around 2019",
        "my series ended at 6 infusions",
        "my infusion ended at 3 to 4",
        "my infusion ended at 3-4pm",
        "my infusion ended at 3 pm to 4",
        "my infusion ended at 25:00",
        "my infusion ended at 14:61",
        "my infusion ended at 13pm",
        "my infusion ended at 14:10:30",
        "my infusion ended at 2pm this morning",
        "my infusion ended at 2pm utc",
        # another day or a habit
        "my infusion ended at 3pm on monday",
        "my infusion ended at 3pm last tuesday",
        "my infusion ended monday at 3pm",
        "on monday my infusion ended at 3pm",
        "i had my infusion on monday and it ended at 3pm",
        "i had an infusion 2 days ago and it ended at 3pm",
        "i had my infusion yesterday and it ended at 3",
        "my infusion ended at 3pm tomorrow",
        "my infusion ended at 3pm the day before yesterday",
        "my infusion ended the day before yesterday at 3pm",
        "my infusion ended at 3pm 2 days ago",
        "my infusion ended at 3pm on the 5th",
        "last time my infusion ended at 3 and i was dizzy",
        "my session usually ended at 3",
        # something else ended
        "finished work at 5 after my infusion",
        "i finished my shift before my infusion at 3",
        "my relief ended an hour ago",
        "the effects of my infusion ended an hour ago",
        "pain relief from my infusion ended at 3",
        "the relief was great but it ended an hour ago",
        "had my infusion at 10, the nausea started at 12 and ended at 3",
        "the movie finished at 3",
        "my shift was long and i finished at 3",
        "got off work at 3",
        "sister got 4 months me barely 2 weeks",
        "",
        "at 3",
        "2:10pm",
    ],
    ids=lambda value: value[:60],
)
def test_other_times_are_not_taken_for_the_end_of_an_infusion(utterance: str) -> None:
    assert END_TIMES.parse_end(utterance, TUESDAY) is None


@pytest.mark.parametrize(
    ("utterance", "now", "expected"),
    [
        ("my infusion ended at 5pm", TUESDAY.replace(hour=14), datetime(2026, 11, 24, 17, tzinfo=NEW_YORK)),
        ("my infusion ended at 17:00", TUESDAY.replace(hour=14), datetime(2026, 11, 24, 17, tzinfo=NEW_YORK)),
        ("my infusion ended at 11:30pm", TUESDAY, datetime(2026, 11, 24, 23, 30, tzinfo=NEW_YORK)),
        ("my infusion ended today at 11pm", NIGHT, datetime(2026, 11, 24, 23, tzinfo=NEW_YORK)),
        ("my infusion ended at 11.30 this morning", TUESDAY.replace(hour=9), datetime(2026, 11, 24, 11, 30, tzinfo=NEW_YORK)),
    ],
)
def test_an_end_that_has_not_come_yet_is_told_as_such(utterance: str, now: datetime, expected: datetime) -> None:
    assert END_TIMES.parse_end(utterance, now) == EndTime(expected, future=True)


@pytest.mark.parametrize(
    ("utterance", "day", "hour", "minute"),
    [
        ("my infusion ended at 11:30 pm", 23, 23, 30),
        ("my infusion ended at 11:30", 23, 23, 30),
        ("my infusion ended at 11:30 pm tonight", 23, 23, 30),
        ("my infusion ended at 2pm", 23, 14, 0),
        ("my infusion ended at 3", 23, 15, 0),
        ("my infusion ended at midnight", 24, 0, 0),
        ("my infusion ended at 12", 24, 0, 0),
        ("my infusion ended last night at 11:30 pm", 23, 23, 30),
        ("my infusion ended yesterday at 10pm", 23, 22, 0),
        ("my infusion ended 2 hours ago", 23, 22, 20),
    ],
)
def test_just_after_midnight_the_evening_before_is_the_recent_past(utterance: str, day: int, hour: int, minute: int) -> None:
    ended = datetime(2026, 11, day, hour, minute, tzinfo=NEW_YORK)
    assert END_TIMES.parse_end(utterance, NIGHT) == EndTime(ended, future=False)


NOW_SAID = [
    "my infusion just ended",
    "just finished",
    "just finished, can i drive",
    "it ended just now",
    "I just finished my infusion and feel great",
    "ok, just finished!",
    "my session has just finished",
    "got out of my infusion right now",
    "my drip was over a moment ago. what now",
    "im just done with my infusion",
]


@pytest.mark.parametrize("utterance", NOW_SAID)
def test_what_has_just_ended_ended_now(utterance: str) -> None:
    found = END_TIMES.parse_end(utterance, TUESDAY)
    assert found == EndTime(TUESDAY, future=False)
    assert found is not None
    assert found.just


LUNCH = datetime(2026, 11, 24, 13, 52, tzinfo=NEW_YORK)
MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("utterance", "now", "first", "second"),
    [
        ("my infusion ended at 2.30", LUNCH, (24, 2, 30), (24, 14, 30)),
        ("my infusion ended at half past two", LUNCH, (24, 2, 30), (24, 14, 30)),
        ("it was over at ten to four", LUNCH, (24, 3, 50), (24, 15, 50)),
        ("my infusion ended today at 5", LUNCH, (24, 5, 0), (24, 17, 0)),
        # Said at half past three, four o'clock may be a slip, and is not that of the night without a question.
        ("my infusion ended at 4", TUESDAY, (24, 4, 0), (24, 16, 0)),
        ("my infusion ended at 11", MORNING, (23, 23, 0), (24, 11, 0)),
        ("session finished at 10:30", MORNING, (23, 22, 30), (24, 10, 30)),
    ],
)
def test_a_time_of_the_night_that_is_also_one_to_come_may_be_either(
    utterance: str, now: datetime, first: tuple[int, int, int], second: tuple[int, int, int]
) -> None:
    either = tuple(datetime(2026, 11, day, hour, minute, tzinfo=NEW_YORK) for day, hour, minute in (first, second))
    found = END_TIMES.parse_end(utterance, now)
    assert found is not None
    assert (found.either, found.ended, found.future) == (either, either[1], True)


@pytest.mark.parametrize(
    ("utterance", "now", "expected"),
    [
        ("my infusion ended at 2", LUNCH, LUNCH.replace(hour=14, minute=0)),  # in eight minutes: clocks differ
        ("my infusion ended at 1", LUNCH, LUNCH.replace(hour=13, minute=0)),
        ("my infusion ended at 2.30 am", LUNCH, LUNCH.replace(hour=2, minute=30)),
        ("my infusion ended at 02:30", LUNCH, LUNCH.replace(hour=2, minute=30)),
        ("my infusion ended at 4 this morning", LUNCH, LUNCH.replace(hour=4, minute=0)),
        ("my infusion ended at 2.30 last night", LUNCH, LUNCH.replace(hour=2, minute=30)),
        ("my infusion ended at 8", LUNCH, LUNCH.replace(hour=8, minute=0)),  # clinics are open then
        ("my infusion ended at 2.30 in the afternoon", LUNCH, LUNCH.replace(hour=14, minute=30)),  # to come, and no night
        ("my infusion ended at 2.30 pm", LUNCH, LUNCH.replace(hour=14, minute=30)),
        ("my infusion ended at 3", LUNCH.replace(hour=3, minute=40), LUNCH.replace(hour=3, minute=0)),  # awake at that hour
    ],
)
def test_what_has_one_likely_reading_is_not_asked_about(utterance: str, now: datetime, expected: datetime) -> None:
    found = END_TIMES.parse_end(utterance, now)
    assert found is not None
    assert (found.ended, found.either) == (expected, None)


@given(INSTANTS, ZONES, st.integers(1, 12), st.integers(0, 59))
def test_of_either_one_is_hours_ago_and_one_still_to_come(instant: datetime, zone: ZoneInfo, hour: int, minute: int) -> None:
    now = instant.astimezone(zone)
    found = END_TIMES.parse_end(f"my infusion ended at {hour}:{minute:02}", now)
    if found is not None and found.either is not None:
        first, second = (one.astimezone(UTC) for one in found.either)
        assert first < instant - timedelta(hours=1) < instant + timedelta(minutes=10) < second
        assert found.either[0].hour not in range(7, 21)
        assert found.either[1].date() == now.date()


# -- which of two readings -------------------------------------------------------------------------------------------

EITHER = (LUNCH.replace(hour=2, minute=30), LUNCH.replace(hour=14, minute=30))
OF_TWO_DAYS = (datetime(2026, 11, 23, 23, tzinfo=NEW_YORK), datetime(2026, 11, 24, 11, tzinfo=NEW_YORK))


@pytest.mark.parametrize(
    ("text", "either", "picked"),
    [
        ("am", EITHER, 0),
        ("PM!", EITHER, 1),
        ("p.m. of course", EITHER, 1),
        ("in the afternoon", EITHER, 1),
        ("this morning", EITHER, 0),
        ("the afternoon, sorry", EITHER, 1),
        ("2.30 pm", EITHER, 1),
        ("half past two in the afternoon", EITHER, 1),
        ("at 2:30 am", EITHER, 0),
        ("14:30", EITHER, 1),
        ("I meant pm", EITHER, 1),
        ("it was at night", EITHER, 0),
        ("yesterday", OF_TWO_DAYS, 0),
        ("today", OF_TWO_DAYS, 1),
        ("last night", OF_TWO_DAYS, 0),
        ("2.30", EITHER, None),
        ("yes", EITHER, None),
        ("am I allowed to drive", EITHER, None),
        ("3 pm", EITHER, None),
        ("yesterday", EITHER, None),
        ("pm? what do you mean", EITHER, None),
        ("", EITHER, None),
    ],
)
def test_the_reading_that_is_meant_is_picked(text: str, either: tuple[datetime, datetime], picked: int | None) -> None:
    assert END_TIMES.pick(text, either) == (None if picked is None else either[picked])


# -- answers and corrections -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "hour", "minute"),
    [
        ("2 pm", 14, 0),
        ("3", 15, 0),
        ("around half past two", 14, 30),
        ("it ended at quarter past two", 14, 15),
        ("2,5 h ago", 13, 0),
        ("14h10 i think", 14, 10),
        ("it just ended", 15, 30),
        ("no, i meant 1", 13, 0),
        ("3 and i feel fine", 15, 0),
        ("it was two, thanks", 14, 0),
    ],
)
def test_an_answer_is_a_time_with_or_without_words_around_it(text: str, hour: int, minute: int) -> None:
    found = END_TIMES.parse_answer(text, TUESDAY)
    assert found is not None
    assert found.ended == TUESDAY.replace(hour=hour, minute=minute)


@pytest.mark.parametrize(
    "text",
    ["", "no", "14 days", "can i take 2 pills", "what about 6 infusions", "at 25:00", "3 or 4", "no one told me", "no one",
     "5 a side football", "one enough?", "session five was long", "finished my 6 what now"],
)  # fmt: skip
def test_an_answer_without_a_time_is_none(text: str) -> None:
    assert END_TIMES.parse_answer(text, TUESDAY) is None


@pytest.mark.parametrize(
    ("text", "hour", "minute"),
    [
        ("sorry no, half past two", 14, 30),
        ("no I meant 3", 15, 0),
        ("oops, 1.15", 13, 15),
        ("no, an hour ago", 14, 30),
        ("half past two", 14, 30),
        ("wait, it was 11", 11, 0),
        ("actually ten to one, sorry", 12, 50),
        ("make that 14h10 please", 14, 10),
        ("no, 3. what does it cost", 15, 0),
    ],
)
def test_a_correction_is_another_time(text: str, hour: int, minute: int) -> None:
    found = END_TIMES.parse_correction(text, TUESDAY)
    assert found is not None
    assert found.ended == TUESDAY.replace(hour=hour, minute=minute)
    assert bool(found.besides) == ("cost" in text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no",
        "3",
        "no, 3 weeks",
        "no 6 infusions",
        "sorry, i meant depression",
        "at 3 can i eat",
        "no 3 people drive me",
        "no one",
    ],
)
def test_what_puts_no_time_right_is_no_correction(text: str) -> None:
    assert END_TIMES.parse_correction(text, TUESDAY) is None


@pytest.mark.parametrize(
    ("at", "now", "expected"),
    [
        (time(14, 10), TUESDAY, TUESDAY.replace(hour=14, minute=10)),
        (time(10, 30), TUESDAY.replace(hour=23), TUESDAY.replace(hour=10, minute=30)),  # and not half past ten at night
        (time(23, 50), NIGHT, datetime(2026, 11, 23, 23, 50, tzinfo=NEW_YORK)),
        (time(18), TUESDAY, TUESDAY.replace(hour=18, minute=0)),
        (time(2, 30), datetime(2026, 3, 8, 9, tzinfo=NEW_YORK), None),
    ],
)
def test_the_latest_such_time_is_that_of_the_last_hours(at: time, now: datetime, expected: datetime | None) -> None:
    assert latest(at, now) == expected


def test_a_time_that_the_clocks_skipped_is_no_end() -> None:
    assert END_TIMES.parse_end("my infusion ended at 2:30 am", datetime(2026, 3, 8, 9, tzinfo=NEW_YORK)) is None


def test_of_a_time_that_came_twice_the_later_that_is_past_is_taken() -> None:
    def read(now: datetime) -> datetime:
        found = END_TIMES.parse_end("my infusion ended at 1:30 am", now)
        assert found is not None
        assert not found.future
        return found.ended.astimezone(UTC)

    assert read(datetime(2026, 11, 1, 9, tzinfo=NEW_YORK)) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    assert read(datetime(2026, 11, 1, 1, 40, tzinfo=NEW_YORK)) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_an_hour_ago_is_an_hour_ago_when_the_clocks_change() -> None:
    found = END_TIMES.parse_end("my infusion ended 2 hours ago", datetime(2026, 3, 8, 4, 0, tzinfo=NEW_YORK))
    assert found is not None
    assert found.ended == datetime(2026, 3, 8, 1, 0, tzinfo=NEW_YORK)


def test_now_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        END_TIMES.parse_end("my infusion ended at 3", datetime(2026, 11, 24))


PIECES = st.sampled_from(
    ["my", "infusion", "session", "ended", "finished", "was", "done", "over", "i", "it", "got out of", "at", "around", "@", "3",
     "2:10", "25:00", "14.10", "pm", "a.m.", "noon", "midnight", "12", "999", "0", "an", "half", "past", "to", "hour", "hours",
     "and a half",
     "minutes", "ago", "since", "yesterday", "last night", "this morning", "tonight", "today", ",", ".", "\n", "ish",
     "o'clock", "½", "1410", "just", "now", "14h10", "2,5", "1h30", "no", "i meant", "half-past", "1/2", "-", "99:59"]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(PIECES, max_size=14).map(" ".join)), INSTANTS, ZONES)
@example("my infusion ended 999 hours 999 minutes ago", TUESDAY.astimezone(UTC), NEW_YORK)
def test_no_utterance_raises_and_an_end_that_is_past_is_past(utterance: str, instant: datetime, zone: ZoneInfo) -> None:
    now = instant.astimezone(zone)
    found = END_TIMES.parse_end(utterance, now)
    if found is not None:
        assert found.ended.tzinfo is zone
        assert found.future == (found.ended.astimezone(UTC) > instant + timedelta(minutes=10))


@given(st.one_of(st.text(), st.lists(PIECES, max_size=10).map(" ".join)), INSTANTS, ZONES)
def test_no_text_makes_the_other_readers_raise(text: str, instant: datetime, zone: ZoneInfo) -> None:
    now = instant.astimezone(zone)
    for found in (END_TIMES.parse_answer(text, now), END_TIMES.parse_correction(text, now)):
        assert found is None or found.future == (found.ended.astimezone(UTC) > instant + timedelta(minutes=10))
    assert END_TIMES.pick(text, (now, now + timedelta(hours=12))) in {None, now, now + timedelta(hours=12)}
    if END_TIMES.parse_end(text, now) is not None:
        assert END_TIMES.speaks_of_an_end(text)


def calls(text: str) -> int:
    """How many functions are called to read ``text`` in all ways."""
    count = 0

    def called(*_: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(called)
    try:
        END_TIMES.parse_end(text, TUESDAY)
        END_TIMES.parse_answer(text, TUESDAY)
        END_TIMES.parse_correction(text, TUESDAY)
        END_TIMES.pick(text, EITHER)
        END_TIMES.parse_time(text)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    "piece",
    ["my ", "i just ", "my infusion ", "finished ", "at ", "an hour ", "3 ", "3", "ended my ", " ", "\n", "no sorry ", "a.",
     "and ", "yesterday i finished ", "my infusion ended at 3 of ", "it usually ended, ", "two thirty "],
)  # fmt: skip
def test_work_grows_as_the_text_does(piece: str) -> None:
    short, long = (calls((piece * length)[:length] + " ended") for length in (2_000, 4_000))
    assert long <= 2.3 * short + 200
