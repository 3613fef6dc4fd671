"""One turn: words or a pressed choice in, a reply out, and what is remembered. What channels see of the bot."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, tzinfo
from typing import TypeVar

from bot.delivery.metrics import Metrics
from bot.dialogue.conversation import Conversation, Outcome, Reply
from bot.dialogue.policy import Dialogue
from bot.dialogue.state import ChatState, Participant

_T = TypeVar("_T")
# Characters. All of a text is read for danger; one that is longer takes more than 2 ms, and the loop must not wait for it.
_LONG = 4000
Act = Callable[[Conversation, datetime], Outcome]


class Service:
    """Turns for one knowledge folder. That turns of one conversation do not overlap is up to who calls (see ``delivery.inbox``)."""

    def __init__(self, dialogue: Dialogue, zone: tzinfo, metrics: Metrics) -> None:
        self.dialogue = dialogue
        self.knowledge = dialogue.knowledge
        self.zone = zone
        self._metrics = metrics
        # A reply from the words alone takes a millisecond: less than two threads lose by taking the interpreter from each other
        # (measured at 100 updates a second: 13.4 ms of CPU an update in a thread, 8.9 in the loop). With the sentence model it
        # takes 20 and more, most of it outside of the interpreter, and goes to the one thread.
        self._thread = ThreadPoolExecutor(1, "dialogue") if dialogue.matcher.understands else None

    def close(self) -> None:
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)

    def moment(self, seconds: float) -> datetime:
        """A Unix time on the clock that holds here."""
        return datetime.fromtimestamp(seconds, self.zone)

    async def respond(self, channel: str, utterance: str, memory: ChatState, who: str, at: float) -> tuple[Reply, ChatState]:
        """The reply to what ``who`` wrote at the Unix time ``at``, and the memory after it."""

        def act(before: Conversation, now: datetime) -> Outcome:
            return self.dialogue.respond(utterance, before, now)

        return await self._turn(channel, act, memory, who, at, long=len(utterance) > _LONG)

    async def press(self, channel: str, choice: str, memory: ChatState, who: str, at: float) -> tuple[Reply, ChatState]:
        """The reply to a choice by its id."""
        return await self._turn(channel, lambda before, now: self.dialogue.press(choice, before, now), memory, who, at)

    async def end(self, channel: str, ended: float, memory: ChatState, who: str, at: float) -> tuple[Reply, ChatState]:
        """The hours after an infusion that ended at the Unix time ``ended``."""
        return await self._turn(channel, lambda before, now: self.dialogue.end(self.moment(ended), before, now), memory, who, at)

    async def ask_end(self, channel: str, memory: ChatState, who: str, at: float) -> tuple[Reply, ChatState]:
        """Asks when the infusion ended."""
        return await self._turn(channel, lambda before, _: self.dialogue.ask_end(before), memory, who, at)

    async def complain(self, channel: str, memory: ChatState, who: str, at: float) -> tuple[Reply, ChatState]:
        """The last answer did not help."""
        return await self._turn(channel, lambda before, _: self.dialogue.complain(before), memory, who, at)

    async def hand_off(self, channel: str, memory: ChatState, who: str, at: float) -> tuple[Reply, ChatState]:
        """The way to a person."""
        return await self._turn(channel, lambda before, _: self.dialogue.hand_off(before), memory, who, at)

    async def urgent(self, channel: str, utterance: str) -> Reply | None:
        """The reply where ``utterance`` is urgent, else None; remembers nothing."""
        reply = await self.alarm(utterance)
        if reply is not None:
            self._metrics.replied(channel, reply.kind)
        return reply

    async def alarm(self, utterance: str) -> Reply | None:
        """As ``urgent``, for who only wants to know: it is not counted as a reply."""
        return await self._beside(lambda: self.dialogue.urgent(utterance), long=len(utterance) > _LONG)

    async def _beside(self, work: Callable[[], _T], long: bool = False) -> _T:
        if self._thread is None:
            return await asyncio.to_thread(work) if long else work()
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def _turn(
        self, channel: str, act: Act, memory: ChatState, who: str, at: float, long: bool = False
    ) -> tuple[Reply, ChatState]:
        before = memory.participant(who)
        reply, after = await self._beside(lambda: act(before.conversation, self.moment(at)), long)
        self._metrics.replied(channel, reply.kind)
        return reply, memory.with_person(who, Participant(after, reply))
