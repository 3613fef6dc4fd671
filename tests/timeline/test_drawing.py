"""What is drawn: whatever the figures and the names, every word is on the sheet, legible, and on no other."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageFont

from bot.knowledge.model import Knowledge
from bot.timeline import course as courses
from bot.timeline import drawing
from bot.timeline.drawing import WIDTH, Drawing, RectElement, TextElement
from tests.timeline.test_course import Figure
from tests.timeline.test_course import knowledge as invented

TIMES = ["minute", "hour", "day", "week", "month", "year"]
ENDS = st.builds(
    lambda amount, unit: f"{amount} {unit}s",
    st.one_of(st.integers(1, 10**12).map(str), st.sampled_from(["a few", "several", "half a", "3 or 4", "a couple of", "2.5"])),
    st.sampled_from(TIMES),
)
FIGURES = st.one_of(
    st.tuples(ENDS, ENDS),
    st.tuples(ENDS, st.none()),
    st.tuples(st.lists(st.sampled_from([*TIMES, "soon", "perhaps"]), min_size=1, max_size=3).map("s or ".join)),
)
SPANS = st.one_of(st.tuples(ENDS, ENDS), st.tuples(ENDS, st.none()))
NAMES = st.one_of(st.none(), st.text(max_size=120), st.text("WMŁ診 ", min_size=60, max_size=80))


def drawn(knowledge: Knowledge) -> Drawing:
    return drawing.layout(courses.course_from(knowledge), knowledge)


def texts(sheet: Drawing) -> list[TextElement]:
    return [shape for shape in sheet.shapes if isinstance(shape, TextElement)]


def check(sheet: Drawing) -> None:
    """The laws of a sheet."""
    for shape in sheet.shapes:
        left, top, right, bottom = (
            shape.box if isinstance(shape, TextElement) else (shape.x, shape.y, shape.x + shape.width, shape.y + shape.height)
        )
        assert 0 <= left <= right <= WIDTH, shape
        assert 0 <= top <= bottom <= sheet.height, shape
        assert not isinstance(shape, TextElement) or (shape.size >= 32 and shape.content.strip()), shape
    for one, other in itertools.combinations(texts(sheet), 2):
        apart = (
            one.box[2] <= other.box[0] or other.box[2] <= one.box[0] or one.box[3] <= other.box[1] or other.box[3] <= one.box[1]
        )
        assert apart, (one, other)
    for text in texts(sheet):
        assert contrast(text.fill, sheet.ground(text)) >= 4.5, text
        left, top, right, bottom = text.box
        # A word stands on a page or a card, never on a bar or across an edge.
        for rect in (shape for shape in sheet.shapes if isinstance(shape, RectElement)):
            inside = rect.x <= left and right <= rect.x + rect.width and rect.y <= top and bottom <= rect.y + rect.height
            outside = rect.x >= right or rect.x + rect.width <= left or rect.y >= bottom or rect.y + rect.height <= top
            assert inside or outside or not rect.width or not rect.height, (text, rect)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG, 1 to 21."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def test_the_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


# -- the shipped knowledge -------------------------------------------------------------------------------------------


def test_the_shipped_picture_is_portrait_and_holds_every_word_of_its_text(knowledge: Knowledge) -> None:
    sheet = drawn(knowledge)
    check(sheet)
    assert WIDTH < sheet.height < 3 * WIDTH
    shown = " ".join(text.content for text in texts(sheet))
    told = courses.words(courses.course_from(knowledge), knowledge)
    rows = [words for _, rows in (told.session, told.course) for row in rows for words in row]
    assert [line for line in (told.title, *rows, told.note, *told.sources) if line not in shown] == []


def test_the_shipped_axes_are_labelled_whole(knowledge: Knowledge) -> None:
    shown = [text.content for text in texts(drawn(knowledge)) if text.size == 34]
    assert {"1 h", "2 h", "3 h", "end", "later", "hours", "days", "weeks", "months"} <= set(shown)
    assert {"minutes", "years"} & set(shown) == set()


@pytest.mark.parametrize("colours", [drawing._BLUE, drawing._GREEN, drawing._RED], ids=["session", "course", "driving"])
def test_a_bar_stands_out_from_its_track_and_from_what_is_not_sure(colours: tuple[str, str]) -> None:
    full, pale = colours
    assert contrast(full, drawing.EMPTY) >= 3
    assert contrast(full, drawing._MARK) >= 3
    assert full == pale or contrast(full, pale) >= 3


# -- invented figures ------------------------------------------------------------------------------------------------


@given(SPANS, SPANS, st.lists(FIGURES, min_size=5, max_size=5), SPANS, NAMES)
def test_no_word_leaves_the_sheet_or_meets_another(
    infusion: Figure,
    effects: Figure,
    course: list[Figure],
    series: Figure,
    clinic: str | None,
) -> None:
    names = ("onset", "single_relief", "series_relief", "pain_relief_span", "maintenance_interval")
    figures = dict(zip(names, course, strict=True))
    knowledge = invented(clinic, figures | {"infusion_length": infusion, "wear_off": effects, "series_span": series})
    sheet = drawn(knowledge)
    check(sheet)
    assert sheet == drawn(knowledge)


def bars(sheet: Drawing, colour: str) -> list[RectElement]:
    return [
        shape
        for shape in sheet.shapes
        if isinstance(shape, RectElement) and shape.fill == colour and shape.height == drawing.TRACK
    ]


def test_the_infusion_ends_where_the_effects_begin_to_be_counted() -> None:
    sheet = drawn(invented(changed={"infusion_length": ("1 hour", None), "wear_off": ("1 hour", None)}))
    infusion, effects = (max(rects, key=lambda one: one.width) for _, rects in by_row(bars(sheet, drawing._BLUE[0])))
    assert infusion.x == drawing.LEFT
    assert infusion.x + infusion.width == effects.x
    assert infusion.width == effects.width


def test_a_longer_figure_is_a_longer_bar_and_a_whole_unit_fills_its_column() -> None:
    changed: dict[str, Figure] = {
        "onset": ("1 day", None),
        "single_relief": ("2 days", None),
        "series_span": ("1 week", None),
        "series_relief": ("1 month", None),
        "pain_relief_span": ("1 year", None),
        "maintenance_interval": ("3 days", None),
    }
    sheet = drawn(invented(changed=changed))
    rows = [rects for _, rects in by_row(bars(sheet, drawing._GREEN[0]))][:6]
    day, two, week, month, year, three = (max(one.x + one.width for one in rects) - drawing.LEFT for rects in rows)
    room = drawing.RIGHT - drawing.LEFT
    assert [day, week, month, year] == pytest.approx([room / 4, room / 2, room * 3 / 4, room], abs=1)
    assert day < two < three < week


def by_row(rects: list[RectElement]) -> list[tuple[int, list[RectElement]]]:
    return [(y, list(group)) for y, group in itertools.groupby(rects, key=lambda one: one.y)]


def test_words_without_a_unit_have_no_bar() -> None:
    with_bar, without = (drawn(invented(changed={"onset": (words,)})) for words in ("days", "soon"))
    assert len(bars(with_bar, drawing.EMPTY)) == 9
    assert len(bars(without, drawing.EMPTY)) == 8


def test_the_sign_for_words_is_explained_where_it_is_used() -> None:
    exact: dict[str, Figure] = {"onset": ("1 day", None), "single_relief": ("2 days", None), "pain_relief_span": ("1 week", None)}
    cases: list[tuple[dict[str, Figure], bool]] = [({}, True), (exact, False)]
    for changed, explained in cases:
        shown = {text.content for text in texts(drawn(invented(changed=changed)))}
        assert ("course_legend_vague:" in shown) is explained


# -- lines of text ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("font", ["", "DejaVuSans.ttf"], ids=["own", "dejavu"])
def test_no_character_is_wider_than_the_table_says(font: str) -> None:
    try:
        face = ImageFont.truetype(font, 1000) if font else ImageFont.load_default(1000)
    except OSError:
        pytest.skip(f"{font} is not installed")
    narrow = [
        char for char in map(chr, [*range(32, 127), *map(ord, "…“”’·–")]) if face.getlength(char) > drawing.width_of(char, 1000)
    ]
    assert narrow == []


@given(st.text(max_size=200), st.integers(32, 60), st.integers(120, 900), st.integers(1, 5))
def test_a_line_is_never_longer_than_its_room(text: str, size: int, room: int, most: int) -> None:
    lines = drawing.wrap(text, size, room, most)
    assert len(lines) <= most
    assert all(drawing.width_of(line, size) <= room and line == line.strip() for line in lines)


@pytest.mark.parametrize(
    ("text", "most", "lines"),
    [
        pytest.param("one two", 9, ["one two"], id="fits"),
        pytest.param("one two three four", 9, ["one two", "three", "four"], id="wrapped"),
        pytest.param("W" * 8, 9, ["WWWW", "WWWW"], id="one-long-word"),
        pytest.param("one two three four", 2, ["one two", "three…"], id="shortened"),
        pytest.param("one\n\u202etwo\x00 \u200bthree", 9, ["one two", "three"], id="no-controls"),
        pytest.param(" \n ", 9, [], id="nothing"),
    ],
)
def test_lines(text: str, most: int, lines: list[str]) -> None:
    assert drawing.wrap(text, 40, 172, most) == lines
