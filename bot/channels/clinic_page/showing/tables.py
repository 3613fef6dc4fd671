"""Tables as the page shows them, and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

Cell: TypeAlias = str | int | float | None
# With these a spreadsheet takes a cell for a formula; also behind spaces that it does not show.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class ShownTable:
    """``id``: by it the table is asked for as CSV. ``columns``: their heads; ``rows``: as many cells each.

    ``bar``: the column whose numbers are drawn as bars beside it, None for none. ``first``: so many rows are shown, None for all;
    the CSV has all of them.
    """

    id: str
    title: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    bar: int | None = None
    first: int | None = None

    @property
    def most(self) -> float:
        """The largest number of the column that is drawn; at least 1."""
        numbers = [row[self.bar] for row in self.rows] if self.bar is not None else []
        return max((one for one in numbers if isinstance(one, int | float)), default=1) or 1


def as_csv(table: ShownTable) -> bytes:
    """UTF-8 with a mark by which spreadsheets know it; no cell is a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(table.columns)
    writer.writerows([_plain(cell) for cell in row] for row in table.rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8", "replace")


def _plain(cell: Cell) -> Cell:
    if isinstance(cell, str) and cell.lstrip(" \u00a0").startswith(_FORMULA):
        return f"'{cell}"
    return cell
