"""The policy, turn by turn: what is heard first, what is remembered, and what stands in each kind of reply."""

from __future__ import annotations

import pickle
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest

from bot import __version__
from bot.app.paths import knowledge_folder
from bot.dialogue.conversation import Choice, Conversation, Outcome, Reply
from bot.dialogue.events import LONGEST, AsksEnd, Chosen, Event, NotHelped, Said, StillLearning, Turn
from bot.dialogue.policy import STEPS, Dialogue
from bot.knowledge import load as loader
from bot.matching.matcher import Matcher
from bot.matching.training import unlearned_matcher

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.knowledge.model import Knowledge
    from bot.safety.detector import DangerDetector
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
# What the detector hears as yet in talk that is calm.
CHOICES = ("infusion_length", "psychoactive_wear_off", "driving")


@pytest.fixture(scope="module")
def example(matcher: Matcher, detector: DangerDetector) -> Dialogue:
    return Dialogue(loader.load(knowledge_folder(), "example"), matcher, detector)


def _talk(dialogue: Dialogue, said: Sequence[str], start: Conversation | None = None) -> tuple[list[Reply], Conversation]:
    conversation, replies = start or Conversation(), []
    for one in said:
        reply, conversation = dialogue.turn(Said(one), conversation, NOW)
        replies.append(reply)
    return replies, conversation


def _last(dialogue: Dialogue, *said: str) -> Reply:
    return _talk(dialogue, said)[0][-1]


def _entries(reply: Reply) -> list[str]:
    return [part.entry for part in reply.parts if part.entry is not None]


@pytest.fixture
def choosing(dialogue: Dialogue) -> Conversation:
    """A conversation in which three choices are open."""
    return Conversation(greeted=True, choices=tuple(dialogue.compose.choice(id) for id in CHOICES))


# -- the order of steps --------------------------------------------------------------------------------------------


def test_danger_is_heard_before_any_step(dialogue: Dialogue, monkeypatch: pytest.MonkeyPatch) -> None:
    def step(_: Dialogue, turn: Turn) -> Outcome:
        raise AssertionError(f"asked with danger: {turn.text}")

    # The list is the one place that says what is tried; that none of it is asked cannot be seen from outside.
    monkeypatch.setattr("bot.dialogue.policy.STEPS", (step,))
    for said in ("i want to kill myself", "my wife is not breathing"):
        assert dialogue.turn(Said(said), Conversation(), NOW)[0].kind == "urgent"
    with pytest.raises(AssertionError, match="asked with danger: hello"):
        dialogue.turn(Said("hello"), Conversation(misses=3), NOW)


def test_every_step_has_its_place() -> None:
    named = {name for name in vars(Dialogue) if name.startswith("_hear_")} - {"_hear_danger"}
    assert {step.__name__ for step in STEPS} == named | {"_follow_up", "_answer"}


# -- the first reply -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["hello", "how long does one infusion take", "qwzx plorf", "can i talk to a person", ""])
def test_the_disclaimer_stands_in_the_first_reply_only(first: str, dialogue: Dialogue) -> None:
    replies, _ = _talk(dialogue, [first, "when can i drive again", first])
    disclaimer = dialogue.compose.say("disclaimer")
    assert [disclaimer in reply.text for reply in replies] == [True, False, False]
    assert replies[0].text.startswith(disclaimer)


@pytest.mark.parametrize("first", ["сколько стоит одна капельница", "i feel so hopeless", "my wife is not breathing"])
def test_it_waits_where_numbers_are_told_first(first: str, dialogue: Dialogue) -> None:
    reply, after = dialogue.turn(Said(first), Conversation(), NOW)
    assert dialogue.compose.say("disclaimer") not in reply.text
    assert not after.greeted


