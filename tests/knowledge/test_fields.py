"""Kinds of field: what each takes, and what it says to anything else."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bot.knowledge import yamlfile
from bot.knowledge.fields import Day, Id, Kind, ListOf, MapOf, Matching, OneOf, RecordKind, Row, Share, Text, Whole
from bot.knowledge.yamlfile import Mistakes

PAIR = RecordKind(
    "a pair", {"left": Id()}, {"right": Whole()}, lambda values: "left is not right" if values.get("left") == "right" else None
)


def take(kind: Kind, text: str) -> tuple[Any, list[str]]:
    mistakes = Mistakes()
    value = yamlfile.parse_yaml("f.yaml", f"{text}\n".encode(), mistakes)
    assert value is not None
    return kind.read("f.yaml", value, mistakes), [line.removeprefix("f.yaml:") for line in mistakes.lines()]


@pytest.mark.parametrize(
    ("kind", "text", "wanted"),
    [
        (Text(), "hello  there", "hello there"),
        (Text(), '"12"', "12"),
        (Id(), "wear_off-2", "wear_off-2"),
        (Matching(r"\d+", "digits"), "0012", "0012"),
        (Whole(), "12", 12),
        (Share(), "0.25", 0.25),
        (Share(-5, 5), "-4", -4.0),
        (Day(), "2026-02-28", date(2026, 2, 28)),
        (OneOf(("true", "false")), "true", "true"),
        (ListOf(Whole()), "[1, 2]", (1, 2)),
        (ListOf(Whole()), "[]", ()),
        (MapOf(Whole()), "{a: 1}", {"a": 1}),
    ],
)
def test_what_is_taken(kind: Kind, text: str, wanted: object) -> None:
    assert take(kind, text) == (wanted, [])


@pytest.mark.parametrize(
    ("kind", "text", "wanted"),
    [
        (Text(), "no", '1: YAML does not read no as text; put it in quotes: "no"'),
        (Text(), "[a]", "1: this is a list; text is allowed here"),
        (Text(), "{a: b}", "1: this is a mapping; text is allowed here"),
        (Text(), "~", "1: nothing stands here; text is needed"),
        (Text(), '" "', "1: this text is empty"),
        (Text(3), "long", "1: this text has 4 characters; at most 3"),
        (Id(), "Big", "1: 'Big' is no id"),
        (Id(), "7up", "1: '7up' is no id"),
        (Id(), "a" * 61, "is no id"),
        (Id(), "no", "1: 'no' is no id"),
        (Matching(r"\d+", "digits"), "12a", "1: '12a' is not digits"),
        (Whole(), "0", "1: '0' is not a whole number"),
        (Whole(), "1.5", "1: '1.5' is not a whole number"),
        (Share(), "1.5", "1: '1.5' is not a number from 0 to 1"),
        (Share(), "nan", "1: 'nan' is not a number"),
        (Day(), "2026-02-29", "1: '2026-02-29' is not a date"),
        (Day(), "26-02-01", "1: '26-02-01' is not a date"),
        (OneOf(("a", "b")), "c", "1: 'c' is not known here; allowed: a, b"),
        (ListOf(Whole()), "1", "1: this is text; a list is needed"),
        (ListOf(Whole(), least=1), "[]", "1: this list has 0 items; 1 to"),
        (ListOf(Whole(), most=1), "[1, 2]", "1: this list has 2 items; 0 to 1"),
        (ListOf(Whole()), "- 1\n- 1", "2: '1' stands twice"),
        (MapOf(Whole()), "[a]", "1: this is a list; a mapping"),
        (MapOf(Whole()), "a: 1\nB: 2", "2: 'B' is not allowed as a key"),
        (PAIR, "text", "1: this is text; a pair is a mapping with the keys left, right"),
        (PAIR, "right: 1", "1: a pair lacks left; needed: left"),
        (PAIR, "left: a\nup: b", "2: a pair has no key 'up'; allowed: left, right"),
        (PAIR, "left: right", "1: left is not right"),
        (PAIR, "left: a\nright: x", "2: right: 'x' is not a whole number"),
    ],
)
def test_what_is_refused_and_why(kind: Kind, text: str, wanted: str) -> None:
    _, mistakes = take(kind, text)
    assert any(wanted in one for one in mistakes), mistakes


def test_a_record_is_a_row_that_knows_its_lines() -> None:
    row, mistakes = take(PAIR, "left: a\nright: 3")
    assert mistakes == []
    assert isinstance(row, Row)
    assert (row.get("left"), row.get("right"), row.get("up", "none")) == ("a", 3, "none")
    assert (row.at("right"), row.at("up")) == (2, 1)


def test_a_record_with_a_mistake_is_no_row_and_every_mistake_is_told() -> None:
    row, mistakes = take(PAIR, "left: A\nright: 0\nup: 1")
    assert row is None
    assert [int(one.split(":")[0]) for one in mistakes] == [1, 2, 3]
