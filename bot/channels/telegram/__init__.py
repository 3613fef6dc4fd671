"""Telegram: updates in, replies out."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from bot.channels.declaration import ChannelType, CheckResult, needing
from bot.channels.telegram.messages import MESSAGES
from bot.channels.telegram.settings import NAME, SETTINGS, TelegramSettings, read_settings

if TYPE_CHECKING:
    from bot.channels.channel import Channel, Shared


def _open(shared: Shared, settings: TelegramSettings) -> AbstractAsyncContextManager[Channel]:
    with needing("telegram", "TELEGRAM_BOT_TOKEN"):
        from bot.channels.telegram.open import open_channel  # noqa: PLC0415  # half a second and 60 MB that only Telegram needs

    return open_channel(shared, settings)


async def _check(settings: TelegramSettings) -> Sequence[CheckResult]:
    with needing("telegram", "TELEGRAM_BOT_TOKEN"):
        from bot.channels.telegram.check import check  # noqa: PLC0415  # as above

    return await check(settings)


def _account(settings: TelegramSettings) -> str | None:
    """Updates of a bot are given to whoever asks first."""
    token = settings.bot_token
    return f"TELEGRAM_BOT_TOKEN: the bot {token.partition(':')[0]}" if token is not None else None


CHANNEL = ChannelType(
    NAME,
    SETTINGS,
    read_settings,
    _open,
    MESSAGES,
    check=_check,
    alone=_account,
    wakes=True,
    reaches_staff=lambda settings: settings.staff_chat is not None,
)
