"""The patient's side of a talk with the staff: what is offered, what is passed on once they agree, what comes back."""

from __future__ import annotations

from dataclasses import replace

from bot.channels.telegram import chat as chats
from bot.channels.telegram.api.sender import MethodCall, SendRefused
from bot.channels.telegram.chat import STAFF_AGREE, STAFF_DECLINE, STAFF_LEAVE, ChatContext, HandlerContext
from bot.channels.telegram.render import Button, render_text
from bot.channels.telegram.updates.intake import chat_key
from bot.channels.telegram.updates.types import TelegramMessage
from bot.delivery.handoff import Handoff, HandoffMessage
from bot.delivery.handoff.handoffs import HandoffUpdate
from bot.delivery.journal import Journal
from bot.delivery.storage import WorkOutcome
from bot.dialogue.events import Said
from bot.dialogue.floor import give_back, take_over
from bot.dialogue.state import ChatState, Participant, dump_state, load_state

_REASONS = {"handoff": "person", "fallback": "lost", "boundary": "boundary", "urgent": "alarm", "support": "care"}


async def offer(
    context: HandlerContext, chat: ChatContext, question: int, message: TelegramMessage | None, journal: Journal
) -> WorkOutcome:
    """Says what a talk with the staff is, as an answer to the ``question`` that would be passed on, and asks whether to begin."""
    if not _may(context, chat):
        return await context.say_to(chat, journal, context.edition.dialogue.compose.handoff_text())
    text = _joined(context.say("telegram_staff_offer"), context.edition.away(chat.at))
    rows = (
        (Button(context.say("button_pass_on"), f"{STAFF_AGREE}{question}"),),
        (Button(context.say("button_not_now"), f"{STAFF_DECLINE}0"),),
    )
    return await context.say_to(replace(chat, reply_to=question or None), journal, text, rows)


async def agree(
    context: HandlerContext, chat: ChatContext, question: int, message: TelegramMessage | None, journal: Journal
) -> WorkOutcome:
    """The staff have the talk from here on, and the question that it began with."""
    if context.staff is None or not _may(context, chat):
        return await context.say_to(chat, journal, context.edition.dialogue.compose.handoff_text())
    handoffs, person = context.staff.handoffs, chat.memory.participant(chat.who)
    last = person.last
    reason = _REASONS.get(last.kind if last else "", "person")
    pressed = f"offer:{message.message_id if message else 0}"
    one = await handoffs.open(chat.key, chat.who, reason, last.language if last else "en", pressed)
    if one.closed is not None:  # an old button, whose talk is over
        return await offer(context, chat, 0, message, journal)
    replied = message.reply_to_message if message is not None else None
    if question:
        words = replied.words if replied is not None and replied.message_id == question else ""
        await handoffs.from_patient(one.id, f"m{question}", words, "" if words else f"{chat.id}:{question}")
    outcome = await context.say_to(
        chat.remembering(_with_staff(chat.memory, chat.who)), journal, context.say("telegram_staff_open"), _end(context)
    )
    context.count("handed_over")
    return outcome


async def decline(
    context: HandlerContext, chat: ChatContext, number: int, message: TelegramMessage | None, journal: Journal
) -> WorkOutcome:
    return await context.say_to(chat, journal, context.say("telegram_staff_declined"))


async def leave(
    context: HandlerContext, chat: ChatContext, number: int, message: TelegramMessage | None, journal: Journal
) -> WorkOutcome:
    """The patient ends it, whether there is anything to end or not."""
    await context.leave_staff(chat)
    memory = _with_bot(chat.memory, chat.who)
    return await context.say_to(chat.remembering(memory), journal, context.say("staff_left"))


