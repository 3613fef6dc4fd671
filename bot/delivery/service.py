"""One turn: an event in, a reply out, and what is remembered. What channels see of the bot."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from bot.delivery.handler import Later
from bot.delivery.lane import Lane
from bot.delivery.logs import trace
from bot.delivery.metrics import Metrics
from bot.delivery.tracing import span
from bot.dialogue.conversation import Conversation, ConversationKey, Outcome, Reply
from bot.dialogue.events import Chosen, Event, Said, StillLearning
from bot.dialogue.policy import Dialogue
from bot.dialogue.ratings import Verdict
from bot.dialogue.state import ChatState, Participant
from bot.dialogue.steps.care import UNSAFE, UNSURE

_T = TypeVar("_T")
_log = logging.getLogger(__name__)
# Characters. All of a text is read for danger, which takes up to 2 ms for 1,000 characters, 3 for 4,000, 45 for 60,000, whatever
# is in it; the loop waits for no more than 2. A question is answered by its words alone in up to 4 ms at 400 characters, 10 at
# 1,000, 40 at 8,000 (`make bench` looks for the worst).
_SCANNED, _ANSWERED = 1000, 400
# Seconds in which work is due on its thread, for each character: what is short stands before what is long and came in the same
# second (an answer to a question of 100 characters, a letter of 3,000), but nothing waits for ever.
_SCAN, _ANSWER = 0.00001, 0.0005
_LEARNING = 2.0  # seconds until it is tried again what cannot be answered before something is learned


class Answering(Protocol):
    """What of an edition answers a turn."""

    @property
    def clinic(self) -> str: ...

    @property
    def dialogue(self) -> Dialogue: ...

    def moment(self, seconds: float) -> datetime:
        """A Unix time on the clinic's clock."""
        ...


@dataclass(frozen=True, slots=True)
class Turned:
    """One reply and what led to it. ``key.id`` "": asked by itself, in no conversation. ``event`` holds a person's words."""

    key: ConversationKey
    who: str
    event: Event
    reply: Reply
    before: Conversation
    after: Conversation
    at: float


class Observer(Protocol):
    """Who hears of every reply, before it is sent. It must take microseconds; what it raises is logged, and hurts no reply."""

    def turned(self, turn: Turned) -> None: ...


@dataclass(frozen=True, slots=True)
class Rated:
    """What somebody said of an answer on ``topics``, in as far as it is new: that it helped or not, and why not."""

    key: ConversationKey
    topics: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    at: float


class RatingObserver(Protocol):
    """Who hears of what is said of answers; as an Observer."""

    def rated(self, rated: Rated) -> None: ...


class Service:
    """Turns, for whatever edition. That turns of one conversation do not overlap is up to who calls (see ``delivery.inbox``)."""

    def __init__(
        self, metrics: Metrics, observers: Sequence[Observer] = (), rating_observers: Sequence[RatingObserver] = ()
    ) -> None:
        self._metrics = metrics
        self._observers = observers
        self._rating_observers = rating_observers
        # A reply from the words alone takes a millisecond: less than two threads lose by taking the interpreter from each other
        # (measured at 100 updates a second: 13.4 ms of CPU an update in a thread, 8.9 in the loop). With the sentence model it
        # takes 20 and more, most of it outside of the interpreter, and goes to the one thread, as all that is long. Danger in
        # long texts is looked for on another.
        self._answers, self._scans = Lane("dialogue"), Lane("danger")

    def close(self) -> None:
        self._answers.close()
        self._scans.close()

    async def turn(
        self, edition: Answering, key: ConversationKey, event: Event, memory: ChatState, who: str, at: float
    ) -> tuple[Reply, ChatState]:
        """The reply to what ``who`` did at the Unix time ``at``, and what is remembered after it.

        Raises Later where that cannot be answered yet, as the first learning is not done.
        """
        before, now, dialogue = memory.participant(who), edition.moment(at), edition.dialogue
        with span("turn", key.channel):
            reply, after = await self._turned(dialogue, event, lambda: dialogue.turn(event, before.conversation, now))
        self._replied(Turned(key, who, event, reply, before.conversation, after, at))
        return reply, memory.with_person(who, Participant(after, reply))

    async def draft(self, edition: Answering, event: Event, memory: ChatState, at: float) -> Reply:
        """A reply that is shown among others while somebody is still typing: it answers nobody yet, and nobody hears of it."""
        before, now, dialogue = memory.participant("").conversation, edition.moment(at), edition.dialogue
        return (await self._turned(dialogue, event, lambda: dialogue.turn(event, before, now)))[0]

    async def urgent(self, edition: Answering, key: ConversationKey, event: Event, at: float) -> Reply | None:
        """The reply to danger that was said, or to the choice that one is not safe; None for all else. Remembers nothing."""
        reply = await self.alarm(edition, event)
        if reply is not None:
            self._replied(Turned(key, "", event, reply, Conversation(), Conversation(), at))
        return reply

    def rated(self, rated: Rated) -> None:
        """Something new was said of an answer (see ``dialogue.ratings``)."""
        for one in self._rating_observers:
            _tell(one.rated, rated)

    async def alarm(self, edition: Answering, event: Event) -> Reply | None:
        """As ``urgent``, for who only wants to know: it is not counted as a reply."""
        dialogue = edition.dialogue
        match event:
            case Said(text):
                # No model has a part in it: danger does not wait behind answers that one is asked for.
                return await self._scanned(dialogue, text)
            case Chosen(id) if id in {UNSURE, UNSAFE}:
                return dialogue.turn(event, Conversation(greeted=True), edition.moment(0.0))[0]
            case _:
                return None

    def _replied(self, turn: Turned) -> None:
        self._metrics.replied(turn.key.clinic, turn.key.channel, turn.reply.kind)
        _log.debug("turn", extra={"clinic": turn.key.clinic, "channel": turn.key.channel, "kind": turn.reply.kind})
        for one in self._observers:
            _tell(one.turned, turn)

    async def _turned(self, dialogue: Dialogue, event: Event, work: Callable[[], Outcome]) -> Outcome:
        """Raises Later."""
        try:
            return await self._worked(dialogue, event, work)
        except StillLearning:
            raise Later(_LEARNING) from None

    async def _worked(self, dialogue: Dialogue, event: Event, work: Callable[[], Outcome]) -> Outcome:
        text = event.text if isinstance(event, Said) else ""
        if len(text) <= _ANSWERED and not dialogue.matcher.understands:
            return work()
        if text and await self._scanned(dialogue, text) is not None:
            # Nothing is ranked for it, and what waits on the thread may take seconds.
            return work() if len(text) <= _SCANNED else await self._scans.run(work, _SCAN * len(text))
        return await self._answers.run(work, _ANSWER * len(text))

    async def _scanned(self, dialogue: Dialogue, text: str) -> Reply | None:
        """The alarm where danger is said in ``text``."""
        if len(text) <= _SCANNED:
            return dialogue.urgent(text)
        return await self._scans.run(lambda: dialogue.urgent(text), _SCAN * len(text))


def _tell(hears: Callable[[_T], None], what: _T) -> None:
    try:
        hears(what)
    except Exception as error:  # noqa: BLE001  # who only listens must not keep a reply from its person
        _log.error("an observer failed", extra={"where": trace(error)})
