"""A clinic's folder, laid over a base: what of it is read, and what it becomes."""

# ruff: noqa: E501 -- a row is a line, and YAML stands as it does in a file

from __future__ import annotations

from pathlib import Path

import pytest

from bot.knowledge.load import KnowledgeError, load, read_base
from bot.knowledge.model import Knowledge, Place
from tests import folders

SOURCES = """\
- id: rules
  title: Rules of the house
  publisher: The Mill
  sections:
    - id: oven
      title: Oven
      paragraphs:
        - Bread cools for 24 hours before anybody slices it.
"""
CLAIMS = """\
- id: cooling
  claim: Let bread cool for {house_cooling}.
  quantities:
    house_cooling: {value: 24 hours, near: [cools]}
  scope: bread of this house
  tightens: baking_time
  source: {document: rules, section: oven, paragraph: 1}
"""
ENTRY = """\
- id: slicing
  question: When may I slice it?
  phrases: [when is the loaf cool]
  answer: Let it cool for {house_cooling} first.
  claims: [cooling]
  related: [baking, price]
"""
BOUNDARY = """\
- id: parking
  question: Where do I park?
  phrases: [is there a car park]
  reply: Behind the mill.
"""
CLINIC = f"""\
{folders.CLINIC.replace("default", "mill")}
boundaries:
  price:
    text: "A kilo costs 3 euros."
    source: {{document: rules, section: oven, paragraph: 1}}
    reviewed: {{by: A Tester, on: 2026-01-01}}
safety:
  price: [rising]
phrases:
  price: [what do you take for rye]
messages:
  hello: Welcome to the mill.
  clarify: Which one?
disabled: [storage]
"""
WHOLE = {"clinic": CLINIC, "sources": SOURCES, "claims": CLAIMS, "topics/own": ENTRY, "boundaries": BOUNDARY}


def laid(tmp_path: Path, **changed: str) -> Path:
    """A base in ``tmp_path``, and beside it a folder of clinics with the clinic ``mill``."""
    folders.write(tmp_path / "base")
    for name, text in {**WHOLE, **changed}.items():
        path = tmp_path / "clinics" / "mill" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path


def read(folder: Path) -> Knowledge:
    return load(folder / "base", "mill", clinics=folder / "clinics")


def test_what_is_its_own_stands_beside_the_base(tmp_path: Path) -> None:
    known = read(laid(tmp_path))
    assert [one.id for one in known.documents] == ["crumb", "rules"]
    assert known.claims["cooling"].place == Place("rules", "oven", 1)
    assert known.entries["slicing"].related == ("baking", "price")
    assert known.boundaries["parking"].reply == "Behind the mill."
    assert set(load(folders.write(tmp_path / "bare")).entries) < set(known.entries)


def test_a_paragraph_may_stand_as_text_where_its_hash_would(tmp_path: Path) -> None:
    document = read(laid(tmp_path)).document("rules")
    assert document.sections[0].paragraphs == (folders.paragraph_hash("Bread cools for 24 hours before anybody slices it."),)
    assert document.link == ""


def test_what_it_says_of_the_base_is_laid_over_it(tmp_path: Path) -> None:
    known = read(laid(tmp_path))
    price = known.boundaries["price"]
    assert (price.clinic_text, price.clinic_place) == ("A kilo costs 3 euros.", Place("rules", "oven", 1))
    assert price.clinic_reviewed is not None
    assert price.clinic_reviewed.by == "A Tester"
    assert price.safety == ("rising",)
    assert price.phrases[-1] == "what do you take for rye"
    assert known.messages["clarify"] == "Which one?"
    assert next(one.reply for one in known.smalltalk if one.id == "hello") == "Welcome to the mill."


def test_a_disabled_topic_is_understood_sent_on_and_never_offered(tmp_path: Path) -> None:
    known = read(laid(tmp_path))
    assert known.boundaries["storage"].reply == known.messages["topic_disabled"]
    assert known.boundaries["storage"].phrases
    assert known.entries["starter"].related == ("feeding",)
    assert known.clinic.disabled == ("storage",)


def test_the_version_is_that_of_all_that_was_read(tmp_path: Path) -> None:
    before = read(laid(tmp_path)).version
    assert read(laid(tmp_path)).version == before
    assert read(laid(tmp_path, boundaries=BOUNDARY.replace("Behind", "Before"))).version != before


def test_several_clinics_lie_over_one_reading(tmp_path: Path) -> None:
    base = read_base(laid(tmp_path) / "base")
    assert "slicing" in base.with_clinic("mill", tmp_path / "clinics").entries
    assert "slicing" not in base.with_clinic("default").entries


@pytest.mark.parametrize(
    ("file", "text", "place", "what"),
    [
        pytest.param("topics/own", ENTRY.replace("id: slicing", "id: baking"), "topics/own.yaml:1", "is used already", id="an-entry"),
        pytest.param("topics/own", ENTRY.replace("id: slicing", "id: price"), "topics/own.yaml:1", "is used already", id="a-boundary"),
        pytest.param("boundaries", BOUNDARY.replace("parking", "feeding"), "boundaries.yaml:1", "is used already", id="the-other-kind"),
        pytest.param("claims", CLAIMS.replace("id: cooling", "id: rising"), "claims.yaml:1", "is used already", id="a-claim"),
        pytest.param("claims", CLAIMS.replace("house_cooling", "loaf"), "claims.yaml:4", "is used already", id="a-quantity"),
        pytest.param("sources", SOURCES.replace("id: rules", "id: crumb"), "sources.yaml:1", "is used already", id="a-document"),
        pytest.param("topics/own", ENTRY.replace("when is the loaf cool", "feeding schedule"), "topics/own.yaml:3", "stands in feeding", id="a-phrase"),
        pytest.param("topics/own", ENTRY.replace("{house_cooling}", "a day"), "topics/own.yaml:4", "a figure is typed", id="a-figure"),
        pytest.param("messages", 'clarify: "Which?"\n', "messages.yaml:1", "not read in a clinic's folder", id="a-file-of-the-base"),
        pytest.param("safety/plain", "languages: {}\n", "safety:1", "lies over the knowledge that comes with the program", id="a-copied-base"),
        pytest.param("claim", CLAIMS, "claim.yaml:1", "not read in a clinic's folder", id="a-name-that-is-none"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_with_its_line(tmp_path: Path, file: str, text: str, place: str, what: str) -> None:
    with pytest.raises(KnowledgeError) as caught:
        read(laid(tmp_path, **{file: text}))
    assert any(line.startswith(f"clinics/mill/{place}: ") and what in line for line in caught.value.mistakes), (
        caught.value.mistakes
    )


def test_a_folder_without_a_clinic_in_it_is_told_what_one_is(tmp_path: Path) -> None:
    (laid(tmp_path) / "clinics" / "mill" / "clinic.yaml").unlink()
    with pytest.raises(KnowledgeError, match=r"mill/clinic\.yaml:1: a clinic's folder lacks clinic\.yaml; it lies over"):
        read(tmp_path)


def test_a_claim_of_the_base_tightens_nothing(tmp_path: Path) -> None:
    claims = folders.CLAIMS.replace("  scope: every starter\n", "  scope: every starter\n  tightens: rising\n")
    with pytest.raises(KnowledgeError, match=r"claims\.yaml:4: only a clinic's claim tightens another"):
        load(folders.write(tmp_path, claims=claims))
