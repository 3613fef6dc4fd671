"""Entries and boundary topics as rows of a table, and what a table changes in the files they stand in.

A cell holds a text, or several with a line for each. What a spreadsheet program does to cells by itself (curly quotes, blanks at
the end, numbers with a point and a nought) is no change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.authoring.editing.lines import appended, changed, items_of
from bot.authoring.editing.writing import Written
from bot.knowledge import schema
from bot.knowledge.fields import ListOf, MapOf, RecordKind, Row
from bot.knowledge.yamlfile import Fields, Items, Mistakes, Scalar, Value, parse_yaml
from bot.language.nearest import choice, nearest
from bot.language.quantities import straighten

BOUNDARIES, OWN_BOUNDARIES = "safety/boundaries.yaml", "boundaries.yaml"  # of the folder, and of a clinic
_REVIEWED = {"reviewed_by": "by", "reviewed_on": "on"}
_ORDER = (
    *("id", "question", "phrases", "answer", "detail", "reply", "claims", "safety", "related", "about", "why"),
    *("helpline", "first", "outside", "hours", "reviewed", "review_by"),
)
COLUMNS = ("file", *(column for key in _ORDER for column in (_REVIEWED if key == "reviewed" else (key,))))
_FILE = re.compile(r"topics/[A-Za-z0-9][A-Za-z0-9_-]*\.yaml")
_FLOAT = re.compile(r"-?\d+\.0")
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[ T]00:00(:00(\.0+)?)?")

Cells = Mapping[str, str]  # by column


@dataclass(frozen=True, slots=True)
class TableRow:
    """``number``: of the row in its table, from 1; the names of the columns are row 1."""

    number: int
    cells: Cells


def kind_of(file: str) -> RecordKind:
    kind = schema.FILES["boundaries" if file in {BOUNDARIES, OWN_BOUNDARIES} else "topics"][0]
    if not isinstance(kind, RecordKind):
        raise TypeError(f"{file} does not hold records")
    return kind


# -- out -------------------------------------------------------------------------------------------------------------


def rows_of(file: str, text: str) -> Iterator[dict[str, str]]:
    """The rows of a file that was found valid, by column."""
    value = parse_yaml(file, text.encode(), mistakes := Mistakes())
    kind = kind_of(file)
    for item in value.values if isinstance(value, Items) else ():
        row = kind.read(file, item, mistakes)
        if row is None:
            raise ValueError(f"{file}:{item.line}: this item is not valid")
        yield {"file": file, **cells_of(row)}


def cells_of(row: Row) -> dict[str, str]:
    cells: dict[str, str] = {}
    for key, value in row.values.items():
        if isinstance(value, Row):
            cells |= {column: str(value.get(name)) for column, name in _REVIEWED.items()}
        elif isinstance(value, tuple):
            cells[key] = "\n".join(map(_in_a_line, value))
        elif isinstance(value, Mapping):
            cells[key] = "\n".join(f"{name}: {one}" for name, one in value.items())
        else:
            cells[key] = str(value)
    return cells


def _in_a_line(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _from_a_line(text: str) -> str:
    return re.sub(r"\\([\\n])", lambda found: "\n" if found[1] == "n" else "\\", text)


# -- in --------------------------------------------------------------------------------------------------------------


class Import:
    """What the rows of a table change in ``files`` (texts by name). ``mistakes``: of rows, ``row N, column C: what is wrong``."""

    def __init__(self, files: Mapping[str, str], header: Sequence[str], rows: Sequence[TableRow]) -> None:
        self.files = dict(files)
        self.mistakes: list[str] = []
        self._places = {cells["id"]: (file, cells) for file, text in files.items() for cells in rows_of(file, text)}
        self._rows: dict[str, int] = {}
        if self._header_is_fine(header):
            for row in rows:
                self._take(row, set(header))

    def _header_is_fine(self, header: Sequence[str]) -> bool:
        for name in header:
            if name not in COLUMNS:
                self.mistakes.append(f"row 1: there is no column {name!r}; {choice(name, COLUMNS, len(COLUMNS))}")
            elif (
                header.count(name) > 1 and (told := f"row 1: the column {name} stands there twice; keep one") not in self.mistakes
            ):
                self.mistakes.append(told)
        if "id" not in header:
            meant = nearest("id", header)
            self.mistakes.append(
                "row 1: there is no column id; it says which entry a row is of" + (f" ({meant}?)" if meant else "")
            )
        return not self.mistakes

    def _take(self, row: TableRow, columns: set[str]) -> None:
        cells = {column: _tidied(column, text) for column, text in row.cells.items()}
        if not any(cells.values()):
            return
        id = cells.get("id", "")
        if id in self._rows:
            self._wrong(row, "id", f"{id} stands in row {self._rows[id]}, too; keep one")
            return
        file, old = self._places.get(id, (cells.get("file", ""), {}))
        if not self._file_is_fine(row, id, file, cells):
            return
        self._rows[id] = row.number
        given = {column: text for column, text in cells.items() if column in columns and column != "file"}
        different = {column for column in given if not _same(given[column], old.get(column, ""))}
        if not different:
            return
        given |= {column: _restored(given[column], old.get(column, "")) for column in different}
        whole = {**old, **given}
        read = self._read(row, file, {column: text for column, text in whole.items() if text and column != "file"})
        if read is not None:
            self._change(row, id, file, read, different, new=not old)

    def _file_is_fine(self, row: TableRow, id: str, file: str, cells: Cells) -> bool:
        known = sorted(self.files)
        if not id:
            self._wrong(row, "id", "this cell is empty; it says which entry the row is of")
        elif cells.get("file") and id in self._places and cells["file"] != file:
            self._wrong(row, "file", f"{id} stands in {file}; an entry is moved by hand, in the files themselves")
        elif not file:
            self._wrong(row, "file", f"there is no entry {id} yet; say which file it goes to; {choice(file, known, len(known))}")
        elif file not in known and not _FILE.fullmatch(file):
            self._wrong(
                row, "file", f"{file!r} is no file of entries; {choice(file, known, len(known))}, or a new topics/NAME.yaml"
            )
        else:
            return True
        return False

    def _read(self, row: TableRow, file: str, cells: Cells) -> Row | None:
        """The cells as the loader would read them; what is wrong with them is noted with their column."""
        kind, mistakes = kind_of(file), Mistakes()
        before, known = len(self.mistakes), {**kind.required, **kind.optional}
        for key in kind.required.keys() - cells.keys():
            self._wrong(row, key, f"this cell is empty; {kind.name} needs it")
        for column in cells.keys() - known.keys() - _REVIEWED.keys():
            self._wrong(row, column, f"{kind.name} has no {column}; leave this cell empty")
        if len(self.mistakes) > before:
            return None
        read = kind.read(file, _fields(kind, cells, row.number), mistakes)
        for _, _, what in mistakes.found:
            self.mistakes.append(f"row {row.number}, {_as_column(what)}")
        return read

    def _change(self, row: TableRow, id: str, file: str, read: Row, different: set[str], new: bool) -> None:
        keys = {"reviewed" if column in _REVIEWED else column for column in different}
        fields = {key: _written(read.get(key)) for key in keys}
        try:
            if new:
                given = {key: one for key, one in fields.items() if one is not None}
                self.files[file] = appended(self.files.get(file, ""), given, _ORDER)
            else:
                self.files[file] = changed(self.files[file], id, fields, _ORDER)
        except ValueError as error:
            self._wrong(row, "id", str(error))

    def _wrong(self, row: TableRow, column: str, what: str) -> None:
        self.mistakes.append(f"row {row.number}, column {column}: {what}")

    def of_rows(self, mistakes: Sequence[str]) -> list[str]:
        """Mistakes of the changed files (``file:line: field: what``) as those of the rows that made them."""
        found: list[tuple[int, str]] = []
        for mistake in mistakes:
            file, line, what = mistake.split(":", 2)
            items = items_of(self.files[file]) if file in self.files else ()
            id = next((item.id for item in items if item.start < int(line) <= item.stop), "")
            number = self._rows.get(id, 0)
            found.append((number, f"row {number}, {_as_column(what.strip())}" if number else mistake))
        return [told for _, told in sorted(found)]


def _as_column(what: str) -> str:
    path, colon, rest = what.partition(": ")
    names = path.split(" > ")
    if not colon or names[0] not in _ORDER:
        return f"the whole row: {what}"
    column = next((column for column, name in _REVIEWED.items() if names[-1] == name), names[0])
    column = "reviewed_by" if column == "reviewed" else column
    return f"column {column}: {rest}"


def _tidied(column: str, text: str) -> str:
    """A cell without what a spreadsheet program does to it."""
    lines = [line.replace("\u00a0", " ").strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    tidy = "\n".join(lines).strip()
    if _FLOAT.fullmatch(tidy):
        tidy = tidy.removesuffix(".0")
    if found := _TIME.fullmatch(tidy):
        tidy = found[1]
    return tidy.lower() if column in {"helpline", "first", "outside", "hours"} else tidy


def _plain(line: str) -> str:
    return " ".join(straighten(line).replace("…", "...").split())


def _same(new: str, old: str) -> bool:
    new_lines, old_lines = ([_plain(line) for line in text.split("\n") if line.strip()] for text in (new, old))
    return new_lines == old_lines


def _restored(new: str, old: str) -> str:
    """Lines of ``new`` as they stood in ``old``, where a spreadsheet program alone has changed them."""
    known = {_plain(line): line for line in old.split("\n")}
    return "\n".join(known.get(_plain(line), line) for line in new.split("\n"))


def _fields(kind: RecordKind, cells: Cells, number: int) -> Fields:
    kinds: Mapping[str, Any] = {**kind.required, **kind.optional}
    values: dict[str, Value] = {}
    for column, text in cells.items():
        if column in _REVIEWED:
            held = values.setdefault("reviewed", Fields({}, {}, number))
            if isinstance(held, Fields):
                held.values[_REVIEWED[column]] = Scalar(text, number, None)
                held.lines[_REVIEWED[column]] = number
        else:
            values[column] = _value(kinds.get(column), text, number)
    return Fields(values, dict.fromkeys(values, number), number)


def _value(kind: object, text: str, number: int) -> Value:
    if isinstance(kind, ListOf):
        names = column_of_names(kind)
        parts = re.split(r"[\n,;]", text) if names else text.split("\n")
        return Items(tuple(Scalar(_from_a_line(part.strip()), number, None) for part in parts if part.strip()), number)
    if isinstance(kind, MapOf):
        pairs = [re.split(r"\s*[:=]\s*", part.strip(), maxsplit=1) for part in re.split(r"[\n,;]", text) if part.strip()]
        named = {pair[0]: Scalar(pair[1], number, None) if len(pair) == 2 else Scalar("", number, "null") for pair in pairs}
        return Fields(dict(named), dict.fromkeys(named, number), number)
    return Scalar(text, number, None)


def column_of_names(kind: ListOf) -> bool:
    """Whether a list is one of ids, in which commas part as line breaks do."""
    return kind.kind.schema().get("pattern") is not None


def _written(value: Any) -> Written | None:
    if value is None:
        return None
    if isinstance(value, Row):
        return {key: str(one) for key, one in value.values.items()}
    if isinstance(value, tuple):
        return tuple(map(str, value))
    return {key: str(one) for key, one in value.items()} if isinstance(value, Mapping) else str(value)
