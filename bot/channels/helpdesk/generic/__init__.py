"""Any help desk that can sign a webhook as Standard Webhooks says: a question in, a reply out."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from bot.channels.declaration import ChannelType
from bot.channels.helpdesk.generic.settings import NAME, SETTINGS, GenericSettings, read_settings
from bot.channels.helpdesk.messages import MESSAGES

if TYPE_CHECKING:
    from bot.channels.channel import Channel, Shared


def _open(shared: Shared, settings: GenericSettings) -> AbstractAsyncContextManager[Channel]:
    from bot.channels.helpdesk.generic.open import open_channel  # noqa: PLC0415  # what only who serves it needs

    return open_channel(shared, settings)


CHANNEL = ChannelType(NAME, SETTINGS, read_settings, _open, MESSAGES)
