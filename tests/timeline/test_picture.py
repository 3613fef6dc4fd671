"""The picture as a file: SVG and PNG of the same shapes, with the same content as text, small and quick."""

from __future__ import annotations

import struct
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from dataclasses import replace
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.app.paths import knowledge_folder
from bot.knowledge.load import load
from bot.knowledge.model import Knowledge
from bot.timeline import course as courses
from bot.timeline import drawing, picture
from bot.timeline.drawing import RectElement, TextElement
from tests.places import ROOT
from tests.timeline.test_course import knowledge as invented

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module", params=["default", "example"])
def shipped(request: pytest.FixtureRequest) -> Knowledge:
    return load(knowledge_folder(), request.param)


def svg_of(knowledge: Knowledge) -> ET.Element:
    return ET.fromstring(picture.svg(courses.course_from(knowledge), knowledge))  # noqa: S314  # our own text


def png_of(knowledge: Knowledge) -> Image.Image:
    return Image.open(BytesIO(picture.png(courses.course_from(knowledge), knowledge)))


# -- SVG -------------------------------------------------------------------------------------------------------------


def test_svg_says_to_a_screen_reader_what_it_shows(shipped: Knowledge) -> None:
    root = svg_of(shipped)
    named = {child.get("id"): child.text for child in root[:2]}
    assert root.get("role") == "img"
    assert [named[id] for id in (root.get("aria-labelledby") or "").split()] == [
        shipped.messages["course_title"],
        courses.as_text(courses.course_from(shipped), shipped),
    ]


def test_svg_is_the_shapes_and_nothing_else(shipped: Knowledge) -> None:
    root = svg_of(shipped)
    sheet = drawing.layout(courses.course_from(shipped), shipped)
    assert root.get("viewBox") == f"0 0 {drawing.WIDTH} {sheet.height}"
    for element, shape in zip(root[2:], sheet.shapes, strict=True):
        at = tuple(int(element.get(name) or "") for name in ("x", "y"))
        if isinstance(shape, RectElement):
            assert (element.tag, *at) == (f"{SVG}rect", shape.x, shape.y)
            assert (element.get("width"), element.get("height")) == (str(shape.width), str(shape.height))
        else:
            assert (element.tag, *at, element.text) == (f"{SVG}text", shape.x, shape.baseline, shape.content)
            assert element.get("font-size") == str(shape.size)
        assert element.get("fill") == shape.fill
    # A strict policy of a web page forbids all of these.
    assert not any(element.get("style") or element.get("href") for element in root.iter())


@given(st.text(max_size=60))
def test_any_name_is_escaped(name: str) -> None:
    svg_of(invented(name))


def test_markup_in_a_name_is_text() -> None:
    root = svg_of(invented('<script>"A & B"</script>'))
    assert {element.tag for element in root.iter()} == {f"{SVG}{name}" for name in ("svg", "title", "desc", "rect", "text")}
    assert '<script>"A & B"</script>' in [element.text for element in root.iter(f"{SVG}text")]


# -- PNG -------------------------------------------------------------------------------------------------------------


def test_png_is_of_the_size_of_a_phone_and_small(shipped: Knowledge) -> None:
    course = courses.course_from(shipped)
    content = picture.png(course, shipped)
    image = Image.open(BytesIO(content))
    assert (image.format, image.size) == ("PNG", (drawing.WIDTH, drawing.layout(course, shipped).height))
    assert len(content) < 300_000
    assert image.info["Description"] == courses.as_text(course, shipped)


def test_png_is_the_same_every_time_and_quick(shipped: Knowledge) -> None:
    course = courses.course_from(shipped)
    first = picture.png(course, shipped)
    begun = time.process_time()
    assert picture.png(course, shipped) == first
    assert time.process_time() - begun < 0.5


