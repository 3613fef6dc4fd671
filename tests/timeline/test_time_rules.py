"""Times as people say them: lengths, and times of day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.language.english import ENGLISH
from bot.timeline.end_time_english import ENGLISH as WORDS
from bot.timeline.rules import Rules
from bot.timeline.time_rules import TimeRules
from bot.timeline.tokens import tokenise

TIMES = TimeRules(ENGLISH, WORDS, Rules(WORDS.rules, WORDS.clause_signs))


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("2 hours", 120),
        ("2,5 h", 150),
        ("2.5h", 150),
        ("two and a half hours", 150),
        ("two hours and a half", 150),
        ("an hour and a quarter", 75),
        ("an hour and 20 minutes", 80),
        ("1h30", 90),
        ("1h30min", 90),
        ("1 h 30 min", 90),
        ("1:30 h", 90),
        ("90 min", 90),
        ("ninety minutes", 90),
        ("forty-five mins", 45),
        ("half an hour", 30),
        ("a half hour", 30),
        ("1/2 hour", 30),
        ("½ hour", 30),
        ("1 1/2 hours", 90),
        ("1½ hours", 90),
        ("a quarter of an hour", 15),
        ("three quarters of an hour", 45),
        ("an hour or so", 60),
    ],
)
def test_a_length_of_time_is_read_to_its_end(text: str, minutes: int) -> None:
    tokens = tokenise(text, ENGLISH.ordinal_endings)
    found = TIMES.duration(tokens, 0)
    assert found is not None
    assert (found.span, found.end) == (timedelta(minutes=minutes), len(tokens))


@pytest.mark.parametrize(
    "text", ["", "2", "a few hours", "a couple of hours", "hours", "2000 hours", "1.2.3 h", "3 weeks", "5/2 h"]
)
def test_what_is_not_exact_is_no_length(text: str) -> None:
    assert TIMES.duration(tokenise(text, ENGLISH.ordinal_endings), 0) is None


@pytest.mark.parametrize(
    ("text", "hour", "minute", "is_open", "is_whole"),
    [
        ("14:10", 14, 10, False, True),
        ("14h10", 14, 10, False, True),
        ("14 h 10", 14, 10, False, True),
        ("14h", 14, 0, False, True),
        ("2.30", 2, 30, True, True),
        ("2:30 pm", 14, 30, False, True),
        ("2 30 pm", 14, 30, False, True),
        ("02:30", 2, 30, False, True),
        ("1410", 14, 10, False, True),
        ("230", 2, 30, True, False),
        ("3", 3, 0, True, False),
        ("half past two", 2, 30, True, False),
        ("half-past two", 2, 30, True, False),
        ("quarter past 14", 14, 15, False, False),
        ("ten to three", 2, 50, True, False),
        ("ten to one", 12, 50, True, False),
        ("five to noon", 11, 55, False, False),
        ("quarter to midnight", 23, 45, False, False),
        ("three minutes past two", 2, 3, True, False),
        ("ten past 12 am", 0, 10, False, True),
        ("two thirty", 2, 30, True, False),
        ("twelve forty-five", 12, 45, True, False),
        ("3 o'clock", 3, 0, True, False),
        ("3ish p.m.", 15, 0, False, True),
        ("12 noon", 12, 0, False, True),
        ("midnight", 0, 0, False, True),
    ],
)
def test_a_time_of_day_is_read_to_its_end(text: str, hour: int, minute: int, is_open: bool, is_whole: bool) -> None:
    tokens = tokenise(text, ENGLISH.ordinal_endings)
    found = TIMES.clock(tokens, 0)
    assert found is not None
    assert (found.hour, found.minute, found.is_open, found.is_whole) == (hour, minute, is_open, is_whole)
    assert found.end == len(tokens)


@pytest.mark.parametrize("text", ["", "25:00", "14:61", "13 pm", "2:1", "2:100", "1:2:3", "noon pm", "99999", "later", "2.5"])
def test_nonsense_is_no_time_of_day(text: str) -> None:
    assert TIMES.clock(tokenise(text, ENGLISH.ordinal_endings), 0) is None
