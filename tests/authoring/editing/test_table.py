"""Entries as rows and back: nothing is lost, what did not change stays byte for byte, mistakes are told by row and column."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app.paths import knowledge_folder
from bot.authoring.editing.sheets import read_csv, read_xlsx, write_csv, write_xlsx
from bot.authoring.editing.table import BOUNDARIES, COLUMNS, Import, TableRow, rows_of
from tests import folders

FILES = {name: text for name, text in folders.files().items() if name.startswith("topics/") or name == BOUNDARIES}
BREAD = "topics/bread.yaml"


def rows(files: Mapping[str, str] = FILES) -> list[dict[str, str]]:
    return [row for file, text in files.items() for row in rows_of(file, text)]


def imported(table: list[dict[str, str]], files: Mapping[str, str] = FILES) -> Import:
    header = list(dict.fromkeys(column for row in table for column in row))
    return Import(files, header, [TableRow(number, row) for number, row in enumerate(table, start=2)])


def with_cells(of: str, **cells: str) -> list[dict[str, str]]:
    return [{**row, **cells} if row["id"] == of else row for row in rows()]


def test_every_field_has_its_column() -> None:
    (starter, feeding, _, _, storage) = rows()
    assert starter == {
        "file": BREAD,
        "id": "starter",
        "question": "What is a starter?",
        "phrases": "What is a starter?\nstarter meaning\nwhats sourdough made of",
        "answer": "It is flour and water in which wild yeast lives.",
        "claims": "what_is\nrising",
        "related": "feeding\nstorage",
        "about": "aspect: meaning",
        "reviewed_by": "A Tester",
        "reviewed_on": "2026-01-01",
        "review_by": "2027-01-01",
    }
    assert (feeding["why"], feeding["safety"], storage["helpline"]) == ("starter", "rising", "false")
    assert {column for row in rows() for column in row} <= set(COLUMNS)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_shipped_folder_goes_out_and_comes_back_byte_for_byte(form: str) -> None:
    folder = knowledge_folder()
    names = [*(f"topics/{path.name}" for path in sorted((folder / "topics").iterdir())), BOUNDARIES]
    files = {name: (folder / name).read_text("utf-8") for name in names}
    write, read = (write_csv, read_csv) if form == "csv" else (write_xlsx, read_xlsx)
    header, table = read(write(COLUMNS, rows(files)))
    found = Import(files, header, table)
    assert found.mistakes == []
    assert found.files == files


PHRASES = st.lists(
    st.text(alphabet="abc ?'\"\\,;:#-=@{}[]é“”", min_size=1, max_size=20)
    .map(str.strip)
    .filter(lambda text: any(c.isalpha() for c in text) and not (text[0] == "“" and text[-1] == "”")),
    min_size=1,
    max_size=5,
    unique_by=lambda text: " ".join(text.replace("“", '"').replace("”", '"').split()),
)


@given(PHRASES, st.sampled_from(["starter", "feeding", "baking", "price", "storage"]), st.sampled_from(["csv", "xlsx"]))
def test_any_phrases_are_taken_over_and_nothing_else_changes(phrases: list[str], id: str, form: str) -> None:
    write, read = (write_csv, read_csv) if form == "csv" else (write_xlsx, read_xlsx)
    new = [" ".join(phrase.split()) for phrase in phrases]
    cell = "\n".join(phrase.replace("\\", "\\\\") for phrase in new)
    header, table = read(write(COLUMNS, with_cells(id, phrases=cell)))
    found = Import(FILES, header, table)
    assert found.mistakes == []
    assert {row["id"]: row for row in rows(found.files)} == {row["id"]: row for row in with_cells(id, phrases=cell)}
    again = Import(found.files, header, table)
    assert (again.mistakes, again.files) == ([], found.files)


@pytest.mark.parametrize(
    "habit",
    [
        pytest.param(lambda text: text.replace("'", "’").replace('"', "”"), id="curly-quotes"),
        pytest.param(lambda text: text.replace("\n", "  \r\n") + "  \n", id="blanks-and-line-ends"),
        pytest.param(lambda text: text.replace(" ", "\u00a0"), id="no-break-blanks"),
        pytest.param(lambda text: f"{text} 00:00:00" if text[:3] == "202" else text, id="times-of-dates"),
        pytest.param(lambda text: text.upper() if text == "false" else text, id="capital-truth"),
    ],
)
def test_what_programs_do_by_themselves_is_no_change(habit: object) -> None:
    assert callable(habit)
    table = [{column: habit(text) if column != "file" else text for column, text in row.items()} for row in rows()]
    found = imported(table)
    assert (found.mistakes, found.files) == ([], FILES)


def test_lines_that_a_program_alone_changed_stay_in_a_changed_cell() -> None:
    found = imported(
        with_cells("starter", phrases="What is a starter?  \nstarter meaning\u00a0\nwhat’s it\nwhats sourdough made of")
    )
    assert found.files[BREAD] == FILES[BREAD].replace(
        "[What is a starter?, starter meaning, whats sourdough made of]",
        "\n    - What is a starter?\n    - starter meaning\n    - what’s it\n    - whats sourdough made of",
    ).replace("phrases: \n", "phrases:\n")


def test_a_row_of_a_new_id_is_a_new_entry_and_missing_rows_or_columns_change_nothing() -> None:
    new = {
        "id": "rye",
        "file": "topics/rye.yaml",
        "question": "Is rye fine?",
        "phrases": "rye?",
        "answer": "It is.",
        "claims": "flour",
    }
    found = imported([new])
    assert found.mistakes == []
    assert found.files == {
        **FILES,
        "topics/rye.yaml": ("- id: rye\n  question: Is rye fine?\n  phrases:\n    - rye?\n  answer: It is.\n  claims: [flour]\n"),
    }


def test_an_empty_cell_takes_a_field_away() -> None:
    found = imported(with_cells("baking", detail=""))
    assert found.files["topics/oven.yaml"] == FILES["topics/oven.yaml"].replace("  detail: It keeps for {keeps}.\n", "")


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"review_by": "24/11/2027"}, "row 4, column review_by: '24/11/2027' is not a date; a date looks like 2026-11-24"),
        ({"answer": ""}, "row 4, column answer: this cell is empty; an entry needs it"),
        ({"reply": "No."}, "row 4, column reply: an entry has no reply; leave this cell empty"),
        ({"claims": "Baking time"}, "row 4, column claims: 'Baking time' is no id; an id is small letters"),
        ({"phrases": "a\na"}, "row 4, column phrases: 'a' stands twice in this list; keep one"),
        ({"answer": "It bakes"}, "row 4, column answer: this text stops in mid-sentence"),
        ({"reviewed_on": ""}, "row 4, column reviewed_by: a review lacks on"),
        ({"reviewed_on": "soon"}, "row 4, column reviewed_on: 'soon' is not a date"),
        ({"about": "aspect"}, "row 4, column about: nothing stands here; an id is needed"),
        ({"id": ""}, "row 4, column id: this cell is empty; it says which entry the row is of"),
        ({"id": "feeding"}, "row 4, column id: feeding stands in row 3, too; keep one"),
        ({"id": "bakin", "file": ""}, "row 4, column file: there is no entry bakin yet; say which file it goes to; allowed: "),
        ({"id": "bakin", "file": "../x.yaml"}, "row 4, column file: '../x.yaml' is no file of entries; allowed: "),
        ({"file": BREAD}, "row 4, column file: baking stands in topics/oven.yaml; an entry is moved by hand"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_row_and_column(cells: dict[str, str], told: str) -> None:
    found = imported(with_cells("baking", **cells))
    assert [mistake for mistake in found.mistakes if mistake.startswith(told)], found.mistakes


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (["id", "phrase"], "row 1: there is no column 'phrase'; allowed: file, id"),
        (["id", "answer", "answer"], "row 1: the column answer stands there twice; keep one"),
        (["ids", "answer"], "row 1: there is no column 'ids'"),
        (["answer"], "row 1: there is no column id; it says which entry a row is of"),
    ],
)
def test_a_mistake_in_the_names_of_columns_is_told(header: list[str], told: str) -> None:
    assert any(one.startswith(told) for one in Import(FILES, header, []).mistakes)


def test_what_the_loader_says_of_a_changed_file_is_told_of_its_row() -> None:
    found = imported(with_cells("feeding", claims="feeding_interval\nflourr"))
    line = found.files[BREAD].splitlines().index("  claims: [feeding_interval, flourr]") + 1
    told = found.of_rows([f"{BREAD}:{line}: claims: there is no claim flourr; did you mean flour?", "claims.yaml:1: claim: x"])
    assert told == ["claims.yaml:1: claim: x", "row 3, column claims: there is no claim flourr; did you mean flour?"]
