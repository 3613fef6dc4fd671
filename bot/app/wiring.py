"""The channels, each put together from the settings: what answers its updates, what it serves, what it listens to.

A channel's own packages are imported where it is put together: nobody waits for those of a channel that is not configured.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

from starlette.routing import BaseRoute, Route

from bot.app.config import ConfigError, Serving, Settings
from bot.channels.channel import Channel, Inbox, Shared
from bot.delivery.metrics import Metrics
from bot.delivery.service import Service
from bot.delivery.storage import Storage
from bot.timeline import course, picture


def check(serving: Serving) -> None:
    """Raises ConfigError where a channel is configured by half."""
    if serving.telegram_bot_token is not None and serving.webhook_url is not None and serving.webhook_secret is None:
        raise ConfigError("WEBHOOK_SECRET is not set; without it anybody could write to the webhook. Take random characters")
    signed = serving.chatwoot_secret is not None or serving.chatwoot_path_secret is not None
    if serving.chatwoot_url is None and (signed or serving.chatwoot_token is not None):
        raise ConfigError("CHATWOOT_URL is not set; it says where the Chatwoot is that the other settings are for")
    if serving.chatwoot_url is not None and serving.chatwoot_token is None:
        raise ConfigError("CHATWOOT_TOKEN is not set; Chatwoot shows the access token of the agent bot where it was made")
    if serving.chatwoot_url is not None and not signed:
        raise ConfigError(
            "CHATWOOT_SECRET is not set; without it anybody could write to the webhook. Chatwoot shows it where the agent bot "
            "was made; a Chatwoot too old to have one can be let in by CHATWOOT_PATH_SECRET"
        )
    if serving.generic_reply_url is not None and serving.generic_secret is None:
        raise ConfigError(
            "GENERIC_SECRET is not set; without it anybody could write to the webhook. Take whsec_ and random bytes"
        )


def shared(settings: Settings, storage: Storage, metrics: Metrics, service: Service) -> Shared:
    """The picture is drawn when it is first asked for."""
    knowledge = service.knowledge
    return Shared(
        settings,
        storage,
        metrics,
        service,
        _once(lambda: picture.png(course.of(knowledge), knowledge)),
        _once(lambda: picture.svg(course.of(knowledge), knowledge).encode()),
    )


@contextlib.asynccontextmanager
async def channels(parts: Shared) -> AsyncIterator[tuple[Channel, ...]]:
    """All channels that are configured."""
    serving = parts.settings.serving
    async with contextlib.AsyncExitStack() as stack:
        found = []
        if serving.telegram_bot_token is not None:
            found.append(await stack.enter_async_context(_telegram(parts, serving.telegram_bot_token)))
        if serving.chatwoot_url is not None:
            found.append(await stack.enter_async_context(_chatwoot(parts, serving.chatwoot_url)))
        if serving.generic_secret is not None:
            found.append(await stack.enter_async_context(_generic(parts, serving.generic_secret)))
        found.append(_web(parts))
        yield tuple(found)


@contextlib.asynccontextmanager
async def _telegram(parts: Shared, token: str) -> AsyncIterator[Channel]:
    from bot.channels.telegram.api.client import client  # noqa: PLC0415
    from bot.channels.telegram.api.pace import Pace  # noqa: PLC0415
    from bot.channels.telegram.api.sender import Sender  # noqa: PLC0415
    from bot.channels.telegram.chat import Desk  # noqa: PLC0415
    from bot.channels.telegram.handler import Telegram  # noqa: PLC0415
    from bot.channels.telegram.updates import webhook  # noqa: PLC0415  # half a second and 60 MB that only Telegram needs
    from bot.channels.telegram.updates.intake import CHANNEL  # noqa: PLC0415
    from bot.channels.telegram.updates.polling import Poller  # noqa: PLC0415

    settings, serving, metrics = parts.settings, parts.settings.serving, parts.metrics
    async with client(token, serving.telegram_base_url) as bot:
        pace = Pace(overall=serving.telegram_rate, speed=serving.clock_scale)
        desk = Desk(
            service=parts.service,
            sender=Sender(bot, pace, lambda event: metrics.count(f"send_{event}")),
            count=metrics.count,
            picture=parts.png,
            clinic=settings.clinic,
            hours=max(1, round(settings.conversation_minutes / 60)),
        )
        handler = Telegram(desk)
        if (url := serving.webhook_url) is not None and (secret := serving.webhook_secret) is not None:
            yield Channel(
                CHANNEL,
                handler,
                lambda inbox: [Route(webhook.PATH, webhook.Hook(secret, inbox.take, settings.clinic).receive, methods=["POST"])],
                lambda _: webhook.register(bot, url, secret, serving.clock_scale),
            )
        else:
            poller = Poller(bot, parts.storage, metrics.count, settings.clinic, serving.clock_scale, serving.lease_seconds)
            yield Channel(
                CHANNEL,
                handler,
                listen=lambda inbox: poller.run(inbox.take),
                state=lambda: (poller.state not in {"conflict", "refused"}, poller.state),
            )


@contextlib.asynccontextmanager
async def _chatwoot(parts: Shared, url: str) -> AsyncIterator[Channel]:
    from bot.channels.helpdesk.chatwoot import CHANNEL, PATH  # noqa: PLC0415  # as above
    from bot.channels.helpdesk.chatwoot.api import Api  # noqa: PLC0415
    from bot.channels.helpdesk.chatwoot.handler import Chatwoot  # noqa: PLC0415
    from bot.channels.helpdesk.chatwoot.webhook import ChatwootHook  # noqa: PLC0415
    from bot.channels.helpdesk.client import Outbox  # noqa: PLC0415

    serving, count = parts.settings.serving, parts.metrics.count

    def routes(inbox: Inbox) -> list[BaseRoute]:
        hook = ChatwootHook(serving.chatwoot_secret, serving.chatwoot_path_secret, inbox.take, parts.settings.clinic, count)
        return [
            Route(PATH, hook.receive, methods=["POST"]),
            Route(f"{PATH}/{{secret}}", hook.receive_unsigned, methods=["POST"]),
        ]

    outbox = Outbox(CHANNEL, count, f"{url}/api", serving.clock_scale)  # which answers without a login
    await outbox.start()
    try:
        yield Channel(CHANNEL, Chatwoot(parts.service, Api(url, serving.chatwoot_token or "", outbox), count), routes)
    finally:
        await outbox.close()


@contextlib.asynccontextmanager
async def _generic(parts: Shared, secret: str) -> AsyncIterator[Channel]:
    from bot.channels.helpdesk.client import Outbox  # noqa: PLC0415
    from bot.channels.helpdesk.generic import CHANNEL, PATH  # noqa: PLC0415  # as above
    from bot.channels.helpdesk.generic.handler import Generic  # noqa: PLC0415
    from bot.channels.helpdesk.generic.webhook import AnsweringHook, Gate, TakingHook  # noqa: PLC0415
    from bot.channels.rendering import screen_of  # noqa: PLC0415

    settings, serving, count, service = parts.settings, parts.settings.serving, parts.metrics.count, parts.service
    screen = screen_of(service.knowledge)
    gate = Gate(secret, count)
    url = serving.generic_reply_url
    if url is None:
        hook = AnsweringHook(gate, service, parts.storage, settings.clinic, count, screen.show)
        yield Channel(CHANNEL, routes=lambda _: [Route(PATH, hook.receive, methods=["POST"])])
        return
    outbox = Outbox(CHANNEL, count, speed=serving.clock_scale)
    await outbox.start()
    try:
        yield Channel(
            CHANNEL,
            Generic(service, outbox, url, secret, screen.show),
            lambda inbox: [Route(PATH, TakingHook(gate, inbox.take, settings.clinic).receive, methods=["POST"])],
        )
    finally:
        await outbox.close()


def _web(parts: Shared) -> Channel:
    from bot.channels.web import CHANNEL, page  # noqa: PLC0415  # as above
    from bot.channels.web.api import app  # noqa: PLC0415  # as above
    from bot.channels.web.api.context import Office  # noqa: PLC0415
    from bot.channels.web.api.public import examples  # noqa: PLC0415

    settings, serving, dialogue = parts.settings, parts.settings.serving, parts.service.dialogue
    pages = page.Pages(
        dialogue.compose.say,
        settings.clinic,
        dialogue.knowledge.clinic,
        max(1, round(settings.conversation_minutes / 60)),
        {topic.id: topic.question for topic in dialogue.knowledge.topics},
        tuple(examples(dialogue.knowledge)),
        serving.web_origins,
    )

    def routes(inbox: Inbox) -> list[BaseRoute]:
        office = Office(
            parts.service,
            parts.storage,
            parts.metrics,
            parts.png,
            parts.svg,
            settings.clinic,
            settings.conversation_minutes,
            serving.web_origins,
            serving.api_access,
            serving.api_rate,
            serving.api_key_rate,
            ready=lambda: inbox.works,
        )
        return [*page.routes(pages), *app.routes(office)]

    return Channel(CHANNEL, routes=routes)


def _once(make: Callable[[], bytes]) -> Callable[[], bytes]:
    """``make``, called when it is first needed."""
    made: list[bytes] = []

    def get() -> bytes:
        if not made:
            made.append(make())
        return made[0]

    return get
