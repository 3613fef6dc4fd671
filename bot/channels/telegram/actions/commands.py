"""The commands: functions (context, chat, words behind the command, journal) -> what the update leaves behind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bot.channels.rendering import course_of
from bot.channels.telegram.actions import reminders
from bot.channels.telegram.chat import AGO, PAGE, ChatContext, HandlerContext
from bot.channels.telegram.render import Button, RenderedMessage, data, label, render_text
from bot.delivery.journal import Journal
from bot.delivery.storage import WorkOutcome
from bot.dialogue.events import AsksEnd, Chosen, Said
from bot.dialogue.state import ChatState
from bot.timeline import course

Command = Callable[[HandlerContext, ChatContext, str, Journal], Awaitable[WorkOutcome]]
_PAGE = 8  # questions; a keyboard of more hides the chat on a phone


async def start(context: HandlerContext, chat: ChatContext, words: str, journal: Journal) -> WorkOutcome:
    """Answers the entry that a link leads to, or a question that stands behind it; else it greets, wherever a link came from."""
    if words in context.knowledge.entries or words in context.knowledge.boundaries:
        reply, memory = await context.turn(Chosen(words), chat)
        return await context.tell(chat.remembering(memory), journal, reply)
    if len(words.split()) > 1:  # no link: they carry one word
        return await ask(context, chat, words, journal)
    context.campaigns.count(words)
    return await context.say_to(chat, journal, context.say("telegram_welcome"))


async def help_(context: HandlerContext, chat: ChatContext, words: str, journal: Journal) -> WorkOutcome:
    return await context.say_to(chat, journal, f"{context.say('telegram_help')}\n\n{context.say('help_now')}")


async def ask(context: HandlerContext, chat: ChatContext, words: str, journal: Journal) -> WorkOutcome:
    if not words:
        return await context.say_to(chat, journal, context.say("telegram_ask_what"))
    reply, memory = await context.turn(Said(words), chat)
    return await context.tell(chat.remembering(memory), journal, reply)


async def topics(context: HandlerContext, chat: ChatContext, words: str, journal: Journal) -> WorkOutcome:
    return await context.put(chat, journal, topics_page(context, 0))


def topics_page(context: HandlerContext, page: int) -> tuple[RenderedMessage, ...]:
    """The questions that can be answered, some at a time, each on a button."""
    ids = list(context.knowledge.entries)
    pages = max(1, -(-len(ids) // _PAGE))
    page = page % pages
    rows = [
        (Button(label(context.edition.dialogue.compose.choice(id).label), data("r:", id)),) for id in ids[page * _PAGE :][:_PAGE]
    ]
    turns = []
    if page > 0:
        turns.append(Button(context.say("button_back"), f"{PAGE}{page - 1}"))
    if page + 1 < pages:
        turns.append(Button(context.say("button_more"), f"{PAGE}{page + 1}"))
    return render_text(context.say("topics", questions="").strip(), (*rows, tuple(turns)) if turns else tuple(rows))


async def timeline(context: HandlerContext, chat: ChatContext, words: str, journal: Journal) -> WorkOutcome:
    knowledge = context.knowledge
    shown = course_of(knowledge)
    if shown is None:
        return await context.say_to(chat, journal, context.say("timeline_none"))
    said = f"{context.say('telegram_picture')}\n\n{course.as_text(shown, knowledge)}"
    return await context.put(chat, journal, render_text(said), context.edition.png)


async def aftercare(context: HandlerContext, chat: ChatContext, words: str, journal: Journal) -> WorkOutcome:
    """Asks when the infusion ended, or reads it from the words behind the command."""
    reply, memory = await context.turn(AsksEnd(), chat)
    asks = reply.kind == "timeline"
    if words:
        told, after = await context.turn(Said(words), chat.remembering(memory))
        # Danger and despair are answered where there is no timeline, too.
        if asks or told.kind in {"urgent", "support"}:
            return await context.tell(chat.remembering(after), journal, told)
    if not asks:
        return await context.tell(chat.remembering(memory), journal, reply)
    rows = (
        (Button(context.say("button_just_now"), f"{AGO}0"), Button(context.say("button_half_an_hour"), f"{AGO}30")),
        (Button(context.say("button_an_hour"), f"{AGO}60"), Button(context.say("button_two_hours"), f"{AGO}120")),
    )
    return await context.say_to(chat.remembering(memory), journal, reply.text, rows)


async def reminders_(context: HandlerContext, chat: ChatContext, words: str, journal: Journal) -> WorkOutcome:
    return await reminders.listed(context, chat, journal)


async def sources(context: HandlerContext, chat: ChatContext, words: str, journal: Journal) -> WorkOutcome:
    return await context.say_to(chat, journal, context.edition.dialogue.compose.documents())


async def why(context: HandlerContext, chat: ChatContext, words: str, journal: Journal) -> WorkOutcome:
    last = chat.memory.participant(chat.who).last
    if last is None:
        return await context.say_to(chat, journal, context.say("no_reply_yet"))
    try:
        said = context.edition.dialogue.compose.explained(last)
    except KeyError:  # the knowledge has changed since, and what was told is not in it any more
        said = context.say("no_reply_yet")
    return await context.say_to(chat, journal, said)


async def privacy(context: HandlerContext, chat: ChatContext, words: str, journal: Journal) -> WorkOutcome:
    text = context.say("telegram_privacy", hours=str(context.hours))
    if context.staff is not None and chat.private:
        text = f"{text.strip()}\n\n{context.say('telegram_staff_privacy')}"
    return await context.say_to(chat, journal, text)


async def forget(context: HandlerContext, chat: ChatContext, words: str, journal: Journal) -> WorkOutcome:
    """In a private chat all goes; in a group what is remembered of the one who asks."""
    memory = ChatState() if chat.private else chat.memory.without(chat.who)
    if chat.private:
        await context.leave_staff(chat)
    outcome = await context.say_to(chat.remembering(memory), journal, context.say("telegram_forgotten"))
    return outcome if outcome.forget or not chat.private else WorkOutcome(forget=True)


COMMANDS: Mapping[str, Command] = {
    "start": start,
    "help": help_,
    "ask": ask,
    "topics": topics,
    "timeline": timeline,
    "aftercare": aftercare,
    "reminders": reminders_,
    "sources": sources,
    "why": why,
    "privacy": privacy,
    "forget": forget,
}
