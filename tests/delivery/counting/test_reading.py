"""What is read back: by day, by hour of the clinic's day, by kind, topic, feedback, alarm."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.delivery.counting import records
from bot.delivery.counting.counter import Counting
from bot.delivery.counting.measures import CountKey
from bot.delivery.counting.reading import Counted, TopicAsked, TopicFeedback
from bot.delivery.service import Rated
from bot.delivery.storage import Storage
from bot.dialogue.conversation import Reply
from bot.dialogue.events import NotHelped
from tests.delivery.counting.turns import ANN, AT, NOBODY, answered, turned

CHICAGO = ZoneInfo("America/Chicago")
TODAY, YESTERDAY = date(2025, 11, 24), date(2025, 11, 23)
NONE = {"wrong": 0, "unclear": 0, "not_asked": 0, "missing": 0}


@pytest.fixture
async def counted(store: Storage) -> Counted:
    """Two days at a clinic in Chicago: one question in the evening, and at ten in the morning what a clinic is asked."""
    counting = Counting(store, lambda: {"aurora": CHICAGO}, clock=lambda: AT)
    for turn in (
        turned(answered("driving"), at=AT - 12 * 3600),  # 22:00 the day before
        turned(answered("driving", "eating"), at=AT),
        turned(answered(kind="boundary", boundaries=("price",)), key=NOBODY, at=AT + 1),
        turned(Reply("smalltalk", "hello"), at=AT + 2),
        turned(Reply("fallback", "sorry"), NotHelped(), at=AT + 3),
        turned(Reply("urgent", "call", urgent="plain_overdose"), at=AT + 3600),
    ):
        counting.turned(turn)
    counting.rated(Rated(ANN, ("driving", "eating"), ("not_helped", "wrong"), AT))
    counting.rated(Rated(ANN, ("driving",), ("helped",), AT))
    counting.rated(Rated(ANN, ("price",), ("not_helped",), AT))
    await counting.write()
    return Counted(store, lambda _: CHICAGO)


async def test_all_that_is_shown(counted: Counted) -> None:
    found = await counted.between("aurora", YESTERDAY - timedelta(days=1), TODAY)
    assert [(one.day.day, one.questions, one.replies) for one in found.days] == [(22, 0, 0), (23, 1, 1), (24, 3, 5)]
    assert found.questions == 4
    assert {hour: many for hour, many in enumerate(found.hours) if many} == {10: 2, 11: 1, 22: 1}
    assert found.hours_since == YESTERDAY
    assert found.channels == {"telegram": 5, "web": 1}
    assert found.kinds == {"answer": 2, "boundary": 1, "fallback": 1, "smalltalk": 1, "urgent": 1}
    assert found.topics == (
        TopicAsked("driving", "entry", 2),
        TopicAsked("eating", "entry", 1),
        TopicAsked("price", "boundary", 1),
    )
    assert found.alarms == {"overdose": 1}
    assert found.verdicts == {"helped": 1, "not_helped": 2, **NONE, "wrong": 1}
    assert found.feedback == (
        TopicFeedback("eating", 0, 1, {**NONE, "wrong": 1}),
        TopicFeedback("price", 0, 1, NONE),
        TopicFeedback("driving", 1, 1, {**NONE, "wrong": 1}),
    )
    assert [one.topic for one in found.called_wrong] == ["eating", "driving"]


async def test_only_the_days_that_are_asked_for(counted: Counted) -> None:
    found = await counted.between("aurora", YESTERDAY, YESTERDAY)
    assert [(one.day, one.questions) for one in found.days] == [(YESTERDAY, 1)]
    assert (found.topics, found.alarms, found.feedback) == ((TopicAsked("driving", "entry", 1),), {}, ())


async def test_another_clinics_counts_are_its_own(counted: Counted) -> None:
    found = await counted.between("borealis", YESTERDAY, TODAY)
    assert (found.questions, found.kinds, found.hours_since, found.hours) == (0, {}, None, (0,) * 24)
    assert await counted.rows("borealis", YESTERDAY, TODAY) == ()


async def test_days_that_were_folded_are_read_with_the_others(counted: Counted, store: Storage) -> None:
    before = await counted.between("aurora", YESTERDAY, TODAY)
    while await store.run(lambda: records.fold("aurora", CHICAGO, TODAY)):
        pass
    after = await counted.between("aurora", YESTERDAY, TODAY)
    assert after.hours_since == TODAY
    assert sum(after.hours) == sum(before.hours) - 1
    shapes = ("days", "kinds", "channels", "topics", "alarms", "verdicts", "feedback")
    assert {shape: getattr(after, shape) for shape in shapes} == {shape: getattr(before, shape) for shape in shapes}


async def test_a_question_before_midnight_is_of_the_clinics_day(counted: Counted) -> None:
    late, _ = await counted.rows("aurora", YESTERDAY, YESTERDAY)
    assert (late.day, late.hour, late.channel, late.measure, late.subject, late.count) == (
        YESTERDAY,
        22,
        "telegram",
        "reply",
        "answer",
        1,
    )


async def test_days_in_no_order_are_refused(counted: Counted) -> None:
    with pytest.raises(ValueError, match="before the first"):
        await counted.between("aurora", TODAY, YESTERDAY)


async def test_a_year_of_many_questions_is_read_in_few_rows(store: Storage) -> None:
    """What is read does not grow with what was asked: ten rows of a million are ten rows."""
    first = records.first_hour(TODAY, CHICAGO)
    many = {CountKey("aurora", "reply", first + at, "web", "answer"): 100_000 for at in range(10)}
    await store.run(lambda: records.add(many))
    counted = Counted(store, lambda _: CHICAGO)
    assert (await counted.between("aurora", TODAY - timedelta(days=400), TODAY)).questions == 1_000_000
    assert len(await counted.rows("aurora", TODAY, TODAY)) == 10
