"""The ledger against its source: what agrees passes, and every single change of a figure is found."""

# ruff: noqa: E501 -- a row is a line

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from bot.authoring.verify import Finding, verify
from bot.knowledge.build import paragraph_hash
from bot.knowledge.load import load
from bot.knowledge.model import Claim, Knowledge, Quantity
from bot.language.english import ENGLISH
from bot.language.quantities import ends_of
from tests import folders
from tests.places import SHARED

SOURCE = SHARED / "source" / "article.txt"
UNITS = ("minutes", "hours", "days", "weeks", "months")
OTHER_WORDS = (
    "monthly",
    "quarterly",
    "daily",
    "weekly",
    "hours or days",
    "days or weeks",
    "remainder of the day",
    "rest of the week",
)


@pytest.fixture(scope="module")
def bread(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    return load(folders.write(tmp_path_factory.mktemp("bread")))


def with_claim(knowledge: Knowledge, claim: Claim) -> Knowledge:
    return replace(knowledge, claims=MappingProxyType({**knowledge.claims, claim.id: claim}))


def with_quantity(knowledge: Knowledge, claim: Claim, name: str, **changed: Any) -> Knowledge:
    quantities = tuple(replace(q, **changed) if q.name == name else q for q in claim.quantities)
    return with_claim(knowledge, replace(knowledge.claims[claim.id], quantities=quantities))


def read(quantity: Quantity) -> object:
    return quantity.first if quantity.words else ends_of(quantity.first, quantity.last, ENGLISH)


def other_ends(end: str) -> Iterator[str]:
    """``end`` with other numbers and with other units."""
    amount, _, unit = end.rpartition(" ")
    numbers = ("1", "2", "2.5", "3", "4", "5", "6", "7", "12", "40", "3 or 4", "4 or 5", "3 or 5", "a few", "several", "an")
    yield from (f"{number} {unit}" for number in numbers)
    yield from (f"{amount} {other}" for other in UNITS)


def other_figures(quantity: Quantity) -> Iterator[dict[str, Any]]:
    """What an editor may have typed instead, as changes of the quantity."""
    yield from ({"first": words, "last": None, "words": True} for words in OTHER_WORDS)
    if quantity.words:
        parts = quantity.first.split()
        yield from ({"first": " ".join(parts[:n])} for n in range(1, len(parts)))
        yield from ({"first": " ".join(parts[n:])} for n in range(1, len(parts)))
        yield from ({"first": f"3 {unit}", "words": False} for unit in UNITS)
        return
    yield from ({"first": end} for end in other_ends(quantity.first))
    if quantity.last is None:
        yield from ({"last": end} for end in other_ends(quantity.first))
        return
    yield from ({"last": end} for end in other_ends(quantity.last))
    yield {"first": quantity.last, "last": quantity.first}
    yield {"last": None}
    yield {"first": quantity.last, "last": None}
    yield {"first": f"{quantity.first} to {quantity.last}", "last": None, "words": True}


def changed_one_by_one(knowledge: Knowledge) -> Iterator[tuple[str, Knowledge]]:
    """Every ledger with one figure other than it was."""
    claims = [claim for claim in knowledge.claims.values() if claim.quantities]
    there = [(claim, quantity) for claim in claims for quantity in claim.quantities]
    for claim, quantity in there:
        for change in other_figures(quantity):
            if read(replace(quantity, **change)) != read(quantity):
                yield f"{quantity.name}: {change}", with_quantity(knowledge, claim, quantity.name, **change)
        for other_claim, other in there:
            if other_claim.place != claim.place or read(other) == read(quantity):
                continue
            form = {"first": other.first, "last": other.last, "words": other.words}
            once = with_quantity(knowledge, claim, quantity.name, **form)
            yield f"{quantity.name}: as {other.name}", once
            back = {"first": quantity.first, "last": quantity.last, "words": quantity.words}
            yield (
                f"{quantity.name}: swapped with {other.name}",
                with_quantity(once, once.claims[other_claim.id], other.name, **back),
            )
        for place in {one.place for one in knowledge.claims.values()} - {claim.place}:
            yield f"{quantity.name}: cited at {place}", with_claim(knowledge, replace(claim, place=place))


def missed(knowledge: Knowledge, article: str) -> tuple[list[str], int]:
    changed = list(changed_one_by_one(knowledge))
    return [name for name, ledger in changed if not verify(ledger, article)], len(changed)


def test_the_small_folder_agrees_with_its_article(bread: Knowledge) -> None:
    assert verify(bread, folders.ARTICLE) == []


def test_each_changed_figure_of_the_small_folder_is_found(bread: Knowledge) -> None:
    not_found, tried = missed(bread, folders.ARTICLE)
    assert not_found == []
    assert tried > 500


@pytest.mark.skipif(not SOURCE.exists(), reason="the article is not beside this checkout")
def test_the_shipped_ledger_agrees_with_the_article(knowledge: Knowledge) -> None:
    assert verify(knowledge, SOURCE.read_text("utf-8")) == []


@pytest.mark.skipif(not SOURCE.exists(), reason="the article is not beside this checkout")
def test_each_changed_figure_of_the_shipped_ledger_is_found(knowledge: Knowledge) -> None:
    not_found, tried = missed(knowledge, SOURCE.read_text("utf-8"))
    assert not_found == []
    assert tried > 500


@pytest.mark.skipif(not SOURCE.exists(), reason="the article is not beside this checkout")
def test_each_changed_paragraph_of_the_article_is_found(knowledge: Knowledge) -> None:
    lines = SOURCE.read_text("utf-8").splitlines()
    headings = {section.heading for section in knowledge.documents[0].sections}
    for number, line in enumerate(lines):
        if line in headings:
            continue
        changed = "\n".join([*lines[:number], line.replace("e", "3", 1), *lines[number + 1 :]])
        found = [str(finding) for finding in verify(knowledge, changed)]
        assert any("has changed" in one and "claims " in one and "claims none" not in one for one in found), line[:20]


def paragraphs_blank_lines(article: str) -> str:
    return article.replace("\n", "\n\n")


def wrapped(article: str) -> str:
    """Hard-wrapped paragraphs with blank lines between them."""
    out = []
    for line in article.splitlines():
        words = line.split()
        out.append("\n".join(" ".join(words[n : n + 8]) for n in range(0, len(words), 8)))
    return "\n\n".join(out) + "\n"


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(paragraphs_blank_lines, id="blank_lines"),
        pytest.param(wrapped, id="wrapped"),
        pytest.param(lambda a: a.replace("\n", "\r\n"), id="crlf"),
        pytest.param(lambda a: "\ufeff" + a, id="bom"),
        pytest.param(lambda a: "How to Keep a Starter\n" + a, id="with_title"),
        pytest.param(lambda a: a.replace("“", '"').replace("”", '"').replace(" ", "  "), id="straight_quotes_and_blanks"),
        pytest.param(lambda a: a.replace("\nFeeding\n", "\n\n## Feeding\n\n"), id="marked_heading"),
        pytest.param(lambda a: a.replace("\nFeeding\n", "\n\nFEEDING \n"), id="capital_heading"),
    ],
)
def test_the_form_of_the_text_does_not_matter(bread: Knowledge, form: Any) -> None:
    assert verify(bread, form(folders.ARTICLE)) == []


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        pytest.param("wild yeast", "wild yeasts", "section intro, paragraph 1: this paragraph has changed in the article; in doubt: claims what_is; entries starter", id="letter"),
        pytest.param("Use 50 grams of flour for a small jar. A large jar takes 200 grams of flour.\n", "", "section feeding, paragraph 2: this paragraph is missing in the article; in doubt: claims flour; entries feeding", id="missing"),
        pytest.param("\nBaking\n", "\nMore words here.\nBaking\n", "section feeding: the article has a paragraph more here, the 3.", id="extra"),
        pytest.param("\nBaking\n", "\n", "section baking: the heading 'Baking' does not stand in the article", id="heading"),
        pytest.param("every 12 hours", "every 10 hours", "quantity warm_interval: '12 hours' does not stand as a figure", id="figure"),
        pytest.param("is usually fed", "is fed", "claim feeding_interval: the hedge 'usually' does not stand", id="hedge"),
        pytest.param("“Loaves” are", "Loaves are", "section baking, paragraph 1: this paragraph has changed", id="quotes"),
    ],
)  # fmt: skip
def test_a_changed_article_names_what_it_puts_in_doubt(bread: Knowledge, old: str, new: str, wanted: str) -> None:
    assert old in folders.ARTICLE
    found = [str(finding) for finding in verify(bread, folders.ARTICLE.replace(old, new, 1))]
    assert any(wanted in one for one in found), found


