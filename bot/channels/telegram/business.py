"""The clinic's own account: whether the bot may speak there, whether it should, and what the clinic is shown.

People talk there, and the bot sits in: it answers a question that it can answer, while nobody of the clinic writes and at the
hours that were set. Danger it answers always, and tells whoever connected the account, in their own chat with the bot.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import replace

import msgspec
from cachetools import TTLCache

from bot.channels.telegram import chat as chats
from bot.channels.telegram.actions.addressing import Addressed
from bot.channels.telegram.api.sender import ChatGone, MethodCall, Sender, SendRefused, Sent
from bot.channels.telegram.chat import ChatContext, HandlerContext
from bot.channels.telegram.render import RenderedMessage, render_reply
from bot.channels.telegram.settings import NAME, within
from bot.channels.telegram.updates import types
from bot.channels.telegram.updates.types import BusinessConnection, TelegramMessage, User
from bot.delivery.journal import Journal
from bot.delivery.storage import Storage, WorkOutcome
from bot.dialogue.conversation import Conversation, ConversationKey, Reply
from bot.dialogue.events import Said
from bot.dialogue.floor import is_for_bot, take_over
from bot.dialogue.state import ChatState, Participant, dump_state

_ASKED_SECONDS = 60.0  # for which an answer of getBusinessConnection is taken to hold
_KEPT = 2000


class Accounts:
    """The accounts that the bot was connected to, with its rights there.

    Telegram tells each change once, to one process; so it is kept where all of them look.
    """

    def __init__(self, clinic: str, sender: Sender, storage: Storage, clock: Callable[[], float]) -> None:
        self._clinic, self._sender, self._storage = clinic, sender, storage
        self._asked: TTLCache[str, BusinessConnection] = TTLCache(_KEPT, _ASKED_SECONDS, clock)

    async def connection(self, id: str) -> BusinessConnection | None:
        """As it was told last, else as Telegram says when it is asked; None where it knows of none."""
        kept = await self._storage.load(ConversationKey(self._clinic, NAME, f"c{id}"))
        if kept:
            return msgspec.json.decode(kept, type=BusinessConnection)
        return await self.asked(id)

    async def asked(self, id: str) -> BusinessConnection | None:
        """As Telegram says of late; for where the store may be away."""
        known = self._asked.get(id)
        if known is None:
            sent = await self._sender.send(MethodCall("get_business_connection", {"business_connection_id": id}))
            if not isinstance(sent, Sent):
                return None
            known = self._asked[id] = types.convert_to(sent.answer, BusinessConnection)
        return known


def kept(connection: BusinessConnection) -> str:
    """``connection`` as it is stored: ids and rights, no name."""
    return msgspec.json.encode(msgspec.structs.replace(connection, user=User(connection.user.id))).decode()


async def hear(
    context: HandlerContext,
    connection: BusinessConnection | None,
    message: TelegramMessage,
    heard: Addressed,
    chat: ChatContext,
    journal: Journal,
    only_danger: bool,
) -> WorkOutcome:
    """What ``message`` on the clinic's account leads to."""
    speaker = message.from_user
    if connection is None or not connection.is_enabled or speaker is None:
        return _silent(context, "ignored")
    if speaker.id == connection.user.id:
        if speaker.id == chat.id:  # what its owner notes there for nobody else
            return _silent(context, "ignored")
        context.count("ignored")
        return WorkOutcome(dump_state(_talked(chat)))
    words = heard.words if heard.command in {"", "ask"} else f"{heard.command} {heard.words}"
    if not words:
        return _silent(context, "stayed_silent")
    reply, memory = await context.turn(Said(words), chat)
    before = chat.memory.participant(chat.who).conversation
    grave = reply.kind in {"urgent", "support"}
    speaks = _may_speak(connection) and (
        reply.kind == "urgent"
        or (
            not only_danger
            and not _people_talk(context, chat)
            and (grave or (heard.command in {"", "ask"} and is_for_bot(words, reply, before, context.knowledge)))
        )
    )
    shown = grave and await _is_news(context, words, chat.memory, memory)
    if not speaks and not shown:
        forgotten = dump_state(_only_the_floor(chat)) if reply.forgets else ""
        context.count("stayed_silent")
        return WorkOutcome(forgotten)
    after = memory if speaks else _unsaid(chat.memory, memory)
    return await _tell(context, connection, message, reply, chat.remembering(after), journal, speaks=speaks, shown=shown)


