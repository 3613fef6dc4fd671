"""Phrases that no topic should have, and slips in what topics are about."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.authoring.phrases import check_aspects, check_phrases
from bot.knowledge.load import load
from bot.knowledge.model import Knowledge
from tests import folders


def with_phrase(place: Path, phrase: str) -> Knowledge:
    return load(folders.write(place, oven=folders.OVEN.replace("oven time for a loaf", f'"{phrase}"')))


@pytest.mark.parametrize(
    ("phrase", "told"),
    [
        ("the", "says nothing of what is asked; write a whole question"),
        ("is it", "says nothing of what is asked"),
        ("What?", "says nothing of what is asked"),
        ("please call 555 123 4567 about the loaf", "seems to tell who somebody is (555 123 4567); say it in other words"),
        ("write to ann@crumb.example about my loaf", "seems to tell who somebody is (n@crumb.e)"),
        ("born 3/4/1980, how long do i bake", "seems to tell who somebody is (3/4/1980)"),
        ("my name is Ann, is the loaf done", "seems to tell who somebody is"),
        ("this is John Smith, is my loaf done", "seems to tell who somebody is (this is John Smith)"),
        ("Mrs. Baker's loaf, how long", "seems to tell who somebody is (Mrs. B"),
        (
            "the kitchen is on fire",
            "warning: the phrase 'the kitchen is on fire' is answered as danger (medical), never by this topic",
        ),
    ],
)
def test_an_odd_phrase_is_found(tmp_path: Path, phrase: str, told: str) -> None:
    (found,) = check_phrases(with_phrase(tmp_path, phrase))
    assert str(found).startswith("topics/oven.yaml, baking: ")
    assert told in str(found)


@pytest.mark.parametrize(
    "phrase",
    ["how long", "cost?", "in at 9, out at 10.30?", "350 degrees or 400 for a loaf", "i am American, is rye fine", "dr oven"],
)
def test_other_phrases_are_left_alone(tmp_path: Path, phrase: str) -> None:
    assert list(check_phrases(with_phrase(tmp_path, phrase))) == []


def test_danger_belongs_to_a_topic_that_gives_the_helpline(tmp_path: Path) -> None:
    boundaries = folders.BOUNDARIES.replace("deep frozen sourdough", "the kitchen is on fire")
    assert len(list(check_phrases(load(folders.write(tmp_path / "without", boundaries=boundaries))))) == 1
    boundaries = boundaries.replace("helpline: false", "helpline: true")
    assert list(check_phrases(load(folders.write(tmp_path / "with", boundaries=boundaries)))) == []


def test_of_the_shipped_phrases_none_is_odd(knowledge: Knowledge) -> None:
    assert [str(one) for one in check_phrases(knowledge) if not one.warning] == []
    assert list(check_aspects(knowledge)) == []


def test_a_slip_in_what_one_topic_is_about(tmp_path: Path) -> None:
    oven = folders.OVEN.replace("  reviewed", "  about: {aspect: storage}\n  reviewed")
    bread = folders.BREAD.replace("aspect: meaning", "aspect: storge")
    (found,) = check_aspects(load(folders.write(tmp_path, oven=oven, bread=bread)))
    assert str(found) == "topics/bread.yaml, starter: warning: it alone is about aspect: storge; did you mean storage?"
