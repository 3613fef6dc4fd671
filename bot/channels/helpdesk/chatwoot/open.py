"""The Chatwoot channel put together."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from starlette.routing import BaseRoute, Route

from bot.channels.channel import Channel, Inbox, Shared
from bot.channels.helpdesk.chatwoot.api import ChatwootApi, refusal
from bot.channels.helpdesk.chatwoot.handler import Chatwoot
from bot.channels.helpdesk.chatwoot.settings import NAME, ChatwootSettings
from bot.channels.helpdesk.chatwoot.webhook import PATH, ChatwootHook
from bot.channels.helpdesk.client import HelpdeskClient
from bot.channels.helpdesk.health import DeskHealth

_LOOK = 60.0  # seconds


@contextlib.asynccontextmanager
async def open_channel(shared: Shared, settings: ChatwootSettings) -> AsyncIterator[Channel]:
    count, url, token = shared.metrics.count, settings.url or "", settings.token or ""
    health = DeskHealth(NAME, watched=True)

    def routes(inbox: Inbox) -> list[BaseRoute]:
        hook = ChatwootHook(settings.secret, settings.path_secret, inbox.take, shared.clinic, count, health)
        return [
            Route(PATH, hook.receive, methods=["POST"]),
            Route(f"{PATH}/{{secret}}", hook.receive_unsigned, methods=["POST"]),
        ]

    probe = f"{url}/api"  # which answers without a login
    client = HelpdeskClient(NAME, count, probe, shared.clock_scale, refusal=refusal(token), health=health)
    await client.start()
    api = ChatwootApi(url, token, client)
    try:
        yield Channel(
            NAME,
            Chatwoot(shared.editions, shared.clinic, shared.service, api, count),
            routes,
            lambda _: api.watch(_LOOK / shared.clock_scale),
            lambda: health.shown,
        )
    finally:
        await client.close()
