"""Pressed buttons: first Telegram is told that the press was heard, then it is worked off like words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bot.channels.telegram import chat as scenes
from bot.channels.telegram.actions import reminders
from bot.channels.telegram.actions.commands import topics_page
from bot.channels.telegram.api.sender import ChatGone, MethodCall
from bot.channels.telegram.chat import AGO, PAGE, REMIND, UNREMIND, ChatContext, HandlerContext
from bot.channels.telegram.render import pressed
from bot.channels.telegram.settings import NAME
from bot.channels.telegram.updates.intake import chat_key
from bot.channels.telegram.updates.types import CallbackQuery, TelegramMessage
from bot.delivery.journal import Journal
from bot.delivery.storage import WorkOutcome
from bot.dialogue.state import dump_state, load_state

_DAY = 86_400.0


async def press(desk: HandlerContext, query: CallbackQuery, state: str | None, at: float, journal: Journal) -> WorkOutcome:
    """What a press of one of the bot's buttons does. One that is too old for Telegram is skipped: who waited has gone on."""
    # Once is enough: a press whose answer had to wait must not find itself too old when it is tried again.
    if query.id not in desk.acknowledged:
        heard = await desk.sender.send(
            MethodCall("answer_callback_query", {"callback_query_id": query.id, **_note(desk, query.data or "")})
        )
        if isinstance(heard, ChatGone):
            desk.count("expired")
            return WorkOutcome()
        desk.acknowledged[query.id] = None
    if query.message is None:
        return WorkOutcome()
    memory = load_state(state)
    if not query.message.date:  # its chat is known all the same
        private = query.message.chat.private
        scene = ChatContext(
            chat_key(desk.clinic, query.message.chat.id),
            query.message.chat.id,
            None,
            None,
            None,
            private,
            "" if private else str(query.from_user.id),
            at,
            memory,
        )
        return await _act(desk, query.data or "", scene, None, journal)
    return await _act(
        desk, query.data or "", scenes.context_of(query.message, query.from_user, desk.clinic, memory, at), query.message, journal
    )


def _note(desk: HandlerContext, carried: str) -> dict[str, str]:
    found = pressed(carried, ())
    return {"text": desk.say("telegram_thanks")} if found is not None and found.pick == "helped" else {}


async def _act(
    desk: HandlerContext, carried: str, scene: ChatContext, message: TelegramMessage | None, journal: Journal
) -> WorkOutcome:
    for prefix, act in _OWN.items():
        if carried.startswith(prefix):
            value = carried[len(prefix) :]
            number = int(value) if value.isascii() and value.isdigit() and len(value) < 12 else 0
            return await act(desk, scene, number, message, journal)
    knowledge = desk.service.knowledge
    found = pressed(carried, (*knowledge.entries, *knowledge.boundaries))
    if found is None or found.pick in {"choice", "related"}:
        reply, memory = await desk.service.press(NAME, found.value if found else "", scene.memory, scene.who, scene.at)
        return await desk.tell(scene.remembering(memory), journal, reply)
    if found.pick == "handoff":
        reply, memory = await desk.service.hand_off(NAME, scene.memory, scene.who, scene.at)
        return await desk.tell(scene.remembering(memory), journal, reply)
    desk.count("helped" if found.pick == "helped" else "not_helped")
    await _without_feedback(desk, scene, message)
    if found.pick == "helped":
        return WorkOutcome()
    reply, memory = await desk.service.complain(NAME, scene.memory, scene.who, scene.at)
    return await desk.tell(scene.remembering(memory), journal, reply)


async def _without_feedback(desk: HandlerContext, scene: ChatContext, message: TelegramMessage | None) -> None:
    """Takes the two buttons away, so that one feedback is given once."""
    if message is None or message.reply_markup is None:
        return
    rows = [
        row
        for row in message.reply_markup.inline_keyboard
        if not any(str(one.get("callback_data", "")).startswith("f:") for one in row)
    ]
    arguments: dict[str, object] = {
        "chat_id": scene.chat,
        "message_id": message.message_id,
        "reply_markup": {"inline_keyboard": rows} if rows else None,
    }
    if scene.business is not None:
        arguments["business_connection_id"] = scene.business
    await desk.sender.send(MethodCall("edit_message_reply_markup", arguments))


# -- buttons that the core does not know ----------------------------------------------------------------------------


async def _ago(
    desk: HandlerContext, scene: ChatContext, minutes: int, message: TelegramMessage | None, journal: Journal
) -> WorkOutcome:
    ended = scene.at - min(60.0 * minutes, 2 * _DAY)  # the number may be made up, as below
    reply, memory = await desk.service.end(NAME, ended, scene.memory, scene.who, scene.at)
    return await desk.tell(scene.remembering(memory), journal, reply)


async def _remind(
    desk: HandlerContext, scene: ChatContext, ended: int, message: TelegramMessage | None, journal: Journal
) -> WorkOutcome:
    # A button may be days old, or made up by a client that is none of Telegram's own.
    within = min(max(float(ended), scene.at - _DAY), scene.at)
    return await reminders.remind(desk, scene, within, journal)


async def _unremind(
    desk: HandlerContext, scene: ChatContext, number: int, message: TelegramMessage | None, journal: Journal
) -> WorkOutcome:
    return await reminders.unremind(desk, scene, journal)


async def _page(
    desk: HandlerContext, scene: ChatContext, page: int, message: TelegramMessage | None, journal: Journal
) -> WorkOutcome:
    shown = topics_page(desk, page)
    if message is None:
        return await desk.put(scene, journal, shown)
    arguments: dict[str, object] = {
        "chat_id": scene.chat,
        "message_id": message.message_id,
        "text": shown[-1].html,
        "parse_mode": "HTML",
        "reply_markup": scenes.keyboard(shown[-1].buttons),
    }
    if scene.business is not None:
        arguments["business_connection_id"] = scene.business
    await desk.sender.send(MethodCall("edit_message_text", arguments, plain=shown[-1].plain))
    return WorkOutcome(dump_state(scene.memory))


Act = Callable[[HandlerContext, ChatContext, int, TelegramMessage | None, Journal], Awaitable[WorkOutcome]]
_OWN: Mapping[str, Act] = {AGO: _ago, REMIND: _remind, UNREMIND: _unremind, PAGE: _page}
