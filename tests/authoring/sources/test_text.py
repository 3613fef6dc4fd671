"""A document taken apart: sections and paragraphs of plain text, Markdown and HTML."""

from __future__ import annotations

import pytest

from bot.authoring.sources.text import TextSection, sections_of, text_of
from bot.authoring.verify import split
from bot.knowledge.build import paragraph_hash
from bot.knowledge.model import Document, Section

MARKED = """\
# Bread day

Read this before you bake.

## Before you bake
Weigh the flour.

Rest the dough for 2 hours.
## After
Let it cool.
"""
PLAIN = """\
Bread day

Read this before you bake. It is short.

Before you bake

Weigh the flour. It should be dry.

Rest the dough
for 2 hours.

After

Let it cool on a grid for an hour.
"""
LINES = """\
Bread is made of flour, water and salt, and of the time that a dough is given before it goes into the oven at last.
A sourdough takes 12 hours as a rule, and nobody who has tasted one would want to have it any sooner than that again.
Before you bake
Weigh the flour with care, since a spoon more or less is what makes a crumb tight or a loaf flat in the end of it all.
"""
PAGE = """\
<html><head><title>x</title><style>p {color: red}</style></head><body><nav>Home | Contact</nav>
<h1>Bread day</h1><p>Read this <b>before</b> you bake.</p><h2>After</h2>
<ul><li>Let it cool &amp; rest.</li><li>Slice it.</li></ul>
<table><tr><td>Salt</td><td>Twenty grams for each loaf of bread.</td></tr></table>
<script>alert("no")</script><footer>Imprint</footer></body></html>
"""


def shown(sections: tuple[TextSection, ...]) -> list[tuple[str, str, list[str]]]:
    return [(one.id, one.heading, list(one.paragraphs)) for one in sections]


def test_headings_with_a_mark_begin_sections() -> None:
    assert shown(sections_of(MARKED, "Bread day")) == [
        ("introduction", "", ["Read this before you bake."]),
        ("before_you_bake", "Before you bake", ["Weigh the flour.", "Rest the dough for 2 hours."]),
        ("after", "After", ["Let it cool."]),
    ]


def test_short_lines_without_an_end_are_headings_of_plain_text() -> None:
    assert shown(sections_of(PLAIN, "Bread day")) == [
        ("introduction", "", ["Read this before you bake. It is short."]),
        ("before_you_bake", "Before you bake", ["Weigh the flour. It should be dry.", "Rest the dough for 2 hours."]),
        ("after", "After", ["Let it cool on a grid for an hour."]),
    ]


def test_where_each_line_ends_as_a_sentence_does_a_line_is_a_paragraph() -> None:
    found = sections_of(LINES)
    assert [(one.id, len(one.paragraphs)) for one in found] == [("introduction", 2), ("before_you_bake", 1)]


def test_of_a_page_only_its_text_is_read() -> None:
    assert shown(sections_of(text_of("a.HTML", PAGE), "Bread day")) == [
        ("introduction", "", ["Read this before you bake."]),
        ("after", "After", ["Let it cool & rest.", "Slice it.", "Salt", "Twenty grams for each loaf of bread."]),
    ]


def test_sections_of_one_heading_have_names_of_their_own() -> None:
    text = "# Dough\n\nMix it.\n\n# Dough\n\nRest it.\n\n# 3 loaves\n\nBake them.\n\n# ¿Qué?\n\nSí.\n"
    assert [one.id for one in sections_of(text)] == ["dough", "dough_2", "section_3_loaves", "que"]


@pytest.mark.parametrize("text", ["", "\n\n", "# Only a heading\n"])
def test_without_a_paragraph_there_is_nothing(text: str) -> None:
    assert sections_of(text) == ()


@pytest.mark.parametrize("text", [MARKED, PLAIN, text_of("page.htm", PAGE)])
def test_what_compares_a_document_finds_the_same_paragraphs(text: str) -> None:
    found = sections_of(text, "Bread day")
    sections = tuple(Section(one.id, "x", one.heading or None, tuple(map(paragraph_hash, one.paragraphs))) for one in found)
    document = Document("bread", "Bread day", "Bakers", "", sections)
    paragraphs, missing = split(text, document)
    assert not missing
    for one in found:
        assert [paragraph_hash(text) for text in paragraphs[one.id]] == [paragraph_hash(text) for text in one.paragraphs]
