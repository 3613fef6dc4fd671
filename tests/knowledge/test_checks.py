"""What must hold across files: the roles of timeline.yaml, what the lexicon says is implied. All other checks: test_load.py."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bot.knowledge.load import KnowledgeError, load
from bot.knowledge.model import CourseRoles, HourRoles, Knowledge, RowRole
from tests import folders
from tests.places import ROOT

HOURS = "hours: {wear_off: rising, driving: what_is, ride_home: flour, topic: feeding, phase: cold, first: [feeding]}\n"
COURSE = """\
course:
  session:
    - {row: infusion, claim: rising, quantities: [young_rise]}
    - {row: effects, claim: rising, quantities: [rise]}
    - {row: driving, claim: baking_time, quantities: [cooling]}
  course:
    - {row: series, claim: feeding_interval, quantities: [warm_interval, cold_interval]}
    - {row: onset, claim: feeding_interval, quantities: [busy]}
"""
BREAD = folders.BREAD.replace("about: {aspect: meaning}", "about: {aspect: meaning, phase: cold}")


def folder_with(place: Path, timeline: str | None, **changed: str) -> Path:
    """The sourdough folder with that ``timeline.yaml``."""
    folder = folders.write(place, **{"bread": BREAD, **changed})
    if timeline is not None:
        (folder / "timeline.yaml").write_text(timeline, "utf-8")
    return folder


def test_roles_are_read(tmp_path: Path) -> None:
    read = load(folder_with(tmp_path, HOURS + COURSE))
    assert read.hours == HourRoles("rising", "what_is", "flour", "feeding", "cold", ("feeding",))
    assert read.course == CourseRoles(
        (
            RowRole("infusion", "rising", ("young_rise",)),
            RowRole("effects", "rising", ("rise",)),
            RowRole("driving", "baking_time", ("cooling",)),
        ),
        (
            RowRole("series", "feeding_interval", ("warm_interval", "cold_interval")),
            RowRole("onset", "feeding_interval", ("busy",)),
        ),
    )


@pytest.mark.parametrize(
    ("timeline", "has"),
    [
        pytest.param(None, (False, False), id="no-file"),
        pytest.param("hours: {wear_off: rising, driving: what_is}\n", (True, False), id="hours"),
        pytest.param(COURSE, (False, True), id="course"),
    ],
)
def test_a_folder_has_what_its_file_names(tmp_path: Path, timeline: str | None, has: tuple[bool, bool]) -> None:
    read = load(folder_with(tmp_path, timeline))
    assert (read.hours is not None, read.course is not None) == has


def test_the_file_is_part_of_the_version(tmp_path: Path) -> None:
    versions = {load(folder_with(tmp_path / str(n), timeline)).version for n, timeline in enumerate((None, HOURS, COURSE))}
    assert len(versions) == 3


@pytest.mark.parametrize(
    ("was", "is_", "told"),
    [
        ("wear_off: rising", "wear_off: risin", "1: there is no claim risin"),
        ("driving: what_is", "driving: feeding", "1: there is no claim feeding"),
        ("ride_home: flour", "ride_home: baking", "1: there is no claim baking"),
        ("topic: feeding", "topic: price", "1: there is no entry price"),
        ("first: [feeding]", "first: [feeding, price]", "1: there is no entry price"),
        ("phase: cold", "phase: warm", "1: no entry is about the phase warm"),
        ("wear_off: rising, ", "", "1: the hours lacks wear_off; needed: wear_off, driving"),
        (
            "{wear_off",
            "{wears_off: rising, wear_off",
            "1: the hours has no key 'wears_off'; allowed: wear_off, driving, ride_home",
        ),
        ("claim: rising, quantities: [rise]", "claim: raising, quantities: [rise]", "5: there is no claim raising"),
        (
            "[rise]",
            "[loaf]",
            "5: quantities: the claim rising has no quantity loaf; allowed: rise, young_rise",
        ),
        ("row: driving", "row: sleeping", "6: 'sleeping' is not known here; allowed: infusion, effects, driving"),
        ("row: onset", "row: driving", "9: 'driving' is not known here; allowed: onset, single, series, depression"),
        ("[warm_interval, cold_interval]", "[warm_interval]", "8: the row series shows 2 of its claim's quantities; here: 1"),
        ("[busy]", "[busy, resting]", "9: the row onset shows 1 of its claim's quantities; here: 2"),
        ("    - {row: infusion, claim: rising, quantities: [young_rise]}\n", "", "3: a session has the rows infusion, effects"),
        ("row: effects", "row: infusion", "3: a session has the rows infusion, effects, driving, in this order"),
        (
            "    - {row: onset, claim: feeding_interval, quantities: [busy]}\n",
            "    - {row: series, claim: feeding_interval, quantities: [busy, resting]}\n",
            "3: the row series stands here twice; keep one",
        ),
        (HOURS + COURSE, "{}\n", "1: the timeline has hours, a course or both; delete the file where there is neither"),
        (HOURS + COURSE, "[hours]\n", "1: this is a list; the timeline is a mapping with the keys hours, course"),
    ],
)
def test_a_mistake_in_a_role_is_told_with_its_line(tmp_path: Path, was: str, is_: str, told: str) -> None:
    whole = HOURS + COURSE
    assert was in whole
    with pytest.raises(KnowledgeError) as caught:
        load(folder_with(tmp_path, whole.replace(was, is_)))
    line, what = told.split(": ", 1)
    assert any(one.startswith(f"timeline.yaml:{line}: ") and what in one for one in caught.value.mistakes), caught.value.mistakes


def test_what_is_implied_is_a_facet(tmp_path: Path) -> None:
    lexicon = folders.LEXICON + "implied: {aspect: price}\n"
    assert dict(load(folder_with(tmp_path / "right", None, lexicon=lexicon)).implied) == {"aspect": "price"}
    with pytest.raises(KnowledgeError, match=r"lexicon.yaml:\d+: implied: there is no facet aspect with the value rye"):
        load(folder_with(tmp_path / "wrong", None, lexicon=lexicon.replace("aspect: price}", "aspect: rye}")))


@pytest.mark.parametrize("package", ["dialogue", "matching", "timeline"])
def test_no_claim_or_entry_is_named_in_code(package: str, knowledge: Knowledge) -> None:
    """But for those whose id is that of a row of the picture, too."""
    assert knowledge.course is not None
    rows = {role.row for role in (*knowledge.course.session, *knowledge.course.course)}
    named = {
        (path.name, node.value)
        for path in (ROOT / "bot" / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and node.value in (knowledge.claims.keys() | knowledge.entries.keys()) - rows
    }
    assert named == set()


SHEET = """\
title: Your starter
topic: starter
rules: [rising]
sections:
  - id: before
    title: Before
    lines:
      - text: Feed it every {warm_interval}.
        claims: [feeding_interval]
      - text: Ask your baker. {contact}
