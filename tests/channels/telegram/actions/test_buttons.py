"""Pressed buttons: what each does, and that none can do harm."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from cachetools import LRUCache
from hypothesis import example, given
from hypothesis import strategies as st

from bot.channels.telegram.actions.buttons import press
from bot.channels.telegram.api.sender import ChatGone, Sent
from bot.channels.telegram.api.sender import MethodCall as Made
from bot.channels.telegram.chat import HandlerContext
from bot.channels.telegram.updates.types import CallbackQuery, TelegramMessage, User, convert_to
from bot.delivery.journal import NoJournal
from bot.delivery.service import Service
from bot.delivery.storage import WorkOutcome
from tests.channels.telegram.conftest import ANN, BEN, CLINIC, OWNER, Clock, Stage, buttons, open_stage
from tests.fakes.botapi import updates
from tests.fakes.editions import editions_of, metrics_of

if TYPE_CHECKING:
    from bot.dialogue.policy import Dialogue
    from tests.fakes.botapi import FakeBotApi

LENGTH, DRIVE = "how long does an infusion take?", "can I drive home?"
DAY = "remainder of the day"


async def test_a_related_question_is_answered_and_the_press_is_heard(stage: Stage) -> None:
    (answer,) = await stage.tell(updates.text(LENGTH, ANN))
    label = next(label for label, data in buttons(answer) if data.startswith("r:"))
    (next_answer,) = await stage.press(label, answer)
    assert "Source" in next_answer.text
    (heard,) = stage.api.calls("answerCallbackQuery")
    assert (heard.text, heard.delivered) == ("", True)
    assert heard.number < next_answer.number


async def test_a_choice_is_answered(stage: Stage) -> None:
    (asked,) = await stage.tell(updates.text("how often", ANN))
    label = next(label for label, data in buttons(asked) if data.startswith("c:"))
    (picked,) = await stage.press(label, asked)
    assert "Source" in picked.text


async def test_an_old_choice_still_leads_to_its_answer(stage: Stage) -> None:
    (asked,) = await stage.tell(updates.text("how often", ANN))
    label = next(label for label, data in buttons(asked) if data.startswith("c:"))
    await stage.tell(updates.text(DRIVE, ANN))
    (picked,) = await stage.press(label, asked)
    assert "Source" in picked.text


async def test_a_choice_that_is_no_more_says_so(stage: Stage) -> None:
    (said,) = await stage.tell(updates.callback("c:entry_of_last_year", ANN))
    assert stage.say("choice_gone") in said.text


async def test_a_message_too_old_to_be_shown_is_answered_all_the_same(stage: Stage) -> None:
    long_ago = {"chat": updates.private_chat(ANN), "message_id": 5, "date": 0}
    (said,) = await stage.tell(updates.callback("r:driving", ANN, of=long_ago))
    assert DAY in said.text
    (page,) = await stage.tell(updates.callback("p:1", ANN, of=long_ago))
    assert page.method == "sendmessage"
    await stage.tell(updates.callback("f:+:12345678", ANN, of=long_ago))
    assert stage.counts["helped"] == 1
    group = {"chat": updates.group_chat(), "message_id": 6, "date": 0}
    (there,) = await stage.tell(updates.callback("r:driving", ANN, of=group))
    assert there.chat == updates.GROUP
    assert set((await stage.memory(updates.GROUP)).people) == {"1001"}


@pytest.mark.parametrize("data", ["r:driving", "p:1", "m:0", "h:"])
async def test_a_press_that_is_too_old_for_telegram_is_answered(stage: Stage, data: str) -> None:
    """As of one that waited while the bot was started anew."""
    stage.api.settings(callback_lifetime=0.0)
    assert len(await stage.tell(updates.callback(data, ANN))) == 1
    assert stage.counts["expired"] == 1
    assert await stage.storage.dead_letters(1) == ()


async def test_a_button_of_an_inline_message_is_only_heard(stage: Stage) -> None:
    press = updates.callback("r:driving", ANN, inline_message_id="far away")
    del press["callback_query"]["message"]
    assert await stage.tell(press) == []
    assert stage.api.calls("answerCallbackQuery")[0].delivered


# -- feedback -----------------------------------------------------------------------------------------------------


async def test_help_is_thanked_for_and_its_row_goes(stage: Stage) -> None:
    (answer,) = await stage.tell(updates.text(LENGTH, ANN))
    others = [one for one in buttons(answer) if not one[1].startswith("f:")]
    (edit,) = await stage.press(stage.say("button_helped"), answer)
    assert (edit.method, buttons(edit)) == ("editmessagereplymarkup", others)
    assert others
    assert stage.api.calls("answerCallbackQuery")[0].text == stage.say("telegram_thanks")
    assert (stage.counts["helped"], stage.counts["not_helped"]) == (1, 0)


REASONS = ("wrong", "unclear", "not_asked", "missing")


def _why(stage: Stage) -> list[str]:
    return [stage.say(f"button_{reason}") for reason in REASONS]


async def test_no_help_is_heard_and_asked_why(stage: Stage) -> None:
    (answer,) = await stage.tell(updates.text(LENGTH, ANN))
    others = [label for label, data in buttons(answer) if not data.startswith("f:")]
    edit, sorry = await stage.press(stage.say("button_not_helped"), answer)
    assert [label for label, _ in buttons(edit)] == [*others, *_why(stage)]
    assert "sorry" in sorry.text.lower()
    assert (stage.counts["helped"], stage.counts["not_helped"]) == (0, 1)
    assert stage.api.calls("answerCallbackQuery")[0].text == stage.say("telegram_why")
    assert stage.rated == [("infusion_length", "not_helped")]


@pytest.mark.parametrize("reason", REASONS)
async def test_why_is_heard_in_a_word_and_its_rows_go(stage: Stage, reason: str) -> None:
    (answer,) = await stage.tell(updates.text(LENGTH, ANN))
    edit, _ = await stage.press(stage.say("button_not_helped"), answer)
    others = [one for one in buttons(edit) if not one[1].startswith("f:")]
    (last,) = await stage.press(stage.say(f"button_{reason}"), edit)
    assert (last.method, buttons(last)) == ("editmessagereplymarkup", others)
    assert stage.api.calls("answerCallbackQuery")[1].text == stage.say("telegram_thanks")
    assert stage.rated == [("infusion_length", "not_helped"), ("infusion_length", reason)]
    assert stage.counts["not_helped"] == 1


async def test_a_complaint_pressed_twice_counts_once(stage: Stage) -> None:
    (answer,) = await stage.tell(updates.text(LENGTH, ANN))
    before = dict(stage.message(answer))
    again = [updates.callback(dict(buttons(answer))[stage.say("button_not_helped")], ANN, of=before) for _ in range(2)]
    sent = await stage.tell(*again)
    assert [one.method for one in sent] == ["editmessagereplymarkup", "sendmessage"]
    why = dict(buttons(sent[0]))
    shown = dict(stage.message(sent[0]))
    await stage.tell(*[updates.callback(why[_why(stage)[at]], ANN, of=shown) for at in (0, 0, 1)])
    assert stage.rated == [("infusion_length", "not_helped"), ("infusion_length", "wrong")]
    assert stage.counts["not_helped"] == 1


async def test_whoever_of_a_group_presses_an_answer_is_heard_once(stage: Stage) -> None:
    (answer,) = await stage.tell(updates.group_text(f"/ask {LENGTH}", who=ANN))
    before, carried = dict(stage.message(answer)), dict(buttons(answer))[stage.say("button_not_helped")]
    await stage.tell(updates.callback(carried, BEN, of=before), updates.callback(carried, ANN, of=before))
    assert stage.rated == [("infusion_length", "not_helped")]


async def test_a_reason_of_what_is_forgotten_counts_for_nothing(stage: Stage) -> None:
    (answer,) = await stage.tell(updates.text(LENGTH, ANN))
    edit, _ = await stage.press(stage.say("button_not_helped"), answer)
    await stage.tell(updates.text("/forget", ANN))
    (last,) = await stage.press(stage.say("button_wrong"), edit)
    assert not [data for _, data in buttons(last) if data.startswith("f:")]
    assert stage.rated == [("infusion_length", "not_helped")]


async def test_a_button_of_a_release_before_is_heard_of_no_topic(stage: Stage) -> None:
    (answer,) = await stage.tell(updates.text(LENGTH, ANN))
    edit, _ = await stage.tell(updates.callback("f:-:f0e1d2c3", ANN, of=dict(stage.message(answer))))
    assert stage.counts["not_helped"] == 1
    await stage.press(stage.say("button_missing"), edit)
    assert stage.rated == [("", "not_helped"), ("", "missing")]


async def test_the_last_row_goes_with_the_keyboard(stage: Stage) -> None:
    shown = updates.message(updates.private_chat(ANN), updates.BOT, text="An answer.")
    shown["reply_markup"] = {"inline_keyboard": [[{"text": "Yes", "callback_data": "f:+:1"}]]}
    (edit,) = await stage.tell(updates.callback("f:+:1", ANN, of=shown))
    assert buttons(edit) == []


async def test_feedback_pressed_twice_changes_nothing_twice(stage: Stage) -> None:
    (answer,) = await stage.tell(updates.text(LENGTH, ANN))
    before = dict(stage.message(answer))
    twice = [updates.callback(dict(buttons(answer))[stage.say("button_helped")], ANN, of=before) for _ in range(2)]
    assert len(await stage.tell(*twice)) == 1  # the second edit is refused as no change, which is an ordinary event
    assert stage.counts["send_unneeded"] == 1
    assert await stage.storage.dead_letters(1) == ()


async def test_feedback_on_the_clinics_account_is_given_there(stage: Stage) -> None:
    await stage.tell(updates.business_connection(OWNER))
    (answer,) = await stage.tell(updates.business_text(LENGTH, ANN))
    shown = stage.message(answer)
    press = updates.callback(dict(buttons(answer))[stage.say("button_helped")], ANN, of=shown)
    (edit,) = await stage.tell(press)
    assert edit.params["business_connection_id"] == updates.CONNECTION


# -- the bot's own buttons ----------------------------------------------------------------------------------------


async def test_topics_are_turned_in_place(stage: Stage) -> None:
    (first,) = await stage.tell(updates.text("/topics", ANN))
    (second,) = await stage.press(stage.say("button_more"), first)
    assert (second.method, second.message) == ("editmessagetext", first.message)
    assert buttons(second)[0] != buttons(first)[0]
    (back,) = await stage.press(stage.say("button_back"), second)
    assert buttons(back) == buttons(first)


async def test_the_same_page_again_is_no_mistake(stage: Stage) -> None:
    (first,) = await stage.tell(updates.text("/topics", ANN))
    assert await stage.tell(updates.callback("p:0", ANN, of=stage.message(first))) == []
    assert stage.counts["send_unneeded"] == 1


async def test_the_end_of_an_infusion_by_button(stage: Stage) -> None:
    (asked,) = await stage.tell(updates.text("/aftercare", ANN))
    (told,) = await stage.press(stage.say("button_an_hour"), asked)
    assert "wear off between" in told.text
    assert buttons(told)[-1][0] == stage.say("button_remind")


@pytest.mark.parametrize("minutes", ["1441", "9" * 11, "9" * 12, "-5", "x", ""])
async def test_an_end_that_no_button_of_ours_names_is_told_kindly(stage: Stage, minutes: str) -> None:
    (told,) = await stage.tell(updates.callback(f"a:{minutes}", ANN))
    assert stage.say("timeline_past") in told.text or "wear off between" in told.text
    assert await stage.storage.dead_letters(1) == ()


async def test_a_press_in_a_group_is_of_who_pressed(stage: Stage) -> None:
    (answer,) = await stage.tell(updates.mention(LENGTH, who=ANN))
    label = next(label for label, data in buttons(answer) if data.startswith("r:"))
    (told,) = await stage.press(label, answer, BEN)
    assert json.loads(told.params["reply_parameters"])["message_id"] == answer.message
    assert set((await stage.memory(updates.GROUP)).people) == {"1001", "1002"}


async def test_who_asks_the_clinic_gets_its_contact(api: FakeBotApi, clinical: Dialogue) -> None:
    async with open_stage(api, clinical) as stage:
        (nothing,) = await stage.tell(updates.text("can you refill my prescription", ANN))
        (person,) = await stage.press(stage.say("button_ask_clinic"), nothing)
        assert "555 0100" in person.text


# -- whatever a client sends --------------------------------------------------------------------------------------


class Silent:
    """A sender that takes everything and keeps it."""

    def __init__(self) -> None:
        self.made: list[Made] = []

    async def send(self, call: Made, _: object = None) -> Sent | ChatGone | None:
        self.made.append(call)
        return Sent(True)


@pytest.fixture(scope="module")
def context(dialogue: Dialogue) -> Iterator[HandlerContext]:
    service = Service(metrics_of(CLINIC))
    edition = editions_of(dialogue, CLINIC, Clock.zone, png=b"").current(CLINIC)
    yield HandlerContext(edition, service, Silent(), lambda _: None, 24, LRUCache(9), None)  # type: ignore[arg-type]
    service.close()


SHOWN = convert_to(
    {
        **updates.message(updates.private_chat(ANN), updates.BOT, text="Hello."),
        "message_id": 3,
        "reply_markup": {
            "inline_keyboard": [[{"text": "Yes", "callback_data": "f:+:1"}, {"text": "See", "url": "https://a.test"}]]
        },
    },
    TelegramMessage,
)
OLD = convert_to({"message_id": 3, "date": 0, "chat": updates.private_chat(ANN)}, TelegramMessage)
DATA = st.one_of(
    st.text(max_size=64).filter(lambda text: len(text.encode("utf-8", "replace")) <= 64),
    st.builds(
        lambda prefix, rest: f"{prefix}{rest}"[:64],
        st.sampled_from(["a:", "m:", "n:", "p:", "c:", "r:", "h:", "f:", "f:+:", "f:-:", "c:#", "r:#"]),
        st.one_of(st.text(max_size=20), st.integers().map(str), st.text("0123456789", min_size=9, max_size=14)),
    ),
)


@example(carried=f"a:{'9' * 11}", message=SHOWN)
@example(carried=f"m:{'9' * 11}", message=None)
@example(carried="p:99999999999", message=SHOWN)
@given(carried=DATA, message=st.sampled_from([SHOWN, OLD, None]))
def test_no_press_ever_raises(context: HandlerContext, carried: str, message: Any) -> None:
    query = CallbackQuery("1", User(1001), message, carried)
    outcome = asyncio.run(press(context, query, None, 1_764_000_000.0, NoJournal()))
    assert isinstance(outcome, WorkOutcome)


@pytest.mark.parametrize("state", ["", "{}", "null", "[1]", '{"v":1}', '{"v":1,"people":{"":{"c":{"greeted":1}}}}', "\x00"])
async def test_no_memory_of_another_release_makes_a_press_fail(context: HandlerContext, state: str) -> None:
    query = CallbackQuery("1", User(1001), SHOWN, "r:driving")
    assert (await press(context, query, state, 1_764_000_000.0, NoJournal())).state


BUTTONS = ("r:starter", "c:price", "r:gone", "f:+:0", "f:-:0", "h:", "a:0", "a:120", "m:0", "m:99999999999", "n:0", "p:1", "x:")


async def test_each_button_is_answered_where_there_is_no_timeline(api: FakeBotApi, sourdough: Dialogue) -> None:
    async with open_stage(api, sourdough) as stage:
        for data in BUTTONS:
            told = await stage.tell(updates.callback(data, ANN))
            assert len(told) == (0 if data.startswith("f:+") else 1), data
            lacks = data.startswith(("a:", "m:"))
            assert all(call.text.endswith("Words for timeline none.") is lacks for call in told), data
        assert len(stage.api.calls("answerCallbackQuery")) == len(BUTTONS)
        assert await stage.storage.dead_letters(1) == ()
