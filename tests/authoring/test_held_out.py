"""The matcher alone on any labelled phrases, and a folder's own phrases as questions that it has not seen."""

from __future__ import annotations

import pytest

from bot.authoring.calibrate import FOLDS
from bot.authoring.held_out import evidence, held_out_cases, phrase_matcher
from bot.authoring.score import Ranked, rank_figures
from bot.knowledge.build import DEFAULT_CALIBRATION
from bot.knowledge.load import load
from bot.knowledge.model import Knowledge
from bot.language.english import ENGLISH
from bot.language.lexicon import Lexicon
from bot.language.vocabulary import Words
from bot.matching.matcher import Match, Matcher, Ranking
from tests import folders

PHRASES = [
    ("play some music", "music"),
    ("what is the weather", "weather"),
    ("put on a song", "music"),
    ("will it rain today", "weather"),
    ("set an alarm for seven", "alarm"),
    ("wake me up at six", "alarm"),
    ("turn the music up", "music"),
]


@pytest.fixture(scope="module")
def bread(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    return load(folders.write(tmp_path_factory.mktemp("bread")))


@pytest.mark.parametrize(
    ("text", "label"),
    [
        pytest.param("play a song", "music", id="music"),
        pytest.param("is it going to rain", "weather", id="weather"),
        pytest.param("wake me at 6", "alarm", id="alarm"),
    ],
)
def test_labels_come_in_order_with_how_sure(text: str, label: str) -> None:
    rank = phrase_matcher(PHRASES, Lexicon(ENGLISH), DEFAULT_CALIBRATION)
    order, sure = rank(text)
    assert order[0] == label
    assert set(order) == {"music", "weather", "alarm"}
    assert sure > rank("the emperor of china")[1]


def test_the_confidence_tells_strange_questions_from_known_ones() -> None:
    rank = phrase_matcher(PHRASES, Lexicon(ENGLISH), DEFAULT_CALIBRATION)
    asked = [*PHRASES, ("who won the cup", "out"), ("my cat sleeps", "out"), ("?!", "out")]
    told = rank_figures([Ranked(label, *rank(text)) for text, label in asked])
    assert told["top-1"] == told["AUROC"] == 1


def test_what_has_no_word_is_the_least_sure() -> None:
    assert phrase_matcher(PHRASES, Lexicon(ENGLISH), DEFAULT_CALIBRATION)("...") == ((), float("-inf"))


def test_one_label_alone_is_no_obstacle() -> None:
    assert phrase_matcher([("play music", "music")], Lexicon(ENGLISH), DEFAULT_CALIBRATION)("music")[0] == ("music",)


def test_a_matcher_may_be_given_a_way_to_understand() -> None:
    seen: list[Matcher] = []

    def understand(matcher: Matcher) -> Matcher:
        seen.append(matcher)
        return matcher

    rank = phrase_matcher(PHRASES, Lexicon(ENGLISH), DEFAULT_CALIBRATION, understand)
    assert rank("play a song") == phrase_matcher(PHRASES, Lexicon(ENGLISH), DEFAULT_CALIBRATION)("play a song")
    assert [len(matcher.phrases) for matcher in seen] == [len(PHRASES)]


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        pytest.param({}, 5.0 + 2 * 0.5 + 3 * 0.25, id="by-words"),
        pytest.param({"meant": 1.0, "alike": 0.5}, 5.0 + 8 * 0.5, id="with-a-sentence-model"),
    ],
)
def test_the_evidence_is_that_of_the_scorers_that_were_asked(more: dict[str, float], wanted: float) -> None:
    parts = {"sum": 5.0, "share": 0.5, "cover": 0.25, **more}
    words = Words(("w",), ("w",), ("w",))
    ranking = Ranking(words, (Match("music", True, 0.0, 0.5, parts, "phrase"),), DEFAULT_CALIBRATION)
    assert evidence(ranking) == pytest.approx(wanted)


def test_phrases_of_a_label_may_stand_apart() -> None:
    apart = phrase_matcher(PHRASES, Lexicon(ENGLISH), DEFAULT_CALIBRATION)
    together = phrase_matcher(
        sorted(PHRASES, key=lambda one: ["music", "weather", "alarm"].index(one[1])), Lexicon(ENGLISH), DEFAULT_CALIBRATION
    )
    assert apart("put the alarm on") == together("put the alarm on")


def test_every_phrase_of_a_folder_is_asked_once(bread: Knowledge) -> None:
    asked = sorted(case.question.q for case in held_out_cases(bread))
    assert asked == sorted(phrase for topic in bread.topics for phrase in topic.phrases)


def test_a_held_out_phrase_is_not_known_to_its_matcher(bread: Knowledge) -> None:
    questions = {topic.question for topic in bread.topics}
    own = [case for case in held_out_cases(bread) if case.question.q not in questions]
    assert len(own) > FOLDS
    assert all(match.nearest != case.question.q for case in own for match in case.ranking.matches)


def test_labels_are_the_claims_of_an_entry_and_the_name_of_a_boundary(bread: Knowledge) -> None:
    asked = {case.question.q: case.question for case in held_out_cases(bread)}
    assert (asked["feeding schedule"].label, asked["feeding schedule"].also) == ("feeding_interval", ("flour",))
    assert (asked["flour price"].label, asked["flour price"].also) == ("out:price", ())
