"""The files that a clinic's edition is read from: have they changed, and a copy of them that nobody writes to.

An edition is always read from such a copy: a file that is saved meanwhile cannot stand half in it, and what was read is what is
kept (``kept.py``).
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bot.app.config import Settings
from bot.app.paths import packaged_knowledge
from bot.knowledge.load import KnowledgeError
from bot.knowledge.overlay.logo import LOGOS

KNOWLEDGE = "knowledge"  # the folder of a copy that holds it
_CLINICS = "clinics"
_SECRETS = ".env"  # settings of channels, with their secrets: never copied
# A knowledge folder has some sixty files and 3 MB. Whoever names another folder by mistake must not have all of it copied.
_MOST_FILES, _MOST_BYTES, _DEEPEST = 2000, 8_000_000, 6

# By name: when it was changed, its size and its number; what the system says instead where it cannot be looked at.
Seen = Mapping[str, tuple[int, int, int] | str]


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy in ``folder``: ``settings`` are read from it; ``files`` by name, with the hash of each."""

    settings: Settings
    files: Mapping[str, str]
    folder: Path


@dataclass(frozen=True, slots=True)
class Source:
    """Where a clinic's edition is read from: the ``knowledge`` folder, and what the clinic has among ``clinics``."""

    knowledge: Path
    clinics: Path
    clinic: str

    @property
    def packaged(self) -> bool:
        """Whether the knowledge came with the program: then it changes with the program alone, and nobody edits it."""
        return self.knowledge.resolve() == packaged_knowledge()

    def path(self, name: str) -> Path:
        """Where the file lies that mistakes call ``name``."""
        first, _, rest = name.partition("/")
        return self.clinics / rest if first == _CLINICS else self.knowledge / name

    def look(self) -> Seen:
        """How all files are that may be edited. Never raises."""
        try:
            return {name: (found.st_mtime_ns, found.st_size, found.st_ino) for name, found in self._edited()}
        except OSError as error:
            return {"": error.strerror or "unreadable"}

    def files(self) -> dict[str, Path]:
        """All files that may be edited, by name. Raises OSError."""
        return {name: self.path(name) for name, _ in self._edited()}

    def copy(self, settings: Settings, into: Path) -> Copied:
        """Copies what is read into the new folder ``into``. Raises KnowledgeError for what cannot be copied."""
        if not self.knowledge.is_dir():
            raise KnowledgeError([f"{self.knowledge}:1: this is not a folder; name a knowledge folder with --knowledge"])
        try:
            copied, mistakes = self.copy_most(settings, into)
        except OSError as error:
            raise KnowledgeError([f"{self.knowledge}:1: this folder cannot be read ({error.strerror})"]) from error
        if mistakes:
            raise KnowledgeError(f"{name}:1: {what}" for name, what in mistakes.items())
        return copied

    def copy_most(self, settings: Settings, into: Path) -> tuple[Copied, Mapping[str, str]]:
        """Copies what can be copied; and what is wrong with the other files, by name. Raises OSError."""
        folder, mistakes, files = into / KNOWLEDGE, dict[str, str](), dict[str, str]()
        (folder / _CLINICS).mkdir(parents=True)
        for name, found in self._edited():
            told = _copied(self.path(name), folder / name, found)
            if isinstance(told, bytes):
                files[name] = told.hex()
            else:
                mistakes[name] = told
        return Copied(self.within(settings, into), files, into), mistakes

    def within(self, settings: Settings, copied: Path) -> Settings:
        """``settings`` read from the copy in that folder."""
        folder = copied / KNOWLEDGE
        return replace(settings, knowledge=self.knowledge if self.packaged else folder, clinics=folder / _CLINICS)

    def _edited(self) -> Iterator[tuple[str, os.stat_result]]:
        found = [] if self.packaged else [*_below(self.knowledge, "", without=_CLINICS)]
        for name in (f"{self.clinic}.yaml", f"{self.clinic}.reviews", *(f"{self.clinic}.{kind}" for kind in LOGOS), self.clinic):
            path = self.clinics / name
            if path.is_dir():
                found += _below(path, f"{_CLINICS}/{name}/")
            elif path.exists():
                found.append((f"{_CLINICS}/{name}", path.stat()))
        if len(found) > _MOST_FILES:
            raise OSError(0, f"it has more than {_MOST_FILES} files; is it the right folder?")
        yield from sorted(found)


def source_of(settings: Settings) -> Source:
    return Source(settings.knowledge, settings.clinics or settings.knowledge / _CLINICS, settings.clinic)


def _below(folder: Path, prefix: str, without: str = "", depth: int = 0) -> Iterator[tuple[str, os.stat_result]]:
    """The files below ``folder``; not those that are hidden, an editor's, or secret."""
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            if name == without or name.startswith((".", "#")) or name.endswith(("~", _SECRETS)):
                continue
            if entry.is_dir():
                if depth < _DEEPEST:
                    yield from _below(Path(entry.path), f"{prefix}{name}/", depth=depth + 1)
            else:
                yield f"{prefix}{name}", _status(entry)


def _status(entry: os.DirEntry[str]) -> os.stat_result:
    try:
        return entry.stat()
    except FileNotFoundError:  # a link to what is gone, or gone meanwhile
        return entry.stat(follow_symlinks=False)


def _copied(path: Path, to: Path, found: os.stat_result) -> bytes | str:
    """The hash of what was copied; or what is wrong."""
    if not stat.S_ISREG(found.st_mode):
        return "this is no file that can be read; put a file of text here, or take it away"
    if found.st_size > _MOST_BYTES:
        return f"the file has {found.st_size} bytes; at most 2000000 are allowed"
    try:
        data = path.read_bytes()
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(data)
    except OSError as error:
        return f"this file cannot be read ({error.strerror})"
    return hashlib.sha256(data).digest()
