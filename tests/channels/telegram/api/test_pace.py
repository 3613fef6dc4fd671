"""Whose turn it is, on a clock that jumps from one wait to the next."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.api.pace import Pace

SLACK = 1e-6


class Time:
    """``sleep`` wakes when ``run`` has come so far; ``run`` jumps as soon as nobody has anything to do."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.sleeps = 0
        self._asleep: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.sleeps += 1
        heapq.heappush(self._asleep, (self.now + max(seconds, 0.0), next(self._numbers), woken))
        await woken

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    async def run(self, until: float = float("inf")) -> None:
        await self.settle()
        while self._asleep and self._asleep[0][0] <= until:
            at, _, woken = heapq.heappop(self._asleep)
            self.now = max(self.now, at)
            if not woken.done():
                woken.set_result(None)
            await self.settle()
        if until < float("inf"):
            self.now = max(self.now, until)


class Course:
    """Calls that are made at given moments, and when each had its turn (relative to the start)."""

    def __init__(self, **settings: Any) -> None:
        self.time = Time()
        self.began = self.time.now
        self.pace = Pace(clock=self.time, sleep=self.time.sleep, **settings)
        self.turns: list[tuple[float, int | str | None, int]] = []
        self.tasks: list[asyncio.Task[None]] = []
        self._numbers = itertools.count()

    def call(self, chat: int | str | None, at: float = 0.0, group: bool | None = None) -> asyncio.Task[None]:
        task = asyncio.create_task(self._call(chat, at, group, next(self._numbers)))
        self.tasks.append(task)
        return task

    async def _call(self, chat: int | str | None, at: float, group: bool | None, number: int) -> None:
        if at:
            await self.time.sleep(at)
        await self.pace.turn(chat, group)
        self.turns.append((self.time.now - self.began, chat, number))

    async def run(self, until: float = float("inf")) -> None:
        await self.time.run(self.began + until)

    def moments(self, chat: int | str | None) -> list[float]:
        return [at for at, other, _ in self.turns if other == chat]


def keeps(moments: Sequence[float], rate: float, burst: int) -> bool:
    """Whether a token bucket of ``rate`` and ``burst`` would let all of ``moments`` through."""
    tokens, before = float(burst), None
    for now in moments:
        tokens = min(burst, tokens + (now - before) * rate) if before is not None else tokens
        if tokens < 1 - SLACK:
            return False
        tokens, before = tokens - 1, now
    return True


CALLS = st.lists(st.tuples(st.floats(0, 20), st.sampled_from([1, 2, 3, -4, -5])), max_size=60)


@given(CALLS)
def test_no_limit_is_ever_broken_and_nobody_is_overtaken(calls: list[tuple[float, int]]) -> None:
    async def course() -> Course:
        made = Course(overall=4, overall_burst=2, group=12, group_burst=4)
        for at, chat in sorted(calls):
            made.call(chat, at)
        await made.run()
        return made

    made = asyncio.run(course())
    assert len(made.turns) == len(calls)
    assert keeps([at for at, *_ in made.turns], 4, 2)
    numbers = defaultdict(list)
    for _, chat, number in made.turns:
        numbers[chat].append(number)
    for chat, order in numbers.items():
        assert order == sorted(order)
        assert chat is not None
        assert keeps(made.moments(chat), 1, 3)
        assert chat > 0 or keeps(made.moments(chat), 12 / 60, 4)  # type: ignore[operator]


async def test_a_chat_may_burst_and_then_goes_on_at_its_rate() -> None:
    course = Course()
    for _ in range(6):
        course.call(1)
    await course.run()
    assert course.moments(1) == pytest.approx([0, 0, 0.15, 1.15, 2.15, 3.15])


async def test_a_chat_that_waits_holds_up_no_other() -> None:
    course = Course()
    for _ in range(20):
        course.call(1)
    course.call(2)
    await course.run(0.5)
    assert course.moments(2)[0] < 0.2


async def test_all_chats_share_the_overall_rate_in_the_order_in_which_they_came() -> None:
    course = Course(overall=30, overall_burst=5)
    for chat in range(1, 301):
        course.call(chat)
    await course.run()
    assert [chat for _, chat, _ in course.turns] == list(range(1, 301))
    assert course.turns[-1][0] == pytest.approx(295 / 30, abs=0.3)
    assert course.time.sleeps <= 300  # one waits for all, and nobody polls


@pytest.mark.parametrize(
    ("chat", "group", "last"),
    [
        pytest.param(-1, None, 60, id="negative-id"),
        pytest.param("@clinic", None, 60, id="name"),
        pytest.param(1, None, 37, id="private"),
        pytest.param(1, True, 60, id="told-that-it-is-one"),
        pytest.param(-1, False, 37, id="told-that-it-is-none"),
    ],
)
async def test_groups_have_a_limit_of_their_own(chat: int | str, group: bool | None, last: float) -> None:
    course = Course()
    for _ in range(40):
        course.call(chat, group=group)
    await course.run()
    assert course.moments(chat)[-1] == pytest.approx(last, abs=0.5)


