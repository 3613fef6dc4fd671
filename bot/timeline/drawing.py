"""What is drawn of the course of a treatment: one list of rectangles and lines of text, the same for every format. Pure.

Portrait, for a phone: at a third of its width, as on a narrow screen, the smallest text still has a size of 11 px. What a bar
means is in its pattern and in words, never in its colour alone.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from bot.knowledge.messages import fill
from bot.knowledge.model import Knowledge
from bot.timeline import course as courses
from bot.timeline.course import Bar, Course, CourseRow

WIDTH = 1080
_CARD, LEFT, RIGHT = 24, 56, 1024  # edges of a panel's card, and of what stands in it
_REST = 184  # width of the column after the last hour of a session
TRACK = 42  # height of a bar
_GAP = 14  # least distance of two labels on an axis

# Each text colour has a contrast of 7 : 1 or more on each ground that it stands on; each bar 3 : 1 or more on its track.
_INK, _SOFT = "#14202b", "#3b4754"
_PAGE, _GROUND, EMPTY, _MARK = "#ffffff", "#f1f4f7", "#d9e0e7", "#ffffff"
_BLUE, _GREEN, _RED = ("#1c5d99", "#bcd5ec"), ("#17695a", "#b5ddd2"), ("#9c2a1f", "#9c2a1f")  # bar, and ground of its fading part


@dataclass(frozen=True, slots=True)
class RectElement:
    x: int
    y: int
    width: int
    height: int
    fill: str


@dataclass(frozen=True, slots=True)
class TextElement:
    """``y`` is the top of the line. ``heavy`` is an outline and no other face: it makes no text wider than was measured."""

    x: int
    y: int
    size: int
    content: str
    fill: str = _INK
    heavy: bool = False

    @property
    def baseline(self) -> int:
        return self.y + round(0.95 * self.size)

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom: no font that is drawn with needs more."""
        return self.x, self.y, self.x + width_of(self.content, self.size), self.y + round(1.22 * self.size)


Shape = RectElement | TextElement


@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes in the order in which they are painted, and the same content as text."""

    height: int
    shapes: tuple[Shape, ...]
    title: str
    text: str
    language: str

    def ground(self, text: TextElement) -> str:
        """The colour that ``text`` stands on: that of the rectangle painted last where it begins."""
        under = [
            shape.fill
            for shape in self.shapes
            if isinstance(shape, RectElement)
            and shape.x <= text.x < shape.x + shape.width
            and shape.y <= text.y < shape.y + shape.height
        ]
        return under[-1]


# -- text in pixels -------------------------------------------------------------------------------------------------

# Thousandths of the size. Measured on DejaVu Sans and Pillow's own font, the wider of the two; a browser's are seldom wider.
_WIDE = {
    320: "'Iijl ,.’",
    400: "()-/:;[\\]ft|",
    440: "!r",
    560: '"_`*?Jcsz“”',
    600: "FLkvxy",
    640: "$0123456789EPSTYabdeghnopqu{}",
    700: "ABCKRVXZ",
    800: "HNU&DGOQ",
    860: "#+<=>^w~",
}
_ADVANCE = {char: width for width, chars in _WIDE.items() for char in chars}


def width_of(text: str, size: int) -> int:
    """Pixels that ``text`` takes at most; what is not in the table counts as a whole square."""
    return -(-sum(_ADVANCE.get(char, 0 if unicodedata.combining(char) else 1000) for char in text) * size // 1000)


def wrap(text: str, size: int, room: int, most: int = 99) -> list[str]:
    """``text`` in lines of at most ``room`` pixels. A word that fits on none is broken; ``most`` lines end with an ellipsis."""
    lines = [""]
    for word in _clean(text).split():
        if lines[-1] and width_of(f"{lines[-1]} {word}", size) <= room:
            lines[-1] += f" {word}"
            continue
        lines += [""] if lines[-1] else []
        for char in word:
            if width_of(lines[-1] + char, size) > room:
                lines.append("")
            lines[-1] += char
    if len(lines) > most:
        last = lines[most - 1]
        while last and width_of(f"{last}…", size) > room:
            last = last[:-1]
        lines[most - 1 :] = [f"{last.rstrip()}…"]
    return [line for line in lines if line]


def _clean(text: str) -> str:
    """Without line breaks, and without what is no character of a text: controls, marks of direction, lone surrogates."""
    return "".join(char for char in " ".join(text.split()) if char.isprintable())


# -- layout ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Where a moment lies, and the labels: (text, left edge). ``marks``: where the tracks are parted."""

    at: Callable[[float], int]
    labels: tuple[tuple[str, int], ...]
    marks: tuple[int, ...]


