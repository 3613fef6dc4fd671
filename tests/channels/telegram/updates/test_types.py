"""What is read of an update is what the library reads of it."""

from __future__ import annotations

from typing import Any

import pytest
import telegram
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.updates.types import CallbackQuery, TelegramMessage, Update, User, convert_to
from tests.channels.telegram.conftest import ANN, OWNER
from tests.fakes.botapi import updates
from tests.fakes.botapi.state import Json

ROOM = updates.group_chat(updates.FORUM)
KEYBOARD = {"inline_keyboard": [[{"text": "Yes", "callback_data": "f:+:1"}, {"text": "See", "url": "https://a.test"}]]}
SHOWN: Json = {**updates.message(updates.private_chat(ANN), updates.BOT, text="Hello."), "reply_markup": KEYBOARD}
CAPTION: Json = {"caption": "\N{WAVING HAND SIGN} @x", "caption_entities": [{"type": "mention", "offset": 3, "length": 2}]}
EVERY = {
    "text": updates.text("how long?", {**ANN, "username": "ann"}),
    "edit": updates.edited(updates.text("how long"), "how long?"),
    "mention": updates.mention("how long?"),
    "command": updates.group_text("/ask how long?"),
    "reply": updates.reply_to_bot("how long?"),
    "topic": updates.group_text("x", ROOM, topic=77),
    "thread": updates.group_text("x", ROOM, message_thread_id=5),
    "channel in a group": updates.group_text("x", sender_chat={"id": -100500, "type": "channel", "title": "News"}),
    "forwarded by itself": updates.group_text("x", is_automatic_forward=True),
    "by a bot": updates.group_text("x", via_bot=updates.BOT),
    "caption": updates.media("photo", **CAPTION),
    **{kind: updates.media(kind) for kind in ("photo", "voice", "sticker", "location", "contact", "document", "video")},
    "joined": updates.joined(),
    "migrated": updates.migrated()[0],
    "business": updates.business_text("x", ANN),
    "business edit": updates.edited(updates.business_text("x", ANN), "y"),
    "press": updates.callback("r:driving", ANN, of=SHOWN),
    "press on what is old": updates.callback("r:driving", ANN, of={"message_id": 3, "date": 0, "chat": updates.group_chat()}),
    "press on inline": {"callback_query": {"id": "1", "from": ANN, "chat_instance": "1", "inline_message_id": "2", "data": "x"}},
    "inline": updates.inline("how long"),
    "connection": updates.business_connection(OWNER),
    "no right to reply": updates.business_connection(OWNER, can_reply=False),
    "blocked": updates.membership("kicked", ANN),
    "channel": updates.channel_post("x"),
    "unknown": updates.unknown(),
}


@pytest.mark.parametrize("raw", EVERY.values(), ids=EVERY)
def test_it_is_what_the_library_reads(raw: Json) -> None:
    raw = {"update_id": 1, **raw}
    ours, theirs = convert_to(raw, Update), telegram.Update.de_json(raw, None)
    for kind in Update.__struct_fields__:
        one, other = getattr(ours, kind), getattr(theirs, kind)
        assert (one is None) == (other is None)
        if isinstance(one, TelegramMessage):
            _same_message(one, other)
    if ours.callback_query is not None and theirs.callback_query is not None:
        press, theirs_ = ours.callback_query, theirs.callback_query
        assert (press.id, press.data, press.from_user.id) == (theirs_.id, theirs_.data, theirs_.from_user.id)
        if press.message is not None and theirs_.message is not None:
            assert bool(press.message.date) == theirs_.message.is_accessible
            if isinstance(theirs_.message, telegram.Message) and press.message.date:
                _same_message(press.message, theirs_.message)
    if ours.inline_query is not None and theirs.inline_query is not None:
        assert (ours.inline_query.id, ours.inline_query.query) == (theirs.inline_query.id, theirs.inline_query.query)
    if ours.business_connection is not None and theirs.business_connection is not None:
        connection, other = ours.business_connection, theirs.business_connection
        assert (connection.id, connection.user.id, connection.is_enabled) == (other.id, other.user.id, other.is_enabled)
        assert (connection.rights is not None and connection.rights.can_reply) == bool(other.rights and other.rights.can_reply)
    if ours.my_chat_member is not None and theirs.my_chat_member is not None:
        assert ours.my_chat_member.new_chat_member.status == theirs.my_chat_member.new_chat_member.status


def _same_message(ours: TelegramMessage, theirs: telegram.Message) -> None:
    for name in ("message_id", "text", "caption", "message_thread_id", "migrate_to_chat_id", "business_connection_id"):
        assert getattr(ours, name) == getattr(theirs, name), name
    for name in ("is_topic_message", "is_automatic_forward"):
        assert getattr(ours, name) == bool(getattr(theirs, name)), name
    for name in ("date", "edit_date"):
        moment = getattr(theirs, name)
        assert getattr(ours, name) == (moment and moment.timestamp()), name
    for name in ("from_user", "sender_chat", "via_bot", "sender_business_bot", "chat"):
        one, other = getattr(ours, name), getattr(theirs, name)
        assert (one and one.id) == (other and other.id), name
    assert (ours.chat.type, ours.chat.private) == (theirs.chat.type, theirs.chat.type == "private")
    if ours.from_user is not None and theirs.from_user is not None:
        assert (ours.from_user.is_bot, ours.from_user.username) == (theirs.from_user.is_bot, theirs.from_user.username)
    assert (ours.reply_to_message is None) == (theirs.reply_to_message is None)
    if ours.reply_to_message and ours.reply_to_message.from_user and theirs.reply_to_message:
        assert theirs.reply_to_message.from_user
        assert ours.reply_to_message.from_user.id == theirs.reply_to_message.from_user.id
    marked = {**theirs.parse_entities(), **theirs.parse_caption_entities()}
    assert [(str(entity.type), said) for entity, said in ours.marked] == [(str(e.type), said) for e, said in marked.items()]
    media = ("photo", "voice", "sticker", "location", "contact", "document", "video")
    assert ours.media == any(getattr(theirs, name) for name in media)
    rows = theirs.reply_markup.inline_keyboard if theirs.reply_markup else ()
    assert (ours.reply_markup.inline_keyboard if ours.reply_markup else ()) == [
        [one.to_dict() for one in row] for row in rows
    ] or not rows


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ([], Update),
        ("secret", Update),
        ({"message": {}}, Update),
        ({"message": updates.text("secret")["message"] | {"text": 7}}, Update),
        ({"message": updates.text("secret")["message"] | {"chat": {"id": "secret"}}}, Update),
        (updates.malformed_callback(), Update),
        ({"id": None}, User),
        (None, TelegramMessage),
        (True, CallbackQuery),
    ],
)
def test_another_form_is_unreadable_and_not_quoted(raw: object, kind: type[Any]) -> None:
    with pytest.raises(ValueError, match=r"^this is no \w+ of the Bot API$") as caught:
        convert_to(raw, kind)
    assert caught.value.__cause__ is None


@given(st.text(max_size=20), st.integers(0, 25), st.integers(0, 25))
def test_whatever_is_marked_is_cut_out(words: str, offset: int, length: int) -> None:
    marks = [{"type": "bold", "offset": offset, "length": length}]
    message = convert_to({**updates.message(updates.private_chat(ANN), ANN, text=words), "entities": marks}, TelegramMessage)
    ((_, said),) = message.marked
    plain = words.encode("utf-16-le", "surrogatepass")[2 * offset : 2 * (offset + length)].decode("utf-16-le", "replace")
    assert said == plain
