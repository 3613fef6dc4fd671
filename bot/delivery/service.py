"""One turn: an event in, a reply out, and what is remembered. What channels see of the bot."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Protocol, TypeVar

from bot.delivery.metrics import Metrics
from bot.dialogue.conversation import Conversation, Reply
from bot.dialogue.events import Chosen, Event, Said
from bot.dialogue.policy import Dialogue
from bot.dialogue.state import ChatState, Participant
from bot.dialogue.steps.care import UNSAFE, UNSURE

_T = TypeVar("_T")
# Characters. All of a text is read for danger, which takes a time that grows with its length alone: measured on calm and grave
# letters, near-misses and noise, up to 2 ms for 1,000 characters, 7 for 4,000, 90 for 60,000. The loop waits for no more than 2.
_LONG = 1000


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
        reply, after = await self._turned(dialogue, lambda: dialogue.turn(event, before.conversation, now), long)
        self._metrics.replied(edition.clinic, channel, reply.kind)
        return reply, memory.with_person(who, Participant(after, reply))

    async def urgent(self, edition: Answering, channel: str, event: Event) -> Reply | None:
        """The reply to danger that was said, or to the choice that one is not safe; None for all else. Remembers nothing."""
        reply = await self.alarm(edition, event)
        if reply is not None:
            self._metrics.replied(edition.clinic, channel, reply.kind)
        return reply

    async def alarm(self, edition: Answering, event: Event) -> Reply | None:
        """As ``urgent``, for who only wants to know: it is not counted as a reply."""
        dialogue = edition.dialogue
        match event:
            case Said(text):
                # No model has a part in it: danger does not wait behind answers that one is asked for.
                return await _beside(lambda: dialogue.urgent(text), long=len(text) > _LONG)
            case Chosen(id) if id in {UNSURE, UNSAFE}:
                return dialogue.turn(event, Conversation(greeted=True), edition.moment(0.0))[0]
            case _:
                return None

    async def _turned(self, dialogue: Dialogue, work: Callable[[], _T], long: bool) -> _T:
        if dialogue.matcher.understands:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        return await _beside(work, long)


async def _beside(work: Callable[[], _T], long: bool) -> _T:
    return await asyncio.to_thread(work) if long else work()
