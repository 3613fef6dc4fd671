"""The clinic's own account: the bot helps where people talk, and keeps silent while they do."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.channels.telegram.settings import BusinessTerms, parse_hours
from bot.channels.telegram.updates.intake import incoming_from
from bot.dialogue.state import load_state
from tests.channels.telegram.conftest import ANN, BEN, CLINIC, OWNER, Clock, Stage, buttons, open_stage
from tests.fakes.botapi import Call, updates
from tests.fakes.detector import DARK

if TYPE_CHECKING:
    from bot.dialogue.policy import Dialogue
    from tests.fakes.botapi import FakeBotApi
    from tests.fakes.botapi.state import Json

LENGTH, FIGURES = "how long does an infusion take?", "40 minutes to an hour"
DANGER, ALARM = "I just took all my pills, I want to die", "1-800-222-1222"
HOUR = 3600.0


def wrote(words: str, who: Json = ANN) -> Json:
    return updates.business_text(words, who)


def staff(words: str, to: Json = ANN) -> Json:
    return updates.business_text(words, to, owner=OWNER)


def picture(kind: str = "photo", **more: object) -> Json:
    return {"business_message": {**updates.media(kind, ANN, **more)["message"], "business_connection_id": updates.CONNECTION}}


def to_patient(calls: list[Call]) -> list[Call]:
    return [call for call in calls if call.chat == ANN["id"]]


def to_staff(calls: list[Call]) -> list[Call]:
    return [call for call in calls if call.chat == OWNER["id"] and "business_connection_id" not in call.params]


@pytest.fixture
async def account(stage: Stage) -> Stage:
    """With the clinic's account connected."""
    await stage.tell(updates.business_connection(OWNER))
    return stage


@pytest.mark.parametrize(
    "update",
    [wrote(words) for words in (
        "yes, two hours ago", "two hours ago", "Thanks!", "thank you so much", "ok, see you tomorrow", "I weigh 70 kg", "perfect",
        "my husband will pick me up", "i feel dizzy since the infusion", "sorry, running late", "qwzx plorf", "/start",
        "/nonsense", "can you move my appointment?", "👍",
    )]
    + [picture("photo"), picture("voice"), picture("sticker"), picture("document"), picture("photo", caption="here it is")],
    ids=lambda update: update["business_message"].get("text", "media"),
)  # fmt: skip
async def test_what_is_no_question_for_it_is_left_to_people(account: Stage, update: Json) -> None:
    assert await account.tell(update) == []
    assert account.counts["stayed_silent"] == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (LENGTH, FIGURES),
        ("how long does an infusion take", FIGURES),
        ("Hi, I was wondering if I can drive home", "remainder of the day"),
        ("tell me how long an infusion takes", FIGURES),
        ("/ask how long does an infusion take?", FIGURES),
    ],
)
async def test_a_question_is_answered_while_nobody_talks(account: Stage, words: str, said: str) -> None:
    (answer,) = await account.tell(wrote(words))
    assert said in answer.text
    assert (answer.chat, answer.params["business_connection_id"]) == (ANN["id"], updates.CONNECTION)
    assert account.say("button_ask_clinic") not in dict(buttons(answer)), "they write to the clinic already"


async def test_what_it_asks_back_can_be_answered_in_words(account: Stage) -> None:
    (asked,) = await account.tell(wrote("how often"))
    assert any(data.startswith("c:") for _, data in buttons(asked))
    (picked,) = await account.tell(wrote("the first one"))
    assert "Source" in picked.text


async def test_while_people_talk_it_is_silent_and_then_answers_again(account: Stage) -> None:
    assert await account.tell(staff("When did it end?"), wrote("yes, two hours ago"), wrote(LENGTH)) == []
    account.clock.ahead += 11 * HOUR
    later = {**wrote(LENGTH)["business_message"], "date": int(account.clock())}
    assert await account.tell({"business_message": later}) == []
    account.clock.ahead += 2 * HOUR
    later = {**wrote(LENGTH)["business_message"], "date": int(account.clock())}
    (answer,) = await account.tell({"business_message": later})
    assert FIGURES in answer.text


async def test_who_asks_there_to_be_forgotten_is(account: Stage) -> None:
    await account.tell(wrote(LENGTH), staff("hello"))
    assert await account.tell(wrote("please delete all my data")) == []
    memory = load_state(await account.storage.load(account.key(id=f"b{updates.CONNECTION}:{ANN['id']}")))
    assert memory.participant("").conversation.topics == ()
    assert await account.tell(wrote(LENGTH)) == [], "the clinic still writes with her"


async def test_each_word_of_the_clinic_begins_the_silence_anew(account: Stage) -> None:
    for _ in range(3):
        await account.tell({"business_message": {**staff("hello")["business_message"], "date": int(account.clock())}})
        account.clock.ahead += 8 * HOUR
        asked = {**wrote(LENGTH)["business_message"], "date": int(account.clock())}
        assert await account.tell({"business_message": asked}) == []


