"""Whether a message is meant for the bot, and what it says."""

from __future__ import annotations

import pytest

from bot.channels.telegram.actions.addressing import Heard, hear
from bot.channels.telegram.updates.types import Message, User, of
from tests.fakes.botapi import updates
from tests.fakes.botapi.state import Json

ME = User(updates.BOT["id"], True, updates.USERNAME)
NAME = updates.USERNAME


def _message(update: Json) -> Message:
    (content,) = update.values()
    return of({**content, "message_id": 1}, Message)


@pytest.mark.parametrize(
    ("words", "command", "rest"),
    [
        ("how long?", "", "how long?"),
        ("/help", "help", ""),
        ("/start driving", "start", "driving"),
        (f"/ask@{NAME} how long?", "ask", "how long?"),
        (f"/ask@{NAME.upper()}  how\nlong?", "ask", "how\nlong?"),
        ("/ask\nhow long?", "ask", "how long?"),
        (f"/ask @{NAME} how long?", "ask", "how long?"),
        ("/ask@another_bot how long?", "", "how long?"),
        ("/Ask how long?", "", "/Ask how long?"),
        ("/", "", "/"),
        ("/2/3 of it", "", "/2/3 of it"),
        ("/ask, how long?", "", "/ask, how long?"),
        (" /ask how long?", "", " /ask how long?"),
        ("/" + "x" * 33, "", "/" + "x" * 33),
        ("/\N{ARABIC-INDIC DIGIT THREE} how", "", "/\N{ARABIC-INDIC DIGIT THREE} how"),
        ("write to /help", "", "write to /help"),
    ],
)
def test_a_private_chat_is_all_said_to_the_bot(words: str, command: str, rest: str) -> None:
    found = hear(_message(updates.text(words)), ME, private=True)
    other = "@another_bot" in words
    assert found == Heard(command, rest, not other, False)


def test_a_private_chat_needs_no_name() -> None:
    assert hear(_message(updates.text("/help me")), User(0, True), private=True) == Heard("help", "me", True, False)


@pytest.mark.parametrize(
    ("update", "heard"),
    [
        (updates.group_text("how long?"), Heard("", "how long?", False, False)),
        (updates.mention("how long?"), Heard("", "\N{WAVING HAND SIGN}   how long?", True, False)),
        (updates.group_text(f"how long, @{NAME}?"), Heard("", "how long,  ?", True, False)),
        (updates.reply_to_bot("how long?"), Heard("", "how long?", True, False)),
        (updates.group_text("/ask how long?"), Heard("ask", "how long?", True, False)),
        (updates.group_text("/help"), Heard("", "", False, False)),
        (updates.group_text("/help I want to die"), Heard("", "I want to die", False, False)),
        (updates.group_text(f"/help@{NAME}"), Heard("help", "", True, False)),
        (updates.group_text("/ask@another_bot how?"), Heard("", "how?", False, False)),
    ],
    ids=["words", "mention", "mention at the end", "reply", "/ask", "/help", "/help and words", "/help@bot", "other"],
)
def test_a_group_is_overheard_unless_the_bot_is_meant(update: Json, heard: Heard) -> None:
    assert hear(_message(update), ME, private=False) == heard


@pytest.mark.parametrize("kind", ["photo", "voice", "sticker", "location", "contact", "document", "video"])
def test_media_is_seen_with_and_without_a_caption(kind: str) -> None:
    assert hear(_message(updates.media(kind)), ME, private=True) == Heard("", "", True, True)
    assert hear(_message(updates.media(kind, caption="how?")), ME, private=True) == Heard("", "how?", True, True)
    assert hear(_message(updates.media(kind, caption="/ask how?")), ME, private=True) == Heard("ask", "how?", True, True)


def test_a_mention_in_a_caption_is_one() -> None:
    marked: Json = {"caption": f"@{NAME} how?", "caption_entities": [{"type": "mention", "offset": 0, "length": len(NAME) + 1}]}
    assert hear(_message(updates.media("photo", **marked)), ME, private=False) == Heard("", "how?", True, True)


@pytest.mark.parametrize("said", [{"new_chat_title": "Hello"}, {"group_chat_created": True}, {"delete_chat_photo": True}])
def test_what_the_chat_itself_reports_is_no_media(said: Json) -> None:
    message = {"message": updates.message(updates.group_chat(), updates.user(), **said)}
    assert hear(_message(message), ME, private=False) == Heard("", "", False, False)


def test_a_bot_without_a_name_is_not_meant_by_an_at_sign() -> None:
    nameless = User(ME.id, True)
    message = updates.group_text("@ how?", entities=[{"type": "mention", "offset": 0, "length": 1}])
    assert hear(_message(message), nameless, private=False).words == "@ how?"
