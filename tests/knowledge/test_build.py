"""Checked rows made into nouns: what stands for itself, what is put together, and what a clinic adds."""

from __future__ import annotations

from typing import Any

import pytest

from bot.knowledge import build, schema, yamlfile
from bot.knowledge.build import frequencies_of
from bot.knowledge.fields import Row
from bot.knowledge.model import Facet, Place, Quantity
from bot.knowledge.yamlfile import Mistakes

DAYS = "reviewed: {by: A Tester, on: 2026-01-01}\nreview_by: 2027-01-01\n"
BOUNDARY = f"id: price\nquestion: What?\nphrases: [what]\nreply: Ask.\n{DAYS}"
ENTRY = f"id: a\nquestion: What?\nphrases: [what]\nanswer: So.\nclaims: [one]\nsafety: [two]\n{DAYS}"
LEXICON = """\
synonyms: {bread: [Sour loaf, loaves]}
opening: [hi, Good morning]
closing: [thanks, thank you so much]
ordinary: [Read-head]
foreign: ["cake, pie"]
facets: {about: {price: [Costs, how much]}}
"""


def row(kind: Any, text: str) -> Row:
    mistakes = Mistakes()
    value = yamlfile.parse_yaml("f.yaml", text.encode(), mistakes)
    assert value is not None
    found = kind.read("f.yaml", value, mistakes)
    assert mistakes.lines() == []
    assert isinstance(found, Row)
    return found


@pytest.mark.parametrize(
    ("figure", "first", "last", "words"),
    [
        pytest.param("value: 40 minutes", "40 minutes", None, False, id="one"),
        pytest.param("from: 1 week, to: 2 weeks", "1 week", "2 weeks", False, id="a-range"),
        pytest.param("words: daily", "daily", None, True, id="in-words"),
    ],
)
def test_each_form_of_figure_is_a_quantity(figure: str, first: str, last: str | None, words: bool) -> None:
    text = "id: c\nclaim: It lasts {q}.\nscope: all\nsource: {document: d, section: s, paragraph: 2}\n"
    made = build.claim(row(schema.CLAIM, f"{text}quantities: {{q: {{{figure}, near: [lasts]}}}}\n"))
    assert made.quantities == (Quantity("q", first, last, words, ("lasts",)),)
    assert (made.place, made.hedge) == (Place("d", "s", 2), ())


def test_what_a_clinic_adds_to_safety_stands_behind_and_nothing_stands_twice() -> None:
    assert build.entry(row(schema.ENTRY, ENTRY), ("three", "two")).safety == ("two", "three")
    assert build.boundary(row(schema.BOUNDARY, BOUNDARY), None, ("one", "one")).safety == ("one",)


def test_a_clinics_own_words_stand_beside_the_reply() -> None:
    made = build.boundary(row(schema.BOUNDARY, BOUNDARY), "Ask the desk.", ())
    assert (made.reply, made.clinic_text) == ("Ask.", "Ask the desk.")


@pytest.mark.parametrize(
    ("flag", "helpline"), [("", False), ("helpline: false\n", False), ("helpline: true\n", True)], ids=["unset", "false", "true"]
)
def test_a_helpline_is_there_where_it_is_asked_for(flag: str, helpline: bool) -> None:
    assert build.boundary(row(schema.BOUNDARY, BOUNDARY + flag), None, ()).helpline is helpline


def test_words_are_kept_as_they_will_be_heard_and_long_courtesies_are_looked_for_first() -> None:
    lexicon = row(schema.LEXICON, LEXICON)
    made = build.lexicon(lexicon)
    assert dict(made.synonyms) == {("sour", "loaf"): ("bread",), ("loaves",): ("bread",)}
    assert made.opening == (("good", "morning"), ("hi",))
    assert made.closing == (("thank", "you", "so", "much"), ("thanks",))
    assert made.ordinary == {"read", "head"}
    assert build.words(lexicon, "foreign") == {"cake", "pie"}
    assert build.words(lexicon, "not there") == frozenset()
    assert build.facets(lexicon) == (Facet("about", "price", frozenset({"costs", "how much"})),)


def test_common_words_are_common_and_rare_ones_rare() -> None:
    english = frequencies_of("en")
    common, rare = english.zipf("drive"), english.zipf("lozenge")
    assert common is not None
    assert rare is not None
    assert common > rare + 1


@pytest.mark.parametrize("word", ["letrozole", "infusoin", "howlong"])
def test_what_is_no_word_is_not_in_it(word: str) -> None:
    assert frequencies_of("en").zipf(word) is None


def test_a_language_without_a_list_has_no_rare_words() -> None:
    assert not frequencies_of("eo")
