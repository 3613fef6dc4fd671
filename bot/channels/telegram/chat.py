"""Where an answer goes and who asked, and how a reply becomes messages there, with all of its buttons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cachetools import LRUCache

from bot.channels.edition import Edition
from bot.channels.telegram.api.sender import ChatGone, MethodCall, Sender, SendRefused, Sent
from bot.channels.telegram.render import Button, feedback, handoff, render_reply, render_text
from bot.channels.telegram.render import RenderedMessage as Shown
from bot.channels.telegram.settings import USUAL_TERMS, BusinessTerms
from bot.channels.telegram.updates.intake import chat_key
from bot.channels.telegram.updates.types import TelegramMessage, User
from bot.delivery.handoff.handoffs import Handoffs
from bot.delivery.journal import Journal
from bot.delivery.service import Service
from bot.delivery.storage import Incoming, Storage, WorkOutcome
from bot.dialogue.conversation import ConversationKey, Reply
from bot.dialogue.events import Event, Said
from bot.dialogue.state import ChatState, dump_state
from bot.knowledge.model import Knowledge

# Buttons beside those of a reply: reminders for an infusion that ended at a Unix time, none, a page of the topics, minutes ago.
REMIND, UNREMIND, PAGE, AGO = "m:", "n:", "p:", "a:"
# Of a person who may write to the staff: what that means for a question, to agree, to decline, to end it.
STAFF_OFFER, STAFF_AGREE, STAFF_DECLINE, STAFF_LEAVE = "s:o:", "s:y:", "s:n:", "s:l:"
# Replies below which the staff are offered: a person may do better there.
_OFFERED = frozenset({"handoff", "boundary", "fallback", "urgent", "support"})
_NO_PREVIEW = {"is_disabled": True}
_PHOTO = "send_photo"


@dataclass(frozen=True, slots=True)
class ChatContext:
    """One chat as an update finds it. ``who`` tells the people of a group apart; ``reply_to`` is the message an answer refers to.

    ``at``: the Unix time at which it was said. ``moved``: the chat has another id now, and so its memory another key. ``direct``:
    ``thread`` is one person's talk with a channel. ``message``: the number of what was said, 0 where nothing was.
    """

    key: ConversationKey
    id: int
    thread: int | None
    business: str | None
    reply_to: int | None
    private: bool
    who: str
    at: float
    memory: ChatState
    moved: bool = False
    gone: bool = False
    direct: bool = False
    message: int = 0

    def remembering(self, memory: ChatState) -> ChatContext:
        return replace(self, memory=memory)


def context_of(message: TelegramMessage, user: User | None, clinic: str, memory: ChatState, at: float) -> ChatContext:
    """The chat of ``message``; ``user`` is who speaks now (for a pressed button not its author)."""
    private = message.chat.private
    direct = message.direct_messages_topic
    thread = direct.topic_id if direct else message.message_thread_id if message.is_topic_message else None
    person = user.id if user else message.sender_chat.id if message.sender_chat else 0
    return ChatContext(
        key=chat_key(clinic, message.chat.id, thread, message.business_connection_id),
        id=message.chat.id,
        thread=thread,
        business=message.business_connection_id,
        reply_to=None if private else message.message_id,
        private=private,
        who="" if private else str(person),
        at=at,
        memory=memory,
        direct=direct is not None,
        message=message.message_id,
    )


def place(chat: ChatContext) -> dict[str, Any]:
    """What every call needs that writes into ``chat``."""
    found: dict[str, Any] = {"chat_id": chat.id}
    if chat.thread is not None:
        found["direct_messages_topic_id" if chat.direct else "message_thread_id"] = chat.thread
    if chat.business is not None:
        found["business_connection_id"] = chat.business
    return found


def keyboard(rows: Sequence[Sequence[Button]]) -> dict[str, Any] | None:
    if not rows:
        return None
    return {"inline_keyboard": [[{"text": one.label, "callback_data": one.data} for one in row] for row in rows]}


async def post(
    sender: Sender,
    chat: ChatContext,
    journal: Journal,
    messages: Sequence[Shown],
    picture: Callable[[], bytes] | None = None,
    urgent: bool = False,
    following: int = 0,
) -> ChatContext:
    """Sends ``messages`` in order, a ``picture`` before them; returns the chat as it is then (moved, or gone).

    ``urgent``: no limit of our own holds them back. ``following``: how many parts more the caller sends. Raises what the sender
    raises.
    """
    count = len(messages) + (picture is not None) + following
    calls = [_picture(chat, picture, count)] if picture is not None and journal.sent(f"1/{count}") != "sent" else []
    first = int(picture is not None)
    calls += [_text(chat, shown, f"{first + number}/{count}", number == 1) for number, shown in enumerate(messages, start=1)]
    for call in calls:
        moved = {**call.kwargs, "chat_id": chat.id} if chat.moved else call.kwargs
        sent = await _send(sender, replace(call, kwargs=moved, urgent=urgent), journal)
        if isinstance(sent, ChatGone):
            if (urgent or chat.private) and sent.why == "topic" and chat.thread is not None:
                # Danger in a topic that was closed meanwhile is answered beside it; and so is a person, where the topic went.
                beside = replace(chat, thread=None, reply_to=None)
                left = picture if call.method == _PHOTO else None
                return replace(await post(sender, beside, journal, messages, left, urgent, following), thread=chat.thread)
            return replace(chat, gone=True)
        if sent is not None and sent.migrated is not None:
            key = chat_key(chat.key.clinic, sent.migrated, chat.thread)
            chat = replace(chat, id=sent.migrated, key=key, moved=True)
    return chat


async def _send(sender: Sender, call: MethodCall, journal: Journal) -> Sent | ChatGone | None:
    """A picture that may not be sent, or cannot be read there, is left out: the words after it say the same."""
    try:
        sent = await sender.send(call, journal)
    except SendRefused:
        if call.method == _PHOTO:
            return None
        raise
    return None if call.method == _PHOTO and isinstance(sent, ChatGone) and sent.why == "forbidden" else sent


def _text(chat: ChatContext, shown: Shown, part: str, first: bool) -> MethodCall:
    arguments = {
        **place(chat),
        "text": shown.html,
        "parse_mode": "HTML",
        "link_preview_options": _NO_PREVIEW,
        "reply_markup": keyboard(shown.buttons),
    }
    if chat.reply_to is not None and first:
        arguments["reply_parameters"] = {"message_id": chat.reply_to, "allow_sending_without_reply": True}
    return MethodCall("send_message", arguments, part, shown.plain)


def _picture(chat: ChatContext, picture: Callable[[], bytes], count: int) -> MethodCall:
    return MethodCall(_PHOTO, {**place(chat), "photo": picture(), "filename": "timeline.png"}, f"1/{count}")


@dataclass(frozen=True, slots=True)
class Campaigns:
    """The campaigns that the clinic lists, in lower case; ``tell`` hears of a chat that a link of one began.

    Others are not counted: what stands in a link may be anything, also what tells somebody apart.
    """

    listed: frozenset[str] = frozenset()
    tell: Callable[[str], None] = lambda _: None

    def count(self, payload: str) -> None:
        """``payload`` is what a link to the bot carries: the name of a campaign, alone or as ref_NAME."""
        name = payload.lower()
        for one in (name, name.removeprefix("ref_").removeprefix("ref-")):
            if one in self.listed:
                self.tell(one)
                return


NO_CAMPAIGNS = Campaigns()


@dataclass(frozen=True, slots=True)
class Staff:
    """The clinic's hand-offs, and the number of the staff's group (None: they read the clinic's page alone)."""

    handoffs: Handoffs
    group: int | None = None


@dataclass(frozen=True, slots=True)
class HandlerContext:
    """What one turn works with: the ``edition`` that holds as it begins, and what all turns share.

    ``count`` hears of events (see ``delivery.metrics.EVENTS``). ``hours``: how long is remembered. ``acknowledged``: presses of
    late, by their ids. ``business``: how it behaves on the clinic's own account. ``staff``: where patients who want it go.
    """

    edition: Edition
    service: Service
    sender: Sender
    count: Callable[[str], None]
    hours: int
    acknowledged: LRUCache[str, None]
    storage: Storage
    business: BusinessTerms = USUAL_TERMS
    campaigns: Campaigns = NO_CAMPAIGNS
    staff: Staff | None = None

    @property
    def clinic(self) -> str:
        return self.edition.clinic

    @property
    def knowledge(self) -> Knowledge:
        return self.edition.knowledge

    def say(self, key: str, **values: str) -> str:
        """The bot's own sentence ``key``, filled in."""
        return self.edition.say(key, **values)

    async def turn(self, event: Event, chat: ChatContext) -> tuple[Reply, ChatState]:
        """The reply to ``event`` in ``chat``, and what is remembered after it."""
        return await self.service.turn(self.edition, chat.key, event, chat.memory, chat.who, chat.at)

    async def urgent(self, event: Event, update: Incoming) -> Reply | None:
        """The reply where ``event``, of ``update``, is urgent, else None; nothing is remembered of it."""
        return await self.service.urgent(self.edition, update.key, event, update.received)

    async def is_alarming(self, words: str) -> bool:
        return await self.service.alarm(self.edition, Said(words)) is not None

    async def tell(self, chat: ChatContext, journal: Journal, reply: Reply) -> WorkOutcome:
        """Sends ``reply``, and what it leaves behind."""
        messages = render_reply(reply, self.knowledge.documents, self.rows(chat, reply))
        outcome = await self.put(chat, journal, messages, urgent=reply.kind in {"urgent", "support"})
        if reply.forgets and chat.private:
            await self.leave_staff(chat)
        # Reminders, too; in a group what others have said is not theirs to delete.
        return WorkOutcome(forget=True) if reply.forgets and chat.private else outcome

    async def leave_staff(self, chat: ChatContext) -> None:
        """Tells the staff that the patient has gone, where they have the talk."""
        if self.staff is not None and (one := await self.staff.handoffs.find(chat.key, chat.who)) is not None:
            await self.staff.handoffs.leave(one.id, "left")

    async def put(
        self,
        chat: ChatContext,
        journal: Journal,
        messages: tuple[Shown, ...],
        picture: Callable[[], bytes] | None = None,
        urgent: bool = False,
    ) -> WorkOutcome:
        """Sends ``messages``; who blocked the bot is reminded of nothing any more, and forgotten."""
        after = await post(self.sender, chat, journal, messages, picture, urgent)
        if after.gone:
            return WorkOutcome(forget=True)
        return WorkOutcome(dump_state(chat.memory), moved=after.key if after.moved else None)

    async def say_to(
        self, chat: ChatContext, journal: Journal, text: str, rows: tuple[tuple[Button, ...], ...] = ()
    ) -> WorkOutcome:
        """Sends a sentence of the bot's own, with buttons under it."""
        return await self.put(chat, journal, render_text(text, rows))

    def rows(self, chat: ChatContext, reply: Reply) -> tuple[tuple[Button, ...], ...]:
        """The buttons under ``reply`` that the core does not know of."""
        rows: list[tuple[Button, ...]] = []
        if reply.ended is not None and chat.private and chat.business is None:
            rows.append((Button(self.say("button_remind"), f"{REMIND}{int(reply.ended.timestamp())}"),))
        if self.staff is not None and chat.private and chat.business is None and reply.kind in _OFFERED:
            rows.append((Button(self.say("button_write_to_clinic"), f"{STAFF_OFFER}{chat.message}"),))
        elif reply.kind in {"boundary", "fallback"} and self.knowledge.clinic.contact and chat.business is None:
            rows.append(handoff(self.say("button_ask_clinic")))
        if reply.kind == "answer":
            rows.append(feedback(reply, self.say("button_helped"), self.say("button_not_helped")))
        return tuple(rows)
