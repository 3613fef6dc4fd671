"""What is counted of a reply, and of what is said of one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.delivery.counting.measures import counted_in, counted_of
from bot.delivery.service import Rated, Turned
from bot.dialogue.conversation import Reply, Watch
from bot.dialogue.events import Chosen, Ended, NotHelped
from tests.delivery.counting.turns import ANN, AT, HOUR, answered, turned

_ALARM = Watch(kinds=("overdose",), stage="alarm")
_URGENT = Reply("urgent", "call", urgent="plain_overdose")


@pytest.mark.parametrize(
    ("turn", "counted"),
    [
        pytest.param(
            turned(answered("driving", "eating", boundaries=("price",))),
            [
                ("reply", "answer", ""),
                ("topic", "driving", "entry"),
                ("topic", "eating", "entry"),
                ("topic", "price", "boundary"),
            ],
            id="several",
        ),
        pytest.param(
            turned(answered("driving"), Chosen("driving")), [("reply", "answer", ""), ("topic", "driving", "entry")], id="picked"
        ),
        pytest.param(turned(Reply("fallback", "sorry"), NotHelped()), [("reply", "fallback", "pressed")], id="complaint"),
        pytest.param(
            turned(Reply("timeline", "at 3 pm"), Ended(datetime.fromtimestamp(AT, UTC))),
            [("reply", "timeline", "pressed")],
            id="end",
        ),
        pytest.param(turned(Reply("smalltalk", "hello")), [("reply", "smalltalk", "")], id="small-talk"),
        pytest.param(turned(_URGENT, after=_ALARM), [("reply", "urgent", ""), ("alarm", "overdose", "")], id="alarm"),
        pytest.param(turned(_URGENT, before=_ALARM, after=_ALARM), [("reply", "urgent", "")], id="still-the-same-alarm"),
        pytest.param(
            turned(_URGENT, before=_ALARM, after=Watch(kinds=("self_harm", "overdose"))),
            [("reply", "urgent", ""), ("alarm", "self_harm", "")],
            id="another-danger",
        ),
        pytest.param(
            turned(_URGENT, before=Watch(kinds=("overdose",), stage="safe"), after=_ALARM),
            [("reply", "urgent", ""), ("alarm", "overdose", "")],
            id="again-after-it-was-over",
        ),
        pytest.param(turned(_URGENT), [("reply", "urgent", ""), ("alarm", "overdose", "")], id="out-of-turn"),
    ],
)
def test_what_a_reply_counts_as(turn: Turned, counted: list[tuple[str, str, str]]) -> None:
    found = list(counted_in(turn))
    assert [(key.measure, key.subject, key.detail) for key in found] == counted
    assert {(key.clinic, key.hour, key.channel) for key in found} == {("aurora", HOUR, "telegram")}


def test_what_is_said_of_an_answer_is_counted_for_each_of_its_entries() -> None:
    found = counted_of(Rated(ANN, ("driving", "eating"), ("not_helped", "wrong"), AT))
    assert [(key.measure, key.subject, key.detail) for key in found] == [
        ("verdict", "not_helped", ""),
        ("feedback", "driving", "not_helped"),
        ("feedback", "eating", "not_helped"),
        ("verdict", "wrong", ""),
        ("feedback", "driving", "wrong"),
        ("feedback", "eating", "wrong"),
    ]
