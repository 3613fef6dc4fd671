"""The generic webhook: taken and answered at an address, or answered in the same request."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from standardwebhooks import Webhook

from bot.channels.helpdesk.generic import questions
from bot.channels.helpdesk.generic.webhook import PATH as GENERIC_PATH
from bot.channels.helpdesk.state import ConversationRecord, dump_record, read_record
from bot.delivery.storage import StorageError
from tests.channels.helpdesk.conftest import WHSEC, House, Opener

LONG = "how long does an infusion take?"
DANGER = "i cant do this anymore i want to end my life"


async def post(here: House, path: str, content: Any, id: str = "msg_1") -> tuple[int, Any]:
    body = json.dumps(content)
    signature = Webhook(WHSEC).sign(id, datetime.now(UTC), body)
    stamp = str(int(datetime.now(UTC).timestamp()))
    headers = {"webhook-id": id, "webhook-timestamp": stamp, "webhook-signature": signature}
    async with aiohttp.ClientSession() as http, http.post(f"{here.url}{path}", data=body, headers=headers) as answer:
        text = await answer.text()
        return answer.status, json.loads(text) if text else None


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


async def test_the_answer_is_the_response(house: Opener) -> None:
    async with house() as here:
        status, told = await post(here, "/now", {"conversation": "c-1", "question": LONG})
        assert (status, told["reply"]["kind"]) == (200, "answer")
        choice = told["reply"]["related"][0]["id"]
        status, picked = await post(here, "/now", {"conversation": "c-1", "choice": choice}, "msg_2")
        assert (status, picked["reply"]["kind"]) == (200, "answer")
        # A second turn would not begin with the disclaimer.
        assert await post(here, "/now", {"conversation": "c-1", "question": LONG}) == (200, told)
        state = await here.storage.load(questions.WebhookQuestion("c-1").key("default"))
    assert here.counts["known"] == 1
    assert state is not None
    assert "c-1" not in state  # it may be the number of somebody
    assert len(read_record(state).said) == 2


async def test_turns_do_not_overlap(house: Opener) -> None:
    async with house() as here:
        asked = [post(here, "/now", {"conversation": "c-1", "question": LONG}, f"msg_{number}") for number in range(20)]
        told = await asyncio.gather(*asked)
    disclaimer = here.service.dialogue.compose.say("disclaimer")
    assert [status for status, _ in told] == [200] * 20
    assert sum(disclaimer in one["reply"]["text"] for _, one in told) == 1


@pytest.mark.parametrize(
    ("questions_", "kind"),
    [
        pytest.param(["I want to talk to a person"], "handoff", id="person"),
        pytest.param(["blorp zing", "what is the capital of France?"], None, id="lost"),
        pytest.param([DANGER], "urgent", id="urgent"),
    ],
)
async def test_handing_over_is_seen_in_the_reply(house: Opener, questions_: list[str], kind: str | None) -> None:
    async with house() as here:
        told: dict[str, Any] = {}
        for number, question in enumerate(questions_):
            _, told = await post(here, "/now", {"conversation": "c-1", "question": question}, f"msg_{number}")
    assert told["reply"]["handed_over"] is True
    assert kind in {None, told["reply"]["kind"]}


async def test_without_a_store_danger_is_answered(house: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(_: object) -> None:
        raise StorageError("away")

    async with house() as here:
        with monkeypatch.context() as patch:
            for name in ("load", "take"):
                patch.setattr(here.storage, name, fails)
            assert (await post(here, "/now", {"conversation": "c-1", "question": LONG}))[0] == 503
            status, told = await post(here, "/now", {"conversation": "c-1", "question": DANGER})
            assert (status, told["reply"]["kind"]) == (200, "urgent")
            assert (await post(here, GENERIC_PATH, {"conversation": "c-1", "question": DANGER}))[0] == 503
        assert here.receiver.replies[0]["reply"]["kind"] == "urgent"
        await here.idle()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param([], id="list"),
        pytest.param({}, id="empty"),
        pytest.param({"conversation": "c"}, id="neither"),
        pytest.param({"conversation": "c", "question": "a", "choice": "b"}, id="both"),
        pytest.param({"conversation": "", "question": "a"}, id="no conversation"),
        pytest.param({"conversation": "c" * 201, "question": "a"}, id="long conversation"),
        pytest.param({"conversation": 5, "question": "a"}, id="number"),
        pytest.param({"conversation": "c", "question": None}, id="null"),
        pytest.param({"conversation": "\ud800", "question": "a"}, id="half a character"),
    ],
)
async def test_what_is_no_question_is_refused(house: Opener, content: Any) -> None:
    async with house() as here:
        status, told = await post(here, GENERIC_PATH, content)
        assert (status, told["status"]) == (400, 400)


@pytest.mark.parametrize("state", [None, "", "{", "[]", '{"v":2,"m":""}', '{"v":1}', '{"v":1,"m":5}'])
def test_what_another_release_kept_is_nothing(state: str | None) -> None:
    assert read_record(state) == ConversationRecord()


def test_a_record_comes_back_as_it_was() -> None:
    record = ConversationRecord(unhelped=1, taken=77)
    for number in range(6):
        record = record.having_said(str(number), "{}")
    assert read_record(dump_record(record)) == record
    assert [id for id, _ in record.said] == ["2", "3", "4", "5"]
