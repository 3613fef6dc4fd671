"""The methods that bots call to say something: checks in Telegram's order, results as Telegram gives them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from tests.fakes.botapi.markup import Entity, MarkupError, parse_html, trim
from tests.fakes.botapi.state import ApiError, Call, Chat, Json, State, bad

TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
SAME = "specified new message content and reply markup are exactly the same as a current content and reply markup of the message"
LONGEST_TEXT, LONGEST_CAPTION = 4096, 1024  # code points, after parsing
LONGEST_DATA = 64  # bytes of callback_data
PROBLEMS = {
    "blocked": "bot was blocked by the user",
    "deactivated": "user is deactivated",
    "kicked": "bot was kicked from the {kind} chat",
    "left": "bot is not a member of the {kind} chat",
}
Method = Callable[[State, Call], Any]


def chat_of(state: State, call: Call) -> Chat:
    """The chat that a call is for, if the bot may write there."""
    given = call.params.get("chat_id", "")
    if not given:
        raise bad("chat_id is empty")
    if given.startswith("@"):
        found = next((chat for chat in state.chats.values() if f"@{chat.data.get('username', '')}" == given), None)
    else:
        found = state.chats.get(int(given)) if given.lstrip("-").isdigit() else None
    if found is None:
        raise bad("chat not found")
    if found.problem == "migrated":
        raise bad("group chat was upgraded to a supergroup chat", migrate_to_chat_id=found.migrated_to)
    if found.problem:
        raise ApiError(403, "Forbidden: " + PROBLEMS[found.problem].format(kind=found.type))
    return found


def _json(call: Call, name: str) -> Any:
    """A parameter that is JSON; None where it is missing."""
    given = call.params.get(name)
    if not given:
        return None
    try:
        return json.loads(given)
    except ValueError:
        raise bad(f"can't parse {name.replace('_', ' ')} JSON object") from None


def formatted(call: Call, name: str, entities: str) -> tuple[str, list[Entity]]:
    """The text that a person reads, and its entities."""
    source, mode = call.params.get(name, ""), call.params.get("parse_mode", "").lower()
    if mode in ("", "none"):
        given = _json(call, entities)
        return trim(source, given if isinstance(given, list) else [])
    if mode != "html":
        raise bad("unsupported parse_mode")  # Telegram has Markdown, too; the fake does not
    try:
        return parse_html(source)
    except MarkupError as error:
        raise bad(f"can't parse entities: {error}") from None


def _text(call: Call) -> tuple[str, list[Entity]]:
    if not call.params.get("text"):
        raise bad("message text is empty")
    text, entities = formatted(call, "text", "entities")
    if not text:
        raise bad("text must be non-empty")
    if len(text) > LONGEST_TEXT:
        raise bad("message is too long")
    return text, entities


def _caption(call: Call) -> Json:
    text, entities = formatted(call, "caption", "caption_entities")
    if len(text) > LONGEST_CAPTION:
        raise bad("message caption is too long")
    return {"caption": text, **({"caption_entities": entities} if entities else {})} if text else {}


def keyboard(call: Call) -> Json:
    """The inline keyboard of a call, checked, as part of a message; other markup is not shown in it."""
    markup = _json(call, "reply_markup")
    if markup is None:
        return {}
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    rows = markup.get("inline_keyboard")
    if rows is None:
        return {}
    for button in (button for row in rows for button in row):
        if not button.get("text"):
            raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
        if "callback_data" in button and not 0 < len(button["callback_data"].encode()) <= LONGEST_DATA:
            raise bad("BUTTON_DATA_INVALID")
        if len(button) < 2:
            raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    return {"reply_markup": {"inline_keyboard": rows}} if rows else {}


def _thread(call: Call, chat: Chat) -> Json:
    thread = int(call.params.get("message_thread_id") or 0)
    if not thread or not (chat.forum or chat.type == "private"):
        return {}
    if thread not in chat.topics or thread == 1:  # 1 is the general topic, which has no number for bots
        raise bad("message thread not found")
    if thread in chat.closed:
        raise bad("TOPIC_CLOSED")
    return {"message_thread_id": thread, "is_topic_message": True}


def _reply(state: State, call: Call, chat: Chat) -> Json:
    given = _json(call, "reply_parameters") or {}
    wanted = int(given.get("message_id") or call.params.get("reply_to_message_id") or 0)
    if not wanted:
        return {}
    found = state.messages.get((int(given.get("chat_id") or chat.id), wanted))
    if found is None:
        if given.get("allow_sending_without_reply") or call.params.get("allow_sending_without_reply", "").lower() in (
            "true",
            "1",
        ):
            return {}
        raise bad("message to be replied not found")
    return {"reply_to_message": {name: value for name, value in found.items() if name != "reply_to_message"}}


def _business(state: State, call: Call, chat: Chat) -> Json:
    """What a message on behalf of a business account carries."""
    id = call.params.get("business_connection_id")
    if not id:
        return {}
    connection = state.business.get(id)
    if connection is None:
        raise bad("business connection not found")
    if (id, chat.id) not in state.business_chats:
        raise bad("BUSINESS_PEER_INVALID")
    if not connection["is_enabled"]:
        raise bad("BUSINESS_CONNECTION_INVALID")
    if not (connection.get("rights") or {}).get("can_reply"):
        raise bad(state.business_refusal)
    return {"from": connection["user"], "sender_business_bot": state.me, "business_connection_id": id}


def _deliver(state: State, call: Call, chat: Chat, content: Json) -> Json:
    """Put a message into the chat. All that can be refused has been checked but reply, topic and rights."""
    message = {
        "message_id": 0,
        "from": state.me,
        "chat": chat.data,
        "date": int(time.time()),
        **_thread(call, chat),
        **_reply(state, call, chat),
        **_business(state, call, chat),
        **content,
    }
    message["message_id"] = state.new_message_id()
    state.messages[chat.id, message["message_id"]] = message
    call.message, call.delivered = message["message_id"], True
    return message


def send_message(state: State, call: Call) -> Json:
    text, entities = _text(call)
    call.text = text
    shown = keyboard(call)
    return _deliver(state, call, chat_of(state, call), {"text": text, **({"entities": entities} if entities else {}), **shown})


def _send_file(kind: str, describe: Callable[[str, int, str], Any]) -> Method:
    def send(state: State, call: Call) -> Json:
        caption, shown = _caption(call), keyboard(call)
        call.text = caption.get("caption", "")
        given = call.params.get(kind, "")
        name = given.removeprefix("attach://")
        upload = next((file for file in call.files if file.field == name or (file.field == kind and not given)), None)
        if upload is None and (not given or given.startswith("attach://")):
            raise bad(f"there is no {kind} in the request")
        if upload is not None and not upload.size:
            raise bad("file must be non-empty")
        if kind in chat_of(state, call).forbidden:
            raise bad(f"not enough rights to send {kind}s to the chat")
        file = f"file{call.number}" if upload else given
        content = describe(file, upload.size if upload else 0, upload.name if upload else kind)
        return _deliver(state, call, chat_of(state, call), {kind: content, **caption, **shown})

    return send


def _describe_photo(file: str, size: int, name: str) -> list[Json]:
    return [{"file_id": file, "file_unique_id": f"u{file}", "width": 90, "height": 90, "file_size": size}]


def _describe_document(file: str, size: int, name: str) -> Json:
    return {"file_id": file, "file_unique_id": f"u{file}", "file_name": name, "file_size": size}


# What of a message is its content: the rest is where it stands and who wrote it.
_CONTENT = ("text", "entities", "photo", "document", "voice", "sticker", "caption", "caption_entities")


def copy_message(state: State, call: Call) -> Json:
    """The content of a message of a chat that the bot is in, without who wrote it."""
    chat = chat_of(state, call)
    source = int(call.params.get("from_chat_id") or 0), int(call.params.get("message_id") or 0)
    found = state.messages.get(source)
    if found is None or not any(name in found for name in _CONTENT):
        raise bad("message to copy not found" if found is None else "the message can't be copied")
    content = {name: found[name] for name in _CONTENT if name in found}
    caption = _caption(call)
    if caption and "text" not in content:
        content.update(caption)
    call.text = content.get("text") or content.get("caption") or ""
    return {"message_id": _deliver(state, call, chat, content)["message_id"]}


def _ours(state: State, call: Call, what: str) -> Json:
    chat = chat_of(state, call)
    found = state.messages.get((chat.id, int(call.params.get("message_id") or 0)))
    if found is None:
        raise bad(f"message to {what} not found")
    owners = {state.me["id"], *(connection["user"]["id"] for connection in state.business.values())}
    if found.get("from", {}).get("id") not in owners:
        raise bad("message can't be edited" if what == "edit" else "message can't be deleted")
    return found


def _edit(state: State, call: Call, message: Json, content: Json) -> Json:
    names = {"text", "entities", "caption", "caption_entities", "reply_markup"} & (
        {"reply_markup"} | content.keys() | {"entities"}
    )
    if all(message.get(name) == content.get(name) for name in names):
        raise bad(f"message is not modified: {SAME}")
    for name in names:
        message.pop(name, None)
    message.update(content, edit_date=int(time.time()))
    call.message, call.delivered = message["message_id"], True
    return message


def edit_message_text(state: State, call: Call) -> Json | bool:
    text, entities = _text(call)
    call.text = text
    shown = keyboard(call)
    if call.params.get("inline_message_id"):
        call.delivered = True
        return True
    return _edit(state, call, _ours(state, call, "edit"), {"text": text, **({"entities": entities} if entities else {}), **shown})


def edit_message_reply_markup(state: State, call: Call) -> Json | bool:
    shown = keyboard(call)
    if call.params.get("inline_message_id"):
        call.delivered = True
        return True
    message = _ours(state, call, "edit")
    kept: Json = {name: message[name] for name in ("text", "entities") if name in message}
    return _edit(state, call, message, kept | shown)


def edit_message_caption(state: State, call: Call) -> Json:
    caption, shown = _caption(call), keyboard(call)
    call.text = caption.get("caption", "")
    return _edit(state, call, _ours(state, call, "edit"), {"caption": "", **caption, **shown})


def delete_message(state: State, call: Call) -> bool:
    chat = chat_of(state, call)
    key = chat.id, int(call.params.get("message_id") or 0)
    if key not in state.messages:
        raise bad("message to delete not found")
    del state.messages[key]
    call.delivered = True
    return True


def answer_callback_query(state: State, call: Call) -> bool:
    asked = state.callbacks.get(call.params.get("callback_query_id", ""))
    if asked is None or time.monotonic() - asked > state.clock.real(state.callback_lifetime):
        raise bad(TOO_OLD)
    if len(call.params.get("text", "")) > 200:
        raise bad("MESSAGE_TOO_LONG")
    call.text, call.delivered = call.params.get("text", ""), True
    return True


def answer_inline_query(state: State, call: Call) -> bool:
    results = _json(call, "results")
    if not isinstance(results, list):
        raise bad("can't parse inline query results: results must be an Array")
    if len(results) > 50:
        raise bad("RESULTS_TOO_MUCH")
    if len({result.get("id") for result in results}) < len(results):
        raise bad("RESULT_ID_DUPLICATE")
    for result in results:
        content = result.get("input_message_content") or {}
        if "message_text" in content:
            formatted(_as_call(call, content), "text", "entities")
    asked = state.inline.get(call.params.get("inline_query_id", ""))
    if asked is None or time.monotonic() - asked > state.clock.real(state.inline_lifetime):
        raise bad(TOO_OLD)
    call.delivered = True
    return True


def _as_call(call: Call, content: Json) -> Call:
    params = {"text": content["message_text"], "parse_mode": content.get("parse_mode") or ""}
    return Call(call.number, call.at, call.wall, call.connection, call.method, params, [])


def send_chat_action(state: State, call: Call) -> bool:
    chat = chat_of(state, call)
    _thread(call, chat)
    _business(state, call, chat)
    call.delivered = True
    return True


def set_message_reaction(state: State, call: Call) -> bool:
    chat = chat_of(state, call)
    if (chat.id, int(call.params.get("message_id") or 0)) not in state.messages:
        raise bad("message to react not found")
    call.delivered = True
    return True


def create_forum_topic(state: State, call: Call) -> Json:
    chat = chat_of(state, call)
    if not chat.forum:
        raise bad("the chat is not a forum")
    thread = state.new_message_id()
    chat.topics.add(thread)
    call.delivered = True
    return {"message_thread_id": thread, "name": call.params.get("name", ""), "icon_color": 7322096}


def _set_topic(*, closed: bool) -> Method:
    def change(state: State, call: Call) -> bool:
        chat, thread = chat_of(state, call), int(call.params.get("message_thread_id") or 0)
        if thread not in chat.topics:
            raise bad("message thread not found")
        if closed == (thread in chat.closed):
            raise bad("TOPIC_NOT_MODIFIED")
        chat.closed.symmetric_difference_update({thread})
        return True

    return change


METHODS: dict[str, Method] = {
    "sendmessage": send_message,
    "sendphoto": _send_file("photo", _describe_photo),
    "copymessage": copy_message,
    "senddocument": _send_file("document", _describe_document),
    "sendchataction": send_chat_action,
    "editmessagetext": edit_message_text,
    "editmessagecaption": edit_message_caption,
    "editmessagereplymarkup": edit_message_reply_markup,
    "deletemessage": delete_message,
    "answercallbackquery": answer_callback_query,
    "answerinlinequery": answer_inline_query,
    "setmessagereaction": set_message_reaction,
    "createforumtopic": create_forum_topic,
    "closeforumtopic": _set_topic(closed=True),
    "reopenforumtopic": _set_topic(closed=False),
}