async def answer_urgent(
    context: HandlerContext,
    connection: BusinessConnection | None,
    message: TelegramMessage,
    reply: Reply,
    chat: ChatContext,
    journal: Journal,
) -> bool:
    """Says ``reply`` to danger out of its turn, or without a store, and shows the clinic where to look; whether it could."""
    if connection is None or not connection.is_enabled:
        return False
    await _tell(context, connection, message, reply, chat, journal, speaks=_may_speak(connection), shown=True)
    return True


def _may_speak(connection: BusinessConnection) -> bool:
    return connection.rights is not None and connection.rights.can_reply


def _silent(context: HandlerContext, event: str) -> WorkOutcome:
    context.count(event)
    return WorkOutcome()


def _talked(chat: ChatContext) -> ChatState:
    """The clinic has the floor as of now. Seconds count its messages: they rise, as numbers must there."""
    person = chat.memory.participant(chat.who)
    after = take_over(person.conversation, int(chat.at))
    return chat.memory.with_person(chat.who, Participant(after, person.last))


def _only_the_floor(chat: ChatContext) -> ChatState:
    """Of who asked to be forgotten: that the clinic writes with them."""
    floor = chat.memory.participant(chat.who).conversation.floor
    return ChatState({chat.who: Participant(Conversation(floor=floor))})


def _unsaid(before: ChatState, after: ChatState) -> ChatState:
    """What is remembered of a reply that nobody got: that something worried, and nothing that was asked or told."""
    person, watch = before.participant(""), after.participant("").conversation.watch
    heard = person.conversation.watch or (watch and replace(watch, stage="low"))
    return before.with_person("", Participant(replace(person.conversation, watch=heard), person.last))


def _people_talk(context: HandlerContext, chat: ChatContext) -> bool:
    """Whether somebody of the clinic wrote of late, or these are not the bot's hours."""
    since, terms = chat.memory.participant(chat.who).conversation.floor.since, context.business
    if since and chat.at - since < terms.quiet:
        return True
    return terms.hours is not None and not within(terms.hours, context.edition.moment(chat.at))


async def _is_news(context: HandlerContext, words: str, before: ChatState, after: ChatState) -> bool:
    """Whether the clinic is to look: danger that was said, or the first that worries. Not each word that follows."""
    watched = before.participant("").conversation.watch is not None
    begins = not watched and after.participant("").conversation.watch is not None
    return begins or await context.is_alarming(words)


async def _tell(
    context: HandlerContext,
    connection: BusinessConnection,
    message: TelegramMessage,
    reply: Reply,
    chat: ChatContext,
    journal: Journal,
    *,
    speaks: bool,
    shown: bool,
) -> WorkOutcome:
    """Says ``reply`` to the patient, and shows the clinic where to look; the patient first."""
    messages = render_reply(reply, context.knowledge.documents, context.rows(chat, reply)) if speaks else ()
    after = await chats.post(
        context.sender, chat, journal, messages, urgent=reply.kind in {"urgent", "support"}, following=int(shown)
    )
    if shown:
        told = speaks and not after.gone
        urgent = reply.kind == "urgent"
        key = "telegram_staff_alarm" if told else "telegram_staff_unanswered" if urgent else "telegram_staff_care"
        name = message.chat.first_name or str(message.chat.id)
        link = f'<a href="tg://user?id={message.chat.id}">{html.escape(name, quote=False)}</a>'
        plain = context.say(key, name=name)
        marked = link.join(html.escape(piece, quote=False) for piece in plain.split(name, 1))
        await _show(context, connection, RenderedMessage(marked, plain), journal, f"{len(messages) + 1}/{len(messages) + 1}")
    if speaks and after.gone:
        return WorkOutcome(forget=True)
    return WorkOutcome(dump_state(chat.memory))


async def _show(
    context: HandlerContext, connection: BusinessConnection, notice: RenderedMessage, journal: Journal, part: str
) -> None:
    """Sends ``notice`` to who connected the account. Raises SendLater: then it is tried again, and the patient told once."""
    if connection.user_chat_id is None:
        return
    arguments = {"chat_id": connection.user_chat_id, "text": notice.html, "parse_mode": "HTML"}
    try:
        sent = await context.sender.send(MethodCall("send_message", arguments, part, notice.plain, urgent=True), journal)
    except SendRefused:
        return  # it is counted and logged; the patient was told, and is not to be told again
    if isinstance(sent, ChatGone):
        context.count("not_shown")
