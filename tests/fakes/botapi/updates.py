"""Updates as Telegram sends them. A ``message_id`` of 0 is numbered when the update is injected; so is the update."""

from __future__ import annotations

import random
import time
from typing import Any

from tests.fakes.botapi.markup import utf16
from tests.fakes.botapi.state import Json

USERNAME = "test_infusion_bot"
BOT: Json = {"id": 123456789, "is_bot": True, "first_name": "Infusion bot", "username": USERNAME}
MARKUP_NAME = "<b>&\"'"  # what a name may hold, too
GROUP, SUPERGROUP, FORUM, CHANNEL = -4001, -1001000000001, -1001000000002, -1001000000003
CONNECTION = "business-1"


def user(id: int = 1001, first_name: str = "Ann", **more: Any) -> Json:
    return {"id": id, "is_bot": False, "first_name": first_name, "language_code": "en", **more}


def private_chat(who: Json) -> Json:
    return {"id": who["id"], "type": "private", **{n: who[n] for n in ("first_name", "last_name", "username") if n in who}}


def group_chat(id: int = GROUP, title: str = "Patients", **more: Any) -> Json:
    if id == FORUM:
        more.setdefault("is_forum", True)
    return {"id": id, "type": "group" if id > -1000000000000 else "supergroup", "title": title, **more}


def message(chat: Json, sender: Json | None, date: int | None = None, **content: Any) -> Json:
    """The message alone. ``date``: Unix seconds, now if it is not given."""
    origin = {"from": sender} if sender else {}
    return {"message_id": 0, "date": int(time.time()) if date is None else date, "chat": chat, **origin, **content}


def entities(text: str, username: str = USERNAME) -> list[Json]:
    """Commands and mentions of the bot in ``text``, as Telegram marks them: offsets in UTF-16 units."""
    found, at = [], 0
    for word in text.split(" "):
        entity = {"offset": utf16(text[:at]), "length": utf16(word)}
        if word.startswith("/") and len(word) > 1:
            found.append({**entity, "type": "bot_command"})
        elif word.strip(",.?!") == f"@{username}":
            found.append({**entity, "length": utf16(f"@{username}"), "type": "mention"})
        at += len(word) + 1
    return found


def _said(text: str) -> Json:
    marks = entities(text)
    return {"text": text, **({"entities": marks} if marks else {})}


def text(words: str, who: Json | None = None, **content: Any) -> Json:
    """A message in a private chat; commands in it are marked."""
    sender = who or user()
    return {"message": message(private_chat(sender), sender, **_said(words), **content)}


def group_text(words: str, chat: Json | None = None, who: Json | None = None, topic: int = 0, **content: Any) -> Json:
    """A message in a group; ``topic`` of a forum."""
    thread = {"message_thread_id": topic, "is_topic_message": True} if topic else {}
    return {"message": message(chat or group_chat(), who or user(), **_said(words), **thread, **content)}


def mention(words: str, chat: Json | None = None, who: Json | None = None) -> Json:
    """The bot is named behind an emoji, so that offsets in UTF-16 units and in characters differ."""
    return group_text(f"\N{WAVING HAND SIGN} @{USERNAME} {words}", chat, who)


def reply_to_bot(words: str, chat: Json | None = None, who: Json | None = None, to: int = 1) -> Json:
    """An answer to message ``to`` of the bot."""
    place = chat or group_chat()
    earlier = {"message_id": to, "date": int(time.time()) - 9, "chat": place, "from": BOT, "text": "Hello."}
    return group_text(words, place, who, reply_to_message=earlier)


def edited(before: Json, words: str, after: int = 1) -> Json:
    """The edit of an update of the kind ``message`` or ``business_message``, ``after`` seconds."""
    kind = "message" if "message" in before else "business_message"
    content = {name: value for name, value in before[kind].items() if name not in ("text", "entities")}
    return {f"edited_{kind}": {**content, **_said(words), "edit_date": content["date"] + after}}


def callback(data: str, who: Json | None = None, of: Json | None = None, **more: Any) -> Json:
    """A button with ``data`` was pressed on the message ``of`` (as the bot's send returned it)."""
    sender = who or user()
    shown = of or message(private_chat(sender), BOT, text="Choose.")
    return {
        "callback_query": {"id": _query(), "from": sender, "message": shown, "chat_instance": _query(), "data": data, **more},
    }


