"""A grammar is handed in: a made-up language of some twenty words is understood without a change in ``bot/``.

A second language in earnest touches: a value like ``bot/language/english.py`` and its line in ``languages.py``; for the end of an
infusion a value like ``bot/timeline/end_time_english.py`` and its line in ``end_time.py``; a knowledge folder in it, whose
``lexicon.yaml`` says ``language:``; its plain words, examples and alarms, which have languages of their own;
``bot/language/text.py`` where it is not written in Latin letters, or its ordinals are to be one word; the words "call" and "text"
of ``bot/channels/rendering.py``; and a sentence model that knows it, or ``--model off``.
"""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path

import pytest

from bot.dialogue.conversation import Choice, Conversation
from bot.dialogue.events import Said
from bot.dialogue.policy import Dialogue
from bot.dialogue.steps.followups import FollowUps
from bot.dialogue.steps.questions import Questions, chosen
from bot.dialogue.steps.slots import SlotReader
from bot.dialogue.steps.smalltalk import SmallTalks
from bot.knowledge.build import lexicon as lexicon_of
from bot.knowledge.fields import Row
from bot.knowledge.load import KnowledgeError, load
from bot.knowledge.model import Knowledge, Quantity
from bot.language.english import ENGLISH
from bot.language.grammar import ClockWords, FigureWords, Grammar
from bot.language.languages import GRAMMARS
from bot.language.lexicon import Lexicon, canonical, number
from bot.language.quantities import ends_of, quantities, typed, units_in
from bot.language.vocabulary import Language
from bot.matching.guards import Guards
from bot.matching.matcher import Matcher
from bot.timeline import hours
from bot.timeline.end_time import EndTimes
from tests import folders

# ni not, pre before, pos after, kaj and, se if, ho how, ke what, lo that one, la the, mi me, nu now, plis please,
# un du tri one two three, dek ten, hor day the units, duon half, al to, inter between, au or, plur some, par a pair, fin last
KLING = Grammar(
    tag="x-kling",
    stemmer="",
    numbers={"un": "1", "du": "2", "tri": "3", "dua": "2"},
    ordinal_endings=frozenset(),
    negations=frozenset({"ni"}),
    corrections=frozenset({"pardo"}),
    before=frozenset({"pre"}),
    after=frozenset({"pos"}),
    clause_break=re.compile(r"(?<=[.?!])\s+|\s+kaj\s+(?=(?:ho|ke)\b)"),
    choosing=frozenset({"la", "plis"}),
    every=frozenset({"tuta"}),
    last=frozenset({"fin"}),
    follow_up=re.compile(r"kaj\b"),
    pointing=frozenset({"lo"}),
    empty=frozenset({"lo", "kaj", "la", "mi"}),
    bare=frozenset({"lo", "kaj", "la", "mi", "ho"}),
    asking=frozenset({"ho", "ke"}),
    requests=re.compile(r"dima"),
    plans=re.compile(r"vola"),
    run_on=re.compile(r"\s+(?=kaj\b)"),
    particles=frozenset({"plis", "la"}),
    now=frozenset({"nu"}),
    figures=FigureWords(
        ones={"un": 1.0, "du": 2.0, "tri": 3.0},
        tens={},
        large={},
        articles=("la",),
        half="duon",
        and_a_half="kaj la duon",
        few=("plur",),
        pair=("par",),
        units={"hor": "hour", "hori": "hour", "tag": "day"},
        plural="",
        no_units=("kaj",),
        to_words=("al",),
        between=("inter", "kaj"),
        or_word="au",
        and_word="kaj",
        span="{first} al {last}",
        spoken=frozenset({"un", "du", "tri", "hori"}),
        spoken_spans=re.compile(r"\bla hor\b"),
    ),
    clock=ClockWords(
        time="{hour}.{minute}",
        halves=("", ""),
        day="{day} {month} ({weekday})",
        weekdays=("A", "B", "C", "D", "E", "F", "G"),
        months=("ja", "fe", "ma", "ap", "mi", "ju", "jl", "au", "se", "ok", "no", "de"),
    ),
)
TOPICS = """\
- id: gluto
  question: Ho gluto fek?
  phrases: [ho gluto fek, ke gluto pre panu, ho gluto fek dek]
  answer: Gluto.
  claims: [what_is]
  about: {aspect: gluto}
  related: [panu]
  reviewed: {by: A Tester, on: 2026-01-01}
  review_by: 2027-01-01

- id: panu
  question: Ke panu brun?
  phrases: [ke panu brun, panu pos gluto, ke brun panu du]
  answer: Panu.
  claims: [rising]
  about: {aspect: panu}
  reviewed: {by: A Tester, on: 2026-01-01}
  review_by: 2027-01-01
"""
LEXICON = """\
synonyms:
  panu: [pano]
facets:
  aspect:
    gluto: [gluto]
    panu: [panu]
"""
SMALLTALK = """\
- id: danko
  act: reply
  phrases: [danko mi]
  reply: Danko.
"""
NOW = datetime.fromisoformat("2026-11-24T15:00+00:00")


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    oven = TOPICS.replace("gluto", "kuko").replace("panu", "supo").replace("Gluto", "Kuko").replace("Panu", "Supo")
    boundaries = folders.BOUNDARIES.replace("[feeding]", "[gluto]")
    folder = folders.write(
        tmp_path_factory.mktemp("kling"), bread=TOPICS, oven=oven.replace("rising", "flour").replace("what_is", "baking_time"),
        boundaries=boundaries, lexicon=LEXICON, smalltalk=SMALLTALK,
    )  # fmt: skip
    read = load(folder)
    return replace(read, lexicon=replace(read.lexicon, grammar=KLING))


