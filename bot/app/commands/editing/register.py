"""The flags of the commands for editors' days."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.app.commands.editing.new import run_new
from bot.app.commands.editing.tables import run_export, run_import
from bot.app.commands.editing.trial import run_try
from bot.app.commands.editing.watch import run_watch

Add = Callable[[str, Any, str], argparse.ArgumentParser]


def add_editing(add: Add) -> None:
    """Each of the commands under ``kb``. ``add``: (name, what runs it, what it is for) -> its parser."""
    new = add("new", run_new, "add an entry, a boundary topic, a clinic or a source, asking for what it needs")
    new.add_argument("what", choices=("entry", "boundary", "clinic", "source"))
    new.add_argument("--question", metavar="TEXT", help="how the bot names the topic: How long does an infusion take?")
    new.add_argument("--id", metavar="ID", help="its name in the files (default: made of the question)")
    new.add_argument("--phrase", metavar="TEXT", action="append", default=[], help="a way people ask it; may stand several times")
    new.add_argument("--claims", metavar="ID,ID", help="entry: one to three claims of claims.yaml that it says")
    new.add_argument("--file", metavar="FILE", help="entry: where it goes, such as topics/session.yaml; source: the document")
    new.add_argument("--title", metavar="TEXT", help="source: its title, as patients read it")
    _may_make_folder(new)
    trial = add("try", run_try, "ask questions before and after a change of the folder, and see what differs")
    trial.add_argument("questions", nargs="+", metavar="QUESTION")
    trial.add_argument(
        "--before",
        metavar="FOLDER|REVISION|VERSION",
        help="compare with that folder, that git revision of the folder, or that version which served (default: HEAD, where the "
        "folder is in a git checkout; else the version that served before; else the knowledge that comes with the bot)",
    )
    trial.add_argument("--config", metavar="FILE", help="the settings file of the server")
    trial.add_argument("--data-dir", metavar="DIR", help="folder of the server's data, where versions are kept (DATA_DIR)")
    watching = add("watch", run_watch, "check at every save, and say only what is wrong")
    watching.add_argument(
        "--every", type=float, default=0.5, metavar="SECONDS", help="how often files are looked at (default %(default)s)"
    )
    export = add("export", run_export, "write entries and boundary topics as a table, CSV or XLSX")
    export.add_argument("file", type=Path, metavar="FILE")
    export.add_argument("--force", action="store_true", help="write over a file that is there")
    importing = add("import", run_import, "take over what was changed in a table, after showing it")
    importing.add_argument("file", type=Path, metavar="FILE")
    importing.add_argument("--dry-run", action="store_true", help="show the changes, write nothing")
    importing.add_argument("--yes", action="store_true", help="write without asking")
    _may_make_folder(importing)


def _may_make_folder(command: argparse.ArgumentParser) -> None:
    about = "with --clinic: a clinic that is one file becomes a folder, which may hold topics, without asking"
    command.add_argument("--make-folder", action="store_true", help=about)
