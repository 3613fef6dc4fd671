"""What stands on the leaflet: nothing but lines of the folder, and the figures of its claims."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from types import MappingProxyType

import pytest

from bot.authoring.printing.leaflet import leaflet_of, strictest_first
from bot.dialogue.reviews import SHEET, reviewables
from bot.knowledge.model import Knowledge, Signature
from bot.timeline.course import course_from

TODAY = date(2026, 6, 2)
FIGURE = re.compile(r"\d+(?:\.\d+)?")


def test_its_sections_and_its_rule(at_clinic: Knowledge) -> None:
    leaflet = leaflet_of(at_clinic, TODAY)
    assert [part.id for part in leaflet.parts] == ["before", "during", "after", "call"]
    assert leaflet.rules == ("Do not drive or operate machinery for the remainder of the day on which you had the infusion.",)
    assert (leaflet.clinic, leaflet.code) == ("Lakeside Infusion Clinic", None)
    assert len(leaflet.panels) == 2


def test_every_figure_on_it_is_one_of_a_claim_that_its_line_cites(at_clinic: Knowledge) -> None:
    sheet = at_clinic.sheet
    assert sheet is not None
    leaflet = leaflet_of(at_clinic, TODAY)
    told = dict(
        zip([line for one in sheet.sections for line in one.lines], [t for p in leaflet.parts for t in p.lines], strict=True)
    )
    numbers = {at_clinic.clinic.emergency, at_clinic.clinic.crisis, at_clinic.clinic.contact or ""}
    of_numbers = {figure for number in numbers for figure in FIGURE.findall(number)}
    for line, text in told.items():
        cited = [q.shown(at_clinic.grammar) for id in line.claims for q in at_clinic.claims[id].quantities]
        allowed = {figure for quantity in cited for figure in FIGURE.findall(quantity)}
        assert set(FIGURE.findall(text)) <= allowed | of_numbers, text
        assert not cited or any(quantity in text for quantity in cited), text


def test_the_picture_shows_the_quantities_of_the_claims(at_clinic: Knowledge) -> None:
    rows = course_from(at_clinic).rows
    strips = [strip for panel in leaflet_of(at_clinic, TODAY).panels for strip in panel.strips]
    for row, strip in zip(rows, strips, strict=True):
        shown = [q.shown(at_clinic.grammar) for q in at_clinic.claims[row.claim].quantities]
        assert list(row.figures) == [figure for figure in shown if figure in row.figures]
        assert all(figure in strip.said for figure in row.figures)


def test_a_stricter_rule_of_the_clinic_stands_first(at_clinic: Knowledge) -> None:
    own = replace(
        at_clinic.claims["driving"], id="no_driving_24", statement="Do not drive the day after either.", tightens="driving"
    )
    both = replace(at_clinic, claims=MappingProxyType({**at_clinic.claims, own.id: own}))
    assert strictest_first(both, ("driving", "ride_home")) == ("no_driving_24", "driving", "ride_home")
    assert leaflet_of(both, TODAY).rules[0] == "Do not drive the day after either."
    changed = {id for id, text in reviewables(both).items() if text.hash != reviewables(at_clinic)[id].hash}
    assert {"driving", SHEET, "timeline"} <= changed  # what rests on it has to be signed again


def test_it_says_whether_a_clinician_has_signed_it(at_clinic: Knowledge) -> None:
    leaflet = leaflet_of(at_clinic, TODAY)
    assert leaflet.unsigned
    assert leaflet.note[-1] == "No clinician has signed this leaflet yet."
    signature = Signature("Dr. Rye", date(2026, 6, 1), reviewables(at_clinic)[SHEET].hash)
    signed = leaflet_of(replace(at_clinic, signatures={SHEET: (signature,)}), TODAY)
    assert not signed.unsigned
    assert signed.note[-1] == "Read and signed by Dr. Rye on June 1, 2026."


@pytest.mark.parametrize(
    ("topic", "link"),
    [
        pytest.param(None, "https://t.me/lake_bot?start=psychoactive_wear_off", id="its-own"),
        pytest.param("driving", "https://t.me/lake_bot?start=driving", id="another"),
    ],
)
def test_its_code_opens_a_topic_that_there_is(at_clinic: Knowledge, topic: str | None, link: str) -> None:
    code = leaflet_of(at_clinic, TODAY, "https://t.me/lake_bot", topic).code
    assert code is not None
    assert (code.link, code.shown) == (link, "t.me/lake_bot")
    assert "Telegram" in code.text


def test_a_topic_that_is_none_is_refused(at_clinic: Knowledge) -> None:
    with pytest.raises(LookupError, match="there is no entry or boundary topic nowhere"):
        leaflet_of(at_clinic, TODAY, "https://t.me/lake_bot", "nowhere")


def test_a_folder_without_leaflet_lines_has_none(at_clinic: Knowledge) -> None:
    with pytest.raises(LookupError, match="has no leaflet"):
        leaflet_of(replace(at_clinic, sheet=None), TODAY)


def test_without_a_course_there_is_no_picture(at_clinic: Knowledge) -> None:
    leaflet = leaflet_of(replace(at_clinic, course=None), TODAY)
    assert (leaflet.panels, leaflet.legend) == ((), ())