def layout(course: Course, knowledge: Knowledge) -> Drawing:
    """All shapes of the picture of ``course``; pure, and the same for the same values."""
    told = courses.words(course, knowledge)
    messages = courses.sentences(knowledge)
    shapes: list[Shape] = []
    y = _write(shapes, told.title, 36, 54, heavy=True)
    if told.clinic:
        y = _write(shapes, told.clinic, y + 4, 40, fill=_SOFT, most=2)
    session, whole = session_axis(course.session, messages), course_axis(course.course, messages)
    y = _panel(shapes, y + 20, told.session, messages["course_session_scale"], course.session, session, session_bar)
    y = _panel(shapes, y + 24, told.course, messages["course_whole_scale"], course.course, whole, course_bar)
    y = _legend(shapes, y + 24, course, messages)
    y = _write(shapes, told.note, y + 14, 38, heavy=True)
    for line in told.sources:
        y = _write(shapes, line, y + 12, 34, fill=_SOFT)
    page = RectElement(0, 0, WIDTH, y + 36, _PAGE)
    return Drawing(y + 36, (page, *shapes), told.title, courses.as_text(course, knowledge), knowledge.clinic.language)


def _write(
    shapes: list[Shape],
    text: str,
    y: int,
    size: int,
    x: int = LEFT,
    fill: str = _INK,
    heavy: bool = False,
    most: int = 99,
) -> int:
    """Adds ``text`` in lines from ``y`` on; the return value is where the next thing may stand."""
    for line in wrap(text, size, RIGHT - x, most):
        shapes.append(TextElement(x, y, size, line, fill, heavy))
        y += round(1.26 * size)
    return y


def _panel(
    shapes: list[Shape],
    top: int,
    told: tuple[str, tuple[tuple[str, str], ...]],
    scale: str,
    rows: Sequence[CourseRow],
    axis: TimeAxis,
    bar: Callable[[CourseRow, TimeAxis, int], list[RectElement]],
) -> int:
    title, said = told
    inside: list[Shape] = []
    y = _write(inside, title, top + 20, 46, heavy=True)
    y = _write(inside, scale, y, 34, fill=_SOFT)
    y = _labels(inside, axis, y + 12)
    for row, (label, words) in zip(rows, said, strict=True):
        y = _write(inside, label, y + 18, 40, heavy=True) + 2
        drawn = bar(row, axis, y)
        if drawn:
            inside += [RectElement(LEFT, y, RIGHT - LEFT, TRACK, EMPTY), *drawn]
            inside += [RectElement(x - 1, y, 3, TRACK, _MARK) for x in axis.marks]
            y += TRACK + 4
        y = _write(inside, words, y, 38)
    shapes += [RectElement(_CARD, top, WIDTH - 2 * _CARD, y + 20 - top, _GROUND), *inside]
    return y + 20


def _labels(shapes: list[Shape], axis: TimeAxis, y: int) -> int:
    shapes += [TextElement(x, y, 34, label, _SOFT) for label, x in axis.labels]
    return y + 42


