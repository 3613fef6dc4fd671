"""The picture in pieces says and shows what the whole picture does."""

from __future__ import annotations

from bot.knowledge.model import Knowledge
from bot.timeline.course import course_from, words
from bot.timeline.drawing import LEFT, RectElement, layout
from bot.timeline.strips import STRIP_HEIGHT, STRIP_WIDTH, strip_legend, strip_panels


def test_every_row_is_there_with_its_words(knowledge: Knowledge) -> None:
    course = course_from(knowledge)
    told = words(course, knowledge)
    for panel, (title, rows) in zip(strip_panels(course, knowledge), (told.session, told.course), strict=True):
        assert panel.title == title
        assert [(one.label, one.said) for one in panel.strips] == list(rows)


def test_the_bars_are_those_of_the_picture(knowledge: Knowledge) -> None:
    course = course_from(knowledge)
    drawn = {(one.x - LEFT, one.width, one.fill) for one in layout(course, knowledge).shapes if isinstance(one, RectElement)}
    for panel in strip_panels(course, knowledge):
        for strip in panel.strips:
            assert {(one.x, one.width, one.fill) for one in strip.shapes} <= drawn
            assert all(one.x >= 0 and one.x + one.width <= STRIP_WIDTH for one in strip.shapes)
            assert all(one.y >= 0 and one.y + one.height <= STRIP_HEIGHT for one in strip.shapes)


def test_the_legend_explains_each_pattern(knowledge: Knowledge) -> None:
    said = [one.said for one in strip_legend(course_from(knowledge), knowledge)]
    keys = ("course_legend_sure", "course_legend_range", "course_legend_vague")
    assert said == [knowledge.messages[key] for key in keys]
