"""Faults of understanding that patients found, by their kind: each with the message that showed it, and more of its kind."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.dialogue.conversation import Conversation, Reply
from bot.dialogue.events import Said

if TYPE_CHECKING:
    from bot.dialogue.policy import Dialogue

NOW = datetime(2026, 12, 1, 13, 52, tzinfo=UTC)

LETTERS = (
    (
        "Hello, I am a retired baker and my wife drives me everywhere. We have two grandchildren and a garden that needs more "
        "of me than I can give. My pain doctor suggested the ketamine infusions. The weather has been dreadful. I only want to "
        "know how long one infusion takes. My neighbour had hers in Leeds. Kind regards, Alan"
    ),
    (
        "hi my sister has her first ketamine infusion next week and she is nervous and so am i to be honest we had a hard year "
        "with dad and the house and everything and nobody told us whether she is allowed to drive her own car home after it "
        "because the bus is a nightmare"
    ),
    (
        "Thank you for the kind welcome on Monday. My depression has been with me since school. I have had the six infusions "
        "now. How long can I expect the relief to last? My dog says hello."
    ),
)
# By kind: messages of a conversation, and what the last of them may get: topics, kinds of reply, "talk:ID", or "-ID" for a topic
# that must not be told.
KINDS: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "relief alone is of no condition": [
        (("how long does relief last",), ("relief_depends_on_condition", "clarify")),
        (("for how long will I have relief",), ("relief_depends_on_condition", "clarify")),
        (("will the relief last",), ("relief_depends_on_condition", "clarify", "permanence")),
        (("how much relief time do people get",), ("relief_depends_on_condition", "clarify", "duration_overview")),
        (("how long am i going to feel relief for",), ("relief_depends_on_condition", "clarify", "duration_overview")),
    ],
    "the condition that was named holds": [
        (("My diagnosis is treatment resistant depression. How long will relief last?",), ("series_relief_depression",)),
        (("I am not in pain, I have depression. how long does relief last?",), ("series_relief_depression",)),
        (("I have ptsd", "how long will relief last?"), ("anxiety_ptsd_timing",)),
        (("it is for my sciatica. for how long is relief?",), ("pain_relief",)),
        (("i suffer from depression", "and how long does the relief last"), ("series_relief_depression",)),
        (("how long does relief last", "I forgot, it is for nerve pain"), ("pain_relief",)),
        (("how long does relief from depression last", "no sorry, I meant pain"), ("pain_relief",)),
    ],
    "a question is found in a letter": [
        ((LETTERS[0],), ("infusion_length",)),
        ((LETTERS[1],), ("driving", "ride_home")),
        ((LETTERS[2],), ("series_relief_depression",)),
    ],
    "a right word is not corrected into one of ours": [
        (("how long is a transfusion",), ("-infusion_length",)),
        (("how long does the illusion last",), ("-infusion_length",)),
        (("how long does the confusion last",), ("-infusion_length",)),
        (("can I dive the next day",), ("-driving", "-driving_now")),
        (("what is an effusion",), ("-what_is", "-infusion_length")),
        (("how is fusion done",), ("-mechanism", "-infusion_length")),
        (("is derision normal",), ("-driving",)),
    ],
    "a foreign subject gets no answer of ours": [
        (("What causes hip pain?",), ("-pain_mechanism",)),
        (("side effects of letrozole",), ("-after_effects",)),
        (("how long does a nerve block help",), ("-pain_relief",)),
        (("ankle sprain, pain level 7",), ("-pain_relief",)),
        (("call a taxi",), ("-ride_home",)),
        (("covid booster how often",), ("-maintenance_frequency",)),
        (("how many iron infusions will i need",), ("-initial_series",)),
        (("What are the treatments for Apert syndrome?",), ("-conditions_treated",)),
        (("how long does a dental crown last",), ("-duration_overview",)),
    ],
    "start and end, once and often are kept apart": [
        (("how quickly does the benefit fade",), ("-onset",)),
        (("how fast does relief fade",), ("-onset",)),
        (("how long before relief",), ("-pain_relief", "-relief_depends_on_condition")),
        (("how long will I feel better",), ("-onset",)),
        (("how soon does the depression lift",), ("onset",)),
        (("how often do i need a booster",), ("maintenance_frequency",)),
        (("how many infusions are there at the start",), ("initial_series", "series_aim")),
    ],
    "it is about people, and of children the source says nothing": [
        (("how long does it last in dogs",), ("animals",)),
        (("how long does it last for a child?",), ("children",)),
        (("vet gave my puppy ketamine",), ("animals", "fallback")),
        (("how long does the infusion take for my 12 year old",), ("children",)),
        (("our cat had ketamine at the vet, when does it wear off",), ("animals",)),
        (("is it given to teenagers",), ("children",)),
    ],
    "who drives": [
        (("my husband drove me home",), ("-driving_done", "-driving_now")),
        (("my sister drove me home, when do the effects wear off?",), ("psychoactive_wear_off",)),
        (("i am driving my wife home from her infusion",), ("driver",)),
        (("i'm her driver",), ("driver", "fallback")),
        (("my dad picked me up after the infusion",), ("-driving_done", "-driving_now")),
        (("i drove myself home after my infusion",), ("driving_done",)),
    ],
    "the way there, and later days": [
        (("can I drive to my appointment",), ("driving_before",)),
        (("can i drive tomorrow",), ("driving_later",)),
        (("can i drive 24 hours after the infusion",), ("driving_later",)),
        (("may i drive the next morning",), ("driving_later",)),
        (("is it ok to drive myself to the infusion",), ("driving_before",)),
        (("can i drive home after the infusion", "and tomorrow?"), ("driving_later",)),
    ],
    "other ways of taking it have no figures": [
        (("how long does a ketamine pill last",), ("other_routes", "home_use")),
        (("how long does a ketamine lozenge last",), ("other_routes", "home_use")),
        (("when does the nasal spray wear off",), ("other_routes", "esketamine")),
        (("how soon does a ketamine injection work",), ("other_routes",)),
        (("is the tablet slower than the drip",), ("other_routes",)),
    ],
    "for pain the source tells no start": [
        (("how soon does pain relief start",), ("pain_onset",)),
        (("how long does one infusion last for pain",), ("pain_onset",)),
        (("when will my nerve pain get better after it",), ("pain_onset",)),
        (("how quickly does it help fibromyalgia",), ("pain_onset",)),
    ],
    "machines are no work for that day": [
        (("can i use the forklift at work the same day",), ("driving",)),
        (("operating a chainsaw after my infusion",), ("driving",)),
        (("can i run the tractor this afternoon, infusion was at ten",), ("driving",)),
    ],
    "words that run together, and words that are stretched": [
        (("howlongdoesaninfusiontake",), ("infusion_length",)),
        (("plssssss can i driiiiive",), ("driving",)),
        (("canidriveaftertheinfusion",), ("driving",)),
        (("sooooo how long is the infusionnnn",), ("infusion_length",)),
    ],
    "the source is named": [
        (("how long is an infusion", "source?"), ("talk:source",)),
        (("what is your source",), ("talk:source",)),
        (("how long is an infusion", "where is that from"), ("talk:source",)),
        (("what article is this from?",), ("talk:source",)),
    ],
    "who doubts gets the answer again, with its source": [
        (("how long is an infusion", "are you sure?"), ("talk:sure",)),
        (("how long is an infusion", "i dont believe you"), ("talk:sure",)),
        (("how long is an infusion", "really? that cant be right"), ("talk:sure",)),
        (("how long does relief from depression last", "but my doctor said two days"), ("talk:contradict",)),
        (("how long is an infusion", "the nurse told me something else"), ("talk:contradict",)),
    ],
    "about the bot": [
        (("do you store what I write?",), ("talk:privacy",)),
        (("is this confidential?",), ("talk:privacy",)),
        (("delete my data",), ("talk:delete",)),
        (("who wrote this",), ("talk:source", "talk:maker")),
        (("is this chatgpt",), ("talk:who_are_you",)),
        (("can anyone else read this chat",), ("talk:privacy",)),
    ],
    "repair": [
        (("how long is an infusion", "tell me more"), ("infusion_length",)),
        (("how long is an infusion", "say that in simpler words"), ("talk:simpler",)),
        (("how long is an infusion", "repeat that"), ("talk:repeat",)),
        (("how long is an infusion", "can you say it once more please"), ("talk:repeat",)),
    ],
    "a person is wanted": [
        (("speak to representative",), ("handoff",)),
        (("I need a nurse",), ("handoff",)),
        (("connect me with staff",), ("handoff",)),
        (("talk to the front desk",), ("handoff",)),
        (("can a nurse call me back",), ("handoff",)),
        (("is there somebody i could ring about this",), ("handoff",)),
    ],
    "courtesy": [
        (("how long is an infusion", "no thanks"), ("smalltalk",)),
        (("how long is an infusion", "ok I will ask them"), ("smalltalk",)),
        (("how long is an infusion", "👍"), ("smalltalk",)),
        (("how long is an infusion", "hang on, the door"), ("smalltalk",)),
        (("how long is an infusion", "lovely, I've written it down"), ("smalltalk",)),
    ],
    "a number with nothing to choose from": [
        (("the last one",), ("fallback",)),
        (("number two",), ("fallback",)),
        (("the second",), ("fallback",)),
    ],
}
# What still goes wrong with the words alone; one that comes right has to leave this list.
KNOWN_FAULTS: dict[str, str] = {
    "a question is found in a letter: Hello, I am a retired baker and my wife drives me everywhere": "asked back",
    "a question is found in a letter: hi my sister has her first ketamine infusion next week and s": "asked back",
    "a right word is not corrected into one of ours: how long does the confusion last": "a frame is all that it says",
    "a foreign subject gets no answer of ours: What causes hip pain?": "pain is ours, and a hip is common",
    "a foreign subject gets no answer of ours: covid booster how often": "booster is ours",
    "who drives: my sister drove me home, when do the effects wear off?": "two parts, and the first is answered",
    "words that run together, and words that are stretched: sooooo how long is the infusionnnn": "asked back",
    "courtesy: lovely, I've written it down": "taken for despair",
}
ROWS = [
    pytest.param(
        *row,
        id=(name := f"{kind}: {row[0][-1][:60]}"),
        marks=pytest.mark.xfail(strict=True, reason=KNOWN_FAULTS[name]) if name in KNOWN_FAULTS else (),
    )
    for kind, rows in KINDS.items()
    for row in rows
]


def told(reply: Reply) -> set[str]:
    topics = {part.entry or part.boundary or "" for part in reply.parts}
    return topics | {reply.kind} | {f"talk:{step.subject}" for step in reply.trace.steps if step.name == "talk"}


@pytest.mark.parametrize(("said", "wanted"), ROWS)
def test_faults_of_understanding(said: tuple[str, ...], wanted: tuple[str, ...], dialogue: Dialogue) -> None:
    conversation = Conversation(greeted=True)
    for utterance in said[:-1]:
        conversation = dialogue.turn(Said(utterance), conversation, NOW)[1]
    reply = dialogue.turn(Said(said[-1]), conversation, NOW)[0]
    got = told(reply)
    barred = {one[1:] for one in wanted if one.startswith("-")}
    allowed = {one for one in wanted if not one.startswith("-")}
    assert got.isdisjoint(barred), reply.text
    assert not allowed or not got.isdisjoint(allowed), (got, reply.text)
