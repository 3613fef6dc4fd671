"""The agent bot as a patient and the staff see it, over sockets, on the fake Chatwoot."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from bot.channels.helpdesk import chatwoot
from bot.channels.helpdesk.chatwoot import events
from bot.channels.helpdesk.state import read_record
from bot.delivery.service import Service
from bot.dialogue.conversation import ConversationKey, Floor
from bot.dialogue.policy import Dialogue
from tests.channels.helpdesk.chatwoot.mails import ASKED as LONG_ASKED
from tests.channels.helpdesk.chatwoot.mails import MAILS
from tests.channels.helpdesk.conftest import House, Opener
from tests.fakes.chatwoot import Conversation, Message
from tests.fakes.chatwoot.server import Fault
from tests.fakes.chatwoot.state import AGENT, BOT, PATIENT
from tests.fakes.detector import DARK, HOPELESS, SORE

DANGER = "i cant do this anymore i want to end my life"
LOST = ["blorp zing canarybird", "what is the capital of France?"]
EMAIL = "Channel::Email"
LONG = "how long does an infusion take?"


async def test_a_conversation_goes_from_pending_to_open_to_resolved_and_back(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts()
        first = await here.say(talk, LONG)
        assert len(first) == 1
        assert "40 minutes" in first[0] or "minutes" in first[0]
        asked = await here.say(talk, "I want to talk to a person")
        assert talk.status == "open"
        assert here.edition.dialogue.compose.say("helpdesk_handed_over") in asked[0]
        assert len(talk.notes) == 1
        assert here.edition.knowledge.messages["helpdesk_note_person"] in talk.notes[0]
        assert "How long" in talk.notes[0]
        here.desk.agent(talk, "Hello, this is the nurse. What can I do?")
        assert await here.say(talk, "can I drive home?") == []
        here.desk.sets(talk, "resolved")
        await here.idle()
        assert await here.state(talk) is None
        again = await here.say(talk, "can I drive home?")
        assert talk.status == "pending"
        assert len(again) == 1
        assert here.edition.dialogue.compose.say("disclaimer") in again[0]
    assert here.counts["handed_over"] == 1
    assert here.counts["stayed_silent"] == 1


async def test_who_is_not_understood_twice_gets_a_person(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts()
        await here.say(talk, LOST[0])
        assert talk.status == "pending"
        await here.say(talk, LOST[1])
        assert talk.status == "open"
        assert here.edition.knowledge.messages["helpdesk_note_lost"] in talk.notes[0]
        assert not any(word in note for note in talk.notes for word in ("canarybird", "France"))


async def test_danger_is_answered_first_then_the_staff_are_told(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts()
        told = await here.say(talk, DANGER)
        alarm = here.edition.dialogue.urgent(DANGER)
        assert alarm is not None
        assert told == [alarm.text]
        assert [call.method for call in here.desk.calls] == ["messages", "toggle_status", "messages", "toggle_priority"]
        assert (talk.status, talk.priority) == ("open", "urgent")
        assert "URGENT" in talk.notes[0]


async def test_danger_does_not_wait_for_what_the_help_desk_put_off(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts()
        here.desk.faults.append(Fault(1, 429, headers={"Retry-After": "90"}))
        here.desk.writes(talk, "how long does an infusion take?")
        while here.desk.faults:
            await asyncio.sleep(0.005)
        alarm = here.edition.dialogue.urgent(DANGER)
        assert alarm is not None
        here.desk.writes(talk, DANGER)
        while not talk.shown:
            await asyncio.sleep(0.005)
        assert [one.content for one in talk.shown] == [alarm.text]
        await here.idle(30)
        assert [one.content for one in talk.shown].count(alarm.text) == 1
        assert talk.status == "open"


# -- what may be danger, despair, a symptom ---------------------------------------------------------------------------


async def test_a_check_in_is_shown_to_the_staff_and_handed_over_when_the_answer_is_no(house: Opener, listening: Dialogue) -> None:
    async with house(speaks=listening) as here:
        talk, words = here.desk.starts(), here.edition.knowledge.messages
        await here.say(talk, DARK)
        message = talk.shown[-1]
        assert [one["value"] for one in message.attributes["items"]] == ["care:safe", "care:unsure", "care:unsafe"]
        assert "988" in (message.content or "")
        assert "I am safe" not in (message.content or "")
        assert talk.status == "pending"
        assert talk.notes == [words["helpdesk_heard_check"].format(kind=words["helpdesk_danger_self_harm"])]
        here.desk.chooses(talk, message, "care:unsafe")
        await here.idle()
        assert "911" in (talk.shown[-1].content or "")
        assert (talk.status, talk.priority) == ("open", "urgent")
        assert words["helpdesk_danger_not_safe"] in talk.notes[1]
        assert words["helpdesk_danger_self_harm"] in talk.notes[1]
        assert words["helpdesk_stage_alarm"] in talk.notes[1]
        assert not any("not being here" in note for note in talk.notes)


async def test_who_is_safe_keeps_the_bot(house: Opener, listening: Dialogue) -> None:
    async with house(speaks=listening) as here:
        talk, words = here.desk.starts(), here.edition.knowledge.messages
        await here.say(talk, DARK)
        here.desk.chooses(talk, talk.shown[-1], "care:safe")
        await here.idle()
        assert talk.notes[1] == words["helpdesk_heard_safe"]
        assert talk.status == "pending"
        await here.say(talk, "I want to talk to a person")
        assert words["helpdesk_stage_safe"] in talk.notes[2]


async def test_a_check_in_is_answered_by_its_number_where_the_inbox_shows_no_choices(house: Opener, listening: Dialogue) -> None:
    async with house(speaks=listening) as here:
        talk = here.desk.starts("Channel::Whatsapp")
        assert "\n3. No, I am not safe" in (await here.say(talk, DARK))[0]
        assert "911" in (await here.say(talk, "3"))[0]
        assert (talk.status, talk.priority) == ("open", "urgent")


async def test_a_choice_that_one_is_not_safe_is_answered_while_a_person_has_the_conversation(
    house: Opener, listening: Dialogue
) -> None:
    async with house(speaks=listening) as here:
        talk = here.desk.starts()
        await here.say(talk, DARK)
        asked = talk.shown[-1]
        here.desk.sets(talk, "open")
        here.desk.chooses(talk, asked, "care:unsafe")
        await here.idle()
        assert len(talk.shown) == 2
        assert "URGENT" in talk.notes[-1]


async def test_danger_while_a_person_has_the_conversation_is_not_answered_twice_in_the_same_words(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts()
        here.desk.sets(talk, "open")
        (first,), (second,) = [await here.say(talk, DANGER) for _ in range(2)]
        assert first != second
        assert "911" in second
        assert here.edition.knowledge.messages["helpdesk_stage_alarm"] in talk.notes[1]


async def test_despair_is_shown_to_the_staff_and_the_bot_goes_on(house: Opener, listening: Dialogue) -> None:
    async with house(speaks=listening) as here:
        talk = here.desk.starts()
        (told,) = await here.say(talk, HOPELESS)
        assert "988" in told
        assert talk.status == "pending"
        assert talk.notes == [here.edition.knowledge.messages["helpdesk_heard_despair"]]


async def test_a_symptom_for_the_clinic_goes_to_the_clinic(house: Opener, listening: Dialogue) -> None:
    """The patient is sent to the clinic today, and the staff are the clinic: they get it, and not as if they were asked for."""
    async with house(speaks=listening) as here:
        talk, words = here.desk.starts(), here.edition.knowledge.messages
        (told,) = await here.say(talk, SORE)
        assert "call your clinic today" in told
        assert words["helpdesk_handed_over"] in told
        assert (talk.status, talk.priority) == ("open", None)
        assert words["helpdesk_heard_today"] in talk.notes[0]
        assert words["helpdesk_note_person"] not in talk.notes[0]


@pytest.mark.parametrize("status", ["open", "snoozed"])
async def test_danger_is_answered_while_a_person_has_the_conversation(house: Opener, status: str) -> None:
    async with house() as here:
        talk = here.desk.starts()
        here.desk.sets(talk, status)
        assert await here.say(talk, LONG) == []
        assert len(await here.say(talk, DANGER)) == 1
        assert "URGENT" in talk.notes[0]
        assert talk.priority == "urgent"


async def test_choices_can_be_picked_where_the_inbox_shows_them(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts()
        await here.say(talk, LONG)
        message = talk.shown[-1]
        assert message.content_type == "input_select"
        items = message.attributes["items"]
        assert items[0]["title"] not in (message.content or "")
        here.desk.chooses(talk, message, items[0]["value"])
        await here.idle()
        assert len(talk.shown) == 2
        here.desk.changes(talk, message)  # it was read: told once more, with the answer in it
        await here.idle()
        assert len(talk.shown) == 2


async def test_choices_are_words_where_the_inbox_shows_none(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts("Channel::Whatsapp")
        await here.say(talk, LONG)
        assert talk.shown[-1].content_type == "text"
        related = here.edition.knowledge.topics
        assert any(one.question in (talk.shown[-1].content or "") for one in related)


async def test_a_select_that_is_refused_is_said_in_words(house: Opener) -> None:
    async with house() as here:
        here.desk.faults.append(Fault(1, 422))
        talk = here.desk.starts()
        assert len(await here.say(talk, LONG)) == 1
        assert talk.shown[-1].content_type == "text"


async def test_files_get_a_line(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts()
        told = await here.say(talk, None, attachments=[{"file_type": "image", "data_url": "https://x.test/1.png"}])
        assert told == [here.edition.knowledge.messages["helpdesk_media"]]
        assert await here.say(talk, None) == []


@pytest.mark.parametrize(("private", "status"), [(True, "pending"), (False, "open")])
async def test_staff_who_answer_take_the_conversation(house: Opener, private: bool, status: str) -> None:
    async with house() as here:
        talk = here.desk.starts()
        here.desk.agent(talk, "I am here: can I drive home?", private)
        await here.idle()
        assert talk.shown == []
        assert talk.status == status
        assert len(await here.say(talk, LONG)) == (1 if private else 0)


async def test_what_was_written_before_the_hand_over_stays_the_persons(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts()
        here.desk.writes(talk, "I want to talk to a person")
        here.desk.writes(talk, LONG)  # told as pending, as it still is
        await here.idle()
        assert len(talk.shown) == 1
        here.desk.sets(talk, "pending")
        assert len(await here.say(talk, LONG)) == 1


async def test_after_a_hand_over_it_begins_anew_to_count(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts()
        for status in ("pending", "open"):
            await here.say(talk, LOST[0])
            assert talk.status == status
        here.desk.sets(talk, "pending")
        for status in ("pending", "open"):
            await here.say(talk, LOST[1])
            assert talk.status == status


async def test_who_took_it_by_themselves_ends_no_row(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts()
        await here.say(talk, LOST[0])
        here.desk.agent(talk, "I am here.")
        await here.idle()
        assert await here.say(talk, LOST[1]) == []
        here.desk.sets(talk, "pending")
        assert len(await here.say(talk, LOST[1])) == 1
        assert talk.status == "open"
        assert here.edition.knowledge.messages["helpdesk_note_lost"] in talk.notes[0]


async def test_the_floor_is_kept_with_the_conversation(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts()
        await here.say(talk, "I want to talk to a person")
        handed = read_record(await here.state(talk)).conversation.floor
        assert handed == Floor("staff", talk.messages[-1].id)  # the note
        here.desk.sets(talk, "pending")
        await here.say(talk, LONG)
        assert read_record(await here.state(talk)).conversation.floor == Floor("bot", handed.since)


async def test_a_row_from_before_it_stood_in_the_conversation_goes_on(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts()
        key = ConversationKey("default", chatwoot.CHANNEL.name, f"1:{talk.id}")
        await here.storage.save(key, r'{"v":1,"m":"{\"v\":1,\"people\":{}}","unhelped":1,"taken":0,"said":[]}')
        await here.say(talk, LOST[0])
        assert talk.status == "open"


async def test_who_took_it_meanwhile_is_asked_where_a_bot_may_ask(house: Opener) -> None:
    async with house(readable=True) as here:
        here.ahead[0] = 60.0
        talk = here.desk.starts()
        here.desk.writes(talk, LONG)
        talk.status = "open"
        await here.idle()
        assert talk.shown == []
        other = here.desk.starts()
        assert len(await here.say(other, LONG)) == 1


async def test_what_comes_again_is_answered_once(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts()
        assert len(await here.say(talk, LONG, copies=3)) == 1
        job = here.desk.webhooks.jobs[0]
        job.id = "another-delivery"
        here.desk.webhooks.again(job)
        await here.idle()
        assert len(talk.shown) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_an_api_that_is_away_is_waited_for(house: Opener, status: int) -> None:
    async with house() as here:
        here.desk.faults.append(Fault(4, status, headers={"Retry-After": "1"}))
        talk = here.desk.starts()
        assert len(await here.say(talk, LONG)) == 1


async def test_an_answer_with_an_unknown_outcome_is_repeated_once(house: Opener) -> None:
    async with house() as here:
        here.desk.faults.append(Fault(2, drop=True))
        talk = here.desk.starts()
        assert len(await here.say(talk, LONG)) == 2
    assert here.counts["send_unknown"] == 2
    assert here.counts["send_repeated"] == 1
    assert here.counts["send_given_up"] == 1


async def test_an_api_that_hangs_is_left(house: Opener) -> None:
    async with house() as here:
        here.desk.faults.append(Fault(1, 502, seconds=3))
        talk = here.desk.starts()
        assert len(await here.say(talk, LONG)) == 1
    assert here.counts["send_unknown"] == 1


@pytest.mark.parametrize(("status", "reason"), [(401, "forbidden"), (404, "not_found"), (302, "redirected"), (422, "refused")])
async def test_what_is_refused_for_good_goes_to_a_person(house: Opener, status: int, reason: str) -> None:
    async with house() as here:
        here.desk.faults.append(Fault(1 if status != 422 else 2, status))
        talk = here.desk.starts()
        await here.say(talk, LONG)
        assert talk.status == "open"
        letters = await here.storage.dead_letters(5)
        assert [letter.reason for letter in letters] == [reason]


async def test_a_message_that_breaks_the_bot_goes_to_a_person(house: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(*_: object) -> None:
        raise RuntimeError

    async with house() as here:
        monkeypatch.setattr(Service, "turn", breaks)  # no words are known that do it
        talk = here.desk.starts()
        told = await here.say(talk, LONG)
        assert told == [here.edition.dialogue.compose.say("helpdesk_handed_over")]
        assert talk.status == "open"
        assert here.edition.knowledge.messages["helpdesk_note_failed"] in talk.notes[0]


async def test_without_a_store_danger_is_answered_and_chatwoot_comes_again(
    house: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.delivery.storage import StorageError  # noqa: PLC0415

    async with house() as here:
        take = here.storage.take

        async def fails(_: object) -> None:
            raise StorageError("away")

        monkeypatch.setattr(here.storage, "take", fails)
        talk = here.desk.starts()
        here.desk.writes(talk, DANGER)
        other = here.desk.starts()
        here.desk.writes(other, LONG)
        await here.desk.quiet()
        assert len(talk.shown) == 1
        assert talk.status == "open"
        assert other.status == "open"  # Chatwoot itself gave it to a person, after three tries
        assert [job.outcomes for job in here.desk.webhooks.jobs if job.message == other.messages[0].id] == [["500"] * 3]
        monkeypatch.setattr(here.storage, "take", take)


async def test_old_releases_that_sign_nothing_come_in_by_the_path(house: Opener) -> None:
    async with house(signs=False) as here:
        talk = here.desk.starts()
        assert len(await here.say(talk, LONG, copies=2)) == 1


async def test_nothing_about_the_patient_is_kept(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts()
        here.desk.writes(talk, f"{LONG} canarybird")
        event = events.parse_event(here.desk.webhooks.jobs[-1].body, "default", 0.0)
        assert event is not None
        assert not any(word in event.payload for word in (b"Pat", b"example.org", b"5550001111"))
        await here.idle()
        state = await here.state(talk)
    assert state is not None
    assert "canarybird" not in state
    assert json.loads(state)["v"] == 1
    assert event.key.channel == chatwoot.CHANNEL.name


async def test_knowledge_on_another_topic_answers(house: Opener, sourdough: Dialogue) -> None:
    async with house(speaks=sourdough) as here:
        talk = here.desk.starts()
        for said in ("How often do I feed it?", "/timeline", "my infusion ended an hour ago"):
            assert len(await here.say(talk, said)) == 1, said
        message = next(one for one in talk.shown if one.content_type == "input_select")
        before = len(talk.shown)
        here.desk.sets(talk, "pending")
        here.desk.chooses(talk, message, message.attributes["items"][0]["value"])
        await here.idle()
        assert len(talk.shown) == before + 1
        assert await here.storage.dead_letters(1) == ()


# -- whose conversation it is -----------------------------------------------------------------------------------------


async def test_staff_who_answer_on_the_paired_phone_take_the_conversation(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts("Channel::Whatsapp")
        here.desk.echoes(talk, "Hello, this is the nurse, from the clinic's phone.")
        await here.idle()
        assert talk.status == "open"
        assert await here.say(talk, LONG) == []
        assert len(await here.say(talk, DANGER)) == 1
        here.desk.sets(talk, "pending")
        assert len(await here.say(talk, LONG)) == 1


async def test_a_message_that_nobody_wrote_takes_nothing(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts()
        here.desk.echoes(talk, "We are open from 9 to 5.", automation_rule_id=7)
        await here.idle()
        assert talk.status == "pending"
        assert len(await here.say(talk, LONG)) == 1


async def test_what_is_pending_and_assigned_to_a_person_is_theirs(house: Opener) -> None:
    """And it is opened, as soon as somebody waits there: pending ones are not where the staff look."""
    async with house() as here:
        talk = here.desk.starts()
        here.desk.assigns(talk, AGENT)
        assert await here.say(talk, LONG) == []
        assert talk.status == "open"
        assert len(await here.say(talk, DANGER)) == 1
        assert (talk.priority, len(talk.notes)) == ("urgent", 1)


async def test_danger_in_a_pending_conversation_of_a_person_is_answered_and_shown(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts()
        here.desk.assigns(talk, AGENT)
        assert len(await here.say(talk, DANGER)) == 1
        assert (talk.status, talk.priority) == ("open", "urgent")
        assert "URGENT" in talk.notes[0]


async def test_what_is_assigned_to_the_bot_is_the_bots(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts()
        here.desk.assigns(talk, BOT)
        assert len(await here.say(talk, LONG)) == 1


async def test_who_was_assigned_meanwhile_is_asked_where_a_bot_may_ask(house: Opener) -> None:
    async with house(readable=True) as here:
        here.ahead[0] = 60.0
        talk = here.desk.starts()
        here.desk.writes(talk, LONG)
        talk.assignee = AGENT
        await here.idle()
        assert talk.shown == []


# -- e-mail -----------------------------------------------------------------------------------------------------------


async def mailed(here: House, talk: Conversation, body: str, **how: Any) -> list[str]:
    before = len(talk.shown)
    here.desk.mails(talk, body, **how)
    await here.idle()
    return [one.content or "" for one in talk.shown[before:]]


async def test_an_email_is_read_as_mail(house: Opener) -> None:
    """What it quotes, danger in it too, was said before; its signature is nobody's question."""
    async with house() as here:
        talk = here.desk.starts(EMAIL)
        (told,) = await mailed(here, talk, MAILS["gmail"].body)
        assert "minutes" in told
        (told,) = await mailed(here, talk, f"Can I drive home?\n\n{MAILS['outlook-phone'].body.removeprefix(LONG_ASKED)}")
        assert "drive" in told
        assert talk.status == "pending"
        assert "Pat" not in (await here.state(talk) or "")


