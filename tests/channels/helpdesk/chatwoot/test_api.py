"""Calls of Chatwoot's API, over a real socket, against the fake Chatwoot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.channels.helpdesk.chatwoot.api import ChatwootApi, ChatwootConversation, ChatwootMessage, refusal
from bot.channels.helpdesk.client import HelpdeskClient, Refusal
from bot.channels.helpdesk.health import DeskHealth
from bot.delivery.handler import Hopeless, Later
from bot.delivery.journal import NO_JOURNAL
from bot.dialogue.conversation import Choice
from tests.fakes.chatwoot import FakeChatwoot, Message
from tests.fakes.chatwoot.server import Fault
from tests.fakes.chatwoot.state import AGENT, BOT

HERE = ChatwootConversation(1, 1)
CHOOSING = ChatwootMessage("Which?", "Which? 1. Bread 2. Cake", (Choice("bread", "Bread"), Choice("cake", "Cake")))


@asynccontextmanager
async def calling(desk: FakeChatwoot) -> AsyncIterator[ChatwootApi]:
    async with desk:
        desk.starts(id=1)
        client = HelpdeskClient("chatwoot", lambda _: None, None, 100)
        await client.start()
        try:
            yield ChatwootApi(desk.base_url, desk.token, client)
        finally:
            await client.close()


def said(desk: FakeChatwoot) -> list[Message]:
    """All that the bot wrote, without what Chatwoot itself says in between."""
    return [one for one in desk.conversations[1].messages if one.direction == "outgoing"]


@pytest.mark.parametrize(
    ("refused", "written", "kind"),
    [
        pytest.param(False, "Which?", "input_select", id="to-pick-from"),
        pytest.param(True, CHOOSING.plain, "text", id="in-words-where-that-is-refused"),
    ],
)
async def test_choices_are_shown_once_to_pick_from_or_in_words(refused: bool, written: str, kind: str) -> None:
    desk = FakeChatwoot()
    async with calling(desk) as api:
        desk.faults += [Fault(1, 422)] * refused
        await api.say(HERE, CHOOSING, NO_JOURNAL, "1/1")
    assert [(one.content, one.content_type, one.private) for one in said(desk)] == [(written, kind, False)]


@pytest.mark.parametrize(
    ("status", "error"),
    [pytest.param(404, Hopeless, id="a-conversation-that-is-gone"), pytest.param(429, Later, id="too-often")],
)
async def test_choices_that_cannot_be_shown_for_another_reason_are_not_said_in_words(status: int, error: type[Exception]) -> None:
    desk = FakeChatwoot()
    async with calling(desk) as api:
        desk.faults.append(Fault(1, status))
        with pytest.raises(error):
            await api.say(HERE, CHOOSING, NO_JOURNAL, "1/1")
    assert desk.refused == [status]
    assert said(desk) == []


async def test_a_note_is_for_the_staff_alone_and_has_its_number() -> None:
    desk = FakeChatwoot()
    async with calling(desk) as api:
        number = await api.note(HERE, "Please look.", NO_JOURNAL, "1/1")
    (note,) = said(desk)
    assert (note.content, note.private, note.id) == ("Please look.", True, number)
    assert desk.posted == []


async def test_the_conversation_is_opened_and_marked_as_urgent() -> None:
    desk = FakeChatwoot()
    async with calling(desk) as api:
        await api.open(HERE)
        assert await api.prioritise(HERE)
    assert (desk.conversations[1].status, desk.conversations[1].priority) == ("open", "urgent")


@pytest.mark.parametrize("status", [403, 503], ids=["not-allowed", "away"])
async def test_a_mark_that_cannot_be_set_is_no_failure(status: int) -> None:
    desk = FakeChatwoot()
    async with calling(desk) as api:
        desk.faults.append(Fault(99, status))
        assert not await api.prioritise(HERE)
    assert desk.conversations[1].priority is None


@pytest.mark.parametrize(
    ("readable", "status", "assignee", "with_bot"),
    [
        pytest.param(True, "pending", None, True, id="pending"),
        pytest.param(True, "pending", BOT, True, id="assigned-to-the-bot"),
        pytest.param(True, "pending", AGENT, False, id="assigned-to-a-person"),
        pytest.param(True, "open", None, False, id="open"),
        pytest.param(False, "open", AGENT, None, id="not-for-bots"),
    ],
)
async def test_whose_it_is_is_known_where_a_bot_may_ask(
    readable: bool, status: str, assignee: dict[str, Any] | None, with_bot: bool | None
) -> None:
    desk = FakeChatwoot(readable=readable)
    async with calling(desk) as api:
        desk.conversations[1].status, desk.conversations[1].assignee = status, assignee
        assert await api.with_bot(HERE) is with_bot


@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        pytest.param(401, b'{"error": "Invalid Access Token"}', Refusal("Invalid Access Token", of_token=True), id="token"),
        pytest.param(401, b'{"error": "Not for bots"}', Refusal("Not for bots"), id="not-allowed"),
        pytest.param(422, b'{"message": "Content is too long", "attributes": []}', Refusal("Content is too long"), id="content"),
        pytest.param(422, b'{"error": "s3cret-token of a@b.test, +15550001111"}', Refusal("… of … …"), id="secrets"),
        pytest.param(404, b"<html>", Refusal(), id="no-json"),
        pytest.param(404, b'{"error": ["x"]}', Refusal(), id="no-words"),
    ],
)
def test_chatwoots_own_words_are_kept_without_secrets(status: int, answer: bytes, said: Refusal) -> None:
    assert refusal("s3cret-token")(status, answer) == said


async def test_the_token_is_looked_after() -> None:
    desk, health = FakeChatwoot(), DeskHealth("chatwoot", watched=True)
    async with desk:
        client = HelpdeskClient("chatwoot", lambda _: None, None, 100, refusal=refusal("another-token"), health=health)
        await client.start()
        watching = asyncio.create_task(ChatwootApi(desk.base_url, "another-token", client).watch(0.01))
        async with asyncio.timeout(10):
            while health.shown[0]:
                await asyncio.sleep(0.005)
            assert health.shown == (False, "refused: 401 Invalid Access Token")
            desk.token = "another-token"  # noqa: S105  # somebody mends it
            while not health.shown[0]:
                await asyncio.sleep(0.005)
            assert health.shown == (True, "fine")
        watching.cancel()
        await client.close()
