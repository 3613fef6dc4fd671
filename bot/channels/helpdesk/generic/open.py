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
from bot.channels.rendering import screen_of


@contextlib.asynccontextmanager
async def open_channel(shared: Shared, settings: GenericSettings) -> AsyncIterator[Channel]:
    count, service, secret, url = shared.metrics.count, shared.service, settings.secret or "", settings.reply_url
    screen = screen_of(service.knowledge)
    gate = Gate(secret, count)
    if url is None:
        hook = AnsweringHook(gate, service, shared.storage, shared.clinic, count, screen.render)
        yield Channel(NAME, routes=lambda _: [Route(PATH, hook.receive, methods=["POST"])])
        return
    outbox = HelpdeskClient(NAME, count, speed=shared.clock_scale)
    await outbox.start()
    try:
        yield Channel(
            NAME,
            Generic(service, outbox, url, secret, screen.render),
            lambda inbox: [Route(PATH, TakingHook(gate, inbox.take, shared.clinic).receive, methods=["POST"])],
        )
    finally:
        await outbox.close()
