"""No cell of a CSV is a formula, and every number is a number."""

from __future__ import annotations

import csv
import io

import pytest

from bot.channels.clinic_page.showing.tables import Cell, ShownTable, as_csv


def _read(*cells: Cell) -> list[str]:
    columns = tuple(f"c{at}" for at, _ in enumerate(cells))
    text = as_csv(ShownTable("t", "T", columns, [cells])).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))[1]


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\u00a0=1", "＝1", '=cmd|"/c calc"!A1', "=1,2"]
)
def test_what_a_spreadsheet_would_reckon_is_text(cell: str) -> None:
    assert _read("a", cell) == ["a", f"'{cell}"]


def test_other_cells_are_as_they_were() -> None:
    assert _read("How long?", 3, -2, 0.5, None, 'a "b", c\nd', "1=1") == ["How long?", "3", "-2", "0.5", "", 'a "b", c\nd', "1=1"]


@pytest.mark.parametrize(("rows", "most"), [([], 1), ([("a", 0)], 1), ([("a", 3), ("b", 7), ("c", None)], 7)])
def test_bars_are_parts_of_the_largest(rows: list[tuple[Cell, ...]], most: int) -> None:
    assert ShownTable("t", "T", ("a", "b"), rows, 1).most == most