@pytest.mark.xfail(strict=True, reason="with the numbers in reach below every reply it waits for ever")
def test_an_urgent_reply_begins_with_the_numbers_and_the_disclaimer_waits(dialogue: Dialogue) -> None:
    replies, _ = _talk(dialogue, ["i want to kill myself", "when can i drive again"])
    disclaimer = dialogue.compose.say("disclaimer")
    assert [disclaimer in reply.text for reply in replies] == [False, True]
    assert "988" in replies[0].text[:80]


# -- kinds of reply ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (["how much does it cost"], "boundary"),
        (["qwzx plorf"], "fallback"),
        (["when does it"], "clarify"),
        (["thank you"], "smalltalk"),
        (["can i talk to a person"], "handoff"),
        (["i want to kill myself"], "urgent"),
        (["how long does one infusion take", "not what i asked"], "clarify"),
        (["why?"], "fallback"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[-1],
)
def test_what_answers_nothing_carries_no_claims(said: list[str], kind: str, dialogue: Dialogue) -> None:
    reply = _last(dialogue, *said)
    assert (reply.kind, reply.claims) == (kind, ())
    assert len(reply.choices) == (3 if kind == "clarify" else 0)


def test_each_reply_carries_the_stamp(dialogue: Dialogue, knowledge: Knowledge) -> None:
    replies, _ = _talk(
        dialogue, ["hi", "when can i drive again", "cost?", "i want to die", "qwzx plorf", "my infusion ended at 2pm"]
    )
    stamp = {"clinic": "default", "knowledge": knowledge.version, "version": __version__}
    assert all(dict(reply.stamp) == stamp for reply in replies)


def test_several_questions_give_several_parts(dialogue: Dialogue) -> None:
    reply = _last(dialogue, "how long does one infusion take and what does it cost")
    assert (reply.kind, _entries(reply), reply.boundary) == ("answer", ["infusion_length"], "cost")
    assert "monitoring" in reply.claims


def test_of_too_many_questions_those_with_an_answer_are_kept(dialogue: Dialogue) -> None:
    reply = _last(dialogue, "What does it cost? Does my insurance pay? How long does one infusion take? When can I drive again?")
    assert _entries(reply) == ["infusion_length", "driving"]
    assert len(reply.parts) == 3


@pytest.mark.parametrize("said", ["hi! {} thanks", "good morning, {}", "{} thank you so much", "ok thanks. {}", "thanks - {}"])
def test_small_talk_around_a_question_does_not_hide_it(said: str, dialogue: Dialogue) -> None:
    question = "how long does one infusion take?"
    assert _last(dialogue, said.format(question)).text == _last(dialogue, question).text


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(
            "does it help with my suicidal thoughts",
            marks=pytest.mark.xfail(strict=True, reason="a low share of danger is taken for a question in general"),
        ),
        "could ketamine make the suicidal thoughts I have worse",
    ],
)
def test_the_helpline_stands_where_self_harm_is_named_without_alarm(said: str, dialogue: Dialogue) -> None:
    reply = _last(dialogue, said)
    assert (reply.kind, reply.urgent, reply.helpline) == ("boundary", None, True)
    assert "988" in reply.text


@pytest.mark.parametrize("said", ["how long does one infusion take", "does ketamine help people with suicidal thoughts"])
def test_no_helpline_stands_where_nobody_seems_to_need_it(said: str, dialogue: Dialogue) -> None:
    reply = _last(dialogue, said)
    assert (reply.urgent, reply.helpline) == (None, False)


def test_the_helpline_stands_also_where_the_topic_was_pressed(dialogue: Dialogue) -> None:
    reply, _ = dialogue.turn(Chosen("suicidal_thoughts"), Conversation(greeted=True), NOW)
    assert reply.helpline
    assert dialogue.compose.say("helpline") in reply.text


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(
            "cuanto dura la infusion", marks=pytest.mark.xfail(strict=True, reason="two of its words are known in English")
        ),
        "¿puedo conducir después de la infusión?",
        "¿Cuánto tiempo tengo que esperar para conducir?",
    ],
)
def test_spanish_is_answered_in_spanish(said: str, dialogue: Dialogue, knowledge: Knowledge) -> None:
    reply = _last(dialogue, "hi", said)
    sorry = next(one.sorry for one in knowledge.languages if one.tag == "es")
    assert reply.text.startswith(sorry)
    assert (reply.claims, reply.language, reply.helpline) == ((), "es", True)