def test_an_added_paragraph_does_not_shift_the_others(bread: Knowledge) -> None:
    found = verify(bread, folders.ARTICLE.replace("Feeding\n", "Feeding\nA new opening.\n", 1))
    assert [finding.what for finding in found] == ["the article has a paragraph more here, the 1. of the section"]


def test_an_empty_article_finds_everything_missing(bread: Knowledge) -> None:
    missing = [finding for finding in verify(bread, "") if "is missing" in finding.what]
    assert len(missing) == 4


def test_near_words_must_single_out_their_figure(bread: Knowledge) -> None:
    """``feed it`` alone would do for both words; a ledger that cannot tell two figures apart is no proof of either."""
    claim = bread.claims["flour"]
    found = verify(with_quantity(bread, claim, "small_flour", near=("flour",)), folders.ARTICLE)
    assert any("stand with '200 grams' as well" in finding.what for finding in found)


@pytest.mark.parametrize(
    ("claim", "changed", "wanted"),
    [
        pytest.param(
            "rising", {"name": "rise", "first": "6 hours", "last": "4 hours"}, "6 hours is not less than 4 hours", id="backwards"
        ),
        pytest.param(
            "rising", {"name": "rise", "first": "90 minutes", "last": "1 hour"}, "90 minutes is not less than 1 hour", id="units"
        ),
        pytest.param(
            "flour",
            {"name": "small_flour", "first": "50 grams", "words": True},
            "is a figure with its unit",
            id="figure_as_words",
        ),
    ],
)
def test_without_the_article_the_ledger_is_still_looked_at(
    bread: Knowledge, claim: str, changed: dict[str, Any], wanted: str
) -> None:
    assert verify(bread, None) == []
    found = verify(with_quantity(bread, bread.claims[claim], **changed), None)
    assert [wanted in finding.what for finding in found] == [True]


