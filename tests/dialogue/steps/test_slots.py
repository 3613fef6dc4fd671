"""What a message says of whom, of which condition and how, and which topic then answers in place of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.dialogue.steps.slots import SlotReader

if TYPE_CHECKING:
    from bot.knowledge.model import Knowledge
    from bot.matching.matcher import Matcher


@pytest.fixture(scope="module")
def slots(knowledge: Knowledge, matcher: Matcher) -> SlotReader:
    return SlotReader(knowledge, matcher.language)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("how long does relief last", {}),
        ("my diagnosis is treatment resistant depression", {"condition": "depression"}),
        ("I am not in pain, I have depression", {"condition": "depression"}),
        ("it's for depression, no sorry, for my CRPS", {"condition": "pain"}),
        ("it is not for pain", {}),
        ("is it longer for pain patients than in depression", {}),
        ("depression, sorry, i meant pain", {"condition": "pain"}),
        ("can i drive tomorrow", {"day": "later"}),
        ("my infusion is tomorrow, can i drive home", {"route": "infusion"}),
        ("can i drive to my appointment", {"day": "before"}),
        ("my sister drove me home", {"role": "driven"}),
        ("i am driving my wife home from her infusion", {"role": "driver", "route": "infusion"}),
        ("depression. not depression", {}),
        ("i have ptsd and the drip is on monday", {"condition": "ptsd", "route": "infusion"}),
        ("my son is 15", {"person": "child"}),
        ("my 15 year old", {"person": "child"}),
        ("she is 4", {"person": "child"}),
        ("mum is 82 years old", {"person": "adult"}),
        ("i have to pick up my kids at 15 minutes past", {}),
        ("the vet gave my puppy some", {"species": "animal"}),
        ("is the nose spray the same", {"route": "other"}),
        ("after six infusions", {"count": "series"}),
        ("just one infusion", {"count": "single", "route": "infusion"}),
        ("", {}),
        ("???", {}),
    ],
)
def test_slots_are_read_from_words(text: str, told: dict[str, str], slots: SlotReader) -> None:
    assert slots.read(text) == told


def test_what_is_carried_is_the_person_and_the_condition_and_the_newer_holds(slots: SlotReader) -> None:
    before = slots.carried({"condition": "pain", "count": "single"}, ())
    assert before == (("condition", "pain"),)
    assert slots.carried({"condition": "ptsd", "person": "child"}, before) == (("condition", "ptsd"), ("person", "child"))
    assert slots.carried({}, before) == before


@pytest.mark.parametrize(
    ("text", "told", "topic"),
    [
        ("how long will relief from depression last after the six", {}, "series_relief_depression"),
        ("how long will relief from depression last after the six", {"condition": "pain"}, "pain_relief"),
        ("how long will relief from depression last after the six", {"condition": "ptsd"}, "anxiety_ptsd_timing"),
        ("how long does it take for the effects to wear off", {"person": "child"}, "children"),
        ("how long does it take for the effects to wear off", {"route": "other"}, "other_routes"),
        ("how long does it take for the effects to wear off", {"condition": "pain"}, "psychoactive_wear_off"),
        ("when may i drive", {"person": "child"}, "driving"),
        ("when may i drive", {"day": "later"}, "driving_later"),
        ("when may i drive", {"day": "before"}, "driving_before"),
        ("when may i drive", {"role": "driver"}, "driver"),
        ("how soon will i feel better", {"condition": "pain"}, "pain_onset"),
        ("how long does it take for the effects to wear off", {"species": "animal"}, "animals"),
    ],
)
def test_a_topic_gives_way_where_it_is_wrong_for_who_asks(
    text: str, told: dict[str, str], topic: str, slots: SlotReader, matcher: Matcher, knowledge: Knowledge
) -> None:
    ranking = matcher.rank(text)
    assert ranking is not None
    top = slots.redirected(ranking, told).top
    assert top.topic == topic
    assert top.entry is (topic in knowledge.entries)


def test_topics_that_become_one_share_the_belief(slots: SlotReader, matcher: Matcher) -> None:
    ranking = matcher.rank("how long does relief last, for depression or for pain")
    assert ranking is not None
    moved = slots.redirected(ranking, {"condition": "anxiety"})
    assert len({match.topic for match in moved.matches}) == len(moved.matches) < len(ranking.matches)
    assert moved.top.share > ranking.top.share
