"""The channels that there are. A channel more is a package of its own and a line here."""

from __future__ import annotations

from typing import Any

from bot.channels import clinic_page, messages, telegram, web
from bot.channels.declaration import ChannelType
from bot.channels.helpdesk import chatwoot, generic
from bot.knowledge.messages import Slots

CHANNELS: tuple[ChannelType[Any], ...] = (telegram.CHANNEL, web.CHANNEL, chatwoot.CHANNEL, generic.CHANNEL, clinic_page.CHANNEL)


def slots() -> Slots:
    """What all of them say besides the dialogue: keys of ``knowledge/messages.yaml``, with what each may be filled with."""
    declared = {key: slot for one in CHANNELS for key, slot in one.messages.items()}
    return {**messages.COMMON, **messages.TERMINAL, **declared}