@pytest.mark.parametrize("said", ["", " \n ", "?!", "\u200b"])
def test_without_words_it_asks_for_words(said: str, dialogue: Dialogue) -> None:
    assert _last(dialogue, "hi", said).text == dialogue.compose.say("empty")


@pytest.mark.parametrize("said", ["🙂", "👍👍", " 🙏 "])
def test_an_emoji_is_a_courtesy(said: str, dialogue: Dialogue) -> None:
    reply = _last(dialogue, "hi", said)
    assert (reply.kind, reply.text) == ("smalltalk", dialogue.compose.say("emoji"))


def test_questions_that_are_left_unanswered_are_named(dialogue: Dialogue) -> None:
    asked = (
        "How long does one infusion take? When can I drive again? How often are boosters given? "
        "What is the half-life of ketamine? Do I need a ride home?"
    )
    reply = _last(dialogue, asked)
    told = {part.entry for part in reply.parts}
    left = {"infusion_length", "driving", "maintenance_frequency", "half_life", "ride_home"} - told
    assert len(told) == 3
    assert left
    assert all(
        dialogue.compose.choice(id).label in reply.text.split(dialogue.compose.say("left", questions=""))[1] for id in left
    )


@pytest.mark.parametrize("before", [(), ("how long is an infusion",)])
def test_the_source_is_named_with_its_link_in_a_line_of_its_own(before: tuple[str, ...], dialogue: Dialogue) -> None:
    reply = _last(dialogue, "hi", *before, "what is your source")
    (document,) = dialogue.knowledge.documents
    said, *lines = reply.text.split("\n")
    assert document.publisher in said
    assert document.link not in said
    assert any(line.endswith(document.link) for line in lines)
    assert bool(reply.sources) is bool(before)


def test_what_is_outside_the_subject_is_never_offered_to_choose(dialogue: Dialogue) -> None:
    outside = {id for id, one in dialogue.knowledge.boundaries.items() if one.outside}
    asked = [_last(dialogue, said) for said in ("how often", "when", "play some jazz", "how do i fix a tap", "is it far")]
    assert any(reply.choices for reply in asked)
    assert all(outside.isdisjoint(choice.id for choice in reply.choices) for reply in asked)


# -- choices -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "chosen"),
    [
        ("1", 0),
        ("2)", 1),
        ("number 3 please", 2),
        ("two", 1),
        ("the second one", 1),
        ("3rd", 2),
        ("the last one please", 2),
        ("i mean the first", 0),
        ("When can I drive again?", 2),
        ("when can i DRIVE again", 2),
        ("wear off", 1),
        ("drive", 2),
    ],
)
def test_a_choice_is_picked_by_number_ordinal_or_words(
    said: str, chosen: int, dialogue: Dialogue, choosing: Conversation
) -> None:
    reply, after = dialogue.turn(Said(said), choosing, NOW)
    assert _entries(reply) == [CHOICES[chosen]]
    assert after.choices == ()


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("what does it cost", "boundary"),
        *((number, "fallback") for number in ("0", "7")),
        ("how soon will i feel better", "answer"),
    ],
)
def test_anything_else_is_a_new_question(said: str, kind: str, dialogue: Dialogue, choosing: Conversation) -> None:
    reply, _ = dialogue.turn(Said(said), choosing, NOW)
    fresh, _ = dialogue.turn(Said(said), Conversation(greeted=True), NOW)
    assert (reply.kind, reply.text) == (kind, fresh.text)


