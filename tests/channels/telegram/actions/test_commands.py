"""The commands: what each says, and what it leaves behind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from bot.channels.telegram.account import commands
from bot.channels.telegram.actions.commands import COMMANDS, topics_page
from tests.channels.telegram.conftest import ANN, Stage, buttons, open_stage
from tests.fakes.botapi import updates

if TYPE_CHECKING:
    from bot.dialogue.policy import Dialogue
    from bot.knowledge.model import Knowledge
    from tests.fakes.botapi import FakeBotApi

LENGTH = "how long does an infusion take?"


def test_each_command_of_the_menu_is_one_that_is_heard(knowledge: Knowledge) -> None:
    listed = [name for name, _ in commands(knowledge)]
    assert len(listed) == len(set(listed))
    assert set(listed) | {"start"} == set(COMMANDS)


async def test_each_command_answers(stage: Stage) -> None:
    for name in COMMANDS:
        assert await stage.tell(updates.text(f"/{name}", ANN)), name
    assert await stage.storage.dead_letters(1) == ()


@pytest.mark.parametrize("id", ["driving", "cost"], ids=["entry", "boundary"])
async def test_a_link_leads_to_its_answer(stage: Stage, id: str) -> None:
    (linked,) = await stage.tell(updates.text(f"/start {id}", ANN))
    (pressed,) = await stage.tell(updates.callback(f"r:{id}", ANN))
    assert linked.text.endswith(pressed.text)
    assert (await stage.memory()).participant("").last is not None


async def test_ask_answers_its_words(stage: Stage) -> None:
    (answer,) = await stage.tell(updates.text(f"/ask  {LENGTH}", ANN))
    assert "40 minutes to an hour" in answer.text


async def test_all_topics_stand_on_some_page_once(stage: Stage) -> None:
    ids = list(stage.context.knowledge.entries)
    found: list[str] = []
    pages = -(-len(ids) // 8)
    for page in range(pages):
        shown = [one.data for row in topics_page(stage.context, page)[-1].buttons for one in row]
        found += [data for data in shown if data.startswith("r:")]
        turns = [data for data in shown if data.startswith("p:")]
        assert turns == [f"p:{other}" for other in (page - 1, page + 1) if 0 <= other < pages]
    assert found == [f"r:{id}" for id in ids]
    assert topics_page(stage.context, pages) == topics_page(stage.context, 0)
    assert topics_page(stage.context, 99_999_999_999)


async def test_after_care_reads_the_words_behind_it(stage: Stage) -> None:
    (told,) = await stage.tell(updates.text("/aftercare my infusion ended an hour ago", ANN))
    assert "wear off between" in told.text
    (asked,) = await stage.tell(updates.text("/aftercare", ANN))
    assert [data for _, data in buttons(asked)] == ["a:0", "a:30", "a:60", "a:120"]
    (typed,) = await stage.tell(updates.text(f"{stage.context.edition.moment(stage.clock() - 600):%H:%M}", ANN))
    assert "wear off between" in typed.text


async def test_why_explains_the_last_answer_without_its_words(stage: Stage) -> None:
    await stage.tell(updates.text(LENGTH, ANN))
    (why,) = await stage.tell(updates.text("/why", ANN))
    knowledge = stage.context.knowledge
    assert why.text.startswith(f"I took your question to be “{knowledge.entries['infusion_length'].question}”, and I am sure")
    assert knowledge.documents[0].title in why.text
    assert not re.search(r"[0-9]\.[0-9]|_", why.text.split("\n")[0])


async def test_why_of_an_answer_that_is_no_more_in_the_knowledge(stage: Stage) -> None:
    await stage.tell(updates.text(LENGTH, ANN))
    state = await stage.storage.load(stage.key())
    assert state is not None
    await stage.storage.save(stage.key(), state.replace('"parts":[["', '"parts":[["gone_'))
    (why,) = await stage.tell(updates.text("/why", ANN))
    assert why.text == stage.say("no_reply_yet")


async def test_sources_names_the_article(stage: Stage) -> None:
    (said,) = await stage.tell(updates.text("/sources", ANN))
    assert all(document.title in said.text for document in stage.context.knowledge.documents)


async def test_privacy_says_how_long(stage: Stage) -> None:
    (said,) = await stage.tell(updates.text("/privacy", ANN))
    assert said.text == stage.say("telegram_privacy", hours="24")


async def test_forget_leaves_nothing(stage: Stage) -> None:
    await stage.tell(updates.text(LENGTH, ANN))
    assert (await stage.memory()).people
    await stage.tell(updates.text("/forget", ANN))
    assert await stage.storage.load(stage.key()) is None
    (why,) = await stage.tell(updates.text("/why", ANN))
    assert why.text == stage.say("no_reply_yet")


async def test_forget_of_who_blocked_the_bot_forgets(stage: Stage) -> None:
    await stage.tell(updates.text(LENGTH, ANN))
    stage.api.set_chat(updates.private_chat(ANN), problem="deactivated")
    await stage.tell(updates.text("/forget", ANN))
    assert await stage.storage.load(stage.key()) is None


@pytest.mark.parametrize(
    "refusal",
    [
        "Bad Request: not enough rights to send photos to the chat",
        "Bad Request: CHAT_SEND_PHOTOS_FORBIDDEN",
        "Forbidden: CHAT_SEND_PHOTOS_FORBIDDEN",
        "Bad Request: PHOTO_INVALID_DIMENSIONS",
    ],
)
async def test_where_no_picture_may_be_sent_its_words_are(stage: Stage, refusal: str) -> None:
    await stage.tell(updates.mention(LENGTH))
    before = await stage.memory(updates.GROUP)
    stage.api.fault("refusal", methods="sendPhoto", status=403 if "Forbidden" in refusal else 400, text=refusal)
    (words,) = await stage.tell(updates.group_text(f"/timeline@{updates.USERNAME}"))
    assert words.text.startswith(stage.say("telegram_picture"))
    assert (await stage.memory(updates.GROUP)).people == before.people
    assert await stage.storage.dead_letters(1) == ()


# -- knowledge on another topic --------------------------------------------------------------------------------------

LACKS = "Words for timeline none."  # as tests/folders.py says it


async def test_each_command_answers_where_there_is_no_timeline(api: FakeBotApi, sourdough: Dialogue) -> None:
    async with open_stage(api, sourdough) as stage:
        for name in COMMANDS:
            for words in ("", " my infusion ended an hour ago"):
                assert await stage.tell(updates.text(f"/{name}{words}", ANN)), (name, words)
        assert await stage.storage.dead_letters(1) == ()


@pytest.mark.parametrize("data", ["a:30", "m:{now}", "m:0", "n:0"])
async def test_a_button_of_when_there_was_a_timeline_is_answered(api: FakeBotApi, sourdough: Dialogue, data: str) -> None:
    async with open_stage(api, sourdough) as stage:
        (told,) = await stage.tell(updates.callback(data.format(now=int(stage.clock()) - 60), ANN))
        assert told.text.endswith((LACKS, stage.say("telegram_no_reminders")))
        assert await stage.storage.dead_letters(1) == ()


@pytest.mark.parametrize("said", ["/timeline", "/aftercare", "/aftercare my infusion ended an hour ago"])
async def test_that_there_is_no_timeline_is_said(api: FakeBotApi, sourdough: Dialogue, said: str) -> None:
    async with open_stage(api, sourdough) as stage:
        (told,) = await stage.tell(updates.text(said, ANN))
        assert told.text == LACKS
        assert buttons(told) == []
        (typed,) = await stage.tell(updates.text("14:10", ANN))  # nobody has asked for a time
        assert typed.text != LACKS


async def test_danger_behind_the_command_is_heard_without_a_timeline(api: FakeBotApi, sourdough: Dialogue) -> None:
    async with open_stage(api, sourdough) as stage:
        (told,) = await stage.tell(updates.text("/aftercare the kitchen is on fire", ANN))
        assert "112" in told.text


def test_the_menu_offers_what_there_is(knowledge: Knowledge, sourdough: Dialogue) -> None:
    whole = [name for name, _ in commands(knowledge)]
    assert [name for name, _ in commands(sourdough.knowledge)] == [
        name for name in whole if name not in {"timeline", "aftercare", "reminders"}
    ]