def test_png_has_the_colours_of_the_shapes(shipped: Knowledge) -> None:
    image = png_of(shipped).convert("RGB")
    sheet = drawing.layout(courses.course_from(shipped), shipped)
    for shape in sheet.shapes:
        if (
            isinstance(shape, RectElement)
            and shape.width > 60
            and shape.fill in {drawing._BLUE[0], drawing._GREEN[0], drawing._RED[0]}
        ):
            seen = image.getpixel((shape.x + 20, shape.y + 1))  # beside the mark at its edge
            assert isinstance(seen, tuple)
            assert all(abs(one - other) <= 8 for one, other in zip(seen, picture._rgb(shape.fill), strict=True)), shape
    page = image.getpixel((2, 2))
    assert page == (255, 255, 255)


def test_each_line_of_text_leaves_ink_inside_its_box_and_none_beside_it(shipped: Knowledge) -> None:
    image = png_of(shipped).convert("L")
    sheet = drawing.layout(courses.course_from(shipped), shipped)
    for text in (shape for shape in sheet.shapes if isinstance(shape, TextElement)):
        left, top, right, bottom = text.box
        assert min(image.crop((left, top, right, bottom)).tobytes()) < 110, text
        # Between a line and the edge of its card stands nothing.
        assert min(image.crop((drawing.WIDTH - 54, top, drawing.WIDTH - 26, bottom)).tobytes()) > 225, text


# -- fonts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        pytest.param("Lakeside Clinic", "Lakeside Clinic", id="plain"),
        pytest.param("“Lakeside” clinic’s…", "“Lakeside” clinic’s…", id="quotes"),
        pytest.param("Café Zürich", "Cafe Zurich", id="accents-fall-off"),
        pytest.param("Klinika Łódź", "Klinika …", id="a-letter-that-has-no-plain-form"),
        pytest.param("診所 Clinic", "… Clinic", id="another-script"),
        pytest.param("Clinic 😀 ★", "Clinic", id="symbols-vanish"),
        pytest.param("שלום Clinic", "… Clinic", id="right-to-left"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_what_the_own_font_cannot_draw_becomes_no_box(text: str, seen: str) -> None:
    assert picture.drawable(text) == seen


@given(st.text(max_size=40))
def test_all_that_is_drawn_has_a_glyph(text: str) -> None:
    has = picture._has("")
    assert all(has(char) for char in picture.drawable(text))


def test_names_beyond_the_own_font_are_drawn_with_a_wider_one_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, accented = (drawing.layout(courses.course_from(one), one) for one in (invented("Clinic"), invented("Klinika Łódź")))
    monkeypatch.setattr(picture, "_installed", lambda _: True)  # whatever this machine has
    assert (picture._font_for(plain), picture._font_for(accented)) == ("", "DejaVuSans.ttf")
    monkeypatch.setattr(picture, "_installed", lambda _: False)
    assert picture._font_for(accented) == ""


def test_a_wider_font_draws_what_it_has() -> None:
    if not picture._installed("DejaVuSans.ttf"):
        pytest.skip("DejaVu Sans is not installed")
    assert picture.drawable("Klinika Łódź 診所", "DejaVuSans.ttf") == "Klinika Łódź …"


def test_a_font_that_is_not_there_is_not_installed() -> None:
    assert not picture._installed("no-such-font.ttf")


# -- without Pillow --------------------------------------------------------------------------------------------------


def test_pillow_is_loaded_for_a_png_alone() -> None:
    code = (
        "import sys; from bot.timeline import course, picture; from bot.knowledge.load import load\n"
        "from bot.app.paths import knowledge_folder\n"
        "known = load(knowledge_folder()); picture.svg(course.course_from(known), known); print('PIL' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["False"]


def test_the_language_is_the_clinics(shipped: Knowledge) -> None:
    other = replace(shipped, clinic=replace(shipped.clinic, languages=("es",)))
    assert svg_of(other).get("lang") == "es"


def test_the_bytes_are_one_whole_png(shipped: Knowledge) -> None:
    content = picture.png(courses.course_from(shipped), shipped)
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert content[-12:] == struct.pack(">I", 0) + b"IEND\xaeB`\x82"
