"""The files in which an editor's commands put entries and boundary topics: the folder's, or those of the clinic that is named."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.app.channels import slots
from bot.app.commands.labelled import UsageError
from bot.app.commands.reviewing.output import write_whole
from bot.app.config import Settings
from bot.app.knowledge import open_knowledge
from bot.authoring.editing.table import BOUNDARIES, OWN_BOUNDARIES
from bot.knowledge.load import KnowledgeError, load
from bot.knowledge.overlay.logo import LOGOS

OWN_TOPICS = "topics/own.yaml"  # where a clinic's first entry goes


@dataclass(frozen=True, slots=True)
class EditedPlace:
    """``texts``: the files in ``folder`` that hold topics, with their ends of lines as they are; ``clinic``: whose they are."""

    folder: Path
    boundaries: str
    texts: Mapping[str, str]
    clinic: str | None = None
    one_file: Path | None = None  # of a clinic that becomes a folder with the first topic that is written

    def write(self, file: str, text: str, command: str) -> None:
        if self.one_file is not None and not self.folder.is_dir():
            _make_folder(self.one_file, self.folder)
        (self.folder / file).parent.mkdir(parents=True, exist_ok=True)
        write_whole(self.folder / file, text.encode(), command)

    def mistakes_with(self, changed: Mapping[str, str], settings: Settings) -> Sequence[str]:
        """What the loader says of the folder with these files in it; it is tried beside the folder, never in it."""
        with tempfile.TemporaryDirectory() as place:
            beside = Path(place) / (self.clinic or "knowledge")
            if self.one_file is not None:
                _copy(_parts(self.one_file), beside)
            else:
                shutil.copytree(self.folder, beside, ignore=shutil.ignore_patterns(".*", "schema", "*.env"))
            for file, text in changed.items():
                (beside / file).parent.mkdir(exist_ok=True)
                (beside / file).write_bytes(text.encode())
            try:
                if self.clinic is None:
                    open_knowledge(settings, beside)
                else:
                    load(settings.knowledge, self.clinic, slots(), beside.parent)
            except KnowledgeError as error:
                own = f"clinics/{self.clinic}/"
                return [mistake.removeprefix(own) for mistake in error.mistakes]
        return ()


def named(settings: Settings) -> str:
    """The flags with which another command works on the same clinic."""
    if settings.clinic == "default":
        return ""
    return f" --clinic {settings.clinic}" + (f" --clinics {settings.clinics}" if settings.clinics is not None else "")


def edited_place(settings: Settings, agreed: bool | None = None) -> EditedPlace:
    """Where ``settings`` say that topics stand.

    ``agreed``: whether a clinic that is one file may become a folder; False: if somebody at the terminal agrees; None: it stays
    one, and has no topics. Raises UsageError where nobody agrees.
    """
    if settings.clinic == "default":
        return _read(settings.knowledge, BOUNDARIES)
    clinics = settings.clinics or settings.knowledge / "clinics"
    folder, file = clinics / settings.clinic, clinics / f"{settings.clinic}.yaml"
    if agreed is not None and not folder.is_dir() and file.is_file():
        _agree(file, folder, agreed)
        return EditedPlace(folder, OWN_BOUNDARIES, {}, settings.clinic, file)
    return _read(folder, OWN_BOUNDARIES, settings.clinic)


def _read(folder: Path, boundaries: str, clinic: str | None = None) -> EditedPlace:
    names = [f"topics/{path.name}" for path in sorted((folder / "topics").glob("[!.]*.yaml"))]
    names += [boundaries] if (folder / boundaries).is_file() else []
    return EditedPlace(folder, boundaries, {name: (folder / name).read_bytes().decode("utf-8") for name in names}, clinic)


def _agree(file: Path, folder: Path, agreed: bool) -> None:
    """Asks whether a clinic that is one file may become a folder, where that is not said. Raises UsageError."""
    what = f"{file} is one file, and topics need a folder: {file.name} would become {folder.name}/clinic.yaml"
    if not agreed:
        if not sys.stdin.isatty():
            raise UsageError(f"{what}; add --make-folder to have that done")
        print(f"{what}, and all else stay as it is.")
        try:
            agreed = input("Make it a folder? [y/N] ").strip().lower() in {"y", "yes"}
        except EOFError:
            agreed = False
        if not agreed:
            raise UsageError("nothing was written")


def _parts(file: Path) -> dict[Path, str]:
    """The files of a clinic that is one file, with their names in its folder."""
    named = {file: "clinic.yaml", file.with_suffix(".reviews"): "reviews.yaml"}
    pictures = (file.with_suffix(f".{kind}") for kind in LOGOS)
    return {path: name for path, name in {**named, **{path: path.name for path in pictures}}.items() if path.is_file()}


def _copy(parts: Mapping[Path, str], into: Path) -> None:
    into.mkdir()
    for path, name in parts.items():
        shutil.copy2(path, into / name)


def _make_folder(file: Path, folder: Path) -> None:
    """Copied beside, moved whole, and then the file goes."""
    parts, beside = _parts(file), folder.with_name(f".{folder.name}.new")
    _copy(parts, beside)
    beside.rename(folder)  # from here on the folder is read, and the file no more
    for path in parts:
        path.unlink(missing_ok=True)
    print(f"{folder}/ holds the clinic now; its settings ({file.stem}.env) stay where they are")
