"""Columns drawn on the server, as the numbers of an SVG.

Own drawing, and no library: those for Python draw with styles and scripts in the picture, which the page's policy refuses, and a
size of their own, at which nobody reads the figures on a phone; those for browsers draw on a canvas, blank without a script. Here
lengths are parts of the width, and letters are not scaled: a chart is sharp and readable at any width, in either colour scheme.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_TOP, _BASE = 4.0, 86.0  # percent of the height between which columns stand
_GAP = 0.25  # of a column's room


@dataclass(frozen=True, slots=True)
class Column:
    """``label`` stands below it, "" for none; ``tip`` says what it is; ``value`` is not negative."""

    value: int
    tip: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class DrawnColumn:
    """Percent of the chart's width and height."""

    column: Column
    x: float
    y: float
    width: float
    height: float
    middle: float


@dataclass(frozen=True, slots=True)
class ColumnChart:
    """``lines``: (percent of the height, the number there). ``said``: the chart in a sentence, for who does not see it."""

    title: str
    said: str
    columns: tuple[DrawnColumn, ...]
    lines: tuple[tuple[float, int], ...]


def column_chart(title: str, columns: Sequence[Column]) -> ColumnChart:
    top = _round_above(max((one.value for one in columns), default=0))
    room = 100 / max(1, len(columns))
    drawn = tuple(_drawn(one, at * room, room, top) for at, one in enumerate(columns))
    marks = (0, top // 2, top) if top % 2 == 0 else (0, top)
    lines = tuple((round(_BASE - (_BASE - _TOP) * mark / top, 2), mark) for mark in marks)
    return ColumnChart(title, _said(title, columns), drawn, lines)


def _drawn(one: Column, x: float, room: float, top: int) -> DrawnColumn:
    height = (_BASE - _TOP) * one.value / top
    width = room * (1 - _GAP)
    left = x + (room - width) / 2
    return DrawnColumn(one, round(left, 3), round(_BASE - height, 3), round(width, 3), round(height, 3), round(x + room / 2, 3))


def _said(title: str, columns: Sequence[Column]) -> str:
    most = max(columns, key=lambda one: one.value, default=None)
    if most is None or not most.value:
        return f"{title}: none."
    return f"{title}: {sum(one.value for one in columns)} in all, most {most.tip}. The table below has every number."


def _round_above(value: int) -> int:
    """The next of 2, 4, 10, 20, 40, 100 and so on: a scale that people read."""
    step = 1
    while True:
        for factor in (2, 4, 10):
            if factor * step >= value:
                return factor * step
        step *= 10


def label_every(count: int, most: int = 7) -> int:
    """Which of ``count`` columns have a label, so that ``most`` of them have room: every so manieth."""
    steps = (1, 2, 3, 6, 7, 14, 15, 30)
    return next((step for step in steps if -(-count // step) <= most), -(-count // most))