@pytest.mark.parametrize(
    ("source", "first"),
    [
        ("4 a 6 minutes", "6 minutes"),
        ("1 in 5 minutes", "5 minutes"),
        ("1 1/2 minutes", "2 minutes"),
        ("1/2 minute", "2 minutes"),
    ],
)
def test_the_rest_of_a_figure_is_not_taken_for_the_figure(bread: Knowledge, source: str, first: str) -> None:
    knowledge = with_quantity(bread, bread.claims["rising"], "rise", first=first, last=None)

    def wrong(figure: str) -> list[str]:
        article = folders.ARTICLE.replace("four to six hours", figure)
        assert article != folders.ARTICLE
        return [finding.what for finding in verify(knowledge, article) if "rise" in finding.where]

    assert wrong(source)
    assert not wrong(first)


def test_what_cannot_be_read_may_stand_in_words(bread: Knowledge) -> None:
    assert verify(with_quantity(bread, bread.claims["rising"], "rise", first="1 in 5 hours", last=None, words=True), None) == []


def test_a_figure_that_its_claim_does_not_use_is_found(bread: Knowledge) -> None:
    claim = replace(bread.claims["flour"], statement="Jars take flour.")
    assert len(verify(with_claim(bread, claim), None)) == 2


def test_of_several_documents_the_article_must_be_named(bread: Knowledge) -> None:
    two = replace(bread, documents=(*bread.documents, replace(bread.documents[0], id="second")))
    assert "crumb, second" in verify(two, folders.ARTICLE)[0].what
    assert verify(two, folders.ARTICLE, "crumb") == []
    assert "there is no document third" in verify(two, folders.ARTICLE, "third")[0].what


def test_a_finding_reads_as_a_line() -> None:
    assert str(Finding("claims.yaml", "wrong")) == "claims.yaml: wrong"
    assert str(Finding("claims.yaml", "old", warning=True)) == "claims.yaml: warning: old"


def test_the_hash_is_that_of_folded_and_straightened_text() -> None:
    assert paragraph_hash(" “a”  b\n") == paragraph_hash('"a" b') != paragraph_hash('"A" b')
