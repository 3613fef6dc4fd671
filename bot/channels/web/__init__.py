"""The web: a JSON API, the chat's page, and the script that puts it on a clinic's site."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from bot.channels.declaration import ChannelType, CheckResult, ConfigError
from bot.channels.web.messages import MESSAGES
from bot.channels.web.settings import NAME, SETTINGS, WebSettings, read_settings

if TYPE_CHECKING:
    from bot.channels.channel import Channel, Shared


def _open(shared: Shared, settings: WebSettings) -> AbstractAsyncContextManager[Channel]:
    from bot.channels.web.open import open_channel  # noqa: PLC0415  # what only who serves it needs

    return open_channel(shared, settings)


def _conversation(_: WebSettings, token: str) -> str:
    from bot.channels.web.api.conversations import conversation_key  # noqa: PLC0415  # as above

    return conversation_key("", token).id


async def _check(settings: WebSettings) -> Sequence[CheckResult]:
    from bot.channels.web.open import logo_of  # noqa: PLC0415  # as above

    try:
        logo_of(settings)
    except ConfigError as error:
        return [CheckResult(NAME, "wrong", str(error), "name a picture that this user may read, or leave WEB_LOGO out")]
    where = f"on {', '.join(settings.origins)}" if settings.origins else "on its own pages; WEB_ORIGINS names others"
    return [CheckResult(NAME, "ok", f"the chat is shown {where}")]


CHANNEL = ChannelType(NAME, SETTINGS, read_settings, _open, MESSAGES, _conversation, check=_check)