def test_a_follow_up_may_pass_over_a_question_asked_back(dialogue: Dialogue) -> None:
    asked = Conversation(greeted=True, choices=tuple(dialogue.compose.choice(id) for id in ("onset", "mechanism")))
    assert dialogue.turn(Said("and for anxiety?"), asked, NOW)[0].boundary == "anxiety_ptsd_timing"


@pytest.mark.parametrize("said", ["can i drive home afterwards", "And can I drive home afterwards?"])
def test_nobody_is_asked_which_of_two_with_the_same_claims_is_meant(said: str, dialogue: Dialogue) -> None:
    reply = _last(dialogue, said)
    assert (reply.kind, set(reply.claims)) == ("answer", {"driving", "ride_home"})


def test_a_number_without_choices_is_no_choice(dialogue: Dialogue) -> None:
    assert _last(dialogue, "hi", "2").kind in {"fallback", "clarify"}


def test_choices_stay_open_over_small_talk(dialogue: Dialogue, choosing: Conversation) -> None:
    replies, _ = _talk(dialogue, ["thanks", "3"], choosing)
    assert _entries(replies[1]) == ["driving"]


def test_a_pressed_choice_is_answered_and_an_old_one_said_to_be_gone(dialogue: Dialogue) -> None:
    reply, after = dialogue.turn(Chosen("driving"), Conversation(greeted=True), NOW)
    assert (_entries(reply), after.topics) == (["driving"], ("driving",))
    gone, _ = dialogue.turn(Chosen("no_such_topic"), Conversation(greeted=True), NOW)
    assert (gone.kind, gone.text) == ("fallback", dialogue.compose.say("choice_gone"))


# -- misses and complaints -----------------------------------------------------------------------------------------


def test_the_second_miss_in_a_row_shows_the_way_to_a_person(dialogue: Dialogue) -> None:
    replies, _ = _talk(dialogue, ["hi", "qwzx plorf", "brmpf xxyq"])
    again = dialogue.compose.say("fallback_again")
    assert [again in reply.text for reply in replies] == [False, False, True]
    assert dialogue.compose.handoff_text() in replies[2].text


def test_without_a_word_in_common_nothing_is_offered(dialogue: Dialogue) -> None:
    reply = _last(dialogue, "hi", "brmpf xxyq")
    assert (reply.kind, reply.choices, reply.related) == ("fallback", (), ())


@pytest.mark.parametrize("between", ["how long does one infusion take", "when does"])
def test_misses_with_something_understood_between_are_not_in_a_row(between: str, dialogue: Dialogue) -> None:
    reply = _last(dialogue, "qwzx plorf", between, "brmpf xxyq")
    assert dialogue.compose.say("fallback_again") not in reply.text


def test_a_complaint_offers_what_else_could_have_been_meant(dialogue: Dialogue) -> None:
    replies, after = _talk(dialogue, ["when does the high wear off", "that is not what i asked"])
    assert replies[1].kind == "clarify"
    assert "psychoactive_wear_off" not in {choice.id for choice in replies[1].choices}
    assert after.choices == replies[1].choices


def test_what_was_offered_and_is_no_topic_any_more_raises_nothing(dialogue: Dialogue) -> None:
    gone = Conversation(greeted=True, choices=(Choice("gone", "Gone?"), Choice("too", "Gone, too?")), others=("gone", "too"))
    for event in (Said("yes"), Said("not what i asked"), NotHelped(), Said("the second one"), Chosen("gone")):
        assert dialogue.turn(event, gone, NOW)[0].text


def test_a_second_complaint_shows_the_way_to_a_person(dialogue: Dialogue) -> None:
    reply = _last(dialogue, "when does the high wear off", "not what i asked", "that is not what i asked")
    assert dialogue.compose.handoff_text() in reply.text


def test_a_person_is_named_where_the_clinic_has_contact_data(dialogue: Dialogue, example: Dialogue) -> None:
    for speaker, contact in ((dialogue, False), (example, True)):
        reply = _last(speaker, "can i talk to a person")
        assert reply.kind == "handoff"
        assert ("555 0100" in reply.text) is contact


