"""How a reply becomes messages with all of its buttons, and what an update leaves behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.channels.telegram import chat as chats
from bot.channels.telegram.chat import AGO, PAGE, REMIND, UNREMIND, ChatContext, HandlerContext
from bot.channels.telegram.render import pressed
from bot.channels.telegram.settings import NAME
from bot.channels.telegram.updates.types import TelegramMessage, convert_to
from bot.delivery.journal import NoJournal
from bot.delivery.storage import WorkOutcome
from bot.dialogue.conversation import ConversationKey
from bot.dialogue.events import Said
from bot.dialogue.state import ChatState, dump_state
from tests.channels.telegram.conftest import ANN, CLINIC, OWNER, Stage, buttons, open_stage
from tests.fakes.botapi import updates

if TYPE_CHECKING:
    from bot.dialogue.conversation import Reply
    from bot.dialogue.policy import Dialogue
    from tests.fakes.botapi import FakeBotApi
    from tests.fakes.botapi.state import Json


def _chat(update: Json) -> ChatContext:
    (content,) = update.values()
    message = convert_to({**content, "message_id": 9}, TelegramMessage)
    return chats.context_of(message, message.from_user, CLINIC, ChatState(), 1_764_000_000.0)


async def _reply(context: HandlerContext, words: str) -> Reply:
    key = ConversationKey("default", NAME, "7")
    return (await context.service.turn(context.edition, key, Said(words), ChatState(), "", 1_764_000_000.0))[0]


def _own(context: HandlerContext, chat: ChatContext, reply: Reply) -> list[str]:
    return [one.data for row in context.rows(chat, reply) for one in row]


@pytest.mark.parametrize(
    ("words", "prefixes"),
    [
        ("how long does an infusion take?", ["f:+:", "f:-:"]),
        ("can you refill my prescription", ["h:"]),
        ("asdf qwer zxcv", ["h:"]),
        ("how often", []),
        ("I just took all my pills, I want to die", []),
        ("hello", []),
        ("my infusion ended an hour ago", [REMIND]),
    ],
    ids=["answer", "boundary", "fallback", "clarify", "urgent", "small talk", "timeline"],
)
async def test_the_buttons_under_a_reply_of_each_kind(
    api: FakeBotApi, clinical: Dialogue, words: str, prefixes: list[str]
) -> None:
    async with open_stage(api, clinical) as stage:
        found = _own(stage.context, _chat(updates.text("x", ANN)), await _reply(stage.context, words))
    assert len(found) == len(prefixes)
    assert all(data.startswith(prefix) for data, prefix in zip(found, prefixes, strict=True))


async def test_without_a_contact_there_is_no_way_to_the_clinic(stage: Stage) -> None:
    assert _own(stage.context, _chat(updates.text("x", ANN)), await _reply(stage.context, "can you refill my prescription")) == []


@pytest.mark.parametrize("update", [updates.group_text("x"), updates.business_text("x")], ids=["group", "business"])
async def test_only_a_private_chat_is_offered_reminders(stage: Stage, update: Json) -> None:
    reply = await _reply(stage.context, "my infusion ended an hour ago")
    assert reply.ended is not None
    assert _own(stage.context, _chat(update), reply) == []


def test_the_core_knows_none_of_the_own_buttons() -> None:
    assert [pressed(f"{prefix}1", ("driving",)) for prefix in (REMIND, UNREMIND, PAGE, AGO)] == [None] * 4


async def test_what_is_told_leaves_the_memory_of_its_scene(stage: Stage) -> None:
    stage.api.set_chat(updates.private_chat(ANN))
    chat = _chat(updates.text("x", ANN))
    assert await stage.context.say_to(chat, NoJournal(), "hello") == WorkOutcome(dump_state(chat.memory))


async def test_who_is_gone_leaves_nothing(stage: Stage) -> None:
    stage.api.set_chat(updates.private_chat(ANN), problem="blocked")
    assert await stage.context.say_to(_chat(updates.text("x", ANN)), NoJournal(), "hello") == WorkOutcome(forget=True)


async def test_what_moved_says_where_to(stage: Stage) -> None:
    stage.api.set_chat(updates.group_chat(), migrated_to=updates.SUPERGROUP)
    outcome = await stage.context.say_to(_chat(updates.group_text("x")), NoJournal(), "hello")
    assert outcome.moved == stage.key(updates.SUPERGROUP)


async def test_only_danger_and_what_follows_it_overtake(stage: Stage) -> None:
    """A chat that has just been written to often waits; danger does not."""
    sent: list[bool] = []
    send = stage.context.sender.send

    async def watched(call: object, journal: object = None) -> object:
        sent.append(call.urgent)  # type: ignore[attr-defined]
        return await send(call, journal)  # type: ignore[arg-type]

    stage.context.sender.send = watched  # type: ignore[method-assign, assignment]
    danger = "I just took all my pills, I want to die"
    await stage.tell(*(updates.text(words, ANN) for words in ("hello", danger, "ok")))
    # Once out of its turn, once when that comes, for what is remembered: then the journal says that it was sent.
    assert sent == [False, True, True, True]
    assert len(stage.api.calls("sendMessage")) == 3


async def test_a_reply_on_the_clinics_account_has_its_buttons(stage: Stage) -> None:
    await stage.tell(updates.business_connection(OWNER))
    (answer,) = await stage.tell(updates.business_text("how long does an infusion take?", ANN))
    assert [data[:4] for _, data in buttons(answer)][-2:] == ["f:+:", "f:-:"]
