"""The webhook that answers in the same request."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.channels.helpdesk.generic import questions
from bot.channels.helpdesk.generic.webhook import PATH as GENERIC_PATH
from bot.channels.helpdesk.signatures import key_of
from bot.channels.helpdesk.state import read_record
from bot.delivery.storage import StorageError
from bot.dialogue.policy import Dialogue
from tests.channels.helpdesk.conftest import WHSEC, Opener, post
from tests.fakes.detector import DARK, HOPELESS, SORE

LONG = "how long does an infusion take?"
DANGER = "i cant do this anymore i want to end my life"


async def test_the_answer_is_the_response(house: Opener) -> None:
    async with house() as here:
        status, told = await post(here, "/now", {"conversation": "c-1", "question": LONG})
        assert (status, told["reply"]["kind"]) == (200, "answer")
        choice = told["reply"]["related"][0]["id"]
        status, picked = await post(here, "/now", {"conversation": "c-1", "choice": choice}, "msg_2")
        assert (status, picked["reply"]["kind"]) == (200, "answer")
        # A second turn would not begin with the disclaimer.
        assert await post(here, "/now", {"conversation": "c-1", "question": LONG}) == (200, told)
        state = await here.storage.load(questions.WebhookQuestion("c-1").key("default", key_of(WHSEC)))
    assert here.counts["known"] == 1
    assert state is not None
    assert "c-1" not in state  # it may be the number of somebody
    assert len(read_record(state).said) == 2


def test_a_conversation_is_not_found_by_trying_its_names() -> None:
    """A name may be a number of a phone, of which there are few enough to try them all."""
    asked = questions.WebhookQuestion("+15550001111")
    one, two = (asked.key("default", secret).id for secret in (key_of(WHSEC), bytes(24)))
    assert one == asked.key("default", key_of(WHSEC)).id
    assert one not in {two, questions.hashed(asked.conversation)}


async def test_turns_do_not_overlap(house: Opener) -> None:
    async with house() as here:
        asked = [post(here, "/now", {"conversation": "c-1", "question": LONG}, f"msg_{number}") for number in range(20)]
        told = await asyncio.gather(*asked)
    disclaimer = here.edition.dialogue.compose.say("disclaimer")
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


async def test_what_was_heard_is_seen_in_the_reply(house: Opener, listening: Dialogue) -> None:
    async with house(speaks=listening) as here:

        async def ask(number: int, **asked: str) -> Any:
            return (await post(here, "/now", {"conversation": "c-1", **asked}, f"msg_{number}"))[1]["reply"]

        _, told = await post(here, "/now", {"conversation": "c-2", "question": HOPELESS}, "msg_0")
        low = told["reply"]

        calm = await ask(1, question=LONG)
        assert calm["heard"] is None
        assert (low["kind"], low["heard"], low["handed_over"]) == ("support", {"kinds": [], "stage": "low"}, False)
        asked = await ask(3, question=DARK)
        assert (asked["kind"], asked["heard"], asked["handed_over"]) == (
            "support",
            {"kinds": ["self_harm"], "stage": "asked"},
            False,
        )
        assert [one["id"] for one in asked["choices"]] == ["care:safe", "care:unsure", "care:unsafe"]
        alarm = await ask(4, choice="care:unsure")
        assert (alarm["kind"], alarm["urgent"], alarm["handed_over"]) == ("urgent", "not_safe", True)
        assert alarm["heard"] == {"kinds": ["self_harm"], "stage": "alarm"}
        today = await ask(5, question=SORE)
        assert today["heard"]["stage"] == "alarm", "danger is not forgotten for a symptom"


async def test_a_symptom_for_the_clinic_is_handed_over(house: Opener, listening: Dialogue) -> None:
    async with house(speaks=listening) as here:
        _, told = await post(here, "/now", {"conversation": "c-1", "question": SORE})
    assert (told["reply"]["kind"], told["reply"]["handed_over"]) == ("handoff", True)


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
            status, told = await post(here, "/now", {"conversation": "c-1", "choice": "care:unsafe"})
            assert (status, told["reply"]["kind"]) == (200, "urgent")
            assert (await post(here, "/now", {"conversation": "c-1", "choice": "care:safe"}))[0] == 503
            assert (await post(here, GENERIC_PATH, {"conversation": "c-1", "question": DANGER}))[0] == 503
        assert here.receiver.replies[0]["reply"]["kind"] == "urgent"
        await here.idle()


async def test_what_is_signed_is_one_turn_for_as_long_as_it_is_valid(house: Opener) -> None:
    """Also after more answers than are remembered: who has caught a webhook sends it when he likes."""
    async with house() as here:

        async def replayed(question: str) -> tuple[int, Any]:
            return await post(here, "/now", {"conversation": "c-1", "question": question}, "msg_0")

        first = await replayed("start over")
        _, alarm = await post(here, "/now", {"conversation": "c-1", "question": DANGER}, "msg_danger")
        for number in range(1, 4):
            assert (await post(here, "/now", {"conversation": "c-1", "question": LONG}, f"msg_{number}"))[0] == 200
        before = await here.storage.load(questions.WebhookQuestion("c-1").key("default", key_of(WHSEC)))
        assert (await replayed("start over"))[0] == 409, first
        for number in range(4, 30):
            await post(here, "/now", {"conversation": "c-1", "question": LONG}, f"msg_{number}")
        status, told = await replayed("start over")
        assert (status, told["title"]) == (409, "This webhook was answered before")
        again = await post(here, "/now", {"conversation": "c-1", "question": DANGER}, "msg_danger")
        assert (again[0], again[1]["reply"]["kind"], again[1]["reply"]["text"]) == (200, "urgent", alarm["reply"]["text"])
        after = await here.storage.load(questions.WebhookQuestion("c-1").key("default", key_of(WHSEC)))
    assert read_record(before).memory == read_record(after).memory, "no replay was a turn"
    assert here.counts["known"] == 3


@pytest.mark.parametrize("path", ["/now", GENERIC_PATH])
async def test_no_more_is_taken_than_a_letter_has(house: Opener, path: str) -> None:
    """Else one message of a million letters would hold up all others while it is listened to."""
    async with house() as here:
        letter = "I was told to come at nine. " * 2300  # 64,400
        assert (await post(here, path, {"conversation": "c-1", "question": letter}))[0] in {200, 202}
        status, told = await post(here, path, {"conversation": "c-1", "question": letter + letter[:3000]}, "msg_2")
        assert (status, "65536" in told["detail"]) == (413, True)


@pytest.mark.parametrize("call", ["load", "save"])
async def test_that_the_store_fails_is_counted(house: Opener, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    async def fails(*_: object) -> None:
        raise StorageError("disk full")

    async with house() as here:
        with monkeypatch.context() as patch:
            patch.setattr(here.storage, call, fails)
            for number in range(3):
                status, _ = await post(here, "/now", {"conversation": "c-1", "question": LONG}, f"msg_{number}")
                assert status == 503
        assert (await post(here, "/now", {"conversation": "c-1", "question": LONG}))[0] == 200
        assert here.counts["store_error"] == 3
