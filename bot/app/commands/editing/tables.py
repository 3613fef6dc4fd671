"""``kb export`` and ``kb import``: entries and boundary topics in a spreadsheet, and back without loss."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Iterator
from pathlib import Path

from bot.app.commands.editing.place import edited_place, named
from bot.app.commands.labelled import UsageError
from bot.app.commands.reviewing.output import write_whole
from bot.app.config import Settings
from bot.app.knowledge import open_knowledge
from bot.authoring.editing.sheets import Sheet, SheetError, read_csv, read_xlsx, write_csv, write_xlsx
from bot.authoring.editing.table import COLUMNS, Import, rows_of

_FORMS = (".csv", ".xlsx")


def run_export(args: argparse.Namespace, settings: Settings) -> int:
    open_knowledge(settings)  # what is not valid cannot be a table
    path: Path = args.file
    _form(path)
    if path.exists() and not args.force:
        raise UsageError(f"{path} is there already, and may hold changes of yours; name another file, or add --force")
    place = edited_place(settings)
    rows = [row for file, text in place.texts.items() for row in rows_of(file, text)]
    write = write_csv if _form(path) == ".csv" else write_xlsx
    try:
        table = write(COLUMNS, rows)
    except SheetError as error:
        raise UsageError(f"{path}: {error}") from None
    write_whole(path, table, "kb export")
    print(f"{path}: {len(rows)} entries and boundary topics; change cells, keep the names in row 1 and the ids in column id")
    print(f"then see what it would change: infusion-bot kb import {path}{named(settings)} --dry-run")
    return 0


def run_import(args: argparse.Namespace, settings: Settings) -> int:
    open_knowledge(settings)  # mistakes that are there already are none of the table's
    place = edited_place(settings, args.make_folder)
    old = place.texts if place.clinic is None else {place.boundaries: "", **place.texts}
    read = _read(args.file)
    found = Import(old, *read)
    changed = {file: text for file, text in found.files.items() if text != old.get(file)}
    mistakes = found.mistakes or found.of_rows(place.mistakes_with(changed, settings) if changed else ())
    if mistakes:
        for mistake in mistakes:
            print(f"{args.file}: {mistake}")
        print(f"{_counted(len(mistakes), 'mistake')}; nothing was written", file=sys.stderr)
        return 1
    if not changed:
        print("fine: the table changes nothing")
        return 0
    for file, text in changed.items():
        sys.stdout.writelines(_diff(file, old.get(file, ""), text))
    if args.dry_run:
        print(f"{_counted(len(changed), 'file')} would change; without --dry-run it is written")
        return 0
    if not args.yes and sys.stdin.isatty() and not _agreed():
        print("nothing was written")
        return 0
    for file, text in changed.items():
        place.write(file, text, "kb import")
    print(f"written: {', '.join(changed)}; now run: infusion-bot kb lint{named(settings)}")
    return 0


def _form(path: Path) -> str:
    if path.suffix.lower() not in _FORMS:
        raise UsageError(f"{path}: the name of a table ends in {' or '.join(_FORMS)}")
    return path.suffix.lower()


def _read(path: Path) -> Sheet:
    read = read_csv if _form(path) == ".csv" else read_xlsx
    try:
        return read(path.read_bytes())
    except SheetError as error:
        raise UsageError(f"{path}: {error}") from None
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None


def _diff(file: str, old: str, new: str) -> Iterator[str]:
    lines = difflib.unified_diff(old.splitlines(keepends=True), new.splitlines(keepends=True), file, file, n=1)
    return (f"{line.rstrip()}\n" for line in lines)


def _agreed() -> bool:
    try:
        return input("Write these changes? [y/N] ").strip().lower() in {"y", "yes"}
    except EOFError:
        return False


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
