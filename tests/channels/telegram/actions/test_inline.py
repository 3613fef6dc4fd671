"""Inline mode: what is offered, and that Telegram takes it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.channels.telegram.updates.intake import incoming_from
from bot.dialogue.policy import Dialogue
from tests.channels.telegram.conftest import ANN, Stage, open_stage
from tests.fakes.botapi import Call, FakeBotApi, updates
from tests.fakes.detector import DARK

SOME = (
    "when can i drive",
    "how long",
    "pain and depression",
    "can you refill my prescription",
    "asdf qwer",
    "hello",
    "thank you",
    "<b>&amp; how long does it take</b>",
    "I just took all my pills, I want to die",
    "my infusion ended an hour ago",
    "x" * 256,
    "\N{SLIGHTLY SMILING FACE}",
)


def results(call: Call) -> list[dict[str, Any]]:
    return list(json.loads(call.params["results"]))


async def test_the_answer_comes_first_and_is_personal(stage: Stage) -> None:
    (offered,) = await stage.tell(updates.inline("when can i drive", ANN))
    first, *others = results(offered)
    assert "remainder of the day" in first["input_message_content"]["message_text"]
    assert first["id"] == "driving"
    assert others
    assert (offered.params["is_personal"], offered.params["cache_time"]) == ("true", "60")


async def test_no_words_offer_the_first_questions(stage: Stage) -> None:
    (offered,) = await stage.tell(updates.inline("  ", ANN))
    assert [one["id"] for one in results(offered)] == list(stage.context.knowledge.entries)[:5]


async def test_nothing_is_greeted_and_nothing_is_remembered(stage: Stage) -> None:
    (offered,) = await stage.tell(updates.inline("when can i drive", ANN))
    disclaimer = stage.say("disclaimer")
    assert all(disclaimer not in one["input_message_content"]["message_text"] for one in results(offered))
    assert await stage.storage.load(stage.key()) is None
    assert await stage.storage.load(stage.key(id="u1001")) is None


async def test_danger_is_offered_its_reply(stage: Stage) -> None:
    (offered,) = await stage.tell(updates.inline("I just took all my pills, I want to die", ANN))
    assert "1-800-222-1222" in results(offered)[0]["input_message_content"]["message_text"]


async def test_a_check_in_is_offered_without_its_buttons_and_with_the_numbers(api: FakeBotApi, listening: Dialogue) -> None:
    async with open_stage(api, listening) as stage:
        (offered,) = await stage.tell(updates.inline(DARK, ANN))
    text = results(offered)[0]["input_message_content"]["message_text"]
    assert "988" in text
    assert "I am safe" not in text


async def test_telegram_takes_whatever_is_offered(stage: Stage) -> None:
    for words in SOME:
        offered = await stage.tell(updates.inline(words, ANN))
        assert len(offered) == 1, words  # the fake refuses ids twice, and markup that cannot be read
        assert all(one["title"] and len(one["id"].encode()) <= 64 for one in results(offered[0])), words
    assert stage.counts["send_dropped"] == 0


async def test_one_that_is_too_old_for_telegram_is_skipped(stage: Stage) -> None:
    stage.api.settings(inline_lifetime=0.0)
    assert await stage.tell(updates.inline("when can i drive", ANN)) == []
    assert stage.counts["expired"] == 1
    assert await stage.storage.dead_letters(1) == ()


async def test_one_that_waited_too_long_in_the_inbox_is_not_even_tried(stage: Stage) -> None:
    (entry,) = stage.api.inject(updates.inline("when can i drive", ANN))
    stage.clock.ahead -= 31
    late = incoming_from(entry.update, "default", stage.clock())
    stage.clock.ahead += 31
    await stage.delivery.take([late])
    await stage.idle()
    assert stage.api.calls("answerInlineQuery") == []


@pytest.mark.parametrize("status", [500, 502])
async def test_a_failing_api_drops_it(stage: Stage, status: int) -> None:
    stage.api.fault("error", methods="answerInlineQuery", status=status)
    assert await stage.tell(updates.inline("when can i drive", ANN)) == []
    assert stage.counts["send_dropped"] == 1
    assert await stage.storage.dead_letters(1) == ()
