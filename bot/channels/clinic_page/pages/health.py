"""Whether each channel can work, and how it is."""

from __future__ import annotations

from collections.abc import Mapping

from bot.channels.channel import Shared
from bot.channels.clinic_page.settings import NAME
from bot.channels.clinic_page.showing.tables import ShownTable
from bot.channels.clinic_page.views import Shown, View, Visit
from bot.version import __version__

_CHANNELS: Mapping[str, str] = {
    "telegram": "Telegram",
    "web": "Web chat",
    "chatwoot": "Chatwoot",
    "generic": "Help desk by webhook",
    NAME: "This page",
}


def view(shared: Shared) -> View:
    async def show(_: Visit) -> Shown:
        health = shared.health()
        parts = {"Store": health.store} | {_CHANNELS.get(name, name): how for name, how in health.channels.items()}
        rows = [(name, "works" if well else "does not work", how) for name, (well, how) in parts.items()]
        table = ShownTable("health", "Health", ("Part", "Now", "In a word"), rows)
        well = all(fine for fine, _ in parts.values())
        return Shown("health.html", {"well": well, "version": __version__}, (table,))

    return View("health", "Health", "viewer", show)
