"""The picture of a treatment in pieces, for a page that sets the words itself: each row as its words and a bar. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.knowledge.model import Knowledge
from bot.timeline import course as courses
from bot.timeline.course import Course, CourseRow
from bot.timeline.drawing import (
    EMPTY,
    LEFT,
    RIGHT,
    TRACK,
    RectElement,
    TimeAxis,
    course_axis,
    course_bar,
    legend_swatches,
    session_axis,
    session_bar,
)

STRIP_WIDTH, STRIP_HEIGHT = RIGHT - LEFT, TRACK  # of a bar, in units of its own


@dataclass(frozen=True, slots=True)
class Strip:
    """A row: what it is, what is said of it, and its bar from 0 to ``STRIP_WIDTH``; no shapes where there is no time."""

    label: str
    said: str
    shapes: tuple[RectElement, ...]


@dataclass(frozen=True, slots=True)
class StripPanel:
    """``ticks``: the words above the bars, and where each begins."""

    title: str
    scale: str
    ticks: tuple[tuple[str, int], ...]
    strips: tuple[Strip, ...]


def strip_panels(course: Course, knowledge: Knowledge) -> tuple[StripPanel, StripPanel]:
    """One session, and the whole course."""
    told, messages = courses.words(course, knowledge), courses.sentences(knowledge)
    session, whole = session_axis(course.session, messages), course_axis(course.course, messages)
    return (
        _panel(told.session, messages["course_session_scale"], course.session, session, session_bar),
        _panel(told.course, messages["course_whole_scale"], course.course, whole, course_bar),
    )


def strip_legend(course: Course, knowledge: Knowledge) -> tuple[Strip, ...]:
    """What the patterns of the bars mean: words, and a piece of a bar of that pattern."""
    messages = courses.sentences(knowledge)
    return tuple(Strip("", words, _at_zero(shapes)) for shapes, words, used in legend_swatches(course, messages) if used)


def _panel(
    told: tuple[str, tuple[tuple[str, str], ...]],
    scale: str,
    rows: Sequence[CourseRow],
    axis: TimeAxis,
    bar: Callable[[CourseRow, TimeAxis, int], list[RectElement]],
) -> StripPanel:
    title, said = told
    strips = []
    for row, (label, words) in zip(rows, said, strict=True):
        shapes = [RectElement(LEFT, 0, RIGHT - LEFT, TRACK, EMPTY), *drawn] if (drawn := bar(row, axis, 0)) else []
        strips.append(Strip(label, words, _at_zero(shapes)))
    return StripPanel(title, scale, tuple((text, x - LEFT) for text, x in axis.labels), tuple(strips))


def _at_zero(shapes: Sequence[RectElement]) -> tuple[RectElement, ...]:
    return tuple(replace(one, x=one.x - LEFT) for one in shapes if one.width and one.height)