async def test_danger_in_what_is_new_of_an_email_is_heard(house: Opener) -> None:
    async with house() as here:
        for body, subject in (
            (MAILS["gmail"].body.replace(LONG_ASKED, DANGER), "Re: Your visit"),
            ("Thank you", "I want to die"),
        ):
            talk = here.desk.starts(EMAIL)
            assert len(await mailed(here, talk, body, subject=subject)) == 1
            assert talk.priority == "urgent"


async def test_an_email_in_a_conversation_of_the_widget_is_one_too(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts()
        assert "minutes" in (await mailed(here, talk, MAILS["iphone"].body))[0]
        assert talk.status == "pending"


async def test_an_automatic_reply_is_answered_by_nobody(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts(EMAIL)
        assert await mailed(here, talk, f"{LONG} {DANGER}", auto_reply=True) == []
        assert (talk.status, here.counts["ignored"]) == ("pending", 1)


async def test_equal_emails_end(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts(EMAIL)
        for number in range(2):
            assert len(await mailed(here, talk, f"Ticket {number}: {LONG}")) == 1
        assert await mailed(here, talk, f"Ticket 3: {LONG}") == []
        assert talk.status == "open"
        assert here.edition.knowledge.messages["helpdesk_note_repeats"] in talk.notes[0]
        assert await mailed(here, talk, f"Ticket 4: {LONG}") == []


async def test_danger_in_equal_emails_is_always_heard(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts(EMAIL)
        for _ in range(4):
            assert len(await mailed(here, talk, DANGER)) == 1
            here.desk.sets(talk, "pending")
            await here.idle()


async def test_who_asks_the_same_in_a_chat_is_answered(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts()
        for _ in range(4):
            assert len(await here.say(talk, LONG)) == 1


# -- forms, and conversations that are given back -------------------------------------------------------------------------

OTHERS = {"title": "Billing", "value": "billing-42"}
FIELDS = [
    {"name": "email", "type": "email", "label": "E-mail", "placeholder": "you@example.org"},
    {"name": "reason", "type": "text_area", "label": "What is it about?", "placeholder": ""},
]


def filled(reason: str) -> list[dict[str, str]]:
    return [{"name": "email", "value": "pat@example.org"}, {"name": "reason", "value": reason}]


@pytest.mark.parametrize(
    "sender", [None, BOT, {"id": 9, "name": "Other bot", "type": "agent_bot"}], ids=["none", "bot", "other-bot"]
)
@pytest.mark.parametrize(
    ("content_type", "items", "values"),
    [
        pytest.param("form", FIELDS, filled("How long does it take?"), id="form"),
        pytest.param("form", FIELDS, [], id="empty-form"),
        pytest.param("input_select", [OTHERS], [OTHERS], id="select"),
        pytest.param("input_email", [], [{"value": "pat@example.org"}], id="e-mail"),
        pytest.param("input_csat", [], {"csat_survey_response": {"rating": 1, "feedback_message": "meh"}}, id="survey"),
    ],
)
async def test_a_form_of_somebody_else_is_not_ours_to_answer(
    house: Opener, sender: dict[str, Any] | None, content_type: str, items: list[Any], values: Any
) -> None:
    async with house() as here:
        talk = here.desk.starts()
        await here.say(talk, LONG)
        asked = here.desk.asks(talk, items, content_type, sender)
        asked.attributes["items"] = items
        await here.idle()
        shown, status = len(talk.shown), talk.status
        here.desk.fills(talk, asked, values)
        await here.idle()
        assert (len(talk.shown), talk.status) == (shown, status)
        assert await here.storage.dead_letters(1) == ()


@pytest.mark.parametrize("status", ["pending", "open"])
async def test_danger_in_a_form_of_somebody_else_is_heard(house: Opener, status: str) -> None:
    async with house() as here:
        talk = here.desk.starts()
        here.desk.sets(talk, status)
        asked = here.desk.asks(talk, FIELDS, sender=None)
        here.desk.fills(talk, asked, filled(DANGER))
        await here.idle()
        assert "988" in (talk.shown[-1].content or "")
        assert (talk.status, talk.priority) == ("open", "urgent")


async def test_a_choice_that_the_knowledge_has_no_more_is_left(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts()
        await here.say(talk, LONG)
        message = talk.shown[-1]
        message.attributes["items"] = [OTHERS]
        here.desk.chooses(talk, message, OTHERS["value"])
        await here.idle()
        assert here.edition.say("choice_gone") not in [one.content for one in talk.shown]


async def test_what_waits_when_a_conversation_is_given_to_the_bot_is_answered(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts()
        here.desk.sets(talk, "open")
        assert await here.say(talk, LONG) == []
        here.desk.sets(talk, "pending")
        await here.idle()
        assert len(talk.shown) == 1
        assert "minutes" in (talk.shown[0].content or "")
        assert len(await here.say(talk, "can I drive home?")) == 1


async def test_what_waits_when_the_bot_is_assigned_is_answered(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts()
        talk.assignee = AGENT
        here.desk.writes(talk, LONG)
        await here.idle()
        talk.status = "pending"
        assert talk.shown == []
        here.desk.assigns(talk, BOT)
        await here.idle()
        assert len(talk.shown) == 1


async def test_what_the_staff_answered_does_not_wait(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts()
        here.desk.sets(talk, "open")
        await here.say(talk, LONG)
        here.desk.agent(talk, "Forty minutes.")
        here.desk.sets(talk, "pending")
        await here.idle()
        assert talk.shown == []


@pytest.mark.parametrize("first", ["status", "message"])
async def test_what_is_told_of_a_message_twice_is_answered_once(house: Opener, first: str) -> None:
    """Chatwoot's workers may tell of the status and of the message in either order, and of each again."""
    async with house() as here:
        talk = here.desk.starts()
        here.desk.sets(talk, "open")
        await here.idle()
        message = Message(5000, LONG, "incoming", PATIENT)
        talk.messages.append(message)
        talk.status = "pending"
        changed = [{"status": {"previous_value": "open", "current_value": "pending"}}]
        told = [
            ("conversation_status_changed", {**talk.data(), "changed_attributes": changed}, None),
            ("message_created", talk.told(message), message.id),
        ]
        for event, data, id in told if first == "status" else told[::-1]:
            here.desk.webhooks.tell(event, data, talk.id, id)
            await here.idle()
        here.desk.webhooks.tell("conversation_updated", {**talk.data(), "changed_attributes": changed}, talk.id, None)
        await here.idle()
        assert len(talk.shown) == 1


async def test_who_writes_again_after_the_end_is_answered_once(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts()
        await here.say(talk, LONG)
        here.desk.sets(talk, "resolved")
        assert len(await here.say(talk, "can I drive home?")) == 1


# -- refused ----------------------------------------------------------------------------------------------------------


async def test_a_token_that_does_not_hold_lets_messages_wait(house: Opener, caplog: pytest.LogCaptureFixture) -> None:
    async with house() as here:
        talk, token = here.desk.starts(), here.desk.token
        here.desk.token = "another"  # noqa: S105  # as if somebody had made a new one
        here.desk.writes(talk, LONG)
        async with asyncio.timeout(10):
            while not here.counts["send_refused"]:
                await asyncio.sleep(0.005)
        here.desk.token = token
        await here.idle()
        assert len(talk.shown) == 1
        assert await here.storage.dead_letters(1) == ()
    refused = [record.__dict__ for record in caplog.records if record.message == "the help desk refuses"]
    assert [(record["status"], record["reason"]) for record in refused] == [(401, "Invalid Access Token")]
    assert not any(token in str(record) for record in refused)


async def test_a_message_beyond_its_bound_is_a_persons_before_any_work(house: Opener) -> None:
    async with house() as here:
        talk = here.desk.starts()
        assert await here.say(talk, LONG.ljust(events.LONGEST + 1)) == []
        assert here.desk.webhooks.jobs[0].outcomes == ["413"]
        assert talk.status == "open"
        other = here.desk.starts(EMAIL)
        assert len(await mailed(here, other, f"{LONG}\n\n{'> quoted before' * 9}\n" * 500)) == 1
