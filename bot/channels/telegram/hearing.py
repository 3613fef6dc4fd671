"""Whether a message is meant for the bot, and what it says. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from telegram import Message, MessageEntity, User

_COMMAND = re.compile(r"/([a-z0-9_]{1,32})(?:@([A-Za-z0-9_]{3,64}))?(?:\s+|$)", re.ASCII)
# What may stand in a message beside, or instead of, words. What the chat itself reports is none of it.
_MEDIA = (
    "animation audio contact document dice game giveaway location paid_media photo poll sticker story"
    " venue video video_note voice"
).split()


@dataclass(frozen=True, slots=True)
class Heard:
    """What somebody said. ``command`` without its slash, "" where there is none; ``words`` all else.

    ``addressed`` False: it was not said to the bot, which may only listen for danger. ``media``: there is more than words in it.
    """

    command: str
    words: str
    addressed: bool
    media: bool


def hear(message: Message, me: User, private: bool) -> Heard:
    """What ``message`` says to ``me``."""
    text = message.text or message.caption or ""
    media = any(getattr(message, name, None) for name in _MEDIA)
    found = _COMMAND.match(text)
    if found is not None:
        command, whom = found.group(1), found.group(2)
        ours = whom.lower() == (me.username or "").lower() if whom else private or command == "ask"
        if ours:
            return Heard(command, _without_mentions(text[found.end() :], me), True, media)
        # Without the command: "/help", said to another bot, is no cry for help.
        return Heard("", text[found.end() :], False, media)
    if private:
        return Heard("", text, True, media)
    replied = message.reply_to_message
    to_us = replied is not None and replied.from_user is not None and replied.from_user.id == me.id
    mentioned = any(_names(entity, said, me) for entity, said in _mentions(message))
    return Heard("", _without_mentions(text, me), to_us or mentioned, media)


def _mentions(message: Message) -> list[tuple[MessageEntity, str]]:
    kinds: list[str | None] = [MessageEntity.MENTION, MessageEntity.TEXT_MENTION]
    return [*message.parse_entities(kinds).items(), *message.parse_caption_entities(kinds).items()]


def _names(entity: MessageEntity, said: str, me: User) -> bool:
    if entity.type == MessageEntity.TEXT_MENTION:
        return entity.user is not None and entity.user.id == me.id
    return said.lower() == f"@{me.username or ''}".lower()


def _without_mentions(text: str, me: User) -> str:
    return re.sub(rf"@{re.escape(me.username)}\b", " ", text, flags=re.IGNORECASE).strip() if me.username else text
