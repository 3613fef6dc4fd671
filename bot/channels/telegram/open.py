"""The Telegram channel put together: by webhook where it has an address, else by polling."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from starlette.routing import Route

from bot.channels.channel import Channel, Shared
from bot.channels.telegram.api.client import client
from bot.channels.telegram.api.pace import Pace
from bot.channels.telegram.api.sender import Sender
from bot.channels.telegram.chat import Campaigns, Staff
from bot.channels.telegram.handler import Telegram
from bot.channels.telegram.settings import NAME, TelegramSettings
from bot.channels.telegram.updates import webhook
from bot.channels.telegram.updates.polling import Poller


@contextlib.asynccontextmanager
async def open_channel(shared: Shared, settings: TelegramSettings) -> AsyncIterator[Channel]:
    metrics, scale = shared.metrics, shared.clock_scale
    async with client(settings.bot_token or "", settings.base_url, settings.proxy) as bot:
        pace = Pace(overall=settings.rate, speed=scale)
        sender = Sender(bot, pace, lambda event: metrics.count(f"send_{event}"))
        handler = Telegram(
            shared.editions,
            shared.clinic,
            shared.service,
            sender,
            metrics.count,
            shared.hours,
            shared.storage,
            settings.business,
            campaigns=Campaigns(settings.campaigns, metrics.campaign),
            staff=Staff(shared.handoffs, settings.staff_chat) if shared.handoffs is not None else None,
        )
        for name in settings.campaigns:
            metrics.campaign(name, 0)
        if (url := settings.webhook_url) is not None and (secret := settings.webhook_secret) is not None:
            registration = webhook.Registration(bot, f"{url}{shared.prefix}", secret, metrics.count, scale)
            yield Channel(
                NAME,
                handler,
                lambda inbox: [Route(webhook.PATH, webhook.Hook(secret, inbox.take, shared.clinic).receive, methods=["POST"])],
                lambda _: registration.run(),
                lambda: registration.shown,
            )
        else:
            poller = Poller(bot, shared.storage, metrics.count, shared.clinic, scale, shared.lease_seconds)
            yield Channel(
                NAME,
                handler,
                listen=lambda inbox: poller.run(inbox.take),
                state=lambda: poller.shown,
            )
