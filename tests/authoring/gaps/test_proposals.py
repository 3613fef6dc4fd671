from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.authoring.gaps.proposals import GapProposal, new_id, propose, why_not, with_phrases, yaml_lines
from bot.dialogue.policy import Dialogue
from bot.knowledge.load import load
from bot.knowledge.model import Knowledge
from tests import folders

OVEN = ("how long is the loaf in the oven", "oven minutes for one loaf", "oven time for a loaf")
EAGLES = ("what do eagles eat", "eagles eat what at noon")


def test_phrases_are_proposed_for_the_topic_that_is_asked_for(dialogue: Dialogue, bread: Knowledge) -> None:
    found = propose(OVEN, bread, dialogue.matcher)
    assert (found.topic, found.phrases) == ("baking", OVEN[:2]), "the last one is stored already"
    assert found.belief > 0.3
    assert "baking" not in found.others


def test_what_did_not_help_is_not_proposed_again(dialogue: Dialogue, bread: Knowledge) -> None:
    found = propose(OVEN, bread, dialogue.matcher, ["baking"])
    assert "baking" not in {found.topic, *found.others}


def test_an_editor_may_know_better(dialogue: Dialogue, bread: Knowledge) -> None:
    assert propose(OVEN, bread, dialogue.matcher, topic="storage").topic == "storage"


def test_long_texts_are_no_phrases(dialogue: Dialogue, bread: Knowledge) -> None:
    assert propose(["the oven " * 20], bread, dialogue.matcher).phrases == ()


def test_phrases_stand_in_their_topic_and_nothing_else_changes(bread: Knowledge) -> None:
    added = [
        GapProposal(OVEN, "baking", OVEN[:1], (), 1.0),
        GapProposal(OVEN, "price", ("x",), (), 1.0),
        GapProposal(EAGLES, None, EAGLES, (), 0),
    ]
    changed = with_phrases(bread, added)
    assert changed.entries["baking"].phrases == (*bread.entries["baking"].phrases, OVEN[0])
    assert changed.boundaries["price"].phrases == (*bread.boundaries["price"].phrases, "x")
    assert changed.entries["starter"] == bread.entries["starter"]


def test_what_is_told_to_be_added_is_taken_by_the_loader(bread: Knowledge, tmp_path: Path) -> None:
    phrases = ('the "crust": how long?', "- oven # how hot", OVEN[0])
    head, *lines = yaml_lines(GapProposal(OVEN, "feeding", phrases, (), 1.0), bread)
    assert head == "# topics/bread.yaml, feeding: add to its phrases"
    text = folders.BREAD.replace("    - feeding schedule\n", "    - feeding schedule\n" + "\n".join(lines) + "\n")
    loaded = load(folders.write(tmp_path / "a", bread=text), "default")
    assert set(phrases) <= set(loaded.entries["feeding"].phrases)


def test_a_new_topic_is_taken_once_it_is_filled(bread: Knowledge, tmp_path: Path) -> None:
    lines = yaml_lines(GapProposal(EAGLES, None, EAGLES, (), 0.0), bread)
    text = re.sub("WRITE WHAT.*", "The source does not say what eagles eat.", "\n".join(lines))
    loaded = load(folders.write(tmp_path / "a", boundaries=f"{folders.BOUNDARIES}\n{text}\n"), "default")
    assert loaded.boundaries["eagles"].phrases == EAGLES


@pytest.mark.parametrize(
    ("question", "id"), [("what does it cost?", "cost"), ("Storage?", "storage_2"), ("??", "topic"), ("24 hours?", "hours")]
)
def test_a_new_topic_has_a_name_of_its_own(bread: Knowledge, question: str, id: str) -> None:
    assert new_id(question, bread) == id


def test_why_something_was_not_answered_is_told(dialogue: Dialogue) -> None:
    matcher = dialogue.matcher
    assert why_not(None) == "no word of it can be matched"
    assert why_not(matcher.rank("eagles zzzz")).startswith("no word in common with any phrase")
    ranking = matcher.rank("oven time for a loaf")
    assert ranking is not None
    assert why_not(ranking).startswith("it is answered now")
    high = replace(ranking, calibration=replace(ranking.calibration, answer=2.0))
    assert re.match(r"confidence 0\.\d\d, and 2\.00 is needed; nearest phrase 'oven time for a loaf'", why_not(high))
    led = replace(ranking, calibration=replace(ranking.calibration, lead=1.5))
    assert re.match(r"leads \w+ by [01]\.\d\d, and 1\.50 is needed", why_not(led))
    held = replace(ranking, matches=(replace(ranking.top, guards=("another substance: rye",)), *ranking.matches[1:]))
    assert why_not(held).startswith("held back (another substance: rye)")
