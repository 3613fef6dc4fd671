"""What is said to a person in danger or in despair, and what follows it: until the person is safe, or asks something else.

The detector here hears what a table says, so that these tests are about the replies alone; what is heard has tests of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from bot.app.paths import knowledge_folder
from bot.dialogue.conversation import Choice, Conversation, Reply, Watch
from bot.dialogue.events import AsksEnd, Chosen, Ended, Event, NotHelped, Said, WantsPerson
from bot.dialogue.policy import Dialogue
from bot.dialogue.state import ChatState, Participant, dump_state, load_state
from bot.knowledge import load as loader
from bot.language.text import normalise
from bot.safety.detector import DangerDetector
from bot.safety.heard import DANGERS, Heard

if TYPE_CHECKING:
    from _pytest.mark.structures import ParameterSet

    from bot.knowledge.model import Knowledge
    from bot.matching.matcher import Matcher

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
OF_THE_BODY = ("overdose", "medical", "accident")
OF_THE_MIND = tuple(kind for kind in DANGERS if kind not in OF_THE_BODY)
QUESTION = "Do I need a ride home?"
LOW, LOW_AND_ASKS = "I am so worn out by all of this", "I am so worn out, can I drive the same day?"
SYMPTOM, SYMPTOM_AND_ASKS = "the needle mark looks red", "the needle mark looks red, how long does one session take?"
UNLIKELY, UNLIKELY_AND_ASKS = "it has been a grey sort of week", "it has been a grey week, when do the effects wear off?"
UNLIKELY_BODY = "there were more of the white ones than I thought"
CALM = Heard("calm", "self_harm", 0.0)
HEARD = {
    LOW: Heard("despair", "self_harm", 0.1),
    LOW_AND_ASKS: Heard("despair", "self_harm", 0.1),
    SYMPTOM: Heard("today", "medical", 0.01),
    SYMPTOM_AND_ASKS: Heard("today", "medical", 0.01),
    UNLIKELY: Heard("care", "self_harm", 0.1),
    UNLIKELY_AND_ASKS: Heard("care", "self_harm", 0.1),
    UNLIKELY_BODY: Heard("care", "overdose", 0.1),
}


class ToldDetector(DangerDetector):
    """Hears danger where a text begins with ``alarm`` or ``check`` and a kind, else what the table says."""

    def __init__(self) -> None:
        pass

    def detect(self, text: str) -> Heard:
        match text.split():
            case ["alarm", kind]:
                return Heard("alarm", kind, 0.9)
            case ["alarm", kind, language]:
                return Heard("alarm", kind, 0.9, language)
            case ["alarm", kind, "and", also]:
                return Heard("alarm", kind, 0.9, also=also)
            case ["perhaps", kind]:
                return Heard("alarm", kind, 0.5)
            case ["plain", kind]:
                return Heard("alarm", kind, 1.0, plain=True)
            case ["check", kind]:
                return Heard("check", kind, 0.3)
        return next((heard for said, heard in HEARD.items() if normalise(said) == text), CALM)


@pytest.fixture(scope="module")
def speaker(knowledge: Knowledge, matcher: Matcher) -> Dialogue:
    return Dialogue(knowledge, matcher, ToldDetector())


def _fault(*values: object, why: str) -> ParameterSet:
    """A row that fails as yet."""
    return pytest.param(*values, marks=pytest.mark.xfail(strict=True, reason=why))


def _talk(
    speaker: Dialogue, events: Sequence[str | Event], start: Conversation | None = None, now: datetime = NOW
) -> tuple[list[Reply], Conversation]:
    conversation, replies = start or Conversation(greeted=True), []
    for event in events:
        reply, conversation = speaker.turn(Said(event) if isinstance(event, str) else event, conversation, now)
        replies.append(reply)
    return replies, conversation


def _last(speaker: Dialogue, *events: str | Event) -> Reply:
    return _talk(speaker, events)[0][-1]


def _after(speaker: Dialogue, *events: str | Event) -> Watch:
    watch = _talk(speaker, events)[1].watch
    assert watch is not None
    return watch


def _has_a_number(reply: Reply) -> bool:
    return any(number in reply.text for number in ("911", "988"))


def _cares(reply: Reply) -> bool:
    """Whether ``reply`` is about the person alone, with a number to call."""
    about_topics = reply.parts or reply.claims or reply.related or reply.sources
    return reply.kind in {"urgent", "support"} and not about_topics and _has_a_number(reply)


def _assert_stays_with(replies: Sequence[Reply]) -> None:
    for before, reply in zip([None, *replies[:-1]], replies, strict=True):
        assert _cares(reply), reply
        assert before is None or reply.text != before.text


# -- the alarm -----------------------------------------------------------------------------------------------------

# The lines that an alarm of each kind names, the first of them in its first sentence.
LINES: Mapping[str, tuple[str, ...]] = {
    "self_harm": ("crisis", "emergency"),
    "someone_else": ("emergency", "crisis"),
    "harm_to_others": ("emergency", "crisis"),
    "violence": ("emergency", "violence"),
    "child": ("emergency", "child"),
    "overdose": ("poison", "emergency", "crisis"),
    "medical": ("emergency",),
    "accident": ("emergency",),
    "psychosis": ("crisis", "emergency"),
}
NUMBERS: dict[str, Any] = {
    "emergency": "000-1",
    "crisis": "000-2",
    "crisis_spanish": "000-3",
    "poison": "000-4",
    "violence": "000-5",
    "child": "000-6",
}


@pytest.fixture(scope="module")
def elsewhere(knowledge: Knowledge, matcher: Matcher) -> Dialogue:
    """A clinic with numbers of its own."""
    return Dialogue(replace(knowledge, clinic=replace(knowledge.clinic, **NUMBERS)), matcher, ToldDetector())


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("kind", DANGERS)
def test_an_alarm_names_the_lines_of_its_kind_and_the_first_one_first(kind: str, language: str, elsewhere: Dialogue) -> None:
    reply = _last(elsewhere, f"alarm {kind} {language}")
    assert (reply.kind, reply.urgent, reply.language) == ("urgent", f"heard_{kind}", language)
    lines = [NUMBERS["crisis_spanish" if (name, language) == ("crisis", "es") else name] for name in LINES[kind]]
    assert [line for line in lines if line not in reply.text] == []
    assert lines[0] in reply.text.split(". ")[0]
    assert "911" not in reply.text
    assert "988" not in reply.text


def test_every_kind_has_words_of_its_own_in_each_language_of_the_alarms(knowledge: Knowledge) -> None:
    assert {"en", "es"} <= set(knowledge.care.alarm)
    for by_kind in knowledge.care.alarm.values():
        assert set(by_kind) == set(DANGERS) == set(LINES)
        assert len(set(by_kind.values())) == len(DANGERS)


def test_an_alarm_in_another_language_has_its_words_and_the_numbers(speaker: Dialogue, knowledge: Knowledge) -> None:
    for language in knowledge.languages:
        if language.tag in knowledge.care.alarm:
            continue
        for kind in DANGERS:
            reply = _last(speaker, f"alarm {kind} {language.tag}")
            begin = (language.medical if kind in OF_THE_BODY else language.urgent).split("{")[0]
            assert (reply.kind, reply.language) == ("urgent", language.tag)
            assert reply.text.startswith(begin)
            assert "911" in reply.text
            assert "{" not in reply.text


def test_danger_in_a_language_that_has_no_words_here_is_answered_in_english(speaker: Dialogue) -> None:
    assert _last(speaker, "alarm self_harm xx").text == _last(speaker, "alarm self_harm").text


def test_the_language_of_a_reply_is_the_one_that_it_is_in(speaker: Dialogue) -> None:
    assert _last(speaker, "alarm self_harm xx").language == "en"


@pytest.mark.parametrize("also", DANGERS)
@pytest.mark.parametrize("kind", DANGERS)
def test_where_it_may_be_two_kinds_the_numbers_of_both_stand_there_once(kind: str, also: str, elsewhere: Dialogue) -> None:
    alone, both = _last(elsewhere, f"alarm {kind}").text, _last(elsewhere, f"alarm {kind} and {also}").text
    line = (
        "crisis"
        if also in {"self_harm", "someone_else", "psychosis"}
        else LINES[also][-1 if also in {"violence", "child"} else 0]
    )
    assert NUMBERS[line] in both
    assert both.startswith(alone)
    assert (both == alone) is (NUMBERS[line] in alone)


@pytest.mark.parametrize("kind", DANGERS)
def test_an_alarm_asks_nothing_of_the_conversation_before_it(kind: str, speaker: Dialogue) -> None:
    state = Conversation(
        topics=("driving",), choices=(Choice("driving", "x"),), others=("cost",), misses=4, asked_end=True, timezone="UTC"
    )
    reply, after = speaker.turn(Said(f"alarm {kind}"), state, NOW)
    assert reply.text == _last(speaker, f"alarm {kind}").text
    assert after.watch is not None
    assert (after.watch.kinds, after.watch.stage) == ((kind,), "alarm")
    left = Conversation(topics=("driving",), timezone="UTC", watch=after.watch)
    assert after == left


# -- what follows it -----------------------------------------------------------------------------------------------

SHORT = ("ok", "no", "nobody picks up", "he's quiet now", "I swallowed them", "pizza", "🙂", "...", "", "k", "yes", "thanks")
TURNS = 15


@pytest.mark.parametrize("kind", DANGERS)
@pytest.mark.parametrize("said", [*SHORT, "hello there", "tell me more", "that is not what I asked", "start over", "2"])
def test_what_follows_an_alarm_is_never_a_topic_and_never_twice_the_same(said: str, kind: str, speaker: Dialogue) -> None:
    replies, after = _talk(speaker, [f"alarm {kind}", *[said] * TURNS])
    _assert_stays_with(replies)
    assert after.watch is not None
    assert after.watch.stage == "alarm"


@pytest.mark.parametrize("kind", DANGERS)
def test_so_it_is_in_a_talk_of_many_words(kind: str, speaker: Dialogue) -> None:
    replies, _ = _talk(speaker, [f"alarm {kind}", *SHORT, f"alarm {kind}", LOW, SYMPTOM, f"check {kind}", *SHORT])
    _assert_stays_with(replies)


@pytest.mark.parametrize("kind", DANGERS)
def test_who_says_it_again_and_again_hears_the_next_step_each_time(kind: str, speaker: Dialogue) -> None:
    replies, _ = _talk(speaker, [f"alarm {kind}"] * TURNS)
    _assert_stays_with(replies)
    assert {reply.kind for reply in replies} == {"urgent"}


def test_the_steps_come_in_the_order_in_which_they_are_written(speaker: Dialogue, knowledge: Knowledge) -> None:
    replies, _ = _talk(speaker, ["alarm self_harm", *["ok"] * len(knowledge.care.follow["self_harm"])])
    steps = [speaker.compose.figured(text) for text in knowledge.care.follow["self_harm"]]
    assert [reply.text for reply in replies[1:]] == steps


STEPS = {"self_harm": "self_harm", "someone_else": "someone_else", "overdose": "overdose", "medical": "body", "accident": "body"}


@pytest.mark.parametrize("kind", DANGERS)
def test_each_kind_is_followed_by_its_own_steps(kind: str, speaker: Dialogue, knowledge: Knowledge) -> None:
    step = speaker.compose.figured(knowledge.care.follow[STEPS.get(kind, "other")][0])
    line = speaker.compose.figured(knowledge.care.lines.get(kind, ""))
    above = f"{line}\n\n" if line and line.split(": ")[1].rstrip(".") not in step else ""
    assert _last(speaker, f"alarm {kind}", "ok").text == f"{above}{step}"


@pytest.mark.parametrize("other", DANGERS)
@pytest.mark.parametrize("kind", DANGERS)
def test_what_was_learned_and_is_not_sure_changes_no_kind(
    kind: str, other: str, elsewhere: Dialogue, knowledge: Knowledge
) -> None:
    replies, after = _talk(elsewhere, [f"alarm {kind}", f"perhaps {other}"])
    assert (after.watch and after.watch.kinds) == (kind,)
    assert elsewhere.compose.figured(knowledge.care.follow[STEPS.get(kind, "other")][0]) in replies[1].text
    assert NUMBERS[LINES[other][-1 if other in {"violence", "child"} else 0]] in replies[1].text or kind == other


@pytest.mark.parametrize(
    ("said", "kinds"), [("plain violence", ("violence", "medical")), ("alarm violence", ("violence", "medical"))]
)
def test_plain_or_sure_danger_of_another_kind_is_followed(said: str, kinds: tuple[str, ...], speaker: Dialogue) -> None:
    assert _after(speaker, "alarm medical", said).kinds == kinds


def test_no_answer_to_the_alarm_is_an_alarm_in_other_words(speaker: Dialogue, knowledge: Knowledge) -> None:
    replies, _ = _talk(speaker, ["alarm self_harm", "no", "not sure", "idk"])
    assert [(reply.kind, reply.urgent is not None) for reply in replies] == [("urgent", True)] * 4
    assert [reply.text for reply in replies[1:3]] == [speaker.compose.figured(text) for text in knowledge.care.unsafe[:2]]
    _assert_stays_with(replies)


def test_every_text_that_is_said_in_danger_or_despair_has_a_number(speaker: Dialogue, knowledge: Knowledge) -> None:
    care = knowledge.care
    told = [text for texts in care.follow.values() for text in texts]
    told += [*care.check, *care.check_body, *care.despair, *care.safe, *care.unsafe, care.numbers]
    told += [one.text for one in care.obstacles]
    without = [text for text in told if not any(line in speaker.compose.figured(text) for line in ("911", "988"))]
    assert without == []


@pytest.mark.parametrize(
    "event",
    [
        *(Chosen("gone"), Chosen("driving"), NotHelped(), WantsPerson(), AsksEnd(), Ended(NOW - timedelta(hours=1))),
    ],
)
def test_buttons_of_earlier_replies_have_the_numbers_below_them(event: Event, speaker: Dialogue) -> None:
    reply = _last(speaker, QUESTION, "alarm self_harm", event)
    assert _has_a_number(reply)
    assert reply.helpline


@pytest.mark.parametrize("event", [NotHelped(), Chosen("gone"), AsksEnd(), WantsPerson()])
def test_a_button_that_answers_nothing_leaves_the_danger(event: Event, speaker: Dialogue) -> None:
    assert _cares(_last(speaker, "alarm self_harm", event, "ok"))


# -- what keeps people from calling --------------------------------------------------------------------------------

# Own words for each obstacle of replies.yaml.
OBSTACLES = {
    "police": "they will send the cops to my house",
    "coming": "the ambulance is coming",
    "what_happens": "what do I even say to them",
    "afraid_to_tell": "I am scared to tell my husband",
    "cost": "I have no insurance and no money for that",
    "nobody_answers": "I have been on hold for twenty minutes",
    "phone_fear": "I can't talk on the phone, my kids are in the room",
    "burden": "I don't want to bother anyone at this hour",
    "tried": "I called before and they didn't help",
    "secret": "please don't tell anyone that I wrote this",
    "program": "You are just a bot",
    "no_help_wanted": "stop giving me numbers",
    "no_person": "I have nobody to talk to",
}


def test_each_obstacle_is_tried(knowledge: Knowledge) -> None:
    assert [one.id for one in knowledge.care.obstacles] == list(OBSTACLES)


@pytest.mark.parametrize("id", OBSTACLES)
def test_an_obstacle_is_answered_once(id: str, speaker: Dialogue, knowledge: Knowledge) -> None:
    answer = next(speaker.compose.figured(one.text) for one in knowledge.care.obstacles if one.id == id)
    replies, after = _talk(speaker, ["alarm self_harm", OBSTACLES[id], OBSTACLES[id], "ok", OBSTACLES[id]])
    assert [reply.text == answer for reply in replies] == [False, True, False, False, False]
    _assert_stays_with(replies)
    assert after.watch is not None
    assert after.watch.answered == (id,)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("violence", "he is on his way home now"),
        ("violence", "my husband is here"),
        ("psychosis", "they are coming for me"),
        ("self_harm", "please tell my mom that I love her"),
    ],
)
def test_what_is_no_obstacle_is_not_answered_as_one(kind: str, said: str, speaker: Dialogue) -> None:
    assert _after(speaker, f"alarm {kind}", said).answered == ()


def test_of_two_obstacles_in_one_message_the_other_is_answered_when_it_comes_again(speaker: Dialogue) -> None:
    said = f"{OBSTACLES['burden']}, and {OBSTACLES['secret']}"
    assert _after(speaker, "alarm self_harm", said, said).answered == ("burden", "secret")


def test_without_danger_no_obstacle_is_heard(speaker: Dialogue, knowledge: Knowledge) -> None:
    answers = {speaker.compose.figured(one.text) for one in knowledge.care.obstacles}
    assert not answers & {_last(speaker, said).text for said in OBSTACLES.values()}


def test_a_new_alarm_of_another_kind_keeps_what_was_answered(speaker: Dialogue) -> None:
    assert _after(speaker, "alarm self_harm", OBSTACLES["cost"], "alarm medical").answered == ("cost",)


# -- "I am safe" ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        "I am safe",
        "yes, I'm safe now",
        "we are safe now, thank you",
        "im ok now, thank you",
        "I feel safe again",
        "it has passed",
        "Nobody is in danger",
        "sorry, it was a joke",
        "the ambulance is here",
        "I am at the hospital",
        "help is here",
        "i am on the phone with them",
        "I'm not in danger",
    ],
)
@pytest.mark.parametrize("kind", ["self_harm", "medical"])
def test_who_is_safe_is_believed_and_keeps_the_numbers(said: str, kind: str, speaker: Dialogue, knowledge: Knowledge) -> None:
    replies, after = _talk(speaker, [f"alarm {kind}", said])
    assert replies[1].text == speaker.compose.figured(knowledge.care.safe[0])
    assert (replies[1].kind, replies[1].helpline, _has_a_number(replies[1])) == ("support", True, True)
    assert after.watch is not None
    assert after.watch.stage == "safe"


@pytest.mark.parametrize(
    "said",
    [
        "i am not safe now",
        "no i am not safe",
        "I don't feel safe",
        "i dont think i am safe",
        "never safe now",
        "it has not passed",
        "I am not okay now",
        "I can't say that I am safe",
        "not safe",
        "it was not a joke",
        "im not fine now",
        "I don't worry that I am safe",
        "I am safe now but tonight",
        "i am safe but no",
        "tired of it",
        "just exhausted",
        "nobody is safe now",
        "i wouldnt say i am safe now",
        "I wish I was safe now",
        "i was safe now i am not",
        "am i safe now?",
        "how would I know if I am safe",
        "I hope he is safe",
        "i called them but nobody picked up",
        "I called them and they hung up on me",
        "someone is with me and I am scared of him",
        "I am safe but my daughter is still in there with him",
    ],
)
@pytest.mark.parametrize("kind", ["self_harm", "violence"])
def test_who_is_not_safe_is_not_thanked(said: str, kind: str, speaker: Dialogue, knowledge: Knowledge) -> None:
    replies, after = _talk(speaker, [f"alarm {kind}", said])
    assert replies[1].text not in {speaker.compose.figured(text) for text in knowledge.care.safe}
    _assert_stays_with(replies)
    assert after.watch is not None
    assert after.watch.stage == "alarm"


@pytest.mark.parametrize("said", ["no, I am safe", "no no im fine now", "I am in a safe place", "all good now"])
def test_who_is_safe_in_other_words_is_believed_too(said: str, speaker: Dialogue) -> None:
    assert _after(speaker, "alarm self_harm", said).stage == "safe"


def test_thanks_for_being_safe_come_in_turn(speaker: Dialogue, knowledge: Knowledge) -> None:
    replies, _ = _talk(speaker, ["alarm self_harm", *["I am safe"] * TURNS])
    assert {reply.text for reply in replies[1:]} == {speaker.compose.figured(text) for text in knowledge.care.safe}
    _assert_stays_with(replies)


def test_once_safe_a_new_alarm_is_one_as_the_first_was(speaker: Dialogue) -> None:
    replies, after = _talk(speaker, ["alarm self_harm", "I am safe", "alarm self_harm", "I am safe", "alarm self_harm"])
    assert replies[4].text == replies[2].text == replies[0].text
    assert after.watch is not None
    assert after.watch.kinds == ("self_harm",)


def test_once_safe_no_is_no_answer_to_what_was_asked_before(speaker: Dialogue) -> None:
    assert _last(speaker, "alarm self_harm", "I am safe", "no").kind != "urgent"


# -- a clear question ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        (QUESTION, "answer"),
        ("When can I drive again?", "answer"),
        ("how long does relief from depression last after the series?", "answer"),
        ("how long does an infusion take?", "answer"),
        ("does my insurance cover the infusions?", "boundary"),
        ("my infusion ended an hour ago", "timeline"),
    ],
)
def test_a_clear_question_is_answered_with_the_numbers_below(
    question: str, kind: str, speaker: Dialogue, knowledge: Knowledge
) -> None:
    numbers = speaker.compose.figured(knowledge.care.numbers)
    replies, _ = _talk(speaker, ["alarm self_harm", "ok", question, "thanks", "qwzx plorf", "can I drive tomorrow?", "bye"])
    assert replies[2].kind == kind
    assert replies[2].text == f"{_last(speaker, question).text}\n\n{numbers}"
    for reply in replies[2:]:
        assert (numbers in reply.text, reply.helpline) == (True, True)


@pytest.mark.parametrize(
    "said",
    [
        "relief",
        "the drip",
        "an infusion takes how long",
        "why?",
        "how many pills would it be",
        "what happens if I take all of it?",
        "what should i do?",
        "will it hurt?",
        "is it normal to feel like this?",
    ],
)
def test_what_may_be_about_the_danger_is_no_clear_question(said: str, speaker: Dialogue) -> None:
    assert _cares(_last(speaker, "alarm self_harm", said))


def test_who_asks_for_a_person_gets_one_with_the_numbers_and_is_not_safe_yet(speaker: Dialogue, knowledge: Knowledge) -> None:
    replies, _ = _talk(speaker, ["alarm self_harm", "can I talk to a person", "ok"])
    assert (replies[1].kind, replies[1].helpline) == ("handoff", True)
    assert replies[1].text.endswith(speaker.compose.figured(knowledge.care.numbers))
    assert _cares(replies[2])


def test_the_numbers_do_not_stand_twice_in_a_reply(speaker: Dialogue, knowledge: Knowledge) -> None:
    numbers = speaker.compose.figured(knowledge.care.numbers)
    for said in (LOW, LOW_AND_ASKS, UNLIKELY_AND_ASKS, "check self_harm", "дорого ли это"):
        reply = _last(speaker, "alarm self_harm", "I am safe", said)
        assert _has_a_number(reply)
        assert numbers not in reply.text


# -- how long it is remembered -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hours", "remembered"), [(0, True), (11, True), (12, True), (13, False), (24 * 365, False)])
@pytest.mark.parametrize("first", [["alarm self_harm"], ["check self_harm"]], ids=["alarm", "check"])
def test_after_twelve_hours_the_conversation_begins_anew(
    first: list[str], hours: int, remembered: bool, speaker: Dialogue
) -> None:
    _, before = _talk(speaker, first)
    later = NOW + timedelta(hours=hours)
    reply = _talk(speaker, ["hello"], before, later)[0][0]
    assert _cares(reply) is remembered
    again = _talk(speaker, first, before, later)[0][0]
    assert (again.text == _last(speaker, *first).text) is not remembered


def test_every_reply_to_danger_counts_anew(speaker: Dialogue) -> None:
    _, conversation = _talk(speaker, ["alarm self_harm"])
    for hours in range(10, 60, 10):
        replies, conversation = _talk(speaker, ["ok"], conversation, NOW + timedelta(hours=hours))
        assert _cares(replies[0])


def test_the_numbers_go_with_the_watch(speaker: Dialogue) -> None:
    _, safe = _talk(speaker, ["alarm self_harm", "I am safe"])
    assert _talk(speaker, [QUESTION], safe, NOW + timedelta(hours=12))[0][0].helpline
    assert not _talk(speaker, [QUESTION], safe, NOW + timedelta(hours=13))[0][0].helpline


def test_a_clock_that_goes_back_forgets_nothing(speaker: Dialogue) -> None:
    _, before = _talk(speaker, ["alarm self_harm"])
    assert _cares(_talk(speaker, ["ok"], before, NOW - timedelta(days=1))[0][0])


# -- perhaps danger: asked -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", OF_THE_MIND)
def test_the_person_is_asked_with_three_choices(kind: str, speaker: Dialogue, knowledge: Knowledge) -> None:
    replies, after = _talk(speaker, [f"check {kind}"])
    assert (replies[0].kind, replies[0].urgent, replies[0].helpline) == ("support", None, True)
    labels = [knowledge.care.check_choices[key] for key in ("safe", "unsure", "unsafe")]
    assert [one.label for one in replies[0].choices] == labels
    assert after.choices == replies[0].choices
    assert all(f"{number}. {label}" in replies[0].text for number, label in enumerate(labels, start=1))
    assert _cares(replies[0])


SAFE_ANSWERS: list[str | Event | ParameterSet] = [
    Chosen("care:safe"),
    *("1", "the first one", "I am safe", "I'm safe, thanks", "yes", "Yes I am"),
]
UNSAFE_ANSWERS: list[str | Event | ParameterSet] = [
    *(Chosen("care:unsure"), Chosen("care:unsafe")),
    *(
        "2",
        "3",
        "the second",
        "the last one",
        "I am not sure",
        "No, I am not safe",
        "no",
        "nope",
        "idk",
        "not really",
        "maybe not",
    ),
]


@pytest.mark.parametrize("answer", SAFE_ANSWERS)
def test_who_answers_safe_is_thanked(answer: str | Event, speaker: Dialogue, knowledge: Knowledge) -> None:
    replies, after = _talk(speaker, ["check self_harm", answer])
    assert (replies[1].kind, replies[1].text) == ("support", speaker.compose.figured(knowledge.care.safe[0]))
    assert after.watch is not None
    assert (after.watch.stage, after.choices) == ("safe", ())


@pytest.mark.parametrize("answer", UNSAFE_ANSWERS)
@pytest.mark.parametrize("kind", ["self_harm", "violence", "psychosis"])
def test_who_answers_no_or_not_sure_gets_the_alarm_of_the_kind(kind: str, answer: str | Event, speaker: Dialogue) -> None:
    replies, after = _talk(speaker, [f"check {kind}", answer])
    assert (replies[1].kind, replies[1].text) == ("urgent", _last(speaker, f"alarm {kind}").text)
    assert replies[1].urgent == "not_safe"
    assert after.watch is not None
    assert (after.watch.kinds, after.watch.stage) == ((kind,), "alarm")


@pytest.mark.parametrize("answer", ["yes and no", "yes but no", "no of course", "i am safe?"])
def test_half_a_yes_is_no_yes(answer: str, speaker: Dialogue) -> None:
    assert _after(speaker, "check self_harm", answer).stage != "safe"


SILENCE = ("both", "neither", "1 and 3", "🙂", "", "thanks", "I just want to sleep", "ok", "hmm", "i guess")


@pytest.mark.parametrize("answer", SILENCE)
def test_silence_is_asked_again_directly_and_then_met_with_the_alarm(answer: str, speaker: Dialogue) -> None:
    replies, after = _talk(speaker, ["check violence", *[answer] * 3])
    _assert_stays_with(replies)
    assert "thoughts of suicide" in replies[1].text
    assert len(replies[1].choices) == 3
    assert (replies[2].kind, replies[2].text) == ("urgent", _last(speaker, "alarm violence").text)
    assert after.watch is not None
    assert after.watch.stage == "alarm"


def test_who_tells_of_other_things_twice_is_met_with_a_kind_word(speaker: Dialogue, knowledge: Knowledge) -> None:
    story = "we sat on the balcony the whole evening and watched the rain"
    replies, _ = _talk(speaker, ["check self_harm", *[story] * 3])
    _assert_stays_with(replies[:3])
    assert replies[2].text == speaker.compose.figured(knowledge.care.despair[0])
    assert _has_a_number(replies[3])
    assert replies[3].helpline


@pytest.mark.parametrize("said", SILENCE)
def test_silence_after_a_check_of_the_body_is_followed_up(said: str, speaker: Dialogue) -> None:
    _assert_stays_with(_talk(speaker, ["check medical", *[said] * TURNS])[0])


@pytest.mark.parametrize("answer", ["yes, just sad", "I am just sad", "safe, only tired of it"])
def test_who_is_safe_and_sad_hears_a_kind_word(answer: str, speaker: Dialogue, knowledge: Knowledge) -> None:
    kind = {speaker.compose.figured(text) for text in (*knowledge.care.despair, *knowledge.care.safe)}
    assert _last(speaker, "check self_harm", answer).text in kind


def test_yes_to_the_direct_question_is_no_good_news(speaker: Dialogue) -> None:
    replies, after = _talk(speaker, ["check self_harm", "check self_harm", "yes"])
    assert "thoughts of suicide" in replies[1].text
    assert replies[2].kind == "urgent"
    assert after.watch is not None
    assert after.watch.stage == "alarm"


@pytest.mark.parametrize("kind", ["self_harm", "medical"])
def test_it_is_asked_in_other_words_each_time(kind: str, speaker: Dialogue) -> None:
    _assert_stays_with(_talk(speaker, [f"check {kind}"] * TURNS)[0])


def test_a_clear_question_is_answered_after_the_check_too(speaker: Dialogue) -> None:
    reply = _last(speaker, "check self_harm", QUESTION)
    assert (reply.kind, reply.helpline) == ("answer", True)


@pytest.mark.parametrize("kind", OF_THE_BODY)
def test_unsure_of_the_body_the_person_is_not_asked_how_they_feel(kind: str, speaker: Dialogue, knowledge: Knowledge) -> None:
    replies, after = _talk(speaker, [f"check {kind}"])
    assert (replies[0].kind, replies[0].choices, after.choices) == ("support", (), ())
    assert replies[0].text == speaker.compose.figured(knowledge.care.check_body[0])
    assert _has_a_number(replies[0])


@pytest.mark.parametrize("answer", ["it is happening now", "I don't know", "no idea what to do", "yes"])
def test_what_is_said_then_is_no_all_clear(answer: str, speaker: Dialogue, knowledge: Knowledge) -> None:
    replies, after = _talk(speaker, ["check medical", answer])
    _assert_stays_with(replies)
    assert after.watch is not None
    assert after.watch.stage != "safe"


def test_a_choice_of_an_expired_check_is_still_an_answer(speaker: Dialogue) -> None:
    _, before = _talk(speaker, ["check violence"])
    reply, after = speaker.turn(Chosen("care:unsafe"), before, NOW + timedelta(days=2))
    assert (reply.kind, after.watch and after.watch.stage) == ("urgent", "alarm")


@pytest.mark.parametrize(
    "before",
    [[SYMPTOM], [LOW], ["alarm self_harm", "I am safe"]],
)
def test_no_means_the_kind_that_was_asked_about_last(before: list[str], speaker: Dialogue) -> None:
    assert _last(speaker, *before, "check overdose", "no").text == _last(speaker, "alarm overdose").text


# -- despair -------------------------------------------------------------------------------------------------------


def test_despair_without_a_question_is_answered_alone(speaker: Dialogue, knowledge: Knowledge) -> None:
    replies, after = _talk(speaker, ["qwzx plorf", LOW])
    assert replies[1].text == speaker.compose.figured(knowledge.care.despair[0])
    assert (replies[1].kind, replies[1].helpline, replies[1].choices) == ("support", True, ())
    assert after.misses == 0
    assert _cares(replies[1])


def test_despair_stands_above_the_answer_where_something_was_asked(speaker: Dialogue, knowledge: Knowledge) -> None:
    reply = _last(speaker, LOW_AND_ASKS)
    kind, answer = speaker.compose.figured(knowledge.care.despair[0]), _last(speaker, "can I drive the same day?")
    assert (reply.kind, reply.helpline) == ("answer", True)
    assert reply.text.startswith(f"{kind}\n\n")
    assert reply.claims == answer.claims != ()
    assert [step.name for step in reply.trace.guards] == ["despair"]


@pytest.mark.parametrize("said", [LOW, LOW_AND_ASKS])
def test_kind_words_come_in_turn(said: str, speaker: Dialogue, knowledge: Knowledge) -> None:
    replies, _ = _talk(speaker, [said] * TURNS)
    told = [reply.text.split("\n\n")[0] for reply in replies]
    assert told[: len(knowledge.care.despair)] == [speaker.compose.figured(text) for text in knowledge.care.despair]
    assert all(one != other for one, other in pairwise(told))


def test_after_despair_talk_goes_on_as_ever(speaker: Dialogue) -> None:
    for said in ("ok", QUESTION, "thanks", "I am safe", "2", "qwzx plorf"):
        assert _last(speaker, LOW, said).text == _last(speaker, said).text


@pytest.mark.parametrize("said", [LOW, SYMPTOM])
def test_nothing_is_remembered_of_a_reply_that_was_not_told(said: str, speaker: Dialogue) -> None:
    before = Conversation(greeted=True, topics=("driving",))
    _, after = speaker.turn(Said(said), before, NOW)
    assert replace(after, watch=None) == before


def test_the_kind_word_is_the_first_that_is_read(speaker: Dialogue, knowledge: Knowledge) -> None:
    reply, _ = speaker.turn(Said(LOW_AND_ASKS), Conversation(), NOW)
    assert reply.text.startswith(speaker.compose.figured(knowledge.care.despair[0]))


def test_danger_that_is_unlikely_leaves_the_answer_and_puts_the_numbers_below(speaker: Dialogue) -> None:
    replies, after = _talk(speaker, [UNLIKELY_AND_ASKS])
    assert replies[0].text.endswith(speaker.compose.say("help_now"))
    assert (replies[0].kind, replies[0].helpline, after.watch) == ("answer", True, None)
    assert replies[0].claims == _last(speaker, "when do the effects wear off?").claims
    assert [step.name for step in replies[0].trace.guards] == ["care"]


def test_where_nothing_is_asked_it_is_answered_as_despair(speaker: Dialogue, knowledge: Knowledge) -> None:
    replies, _ = _talk(speaker, [UNLIKELY, LOW, UNLIKELY])
    assert [reply.text for reply in replies] == [speaker.compose.figured(text) for text in knowledge.care.despair[:3]]
    assert all(map(_cares, replies))


def test_or_as_a_check_where_it_may_be_the_body(speaker: Dialogue, knowledge: Knowledge) -> None:
    replies, after = _talk(speaker, [UNLIKELY_BODY])
    assert replies[0].text == speaker.compose.figured(knowledge.care.check_body[0])
    assert (after.watch and after.watch.kinds) == ("overdose",)


# -- call the clinic today -----------------------------------------------------------------------------------------


def test_a_symptom_goes_to_the_clinic_today(speaker: Dialogue, knowledge: Knowledge) -> None:
    replies, after = _talk(speaker, ["qwzx plorf", SYMPTOM])
    assert (replies[1].kind, replies[1].urgent) == ("handoff", None)
    assert replies[1].text == speaker.compose.figured(knowledge.care.today[0])
    assert after.misses == 0


def test_a_symptom_stands_above_the_answer_where_there_is_one(speaker: Dialogue, knowledge: Knowledge) -> None:
    reply = _last(speaker, SYMPTOM_AND_ASKS)
    assert reply.kind == "answer"
    assert reply.text.startswith(f"{speaker.compose.figured(knowledge.care.today[0])}\n\n")
    assert reply.claims
    assert [step.name for step in reply.trace.guards] == ["today"]


@pytest.mark.parametrize("said", [SYMPTOM, SYMPTOM_AND_ASKS])
def test_it_is_told_in_other_words_each_time(said: str, speaker: Dialogue, knowledge: Knowledge) -> None:
    told = [reply.text.split("\n\n")[0] for reply in _talk(speaker, [said] * TURNS)[0]]
    assert told[: len(knowledge.care.today)] == [speaker.compose.figured(text) for text in knowledge.care.today]
    assert all(one != other for one, other in pairwise(told))


def test_the_clinics_own_contact_stands_in_it(knowledge: Knowledge, matcher: Matcher) -> None:
    example = Dialogue(loader.load(knowledge_folder(), "example"), matcher, ToldDetector())
    for _ in knowledge.care.today:
        assert "555 0100" in _last(example, SYMPTOM).text


# -- two kinds in one conversation ---------------------------------------------------------------------------------


def test_another_kind_is_an_alarm_of_its_own(speaker: Dialogue) -> None:
    replies, after = _talk(speaker, ["alarm self_harm", "ok", "alarm medical"])
    assert (replies[2].kind, replies[2].text) == ("urgent", _last(speaker, "alarm medical").text)
    assert after.watch is not None
    assert after.watch.kinds == ("medical", "self_harm")


def test_the_kind_that_was_told_last_is_followed(speaker: Dialogue, knowledge: Knowledge) -> None:
    replies, after = _talk(speaker, ["alarm self_harm", "alarm medical", "alarm self_harm", "ok"])
    steps = [speaker.compose.figured(text) for text in knowledge.care.follow["self_harm"]]
    assert [replies[2].kind, replies[2].text, replies[3].text] == ["urgent", *steps[:2]]
    assert after.watch is not None
    assert after.watch.kinds == ("self_harm", "medical")


@pytest.mark.parametrize(("one", "other"), [("self_harm", "overdose"), ("violence", "child"), ("someone_else", "self_harm")])
def test_two_kinds_in_turn_never_give_the_same_words_in_a_row(one: str, other: str, speaker: Dialogue) -> None:
    said = [f"alarm {one}", f"alarm {other}", "no", "ok", f"check {one}", "ok"]
    replies, after = _talk(speaker, said * 4)
    _assert_stays_with(replies)
    assert after.watch is not None
    assert sorted(after.watch.kinds) == sorted([one, other])


def test_despair_after_danger_is_not_taken_for_less(speaker: Dialogue) -> None:
    _assert_stays_with(_talk(speaker, ["alarm self_harm", LOW, "ok", LOW, SYMPTOM])[0])


def test_an_alarm_over_a_check_is_one(speaker: Dialogue) -> None:
    for first in ("check self_harm", "check violence", "check medical"):
        assert _last(speaker, first, "alarm self_harm").kind == "urgent"


def test_an_alarm_over_a_check_begins_with_the_words_of_the_alarm(speaker: Dialogue) -> None:
    assert _last(speaker, "check self_harm", "alarm self_harm").text == _last(speaker, "alarm self_harm").text


# -- in the language of the person ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tag", "said"),
    [("pt", "ok"), ("de", "nein"), ("ru", "нет"), ("fr", "non"), ("zh", "…"), ("pt", "no"), ("fr", "no no"), ("de", "no")],
)
def test_what_follows_has_a_line_in_the_language_of_the_alarm(
    tag: str, said: str, speaker: Dialogue, knowledge: Knowledge
) -> None:
    line = next(one.help for one in knowledge.languages if one.tag == tag)
    assert speaker.compose.figured_in(tag, line) in _last(speaker, f"alarm self_harm {tag}", said).text


@pytest.mark.parametrize("kind", DANGERS)
def test_or_is_in_that_language_where_there_are_texts(kind: str, elsewhere: Dialogue, knowledge: Knowledge) -> None:
    told = knowledge.care.told["es"]
    replies, _ = _talk(elsewhere, [f"alarm {kind} es", *["ok"] * TURNS])
    own = LINES[kind][0] if kind == "overdose" else LINES[kind][-1] if kind in {"violence", "child"} else None
    for reply in replies[1:]:
        assert reply.language == "es"
        assert any(
            reply.text.endswith(elsewhere.compose.figured_in("es", text)) for text in told.follow[STEPS.get(kind, "other")]
        )
        assert own is None or NUMBERS[own] in reply.text
    assert all(one.text != other.text for one, other in pairwise(replies))


def test_each_language_has_two_texts_of_each_list(knowledge: Knowledge) -> None:
    for told in knowledge.care.told.values():
        lists = (told.safe, told.unsafe, told.denial, told.not_over, *told.follow.values())
        assert [texts for texts in lists if len(set(texts)) < 2] == []
    assert set(knowledge.care.told) | {"en"} == set(knowledge.care.alarm)


# -- remembered, and kept nowhere else -----------------------------------------------------------------------------

TALKS = [
    pytest.param(["alarm self_harm"], id="alarm"),
    pytest.param(["alarm self_harm", "ok", "nobody picks up", "no"], id="followed"),
    pytest.param(["alarm medical es", "alarm self_harm", "no"], id="two-kinds"),
    pytest.param(["alarm self_harm", "ok", "no"], id="denied"),
    pytest.param(["alarm overdose", "im fine", "ok"], id="not-over"),
    pytest.param(["check violence"], id="asked"),
    pytest.param(["check overdose", "ok"], id="asked-of-the-body"),
    pytest.param(["alarm child", "we are safe"], id="safe"),
    pytest.param([LOW, LOW, SYMPTOM], id="low"),
]


@pytest.mark.parametrize("said", TALKS)
def test_a_talk_goes_on_after_it_was_stored(said: list[str], speaker: Dialogue) -> None:
    _, before = _talk(speaker, said)
    stored = load_state(dump_state(ChatState({"": Participant(before)}))).participant("").conversation
    assert stored == before
    for event in ("thanks", "no", "I am safe", "alarm self_harm", LOW, Chosen("care:unsure"), QUESTION):
        assert _talk(speaker, [event], stored) == _talk(speaker, [event], before)


def test_a_kept_outcome_never_leaks_a_watch_into_another_conversation(knowledge: Knowledge, matcher: Matcher) -> None:
    speaker = Dialogue(knowledge, matcher, ToldDetector())
    expected = {said: _last(Dialogue(knowledge, matcher, ToldDetector()), said) for said in ("ok", "thanks", QUESTION, "hello")}
    for _ in range(2):
        for said, reply in expected.items():
            assert _last(speaker, said) == reply
            assert _last(speaker, "alarm self_harm", said) != reply
            assert _last(speaker, LOW, said) == reply
            assert _last(speaker, said) == reply


@pytest.mark.parametrize("said", ["alarm self_harm", "check self_harm", LOW, SYMPTOM])
def test_a_watch_begins_in_the_hour_in_which_it_was_heard(said: str, knowledge: Knowledge, matcher: Matcher) -> None:
    speaker = Dialogue(knowledge, matcher, ToldDetector())
    found = [_talk(speaker, [said], None, NOW + timedelta(hours=hours))[1].watch for hours in (0, 0, 20)]
    assert [watch and watch.since - int(NOW.timestamp() // 3600) for watch in found] == [0, 0, 20]


def test_an_outcome_of_a_conversation_in_danger_is_not_kept(knowledge: Knowledge, matcher: Matcher) -> None:
    speaker = Dialogue(knowledge, matcher, ToldDetector())
    _talk(speaker, ["alarm self_harm", "ok", "I am safe", QUESTION, "thanks", LOW, SYMPTOM, "check self_harm"])
    assert len(speaker._recent) == 0
    _talk(speaker, ["thanks"])
    assert len(speaker._recent) == 1


def test_starting_over_in_danger_is_no_way_out(speaker: Dialogue) -> None:
    replies, after = _talk(speaker, ["alarm self_harm", "start over", "restart", "ok"])
    _assert_stays_with(replies)
    assert after.watch is not None
    assert after.watch.stage == "alarm"


def test_starting_over_once_safe_keeps_the_numbers(speaker: Dialogue) -> None:
    replies, after = _talk(speaker, [QUESTION, "alarm self_harm", "I am safe", "start over", QUESTION])
    assert all(_has_a_number(reply) and reply.helpline for reply in replies[3:])
    assert after.topics == ("ride_home",)


# -- a group -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", DANGERS)
@pytest.mark.parametrize("language", ["en", "es", "pl"])
def test_in_a_group_the_alarm_is_the_same(kind: str, language: str, speaker: Dialogue) -> None:
    said = f"alarm {kind} {language}"
    assert speaker.urgent(said) == _last(speaker, said)


@pytest.mark.parametrize("said", ["check self_harm", LOW, SYMPTOM, UNLIKELY, QUESTION, "", "ok"])
def test_in_a_group_nothing_but_an_alarm_is_heard(said: str, speaker: Dialogue) -> None:
    assert speaker.urgent(said) is None


def test_the_group_hears_the_same_danger(dialogue: Dialogue, detector: DangerDetector) -> None:
    heard_alone = [detector.detect(said) for said in ("i want to die", QUESTION)]
    assert [(heard.level, heard.plain) for heard in heard_alone] == [("alarm", True), ("calm", False)]
    assert [dialogue.urgent(said) is not None for said in ("i want to die", QUESTION)] == [True, False]
