"""Inline mode: the bot's answers offered in any chat, before anybody sends one. Nothing of it is remembered."""

from __future__ import annotations

from collections.abc import Sequence

from telegram import InlineQueryResultArticle, InputTextMessageContent, LinkPreviewOptions
from telegram.constants import ParseMode

from bot.channels.telegram.api.sender import ChatGone, MethodCall
from bot.channels.telegram.chat import HandlerContext
from bot.channels.telegram.render import label, render_reply
from bot.channels.telegram.updates.types import InlineQuery
from bot.delivery.storage import WorkOutcome
from bot.dialogue.conversation import Conversation, Reply
from bot.dialogue.events import Chosen, Said
from bot.dialogue.state import ChatState, Participant

_OFFERED = 5
_CACHE_SECONDS = 60
# There is no conversation to open: no disclaimer before each answer.
_GREETED = ChatState({"": Participant(Conversation(greeted=True))})


async def offer(context: HandlerContext, query: InlineQuery, at: float) -> WorkOutcome:
    """Answers ``query``: what it asks, else the questions it could mean. The answers are marked personal."""
    articles = [_article(context, id, title, reply) for id, title, reply in await _found(context, query.query.strip(), at)]
    arguments = {"inline_query_id": query.id, "results": articles, "is_personal": True, "cache_time": _CACHE_SECONDS}
    if isinstance(await context.sender.send(MethodCall("answer_inline_query", arguments)), ChatGone):
        context.count("expired")
    return WorkOutcome()


async def _found(context: HandlerContext, words: str, at: float) -> list[tuple[str, str, Reply]]:
    compose = context.edition.dialogue.compose
    if not words:
        return await _of(context, list(context.knowledge.entries)[:_OFFERED], at)
    reply = await context.service.draft(context.edition, Said(words), _GREETED, at)
    if reply.kind in {"clarify", "fallback"}:
        return await _of(context, [one.id for one in (*reply.choices, *reply.related)], at)
    told = next((part.entry or part.boundary for part in reply.parts), None)
    title = compose.choice(told).label if told else reply.text
    following = await _of(context, [one.id for one in reply.related], at)
    return [(told or reply.kind, title, reply), *following]


async def _of(context: HandlerContext, ids: Sequence[str], at: float) -> list[tuple[str, str, Reply]]:
    found = []
    for id in ids:
        reply = await context.service.draft(context.edition, Chosen(id), _GREETED, at)
        found.append((id, context.edition.dialogue.compose.choice(id).label, reply))
    return found


def _article(context: HandlerContext, id: str, title: str, reply: Reply) -> InlineQueryResultArticle:
    message = render_reply(reply, context.knowledge.documents)[0]
    return InlineQueryResultArticle(
        id=id[:64],
        title=label(title),
        description=" ".join(reply.text.split())[:120],
        input_message_content=InputTextMessageContent(
            message.html, parse_mode=ParseMode.HTML, link_preview_options=LinkPreviewOptions(is_disabled=True)
        ),
    )
