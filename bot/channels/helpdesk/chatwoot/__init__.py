"""Chatwoot's agent bot: its webhooks in, calls of its API out."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from bot.channels.declaration import ChannelType, CheckResult, needing
from bot.channels.helpdesk.chatwoot.settings import NAME, SETTINGS, ChatwootSettings, read_settings
from bot.channels.helpdesk.messages import MESSAGES

if TYPE_CHECKING:
    from bot.channels.channel import Channel, Shared


def _open(shared: Shared, settings: ChatwootSettings) -> AbstractAsyncContextManager[Channel]:
    with needing("helpdesk", "CHATWOOT_URL"):
        from bot.channels.helpdesk.chatwoot.open import open_channel  # noqa: PLC0415  # what only who serves it needs

    return open_channel(shared, settings)


async def _check(settings: ChatwootSettings) -> Sequence[CheckResult]:
    with needing("helpdesk", "CHATWOOT_URL"):
        from bot.channels.helpdesk.chatwoot.check import check  # noqa: PLC0415  # as above

    return await check(settings)


CHANNEL = ChannelType(NAME, SETTINGS, read_settings, _open, MESSAGES, check=_check)
