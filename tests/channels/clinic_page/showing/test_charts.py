"""Columns stand within the chart, on a scale that people read, and are told to who does not see them."""

from __future__ import annotations

import pytest

from bot.channels.clinic_page.showing.charts import Column, column_chart, label_every


@pytest.mark.parametrize(
    ("values", "marks"),
    [
        ([], [0, 1, 2]),
        ([0, 0], [0, 1, 2]),
        ([1], [0, 1, 2]),
        ([3, 4], [0, 2, 4]),
        ([5], [0, 5, 10]),
        ([11], [0, 10, 20]),
        ([100_000], [0, 50_000, 100_000]),
        ([100_001], [0, 100_000, 200_000]),
    ],
)
def test_the_scale_is_round_and_holds_the_highest(values: list[int], marks: list[int]) -> None:
    chart = column_chart("Questions", [Column(value, "") for value in values])
    assert [number for _, number in chart.lines] == marks
    assert all(4 <= one.y <= 86 and abs(one.y + one.height - 86) < 0.01 for one in chart.columns)


def test_columns_are_beside_each_other_and_as_high_as_they_are_many() -> None:
    low, none, high = column_chart("Questions", [Column(10, "a"), Column(0, "b"), Column(20, "c")]).columns
    assert 0 < low.x < low.x + low.width < none.x < high.x < high.x + high.width < 100
    assert high.height == pytest.approx(2 * low.height)
    assert none.height == 0


def test_it_is_told_in_a_sentence() -> None:
    chart = column_chart("Questions", [Column(10, "Monday: 10"), Column(20, "Tuesday: 20")])
    assert chart.said == "Questions: 30 in all, most Tuesday: 20. The table below has every number."
    assert column_chart("Questions", [Column(0, "Monday: 0")]).said == "Questions: none."


@pytest.mark.parametrize(("count", "every"), [(7, 1), (24, 6), (30, 6), (90, 14), (400, 58)])
def test_labels_have_room(count: int, every: int) -> None:
    assert label_every(count) == every
