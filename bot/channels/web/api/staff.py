"""The clinic's staff in the conversations of the web: who has the floor, what goes to them, what comes from them.

A page asks for what is new, and hears when to ask again. Requests that wait until there is something were the other way: they
would hold a connection for each page, and a process that stops would have to wait for them or break them off.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from cachetools import TTLCache

from bot.channels.edition import Edition
from bot.channels.web.api.responses import store_away
from bot.channels.web.api.schema import FloorShown, StaffMessage, StaffMessages
from bot.delivery.handoff import Handoff, HandoffMessage
from bot.delivery.handoff.handoffs import Handoffs
from bot.delivery.storage import StorageError
from bot.delivery.storage.turn_store import TurnStore
from bot.dialogue.conversation import Conversation, ConversationKey, Reply
from bot.dialogue.events import Chosen, Event, Said

_T = TypeVar("_T")
# A browser's or a server's conversation has one person in it.
WHO = ""
# Replies below which the staff are offered; there is nothing that they could add to an answer.
_OFFERED = frozenset({"handoff", "boundary", "fallback", "urgent", "support"})
# Seconds until a page asks again: while they talk, while somebody may come to it, later.
_TALKING, _FRESH, _LATER = 2.0, 5.0, 15.0
_IS_FRESH_FOR = 900.0
# Requests for what is new that a process has time for in a second, 0.7 ms each; where more pages wait, each asks less often.
_LOOKS = 100.0
_NOTHING = 2**53  # behind every line
_SEEN, _MOST = 60.0, 10_000  # a page that asked in the last minute waits


@dataclass(frozen=True, slots=True)
class WebReply:
    """A reply, and how it stands with the staff then; None: they do not answer here."""

    reply: Reply
    floor: FloorShown | None = None


class StaffTalks:
    """What is passed between one clinic's conversations and its staff. Its methods raise Problem where the store is away."""

    def __init__(self, handoffs: Handoffs, store: TurnStore, clock: Callable[[], float]) -> None:
        self._handoffs = handoffs
        self._store = store
        self._clock = clock
        self._asking: TTLCache[str, None] = TTLCache(_MOST, _SEEN)

    async def held(self, key: ConversationKey, seconds: float | None = None) -> Handoff | None:
        """What the staff have of the conversation now. ``seconds``: as for ``TurnStore.load``, with its TimeoutError."""
        return await self._done(self._handoffs.find(key, WHO), seconds)

    async def open(self, key: ConversationKey, reason: str, language: str, message: str) -> Handoff:
        """Gives them the conversation, if they do not have it; once by the same ``message``."""
        return await self._done(self._handoffs.open(key, WHO, reason, language, _origin(message)))

    async def pass_on(self, handoff: Handoff, message: str, text: str, alarm: str = "", seconds: float | None = None) -> bool:
        """Whether ``text`` is with them, once however often it comes as ``message``; not where they have ended it before.

        ``alarm``: the kind of danger in it. ``seconds``: as above.
        """
        origin = _origin(message)
        step = await self._done(self._handoffs.from_patient(handoff.id, origin, text), seconds)
        if alarm:
            await self._done(self._handoffs.heard(handoff.id, origin, alarm), seconds)
        return step.outcome in {"done", "known"}

    async def repeats(self, key: ConversationKey, message: str) -> Handoff | None:
        """What is over, where ``message`` went to them before that."""
        found = await self._done(self._handoffs.news(key, WHO, _NOTHING)) if message else None
        return found[0] if found is not None and await self.pass_on(found[0], message, "") else None

    async def leave(self, key: ConversationKey) -> None:
        """The person has done with them, whether they have or not."""
        found = await self.held(key)
        if found is not None:
            await self._done(self._handoffs.leave(found.id, "left"))

    async def since(self, edition: Edition, key: ConversationKey, after: int) -> StaffMessages | None:
        """What is new behind ``after``; None where nothing was ever given to them."""
        found = await self._done(self._handoffs.news(key, WHO, after))
        if found is None:
            return None
        handoff, rows = found
        told = [one for one in (_told(edition, row) for row in rows) if one is not None]
        self._asking[key.id] = None
        return StaffMessages(floor_of(handoff), told, self._again(handoff, bool(told)))

    def _again(self, handoff: Handoff, talks: bool) -> float:
        age = self._clock() - handoff.opened
        wanted = _TALKING if talks or handoff.state == "claimed" else _FRESH if age < _IS_FRESH_FOR else _LATER
        return round(max(wanted, len(self._asking) / _LOOKS), 1)

    async def _done(self, work: Awaitable[_T], seconds: float | None = None) -> _T:
        try:
            return await self._store.done(work, seconds)
        except StorageError as error:
            raise store_away() from error


def offering(edition: Edition, reply: Reply, at: float) -> WebReply:
    """``reply``, with the staff below it where they may help; it says no more that nobody can be reached from here."""
    if reply.kind not in _OFFERED:
        return WebReply(reply)
    text = reply.text.replace(edition.say("handoff"), edition.say("web_staff_way"))
    return WebReply(replace(reply, text=text), FloorShown("offered", passed=False, note=edition.away(at)))


def floor_of(handoff: Handoff, passed: bool = False) -> FloorShown:
    return FloorShown(handoff.state, passed, "")


def words_of(edition: Edition, event: Event, before: Conversation) -> str | None:
    """What the person said or pressed, in words for the staff; None for what is asked of the bot whoever has the floor."""
    match event:
        case Said(text):
            return text
        case Chosen(id):
            topic = edition.knowledge.topic(id)
            if topic is not None:
                return topic.question
            offered = {one.id: one.label for one in before.choices}
            return offered.get(id) or edition.knowledge.care.check_choices.get(id.partition(":")[2])
        case _:
            return None


def danger_of(reply: Reply) -> str:
    """The kind of danger that ``reply`` is an alarm of."""
    return (reply.urgent or "").removeprefix("plain_").removeprefix("heard_")


def _origin(message: str) -> str:
    """``message`` as the name of a line: of bounded length, whatever a caller made up; "": one of its own."""
    return hashlib.sha256(message.encode("utf-8", "replace")).hexdigest()[:32] if message else secrets.token_hex(16)


def _told(edition: Edition, row: HandoffMessage) -> StaffMessage | None:
    """What the person is to read of a line."""
    at = datetime.fromtimestamp(row.at, UTC)
    match row.side, row.text:
        case "staff", text:
            return StaffMessage(row.seq, "message", text or edition.say("staff_unreadable"), at)
        case "notice", "claimed":
            return StaffMessage(row.seq, "claimed", edition.say("staff_claimed"), at)
        case "notice", "told":
            text = " ".join(filter(None, (edition.say("staff_told"), edition.away(row.at))))
            return StaffMessage(row.seq, "late", text, at)
        case "notice", "closed":
            return StaffMessage(row.seq, "closed", edition.say("staff_closed"), at)
        case _:
            return None