"""


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        pytest.param("", "", None, id="as-it-is"),
        pytest.param("{warm_interval}", "12 hours", r"8: a figure is typed here \(12\)", id="a-typed-figure"),
        pytest.param("{warm_interval}", "{rise}", r"8: {rise} belongs to a claim that is not listed here", id="of-another-claim"),
        pytest.param("[feeding_interval]", "[feeding_interval, feding]", "9: claims: there is no claim feding", id="no-claim"),
        pytest.param("{contact}", "{fax}", r"10: {fax} is not known here", id="no-slot"),
        pytest.param("[rising]", "[falling]", "3: rules: there is no claim falling", id="no-rule"),
        pytest.param("topic: starter", "topic: stater", "2: there is no entry or boundary topic stater", id="no-topic"),
        pytest.param(
            "      - text: Ask your baker. {contact}\n",
            "  - {id: before, title: Again, lines: [{text: Wait.}]}\n",
            "10: the section before stands here twice",
            id="a-section-twice",
        ),
    ],
)
def test_a_leaflet_says_figures_of_its_claims_alone(tmp_path: Path, old: str, new: str, wrong: str | None) -> None:
    folder = folders.write(tmp_path / "bread")
    (folder / "sheet.yaml").write_text(SHEET.replace(old, new), "utf-8")
    if wrong is None:
        sheet = load(folder).sheet
        assert sheet is not None
        assert (sheet.rules, sheet.topic, sheet.sections[0].lines[1].claims) == (("rising",), "starter", ())
        return
    with pytest.raises(KnowledgeError, match=rf"^sheet\.yaml:{wrong}"):
        load(folder)
