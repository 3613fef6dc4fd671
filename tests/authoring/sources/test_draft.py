"""Claims that are proposed: which sentences, which figures, and that nothing of them can be served as it is."""

from __future__ import annotations

import pytest
import yaml

from bot.authoring.sources.draft import Proposal, drafted, proposals
from bot.authoring.sources.text import sections_of
from bot.authoring.verify import mistakes_of
from bot.language.english import ENGLISH

LEAFLET = """\
# What to know

A starter is a mix of flour and water. Bakers have kept starters for a long while.

## Before

You must not feed it within 6 hours of baking. It may rest in a cold place for two to three weeks.

## Baking

A loaf usually bakes for about 40 minutes to an hour at home. Rolls need 25 minutes, a large loaf 70 minutes.

Let it cool. You should never cut it while it is hot.
"""


def found(text: str) -> list[Proposal]:
    return [*proposals("leaf-let", sections_of(text), ENGLISH)]


def test_sentences_with_a_figure_or_a_must_are_proposed_and_no_others() -> None:
    assert [(one.section, one.paragraph, one.sentence.split()[0], one.bounds) for one in found(LEAFLET)] == [
        ("before", 1, "You", True),
        ("before", 1, "It", False),
        ("baking", 1, "A", False),
        ("baking", 1, "Rolls", False),
        ("baking", 2, "You", True),
    ]


def test_figures_are_read_with_their_units_and_stand_with_words_that_hold() -> None:
    figures = {(one.first, one.last) for proposal in found(LEAFLET) for one in proposal.quantities}
    assert figures == {
        ("6 hours", None),
        ("2 weeks", "3 weeks"),
        ("40 minutes", "1 hour"),
        ("25 minutes", None),
        ("70 minutes", None),
    }
    texts = {(section.id, at): text for section in sections_of(LEAFLET) for at, text in enumerate(section.paragraphs, start=1)}
    for proposal in found(LEAFLET):
        for quantity in proposal.quantities:
            assert not mistakes_of(quantity, texts[proposal.section, proposal.paragraph], ENGLISH), quantity


def test_hedges_are_told() -> None:
    assert [one.hedges for one in found(LEAFLET)] == [(), ("may",), ("usually", "about"), (), ()]


@pytest.mark.parametrize(
    ("sentence", "first", "last"),
    [
        ("It takes between two and four hours.", "2 hours", "4 hours"),
        ("It takes one to three hours.", "1 hour", "3 hours"),
        ("It takes 1-3 days.", "1 day", "3 days"),
        ("It takes a few days to a week.", "a few days", "1 week"),
        ("It takes 2.5 hours.", "2.5 hours", None),
    ],
)
def test_a_figure_is_typed_as_the_ledger_wants_it(sentence: str, first: str, last: str | None) -> None:
    (one,) = found(sentence)
    (quantity,) = one.quantities
    assert (quantity.first, quantity.last) == (first, last)


@pytest.mark.parametrize(
    ("sentence", "figure"),
    [
        ("Espere de 4 a 6 horas.", "4 a 6 horas"),
        ("It makes 1 in 5 people dizzy.", "1 in 5 people"),
        ("It takes 1 1/2 hours.", "1 1/2 hours"),
        ("It takes 1/2 hour.", "1/2 hour"),
    ],
)
def test_a_figure_that_cannot_be_read_is_shown_and_never_proposed(sentence: str, figure: str) -> None:
    (one,) = found(sentence)
    assert one.quantities == ()
    assert one.unread == (figure,)
    assert f"# a figure that could not be read, type it yourself: {figure}\n" in drafted("d", [one], {}, ENGLISH)


def test_ids_are_names_that_the_ledger_takes_each_once() -> None:
    ids = [one.id for one in found(LEAFLET)]
    assert len(set(ids)) == len(ids)
    assert all(id.replace("_", "").isalnum() and id[0].isalpha() and "-" not in id for id in ids)


def test_what_is_written_is_yaml_without_a_claim_in_words() -> None:
    texts = {(section.id, at): text for section in sections_of(LEAFLET) for at, text in enumerate(section.paragraphs, start=1)}
    told = drafted("leaf-let", found(LEAFLET), texts, ENGLISH)
    rows = yaml.safe_load(told)
    assert [row["id"] for row in rows] == [one.id for one in found(LEAFLET)]
    assert all(row["claim"] is None and row["scope"] is None for row in rows)
    assert all(row["source"]["document"] == "leaf-let" for row in rows)
    quoted = [line for line in told.splitlines() if "40 minutes to an hour at home" in line]
    assert quoted
    assert all(line.startswith("#") for line in quoted)
