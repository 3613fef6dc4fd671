"""What is looked at of an update, as types. All else in it is skipped unread.

The library's own classes hold the whole Bot API: to read one short message into them took 0.12 ms, a tenth of what all of an
answer costs. Where something named here has another form than the Bot API gives it, the update is unreadable.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, field

_T = TypeVar("_T")


class User(Struct, frozen=True):
    id: int
    is_bot: bool = False
    username: str | None = None
    first_name: str = ""


class TelegramChat(Struct, frozen=True):
    id: int
    type: str
    first_name: str | None = None  # of the other person in a private chat

    @property
    def private(self) -> bool:
        return self.type == "private"


class Entity(Struct, frozen=True):
    """A marked part of a text. ``offset`` and ``length`` count UTF-16 units."""

    type: str
    offset: int
    length: int
    user: User | None = None


class Replied(Struct, frozen=True):
    """The message that another one answers."""

    from_user: User | None = field(name="from", default=None)
    message_id: int = 0
    text: str | None = None
    caption: str | None = None

    @property
    def words(self) -> str:
        return self.text or self.caption or ""


class Markup(Struct, frozen=True):
    """Buttons in rows, each as Telegram has it."""

    inline_keyboard: Sequence[Sequence[dict[str, Any]]] = ()


class DirectMessagesTopic(Struct, frozen=True):
    """One person's talk with a channel, among those of others."""

    topic_id: int


class TelegramMessage(Struct, frozen=True, kw_only=True):
    """Dates are Unix seconds; 0 for a message so old that a bot sees no more of it than its chat."""

    message_id: int
    date: float
    chat: TelegramChat
    from_user: User | None = field(name="from", default=None)
    sender_chat: TelegramChat | None = None
    edit_date: float | None = None
    text: str | None = None
    caption: str | None = None
    entities: Sequence[Entity] = ()
    caption_entities: Sequence[Entity] = ()
    reply_to_message: Replied | None = None
    reply_markup: Markup | None = None
    message_thread_id: int | None = None
    is_topic_message: bool = False
    direct_messages_topic: DirectMessagesTopic | None = None
    media_group_id: str | None = None  # of an album, which comes as a message for each of its pictures
    migrate_to_chat_id: int | None = None
    via_bot: User | None = None
    is_automatic_forward: bool = False
    business_connection_id: str | None = None
    sender_business_bot: User | None = None
    # What may stand in a message beside, or instead of, words. What the chat itself reports is none of it.
    animation: Any = None
    audio: Any = None
    checklist: Any = None
    contact: Any = None
    document: Any = None
    dice: Any = None
    game: Any = None
    giveaway: Any = None
    location: Any = None
    paid_media: Any = None
    photo: Any = None
    poll: Any = None
    sticker: Any = None
    story: Any = None
    venue: Any = None
    video: Any = None
    video_note: Any = None
    voice: Any = None

    @property
    def words(self) -> str:
        return self.text or self.caption or ""

    @property
    def media(self) -> bool:
        """Whether there is more than words in it."""
        return any(getattr(self, name) for name in _MEDIA)

    @property
    def marked(self) -> list[tuple[Entity, str]]:
        """Each entity with the words that it marks."""
        texts = ((self.text, self.entities), (self.caption, self.caption_entities))
        return [(entity, _part(text or "", entity)) for text, entities in texts for entity in entities]


_FIELDS = TelegramMessage.__struct_fields__
_MEDIA = _FIELDS[_FIELDS.index("animation") :]


class CallbackQuery(Struct, frozen=True):
    """A pressed button."""

    id: str
    from_user: User = field(name="from")
    message: TelegramMessage | None = None
    data: str | None = None


class InlineQuery(Struct, frozen=True):
    id: str
    query: str


class Rights(Struct, frozen=True):
    can_reply: bool = False


class BusinessConnection(Struct, frozen=True):
    """The account of ``user``, which the bot may answer on."""

    id: str
    user: User
    is_enabled: bool
    rights: Rights | None = None
    user_chat_id: int | None = None  # of that user's chat with the bot


class ChatMember(Struct, frozen=True):
    status: str


class ChatMemberUpdated(Struct, frozen=True):
    new_chat_member: ChatMember


class Update(Struct, frozen=True):
    """One of these, or of the kinds that nobody asked for."""

    message: TelegramMessage | None = None
    edited_message: TelegramMessage | None = None
    business_message: TelegramMessage | None = None
    edited_business_message: TelegramMessage | None = None
    callback_query: CallbackQuery | None = None
    inline_query: InlineQuery | None = None
    business_connection: BusinessConnection | None = None
    my_chat_member: ChatMemberUpdated | None = None


def convert_to(raw: object, kind: type[_T]) -> _T:
    """``raw``, as it came out of JSON, as one of the above. Raises ValueError, quoting nothing of it."""
    try:
        return msgspec.convert(raw, kind)
    except (msgspec.ValidationError, RecursionError):
        raise ValueError(f"this is no {kind.__name__} of the Bot API") from None


def _part(text: str, entity: Entity) -> str:
    units = text.encode("utf-16-le", "surrogatepass")
    return units[2 * entity.offset : 2 * (entity.offset + entity.length)].decode("utf-16-le", "replace")
