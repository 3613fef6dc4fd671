"""Tables as CSV and XLSX: bytes in, cells out, and back.

What begins with = + - @ would be run by a spreadsheet program as a formula: in XLSX such cells are marked as text, in CSV an
apostrophe stands before them, and is taken away again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from bot.authoring.editing.table import TableRow

_MOST_BYTES = 20_000_000
_LONGEST_CELL = 32_767  # characters; Excel cuts what is longer
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
_WIDTHS = {"file": 22, "id": 26, "question": 40, "phrases": 60, "answer": 70, "detail": 70, "reply": 70}
_USUAL_WIDTH = 24
_UTF16 = (b"\xff\xfe", b"\xfe\xff")

Sheet = tuple[list[str], list[TableRow]]


class SheetError(Exception):
    """A file that is no table, or that this machine cannot read; the message says what to do."""


def write_csv(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> bytes:
    """UTF-8 with a byte order mark, by which Excel knows it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_guarded(row.get(column, "")) for column in columns])
    return out.getvalue().encode("utf-8-sig")


def _guarded(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def read_csv(data: bytes) -> Sheet:
    """Parted by commas, semicolons or tabs, as spreadsheet programs of different countries do it."""
    text = _decoded(data)
    declared = re.match(r"sep=(.)\r?\n", text)
    body = text[declared.end() :] if declared else text
    delimiter = declared[1] if declared else _delimiter(body)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True)
    try:
        table = [[cell[1:] if _GUARDED.match(cell) else cell for cell in row] for row in reader]
    except csv.Error as error:
        raise SheetError(f"line {reader.line_num}: this is no CSV ({error}); save it once more as CSV UTF-8") from None
    return _sheet(table)


def _decoded(data: bytes) -> str:
    if len(data) > _MOST_BYTES:
        raise SheetError(f"the file has {len(data)} bytes; at most {_MOST_BYTES} are read")
    try:
        return data.decode("utf-16" if data.startswith(_UTF16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SheetError(f"line {line}: this is not UTF-8 text; save the table as 'CSV UTF-8', or as XLSX") from None


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def write_xlsx(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> bytes:
    """One sheet, all cells text. Raises SheetError where a cell is too long for Excel, or openpyxl is not installed."""
    openpyxl = _openpyxl()
    from openpyxl.styles import Alignment, Font  # noqa: PLC0415  # an extra
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "entries"
    wrapped = Alignment(wrap_text=True, vertical="top")
    for number, row in enumerate([dict(zip(columns, columns, strict=True)), *rows], start=1):
        for at, column in enumerate(columns, start=1):
            text = row.get(column, "")
            if len(text) > _LONGEST_CELL:
                raise SheetError(f"{column} of {row.get('id')} has {len(text)} characters, too many for a cell; export as CSV")
            if not text:
                continue
            cell = sheet.cell(number, at)
            cell.value, cell.data_type = text, "s"
            cell.number_format, cell.alignment = "@", wrapped
            cell.quotePrefix = bool(_FORMULA.match(text))
            if number == 1:
                cell.font = Font(bold=True)
    for at, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(at)].width = _WIDTHS.get(column, _USUAL_WIDTH)
    sheet.freeze_panes = "C2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read_xlsx(data: bytes) -> Sheet:
    """The first sheet. Raises SheetError for what is no XLSX, and for formulas, which hold no text of their own."""
    openpyxl = _openpyxl()
    if len(data) > _MOST_BYTES:
        raise SheetError(f"the file has {len(data)} bytes; at most {_MOST_BYTES} are read")
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
        cells = [list(row) for row in book.worksheets[0].iter_rows()]
    except Exception as error:  # noqa: BLE001  # a file of a stranger's: zip, XML and openpyxl fail each in ways of their own
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise SheetError(f"this is no XLSX file that can be read ({reason}); save it once more, or as CSV UTF-8") from None
    return _sheet([[_cell_text(cell) for cell in row] for row in cells])


def _cell_text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type in {"f", "e"}:
        what = "a formula" if cell.data_type == "f" else f"the error {value}"
        raise SheetError(f"row {cell.row}, column {cell.column_letter}: {what} stands here; write the text itself")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def _openpyxl() -> Any:
    try:
        import openpyxl  # noqa: PLC0415  # an extra
    except ImportError:
        raise SheetError("XLSX needs openpyxl; install the extra 'editors', or use a name that ends in .csv") from None
    return openpyxl


def _sheet(table: Sequence[Sequence[str]]) -> Sheet:
    """The names of the columns, and the rows below them. Numbers of rows are those that a spreadsheet program shows."""
    if not table or not any(cell.strip() for cell in table[0]):
        raise SheetError("row 1: the names of the columns must stand here (id, question, phrases ...)")
    header = [re.sub(r"\s+", "_", name.strip().lower()) for name in table[0]]
    rows = []
    for number, cells in enumerate(table[1:], start=2):
        named = dict(zip(header, cells, strict=False))
        if any(cell.strip() for cell in cells[len(header) :]) or named.pop("", "").strip():
            raise SheetError(f"row {number}: a cell has a text, and its column no name in row 1")
        rows.append(TableRow(number, named))
    return [name for name in header if name], rows