async def hear(
    context: HandlerContext, message: TelegramMessage, chat: ChatContext, journal: Journal
) -> WorkOutcome | ChatContext:
    """Passes on what the patient wrote, where the staff have the talk; danger is answered at once all the same.

    Where they have it not (any more) the chat comes back, as the bot answers in it.
    """
    if context.staff is None or not chat.private or chat.business is not None:
        return chat
    person = chat.memory.participant(chat.who)
    # What is remembered may have run out in the middle of a long talk.
    if person.conversation.floor.holder == "bot" and chat.memory.people:
        return chat
    handoffs = context.staff.handoffs
    one = await handoffs.find(chat.key, chat.who)
    if one is None:
        return chat.remembering(_with_bot(chat.memory, chat.who)) if person.conversation.floor.holder == "staff" else chat
    origin = f"m{message.message_id}" if message.edit_date is None else f"m{message.message_id}:{int(message.edit_date)}"
    words = message.words
    await handoffs.from_patient(one.id, origin, words, f"{chat.id}:{message.message_id}" if message.media else "")
    chat = chat.remembering(_with_staff(chat.memory, chat.who))
    if words and await context.is_alarming(words):
        reply, memory = await context.turn(Said(words), chat)
        await handoffs.heard(one.id, origin, reply.urgent or "danger")
        return await context.tell(chat.remembering(_with_staff(memory, chat.who)), journal, reply)
    context.count("stayed_silent")
    return WorkOutcome(dump_state(chat.memory))


async def told(context: HandlerContext, update: HandoffUpdate, state: str | None, journal: Journal) -> WorkOutcome:
    """Tells the patient what the staff wrote or did."""
    staff = context.staff
    one = await staff.handoffs.read(update.handoff) if staff is not None else None
    line = await staff.handoffs.message(update.message) if staff is not None else None
    if staff is None or one is None or line is None or not one.key.id:  # forgotten meanwhile
        return WorkOutcome()
    chat = _chat_of(one, load_state(state), line.at)
    outcome = await _say(context, one, line, chat, journal)
    if outcome.forget:  # they have blocked the bot
        await staff.handoffs.leave(one.id, "gone")
    return outcome


async def _say(context: HandlerContext, one: Handoff, line: HandoffMessage, chat: ChatContext, journal: Journal) -> WorkOutcome:
    if line.side == "staff":
        return await _from_staff(context, line, chat, journal)
    match line.text:
        case "claimed":
            memory = _with_staff(chat.memory, chat.who)
            key = "telegram_staff_reached_out" if one.reason == "reached_out" else "staff_claimed"
            return await context.say_to(chat.remembering(memory), journal, context.say(key), _end(context))
        case "closed":
            return await context.say_to(chat.remembering(_with_bot(chat.memory, chat.who)), journal, context.say("staff_closed"))
        case _:
            return await context.say_to(
                chat, journal, _joined(context.say("staff_told"), context.edition.away(chat.at)), _end(context)
            )


async def _from_staff(context: HandlerContext, line: HandoffMessage, chat: ChatContext, journal: Journal) -> WorkOutcome:
    name = context.knowledge.clinic.name or context.say("staff_name")
    if not line.file:
        return await context.say_to(chat, journal, f"{name}:\n{line.text}")
    after = await chats.post(context.sender, chat, journal, render_text(f"{name}:"), following=1)
    if after.gone:
        return WorkOutcome(forget=True)
    source, _, number = line.file.partition(":")
    copy = MethodCall("copy_message", {**chats.place(chat), "from_chat_id": int(source), "message_id": int(number)}, "2/2")
    try:
        await context.sender.send(copy, journal)
    except SendRefused:  # it was deleted meanwhile
        await chats.post(context.sender, chat, journal, render_text(line.text or context.say("staff_unreadable")), following=2)
    return WorkOutcome(dump_state(chat.memory))


# -- the rest -------------------------------------------------------------------------------------------------------


def _may(context: HandlerContext, chat: ChatContext) -> bool:
    return context.staff is not None and chat.private and chat.business is None


def _with_staff(memory: ChatState, who: str) -> ChatState:
    person = memory.participant(who)
    return memory.with_person(who, Participant(take_over(person.conversation, 0), person.last))


def _with_bot(memory: ChatState, who: str) -> ChatState:
    person = memory.participant(who)
    return memory.with_person(who, Participant(give_back(person.conversation), person.last))


def _end(context: HandlerContext) -> tuple[tuple[Button, ...], ...]:
    return ((Button(context.say("button_end_talk"), f"{STAFF_LEAVE}0"),),)


def _joined(*texts: str) -> str:
    return "\n\n".join(text.strip() for text in texts if text)


def _chat_of(one: Handoff, memory: ChatState, at: float) -> ChatContext:
    """The private chat of a talk."""
    number, _, thread = one.key.id.partition(":")
    chat = int(number)
    topic = int(thread) if thread else None
    key = chat_key(one.key.clinic, chat, topic)
    return ChatContext(key, chat, topic, None, None, private=True, who=one.who, at=at, memory=memory)
