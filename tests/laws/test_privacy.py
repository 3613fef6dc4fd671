"""The document on what is kept names every column of the store, and nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

from bot.delivery.storage.schema.tables import METADATA

DOCUMENT = Path(__file__).parents[2] / "docs" / "privacy.md"
_ROW = re.compile(r"^\| (?:`(\w+)`)? ?\| ((?:`\w+`(?:, )?)+) \|", re.MULTILINE)


def _told() -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    table = ""
    for name, columns in _ROW.findall(DOCUMENT.read_text("utf-8")):
        table = name or table
        told.setdefault(table, []).extend(re.findall(r"\w+", columns))
    return told


def test_every_column_of_the_store_is_told_once() -> None:
    assert {table: sorted(columns) for table, columns in _told().items()} == {
        name: sorted(column.name for column in table.columns) for name, table in METADATA.tables.items()
    }
