"""The leaflet as a page: it fits, it can be read, and a phone finds the bot from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
import zxingcpp

from bot.authoring.printing.leaflet import Leaflet, leaflet_of
from bot.authoring.printing.leaflet_pdf import leaflet_pdf
from bot.knowledge.model import Knowledge
from bot.knowledge.overlay.clinic import OpeningHours
from bot.knowledge.overlay.logo import Logo
from tests.authoring.printing.conftest import seen
from tests.pictures import SVG, png

TODAY = date(2026, 6, 2)
BOT = "https://t.me/lakeside_infusion_clinic_bot"
LONG = "Call 555 0100 (Monday to Friday, 9:00 to 17:00) or write to care@lakeside.example. " * 2
PAPERS = [pytest.param("letter", (612, 792), id="letter"), pytest.param("a4", (595, 842), id="a4")]


@pytest.fixture(scope="module")
def leaflet(at_clinic: Knowledge) -> Leaflet:
    return leaflet_of(at_clinic, TODAY, BOT)


@pytest.mark.parametrize(("paper", "size"), PAPERS)
@pytest.mark.parametrize("contact", ["Call 555 0100.", LONG], ids=["short", "long"])
def test_it_is_one_page_that_can_be_read(at_clinic: Knowledge, paper: str, size: tuple[int, int], contact: str) -> None:
    clinic = replace(at_clinic.clinic, contact=contact, name="The Lakeside Infusion Clinic of the Upper Valley")
    page = seen(leaflet_pdf(leaflet_of(replace(at_clinic, clinic=clinic), TODAY, BOT), paper))
    assert (page.pages, page.size) == (1, size)
    assert min(page.sizes) >= 10
    assert contact.strip() in page.text


@pytest.mark.parametrize(("paper", "size"), PAPERS)
def test_all_of_it_is_there(leaflet: Leaflet, paper: str, size: tuple[int, int]) -> None:
    text = seen(leaflet_pdf(leaflet, paper)).text
    rows = [words for panel in leaflet.panels for strip in panel.strips for words in (strip.label, strip.said)]
    lines = [line for part in leaflet.parts for line in (part.title, *part.lines)]
    for words in (leaflet.title, leaflet.clinic, *lines, *leaflet.rules, *rows, *leaflet.note):
        assert " ".join(words.split()) in text


@pytest.mark.parametrize(("paper", "size"), PAPERS)
@pytest.mark.parametrize("link", [BOT, "https://bot.lakeside.example/?clinic=lakeside"], ids=["telegram", "web"])
def test_a_phone_reads_the_code_and_opens_the_topic(at_clinic: Knowledge, paper: str, size: tuple[int, int], link: str) -> None:
    leaflet = leaflet_of(at_clinic, TODAY, link, "driving_later")
    page = seen(leaflet_pdf(leaflet, paper)).picture.convert("L")
    (code,) = zxingcpp.read_barcodes(page)
    assert leaflet.code is not None
    assert code.text == leaflet.code.link
    assert code.text.endswith(("?start=driving_later", "&topic=driving_later"))
    assert "driving_later" in at_clinic.entries


@pytest.mark.parametrize(("paper", "size"), PAPERS)
def test_hours_and_picture_of_the_clinic_fit_on_it(at_clinic: Knowledge, paper: str, size: tuple[int, int]) -> None:
    hours = OpeningHours((((510, 1020),),) * 4 + (((540, 720), (780, 960)),) + ((), ()))
    clinic = replace(at_clinic.clinic, hours=hours, logo=Logo("png", png(300, 100)))
    leaflet = leaflet_of(replace(at_clinic, clinic=clinic), TODAY, BOT)
    made, bare = leaflet_pdf(leaflet, paper), leaflet_pdf(replace(leaflet, logo=None), paper)
    page = seen(made)
    assert (page.pages, page.size) == (1, size)
    for line in ("When we are open:", "Monday to Thursday: 8:30 am to 5:00 pm", "Saturday and Sunday: closed"):
        assert line in page.text
    assert b"/Subtype /Image" in made
    assert b"/Subtype /Image" not in bare
    assert b"/Subtype /Image" not in leaflet_pdf(replace(leaflet, logo=Logo("svg", SVG)), paper)
    assert made == leaflet_pdf(leaflet, paper)


def test_a_picture_that_is_none_is_told(leaflet: Leaflet) -> None:
    with pytest.raises(LookupError, match="logo cannot be read"):
        leaflet_pdf(replace(leaflet, logo=Logo("png", b"\x89PNG\r\n\x1a\n")), "letter")


def test_the_same_leaflet_is_the_same_file(leaflet: Leaflet) -> None:
    assert leaflet_pdf(leaflet, "a4") == leaflet_pdf(leaflet, "a4")


def test_in_shades_of_grey_each_pattern_differs_from_its_ground(leaflet: Leaflet) -> None:
    fills = {shape.fill for strip in leaflet.legend for shape in strip.shapes}
    grey = sorted(sum(w * int(fill[at : at + 2], 16) for w, at in ((0.299, 1), (0.587, 3), (0.114, 5))) for fill in fills)
    assert all(lighter - darker > 64 for darker, lighter in pairwise(grey))


def test_what_does_not_fit_is_said_and_not_cut(at_clinic: Knowledge) -> None:
    clinic = replace(at_clinic.clinic, contact=LONG * 6)
    with pytest.raises(LookupError, match=r"about \d+ lines too long for one page \(letter\)"):
        leaflet_pdf(leaflet_of(replace(at_clinic, clinic=clinic), TODAY, BOT), "letter")


def test_signs_that_markup_is_made_of_are_shown(at_clinic: Knowledge) -> None:
    clinic = replace(at_clinic.clinic, name="A & B <b>Clinic</b>")
    assert "A & B <b>Clinic</b>" in seen(leaflet_pdf(leaflet_of(replace(at_clinic, clinic=clinic), TODAY), "a4")).text
