"""getUpdates: offsets, the limits against spinning, and two pollers at once."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from itertools import islice

from tests.fakes.botapi.state import ApiError, Attempt, Call, Encoded, State

CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
BY_WEBHOOK = "Conflict: terminated by setWebhook request"
ACTIVE = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
ROOM = 1 << 22  # bytes of updates in one answer
WAKE = 0.001  # seconds from a new update to the answer, so that a few come together

NOTHING = Encoded("[]")


@dataclass(slots=True)
class _Poll:
    offset: int
    limit: int
    answer: asyncio.Future[Encoded]
    timer: asyncio.TimerHandle
    awake: bool = False


class Poller:
    def __init__(self, state: State) -> None:
        self._state = state
        self._poll: _Poll | None = None
        self._last_offset, self._last_start = -1, float("-inf")
        self._next_conflict = 0.0

    async def get_updates(self, call: Call) -> Encoded:
        offset = _integer(call.params.get("offset"), 0)
        limit = min(100, max(1, _integer(call.params.get("limit"), 100)))
        timeout = min(50, max(0, _integer(call.params.get("timeout"), 0)))
        now, clock = time.monotonic(), self._state.clock
        if offset == self._last_offset and timeout < 3 and now < self._last_start + clock.real(3):
            timeout = 3
        if offset == self._last_offset and now < self._last_start + clock.real(0.5):
            limit = 1
        self._last_offset, self._last_start = offset, now
        offset = self._confirm(offset)
        updates = self._read(offset, limit)
        if updates is not None or timeout == 0 or not self._state.long_polling:
            return updates or NOTHING
        self.abort(CONFLICT)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Encoded] = loop.create_future()
        self._poll = _Poll(offset, limit, answer, loop.call_later(clock.real(timeout), self._end))
        return await answer

    def wake(self) -> None:
        """There is a new update."""
        if self._poll is not None and not self._poll.awake:
            self._poll.awake = True
            self._poll.timer.cancel()
            self._poll.timer = asyncio.get_running_loop().call_later(WAKE, self._end)

    def abort(self, reason: str) -> None:
        """End the long poll that waits, if any, with a conflict."""
        if self._poll is not None:
            poll, self._poll = self._poll, None
            poll.timer.cancel()
            if not poll.answer.done():
                poll.answer.set_exception(self.conflict(reason))

    def conflict(self, reason: str) -> ApiError:
        """The second within 3 s is answered 3 s later."""
        now = time.monotonic()
        if now >= self._next_conflict:
            self._next_conflict = now + self._state.clock.real(3)
            return ApiError(409, reason)
        return ApiError(409, reason, hold=3.0)

    def _end(self) -> None:
        if self._poll is None:
            return
        poll, self._poll = self._poll, None
        if not poll.answer.done():
            poll.answer.set_result(self._read(self._confirm(poll.offset), poll.limit) or NOTHING)

    def _confirm(self, offset: int) -> int:
        """Drop what ``offset`` confirms; returns the id to read from."""
        waiting = self._state.waiting()
        if offset < 0:
            kept = list(waiting)
            for entry in kept[:offset]:
                self._state.done(entry, "offset")
            return 0
        if offset > self._state.next_update_id + 10:
            return 0  # so far in the future that Telegram starts at the head
        for entry in waiting:
            if entry.id >= offset:
                break
            self._state.done(entry, "offset")
        return offset

    def _read(self, offset: int, limit: int) -> Encoded | None:
        room, found, now = ROOM, [], time.monotonic()
        for entry in islice((entry for entry in self._state.waiting() if entry.id >= offset), limit):
            room -= 50 + len(entry.encoded)
            if room <= 0:
                break
            found.append(entry.encoded)
            entry.attempts.append(Attempt(now, "poll", "200", now))
        return Encoded(f"[{','.join(found)}]") if found else None


def _integer(value: str | None, default: int) -> int:
    try:
        return int(value) if value else default
    except ValueError:
        return default
