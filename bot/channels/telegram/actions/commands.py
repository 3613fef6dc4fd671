"""The commands: functions (desk, scene, words behind the command, journal) -> what the update leaves behind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bot.channels.telegram.chat import AGO, PAGE, ChatContext, HandlerContext
from bot.channels.telegram.render import Button, RenderedMessage, data, label, render_text
from bot.channels.telegram.settings import NAME
from bot.delivery.journal import Journal
from bot.delivery.storage import WorkOutcome
from bot.dialogue.state import ChatState
from bot.timeline import course

Command = Callable[[HandlerContext, ChatContext, str, Journal], Awaitable[WorkOutcome]]
_PAGE = 8  # questions; a keyboard of more hides the chat on a phone


async def start(desk: HandlerContext, scene: ChatContext, words: str, journal: Journal) -> WorkOutcome:
    """Greets, or answers the entry that a link leads to."""
    if not words:
        return await desk.say_to(scene, journal, desk.say("telegram_welcome"))
    if words in desk.service.knowledge.entries or words in desk.service.knowledge.boundaries:
        reply, memory = await desk.service.press(NAME, words, scene.memory, scene.who, scene.at)
        return await desk.tell(scene.remembering(memory), journal, reply)
    return await desk.say_to(scene, journal, desk.say("telegram_no_entry"))


async def help_(desk: HandlerContext, scene: ChatContext, words: str, journal: Journal) -> WorkOutcome:
    return await desk.say_to(scene, journal, desk.say("telegram_help"))


async def ask(desk: HandlerContext, scene: ChatContext, words: str, journal: Journal) -> WorkOutcome:
    if not words:
        return await desk.say_to(scene, journal, desk.say("telegram_ask_what"))
    reply, memory = await desk.service.respond(NAME, words, scene.memory, scene.who, scene.at)
    return await desk.tell(scene.remembering(memory), journal, reply)


async def topics(desk: HandlerContext, scene: ChatContext, words: str, journal: Journal) -> WorkOutcome:
    return await desk.put(scene, journal, topics_page(desk, 0))


def topics_page(desk: HandlerContext, page: int) -> tuple[RenderedMessage, ...]:
    """The questions that can be answered, some at a time, each on a button."""
    ids = list(desk.service.knowledge.entries)
    pages = max(1, -(-len(ids) // _PAGE))
    page = page % pages
    rows = [
        (Button(label(desk.service.dialogue.compose.choice(id).label), data("r:", id)),) for id in ids[page * _PAGE :][:_PAGE]
    ]
    turns = []
    if page > 0:
        turns.append(Button(desk.say("button_back"), f"{PAGE}{page - 1}"))
    if page + 1 < pages:
        turns.append(Button(desk.say("button_more"), f"{PAGE}{page + 1}"))
    return render_text(desk.say("topics", questions="").strip(), (*rows, tuple(turns)) if turns else tuple(rows))


async def timeline(desk: HandlerContext, scene: ChatContext, words: str, journal: Journal) -> WorkOutcome:
    knowledge = desk.service.knowledge
    said = f"{desk.say('telegram_picture')}\n\n{course.as_text(course.course_from(knowledge), knowledge)}"
    return await desk.put(scene, journal, render_text(said), desk.picture)


async def aftercare(desk: HandlerContext, scene: ChatContext, words: str, journal: Journal) -> WorkOutcome:
    """Asks when the infusion ended, or reads it from the words behind the command."""
    reply, memory = await desk.service.ask_end(NAME, scene.memory, scene.who, scene.at)
    if words:
        reply, memory = await desk.service.respond(NAME, words, memory, scene.who, scene.at)
        return await desk.tell(scene.remembering(memory), journal, reply)
    rows = (
        (Button(desk.say("button_just_now"), f"{AGO}0"), Button(desk.say("button_half_an_hour"), f"{AGO}30")),
        (Button(desk.say("button_an_hour"), f"{AGO}60"), Button(desk.say("button_two_hours"), f"{AGO}120")),
    )
    return await desk.say_to(scene.remembering(memory), journal, reply.text, rows)


async def sources(desk: HandlerContext, scene: ChatContext, words: str, journal: Journal) -> WorkOutcome:
    return await desk.say_to(scene, journal, desk.service.dialogue.compose.documents())


async def why(desk: HandlerContext, scene: ChatContext, words: str, journal: Journal) -> WorkOutcome:
    last = scene.memory.of(scene.who).last
    if last is None:
        return await desk.say_to(scene, journal, desk.say("no_reply_yet"))
    try:
        said = desk.service.dialogue.compose.explained(last)
    except KeyError:  # the knowledge has changed since, and what was told is not in it any more
        said = desk.say("no_reply_yet")
    return await desk.say_to(scene, journal, said)


async def privacy(desk: HandlerContext, scene: ChatContext, words: str, journal: Journal) -> WorkOutcome:
    return await desk.say_to(scene, journal, desk.say("telegram_privacy", hours=str(desk.hours)))


async def forget(desk: HandlerContext, scene: ChatContext, words: str, journal: Journal) -> WorkOutcome:
    """In a private chat all goes; in a group what is remembered of the one who asks."""
    memory = ChatState() if scene.private else scene.memory.without(scene.who)
    outcome = await desk.say_to(scene.remembering(memory), journal, desk.say("telegram_forgotten"))
    return outcome if outcome.forget or not scene.private else WorkOutcome(forget=True)


COMMANDS: Mapping[str, Command] = {
    "start": start,
    "help": help_,
    "ask": ask,
    "topics": topics,
    "timeline": timeline,
    "aftercare": aftercare,
    "sources": sources,
    "why": why,
    "privacy": privacy,
    "forget": forget,
}
