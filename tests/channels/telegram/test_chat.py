"""Where an answer goes: chat, topic, business account, the message it refers to; and putting messages there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.channels.telegram import chat as chats
from bot.channels.telegram.api.pace import Pace
from bot.channels.telegram.api.sender import Sender
from bot.channels.telegram.chat import ChatContext
from bot.channels.telegram.render import Button
from bot.channels.telegram.render import RenderedMessage as Shown
from bot.channels.telegram.updates.types import TelegramMessage, User, convert_to
from bot.delivery.journal import NoJournal
from bot.dialogue.state import ChatState
from tests.channels.telegram.conftest import ANN, BEN, CLINIC, OWNER, PICTURE, buttons, open_bot
from tests.fakes.botapi import FakeBotApi, updates
from tests.fakes.botapi.state import Json

ROOM = updates.group_chat(updates.FORUM)


def _chat(update: Json, who: Json = ANN) -> ChatContext:
    (content,) = update.values()
    message = convert_to({**content, "message_id": 9}, TelegramMessage)
    return chats.context_of(message, convert_to(who, User), CLINIC, ChatState(), 7.0)


@pytest.mark.parametrize(
    ("update", "where", "reply_to", "who"),
    [
        (updates.text("x", ANN), {"chat_id": 1001}, None, ""),
        (updates.group_text("x"), {"chat_id": updates.GROUP}, 9, "1001"),
        (updates.group_text("x", ROOM, topic=77), {"chat_id": updates.FORUM, "message_thread_id": 77}, 9, "1001"),
        (updates.group_text("x", ROOM, message_thread_id=5), {"chat_id": updates.FORUM}, 9, "1001"),
        (updates.business_text("x", ANN), {"chat_id": 1001, "business_connection_id": updates.CONNECTION}, None, ""),
    ],
    ids=["private", "group", "topic", "a thread of replies", "business"],
)
def test_where_and_who(update: Json, where: dict[str, Any], reply_to: int | None, who: str) -> None:
    found = _chat(update)
    assert (chats.place(found), found.reply_to, found.who, found.at) == (where, reply_to, who, 7.0)
    assert found.private == (reply_to is None)


def test_who_presses_is_not_who_wrote() -> None:
    assert _chat(updates.group_text("x", who=ANN), BEN).who == "1002"


def test_a_channel_that_speaks_in_a_group_is_somebody() -> None:
    (content,) = updates.group_text("x", sender_chat={"id": -100500, "type": "channel", "title": "News"}).values()
    message = convert_to({**content, "message_id": 9}, TelegramMessage)
    assert chats.context_of(message, None, CLINIC, ChatState(), 0.0).who == "-100500"


def test_no_buttons_make_no_keyboard() -> None:
    assert chats.keyboard([]) is None
    made = chats.keyboard([[Button("Yes", "f:+:1"), Button("No", "f:-:1")], [Button("See", "r:x")]])
    assert made is not None
    assert [[one["callback_data"] for one in row] for row in made["inline_keyboard"]] == [["f:+:1", "f:-:1"], ["r:x"]]


# -- over a socket ------------------------------------------------------------------------------------------------


class Kept(NoJournal):
    def __init__(self, **known: str) -> None:
        self.known = {part.replace("_", "/").removeprefix("p"): what for part, what in known.items()}

    def sent(self, part: str) -> str | None:
        return self.known.get(part)

    async def note(self, part: str, what: str) -> None:
        self.known[part] = what


@pytest.fixture
async def sender(api: FakeBotApi) -> AsyncIterator[Sender]:
    api.set_chat(updates.private_chat(ANN))
    api.set_chat(updates.group_chat())
    async with open_bot(api) as bot:
        yield Sender(bot, Pace(speed=1000), lambda _: None)


TWO = (Shown("<b>one</b>", "one"), Shown("two", "two", ((Button("Yes", "f:+:1"),),)))


async def test_messages_go_in_order_after_the_picture(sender: Sender, api: FakeBotApi) -> None:
    journal = Kept()
    await chats.post(sender, _chat(updates.text("x", ANN)), journal, TWO, lambda: PICTURE)
    assert [(call.method, call.text) for call in api.calls()] == [
        ("sendphoto", ""),
        ("sendmessage", "one"),
        ("sendmessage", "two"),
    ]
    assert journal.known == {"1/3": "sent", "2/3": "sent", "3/3": "sent"}
    assert [buttons(call) for call in api.calls()] == [[], [], [("Yes", "f:+:1")]]


async def test_what_the_journal_knows_is_not_sent_nor_drawn_again(sender: Sender, api: FakeBotApi) -> None:
    def draw() -> bytes:
        raise AssertionError("it was sent")

    await chats.post(sender, _chat(updates.text("x", ANN)), Kept(p1_3="sent", p2_3="sent"), TWO, draw)
    assert [call.text for call in api.calls()] == ["two"]


async def test_the_first_message_refers_to_the_question(sender: Sender, api: FakeBotApi) -> None:
    await chats.post(sender, _chat(updates.group_text("x")), Kept(), TWO)
    first, second = api.calls("sendMessage")
    assert json.loads(first.params["reply_parameters"]) == {"message_id": 9, "allow_sending_without_reply": True}
    assert "reply_parameters" not in second.params
    assert json.loads(first.params["link_preview_options"]) == {"is_disabled": True}


async def test_who_is_gone_gets_no_second_message(sender: Sender, api: FakeBotApi) -> None:
    api.set_chat(updates.private_chat(ANN), problem="blocked")
    after = await chats.post(sender, _chat(updates.text("x", ANN)), Kept(), TWO)
    assert after.gone
    assert len(api.calls("sendMessage")) == 1


async def test_a_chat_that_moved_is_followed(sender: Sender, api: FakeBotApi) -> None:
    api.set_chat(updates.group_chat(), migrated_to=updates.SUPERGROUP)
    after = await chats.post(sender, _chat(updates.group_text("x")), Kept(), TWO)
    assert (after.id, after.key.id, after.moved) == (updates.SUPERGROUP, str(updates.SUPERGROUP), True)
    assert [call.chat for call in api.calls("sendMessage")] == [updates.GROUP, updates.SUPERGROUP, updates.SUPERGROUP]


async def test_on_the_clinics_account_it_says_so(sender: Sender, api: FakeBotApi) -> None:
    api.inject([updates.business_connection(OWNER), updates.business_text("x", ANN)])
    await chats.post(sender, _chat(updates.business_text("x", ANN)), Kept(), TWO, lambda: PICTURE)
    assert {call.params["business_connection_id"] for call in api.calls()} == {updates.CONNECTION}
