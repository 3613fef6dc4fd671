"""Whether a message is meant for the bot, and what it says. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.channels.telegram.actions.commands import COMMANDS
from bot.channels.telegram.updates.types import Entity, TelegramMessage, User

# As people type it: with a capital, a blank before it, a mark behind it, the slash of another keyboard.
_COMMAND = re.compile(r"\s*[/\uff0f]([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]{3,64}))?[!?.,:;\u2026\uff01\uff1f]*(?:\s+|$)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Addressed:
    """What somebody said. ``command`` without its slash, "" where there is none; ``words`` all else.

    ``addressed`` False: it was not said to the bot, which may only listen for danger. ``media``: there is more than words in it.
    """

    command: str
    words: str
    addressed: bool
    media: bool


def addressed(message: TelegramMessage, me: User, private: bool) -> Addressed:
    """What ``message`` says to ``me``."""
    text, media = message.words, message.media
    found = _COMMAND.match(text)
    if found is not None:
        command, whom = found.group(1).lower(), found.group(2)
        # A private chat has no other bot in it. In a group a bare command is for whoever knows it.
        ours = private or (whom.lower() == (me.username or "").lower() if whom else command in COMMANDS)
        if ours:
            return Addressed(command, _without_mentions(text[found.end() :], me), True, media)
        # Without the command: "/help", said to another bot, is no cry for help.
        return Addressed("", text[found.end() :], False, media)
    if private:
        return Addressed("", text, True, media)
    replied = message.reply_to_message
    to_us = replied is not None and replied.from_user is not None and replied.from_user.id == me.id
    mentioned = any(_names(entity, said, me) for entity, said in message.marked)
    return Addressed("", _without_mentions(text, me), to_us or mentioned, media)


def _names(entity: Entity, said: str, me: User) -> bool:
    if entity.type == "text_mention":
        return entity.user is not None and entity.user.id == me.id
    return entity.type == "mention" and said.lower() == f"@{me.username or ''}".lower()


def _without_mentions(text: str, me: User) -> str:
    return re.sub(rf"@{re.escape(me.username)}\b", " ", text, flags=re.IGNORECASE).strip() if me.username else text