@pytest.fixture(scope="module")
def matcher(knowledge: Knowledge) -> Matcher:
    return Matcher.from_knowledge(knowledge)


# -- its words ------------------------------------------------------------------------------------------------------


def test_numbers_are_its_own() -> None:
    lexicon = Lexicon(KLING)
    assert canonical(["tri", "three", "7", "7th"], lexicon) == ["3", "three", "7", "7th"]
    assert number("dua", KLING) == "2"


def test_words_are_their_own_stems_where_snowball_knows_none() -> None:
    language = Language(Lexicon(KLING), ["panuing fekes"])
    assert language.parse("panuing fekes du").stems == ("panuing", "fekes", "2")


def test_a_negation_and_what_was_before_or_after_are_told_apart() -> None:
    guards = Guards([["gluto", "pre"], ["gluto", "pos"], ["gluto", "ni"], ["gluto", "not", "before"]], KLING)
    assert guards.agreement(["gluto", "pre"]).tolist() == pytest.approx([1, 0.85, 0.85, 1])
    assert guards.agreement(["gluto", "ni"]).tolist() == pytest.approx([0.85, 0.85, 1, 0.85])


def test_figures_are_read_and_written() -> None:
    assert ends_of("2 hori", "tri hori", KLING) == ((("2",), "hour"), (("3",), "hour"))
    assert ends_of("plur tag", None, KLING) == ((("plur",), "day"),)
    assert ends_of("2 hours", None, KLING) == ((("2",), "hours"),)  # a unit as any other word is
    assert [one.ends for one in quantities("inter du kaj tri hori", KLING)] == [((("2",), "hour"), (("3",), "hour"))]
    assert [one.ends for one in quantities("la hor kaj la duon", KLING)] == [((("1.5",), "hour"),)]
    assert units_in("hori au tag, hours or days", KLING) == ["hour", "day"]
    assert typed("du three la hor", (), KLING) == ["du", "la hor"]
    assert Quantity("q", "2 hori", "3 hori", False, ()).shown(KLING) == "2 al 3 hori"


def test_clock_times_are_written_its_way(knowledge: Knowledge) -> None:
    assert hours.clock_text(NOW.replace(hour=14, minute=5), NOW.date(), knowledge) == "14.05"
    on = hours.clock_text(NOW, NOW.replace(day=25).date(), replace(knowledge, messages={"clock_other_day": "{day}, {clock}"}))
    assert on == "24 no (B), 15.00"


