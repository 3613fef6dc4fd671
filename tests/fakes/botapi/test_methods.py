"""Points 12, 14, 15 and 17: what the real client sends and gets, and how calls are refused."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllGroupChats,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputTextMessageContent,
    MenuButtonCommands,
    MessageEntity,
    ReplyParameters,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter

from tests.fakes.botapi import FakeBotApi, updates
from tests.fakes.botapi.conftest import Raw

KEYBOARD = InlineKeyboardMarkup(
    [[InlineKeyboardButton("Yes", callback_data="yes"), InlineKeyboardButton("Web", url="https://a.b")]]
)
PNG = b"\x89PNG\r\n\x1a\n" + b"\r\n--x" * 500


async def test_a_message_comes_back_whole(api: FakeBotApi, bot: Bot) -> None:
    (entry,) = api.inject(updates.text("hello", updates.user(7, updates.MARKUP_NAME)))
    sent = await bot.send_message(
        7,
        "<b>\U0001f600x</b> &amp; y",
        ParseMode.HTML,
        reply_markup=KEYBOARD,
        reply_parameters=ReplyParameters(entry.message or 0),
    )
    assert sent.text == "\U0001f600x & y"
    assert sent.entities == (MessageEntity("bold", 0, 3),)
    assert sent.reply_markup == KEYBOARD
    assert sent.chat.first_name == updates.MARKUP_NAME
    assert sent.from_user == await bot.get_me()
    assert sent.reply_to_message
    assert sent.reply_to_message.text == "hello"


async def test_entities_and_other_keyboards(api: FakeBotApi, bot: Bot) -> None:
    api.inject(updates.text("hello"))
    sent = await bot.send_message(1001, "bold", entities=[MessageEntity("bold", 0, 4)], reply_markup=ForceReply())
    assert sent.entities == (MessageEntity("bold", 0, 4),)
    assert sent.reply_markup is None


async def test_files(api: FakeBotApi, bot: Bot) -> None:
    api.inject(updates.text("hello"))
    photo = await bot.send_photo(1001, PNG, caption="<i>c</i>", parse_mode=ParseMode.HTML, filename="a b.png")
    document = await bot.send_document(1001, PNG, filename="line.pdf", reply_markup=KEYBOARD)
    assert photo.photo[0].file_size == len(PNG)
    assert photo.caption_entities == (MessageEntity("italic", 0, 1),)
    assert document.document
    assert document.document.file_name == "line.pdf"
    (file,) = api.calls("sendPhoto")[0].files
    assert (file.name, file.size, file.magic, file.content) == ("a b.png", len(PNG), PNG[:8].hex(), PNG)
    again = await bot.send_photo(1001, photo.photo[0].file_id)
    assert again.photo[0].file_id == photo.photo[0].file_id


async def test_a_topic_is_kept(api: FakeBotApi, bot: Bot) -> None:
    api.inject(updates.group_text("/ask x", updates.group_chat(updates.FORUM), topic=77))
    sent = await bot.send_message(updates.FORUM, "x", message_thread_id=77)
    assert (sent.message_thread_id, sent.is_topic_message) == (77, True)
    topic = await bot.create_forum_topic(updates.FORUM, "Ann")
    assert (await bot.send_message(updates.FORUM, "x", message_thread_id=topic.message_thread_id)).is_topic_message
    await bot.close_forum_topic(updates.FORUM, 77)
    with pytest.raises(BadRequest, match="Topic_closed"):
        await bot.send_message(updates.FORUM, "x", message_thread_id=77)


async def test_a_business_connection(api: FakeBotApi, bot: Bot) -> None:
    api.inject([updates.business_connection(), updates.business_text("hello")])
    connection = await bot.get_business_connection(updates.CONNECTION)
    assert connection.rights
    assert connection.rights.can_reply
    sent = await bot.send_message(1001, "x", business_connection_id=updates.CONNECTION)
    assert sent.business_connection_id == updates.CONNECTION
    assert sent.from_user
    assert sent.from_user.id == 5001
    assert sent.sender_business_bot == await bot.get_me()


@pytest.mark.parametrize(
    ("connection", "chat", "reason"),
    [
        pytest.param(None, 1001, "Business connection not found", id="unknown"),
        pytest.param(updates.business_connection(can_reply=False), 1001, "Bot_access_forbidden", id="no-right"),
        pytest.param(updates.business_connection(enabled=False), 1001, "Business_connection_invalid", id="disabled"),
        pytest.param(updates.business_connection(), 2002, "Business_peer_invalid", id="stranger"),
    ],
)
async def test_a_business_connection_without_rights(
    api: FakeBotApi, bot: Bot, connection: dict[str, Any] | None, chat: int, reason: str
) -> None:
    api.inject([*([connection] if connection else []), updates.business_text("hello"), updates.text("x", updates.user(2002))])
    with pytest.raises(BadRequest, match=reason):
        await bot.send_message(chat, "x", business_connection_id=updates.CONNECTION)


async def test_edits(api: FakeBotApi, bot: Bot, raw: Raw) -> None:
    api.inject(updates.text("hello"))
    sent = await bot.send_message(1001, "one", reply_markup=KEYBOARD)
    edited = await bot.edit_message_text("two", 1001, sent.message_id)
    assert not isinstance(edited, bool)
    assert (edited.text, edited.reply_markup) == ("two", None)
    await bot.edit_message_reply_markup(1001, sent.message_id, reply_markup=KEYBOARD)
    again = await raw("editMessageReplyMarkup", chat_id=1001, message_id=sent.message_id, reply_markup=KEYBOARD.to_dict())
    assert again["description"] == (
        "Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
        "as a current content and reply markup of the message"
    )
    assert await bot.delete_message(1001, sent.message_id)
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await bot.delete_message(1001, sent.message_id)


async def test_a_pressed_button(api: FakeBotApi, bot: Bot) -> None:
    api.inject(updates.text("hello"))
    sent = await bot.send_message(1001, "Choose.", reply_markup=KEYBOARD)
    api.inject(updates.callback("yes", of=sent.to_dict()))
    pressed = (await bot.get_updates())[-1].callback_query
    assert pressed
    assert (pressed.data, pressed.message and pressed.message.message_id) == ("yes", sent.message_id)
    assert await pressed.answer("Thanks")
    api.settings(callback_lifetime=0.0)
    with pytest.raises(BadRequest, match="Query is too old and response timeout expired or query id is invalid"):
        await pressed.answer()


async def test_an_inline_query(api: FakeBotApi, bot: Bot, raw: Raw) -> None:
    api.inject(updates.inline("how long"))
    query = (await bot.get_updates())[0].inline_query
    assert query
    content = InputTextMessageContent("<b>x</b>", ParseMode.HTML)
    assert await query.answer([InlineQueryResultArticle("1", "Title", content)], is_personal=True, cache_time=0)
    (call,) = api.calls("answerInlineQuery")
    assert (call.params["is_personal"], call.delivered) == ("true", True)
    broken = [
        {"type": "article", "id": "1", "title": "x", "input_message_content": {"message_text": "<b>", "parse_mode": "HTML"}}
    ]
    refused = await raw("answerInlineQuery", inline_query_id=query.id, results=broken)
    assert "can't parse entities" in refused["description"]
    api.settings(inline_lifetime=0.0)
    with pytest.raises(BadRequest, match="Query is too old"):
        await query.answer([])


async def test_what_the_bot_says_of_itself(api: FakeBotApi, bot: Bot) -> None:
    groups, commands = BotCommandScopeAllGroupChats(), (BotCommand("ask", "Ask a question"),)
    await bot.set_my_commands(commands, scope=groups, language_code="es")
    assert await bot.get_my_commands(groups, "es") == commands
    assert await bot.get_my_commands(groups) == await bot.get_my_commands() == ()
    await bot.delete_my_commands(groups, "es")
    assert await bot.get_my_commands(groups, "es") == ()
    await bot.set_my_description("Long")
    await bot.set_my_short_description("Short", "es")
    await bot.set_my_name("Name")
    assert (await bot.get_my_description("es")).description == "Long"
    assert (await bot.get_my_short_description()).short_description == ""
    assert (await bot.get_my_short_description("es")).short_description == "Short"
    assert (await bot.get_my_name()).name == "Name"
    await bot.set_chat_menu_button(menu_button=MenuButtonCommands())
    assert await bot.get_chat_menu_button() == MenuButtonCommands()
    with pytest.raises(BadRequest, match="Bot_command_invalid"):
        await bot.set_my_commands([("Ask", "upper case")])


async def test_chats_and_members(api: FakeBotApi, bot: Bot) -> None:
    api.inject(updates.group_text("hello", updates.group_chat(updates.FORUM), topic=5))
    api.members(updates.FORUM, updates.user(), "left")
    chat = await bot.get_chat(updates.FORUM)
    assert (chat.type, chat.is_forum) == ("supergroup", True)
    assert (await bot.get_chat_member(updates.FORUM, 1001)).status == "left"
    assert (await bot.get_chat_member(updates.FORUM, 2002)).status == "member"
    assert await bot.send_chat_action(updates.FORUM, "typing", message_thread_id=5)


async def test_a_reaction_is_set(api: FakeBotApi, bot: Bot) -> None:
    (entry,) = api.inject(updates.text("hello"))
    assert await bot.set_message_reaction(1001, entry.message or 0, "\N{THUMBS UP SIGN}")
    with pytest.raises(BadRequest, match="Message to react not found"):
        await bot.set_message_reaction(1001, 9999)


@pytest.mark.parametrize(
    ("problem", "kind", "reason"),
    [
        ("blocked", Forbidden, "bot was blocked by the user"),
        ("deactivated", Forbidden, "user is deactivated"),
        ("kicked", Forbidden, "bot was kicked from the group chat"),
        ("left", Forbidden, "bot is not a member of the group chat"),
    ],
)
async def test_a_chat_that_is_closed_to_the_bot(
    api: FakeBotApi, bot: Bot, problem: str, kind: type[Exception], reason: str
) -> None:
    chat = updates.group_chat() if "group" in reason else updates.private_chat(updates.user(updates.GROUP))
    api.set_chat(chat, problem=problem)
    with pytest.raises(kind, match=reason):
        await bot.send_message(updates.GROUP, "x")


async def test_blocking_and_unblocking_by_update(api: FakeBotApi, bot: Bot) -> None:
    api.inject([updates.text("hello"), updates.membership("kicked")])
    with pytest.raises(Forbidden):
        await bot.send_message(1001, "x")
    api.inject(updates.membership("member", before="kicked"))
    await bot.send_message(1001, "x")


async def test_a_group_that_became_a_supergroup(api: FakeBotApi, bot: Bot, raw: Raw) -> None:
    api.inject(updates.migrated())
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(updates.GROUP, "x")
    assert moved.value.new_chat_id == updates.SUPERGROUP
    assert await raw("sendMessage", chat_id=updates.GROUP, text="x") == {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": {"migrate_to_chat_id": updates.SUPERGROUP},
    }
    assert (await bot.send_message(updates.SUPERGROUP, "x")).chat.type == "supergroup"


def _button(size: int) -> str:
    return json.dumps({"inline_keyboard": [[{"text": "x", "callback_data": "\xe9" * size}]]})


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        pytest.param({"text": ""}, "message text is empty", id="empty"),
        pytest.param({"text": " \n"}, "text must be non-empty", id="blank"),
        pytest.param({"text": "<b> </b>", "parse_mode": "HTML"}, "text must be non-empty", id="empty-markup"),
        pytest.param({"text": "x" * 4097}, "message is too long", id="long"),
        pytest.param(
            {"text": "<b>x", "parse_mode": "html"},
            "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
            id="tag",
        ),
        pytest.param(
            {"text": "a <x>", "parse_mode": "HTML"},
            'can\'t parse entities: Unsupported start tag "x" at byte offset 2',
            id="offset",
        ),
        pytest.param({"text": "x", "parse_mode": "Wiki"}, "unsupported parse_mode", id="mode"),
        pytest.param({"text": "x", "chat_id": 5}, "chat not found", id="chat"),
        pytest.param({"text": "x", "chat_id": ""}, "chat_id is empty", id="no-chat"),
        pytest.param({"text": "x", "reply_markup": _button(33)}, "BUTTON_DATA_INVALID", id="button-data"),
        pytest.param({"text": "x", "reply_parameters": {"message_id": 999}}, "message to be replied not found", id="reply"),
        pytest.param({"text": "x", "reply_to_message_id": 999}, "message to be replied not found", id="reply-old-way"),
        pytest.param({"text": "x", "chat_id": updates.FORUM, "message_thread_id": 404}, "message thread not found", id="topic"),
        pytest.param(
            {"text": "x", "chat_id": updates.FORUM, "message_thread_id": 1}, "message thread not found", id="general-topic"
        ),
        pytest.param({"text": "x", "message_thread_id": "five"}, None, id="no-number"),
    ],
)
async def test_a_message_that_is_refused(api: FakeBotApi, raw: Raw, given: dict[str, Any], reason: str | None) -> None:
    api.inject([updates.text("hello"), updates.group_text("hello", updates.group_chat(updates.FORUM))])
    response = await raw.post("sendMessage", **{"chat_id": 1001, **given})
    answer = response.json()
    assert response.status_code == answer["error_code"] == 400
    assert answer["description"] == f"Bad Request: {reason}" or reason is None
    assert not api.calls("sendMessage")[0].delivered


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"text": "\U0001f600" * 4096}, id="4096-emoji"),
        pytest.param({"text": "<b>" + "x" * 4096 + "</b>", "parse_mode": "HTML"}, id="length-after-parsing"),
        pytest.param({"text": "&lt;" * 4096, "parse_mode": "HTML"}, id="references"),
        pytest.param({"text": "x", "reply_markup": _button(32)}, id="64-bytes"),
        pytest.param(
            {"text": "x", "reply_parameters": {"message_id": 999, "allow_sending_without_reply": True}}, id="reply-if-there"
        ),
        pytest.param({"text": "x", "chat_id": updates.SUPERGROUP, "message_thread_id": 9}, id="no-forum"),
    ],
)
async def test_a_message_that_just_fits(api: FakeBotApi, raw: Raw, given: dict[str, Any]) -> None:
    api.inject([updates.text("hello"), updates.group_text("hello", updates.group_chat(updates.SUPERGROUP))])
    assert (await raw("sendMessage", **{"chat_id": 1001, **given}))["ok"]


@pytest.mark.parametrize(("size", "fits"), [(1024, True), (1025, False)])
async def test_captions(api: FakeBotApi, bot: Bot, size: int, fits: bool) -> None:
    api.inject(updates.text("hello"))
    if fits:
        assert (await bot.send_photo(1001, PNG, caption="x" * size)).caption
    else:
        with pytest.raises(BadRequest, match="Message caption is too long"):
            await bot.send_photo(1001, PNG, caption="x" * size)


async def test_editing_what_is_not_there_or_not_ours(api: FakeBotApi, bot: Bot) -> None:
    (entry,) = api.inject(updates.text("hello"))
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("x", 1001, 999)
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("x", 1001, entry.message)


async def test_unknown_methods_and_wrong_tokens(api: FakeBotApi, raw: Raw) -> None:
    response = await raw.post("sendTelepathy")
    assert response.status_code == 404
    assert response.json() == {"ok": False, "error_code": 404, "description": "Not Found: method not found"}
    wrong = await raw.http.get(f"{api.base_url}1:wrong/getMe")
    assert (wrong.status_code, wrong.json()["description"]) == (401, "Unauthorized")
    stranger = Bot("1:wrong", base_url=api.base_url)
    with pytest.raises(InvalidToken):
        await stranger.initialize()
    await stranger.shutdown()


async def test_after_logging_out_nothing_goes(api: FakeBotApi, raw: Raw) -> None:
    assert (await raw("close"))["result"] is True
    assert (await raw("logOut"))["result"] is True
    assert (await raw("getMe"))["description"] == "Logged out"


@pytest.mark.parametrize("method", ["sendMessage", "SENDMESSAGE", "sendmessage"])
@pytest.mark.parametrize("how", ["query", "get", "form", "json", "multipart"])
async def test_how_parameters_travel(api: FakeBotApi, raw: Raw, method: str, how: str) -> None:
    api.inject(updates.text("hello"))
    url, params = f"{api.base_url}{api.token}/{method}", {"chat_id": "1001", "text": "\xe9 & \U0001f600"}
    ways: dict[str, dict[str, Any]] = {
        "query": {"params": params},
        "get": {"params": params},
        "form": {"data": params},
        "json": {"json": params},
        "multipart": {"data": params, "files": {"unused": b"x"}},
    }
    response = await raw.http.request("GET" if how == "get" else "POST", url, **ways[how])
    assert response.json()["result"]["text"] == params["text"]
    assert api.calls("sendMessage")[0].params == params


async def test_a_retry_after_is_told_twice(api: FakeBotApi, raw: Raw, bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # else the client warns that it will be so one day
    api.inject(updates.text("hello"))
    api.fault("flood", methods="sendMessage", seconds=40, times=1)
    response = await raw.post("sendMessage", chat_id=1001, text="x")
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "2"  # 40 seconds, twenty times as quick
    assert response.json()["parameters"] == {"retry_after": 2}
    assert response.json()["description"] == "Too Many Requests: retry after 2"
    with pytest.raises(RetryAfter):
        await bot.send_message(1001, "too early")


async def test_calls_are_recorded(api: FakeBotApi, raw: Raw) -> None:
    await raw("getMe")
    await raw("getMe")
    first, second = api.calls("getMe")
    assert first.connection == second.connection
    assert first.at < second.at
    assert (first.number, first.status, first.via) == (second.number - 1, 200, "http")
    assert first.answered
    async with httpx.AsyncClient() as other:
        await other.get(f"{api.base_url}{api.token}/getMe")
    assert api.calls("getMe")[2].connection != first.connection
    assert api.calls("getMe", since=second.number) == api.calls("getMe")[2:]


async def test_too_large_a_body(api: FakeBotApi) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    writer.write(f"POST /bot{api.token}/sendDocument HTTP/1.1\r\nContent-Length: {10**9}\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.endswith(b'"error_code":413,"description":"Request Entity Too Large"}')


async def test_what_a_member_may_not_send_is_refused(api: FakeBotApi, raw: Raw) -> None:
    api.set_chat(updates.group_chat(), forbidden=["photo"])
    answer = await raw("sendPhoto", chat_id=updates.GROUP, photo="a-file-of-before")
    assert answer["description"] == "Bad Request: not enough rights to send photos to the chat"
    assert (await raw("sendDocument", chat_id=updates.GROUP, document="a-file-of-before"))["ok"]
