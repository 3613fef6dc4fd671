"""How fast messages may go out: to one chat, to one group, to all together.

python-telegram-bot's AIORateLimiter (over aiolimiter) would not do: it stops every chat when one is flooded, knows no limit for
a private chat, so that each burst there ends in a 429, and what waits for a slow group holds no order within its chat.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

_HOUR = 3600.0
_CAREFUL = 30.0  # a second; what the Bot API's own pages name
# Seconds by which two calls may arrive closer together than they were made: a burst is that much smaller than Telegram's, or the
# call after it comes a few milliseconds too early for a server that counts arrivals.
_JITTER = 0.15


@dataclass(slots=True)
class _Bucket:
    """A token bucket as one number: ``full`` is the moment at which nothing is owed any more."""

    every: float  # seconds a token
    burst: int
    full: float = 0.0

    def wait(self, now: float) -> float:
        return self.full - max(0.0, (self.burst - 1) * self.every - _JITTER) - now

    def take(self, now: float) -> None:
        self.full = max(self.full, now) + self.every


@dataclass(slots=True)
class _Lane:
    """One chat. ``queue`` keeps the order; ``waiting`` counts who stands in it."""

    buckets: tuple[_Bucket, ...]
    private: bool
    closed: float = 0.0  # flooded until then
    waiting: int = 0
    queue: asyncio.Lock = field(default_factory=asyncio.Lock)

    def wait(self, now: float) -> float:
        return max(self.closed - now, *(bucket.wait(now) for bucket in self.buckets))

    def idle(self, now: float) -> bool:
        """Nothing would be lost with it: nobody waits, nothing is owed."""
        return not self.waiting and self.closed <= now and all(bucket.full <= now for bucket in self.buckets)


class Pace:
    """Whose turn it is. First come, first served in a chat; a chat that must wait holds up no other.

    ``overall`` and ``chat`` are messages a second, ``group`` messages a minute. ``overall`` None: no limit until the first flood
    of the bot, then 30 a second for an hour. ``speed`` makes all of these faster; the waits that Telegram asks for it leaves
    as they are.
    """

    def __init__(
        self,
        *,
        overall: float | None = _CAREFUL,
        overall_burst: int = 10,
        chat: float = 1.0,
        chat_burst: int = 3,
        group: float = 20.0,
        group_burst: int = 20,
        speed: float = 1.0,
        chats: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._speed = speed
        self._chat = (1 / (chat * speed), chat_burst)
        self._group = (60 / (group * speed), group_burst)
        self._chats = chats
        self._clock = clock
        self._sleep = sleep
        self._unlimited = overall is None
        self._overall = _Bucket(1 / ((overall or _CAREFUL) * speed), overall_burst)
        self._careful = 0.0  # the overall rate holds until then, where there is none otherwise
        self._closed = 0.0  # nothing goes to anybody until then
        self._gate = asyncio.Lock()
        self._lanes: OrderedDict[int | str, _Lane] = OrderedDict()
        self._flooded: dict[int | str, float] = {}  # private chats, and until when

    def __len__(self) -> int:
        """How many chats are remembered."""
        return len(self._lanes)

    async def turn(self, chat_id: int | str | None, group: bool | None = None, *, urgent: bool = False) -> None:
        """Returns when one message may go to ``chat_id`` (None: a call that no chat limit counts, such as the answer to a query).

        ``group`` is told by the sign of the id where it is not given. An urgent message waits for no limit of ours, in no queue,
        only while Telegram itself takes nothing; it counts for those after it.
        """
        if chat_id is None:
            while (wait := self.wait(None)) > 0:
                await self._sleep(wait)
            return
        lane = self._lane(chat_id, group)
        lane.waiting += 1
        try:
            if urgent:
                while (wait := self.wait(chat_id, urgent=True)) > 0:
                    await self._sleep(wait)
                self._take(lane)
                return
            async with lane.queue:
                while not await self._pass(lane):
                    await self._sleep(max(0.0, lane.wait(self._clock())))
        finally:
            lane.waiting -= 1

    async def _pass(self, lane: _Lane) -> bool:
        """Goes through the gate if the chat's own limits let it; False if they close while it stands there."""
        if lane.wait(self._clock()) > 0:
            return False
        # Whoever holds the gate is the only one that waits for the overall limit; the others queue behind, and nobody polls.
        async with self._gate:
            while (wait := self._wait_overall()) > 0:
                await self._sleep(wait)
            if lane.wait(self._clock()) > 0:
                return False
            self._take(lane)
            return True

    def _take(self, lane: _Lane) -> None:
        for bucket in (*lane.buckets, self._overall):
            bucket.take(self._clock())

    def _wait_overall(self) -> float:
        now = self._clock()
        limited = not self._unlimited or self._careful > now
        return max(self._closed - now, self._overall.wait(now) if limited else 0.0)

    def wait(self, chat_id: int | str | None, *, urgent: bool = False) -> float:
        """Seconds until something may go to ``chat_id``, as it looks now; who stands in the queue is not counted."""
        lane = None if chat_id is None else self._lanes.get(chat_id)
        now = self._clock()
        if chat_id is None or urgent:
            return max(0.0, self._closed - now, lane.closed - now if lane else 0.0)
        return max(0.0, self._wait_overall(), lane.wait(now) if lane else 0.0)

    def scaled(self, seconds: float) -> float:
        """``seconds`` on the clock that ``speed`` makes faster."""
        return seconds / self._speed

    def flood(self, chat_id: int | str | None, retry_after: float) -> None:
        """Nothing goes to ``chat_id`` for ``retry_after`` seconds; to nobody where it is None.

        Telegram does not say whose limit was hit. That a second private chat is flooded while one still is, with the pace of both
        kept, says that it is the bot's; groups have limits of their own that are often hit together.
        """
        now = self._clock()
        until = now + retry_after
        bots = chat_id is None
        if chat_id is not None:
            lane = self._lane(chat_id, None)
            lane.closed = max(lane.closed, until)
            if lane.private:
                self._flooded = {id: end for id, end in self._flooded.items() if end > now} | {chat_id: until}
                bots = len(self._flooded) > 1
        if bots:
            self._closed = max(self._closed, until)
            self._careful = until + self.scaled(_HOUR)
            self._overall.full = max(self._overall.full, until)  # no burst right after it

    def _lane(self, chat_id: int | str, group: bool | None) -> _Lane:
        lane = self._lanes.get(chat_id)
        if lane is None:
            grouped = (isinstance(chat_id, str) or chat_id < 0) if group is None else group
            buckets = [_Bucket(*self._chat), *([_Bucket(*self._group)] if grouped else [])]
            lane = self._lanes[chat_id] = _Lane(tuple(buckets), not grouped)
            if len(self._lanes) > self._chats:
                self._drop(lane)
        self._lanes.move_to_end(chat_id)
        return lane

    def _drop(self, keep: _Lane) -> None:
        """Forgets a few of the chats not written to for longest; past twice the number also those that owe something."""
        now = self._clock()
        for chat_id in [id for id, _ in zip(self._lanes, range(8), strict=False)]:
            lane = self._lanes[chat_id]
            if lane is not keep and (lane.idle(now) or (not lane.waiting and len(self._lanes) > 2 * self._chats)):
                del self._lanes[chat_id]
            else:
                self._lanes.move_to_end(chat_id)
