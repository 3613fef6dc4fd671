"""Knows a copy of the knowledge that comes with the program, and says what to make of it."""

from __future__ import annotations

import re
from pathlib import Path

from bot.app.paths import knowledge_folder

_ID = re.compile(r"^- id: *(\S+)", re.MULTILINE)
_MOST = 0.5  # of the claims: a folder on another subject has none of them


def note_of_copy(folder: Path) -> str | None:
    """What the editor of ``folder`` should know, where it is a copy; else None."""
    shipped = knowledge_folder()
    if folder.resolve() == shipped.resolve():
        return None
    theirs, ours = _claims(folder), _claims(shipped)
    if len(theirs & ours) < _MOST * len(ours):
        return None
    return (
        f"{folder}: this folder is a copy ({len(theirs & ours)} of the {len(ours)} claims that come with the program), and "
        "gets none of the answers and words of danger that are mended there. Keep what is yours as a clinic that lies over it: "
        "`infusion-bot clinic init NAME --folder --clinics FOLDER` begins one; move into it the claims, documents, entries and "
        "boundary topics that are not in the program's folder, and put your texts for its boundary topics into clinic.yaml"
    )


def _claims(folder: Path) -> set[str]:
    try:
        return set(_ID.findall((folder / "claims.yaml").read_text("utf-8", "replace")))
    except OSError:
        return set()
