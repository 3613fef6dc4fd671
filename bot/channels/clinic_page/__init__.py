"""The clinic's page: what the clinic's own people see of the bot, in a browser. No patient comes by here."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from bot.channels.clinic_page.settings import NAME, SETTINGS, ClinicPageSettings, read_settings
from bot.channels.declaration import ChannelType

if TYPE_CHECKING:
    from bot.channels.channel import Channel, Shared


def _open(shared: Shared, settings: ClinicPageSettings) -> AbstractAsyncContextManager[Channel]:
    from bot.channels.clinic_page.open import open_channel  # noqa: PLC0415  # what only who serves it needs

    return open_channel(shared, settings)


CHANNEL = ChannelType(NAME, SETTINGS, read_settings, _open)