@pytest.mark.parametrize(
    ("hours", "answered"),
    [("00:00-24:00", True), ("mon-sun 00:00-12:00, 12:00-00:00", True), ("{before}", False), ("{now}", True)],
)
async def test_outside_of_its_hours_only_danger_is_answered(
    api: FakeBotApi, dialogue: Dialogue, hours: str, answered: bool
) -> None:
    now = datetime.now(Clock.zone)
    spans = {
        "now": (now - timedelta(minutes=2), now + timedelta(minutes=9)),
        "before": (now + timedelta(hours=2), now - timedelta(hours=2)),
    }
    said = hours.format(**{name: f"{start:%H:%M}-{end:%H:%M}" for name, (start, end) in spans.items()})
    async with open_stage(api, dialogue, terms=BusinessTerms(hours=parse_hours(said))) as stage:
        await stage.tell(updates.business_connection(OWNER))
        assert len(await stage.tell(wrote(LENGTH))) == int(answered)
        assert len(to_patient(await stage.tell(wrote(DANGER)))) == 1


async def test_that_they_talk_with_one_silences_it_for_no_other(account: Stage) -> None:
    await account.tell(staff("hello", ANN))
    (answer,) = await account.tell(wrote(LENGTH, BEN))
    assert answer.chat == BEN["id"]


async def test_what_the_bot_wrote_itself_is_no_word_of_the_clinic(account: Stage) -> None:
    own = staff("It takes 40 minutes to an hour.")
    own["business_message"]["sender_business_bot"] = updates.BOT
    await account.tell(own)
    assert len(await account.tell(wrote(LENGTH))) == 1


@pytest.mark.parametrize("talking", [False, True], ids=["nobody talks", "people talk"])
async def test_danger_is_answered_and_shown_to_the_clinic(account: Stage, talking: bool) -> None:
    if talking:
        await account.tell(staff("How are you?"))
    said = await account.tell(wrote(DANGER))
    (alarm,), (notice,) = to_patient(said), to_staff(said)
    assert ALARM in alarm.text
    assert said.index(alarm) < said.index(notice), "the patient first"
    assert notice.text == account.say("telegram_staff_alarm", name="Ann")
    assert f'<a href="tg://user?id={ANN["id"]}">Ann</a>' in notice.params["text"]
    assert DANGER not in notice.text


async def test_in_a_picture_danger_is_heard_too(account: Stage) -> None:
    said = await account.tell(picture(caption=DANGER))
    assert [len(to_patient(said)), len(to_staff(said))] == [1, 1]


async def test_what_follows_an_alarm_is_answered_and_shown_once(account: Stage) -> None:
    await account.tell(wrote(DANGER))
    said = await account.tell(wrote("ok"), wrote("nobody picks up"))
    assert len(to_patient(said)) == 2
    assert to_staff(said) == []
    assert len(to_staff(await account.tell(wrote("I will kill myself now")))) == 1


async def test_a_check_in_comes_where_nobody_talks_and_the_clinic_sees_it(api: FakeBotApi, listening: Dialogue) -> None:
    async with open_stage(api, listening) as stage:
        await stage.tell(updates.business_connection(OWNER))
        said = await stage.tell(wrote(DARK))
        assert [len(to_patient(said)), len(to_staff(said))] == [1, 1]
        (asked,) = to_patient(said)
        assert "988" in asked.text
    async with open_stage(api, listening) as stage:
        await stage.tell(updates.business_connection(OWNER), staff("I am here. What is it?"))
        said = await stage.tell(wrote(DARK))
        assert [len(to_patient(said)), len(to_staff(said))] == [0, 1]
        assert to_staff(said)[0].text == stage.say("telegram_staff_care", name="Ann")
        # Nobody asked whether they are safe: "no" answers somebody else. And the clinic is shown it once.
        assert await stage.tell(wrote("no"), wrote(DARK)) == []


async def test_a_clinic_that_has_no_chat_with_the_bot_keeps_no_patient_waiting(account: Stage) -> None:
    account.api.set_chat(updates.private_chat(OWNER), problem="blocked")
    said = await account.tell(wrote(DANGER))
    assert [len(to_patient(said)), len(to_staff(said))] == [1, 0]
    assert await account.storage.dead_letters(1) == ()
    assert len(to_patient(await account.tell(wrote("ok")))) == 1, "what was heard is remembered"


async def test_a_notice_that_fails_is_sent_later_and_the_alarm_not_again(api: FakeBotApi, dialogue: Dialogue) -> None:
    async with open_stage(api, dialogue, patience=300) as stage:  # a wait of a second puts the update off
        await stage.tell(updates.business_connection(OWNER))
        fault = api.fault("flood", methods="sendMessage", chat=OWNER["id"], times=1, seconds=1)
        said = await stage.tell(wrote(DANGER))
        assert (fault.hits, stage.counts["send_later"] >= 1) == (1, True)
        assert [len(to_patient(said)), len(to_staff(said))] == [1, 1]


