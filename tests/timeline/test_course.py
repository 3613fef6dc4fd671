"""The course of a treatment: which claims it shows, how long their bars are, and what is said of them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType, SimpleNamespace
from typing import cast

import pytest

from bot.knowledge.messages import SLOTS
from bot.knowledge.model import Claim, CourseRoles, Knowledge, Place, Quantity, RowRole
from bot.knowledge.overlay.clinic import Clinic
from bot.language.english import ENGLISH
from bot.language.quantities import typed
from bot.timeline import course as courses

MINUTE, HOUR, DAY, WEEK, MONTH, YEAR = (seconds for _, seconds in courses.UNITS)
Figure = tuple[str | None, ...]
FIGURES: dict[str, dict[str, Figure]] = {
    "infusion_length": {"infusion_length": ("30 minutes", "2 hours")},
    "psychoactive_wear_off": {"wear_off": ("2 hours", "5 hours")},
    "driving": {"no_driving": ("rest of the day",)},
    "onset": {"onset": ("hours or days",)},
    "single_infusion_relief": {"single_relief": ("a few days", "a week")},
    "initial_series": {"series_count": ("8 infusions", None), "series_span": ("3 weeks", "5 weeks")},
    "series_relief_depression": {"series_relief": ("1 week", "2 or 3 months")},
    "pain_relief": {"pain_relief_span": ("a couple of weeks", "a few months")},
    "maintenance_frequency": {"maintenance_interval": ("3 weeks", None)},
}

# A row for each claim, in their order.
ROWS = ("infusion", "effects", "driving", "onset", "single", "series", "depression", "pain", "maintenance")
SHOWN = tuple(RowRole(row, claim, tuple(figures)) for row, (claim, figures) in zip(ROWS, FIGURES.items(), strict=True))
ROLES = CourseRoles(SHOWN[:3], SHOWN[3:])


def quantity(name: str, figure: Figure) -> Quantity:
    """An invented figure; of one string alone it is words, and with None for its other end a single figure."""
    return Quantity(name, figure[0] or "", figure[1] if len(figure) > 1 else None, len(figure) == 1, ())


def knowledge(clinic_name: str | None = None, changed: Mapping[str, Figure | None] = MappingProxyType({})) -> Knowledge:
    """No whole knowledge, but all that a course reads; ``changed``: other figures by quantity, None for one that is missing."""
    claims: dict[str, Claim] = {}
    for id, figures in FIGURES.items():
        quantities = [(name, changed.get(name, figure)) for name, figure in figures.items()]
        shown = tuple(quantity(name, figure) for name, figure in quantities if figure is not None)
        claims[id] = Claim(id, "An invented claim.", shown, "everybody", ("often",), Place("invented", "one", len(claims) + 1))
    section = SimpleNamespace(id="one", title="Section one")
    messages = {key: f"{key}:" + "".join(f" {{{slot}}}" for slot in sorted(slots)) for key, slots in SLOTS.items()}
    document = SimpleNamespace(id="invented", title="An invented source", sections=(section,))
    other = SimpleNamespace(id="other", title="A source of other claims", sections=(section,))
    parts = {
        "grammar": ENGLISH,
        "stricter": lambda id: tuple(one for one in claims.values() if one.tightens == id),
        "course": ROLES,
        "claims": claims,
        "messages": messages,
        "documents": (document, other),
        "clinic": Clinic("invented", clinic_name),
    }
    return cast("Knowledge", SimpleNamespace(**parts))


def bar_of(id: str, **changed: Figure) -> courses.Bar | None:
    return next(row.bar for row in courses.course_from(knowledge(changed=changed)).rows if row.id == id)


# -- claims to bars --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("figure", "bar"),
    [
        pytest.param(("2 weeks", "3 weeks"), courses.Bar(0, 2 * WEEK, 3 * WEEK, vague=False), id="range"),
        pytest.param(("2 weeks", "3 or 4 months"), courses.Bar(0, 2 * WEEK, 4 * MONTH, vague=False), id="units-of-its-own"),
        pytest.param(("90 minutes", None), courses.Bar(0, 90 * MINUTE, 90 * MINUTE, vague=False), id="one-figure"),
        pytest.param(("40 minutes", "an hour"), courses.Bar(0, 40 * MINUTE, HOUR, vague=False), id="spelled-out"),
        pytest.param(("a fortnight", "a year"), courses.Bar(0, 2 * WEEK, YEAR, vague=False), id="fortnight"),
        pytest.param(("a couple of days", None), courses.Bar(0, 2 * DAY, 2 * DAY, vague=False), id="couple"),
        pytest.param(("a few days", "a week"), courses.Bar(0, math.sqrt(DAY * WEEK), WEEK, vague=True), id="a-few"),
        pytest.param(("3 weeks", "2 weeks"), courses.Bar(0, 2 * WEEK, 3 * WEEK, vague=False), id="turned-round"),
        pytest.param(("hours or days",), courses.Bar(HOUR, HOUR, WEEK, vague=True), id="words"),
        pytest.param(("days, rarely years",), courses.Bar(DAY, DAY, 100 * YEAR, vague=True), id="words-without-an-end"),
        pytest.param(("a long while",), None, id="words-without-a-unit"),
        pytest.param(("yearly",), None, id="no-unit-inside-a-word"),
    ],
)
def test_a_bar_is_as_long_as_its_figure(figure: Figure, bar: courses.Bar | None) -> None:
    assert bar_of("maintenance", maintenance_interval=figure) == bar


def test_the_series_is_drawn_by_its_time_and_says_its_count_too() -> None:
    row = next(row for row in courses.course_from(knowledge()).course if row.id == "series")
    assert (row.figures, row.bar) == (("8 infusions", "3 to 5 weeks"), courses.Bar(0, 3 * WEEK, 5 * WEEK, vague=False))


@pytest.mark.parametrize("claim", FIGURES)
def test_knowledge_without_a_claim_has_no_course(claim: str) -> None:
    lacking = knowledge()
    del cast("dict[str, Claim]", lacking.claims)[claim]
    with pytest.raises(LookupError, match=f"no claim {claim};"):
        courses.course_from(lacking)


@pytest.mark.parametrize("name", [name for figures in FIGURES.values() for name in figures])
def test_knowledge_without_a_figure_has_no_course(name: str) -> None:
    with pytest.raises(LookupError, match=f"no quantity {name};"):
        courses.course_from(knowledge(changed={name: None}))


@pytest.mark.parametrize(
    ("name", "figure", "what"),
    [
        pytest.param("onset", ("3 sessions", None), "no time in its figure onset", id="no-time"),
        pytest.param("onset", ("soon", "later"), "no time in its figure onset", id="no-figure"),
        pytest.param("onset", ("0 days", "3 days"), "no time in its figure onset", id="zero"),
        pytest.param("onset", ("9" * 400 + " days", None), "no time in its figure onset", id="endless"),
        pytest.param("wear_off", ("within hours",), "words only", id="session-in-words"),
        pytest.param("infusion_length", ("not long",), "words only", id="session-without-a-unit"),
        pytest.param("no_driving", ("24 hours", None), "driving has a figure", id="driving-in-hours"),
    ],
)
def test_figures_that_cannot_be_drawn_are_refused(name: str, figure: Figure, what: str) -> None:
    with pytest.raises(LookupError, match=what):
        courses.course_from(knowledge(changed={name: figure}))


# -- words -----------------------------------------------------------------------------------------------------------


def test_the_text_has_a_line_for_each_row_with_its_figures() -> None:
    told = knowledge()
    assert courses.as_text(courses.course_from(told), told).splitlines() == [
        "course_title:",
        "",
        "course_session:",
        "course_row: course_infusion: course_infusion_said: 30 minutes to 2 hours",
        "course_row: course_effects: course_effects_said: 2 to 5 hours",
        "course_row: course_driving: course_driving_said: rest of the day",
        "",
        "course_whole:",
        "course_row: course_onset: course_onset_said: hours or days",
        "course_row: course_single: course_single_said: a few days to a week",
        "course_row: course_series: course_series_said: 8 infusions 3 to 5 weeks",
        "course_row: course_depression: course_depression_said: 1 week to 2 or 3 months",
        "course_row: course_pain: course_pain_said: a couple of weeks to a few months",
        "course_row: course_maintenance: course_maintenance_said: 3 weeks",
        "",
        "course_note:",
        "course_source: course_place: 1, 2, 3, 4, 5, 6, 7, 8, 9 Section one An invented source",
    ]


def test_the_clinics_name_stands_under_the_title() -> None:
    told = knowledge("Hillside Clinic")
    assert courses.as_text(courses.course_from(told), told).startswith("course_title:\nHillside Clinic\n\n")


def test_contact_data_in_a_sentence_are_the_clinics() -> None:
    told = knowledge("Hillside Clinic")
    cast("dict[str, str]", told.messages)["course_note"] = "Ask {clinic}."
    assert "\nAsk Hillside Clinic.\n" in courses.as_text(courses.course_from(told), told)


def test_json_is_plain_and_whole() -> None:
    course = courses.course_from(knowledge())
    read = json.loads(json.dumps(courses.as_json(course)))
    assert read["claims"] == list(FIGURES)
    assert [row["id"] for row in read["session"]] == ["infusion", "effects", "driving"]
    assert read["course"][0] == {
        "id": "onset",
        "claim": "onset",
        "figures": ["hours or days"],
        "hedge": ["often"],
        "place": {"document": "invented", "section": "one", "paragraph": 4},
        "bar": {"begins": HOUR, "sure": HOUR, "until": WEEK, "vague": True},
        "stricter": [],
        "stricter_figures": [],
    }


# -- the shipped knowledge -------------------------------------------------------------------------------------------


def test_each_shipped_row_shows_the_figures_and_a_hedge_of_its_claim(knowledge: Knowledge) -> None:
    course = courses.course_from(knowledge)
    told = courses.words(course, knowledge)
    for row, (_, said) in zip(course.rows, (*told.session[1], *told.course[1]), strict=True):
        claim = knowledge.claims[row.claim]
        assert all(figure in said for figure in row.figures)
        assert row.hedge == claim.hedge
        assert any(re.search(rf"\b{word}\b", said) for word in claim.hedge), f"{said!r} has none of {claim.hedge}"


def test_no_figure_is_typed_in_the_shipped_sentences(knowledge: Knowledge) -> None:
    # Names of columns, and words that count nothing.
    allowed = {"single", "first", "minutes", "hours", "days", "weeks", "months", "years", "one"}
    said = {key: text for key, text in knowledge.messages.items() if key.startswith("course_")}
    assert {key: typed(text, allowed, ENGLISH) for key, text in said.items() if typed(text, allowed, ENGLISH)} == {}


def test_other_figures_in_the_claims_are_other_figures_in_the_text(knowledge: Knowledge) -> None:
    claim = knowledge.claims["psychoactive_wear_off"]
    changed = replace(claim, quantities=(replace(claim.quantities[0], last="7 hours"),))
    other = replace(knowledge, claims=MappingProxyType({**knowledge.claims, claim.id: changed}))
    before, after = (courses.as_text(courses.course_from(one), one).splitlines() for one in (knowledge, other))
    lines = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert len(lines) == 1
    assert lines[0][1] == lines[0][0].replace(claim.quantities[0].shown(ENGLISH), "1 to 7 hours")


def test_a_clinics_stricter_claim_is_shown_first_and_its_bar_is_the_longer() -> None:
    known = knowledge()
    figures = {"driving": "24 hours", "psychoactive_wear_off": "6 hours"}
    own = {
        f"own_{of}": Claim(f"own_{of}", "Ours.", (quantity("own", (figure, None)),), "all", (), Place("other", "one", 1), of)
        for of, figure in figures.items()
    }
    claims = {**known.claims, **own}
    of = {id: tuple(one for one in own.values() if one.tightens == id) for id in claims}
    known = cast("Knowledge", SimpleNamespace(**{**vars(known), "claims": claims, "stricter": of.__getitem__}))
    course = courses.course_from(known)
    effects, driving = course.session[1:]
    assert effects.bar is not None
    assert effects.bar.until == 6 * HOUR
    assert driving.bar is None
    assert (driving.stricter, driving.stricter_figures) == (("own_driving",), ("24 hours",))
    told = courses.words(course, known)
    assert told.session[1][2][1] == "course_stricter: 24 hours"
    assert course.claims.index("own_driving") == course.claims.index("driving") - 1
    assert any("A source of other claims" in source for source in told.sources)