def session_axis(rows: Sequence[CourseRow], messages: dict[str, str]) -> TimeAxis:
    """Linear, zero at the end of the infusion. What comes after the last figure is one column, as long as it may be."""
    infusion, effects = (row.bar.until if row.bar else 0.0 for row in rows[:2])
    room = RIGHT - _REST - LEFT

    def at(seconds: float) -> int:
        return LEFT + round(room * (seconds + infusion) / (infusion + effects))

    units = {60: messages["course_tick_minutes"], 3600: messages["course_tick_hours"], 86400: messages["course_tick_days"]}
    step = _step(infusion + effects)
    unit = max(length for length in units if step % length == 0)
    ticks = [k * step for k in range(-int(infusion // step), int(effects // step) + 1) if k]
    wanted = [(messages["course_end"], at(0)), (messages["course_later"], RIGHT)]
    wanted += [(fill(units[unit], {"count": str(abs(tick) // unit)}), at(tick)) for tick in ticks]
    return TimeAxis(at, _apart(wanted), tuple(at(tick) for tick in (*ticks, 0) if at(tick) > LEFT))


def _step(span: float) -> int:
    """Seconds between two ticks: a round number, and not more than five of them in ``span``."""
    steps = (60, 300, 900, 1800, 3600, 7200, 10800, 21600, 43200)
    days = 86400
    while span / days > 5:
        days *= 2
    return next((step for step in steps if span / step <= 5), days)


def _apart(wanted: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """(text, left edge) of the labels centred where they are wanted; one that would touch an earlier one is left out."""
    placed: list[tuple[str, int]] = []
    for text, centre in wanted:
        for label in wrap(text, 34, 240, most=1):
            width = width_of(label, 34)
            x = min(max(centre - width // 2, LEFT), RIGHT - width)
            if all(x + width + _GAP <= left or left + width_of(other, 34) + _GAP <= x for other, left in placed):
                placed.append((label, x))
    return tuple(placed)


def course_axis(rows: Sequence[CourseRow], messages: dict[str, str]) -> TimeAxis:
    """A column for each unit of time that is needed, all equally wide; within a column logarithmic.

    On one logarithmic scale the hours would take a third of the width, and the weeks no more than their own name.
    """
    names = {
        "minute": messages["course_minutes"],
        "hour": messages["course_hours"],
        "day": messages["course_days"],
        "week": messages["course_weeks"],
        "month": messages["course_months"],
        "year": messages["course_years"],
    }
    bars = [row.bar for row in rows if row.bar]
    most = max((bar.until for bar in bars), default=0.0)

    def begins_before(end: float, bar: Bar) -> bool:
        # What begins with a unit stands in its column; what lasts one whole unit fills the column before it.
        return bar.begins < end if bar.begins else bar.sure <= end

    columns = [
        (name, begin)
        for name, begin in courses.UNITS
        if begin < most and any(begins_before(courses.next_unit(begin), bar) for bar in bars)
    ] or [courses.UNITS[-1 if most > courses.UNITS[-1][1] else 0]]
    room = (RIGHT - LEFT) / len(columns)

    def at(seconds: float) -> int:
        for number, (_, begin) in enumerate(columns):
            end = courses.next_unit(begin)
            if seconds < end:
                return LEFT + round(room * (number + max(0.0, math.log(seconds / begin) / math.log(end / begin))))
        return RIGHT

    edges = [LEFT + round(room * number) for number in range(len(columns))]
    wanted = [(names[name], edge + round(room / 2)) for (name, _), edge in zip(columns, edges, strict=True)]
    return TimeAxis(at, _apart(wanted), tuple(edges[1:]))


def session_bar(row: CourseRow, axis: TimeAxis, y: int) -> list[RectElement]:
    """Backwards from the end of the infusion, forwards from it, or, without an end of its own, through all of the panel."""
    if row.bar is None:
        point = TRACK // 2
        # They overlap: between columns of one pixel a scaled picture shows the ground.
        arrow = [RectElement(RIGHT - 2 * point, y + step, point + step + 1, TRACK - 2 * step, _RED[0]) for step in range(point)]
        return [RectElement(LEFT, y, RIGHT - LEFT - point, TRACK, _RED[0]), *arrow]
    sign = -1 if row.id == "infusion" else 1
    return _span(axis.at(0), axis.at(sign * row.bar.sure), axis.at(sign * row.bar.until), y, _BLUE, row.bar.vague)


def course_bar(row: CourseRow, axis: TimeAxis, y: int) -> list[RectElement]:
    if row.bar is None:
        return []
    begins = axis.at(row.bar.begins) if row.bar.begins else LEFT
    return _span(begins, axis.at(row.bar.sure), axis.at(row.bar.until), y, _GREEN, row.bar.vague)


def _span(begins: int, sure: int, until: int, y: int, colours: tuple[str, str], vague: bool) -> list[RectElement]:
    """Solid to ``sure``, from there to ``until`` in stripes that grow thin, or with a broken line where an end is rough."""
    full, pale = colours
    sign = 1 if until >= begins else -1

    def rect(start: int, stop: int, fill: str, top: int = 0, height: int = TRACK) -> RectElement:
        return RectElement(min(start, stop), y + top, abs(stop - start), height, fill)

    length = abs(until - sure)
    if vague:
        dashes = [(offset, min(offset + 16, length), 17, 8) for offset in range(6, length, 28)]
    else:
        dashes = [(offset, offset + 2 + round(9 * (1 - offset / length)), 0, TRACK) for offset in range(0, length - 4, 16)]
        dashes.append((max(0, length - 5), length, 0, TRACK))
    pattern = [rect(sure + sign * start, sure + sign * stop, full, top, height) for start, stop, top, height in dashes]
    return [rect(sure, until, pale), *pattern, rect(begins, sure, full)]


def _legend(shapes: list[Shape], y: int, course: Course, messages: dict[str, str]) -> int:
    for swatch, words, used in legend_swatches(course, messages):
        if used:
            shapes += [replace(one, y=one.y + y) for one in swatch]
            y = max(_write(shapes, words, y + 2, 34, x=LEFT + 112), y + TRACK) + 12
    return y


def legend_swatches(course: Course, messages: dict[str, str]) -> list[tuple[list[RectElement], str, bool]]:
    """For each pattern of a bar a piece of it, what it means, and whether a bar of ``course`` has it."""
    bars = [row.bar for row in course.rows if row.bar]
    end = LEFT + 92
    return [
        (_span(LEFT, end, end, 0, _GREEN, vague=False), messages["course_legend_sure"], True),
        (_span(LEFT, LEFT, end, 0, _GREEN, vague=False), messages["course_legend_range"], True),
        (_span(LEFT, LEFT, end, 0, _GREEN, vague=True), messages["course_legend_vague"], any(bar.vague for bar in bars)),
    ]
