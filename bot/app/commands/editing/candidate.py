"""A knowledge folder with changes that are not written yet: tried beside it, written whole."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.app.channels import slots
from bot.app.config import Settings
from bot.app.knowledge import open_knowledge
from bot.authoring.editing.table import BOUNDARIES
from bot.knowledge.load import KnowledgeError, clinics_of, read_base
from bot.knowledge.model import Knowledge


def checked(settings: Settings) -> tuple[dict[str, Knowledge], tuple[str, ...]]:
    """The folder with each of its clinics, and every mistake: what is wrong with one must not wait until somebody serves it."""
    loaded: dict[str, Knowledge] = {}
    mistakes: dict[str, None] = {}
    clinics = clinics_of(settings.knowledge, settings.clinics)
    named = settings.clinic != "default" or "default" in clinics or not clinics
    base = read_base(settings.knowledge, slots())  # once for all of them
    for clinic in dict.fromkeys((settings.clinic, *clinics) if named else clinics):
        try:
            loaded[clinic] = base.with_clinic(clinic, settings.clinics)
        except KnowledgeError as error:
            mistakes |= dict.fromkeys(error.mistakes)
    return loaded, tuple(mistakes)


def topic_files(folder: Path) -> dict[str, str]:
    """The texts of the files that hold entries and boundary topics, with their ends of lines as they are."""
    names = [*(f"topics/{path.name}" for path in sorted((folder / "topics").glob("[!.]*.yaml"))), BOUNDARIES]
    return {name: (folder / name).read_bytes().decode("utf-8") for name in names}


def mistakes_with(changed: Mapping[str, str], settings: Settings) -> Sequence[str]:
    """What the loader says of the folder with these files in it; it is tried beside the folder, never in it."""
    with tempfile.TemporaryDirectory() as place:
        beside = Path(place) / "knowledge"
        shutil.copytree(settings.knowledge, beside, ignore=shutil.ignore_patterns(".*", "schema"))
        for file, text in changed.items():
            (beside / file).write_bytes(text.encode())
        try:
            open_knowledge(settings, beside)
        except KnowledgeError as error:
            return error.mistakes
    return ()
