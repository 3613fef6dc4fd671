"""The web channel put together: the page and the API behind it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from starlette.routing import BaseRoute

from bot.channels.channel import Channel, Inbox, Shared
from bot.channels.declaration import ConfigError
from bot.channels.edition import Edition
from bot.channels.rendering import offered
from bot.channels.web import example, page
from bot.channels.web.api import app
from bot.channels.web.api.context import ApiContext
from bot.channels.web.api.public import examples
from bot.channels.web.settings import NAME, WebSettings
from bot.delivery.storage.turn_store import TurnStore


@contextlib.asynccontextmanager
async def open_channel(shared: Shared, settings: WebSettings) -> AsyncIterator[Channel]:
    of_setting = logo_of(settings)

    def site(edition: Edition) -> page.Site:
        knowledge = edition.knowledge
        questions = {topic.id: topic.question for topic in knowledge.topics}
        shown = tuple(examples(knowledge))
        there = offered(knowledge)
        figured = edition.dialogue.compose.figured_in
        logo = knowledge.clinic.logo
        foreign = {one.tag: figured(one.tag, f"{one.sorry}\n\n{one.help}") for one in knowledge.languages}
        return page.site_of(
            page.Pages(
                edition.say,
                shared.clinic,
                knowledge.clinic,
                shared.hours,
                questions,
                shown,
                settings.origins,
                there,
                foreign,
                (f"logo.{logo.kind}", logo.content) if logo is not None else of_setting,
                shared.handoffs is not None,
            )
        )

    def routes(inbox: Inbox) -> list[BaseRoute]:
        context = ApiContext(
            shared.editions,
            shared.service,
            TurnStore(shared.storage, shared.metrics.count),
            shared.metrics,
            shared.clinic,
            shared.conversation_minutes,
            settings.origins,
            settings.api_access,
            settings.api_rate,
            settings.api_key_rate,
            ready=lambda: inbox.works,
            handoffs=shared.handoffs,
        )
        pages = page.routes(lambda: shared.editions.current(shared.clinic).made("web page", site), settings.origins)
        return [*pages, *(example.routes() if settings.example else ()), *app.routes(context)]

    yield Channel(NAME, routes=routes)


def logo_of(settings: WebSettings) -> tuple[str, bytes] | None:
    """The name under which the clinic's picture is served, and its bytes. Raises ConfigError."""
    if settings.logo is None:
        return None
    try:
        return f"logo{settings.logo.suffix}", settings.logo.read_bytes()
    except OSError as error:
        raise ConfigError(f"WEB_LOGO: {settings.logo} cannot be read ({error.strerror})") from error