# -- follow-ups ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "then", "topic"),
    [
        ("how long does relief from a single infusion last", "why?", "repeated_vs_single"),
        ("do i need a ride home", "but why", "after_effects"),
        ("how long does relief from depression last after the series", "and for pain?", "pain_relief"),
        ("how long does relief from a single infusion last", "and after six of them?", "series_relief_depression"),
        ("how long does one infusion take", "what about boosters?", "maintenance_what"),
        ("what are boosters", "how often do people get them", "maintenance_frequency"),
        ("how does it act on pain", "how long?", "pain_relief"),
        ("what are boosters", "how often do i need them please", "maintenance_frequency"),
        ("what are boosters", "who decides that", "maintenance_timing"),
    ],
)
def test_a_follow_up_keeps_what_was_spoken_of(first: str, then: str, topic: str, dialogue: Dialogue) -> None:
    assert _entries(_last(dialogue, first, then)) == [topic]


def test_more_gives_the_detail_of_the_last_answer(dialogue: Dialogue, knowledge: Knowledge) -> None:
    entry = next(entry for entry in knowledge.entries.values() if entry.detail)
    reply = _last(dialogue, entry.question, "tell me more")
    assert dialogue.compose.figured(entry.detail or "") in reply.text
    assert reply.claims == entry.claims


def test_what_the_source_does_not_cover_has_no_why(dialogue: Dialogue) -> None:
    reply = _last(dialogue, "what does it cost", "why?")
    assert (reply.kind, reply.text) == ("fallback", dialogue.compose.say("why_nothing"))


@pytest.mark.parametrize(
    ("said", "boundary"), [("and what do they cost?", "cost"), ("i have bluecross will they pay or me", "insurance")]
)
def test_a_boundary_is_not_answered_for_the_sake_of_the_context(said: str, boundary: str, dialogue: Dialogue) -> None:
    assert _last(dialogue, "what are boosters", said).boundary == boundary


def test_what_is_spoken_of_outlasts_a_boundary(dialogue: Dialogue) -> None:
    replies, after = _talk(dialogue, ["what are boosters", "what does it cost", "how often do i need them"])
    assert _entries(replies[2]) == ["maintenance_frequency"]
    assert after.topics == ("maintenance_frequency", "cost", "maintenance_what")


def test_starting_over_forgets_the_topics_and_not_the_greeting(dialogue: Dialogue) -> None:
    _, after = _talk(dialogue, ["when can i drive again", "start over"])
    assert after == Conversation(greeted=True)


# -- long input ----------------------------------------------------------------------------------------------------


def test_long_input_is_cut_at_a_sentence_and_said_so(dialogue: Dialogue) -> None:
    question = "How long does one infusion take? "
    short, long = _last(dialogue, "hi", question), _last(dialogue, "hi", question + "My garden is full of flowers. " * 200)
    assert long.text.startswith(dialogue.compose.say("cut"))
    assert _entries(long) == _entries(short)
    assert dialogue.compose.say("cut") not in _last(dialogue, question.ljust(LONGEST, "?")).text


def test_urgent_is_heard_at_the_end_of_a_long_text(dialogue: Dialogue) -> None:
    text = "My garden is full of flowers and I like it very much. " * 370 + "I want to kill myself."
    assert len(text) > 20_000
    reply = _last(dialogue, text)
    assert reply.kind == "urgent"
    assert not reply.text.startswith(dialogue.compose.say("cut"))


