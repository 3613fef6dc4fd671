"""Who comes first on the one thread."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from bot.delivery.lane import Lane


@pytest.fixture
def lane() -> Iterator[Lane]:
    found = Lane("test")
    yield found
    found.close()


async def _busy(lane: Lane) -> tuple[threading.Event, asyncio.Task[None]]:
    """The thread is at work until the event is set."""
    began, held = threading.Event(), threading.Event()

    def hold() -> None:
        began.set()
        held.wait(10)

    task = asyncio.create_task(lane.run(hold, 0))
    await asyncio.to_thread(began.wait, 10)
    return held, task


async def test_what_is_due_first_is_done_first_whoever_came_before(lane: Lane) -> None:
    done: list[str] = []

    def noting(what: str) -> Callable[[], None]:
        return lambda: done.append(what)

    held, busy = await _busy(lane)
    due = {"letter": 30.0, "question": 0.1, "another letter": 30.0, "another question": 0.1}
    waiting = [asyncio.create_task(lane.run(noting(what), within)) for what, within in due.items()]
    while lane.waiting < len(due):
        await asyncio.sleep(0)
    held.set()
    await asyncio.gather(busy, *waiting)
    assert done == ["question", "another question", "letter", "another letter"]


async def test_what_waits_long_enough_comes_before_what_is_shorter(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    held, busy = await _busy(lane)
    letter = asyncio.create_task(lane.run(lambda: done.append("letter"), 30.0))
    while not lane.waiting:
        await asyncio.sleep(0)
    later = time.monotonic() + 60
    monkeypatch.setattr("bot.delivery.lane.time.monotonic", lambda: later)
    question = asyncio.create_task(lane.run(lambda: done.append("question"), 0.1))
    while lane.waiting < 2:
        await asyncio.sleep(0)
    held.set()
    await asyncio.gather(busy, letter, question)
    assert done == ["letter", "question"]


async def test_what_fails_tells_who_asked_and_the_next_is_done(lane: Lane) -> None:
    def fail() -> None:
        raise LookupError("a canary")

    with pytest.raises(LookupError):
        await lane.run(fail, 0)
    assert await lane.run(lambda: 7, 0) == 7


async def test_what_nobody_waits_for_any_more_is_not_done(lane: Lane) -> None:
    done: list[str] = []
    held, busy = await _busy(lane)
    waiting = asyncio.create_task(lane.run(lambda: done.append("cancelled"), 0))
    while not lane.waiting:
        await asyncio.sleep(0)
    waiting.cancel()
    held.set()
    await asyncio.gather(busy, waiting, return_exceptions=True)
    await lane.run(lambda: done.append("next"), 0)
    assert done == ["next"]


async def test_closed_it_does_nothing_more(lane: Lane) -> None:
    done: list[str] = []
    held, busy = await _busy(lane)
    waiting = asyncio.create_task(lane.run(lambda: done.append("late"), 0))
    while not lane.waiting:
        await asyncio.sleep(0)
    lane.close()
    held.set()
    await busy
    lane._thread.join(10)
    assert (done, lane._thread.is_alive()) == ([], False)
    waiting.cancel()