def malformed_callback(data: str = "x", who: Json | None = None) -> Json:
    """Without two things that the Bot API promises: ours misses the one, the library the other."""
    found = callback(data, who)
    del found["callback_query"]["from"], found["callback_query"]["chat_instance"]
    return found


def unknown() -> Json:
    return {"quantum_message": {"id": _query(), "chat": private_chat(user()), "from": user(), "state": "both"}}


def inline(query: str, who: Json | None = None, **more: Any) -> Json:
    return {"inline_query": {"id": _query(), "from": who or user(), "query": query, "offset": "", "chat_type": "sender", **more}}


def business_connection(owner: Json | None = None, *, id: str = CONNECTION, can_reply: bool = True, enabled: bool = True) -> Json:
    who = owner or user(5001, "Clinic")
    connection = {"id": id, "user": who, "user_chat_id": who["id"], "date": int(time.time()), "is_enabled": enabled}
    return {"business_connection": {**connection, "rights": {"can_reply": True} if can_reply else {}}}


def business_text(words: str, who: Json | None = None, id: str = CONNECTION, owner: Json | None = None) -> Json:
    """To the clinic's own account; with ``owner`` it is the clinic that writes to ``who``."""
    patient = who or user()
    return {"business_message": message(private_chat(patient), owner or patient, business_connection_id=id, **_said(words))}


def channel_post(words: str) -> Json:
    chat = {"id": CHANNEL, "type": "channel", "title": "News"}
    return {"channel_post": message(chat, None, sender_chat=chat, **_said(words))}


def _file(kind: str, **more: Any) -> Json:
    return {"file_id": f"{kind}{_query()}", "file_unique_id": _query(), "file_size": 4096, **more}


def media(kind: str, who: Json | None = None, **content: Any) -> Json:
    """A message of the ``kind`` photo, voice, sticker, location, contact, document or video in a private chat."""
    sender = who or user()
    size = {"width": 512, "height": 512}
    sticker = {"type": "regular", "is_animated": False, "is_video": False}
    made: dict[str, Any] = {
        "photo": [_file("photo", **size)],
        "voice": _file("voice", duration=3, mime_type="audio/ogg"),
        "sticker": _file("sticker", **size, **sticker, emoji="\N{SLIGHTLY SMILING FACE}"),
        "location": {"latitude": 52.5, "longitude": 13.4},
        "contact": {"phone_number": "+10000000000", "first_name": sender["first_name"], "user_id": sender["id"]},
        "document": _file("document", file_name="letter.pdf", mime_type="application/pdf"),
        "video": _file("video", **size, duration=3),
    }
    return {"message": message(private_chat(sender), sender, **{kind: made[kind]}, **content)}


def joined(who: Json | None = None, chat: Json | None = None) -> Json:
    new = who or BOT
    return {"message": message(chat or group_chat(), user(), new_chat_members=[new])}


def left(who: Json | None = None, chat: Json | None = None) -> Json:
    return {"message": message(chat or group_chat(), who or user(), left_chat_member=who or user())}


def migrated(old: int = GROUP, new: int = SUPERGROUP) -> list[Json]:
    """The two service messages that tell of a group that became a supergroup."""
    first = message(group_chat(old), user(), migrate_to_chat_id=new)
    second = message(group_chat(new), user(), migrate_from_chat_id=old)
    return [{"message": first}, {"message": second}]


def membership(status: str, who: Json | None = None, chat: Json | None = None, before: str = "member") -> Json:
    """The bot's own: in a private chat ``kicked`` is blocked and ``member`` unblocked."""
    sender = who or user()
    until = {"until_date": 0}
    states = [{"user": BOT, "status": name, **(until if name == "kicked" else {})} for name in (before, status)]
    place = chat or private_chat(sender)
    changed = {
        "chat": place,
        "from": sender,
        "date": int(time.time()),
        "old_chat_member": states[0],
        "new_chat_member": states[1],
    }
    return {"my_chat_member": changed}


def reaction(to: int, emoji: str = "\N{THUMBS UP SIGN}", who: Json | None = None) -> Json:
    sender = who or user()
    now = [{"type": "emoji", "emoji": emoji}]
    content = {"chat": private_chat(sender), "message_id": to, "user": sender, "date": int(time.time())}
    return {"message_reaction": {**content, "old_reaction": [], "new_reaction": now}}


def crowd(count: int, words: str = "How long does it take?", first: int = 10_000) -> list[Json]:
    """One message each of ``count`` people, each in a chat of its own."""
    return [text(words, user(first + index)) for index in range(count)]


def _query() -> str:
    return str(random.getrandbits(62))