# -- urgent in any state -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "state",
    [
        Conversation(),
        Conversation(greeted=True, topics=("driving",)),
        Conversation(greeted=True, choices=(Choice("driving", "i want to kill myself"),)),
        Conversation(greeted=True, misses=5),
        Conversation(greeted=True, asked_end=True),
        Conversation(greeted=True, topics=("gone",), others=("gone", "too"), timezone="Nowhere/Land"),
    ],
    ids=["new", "after an answer", "choice of the same words", "after misses", "asked for a time", "of another knowledge"],
)
@pytest.mark.parametrize(
    "said", ["i want to kill myself", "2 pm. my wife is not breathing", "1. i took all my pills and want to die"]
)
def test_danger_is_heard_in_any_state_and_the_topics_stay(said: str, state: Conversation, dialogue: Dialogue) -> None:
    reply, after = dialogue.turn(Said(said), state, NOW)
    assert reply.kind == "urgent"
    assert after.watch is not None
    assert after.watch.stage == "alarm"
    # What was asked before, by either of them, is no longer open.
    assert after == replace(state, choices=(), others=(), misses=0, asked_end=False, watch=after.watch)


def test_urgent_is_heard_over_an_entry_with_the_very_same_words(knowledge: Knowledge) -> None:
    words = "i want to kill myself"
    entries = {
        id: replace(knowledge.entries[id], phrases=(words, f"{id} it is") if id == "onset" else ("other words",), related=())
        for id in ("onset", "age")
    }
    own = replace(knowledge, entries=MappingProxyType(entries), boundaries=MappingProxyType({}))
    dialogue = Dialogue(own, Matcher.from_knowledge(own))
    assert dialogue.matcher.rank(words) is not None
    assert _entries(_last(dialogue, "onset it is")) == ["onset"]  # the entry is there and can be found
    assert _last(dialogue, words).kind == "urgent"


# -- driving, and the clock ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said", ["I am driving home now", "im driving home right now", "in the car on my way back from the session"]
)
def test_who_drives_now_hears_the_claim(said: str, dialogue: Dialogue) -> None:
    reply = _last(dialogue, said)
    assert set(reply.claims) >= {"driving", "ride_home"}


def test_who_drives_now_hears_what_to_do_now(dialogue: Dialogue, knowledge: Knowledge) -> None:
    reply = _last(dialogue, "im driving home right now")
    assert dialogue.compose.figured(knowledge.entries["driving_now"].answer) in reply.text


def test_the_end_of_the_infusion_gives_clock_times(dialogue: Dialogue) -> None:
    reply = _last(dialogue, "my infusion ended at 2:10pm, when can i drive")
    assert (reply.kind, set(reply.claims)) == ("timeline", {"psychoactive_wear_off", "driving", "ride_home"})
    assert all(clock in reply.text for clock in ("2:10 pm", "3:10 pm", "5:10 pm"))
    assert dialogue.compose.say("timeline_typical") in reply.text
    assert "Not at all today: no driving" in reply.text
    assert "midnight" not in reply.text


def test_after_a_late_infusion_midnight_is_not_enough(dialogue: Dialogue) -> None:
    late = datetime(2026, 11, 24, 23, 45, tzinfo=UTC)
    reply, _ = dialogue.turn(Said("my infusion ended at 11:30 pm"), Conversation(greeted=True), late)
    assert "2:30 am" in reply.text
    assert "also wait until the effects are gone" in reply.text


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("half past seven or so", None),
        ("2:10 pm", None),
        ("11 pm", "timeline_future"),
        ("99:99", "timeline_unclear"),
    ],
)
def test_asked_for_the_end_a_bare_time_is_enough(said: str, key: str | None, dialogue: Dialogue) -> None:
    asked, waiting = dialogue.turn(AsksEnd(), Conversation(greeted=True), NOW)
    assert (asked.kind, waiting.asked_end) == ("timeline", True)
    reply, _ = dialogue.turn(Said(said), waiting, NOW)
    if key is not None:
        assert reply.text.startswith(dialogue.compose.say(key))
    elif said == "2:10 pm":
        assert reply.kind == "timeline"
        assert "5:10 pm" in reply.text


def test_asked_for_the_end_a_question_is_still_a_question(dialogue: Dialogue) -> None:
    _, waiting = dialogue.turn(AsksEnd(), Conversation(greeted=True), NOW)
    assert dialogue.turn(Said("what does it cost"), waiting, NOW)[0].boundary == "cost"


