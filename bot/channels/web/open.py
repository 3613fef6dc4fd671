"""The web channel put together: the page and the API behind it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from starlette.routing import BaseRoute

from bot.channels.channel import Channel, Inbox, Shared
from bot.channels.web import page
from bot.channels.web.api import app
from bot.channels.web.api.context import ApiContext
from bot.channels.web.api.public import examples
from bot.channels.web.settings import NAME, WebSettings


@contextlib.asynccontextmanager
async def open_channel(shared: Shared, settings: WebSettings) -> AsyncIterator[Channel]:
    dialogue = shared.service.dialogue
    pages = page.Pages(
        dialogue.compose.say,
        shared.clinic,
        dialogue.knowledge.clinic,
        shared.hours,
        {topic.id: topic.question for topic in dialogue.knowledge.topics},
        tuple(examples(dialogue.knowledge)),
        settings.origins,
    )

    def routes(inbox: Inbox) -> list[BaseRoute]:
        context = ApiContext(
            shared.service,
            shared.storage,
            shared.metrics,
            shared.png,
            shared.svg,
            shared.clinic,
            shared.conversation_minutes,
            settings.origins,
            settings.api_access,
            settings.api_rate,
            settings.api_key_rate,
            ready=lambda: inbox.works,
        )
        return [*page.routes(pages), *app.routes(context)]

    yield Channel(NAME, routes=routes)
