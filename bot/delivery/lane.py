"""One thread for what takes long, and who comes first there: whoever has less to be read, but nobody waits for ever."""

from __future__ import annotations

import asyncio
import itertools
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

_T = TypeVar("_T")
_Job = tuple[float, int, Callable[[], None]]  # by when, a number that breaks ties, what


class Lane:
    """Runs work on a thread of its own, the one that is due first before the others.

    One thread: what runs here is the interpreter's for the most part, and two would take it from each other and from the loop.
    ``concurrent.futures`` knows the order of arrival alone, in which a question stands behind every long letter.
    """

    def __init__(self, name: str) -> None:
        self._jobs: queue.PriorityQueue[_Job] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[], _T], within: float) -> _T:
        """What ``work`` returns. ``within`` seconds it is due: later than what is due before that, whoever came first."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[_T] = loop.create_future()

        def job() -> None:
            if future.cancelled():
                return
            try:
                result = work()
            except BaseException as error:  # noqa: BLE001  # it goes to who asked
                _tell(loop, future, future.set_exception, error)
            else:
                _tell(loop, future, future.set_result, result)

        self._put(time.monotonic() + within, job)
        return await future

    @property
    def waiting(self) -> int:
        """How much waits."""
        return self._jobs.qsize()

    def close(self) -> None:
        """What waits is not done any more."""
        self._closed = True
        self._put(0.0, lambda: None)

    def _put(self, due: float, job: Callable[[], None]) -> None:
        self._jobs.put((due, next(self._numbers), job))

    def _run(self) -> None:
        while True:
            _, _, job = self._jobs.get()
            if self._closed:
                return
            job()


def _tell(loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any], put: Callable[[Any], None], value: Any) -> None:
    def told() -> None:
        if not future.done():
            put(value)

    # The loop may be closed by now: then nobody waits any more.
    if not loop.is_closed():
        loop.call_soon_threadsafe(told)