async def test_calls_that_no_chat_limit_counts_wait_for_the_bots_flood_alone() -> None:
    course = Course(overall=1, overall_burst=1)
    for _ in range(10):
        course.call(None)
    await course.run()
    assert course.moments(None) == [0.0] * 10
    course.pace.flood(None, 3)
    course.call(None)
    await course.run()
    assert course.moments(None)[-1] == pytest.approx(3)


# -- floods -------------------------------------------------------------------------------------------------------


async def test_a_flooded_chat_waits_and_no_other_does() -> None:
    course = Course()
    course.pace.flood(1, 5)
    course.call(1)
    course.call(2)
    await course.run()
    assert course.moments(1) == [pytest.approx(5)]
    assert course.moments(2) == [0]


async def test_a_flood_also_holds_who_stands_in_the_queue_already() -> None:
    course = Course(overall=1, overall_burst=1)
    for chat in (1, 2, 3):
        course.call(chat)
    await course.run(0.5)
    course.pace.flood(2, 5)
    await course.run()
    assert course.moments(1) == [0]
    assert course.moments(3)[0] < 2.5
    assert course.moments(2)[0] >= 5.5


@pytest.mark.parametrize(
    ("flooded", "all_wait"),
    [
        pytest.param([None], True, id="the-bots"),
        pytest.param([1, 2], True, id="two-private-chats"),
        pytest.param([1, 1], False, id="one-private-chat-twice"),
        pytest.param([-1, -2], False, id="two-groups"),
        pytest.param([1, -2], False, id="a-chat-and-a-group"),
    ],
)
async def test_nothing_goes_to_anybody_where_the_limit_is_the_bots(flooded: list[int | None], all_wait: bool) -> None:
    course = Course()
    for chat in flooded:
        course.pace.flood(chat, 4)
    course.call(9)
    await course.run()
    assert course.moments(9) == [pytest.approx(4 if all_wait else 0)]


async def test_two_private_chats_flooded_one_after_the_other_are_two_matters() -> None:
    course = Course()
    course.pace.flood(1, 1)
    await course.time.run(course.time.now + 2)
    course.pace.flood(2, 4)
    course.call(9)
    await course.run()
    assert course.moments(9)[0] == pytest.approx(2)


async def test_without_an_overall_rate_the_first_flood_brings_one_for_an_hour() -> None:
    course = Course(overall=None, overall_burst=1)
    for chat in range(1, 101):
        course.call(chat)
    await course.run()
    assert {at for at, *_ in course.turns} == {0}
    course.pace.flood(None, 10)
    for chat in range(1001, 1101):
        course.call(chat)
    await course.run()
    after = [at for at, *_ in course.turns[100:]]
    assert after[0] >= 10
    assert keeps(after, 30, 1)
    for chat in range(2001, 2101):
        course.call(chat, at=3700)
    await course.run()
    assert course.turns[-1][0] - course.turns[200][0] == 0


async def test_what_is_urgent_waits_for_no_limit_of_ours() -> None:
    course = Course(overall=1, overall_burst=1)
    for chat in [1] * 10 + list(range(2, 10)):
        course.call(chat)
    await course.run(0.5)
    assert course.pace.wait(1, urgent=True) == 0
    async with asyncio.timeout(5):
        await course.pace.turn(1, urgent=True)
    assert course.time.now == course.began + 0.5
    await course.run()
    assert max(at for at, *_ in course.turns) >= 18  # it counts for the others


async def test_what_is_urgent_waits_while_telegram_takes_nothing() -> None:
    course = Course()
    course.pace.flood(1, 5)
    urgent = asyncio.create_task(course.pace.turn(1, urgent=True))
    await course.run(4)
    assert not urgent.done()
    await course.run()
    assert urgent.done()


# -- the rest -----------------------------------------------------------------------------------------------------


async def test_speed_makes_all_clocks_faster_but_for_what_telegram_asks_for() -> None:
    course = Course(speed=10)
    for _ in range(13):
        course.call(1)
    await course.run()
    assert course.moments(1)[-1] == pytest.approx(1.15, abs=0.1)
    course.pace.flood(1, 5)
    assert course.pace.wait(1) == pytest.approx(5)
    assert course.pace.scaled(30) == 3


async def test_a_call_that_is_given_up_takes_nothing_and_blocks_nobody() -> None:
    course = Course(chat_burst=1)
    course.call(1)
    given_up = course.call(1)
    course.call(1)
    await course.run(0.5)
    given_up.cancel()
    await course.run()
    assert course.moments(1) == pytest.approx([0, 1])


async def test_few_chats_are_remembered_and_none_that_owes_something() -> None:
    course = Course(overall=None, chats=50)
    course.pace.flood(1, 100_000)
    for chat in range(2, 1002):
        course.call(chat, at=chat * 10.0)
    await course.run(10_100)
    assert len(course.pace) <= 51
    assert len(course.turns) == 1000
    assert course.pace.wait(1) > 80_000


async def test_memory_is_bounded_even_if_all_owe_something() -> None:
    course = Course(overall=None, chats=50)
    for chat in range(1000):
        course.pace.flood(-chat - 1, 10_000)
    assert len(course.pace) <= 101
