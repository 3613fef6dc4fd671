"""The generic webhook put together: it answers at once, or takes the question and sends the reply to an address."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from starlette.routing import Route

from bot.channels.channel import Channel, Shared
from bot.channels.helpdesk.client import HelpdeskClient
from bot.channels.helpdesk.generic.handler import Generic
from bot.channels.helpdesk.generic.settings import NAME, GenericSettings
from bot.channels.helpdesk.generic.webhook import PATH, AnsweringHook, Gate, TakingHook
from bot.delivery.storage.turn_store import TurnStore


@contextlib.asynccontextmanager
async def open_channel(shared: Shared, settings: GenericSettings) -> AsyncIterator[Channel]:
    count, service, secret, url = shared.metrics.count, shared.service, settings.secret or "", settings.reply_url
    gate = Gate(secret, count)
    if url is None:
        store = TurnStore(shared.storage, count)
        hook = AnsweringHook(gate, shared.editions, shared.clinic, service, store, count)
        routes = [Route(PATH, hook.receive, methods=["POST"])]
        yield Channel(NAME, routes=lambda _: routes)
        return
    client = HelpdeskClient(NAME, count, speed=shared.clock_scale)
    await client.start()
    try:
        yield Channel(
            NAME,
            Generic(shared.editions, shared.clinic, service, client, url, secret),
            lambda inbox: [Route(PATH, TakingHook(gate, inbox.take, shared.clinic).receive, methods=["POST"])],
            state=lambda: client.health.shown,
        )
    finally:
        await client.close()
