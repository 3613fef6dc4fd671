"""What happens by itself around hand-offs: the staff hear of danger wherever it is said, and nobody waits unheard."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from cachetools import LRUCache

from bot.delivery.handoff.handoffs import Handoffs
from bot.delivery.service import Turned
from bot.delivery.storage import StorageError
from bot.dialogue.conversation import ConversationKey

_log = logging.getLogger(__name__)
_LOOK = 20.0  # seconds between two looks for who waits
_TRIES, _AGAIN = 5, 2.0  # an alarm that the store does not take
_SAME, _MOST = 60.0, 1000  # seconds in which the words that follow are no alarm of their own for the staff


@dataclass(frozen=True, slots=True)
class _Watched:
    handoffs: Handoffs
    remind_seconds: float
    wait_seconds: float


class HandoffWatch:
    """Of all clinics of a process. An ``Observer`` of its replies."""

    def __init__(self, scale: float = 1.0, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        """``scale``: waits pass so many times quicker."""
        self._scale = scale
        self._sleep = sleep
        self._watched: dict[str, _Watched] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._raised: LRUCache[tuple[ConversationKey, str], float] = LRUCache(_MOST)

    def add(self, handoffs: Handoffs, remind_seconds: float, wait_seconds: float) -> None:
        self._watched[handoffs.clinic] = _Watched(handoffs, remind_seconds / self._scale, wait_seconds / self._scale)

    def turned(self, turn: Turned) -> None:
        """An alarm in a conversation that the bot has goes to the staff; where they have it, its channel tells them."""
        watched = self._watched.get(turn.key.clinic)
        if watched is None or turn.reply.kind != "urgent" or not turn.key.id or turn.before.floor.holder == "staff":
            return
        last, self._raised[turn.key, turn.who] = self._raised.get((turn.key, turn.who)), turn.at
        if last is not None and abs(turn.at - last) < _SAME:
            return
        task = asyncio.get_running_loop().create_task(self._alarm(watched.handoffs, turn))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def run(self) -> None:
        """Looks for who waits too long, for ever."""
        while True:
            await self._sleep(_LOOK / self._scale)
            for one in [*self._watched.values()]:
                try:
                    await one.handoffs.remind(one.remind_seconds, one.wait_seconds)
                except StorageError:
                    continue  # the store says of itself that it is away

    async def drained(self) -> None:
        """Until the alarms that were raised are with the store."""
        while self._tasks:
            await asyncio.wait({*self._tasks})

    async def _alarm(self, handoffs: Handoffs, turn: Turned) -> None:
        for _ in range(_TRIES):
            try:
                await handoffs.alarm(turn.key, turn.who, turn.reply.urgent or "danger", turn.at)
            except StorageError:
                await self._sleep(_AGAIN / self._scale)
            else:
                return
        _log.error("an alarm did not reach the staff", extra={"channel": turn.key.channel})
