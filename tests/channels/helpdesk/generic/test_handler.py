"""The generic webhook: taken, and answered at an address."""

from __future__ import annotations

import pytest
from standardwebhooks import Webhook

from bot.channels.helpdesk.generic.webhook import PATH as GENERIC_PATH
from bot.dialogue.policy import Dialogue
from tests.channels.helpdesk.conftest import WHSEC, Opener, post

LONG = "how long does an infusion take?"


async def test_the_reply_goes_to_the_address_signed(house: Opener) -> None:
    async with house() as here:
        assert await post(here, GENERIC_PATH, {"conversation": "c-1", "question": LONG}) == (202, None)
        assert await post(here, GENERIC_PATH, {"conversation": "c-1", "question": LONG}) == (202, None)  # the same once more
        await here.idle()
        assert len(here.receiver.got) == 1
        headers, body = here.receiver.got[0]
        told = Webhook(WHSEC).verify(body, headers)
    assert (told["conversation"], told["in_reply_to"]) == ("c-1", "msg_1")
    assert told["reply"]["kind"] == "answer"
    assert told["reply"]["handed_over"] is False
    assert told["reply"]["claims"]


@pytest.mark.parametrize("answers", [[500, 503, 429, 200], [408, 200]])
async def test_a_reply_is_sent_until_it_arrives(house: Opener, answers: list[int]) -> None:
    async with house() as here:
        here.receiver.answers = list(answers)
        await post(here, GENERIC_PATH, {"conversation": "c-1", "question": LONG})
        await here.idle()
        assert len(here.receiver.got) == len(answers)
        assert len({headers["webhook-id"] for headers, _ in here.receiver.got}) == 1
        assert len({body for _, body in here.receiver.got}) == 1


@pytest.mark.parametrize(("status", "reason"), [(403, "forbidden"), (404, "not_found"), (302, "redirected"), (422, "refused")])
async def test_a_reply_that_nobody_wants_is_a_dead_letter(house: Opener, status: int, reason: str) -> None:
    async with house() as here:
        here.receiver.answers = [status]
        await post(here, GENERIC_PATH, {"conversation": "c-1", "question": LONG})
        await here.idle()
        assert len(here.receiver.got) == 1
        assert [letter.reason for letter in await here.storage.dead_letters(5)] == [reason]


async def test_turns_of_a_conversation_are_in_order(house: Opener) -> None:
    async with house() as here:
        for number in range(8):
            await post(here, GENERIC_PATH, {"conversation": "c-1", "question": LONG}, f"msg_{number}")
        await here.idle()
        assert [reply["in_reply_to"] for reply in here.receiver.replies] == [f"msg_{number}" for number in range(8)]


async def test_knowledge_on_another_topic_answers(house: Opener, sourdough: Dialogue) -> None:
    async with house(speaks=sourdough) as here:
        asked = ({"question": "How often do I feed it?"}, {"choice": "starter"}, {"question": "my infusion ended an hour ago"})
        for number, one in enumerate(asked):
            status, told = await post(here, "/now", {"conversation": "c-1", **one}, f"msg_{number}")
            assert (status, bool(told["reply"]["text"])) == (200, True)
        await post(here, GENERIC_PATH, {"conversation": "c-2", "choice": "gone"}, "msg_x")
        await here.idle()
        assert len(here.receiver.got) == 1
        assert await here.storage.dead_letters(1) == ()
