"""Pressed buttons: first Telegram is told that the press was heard, then it is worked off like words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from bot.channels.telegram import chat as chats
from bot.channels.telegram.actions import reminders
from bot.channels.telegram.actions.commands import topics_page
from bot.channels.telegram.api.sender import ChatGone, MethodCall
from bot.channels.telegram.chat import (
    AGO,
    PAGE,
    REMIND,
    STAFF_AGREE,
    STAFF_DECLINE,
    STAFF_LEAVE,
    STAFF_OFFER,
    UNREMIND,
    ChatContext,
    HandlerContext,
)
from bot.channels.telegram.render import Button, Pressed, marked_topics, pressed, reasons
from bot.channels.telegram.staff import group, patient
from bot.channels.telegram.updates.intake import chat_key
from bot.channels.telegram.updates.types import CallbackQuery, TelegramMessage
from bot.delivery.journal import Journal
from bot.delivery.service import Rated
from bot.delivery.storage import WorkOutcome
from bot.dialogue.events import Chosen, Ended, NotHelped, WantsPerson
from bot.dialogue.ratings import REASONS, Rating, Reason, Verdict, is_unhelped, rate
from bot.dialogue.state import dump_state, load_state

_DAY = 86_400.0


async def press(context: HandlerContext, query: CallbackQuery, state: str | None, at: float, journal: Journal) -> WorkOutcome:
    """What a press of one of the bot's buttons does, also where Telegram shows no more that it was heard.

    It gives up such a press after seconds, and hands it on for minutes: who pressed while the bot was started anew still waits.
    """
    # Once is enough: a press whose answer had to wait must not find itself too old when it is tried again.
    if query.id not in context.acknowledged:
        heard = await context.sender.send(
            MethodCall("answer_callback_query", {"callback_query_id": query.id, **_note(context, query.data or "")})
        )
        if isinstance(heard, ChatGone):
            context.count("expired")
        context.acknowledged[query.id] = None
    if query.message is None:
        return WorkOutcome()
    memory = load_state(state)
    if context.staff is not None and query.message.chat.id == context.staff.group:
        chat = chats.context_of(query.message, query.from_user, context.clinic, memory, at)
        return await group.press(context, context.staff, query, chat, journal)
    if not query.message.date:  # its chat is known all the same
        private = query.message.chat.private
        chat = ChatContext(
            chat_key(context.clinic, query.message.chat.id),
            query.message.chat.id,
            None,
            None,
            None,
            private,
            "" if private else str(query.from_user.id),
            at,
            memory,
        )
        return await _act(context, query.data or "", chat, None, journal)
    return await _act(
        context,
        query.data or "",
        chats.context_of(query.message, query.from_user, context.clinic, memory, at),
        query.message,
        journal,
    )


def choice_in(query: CallbackQuery) -> Chosen | None:
    """What was chosen, if it was a choice that was pressed."""
    found = pressed(query.data or "", ())
    return Chosen(found.value) if found is not None and found.pick == "choice" else None


def _note(context: HandlerContext, carried: str) -> dict[str, str]:
    found = pressed(carried, ())
    if found is None or found.pick in {"choice", "related", "handoff"}:
        return {}
    return {"text": context.say("telegram_why" if found.pick == "unhelped" else "telegram_thanks")}


async def _act(
    context: HandlerContext, carried: str, chat: ChatContext, message: TelegramMessage | None, journal: Journal
) -> WorkOutcome:
    for prefix, act in _OWN.items():
        if carried.startswith(prefix):
            value = carried[len(prefix) :]
            number = int(value) if value.isascii() and value.isdigit() and len(value) < 12 else 0
            return await act(context, chat, number, message, journal)
    knowledge = context.knowledge
    found = pressed(carried, (*knowledge.entries, *knowledge.boundaries))
    if found is None or found.pick in {"choice", "related"}:
        reply, memory = await context.turn(Chosen(found.value if found else ""), chat)
        return await context.tell(chat.remembering(memory), journal, reply)
    if found.pick == "handoff":
        reply, memory = await context.turn(WantsPerson(), chat)
        return await context.tell(chat.remembering(memory), journal, reply)
    return await _rate(context, found, chat, message, journal)


async def _rate(
    context: HandlerContext, found: Pressed, chat: ChatContext, message: TelegramMessage | None, journal: Journal
) -> WorkOutcome:
    """What is said of an answer counts once in a chat, whoever presses, and however often."""
    topics = marked_topics(found.value, (*context.knowledge.entries, *context.knowledge.boundaries))
    reason = next((one for one in REASONS if one == found.pick), None)
    helped = found.pick == "helped"
    verdicts: tuple[Verdict, ...] = ()
    known = is_unhelped(chat.memory.ratings, topics)
    if reason is None or known:  # a reason that comes when all is forgotten is too late
        ratings, verdicts = rate(chat.memory.ratings, Rating(topics, helped, reason))
        chat = chat.remembering(chat.memory.with_ratings(ratings))
    await _ask_why(context, chat, message, _why(context, found.value) if found.pick == "unhelped" else ())
    if verdicts:
        context.service.rated(Rated(chat.key, topics, verdicts, chat.at))
    for one in verdicts:
        if one in {"helped", "not_helped"}:
            context.count(one)
    if found.pick == "unhelped" and not known:
        reply, memory = await context.turn(NotHelped(), chat)
        return await context.tell(chat.remembering(memory), journal, reply)
    return WorkOutcome(dump_state(chat.memory)) if verdicts else WorkOutcome()


def _why(context: HandlerContext, marks: str) -> Sequence[Sequence[Button]]:
    labels: dict[Reason, str] = {
        "wrong": context.say("button_wrong"),
        "unclear": context.say("button_unclear"),
        "not_asked": context.say("button_not_asked"),
        "missing": context.say("button_missing"),
    }
    return reasons(marks, labels)


async def _ask_why(
    context: HandlerContext, chat: ChatContext, message: TelegramMessage | None, why: Sequence[Sequence[Button]]
) -> None:
    """Puts the buttons ``why`` in the place of those that were pressed, so that one feedback is given once."""
    if message is None or message.reply_markup is None:
        return
    rows = [
        row
        for row in message.reply_markup.inline_keyboard
        if not any(str(one.get("callback_data", "")).startswith("f:") for one in row)
    ]
    if len(rows) < len(message.reply_markup.inline_keyboard):  # it was answered and taken away before, and must not come back
        rows += [[{"text": one.label, "callback_data": one.data} for one in row] for row in why]
    arguments: dict[str, object] = {
        "chat_id": chat.id,
        "message_id": message.message_id,
        "reply_markup": {"inline_keyboard": rows} if rows else None,
    }
    if chat.business is not None:
        arguments["business_connection_id"] = chat.business
    await context.sender.send(MethodCall("edit_message_reply_markup", arguments))


# -- buttons that the core does not know ----------------------------------------------------------------------------


async def _ago(
    context: HandlerContext, chat: ChatContext, minutes: int, message: TelegramMessage | None, journal: Journal
) -> WorkOutcome:
    ended = chat.at - min(60.0 * minutes, 2 * _DAY)  # the number may be made up, as below
    reply, memory = await context.turn(Ended(context.edition.moment(ended)), chat)
    return await context.tell(chat.remembering(memory), journal, reply)


async def _remind(
    context: HandlerContext, chat: ChatContext, ended: int, message: TelegramMessage | None, journal: Journal
) -> WorkOutcome:
    # A button may be days old, or made up by a client that is none of Telegram's own.
    within = min(max(float(ended), chat.at - _DAY), chat.at)
    return await reminders.remind(context, chat, within, journal)


async def _unremind(
    context: HandlerContext, chat: ChatContext, number: int, message: TelegramMessage | None, journal: Journal
) -> WorkOutcome:
    return await reminders.unremind(context, chat, journal)


async def _page(
    context: HandlerContext, chat: ChatContext, page: int, message: TelegramMessage | None, journal: Journal
) -> WorkOutcome:
    shown = topics_page(context, page)
    if message is None:
        return await context.put(chat, journal, shown)
    arguments: dict[str, object] = {
        "chat_id": chat.id,
        "message_id": message.message_id,
        "text": shown[-1].html,
        "parse_mode": "HTML",
        "reply_markup": chats.keyboard(shown[-1].buttons),
    }
    if chat.business is not None:
        arguments["business_connection_id"] = chat.business
    await context.sender.send(MethodCall("edit_message_text", arguments, plain=shown[-1].plain))
    return WorkOutcome(dump_state(chat.memory))


Act = Callable[[HandlerContext, ChatContext, int, TelegramMessage | None, Journal], Awaitable[WorkOutcome]]
_OWN: Mapping[str, Act] = {
    AGO: _ago,
    REMIND: _remind,
    UNREMIND: _unremind,
    PAGE: _page,
    STAFF_OFFER: patient.offer,
    STAFF_AGREE: patient.agree,
    STAFF_DECLINE: patient.decline,
    STAFF_LEAVE: patient.leave,
}
