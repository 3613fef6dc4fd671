"""Whether a message is meant for the bot, and what it says."""

from __future__ import annotations

import pytest

from bot.channels.telegram.actions.addressing import Addressed, addressed
from bot.channels.telegram.updates.types import TelegramMessage, User, convert_to
from tests.fakes.botapi import updates
from tests.fakes.botapi.state import Json

ME = User(updates.BOT["id"], True, updates.USERNAME)
NAME = updates.USERNAME


def _message(update: Json) -> TelegramMessage:
    (content,) = update.values()
    return convert_to({**content, "message_id": 1}, TelegramMessage)


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
        ("/ask@another_bot how long?", "ask", "how long?"),
        ("/Ask how long?", "ask", "how long?"),
        ("/HELP", "help", ""),
        ("/help!", "help", ""),
        ("/help ?", "help", "?"),
        ("/Start@AnyName true", "start", "true"),
        ("\uff0fhelp\uff01", "help", ""),
        ("/", "", "/"),
        ("/2/3 of it", "", "/2/3 of it"),
        ("/ask, how long?", "ask", "how long?"),
        (" /ask how long?", "ask", "how long?"),
        ("/help-me", "", "/help-me"),
        ("/help/me", "", "/help/me"),
        ("/" + "x" * 33, "", "/" + "x" * 33),
        ("/\N{ARABIC-INDIC DIGIT THREE} how", "", "/\N{ARABIC-INDIC DIGIT THREE} how"),
        ("write to /help", "", "write to /help"),
    ],
)
def test_a_private_chat_is_all_said_to_the_bot(words: str, command: str, rest: str) -> None:
    assert addressed(_message(updates.text(words)), ME, private=True) == Addressed(command, rest, True, False)
    if f"@{NAME}" not in words.lower().removeprefix(f"/ask@{NAME}"):  # nor does it need to know its own name
        assert addressed(_message(updates.text(words)), User(0, True), private=True) == Addressed(command, rest, True, False)


def test_a_private_chat_needs_no_name() -> None:
    assert addressed(_message(updates.text("/help me")), User(0, True), private=True) == Addressed("help", "me", True, False)


@pytest.mark.parametrize(
    ("update", "heard"),
    [
        (updates.group_text("how long?"), Addressed("", "how long?", False, False)),
        (updates.mention("how long?"), Addressed("", "\N{WAVING HAND SIGN}   how long?", True, False)),
        (updates.group_text(f"how long, @{NAME}?"), Addressed("", "how long,  ?", True, False)),
        (updates.reply_to_bot("how long?"), Addressed("", "how long?", True, False)),
        (updates.group_text("/ask how long?"), Addressed("ask", "how long?", True, False)),
        (updates.group_text("/help"), Addressed("help", "", True, False)),
        (updates.group_text("/Help!"), Addressed("help", "", True, False)),
        (updates.group_text("/help I want to die"), Addressed("help", "I want to die", True, False)),
        (updates.group_text("/weather"), Addressed("", "", False, False)),
        (updates.group_text("/help@another_bot"), Addressed("", "", False, False)),
        (updates.group_text(f"/help@{NAME}"), Addressed("help", "", True, False)),
        (updates.group_text("/ask@another_bot how?"), Addressed("", "how?", False, False)),
    ],
    ids=[
        "words",
        "mention",
        "mention at the end",
        "reply",
        "/ask",
        "/help",
        "/Help!",
        "/help and words",
        "unknown",
        "/help@other",
        "/help@bot",
        "other",
    ],
)
def test_a_group_is_overheard_unless_the_bot_is_meant(update: Json, heard: Addressed) -> None:
    assert addressed(_message(update), ME, private=False) == heard


@pytest.mark.parametrize("kind", ["photo", "voice", "sticker", "location", "contact", "document", "video"])
def test_media_is_seen_with_and_without_a_caption(kind: str) -> None:
    assert addressed(_message(updates.media(kind)), ME, private=True) == Addressed("", "", True, True)
    assert addressed(_message(updates.media(kind, caption="how?")), ME, private=True) == Addressed("", "how?", True, True)
    assert addressed(_message(updates.media(kind, caption="/ask how?")), ME, private=True) == Addressed("ask", "how?", True, True)


def test_a_mention_in_a_caption_is_one() -> None:
    marked: Json = {"caption": f"@{NAME} how?", "caption_entities": [{"type": "mention", "offset": 0, "length": len(NAME) + 1}]}
    assert addressed(_message(updates.media("photo", **marked)), ME, private=False) == Addressed("", "how?", True, True)


@pytest.mark.parametrize("said", [{"new_chat_title": "Hello"}, {"group_chat_created": True}, {"delete_chat_photo": True}])
def test_what_the_chat_itself_reports_is_no_media(said: Json) -> None:
    message = {"message": updates.message(updates.group_chat(), updates.user(), **said)}
    assert addressed(_message(message), ME, private=False) == Addressed("", "", False, False)


def test_a_bot_without_a_name_is_not_meant_by_an_at_sign() -> None:
    nameless = User(ME.id, True)
    message = updates.group_text("@ how?", entities=[{"type": "mention", "offset": 0, "length": 1}])
    assert addressed(_message(message), nameless, private=False).words == "@ how?"
