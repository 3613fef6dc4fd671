"""The Chatwoot channel put together."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from starlette.routing import BaseRoute, Route

from bot.channels.channel import Channel, Inbox, Shared
from bot.channels.helpdesk.chatwoot.api import ChatwootApi
from bot.channels.helpdesk.chatwoot.handler import Chatwoot
from bot.channels.helpdesk.chatwoot.settings import NAME, ChatwootSettings
from bot.channels.helpdesk.chatwoot.webhook import PATH, ChatwootHook
from bot.channels.helpdesk.client import HelpdeskClient


@contextlib.asynccontextmanager
async def open_channel(shared: Shared, settings: ChatwootSettings) -> AsyncIterator[Channel]:
    count, url = shared.metrics.count, settings.url or ""

    def routes(inbox: Inbox) -> list[BaseRoute]:
        hook = ChatwootHook(settings.secret, settings.path_secret, inbox.take, shared.clinic, count)
        return [
            Route(PATH, hook.receive, methods=["POST"]),
            Route(f"{PATH}/{{secret}}", hook.receive_unsigned, methods=["POST"]),
        ]

    client = HelpdeskClient(NAME, count, f"{url}/api", shared.clock_scale)  # which answers without a login
    await client.start()
    try:
        yield Channel(
            NAME,
            Chatwoot(shared.editions, shared.clinic, shared.service, ChatwootApi(url, settings.token or "", client), count),
            routes,
        )
    finally:
        await client.close()
