"""The channels that there are. A channel more is a package of its own and a line here."""

from __future__ import annotations

from typing import Any

from bot.channels import telegram, web
from bot.channels.declaration import ChannelType
from bot.channels.helpdesk import chatwoot, generic

CHANNELS: tuple[ChannelType[Any], ...] = (telegram.CHANNEL, web.CHANNEL, chatwoot.CHANNEL, generic.CHANNEL)
