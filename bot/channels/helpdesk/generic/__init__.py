"""Any help desk that can sign a webhook as Standard Webhooks says: a question in, a reply out."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from bot.channels.declaration import ChannelType, ConfigError, needing
from bot.channels.helpdesk.generic.settings import NAME, SETTINGS, GenericSettings, read_settings
from bot.channels.helpdesk.messages import MESSAGES

if TYPE_CHECKING:
    from bot.channels.channel import Channel, Shared


def _open(shared: Shared, settings: GenericSettings) -> AbstractAsyncContextManager[Channel]:
    with needing("helpdesk", "GENERIC_SECRET"):
        from bot.channels.helpdesk.generic.open import open_channel  # noqa: PLC0415  # what only who serves it needs

    return open_channel(shared, settings)


def _conversation(settings: GenericSettings, name: str) -> str:
    from bot.channels.helpdesk import signatures  # noqa: PLC0415  # as above
    from bot.channels.helpdesk.generic.questions import WebhookQuestion  # noqa: PLC0415

    if settings.secret is None:
        raise ConfigError("GENERIC_SECRET is not set; a conversation is found with it alone")
    return WebhookQuestion(name).key("", signatures.key_of(settings.secret)).id


CHANNEL = ChannelType(NAME, SETTINGS, read_settings, _open, MESSAGES, _conversation)
