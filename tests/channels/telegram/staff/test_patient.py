"""A patient and the staff on Telegram, as both see it: the offer, the talk in both directions, danger in it, its end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.channels.telegram.settings import NAME
from bot.delivery.handoff.handoffs import Handoffs, Places
from bot.dialogue.policy import Dialogue
from bot.knowledge.overlay.clinic import Holiday, OpeningHours
from tests.channels.telegram.conftest import ANN, BEN, CLINIC, Stage, buttons, open_stage
from tests.fakes.botapi import Call, FakeBotApi, updates
from tests.fakes.botapi.state import Json

FORUM = updates.FORUM
EVA, TOM = updates.user(2001, "Eva"), updates.user(2002, "Tom")
QUESTION, DANGER = "can you refill my prescription?", "I just took all my pills, I want to die"


@pytest.fixture
async def staffed(api: FakeBotApi, clinical: Dialogue) -> AsyncIterator[Stage]:
    # The group is there before the bot writes to it.
    async with open_stage(api, clinical, group=FORUM) as found:
        await found.tell(updates.group_text("good morning", updates.group_chat(FORUM), EVA))
        yield found


def in_topic(words: str, topic: int, who: Json = EVA, **content: Any) -> Json:
    return updates.group_text(words, updates.group_chat(FORUM), who, topic, **content)


def to(calls: list[Call], chat: int) -> list[str]:
    return [call.text for call in calls if call.chat == chat]


async def begun(stage: Stage, who: Json = ANN, question: str = QUESTION) -> int:
    """A talk that ``who`` agreed to; its topic."""
    (reply,) = await stage.tell(updates.text(question, who))
    (offer,) = await stage.press(stage.say("button_write_to_clinic"), reply, who)
    calls = await stage.press(stage.say("button_pass_on"), offer, who)
    (opened,) = [call for call in calls if call.chat == FORUM and "language:" in call.text]
    return int(opened.params["message_thread_id"])


async def test_what_is_offered_says_what_is_passed_on_and_nothing_is_before_they_agree(staffed: Stage) -> None:
    (reply,) = await staffed.tell(updates.text(QUESTION))
    offers = await staffed.press(staffed.say("button_write_to_clinic"), reply)
    assert to(offers, FORUM) == []
    assert to(offers, 1001)[0].startswith(staffed.say("telegram_staff_offer")[:40])
    assert "911" in to(offers, 1001)[0]
    told = await staffed.press(staffed.say("button_not_now"), offers[0])
    assert to(told, FORUM) == []
    assert staffed.say("telegram_staff_declined") in to(told, 1001)[0]


async def test_the_question_and_what_follows_go_to_a_topic_and_answers_come_back(staffed: Stage) -> None:
    (reply,) = await staffed.tell(updates.text(QUESTION))
    (offer,) = await staffed.press(staffed.say("button_write_to_clinic"), reply)
    calls = await staffed.press(staffed.say("button_pass_on"), offer)
    opened, asked = [call for call in calls if call.chat == FORUM]
    assert "asked what only the clinic knows" in opened.text
    assert "1001" not in opened.text
    assert "Ann" not in opened.text
    assert asked.text == QUESTION
    assert to(calls, 1001) == [staffed.say("telegram_staff_open")]
    topic = int(asked.params["message_thread_id"])

    calls = await staffed.tell(updates.text("how long does an infusion take?"))
    assert (to(calls, 1001), to(calls, FORUM)) == ([], ["how long does an infusion take?"]), "the bot is silent"

    calls = await staffed.tell(in_topic("About an hour with us.", topic))
    assert to(calls, 1001) == ["Lakeside:\nAbout an hour with us."]

    calls = await staffed.tell(in_topic("/close", topic))
    assert to(calls, 1001) == [staffed.say("staff_closed")]
    assert to(calls, FORUM) == ["Eva has closed it. The bot answers again."]
    (reply,) = await staffed.tell(updates.text("how long does an infusion take?"))
    assert "40 minutes" in reply.text


async def test_pictures_and_files_go_both_ways(staffed: Stage) -> None:
    topic = await begun(staffed)
    photo = [{"file_id": "p", "file_unique_id": "u", "width": 9, "height": 9}]
    sent = updates.message(updates.private_chat(ANN), ANN, photo=photo, caption="my arm")
    (copy,) = await staffed.tell({"message": sent})
    assert (copy.method, copy.chat, copy.text) == ("copymessage", FORUM, "my arm")
    answer = updates.message(
        updates.group_chat(FORUM),
        EVA,
        document={"file_id": "d", "file_unique_id": "v"},
        message_thread_id=topic,
        is_topic_message=True,
    )
    name, copied = await staffed.tell({"message": answer})
    assert (name.text, copied.method, copied.chat) == ("Lakeside:", "copymessage", 1001)


async def test_danger_is_answered_at_once_and_marked(staffed: Stage) -> None:
    await begun(staffed)
    calls = await staffed.tell(updates.text(DANGER))
    (alarm,) = to(calls, 1001)
    assert "911" in alarm
    assert to(calls, FORUM)[0] == DANGER
    assert to(calls, FORUM)[1].startswith("⚠️ Danger was heard")


async def test_an_alarm_reaches_the_staff_without_a_word_of_it_and_they_can_write_first(staffed: Stage) -> None:
    calls = await staffed.tell(updates.text(DANGER))
    (alarm,) = [call for call in calls if call.chat == FORUM]
    assert alarm.text.startswith("⚠️ Danger was heard (")
    assert "pills" not in alarm.text
    calls = await staffed.press("Write to this person", alarm, EVA)
    assert to(calls, 1001) == [staffed.say("telegram_staff_reached_out")]
    (opened, *_) = [call for call in calls if call.chat == FORUM]
    calls = await staffed.tell(in_topic("Hello, this is the clinic.", int(opened.params["message_thread_id"])))
    assert to(calls, 1001) == ["Lakeside:\nHello, this is the clinic."]


async def test_the_patient_can_leave_and_forgetting_leaves_too(staffed: Stage) -> None:
    topic = await begun(staffed)
    calls = await staffed.tell(updates.text("/forget"))
    assert to(calls, FORUM) == ["The patient has ended it. The bot answers again."]
    assert (await staffed.storage.kept(staffed.key())).handed_over == 0
    calls = await staffed.tell(in_topic("are you there?", topic))
    assert to(calls, 1001) == []
    topic = await begun(staffed)
    (last,) = [call for call in staffed.seen(0) if call.chat == 1001 and staffed.say("button_end_talk") in dict(buttons(call))][
        -1:
    ]
    calls = await staffed.press(staffed.say("button_end_talk"), last)
    assert to(calls, 1001) == [staffed.say("staff_left")]
    calls = await staffed.tell(in_topic("hello?", topic))
    assert to(calls, FORUM) == ["This talk is over. Nothing was sent, and the bot answers the patient."]


async def test_two_of_the_staff_do_not_answer_twice(staffed: Stage) -> None:
    topic = await begun(staffed)
    await staffed.tell(in_topic("I am on it.", topic, EVA))
    calls = await staffed.tell(in_topic("So am I.", topic, TOM))
    assert to(calls, 1001) == []
    (refused,) = [call for call in calls if call.chat == FORUM]
    assert refused.text.startswith("Eva (Telegram 2001) answers this patient.")
    await staffed.press("Take over", refused, TOM)
    assert to(await staffed.tell(in_topic("Now I am.", topic, TOM)), 1001) == ["Lakeside:\nNow I am."]
    assert to(await staffed.tell(in_topic("And I?", topic, EVA)), 1001) == []


async def test_three_patients_and_two_of_the_staff_at_once(staffed: Stage) -> None:
    people = [ANN, BEN, updates.user(1003, "Cat")]
    topics = {who["id"]: await begun(staffed, who, f"can you refill my prescription q{who['id']}") for who in people}
    assert len({*topics.values()}) == 3
    before = len(staffed.api.calls())
    told = [
        *(updates.text(f"canary-p{who['id']}-{n}", who) for n in range(3) for who in people),
        *(in_topic(f"canary-s{id}-{n}", topic, EVA if id != 1002 else TOM) for n in range(3) for id, topic in topics.items()),
    ]
    await staffed.tell(*told)
    calls = staffed.seen(before)
    for id, topic in topics.items():
        said = [call.text for call in calls if call.chat == FORUM and call.params.get("message_thread_id") == str(topic)]
        assert [text for text in said if "canary" in text] == [f"canary-p{id}-{n}" for n in range(3)]
        assert [text for text in to(calls, id) if "canary" in text] == [f"Lakeside:\ncanary-s{id}-{n}" for n in range(3)]


async def test_what_the_staff_say_among_themselves_stays_there(staffed: Stage) -> None:
    await begun(staffed)
    for told in (
        in_topic("she wants to die, what do we do?", 0),
        in_topic("how long does an infusion take?", 0),
        updates.group_text("#ABCD is mine", updates.group_chat(FORUM), EVA),
    ):
        assert await staffed.tell(told) == []


async def test_a_stranger_cannot_press_what_is_for_the_staff(staffed: Stage) -> None:
    await begun(staffed)
    (opened,) = [call for call in staffed.seen(0) if call.chat == FORUM and "language:" in call.text]
    data = dict(buttons(opened))["Close"]
    calls = await staffed.tell(updates.callback(data, BEN))
    assert not [call for call in calls if "closed" in call.text]
    (one,) = await staffed.telegram.context().staff.handoffs.listing()  # type: ignore[union-attr]
    assert one.state == "open"


async def test_old_buttons_do_no_harm(staffed: Stage) -> None:
    (reply,) = await staffed.tell(updates.text(QUESTION))
    (offer,) = await staffed.press(staffed.say("button_write_to_clinic"), reply)
    await staffed.press(staffed.say("button_pass_on"), offer)
    calls = await staffed.press(staffed.say("button_pass_on"), offer)
    assert to(calls, FORUM) == [], "pressed twice, it begins once"
    (one,) = await staffed.telegram.context().staff.handoffs.listing()  # type: ignore[union-attr]
    await staffed.tell(in_topic("/close", int(one.place[2:])))
    (again,) = await staffed.press(staffed.say("button_pass_on"), offer)
    assert staffed.say("button_pass_on") in dict(buttons(again)), "a talk that is over is offered anew"


async def test_an_edit_of_the_staffs_reaches_nobody_and_says_so(staffed: Stage) -> None:
    topic = await begun(staffed)
    said = in_topic("thre hours", topic)
    await staffed.tell(said)
    calls = await staffed.tell(updates.edited(said, "three hours"))
    assert (to(calls, 1001), to(calls, FORUM)) == ([], ["The change does not reach the patient. Write it as a new message."])


async def test_a_group_without_topics_answers_by_replies(api: FakeBotApi, clinical: Dialogue) -> None:
    group = updates.group_chat(updates.SUPERGROUP)
    async with open_stage(api, clinical, group=updates.SUPERGROUP) as stage:
        await stage.tell(updates.group_text("good morning", group, EVA))
        (reply,) = await stage.tell(updates.text(QUESTION))
        (offer,) = await stage.press(stage.say("button_write_to_clinic"), reply)
        calls = await stage.press(stage.say("button_pass_on"), offer)
        *_, asked = [call for call in calls if call.chat == updates.SUPERGROUP]
        assert asked.text.endswith(QUESTION)
        answer = updates.group_text("Yes, we can.", group, EVA, reply_to_message=stage.message(asked))
        assert to(await stage.tell(answer), 1001) == ["Lakeside:\nYes, we can."]
        assert await stage.tell(updates.group_text("coffee?", group, TOM)) == []


@pytest.mark.parametrize(
    ("opening", "said"),
    [
        pytest.param(OpeningHours(((),) * 7), "Nobody is there for now", id="never"),
        pytest.param(
            OpeningHours((((480, 481),),) * 7, (Holiday(date(2020, 1, 1), date(2099, 1, 1), "x"),)), "for now", id="holidays"
        ),
        pytest.param(OpeningHours((((0, 1440),),) * 7), "", id="open"),
    ],
)
async def test_out_of_hours_the_offer_says_when_they_are_back(
    api: FakeBotApi, clinical: Dialogue, opening: OpeningHours, said: str
) -> None:
    clinic = replace(clinical.knowledge.clinic, hours=opening)
    async with open_stage(api, Dialogue(replace(clinical.knowledge, clinic=clinic), clinical.matcher), group=FORUM) as stage:
        await stage.tell(in_topic("good morning", 0))
        (reply,) = await stage.tell(updates.text(QUESTION))
        (offer,) = await stage.press(stage.say("button_write_to_clinic"), reply)
        assert said in offer.text
        assert ("for now" in offer.text) == bool(said)


async def test_nobody_waits_unheard(staffed: Stage) -> None:
    await begun(staffed)
    handoffs = staffed.telegram.context().staff.handoffs  # type: ignore[union-attr]
    before = len(staffed.api.calls())
    staffed.clock.ahead += 1000
    await handoffs.remind(300, 900)
    await staffed.later(1)
    calls = staffed.seen(before)
    assert to(calls, FORUM) == ["⏰ The patient still waits for an answer."]
    assert to(calls, 1001) == [staffed.say("staff_told")]


async def test_in_groups_and_without_staff_nothing_is_offered(staffed: Stage, stage: Stage) -> None:
    group = updates.group_chat(updates.GROUP)
    (reply,) = await staffed.tell(updates.mention(QUESTION, group))
    assert staffed.say("button_write_to_clinic") not in dict(buttons(reply))
    (reply,) = await stage.tell(updates.text(QUESTION))
    assert stage.say("button_write_to_clinic") not in dict(buttons(reply))


async def test_privacy_tells_of_talks_where_there_can_be_some(staffed: Stage, stage: Stage) -> None:
    (told,) = await staffed.tell(updates.text("/privacy"))
    assert staffed.say("telegram_staff_privacy") in told.text
    (told,) = await stage.tell(updates.text("/privacy"))
    assert "staff" not in told.text


async def test_the_staff_read_what_concerns_no_patient_once(staffed: Stage) -> None:
    handoffs = Handoffs(staffed.storage, CLINIC, Places(frozenset(), NAME), staffed.clock)
    before = len(staffed.api.calls())
    for _ in range(2):  # as by two replicas
        await handoffs.tell("digest:2026-49", "3 people: frost?")
    await staffed.later(1)
    assert to(staffed.seen(before), FORUM) == ["3 people: frost?"]