def test_an_end_is_not_read_in_a_language_that_has_no_words_for_it() -> None:
    end_times = EndTimes.of(KLING)
    assert end_times.parse_end("my infusion ended at 3", NOW) is None
    assert end_times.parse_answer("14:10", NOW) is None
    assert end_times.parse_time("14:10") is None
    assert not end_times.speaks_of_an_end("my infusion ended at 3")


# -- a talk in it ---------------------------------------------------------------------------------------------------


def test_a_follow_up_is_heard(knowledge: Knowledge, matcher: Matcher) -> None:
    followups = FollowUps(knowledge, matcher.language)
    heard = followups.detect("kaj panu", ("gluto",))
    assert heard is not None
    assert heard.topic == "panu"
    assert followups.detect("ho lo fek", ("gluto",)) is not None
    assert followups.detect("it fek", ("gluto",)) is None
    assert followups.is_bare("ho lo")
    assert not followups.is_bare("how long")


@pytest.mark.parametrize(
    ("said", "picked"),
    [("la dua plis", "b"), ("fin", "b"), ("un", "a"), ("the first one", None), ("last", None)],
)
def test_a_choice_is_picked(said: str, picked: str | None, matcher: Matcher) -> None:
    found = chosen(said, (Choice("a", "Ho gluto fek?"), Choice("b", "Ke panu brun?")), matcher)
    assert (found.id if found else None) == picked


def test_a_particle_hides_no_courtesy(knowledge: Knowledge, matcher: Matcher) -> None:
    smalltalks = SmallTalks(knowledge, matcher.language)
    assert smalltalks.detect("la danko mi plis") is not None
    assert smalltalks.detect("the danko mi please") is None


def test_two_questions_are_told_apart(knowledge: Knowledge, matcher: Matcher) -> None:
    slots = SlotReader(knowledge, matcher.language)
    questions = Questions(matcher, SmallTalks(knowledge, matcher.language), slots)
    assert [one.top.topic for one in questions.rankings("ho gluto fek kaj ke panu brun", {}).sure] == ["gluto", "panu"]
    assert len(questions.rankings("ho gluto fek and ke panu brun", {}).rankings) == 1


def test_a_dialogue_goes_on_in_it(knowledge: Knowledge, matcher: Matcher) -> None:
    dialogue = Dialogue(knowledge, matcher)
    reply, after = dialogue.turn(Said("ho gluto fek"), Conversation(greeted=True), NOW)
    assert after.topics[:1] == ("gluto",), reply
    reply, after = dialogue.turn(Said("kaj panu"), after, NOW)
    assert after.topics[:1] == ("panu",), reply


# -- which grammar a folder has -------------------------------------------------------------------------------------


def test_a_folder_names_its_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(folders.write(tmp_path / "none")).grammar is ENGLISH
    assert load(folders.write(tmp_path / "en", lexicon="language: en\n" + folders.LEXICON)).grammar is ENGLISH
    with pytest.raises(KnowledgeError, match=r"^lexicon.yaml:1: language: 'x-kling' is not known here; allowed: en$"):
        load(folders.write(tmp_path / "other", lexicon="language: x-kling\n" + folders.LEXICON))
    # The table is the one place that names languages; a line more, and a folder may be written in it.
    monkeypatch.setattr("bot.knowledge.build.GRAMMARS", {**GRAMMARS, KLING.tag: KLING})
    assert lexicon_of(Row("lexicon.yaml", 1, {"language": "x-kling", "synonyms": {}}, {})).grammar is KLING


def test_the_table_names_each_language_by_its_tag() -> None:
    assert {tag: grammar.tag for tag, grammar in GRAMMARS.items()} == {tag: tag for tag in GRAMMARS}


@pytest.mark.parametrize("grammar", GRAMMARS.values(), ids=list(GRAMMARS))
def test_a_grammar_is_whole(grammar: Grammar) -> None:
    lacking = {field.name for field in fields(grammar) if not getattr(grammar, field.name)}
    assert lacking == set()
    assert grammar.pointing <= grammar.empty <= grammar.bare
    assert len(grammar.clock.weekdays) == 7
    assert len(grammar.clock.months) == 12
