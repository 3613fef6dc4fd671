"""One turn: an event in, a reply out, and what is remembered. What channels see of the bot."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Protocol, TypeVar

from bot.delivery.metrics import Metrics
from bot.dialogue.conversation import Reply
from bot.dialogue.events import Event, Said
from bot.dialogue.policy import Dialogue
from bot.dialogue.state import ChatState, Participant

_T = TypeVar("_T")
# Characters. All of a text is read for danger; one that is longer takes more than 2 ms, and the loop must not wait for it.
_LONG = 4000


class Answering(Protocol):
    """What of an edition answers a turn."""

    @property
    def clinic(self) -> str: ...

    @property
    def dialogue(self) -> Dialogue: ...

    def moment(self, seconds: float) -> datetime:
        """A Unix time on the clinic's clock."""
        ...


class Service:
    """Turns, for whatever edition. That turns of one conversation do not overlap is up to who calls (see ``delivery.inbox``)."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        # A reply from the words alone takes a millisecond: less than two threads lose by taking the interpreter from each other
        # (measured at 100 updates a second: 13.4 ms of CPU an update in a thread, 8.9 in the loop). With the sentence model it
        # takes 20 and more, most of it outside of the interpreter, and goes to the one thread.
        self._thread = ThreadPoolExecutor(1, "dialogue")

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def turn(
        self, edition: Answering, channel: str, event: Event, memory: ChatState, who: str, at: float
    ) -> tuple[Reply, ChatState]:
        """The reply to what ``who`` did at the Unix time ``at``, and what is remembered after it."""
        before, now, dialogue = memory.participant(who), edition.moment(at), edition.dialogue
        long = isinstance(event, Said) and len(event.text) > _LONG
        reply, after = await self._beside(dialogue, lambda: dialogue.turn(event, before.conversation, now), long)
        self._metrics.replied(edition.clinic, channel, reply.kind)
        return reply, memory.with_person(who, Participant(after, reply))

    async def urgent(self, edition: Answering, channel: str, utterance: str) -> Reply | None:
        """The reply where ``utterance`` is urgent, else None; remembers nothing."""
        reply = await self.alarm(edition, utterance)
        if reply is not None:
            self._metrics.replied(edition.clinic, channel, reply.kind)
        return reply

    async def alarm(self, edition: Answering, utterance: str) -> Reply | None:
        """As ``urgent``, for who only wants to know: it is not counted as a reply."""
        dialogue = edition.dialogue
        return await self._beside(dialogue, lambda: dialogue.urgent(utterance), long=len(utterance) > _LONG)

    async def _beside(self, dialogue: Dialogue, work: Callable[[], _T], long: bool = False) -> _T:
        if dialogue.matcher.understands:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        return await asyncio.to_thread(work) if long else work()
