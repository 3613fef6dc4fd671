"""What the builders make is what the real client reads."""

from __future__ import annotations

from typing import Any

import pytest
from telegram import Bot, MessageEntity, Update

from tests.fakes.botapi import FakeBotApi, updates
from tests.fakes.botapi.conftest import Raw

BUILT = {
    "text": updates.text("/start entry", updates.user(1, updates.MARKUP_NAME)),
    "group": updates.group_text("hello"),
    "ask": updates.group_text("/ask@test_infusion_bot how long?"),
    "topic": updates.group_text("/ask x", updates.group_chat(updates.FORUM), topic=7),
    "reply": updates.reply_to_bot("and after?"),
    "edited": updates.edited(updates.text("helo"), "hello"),
    "callback": updates.callback("data"),
    "inline": updates.inline("query"),
    "business": updates.business_connection(),
    "business-text": updates.business_text("hello"),
    "business-edited": updates.edited(updates.business_text("helo"), "hello"),
    "channel": updates.channel_post("news"),
    **{kind: updates.media(kind) for kind in ("photo", "voice", "sticker", "location", "contact", "document", "video")},
    "joined": updates.joined(),
    "left": updates.left(),
    "migrated-to": updates.migrated()[0],
    "migrated-from": updates.migrated()[1],
    "blocked": updates.membership("kicked"),
    "unblocked": updates.membership("member", before="kicked"),
    "reaction": updates.reaction(5),
}


@pytest.mark.parametrize("name", BUILT)
async def test_the_real_client_reads_it(api: FakeBotApi, bot: Bot, name: str) -> None:
    api.inject(BUILT[name], force=True)
    (found,) = await bot.get_updates()
    kind = next(iter(BUILT[name]))
    part = getattr(found, kind)
    assert part is not None
    assert not part.api_kwargs  # nothing in it that the client does not know, but for what it ignores
    assert found.effective_user or kind == "channel_post"


def test_a_mention_is_marked_in_utf16_units() -> None:
    update = Update.de_json({"update_id": 1, **updates.mention("how long?")}, None)
    assert update.message
    assert update.message.parse_entities() == {MessageEntity("mention", 3, 18): "@test_infusion_bot"}


@pytest.mark.parametrize("text", ["/ask@test_infusion_bot x", "/help"])
def test_a_command_is_marked(text: str) -> None:
    (entity,) = updates.entities(text)
    assert (entity["type"], entity["offset"], entity["length"]) == ("bot_command", 0, len(text.partition(" ")[0]))


async def test_a_malformed_one_takes_the_others_down_with_it(api: FakeBotApi, bot: Bot, raw: Raw) -> None:
    api.inject([updates.text("good"), updates.malformed_callback(), updates.unknown()])
    with pytest.raises(TypeError, match="chat_instance"):
        await bot.get_updates()
    found: list[dict[str, Any]] = (await raw("getUpdates", offset=-3))["result"]
    assert [next(name for name in update if name != "update_id") for update in found] == [
        "message",
        "callback_query",
        "quantum_message",
    ]