async def test_without_the_right_to_answer_danger_is_shown_to_the_clinic(stage: Stage) -> None:
    await stage.tell(updates.business_connection(OWNER, can_reply=False))
    said = await stage.tell(wrote(LENGTH), wrote(DANGER))
    assert to_patient(said) == []
    assert [call.text for call in to_staff(said)] == [stage.say("telegram_staff_unanswered", name="Ann")]


@pytest.mark.parametrize("reply", [True, False], ids=["may answer", "may not"])
async def test_danger_that_overtakes_is_shown_once(stage: Stage, api: FakeBotApi, reply: bool) -> None:
    await stage.tell(updates.business_connection(OWNER, can_reply=reply))
    api.fault("delay", methods=("sendMessage", "getBusinessConnection"), times=2, seconds=0.2)
    said = await stage.tell(*(wrote(LENGTH) for _ in range(5)), wrote(DANGER), staff("I want to die, she said?"))
    assert [ALARM in call.text for call in to_patient(said)].count(True) == int(reply)
    assert len(to_staff(said)) == 1


@pytest.mark.parametrize(("written", "heard"), [(wrote(DANGER), True), (staff(DANGER), False), (wrote(LENGTH), False)])
async def test_without_a_store_the_danger_of_a_patient_is_answered(account: Stage, written: Json, heard: bool) -> None:
    (entry,) = account.api.inject(written, force=True)
    update = incoming_from(entry.update, CLINIC, account.clock())
    assert await account.telegram.answer_urgent(update) is heard
    said = account.seen(0)
    assert [len(to_patient(said)), len(to_staff(said))] == [int(heard), int(heard)]


async def test_what_the_clinic_writes_is_no_danger(account: Stage) -> None:
    assert await account.tell(staff("If you want to die, call 988. Do you want to kill yourself?")) == []


async def test_danger_in_an_edit_is_heard(account: Stage) -> None:
    slip = wrote("hello")
    await account.tell(slip)
    said = await account.tell(updates.edited(slip, DANGER, after=7200))
    assert [len(to_patient(said)), len(to_staff(said))] == [1, 1]


async def test_a_pressed_button_is_answered_while_people_talk(account: Stage) -> None:
    (answer,) = await account.tell(wrote(LENGTH))
    await account.tell(staff("hello"))
    related = next(label for label, data in buttons(answer) if data.startswith("r:"))
    (more,) = await account.press(related, answer)
    assert more.params["business_connection_id"] == updates.CONNECTION


# -- rights, and who knows of them -----------------------------------------------------------------------------------


async def test_each_process_knows_what_one_was_told(api: FakeBotApi, dialogue: Dialogue, tmp_path: Path) -> None:
    url, clock = f"sqlite:///{tmp_path / 'bot.db'}", Clock()
    async with open_stage(api, dialogue, url, clock) as one:
        await one.tell(updates.business_connection(OWNER, can_reply=False))
        assert await one.tell(wrote(LENGTH)) == []
    async with open_stage(api, dialogue, url, clock, owner="two") as two:
        await two.tell(updates.business_connection(OWNER))
    async with open_stage(api, dialogue, url, clock) as one:
        assert len(await one.tell(wrote(LENGTH))) == 1
        await one.tell(updates.business_connection(OWNER, enabled=False))
    async with open_stage(api, dialogue, url, clock, owner="two") as two:
        before = len(api.calls("sendMessage"))
        await two.tell(wrote(LENGTH, BEN))
        assert len(api.calls("sendMessage")) == before
    assert not api.calls("getBusinessConnection")


async def test_a_process_at_work_hears_of_a_right_that_another_was_told_of(
    api: FakeBotApi, dialogue: Dialogue, tmp_path: Path
) -> None:
    url, clock = f"sqlite:///{tmp_path / 'bot.db'}", Clock()
    async with open_stage(api, dialogue, url, clock) as one, open_stage(api, dialogue, url, clock, owner="two") as two:
        await one.tell(updates.business_connection(OWNER, can_reply=False))
        for process in (one, two):
            assert await process.tell(wrote(LENGTH)) == []
        await two.tell(updates.business_connection(OWNER))
        assert len(await one.tell(wrote(LENGTH))) == 1


async def test_what_nobody_was_told_of_is_asked_for_again_after_a_while(stage: Stage) -> None:
    stage.api.state.business[updates.CONNECTION] = updates.business_connection(OWNER, can_reply=False)["business_connection"]
    assert await stage.tell(wrote(LENGTH)) == []
    stage.api.state.business[updates.CONNECTION] = updates.business_connection(OWNER)["business_connection"]
    stage.clock.ahead += 61
    assert len(await stage.tell(wrote(LENGTH))) == 1


async def test_no_name_is_kept_of_who_connected_it(account: Stage) -> None:
    kept = await account.storage.load(account.key(id=f"c{updates.CONNECTION}"))
    assert kept is not None
    assert OWNER["first_name"] not in kept
