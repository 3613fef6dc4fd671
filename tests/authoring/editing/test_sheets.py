"""Tables out and in: what spreadsheet programs do to them is survived, and nothing in them is run."""

from __future__ import annotations

import io
import sys
from datetime import date

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.authoring.editing.sheets import SheetError, read_csv, read_xlsx, write_csv, write_xlsx

COLUMNS = ("id", "phrases", "answer")
ROWS = [
    {"id": "a", "phrases": 'how, "long"\nwhat; when', "answer": "=1+1"},
    {"id": "b", "phrases": "'tis", "answer": "@nurse"},
    {"id": "c", "phrases": "+1", "answer": "'=x"},
]
CELLS = st.text(
    alphabet=st.sampled_from("abé=+-@'\",;\t\n{}1 ") | st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=40
)


def book(*rows: list[object]) -> bytes:
    made = openpyxl.Workbook()
    assert made.active is not None
    for row in rows:
        made.active.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


@pytest.mark.parametrize(("write", "read"), [(write_csv, read_csv), (write_xlsx, read_xlsx)], ids=["csv", "xlsx"])
def test_what_is_written_is_read(write: object, read: object) -> None:
    assert callable(write)
    assert callable(read)
    header, rows = read(write(COLUMNS, ROWS))
    assert header == list(COLUMNS)
    assert [(row.number, row.cells) for row in rows] == list(enumerate(ROWS, start=2))


@given(st.lists(st.fixed_dictionaries({"id": CELLS.filter(bool), "phrases": CELLS, "answer": CELLS}), max_size=4))
def test_any_cells_come_back_from_csv(rows: list[dict[str, str]]) -> None:
    assert [row.cells for row in read_csv(write_csv(COLUMNS, rows))[1]] == rows


def test_no_cell_is_a_formula() -> None:
    assert b"'=1+1" in write_csv(COLUMNS, ROWS)
    sheet = openpyxl.load_workbook(io.BytesIO(write_xlsx(COLUMNS, ROWS))).active
    assert sheet is not None
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}
    assert sheet["C2"].quotePrefix


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"id;question\na;Was, wie?\n", id="semicolons"),
        pytest.param("id\tquestion\na\tWas, wie?\n".encode("utf-16"), id="unicode-text"),
        pytest.param(b"sep=;\r\nid;question\r\na;Was, wie?\r\n", id="declared"),
        pytest.param(b'\xef\xbb\xbf ID ,Question\na,"Was, wie?"\n', id="capitals-and-a-mark"),
        pytest.param(b'id,question,,\na,"Was, wie?",,\n', id="empty-columns"),
    ],
)
def test_what_programs_save_is_read(data: bytes) -> None:
    header, (row,) = read_csv(data)
    assert header == ["id", "question"]
    assert dict(row.cells) == {"id": "a", "question": "Was, wie?"}


def test_values_of_excel_are_texts() -> None:
    _, (row,) = read_xlsx(book(["id", "phrases", "helpline", "review_by", "detail"], ["a", 40.0, True, date(2026, 11, 24), None]))
    assert row.cells == {"id": "a", "phrases": "40", "helpline": "true", "review_by": "2026-11-24T00:00:00", "detail": ""}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        pytest.param(b"", "row 1: the names of the columns must stand here", id="empty"),
        pytest.param(
            b"id,question\na,caf\xe9\n", "line 2: this is not UTF-8 text; save the table as 'CSV UTF-8'", id="windows-1252"
        ),
        pytest.param(b'id,question\na,"open\n', "line 2: this is no CSV", id="open-quote"),
        pytest.param(b"id,question\na,b,c\n", "row 2: a cell has a text, and its column no name", id="a-cell-more"),
        pytest.param(b"x" * 20_000_001, "the file has 20000001 bytes", id="large"),
    ],
)
def test_what_is_no_table_is_told(data: bytes, told: str) -> None:
    with pytest.raises(SheetError, match=told.replace("(", r"\(")):
        read_csv(data)


def test_formulas_and_files_of_another_kind_are_told() -> None:
    with pytest.raises(SheetError, match="row 2, column B: a formula stands here; write the text itself"):
        read_xlsx(book(["id", "question"], ["a", "=1+1"]))
    with pytest.raises(SheetError, match="this is no XLSX file that can be read"):
        read_xlsx(b"PK\x03\x04 no book")
    with pytest.raises(SheetError, match="phrases of a has 40000 characters, too many for a cell"):
        write_xlsx(COLUMNS, [{"id": "a", "phrases": "x" * 40_000}])


def test_without_the_extra_its_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(SheetError, match="install the extra 'editors'"):
        read_xlsx(b"")
