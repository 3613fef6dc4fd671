"""Whom the bot answers, and when it is silent: updates in, calls out, over a socket."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from bot.channels.telegram.chat import Campaigns
from bot.channels.telegram.updates.intake import incoming_from
from bot.delivery.storage import Incoming
from bot.dialogue.conversation import Floor
from bot.dialogue.policy import Dialogue
from tests.channels.telegram.conftest import ANN, BEN, CLINIC, OWNER, PICTURE, Stage, buttons, open_stage, until
from tests.fakes.botapi import FakeBotApi, updates
from tests.fakes.botapi.state import Json
from tests.fakes.detector import DARK, HOPELESS, ScriptedDetector

LENGTH, FIGURES = "how long does an infusion take?", "40 minutes to an hour"
DRIVE, DAY = "can I drive home?", "remainder of the day"
DANGER, ALARM = "I just took all my pills, I want to die", "1-800-222-1222"
LOST = "qwzx plorf"
FORUM = updates.group_chat(updates.FORUM, "Patients' forum")


# -- private chats ------------------------------------------------------------------------------------------------


async def test_a_question_is_answered_and_its_topic_remembered(stage: Stage) -> None:
    (answer,) = await stage.tell(updates.text(LENGTH, ANN))
    assert FIGURES in answer.text
    assert "reply_parameters" not in answer.params
    assert [data.partition(":")[0] for _, data in buttons(answer)][-2:] == ["f", "f"]
    person = (await stage.memory()).participant("")
    assert person.conversation.topics[0] == "infusion_length"
    assert person.last is not None


async def test_a_follow_up_knows_what_was_asked_before(stage: Stage) -> None:
    first, second = await stage.tell(
        updates.text("how long does relief from pain last?", ANN), updates.text("and for depression?", ANN)
    )
    assert "pain" in first.text
    assert "depression" in second.text
    assert (await stage.memory()).participant("").conversation.topics[:2] == ("series_relief_depression", "pain_relief")


async def test_how_often_it_could_not_help_is_counted_and_nobody_handed_over(stage: Stage) -> None:
    said = await stage.tell(*(updates.text(LOST, ANN) for _ in range(4)))
    assert [one.method for one in said] == ["sendmessage"] * 4
    assert len({one.text for one in said}) == 4, "it says the same again"
    conversation = (await stage.memory()).participant("").conversation
    assert (conversation.unhelped, conversation.floor) == (4, Floor())


async def test_what_is_known_already_is_not_answered_again(stage: Stage) -> None:
    (entry,) = stage.api.inject(updates.text(LENGTH, ANN))
    update = incoming_from(entry.update, CLINIC, stage.clock())
    assert [await stage.delivery.take([update]), await stage.delivery.take([update, update])] == [1, 0]
    await stage.idle()
    assert len(stage.api.calls("sendMessage")) == 1


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("/start", "telegram_welcome"),
        ("/start nowhere", "telegram_welcome"),
        ("/start ../../etc", "telegram_welcome"),
        ("/start ref_facebook", "telegram_welcome"),
        ("/Start", "telegram_welcome"),
        ("/start@any_name true", "telegram_welcome"),
        (f"/start@{updates.USERNAME} true", "telegram_welcome"),
        ("/ask", "telegram_ask_what"),
        ("/forget", "telegram_forgotten"),
        ("/why", "no_reply_yet"),
    ],
)
async def test_a_command_says_its_sentence(stage: Stage, words: str, key: str) -> None:
    (said,) = await stage.tell(updates.text(words, ANN))
    assert said.text == stage.say(key)


async def test_danger_is_heard_behind_a_command(stage: Stage) -> None:
    before = ""
    for words in (f"/start {DANGER}", f"/topics {DANGER}", f"/forget {DANGER}", f"/nonsense {DANGER}"):
        (said,) = await stage.tell(updates.text(words, ANN))
        assert "<b>" in said.params["text"], words
        assert "911" in said.text or "988" in said.text, words
        assert said.text != before, "the same words twice"
        before = said.text


@pytest.mark.parametrize(
    "words",
    ["/help", "/Help", "/help!", " /HELP", "/help.", f"/help@{updates.USERNAME}", f"/Help@{updates.USERNAME}!", "/help@any_bot"],
)
async def test_the_command_in_any_form_tells_what_it_can_do(stage: Stage, words: str) -> None:
    (said,) = await stage.tell(updates.text(words, ANN))
    assert said.text == f"{stage.say('telegram_help')}\n\n{stage.say('help_now')}"


@pytest.mark.parametrize("words", ["/help", "/Help", f"/help@{updates.USERNAME}"])
async def test_the_command_is_heard_in_a_group(stage: Stage, words: str) -> None:
    (said,) = await stage.tell(updates.group_text(words))
    assert said.text.startswith(stage.say("telegram_help"))


async def test_a_question_behind_the_start_is_answered(stage: Stage) -> None:
    (said,) = await stage.tell(updates.text(f"/start {LENGTH}", ANN))
    assert FIGURES in said.text


@pytest.mark.parametrize(
    ("payload", "counted"),
    [("ref_facebook", "facebook"), ("REF_Facebook", "facebook"), ("facebook", "facebook"), ("ref_spring", "spring"),
     ("ref_1001", ""), ("ref_", ""), ("", ""), ("driving", "")],
)  # fmt: skip
async def test_a_campaign_is_counted_where_the_clinic_lists_it(
    api: FakeBotApi, dialogue: Dialogue, payload: str, counted: str
) -> None:
    told: list[str] = []
    async with open_stage(api, dialogue, campaigns=Campaigns(frozenset({"facebook", "spring"}), told.append)) as stage:
        assert len(await stage.tell(updates.text(f"/start {payload}", ANN))) == 1
    assert told == [counted] * bool(counted)


@pytest.mark.parametrize("words", ["/nonsense", "help", "help me please"])
async def test_help_has_the_numbers_to_call(stage: Stage, words: str) -> None:
    (said,) = await stage.tell(updates.text(words, ANN))
    assert "911" in said.text
    assert "988" in said.text
    assert "<b>" not in said.params["text"], "it is no alarm"


async def test_an_unknown_command_may_itself_ask_for_help(api: FakeBotApi, listening: Dialogue) -> None:
    async with open_stage(api, listening) as stage:
        (said,) = await stage.tell(updates.text(f"/{HOPELESS}", ANN))
        (other,) = await stage.tell(updates.text("/suicide", ANN))
    assert stage.say("telegram_help") not in said.text
    assert "988" in said.text
    assert "988" in other.text


async def test_help_in_a_group_has_the_numbers_to_call(stage: Stage) -> None:
    (said,) = await stage.tell(updates.group_text(f"/help@{updates.USERNAME}"))
    assert stage.say("help_now") in said.text


# -- after danger -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [DANGER, f"/ask {DANGER}", f"/topics {DANGER}"])
async def test_after_danger_short_words_get_a_check_in(stage: Stage, words: str) -> None:
    (_, after) = await stage.tell(updates.text(words, ANN), updates.text("ok", ANN))
    assert "911" in after.text
    assert (await stage.memory()).participant("").conversation.watch is not None


async def test_what_follows_overheard_danger_is_heard_as_that(stage: Stage) -> None:
    await stage.tell(updates.group_text(DANGER, who=ANN))
    assert await stage.tell(updates.group_text("ok", who=ANN)) == []
    (ann,) = await stage.tell(updates.mention("ok", who=ANN))
    (ben,) = await stage.tell(updates.mention("ok", who=BEN))
    assert "911" in ann.text
    assert "All right." in ben.text


async def test_the_same_alarm_is_not_told_twice_in_a_group(stage: Stage) -> None:
    # One after the other: what overtakes knows nothing yet of what it overtook.
    (first,) = await stage.tell(updates.group_text(DANGER, who=ANN))
    (second,) = await stage.tell(updates.group_text(DANGER, who=ANN))
    assert first.text != second.text
    assert "911" in second.text


async def test_only_forgetting_forgets_danger(stage: Stage) -> None:
    _, over = await stage.tell(updates.text(DANGER, ANN), updates.text("start over", ANN))
    assert "911" in over.text
    _, _, reached = await stage.tell(updates.text("I am safe", ANN), updates.text("start over", ANN), updates.text(DRIVE, ANN))
    assert DAY in reached.text
    assert "988" in reached.text
    await stage.tell(updates.text("/forget", ANN))
    (calm,) = await stage.tell(updates.text(DRIVE, ANN))
    assert "988" not in calm.text


async def test_a_check_in_has_its_answers_on_buttons(api: FakeBotApi, listening: Dialogue) -> None:
    async with open_stage(api, listening) as stage:
        (asked,) = await stage.tell(updates.text(DARK, ANN))
        assert [label for label, _ in buttons(asked)] == ["I am safe", "I am not sure", "No, I am not safe"]
        assert "<b>988</b>" in asked.params["text"]
        assert "I am safe" not in asked.text
        (warm,) = await stage.press("I am safe", asked)
        assert "988" in warm.text
        assert buttons(warm) == []
        (alarm,) = await stage.press("No, I am not safe", asked)
        (again,) = await stage.press("I am not sure", asked)
        assert "911" in alarm.text
        assert "911" in again.text
        assert alarm.text != again.text


@pytest.mark.parametrize(("typed", "kind"), [("3", "urgent"), ("no", "urgent"), ("1", "support"), ("I am safe", "support")])
async def test_a_check_in_can_be_answered_in_words(api: FakeBotApi, listening: Dialogue, typed: str, kind: str) -> None:
    async with open_stage(api, listening) as stage:
        await stage.tell(updates.text(DARK, ANN), updates.text(typed, ANN))
        last = (await stage.memory()).participant("").last
    assert last is not None
    assert last.kind == kind


async def test_despair_gets_a_kind_word_and_the_line(api: FakeBotApi, listening: Dialogue) -> None:
    async with open_stage(api, listening) as stage:
        first, second = await stage.tell(updates.text(HOPELESS, ANN), updates.text(HOPELESS, ANN))
    assert "<b>988</b>" in first.params["text"]
    assert "988" in second.text
    assert first.text != second.text
    assert buttons(first) == buttons(second) == []


async def test_despair_behind_the_command_is_answered_without_a_timeline(
    api: FakeBotApi, sourdough: Dialogue, listening: Dialogue
) -> None:
    bread = Dialogue(sourdough.knowledge, sourdough.matcher, ScriptedDetector(sourdough.knowledge))
    async with open_stage(api, bread) as stage:
        (told,) = await stage.tell(updates.text(f"/aftercare {HOPELESS}", ANN))
    assert told.text != stage.say("timeline_none")
    assert told.text == bread.knowledge.care.despair[0].format(crisis="116 123")


@pytest.mark.parametrize("kind", ["photo", "voice", "sticker", "location", "contact", "document", "video"])
async def test_what_is_no_words_gets_a_kind_line(stage: Stage, kind: str) -> None:
    (said,) = await stage.tell(updates.media(kind, ANN))
    assert said.text == stage.say("telegram_media")


async def test_an_album_gets_one_line(stage: Stage) -> None:
    album = [updates.media("photo", ANN, media_group_id="7") for _ in range(4)]
    (said,) = await stage.tell(*album)
    assert said.text == stage.say("telegram_media")
    assert len(await stage.tell(updates.media("photo", ANN, media_group_id="8"))) == 1
    assert len(await stage.tell(updates.media("photo", ANN), updates.media("photo", ANN))) == 2
    assert len(await stage.tell(updates.media("photo", BEN, media_group_id="7"))) == 1


@pytest.mark.parametrize("place", [0, 2])
async def test_the_words_under_an_album_are_answered(stage: Stage, place: int) -> None:
    captions = ["", "", "", ""]
    captions[place] = DRIVE
    album = [updates.media("photo", ANN, media_group_id="7", **({"caption": one} if one else {})) for one in captions]
    said = await stage.tell(*album)
    assert DAY in said[-1].text
    assert len(said) == (1 if place == 0 else 2)
    assert ALARM in (await stage.tell(updates.media("photo", ANN, media_group_id="7", caption=DANGER)))[0].text


async def test_a_talk_with_a_channel_stays_in_its_topic(stage: Stage) -> None:
    here = updates.group_chat(updates.SUPERGROUP, "News, directly", is_direct_messages=True)
    topic = {"topic_id": 4_503_599_627_370_497, "user": ANN}
    (answer,) = await stage.tell(updates.group_text(f"/ask {DRIVE}", here, ANN, direct_messages_topic=topic))
    assert answer.params["direct_messages_topic_id"] == "4503599627370497"
    assert await stage.storage.load(stage.key(id=f"{updates.SUPERGROUP}:4503599627370497")) is not None


async def test_a_caption_is_answered_like_words(stage: Stage) -> None:
    (said,) = await stage.tell(updates.media("photo", ANN, caption=DRIVE))
    assert DAY in said.text
    (danger,) = await stage.tell(updates.media("voice", ANN, caption=DANGER))
    assert ALARM in danger.text


@pytest.mark.parametrize(
    "update",
    [
        {
            "message": updates.message(
                updates.private_chat(ANN), ANN, pinned_message=updates.message(updates.private_chat(ANN), ANN)
            )
        },
        updates.channel_post(DANGER),
        updates.unknown(),
        updates.membership("member", ANN),
        updates.text(LENGTH, {**BEN, "is_bot": True}),
        updates.text(LENGTH, ANN, via_bot=updates.BOT),
        updates.joined(),
        updates.left(BEN),
    ],
    ids=["pinned", "channel", "unknown kind", "unblocked", "a bot", "the bot's own inline answer", "joined", "left"],
)
async def test_what_is_said_to_nobody_gets_no_answer(stage: Stage, update: Json) -> None:
    assert await stage.tell(update) == []
    assert stage.counts["ignored"] == 1


def _of_the_chat(chat: Json, **reported: Any) -> Json:
    return {"message": updates.message(chat, ANN, **reported)}


@pytest.mark.parametrize(
    "update",
    [
        updates.reaction(1, who=ANN),
        {"message_reaction": {"chat": updates.group_chat(), "message_id": 1, "date": 1, "actor_chat": updates.group_chat(),
                              "old_reaction": [], "new_reaction": [{"type": "paid"}]}},
        {"message_reaction_count": {"chat": updates.group_chat(), "message_id": 1, "date": 1, "reactions": []}},
        {"edited_channel_post": updates.channel_post(DANGER)["channel_post"]},
        {"deleted_business_messages": {"business_connection_id": "b", "chat": updates.private_chat(ANN), "message_ids": [1]}},
        {"poll": {"id": "1", "question": DANGER, "options": [], "type": "regular"}},
        {"chat_join_request": {"chat": updates.group_chat(), "from": ANN, "user_chat_id": 1, "date": 1}},
        {"chosen_inline_result": {"result_id": "1", "from": ANN, "query": DANGER}},
        updates.membership("administrator", ANN, updates.group_chat()),
        updates.membership("restricted", ANN, updates.group_chat(updates.SUPERGROUP)),
        _of_the_chat(FORUM, forum_topic_created={"name": "x", "icon_color": 1}, message_thread_id=9, is_topic_message=True),
        _of_the_chat(FORUM, forum_topic_closed={}, message_thread_id=9, is_topic_message=True),
        _of_the_chat(FORUM, general_forum_topic_hidden={}),
        _of_the_chat(updates.private_chat(ANN), forum_topic_edited={"name": "x"}, message_thread_id=9, is_topic_message=True),
        _of_the_chat(updates.private_chat(ANN), write_access_allowed={}),
        _of_the_chat(updates.private_chat(ANN), message_auto_delete_timer_changed={"message_auto_delete_time": 60}),
        _of_the_chat(updates.private_chat(ANN), successful_payment={}),
        {"edited_message": {**updates.media("location", ANN)["message"], "edit_date": 9_999_999_999, "message_id": 3}},
        {"edited_message": {**updates.media("photo", ANN)["message"], "message_id": 4}},
    ],
)  # fmt: skip
async def test_what_happens_besides_is_left_alone(stage: Stage, update: Json) -> None:
    assert await stage.tell(update) == []
    assert stage.counts["ignored"] == 1
    assert await stage.storage.dead_letters(1) == ()


async def test_an_update_that_cannot_be_read_becomes_a_dead_letter_at_once(stage: Stage) -> None:
    (answer,) = await stage.tell(updates.malformed_callback(), updates.text(DRIVE, ANN))
    assert DAY in answer.text
    (letter,) = await stage.storage.dead_letters(5)
    assert (letter.reason, letter.attempts) == ("unreadable", 1)


async def test_an_update_that_is_no_json_becomes_a_dead_letter(stage: Stage) -> None:
    await stage.delivery.take([Incoming(stage.key(), "7", b'{"update_id"', stage.clock())])
    await stage.idle()
    assert [letter.reason for letter in await stage.storage.dead_letters(5)] == ["unreadable"]


async def test_what_telegram_refuses_becomes_a_dead_letter_without_a_word(stage: Stage) -> None:
    stage.api.fault("refusal", methods="sendMessage", status=400, text="Bad Request: WHAT_IS: a canary")
    await stage.tell(updates.text(LENGTH, ANN))
    assert [letter.reason for letter in await stage.storage.dead_letters(5)] == ["refused"]


# -- groups -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "update",
    [
        updates.mention(DRIVE),
        updates.reply_to_bot(DRIVE),
        updates.group_text(f"/ask {DRIVE}"),
        updates.group_text(f"/ask@{updates.USERNAME} {DRIVE}"),
        updates.group_text(f"/ask@{updates.USERNAME.upper()} {DRIVE}"),
        updates.group_text(f"@{updates.USERNAME.upper()} {DRIVE}", entities=[{"type": "mention", "offset": 0, "length": 18}]),
        updates.group_text(f"bot, {DRIVE}", entities=[{"type": "text_mention", "offset": 0, "length": 3, "user": updates.BOT}]),
    ],
    ids=["mention", "reply", "/ask", "/ask@bot", "/ask@BOT", "@BOT", "mention without a name"],
)
async def test_a_group_is_answered_when_the_bot_is_meant(stage: Stage, update: Json) -> None:
    (answer,) = await stage.tell(update)
    assert DAY in answer.text
    assert len(stage.api.calls("getMe")) == 1
    assert json.loads(answer.params["reply_parameters"])["message_id"] == update["message"]["message_id"]


@pytest.mark.parametrize(
    "update",
    [
        updates.group_text(DRIVE),
        updates.group_text(f"/ask@some_other_bot {DRIVE}"),
        updates.group_text("/weather"),
        updates.group_text(f"@{updates.USERNAME}x {DRIVE}", entities=[{"type": "mention", "offset": 0, "length": 19}]),
        updates.group_text(f"mail me: a@{updates.USERNAME}.org {DRIVE}"),
        updates.group_text(DRIVE, reply_to_message=updates.message(updates.group_chat(), BEN, text="hello")),
        updates.group_text(f"Ann, {DRIVE}", entities=[{"type": "text_mention", "offset": 0, "length": 3, "user": ANN}]),
    ],
    ids=["words", "another bot's command", "an unknown command", "longer name", "an address", "reply to a person", "a person"],
)
async def test_a_group_is_left_alone_otherwise(stage: Stage, update: Json) -> None:
    assert await stage.tell(update) == []
    assert stage.counts["ignored"] == 1
    assert await stage.storage.load(stage.key(updates.GROUP)) is None


@pytest.mark.parametrize(
    "update",
    [
        updates.group_text(DANGER),
        updates.group_text(f"/help@some_other_bot {DANGER}"),
        {"message": updates.message(updates.group_chat(), BEN, photo=updates.media("photo")["message"]["photo"], caption=DANGER)},
        updates.group_text(DANGER, FORUM, topic=77),
        updates.edited(updates.group_text("hello"), DANGER, after=7200),
    ],
    ids=["words", "behind a command", "caption", "forum topic", "edit that comes late"],
)
async def test_danger_is_overheard_in_a_group(stage: Stage, update: Json) -> None:
    (answer,) = await stage.tell(update)
    assert ALARM in answer.text
    assert "reply_parameters" in answer.params


async def test_people_of_a_group_are_told_apart(stage: Stage) -> None:
    await stage.tell(updates.mention(LENGTH, who=ANN), updates.mention(DRIVE, who=BEN))
    memory = await stage.memory(updates.GROUP)
    assert {who: one.conversation.topics[0] for who, one in memory.people.items()} == {
        "1001": "infusion_length",
        "1002": "driving",
    }
    await stage.tell(updates.group_text(f"/forget@{updates.USERNAME}", who=ANN))
    assert set((await stage.memory(updates.GROUP)).people) == {"1002"}


async def test_an_answer_stays_in_the_topic_of_a_forum(stage: Stage) -> None:
    (answer,) = await stage.tell(updates.group_text(f"/ask {DRIVE}", FORUM, topic=77))
    assert answer.params["message_thread_id"] == "77"
    (general,) = await stage.tell(updates.group_text(f"/ask {DRIVE}", FORUM))
    assert "message_thread_id" not in general.params
    assert await stage.storage.load(stage.key(id=f"{updates.FORUM}:77")) is not None


async def test_an_anonymous_admin_is_answered(stage: Stage) -> None:
    anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    (answer,) = await stage.tell(updates.group_text(f"/ask {DRIVE}", who=anonymous, sender_chat=updates.group_chat()))
    assert DAY in answer.text


async def test_a_group_that_migrates_keeps_its_memory(stage: Stage) -> None:
    await stage.tell(updates.mention(LENGTH))
    await stage.tell(*updates.migrated())
    assert await stage.storage.load(stage.key(updates.GROUP)) is None
    assert (await stage.memory(updates.SUPERGROUP)).participant("1001").conversation.topics[0] == "infusion_length"


async def test_a_group_that_has_migrated_is_answered_at_its_new_place(stage: Stage) -> None:
    stage.api.set_chat(updates.group_chat(), migrated_to=updates.SUPERGROUP)
    (answer,) = await stage.tell(updates.mention(LENGTH))
    assert answer.chat == updates.SUPERGROUP
    assert (await stage.memory(updates.SUPERGROUP)).participant("1001").conversation.topics[0] == "infusion_length"
    assert await stage.storage.load(stage.key(updates.GROUP)) is None


async def test_a_group_waits_for_who_we_are(stage: Stage) -> None:
    stage.api.fault("error", methods="getMe", times=4)
    (answer,) = await stage.tell(updates.mention(DRIVE))
    assert DAY in answer.text


# -- edits --------------------------------------------------------------------------------------------------------


async def test_an_edit_that_comes_soon_is_answered_anew(stage: Stage) -> None:
    slip = updates.text("how long dose it tkae", ANN)
    await stage.tell(slip)
    (mended,) = await stage.tell(updates.edited(slip, LENGTH, after=60))
    assert FIGURES in mended.text


@pytest.mark.parametrize("after", [61, 3600])
async def test_an_edit_that_comes_late_is_not_answered(stage: Stage, after: int) -> None:
    slip = updates.text("hello", ANN)
    await stage.tell(slip)
    assert await stage.tell(updates.edited(slip, LENGTH, after)) == []


async def test_danger_in_an_edit_that_comes_late_is_answered(stage: Stage) -> None:
    before = updates.text("hello", ANN)
    await stage.tell(before)
    (said,) = await stage.tell(updates.edited(before, DANGER, after=7200))
    assert ALARM in said.text


async def test_an_edit_of_no_word_is_no_news(stage: Stage) -> None:
    asked = updates.text(LENGTH, ANN)
    assert len(await stage.tell(asked)) == 1
    assert await stage.tell(updates.edited(asked, LENGTH, after=2)) == []
    (other,) = await stage.tell(updates.edited(asked, DRIVE, after=3))
    assert DAY in other.text
    assert await stage.tell(updates.edited(asked, DRIVE, after=4)) == []


@pytest.mark.parametrize(("words", "said"), [(LENGTH, FIGURES), (DANGER, ALARM)], ids=["question", "danger"])
async def test_an_edit_whose_answer_failed_is_tried_again(stage: Stage, words: str, said: str) -> None:
    slip = updates.text("hello", ANN)
    await stage.tell(slip)
    stage.context.sender._patience = 0.0  # it puts off whatever it cannot send at once
    entries = stage.api.inject(updates.edited(slip, words, after=2))
    await stage.delivery.take([incoming_from(entries[0].update, CLINIC, stage.clock())])
    await until(lambda: stage.counts["send_later"] >= 1)
    stage.context.sender._patience = 30.0
    await stage.idle()
    assert said in stage.api.calls("sendMessage")[-1].text


# -- the clinic's own account -------------------------------------------------------------------------------------


async def test_patients_are_answered_on_the_clinics_account(stage: Stage) -> None:
    await stage.tell(updates.business_connection(OWNER))
    (answer,) = await stage.tell(updates.business_text(LENGTH, ANN))
    assert (answer.params["business_connection_id"], answer.chat) == (updates.CONNECTION, 1001)
    assert await stage.storage.load(stage.key(id=f"b{updates.CONNECTION}:1001")) is not None
    assert await stage.storage.load(stage.key(1001)) is None
    assert not stage.api.calls("getBusinessConnection")


async def test_a_connection_that_is_not_known_is_asked_for_once(stage: Stage) -> None:
    stage.api.state.business[updates.CONNECTION] = updates.business_connection(OWNER)["business_connection"]
    assert len(await stage.tell(updates.business_text(LENGTH, ANN), updates.business_text(DRIVE, ANN))) == 2
    assert len(stage.api.calls("getBusinessConnection")) == 1


@pytest.mark.parametrize(
    ("connection", "written"),
    [
        (updates.business_connection(OWNER), updates.business_text(LENGTH, ANN, owner=OWNER)),
        (updates.business_connection(OWNER), updates.business_text(LENGTH, OWNER)),
        (updates.business_connection(OWNER, can_reply=False), updates.business_text(LENGTH, ANN)),
        (updates.business_connection(OWNER, enabled=False), updates.business_text(LENGTH, ANN)),
        (updates.text("hello", BEN), updates.business_text(LENGTH, ANN, id="nobody's")),
    ],
    ids=["the clinic writes", "the owner to itself", "no right to reply", "switched off", "unknown connection"],
)
async def test_where_the_bot_may_not_speak_it_is_silent(stage: Stage, connection: Json, written: Json) -> None:
    await stage.tell(connection)
    before = len(stage.api.calls("sendMessage"))
    await stage.tell(written)
    assert len(stage.api.calls("sendMessage")) == before  # Telegram, which would refuse it, is not even asked
    assert stage.counts["ignored"] >= 1


async def test_what_the_bot_itself_wrote_there_is_not_answered(stage: Stage) -> None:
    await stage.tell(updates.business_connection(OWNER))
    own = updates.business_text(DANGER, ANN, owner=OWNER)
    own["business_message"]["sender_business_bot"] = updates.BOT
    assert await stage.tell(own) == []


async def test_a_right_that_is_taken_back_holds_at_once(stage: Stage) -> None:
    await stage.tell(updates.business_connection(OWNER))
    assert len(await stage.tell(updates.business_text(LENGTH, ANN))) == 1
    await stage.tell(updates.business_connection(OWNER, can_reply=False))
    await stage.tell(updates.business_text(DRIVE, ANN))
    assert len(stage.api.calls("sendMessage")) == 1


# -- who left -----------------------------------------------------------------------------------------------------


async def test_who_blocked_the_bot_is_forgotten(stage: Stage) -> None:
    await stage.tell(updates.text(LENGTH, ANN))
    assert await stage.storage.load(stage.key()) is not None
    await stage.tell(updates.membership("kicked", ANN))
    assert await stage.storage.load(stage.key()) is None


async def test_who_is_found_to_have_blocked_the_bot_is_forgotten(stage: Stage) -> None:
    await stage.tell(updates.text(LENGTH, ANN))
    stage.api.set_chat(updates.private_chat(ANN), problem="blocked")
    assert await stage.tell(updates.text(DRIVE, ANN)) == []
    assert await stage.storage.load(stage.key()) is None
    assert await stage.storage.dead_letters(5) == ()


# -- without a store ----------------------------------------------------------------------------------------------


def _incoming(stage: Stage, update: Json) -> Incoming:
    (entry,) = stage.api.inject(update, force=True)
    return incoming_from(entry.update, CLINIC, stage.clock())


@pytest.mark.parametrize(
    "update",
    [
        updates.text(DANGER, ANN),
        updates.group_text(DANGER),
        updates.media("photo", ANN, caption=DANGER),
        updates.edited(updates.text("hello", ANN), DANGER),
    ],
    ids=["private", "group", "caption", "edit"],
)
async def test_danger_is_answered_without_a_store(stage: Stage, update: Json) -> None:
    assert await stage.telegram.answer_urgent(_incoming(stage, update))
    (answer,) = stage.seen(0)
    assert ALARM in answer.text


@pytest.mark.parametrize("choice", ["care:unsure", "care:unsafe"])
async def test_that_one_is_not_safe_is_answered_without_a_store(stage: Stage, choice: str) -> None:
    assert await stage.telegram.answer_urgent(_incoming(stage, updates.callback(f"c:{choice}", ANN)))
    (answer,) = stage.seen(0)
    assert "988" in answer.text


@pytest.mark.parametrize(
    "update",
    [
        lambda: updates.text(LENGTH, ANN),
        lambda: updates.text(DANGER, {**ANN, "is_bot": True}),
        lambda: updates.callback("r:driving", ANN),
        lambda: updates.callback("c:driving", ANN),
        lambda: updates.callback("c:care:safe", ANN),
        lambda: updates.inline(DANGER, ANN),
        lambda: updates.channel_post(DANGER),
        updates.unknown,
        updates.malformed_callback,
    ],
    ids=["question", "a bot", "button", "choice", "safe", "inline", "channel", "unknown kind", "malformed"],
)
async def test_all_else_waits_for_the_store(stage: Stage, update: Callable[[], Json]) -> None:
    assert not await stage.telegram.answer_urgent(_incoming(stage, update()))
    assert stage.seen(0) == []


# -- a sign of life -----------------------------------------------------------------------------------------------


async def test_who_waits_long_sees_the_bot_typing(stage: Stage, api: FakeBotApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.telegram.handler._TYPING_AFTER", 0.02)  # or the test would take as long
    api.fault("delay", methods="sendMessage", times=1, seconds=0.2)
    await stage.tell(updates.text(LENGTH, ANN))
    (typing,) = api.calls("sendChatAction")
    assert (typing.chat, typing.params["action"], typing.delivered) == (1001, "typing", True)


async def test_who_is_answered_at_once_does_not(stage: Stage, api: FakeBotApi) -> None:
    await stage.tell(updates.text(LENGTH, ANN))
    assert api.calls("sendChatAction") == []


async def test_the_picture_and_its_words(stage: Stage) -> None:
    picture, words = await stage.tell(updates.text("/timeline", ANN))
    assert picture.files[0].content == PICTURE
    assert words.text.startswith(stage.say("telegram_picture"))
