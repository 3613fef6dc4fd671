"""What is said about the end of an infusion, as values."""

from __future__ import annotations

import pytest

from bot.language.english import ENGLISH
from bot.timeline.end_time_english import ENGLISH as WORDS
from bot.timeline.rules import Rules
from bot.timeline.statements import PartOfDay, Statements
from bot.timeline.time_rules import TimeRules
from bot.timeline.tokens import tokenise

RULES = Rules(WORDS.rules, WORDS.clause_signs)
STATEMENTS = Statements(WORDS, RULES, TimeRules(ENGLISH, WORDS, RULES))


@pytest.mark.parametrize(
    ("text", "said", "is_report"),
    [
        ("my infusion ended at 3", ["my infusion ended"], [True]),
        ("at noon i got out of my infusion", ["i got out of my infusion"], [True]),
        ("i finished. it was over at 3", ["i finished", "it was over"], [True, True]),
        ("my ketamine infusion at the clinic this morning has just ended", [""], [True]),
        ("my infusion will be done at 3", [], []),
        ("until my infusion ended", ["my infusion ended"], [False]),
        ("the movie was long and it ended", ["it ended"], [False]),
        ("the movie was long. it ended", ["it ended"], [True]),
        ("usually my infusion ended at 3", ["my infusion ended"], [False]),
        ("usually, my infusion ended at 3", ["my infusion ended"], [True]),
    ],
)
def test_statements_are_found_one_after_the_other(text: str, said: list[str], is_report: list[bool]) -> None:
    tokens = tokenise(text, ENGLISH.ordinal_endings)
    found = list(STATEMENTS.statements(tokens))
    parts = [text[tokens[one.start].start : tokens[one.end - 1].end] for one in found]
    assert parts == [part or text for part in said]
    assert [STATEMENTS.is_report(tokens, one) for one in found] == is_report


@pytest.mark.parametrize(
    ("text", "day", "hours"),
    [
        ("this morning", "today", range(12)),
        ("in the afternoon", "", range(12, 18)),
        ("yesterday evening", "yesterday", range(16, 24)),
        ("earlier today", "today", range(24)),
        ("last night", "last night", [*range(6), *range(17, 24)]),
        ("tonight", "", [*range(6), *range(17, 24)]),
    ],
)
def test_a_part_of_the_day_has_its_hours(text: str, day: str, hours: range | list[int]) -> None:
    found = STATEMENTS.part(tokenise(text, ENGLISH.ordinal_endings), 0)
    assert found == PartOfDay(len(text.split()), day, frozenset(hours))


def test_of_two_parts_both_hold() -> None:
    both = PartOfDay(2, "today", frozenset({1, 2})).joined(PartOfDay(5, "yesterday", frozenset({2, 3})))
    assert both == PartOfDay(5, "yesterday", frozenset({2}))
    assert both.is_said
    assert not PartOfDay().is_said