def test_an_infusion_of_days_ago_gets_no_clock_times(dialogue: Dialogue) -> None:
    reply, _ = dialogue.turn(Said("my infusion ended 30 hours ago"), Conversation(greeted=True), NOW + timedelta(days=1))
    assert not re.search(r"\d+:\d\d", reply.text.split("Source:")[0])


# -- outcomes that are kept: by hashes, not by text, and none that depends on the time --------------------------------


def test_nothing_of_the_text_is_in_it(dialogue: Dialogue) -> None:
    dialogue.turn(Said("may my aunt Zanzibara drive me home after it"), Conversation(), NOW)
    assert len(dialogue._recent)
    assert b"anzibara" not in pickle.dumps([(key, str(value)) for key, value in dialogue._recent.items()])


@pytest.mark.parametrize("utterance", ["how long does it last?", "what about pain", "", "1", "thanks"])
@pytest.mark.parametrize("before", [Conversation(), Conversation(greeted=True, topics=("relief_depression",))])
def test_a_second_time_all_is_the_same(dialogue: Dialogue, utterance: str, before: Conversation) -> None:
    first = dialogue.turn(Said(utterance), before, NOW)
    assert dialogue.turn(Said(utterance), before, NOW + timedelta(days=1, hours=5)) == first
    fresh = Dialogue(dialogue.knowledge, dialogue.matcher, dialogue.detector)
    assert fresh.turn(Said(utterance), before, NOW + timedelta(days=1, hours=5)) == first


def test_what_depends_on_the_time_is_reckoned_anew(dialogue: Dialogue) -> None:
    said = "my infusion ended an hour ago"
    first, _ = dialogue.turn(Said(said), Conversation(), NOW)
    second, _ = dialogue.turn(Said(said), Conversation(), NOW + timedelta(hours=1))
    assert first.ended is not None
    assert second.ended == first.ended + timedelta(hours=1)
    asked = Conversation(asked_end=True)
    assert dialogue.turn(Said("an hour ago"), asked, NOW)[0].ended == NOW - timedelta(hours=1)
    assert dialogue.turn(Said("an hour ago"), asked, NOW + timedelta(hours=2))[0].ended == NOW + timedelta(hours=1)


# -- before anything is learned -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def unlearned(knowledge: Knowledge) -> Dialogue:
    return Dialogue(knowledge, unlearned_matcher(knowledge))


def test_before_it_has_learned_it_answers_danger_and_what_follows_it(unlearned: Dialogue) -> None:
    (alarm, after), conversation = _talk(unlearned, ["i want to kill myself", "i don't want to call anybody"])
    assert (alarm.kind, conversation.watch is not None) == ("urgent", True)
    assert after.kind in {"urgent", "support"}


@pytest.mark.parametrize("said", ["how long does an infusion take", "hello", "what about my cat", "2"])
def test_before_it_has_learned_it_answers_no_question(unlearned: Dialogue, said: str) -> None:
    with pytest.raises(StillLearning):
        unlearned.turn(Said(said), Conversation(), NOW)


def test_before_it_has_learned_despair_is_heard_and_who_despairs_is_not_left_waiting(
    knowledge: Knowledge, detector: DangerDetector
) -> None:
    unlearned = Dialogue(knowledge, unlearned_matcher(knowledge), detector)
    (kind, waits), _ = _talk(unlearned, ["everything is hopeless and i feel so alone", "how long does an infusion take"])
    assert (kind.kind, kind.helpline) == ("support", True)
    assert knowledge.messages["learning"] in waits.text


@pytest.mark.parametrize("event", [*map(Chosen, CHOICES), NotHelped(), AsksEnd()], ids=str)
def test_before_it_has_learned_what_is_pressed_is_answered(unlearned: Dialogue, dialogue: Dialogue, event: Event) -> None:
    assert unlearned.turn(event, Conversation(), NOW)[0].text == dialogue.turn(event, Conversation(), NOW)[0].text
