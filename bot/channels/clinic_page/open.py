"""The clinic's page put together: its views, and who may open them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from starlette.routing import BaseRoute

from bot.channels.channel import Channel, Inbox, Shared
from bot.channels.clinic_page.access.guard import Guard
from bot.channels.clinic_page.access.sessions import Sessions
from bot.channels.clinic_page.app import ClinicPage
from bot.channels.clinic_page.pages import audit, gaps, health, inbox, knowledge, overview
from bot.channels.clinic_page.settings import NAME, PATH, ClinicPageSettings
from bot.channels.clinic_page.views import View


@contextlib.asynccontextmanager
async def open_channel(shared: Shared, settings: ClinicPageSettings) -> AsyncIterator[Channel]:
    def routes(_: Inbox) -> list[BaseRoute]:
        sessions = Sessions(shared.storage, shared.clinic, settings.hours, settings.idle_minutes)
        url = urlsplit(settings.url or "")
        origin = f"{url.scheme}://{url.netloc}".lower() if url.netloc else ""
        # With a path of its own the page is behind a proxy that cuts something off: the browser's counts.
        guard = Guard(sessions, url.path or f"{shared.prefix}{PATH}", origin)
        page = ClinicPage(sessions, guard, lambda: shared.editions.current(shared.clinic), views(shared, sessions))
        return page.routes(PATH)

    yield Channel(NAME, routes=routes)


def views(shared: Shared, sessions: Sessions) -> tuple[View, ...]:
    """All that there are, in the order of the menu."""
    return (
        overview.view(shared),
        *inbox.views(shared),
        gaps.view(shared),
        knowledge.view(shared),
        health.view(shared),
        audit.view(shared, sessions),
    )
