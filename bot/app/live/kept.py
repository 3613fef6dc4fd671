"""The versions of a clinic's files that served: kept so that one can go back to them.

``DATA_DIR/knowledge/versions/<clinic>/<version>.json`` names the files of a version and the hash of each; the files lie below
``DATA_DIR/knowledge/files/`` under their hash, each once, whichever versions and clinics have it. What came with the program
comes with it again and is not kept.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.app.live.sources import KNOWLEDGE, Copied, Source
from bot.app.paths import replace_file

# So many versions that served are kept, and as many that were there when somebody went back.
MOST = 10
_YOUNG = 3600.0  # seconds


@dataclass(frozen=True, slots=True)
class Version:
    """``at``: when it last began to serve, or was put aside, in Unix time. ``aside``: somebody went back from it."""

    name: str
    at: float
    aside: bool
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Restored:
    """What was ``written`` and ``removed``, by name."""

    written: tuple[str, ...]
    removed: tuple[str, ...]


class KeptVersions:
    """The versions of one clinic. Methods that write raise OSError."""

    def __init__(self, data_dir: Path, clinic: str) -> None:
        self._root = data_dir / KNOWLEDGE
        self._folder = self._root / "versions" / clinic
        self._files = self._root / "files"

    def listed(self) -> tuple[Version, ...]:
        """All that can be gone back to, the newest first."""
        found = [version for path in self._folder.glob("*.json") if (version := _read(path)) is not None]
        return tuple(sorted(found, key=lambda one: one.at, reverse=True))

    def keep(self, name: str, copied: Copied, *, aside: bool = False) -> None:
        """Keeps the files of a copy as the version ``name``, which serves from now on, or is put ``aside``."""
        for file, digest in copied.files.items():
            place = self._place(digest)
            if not place.exists():
                _write(place, (copied.folder / KNOWLEDGE / file).read_bytes())
        version = Version(name, time.time(), aside, copied.files)
        _write(self._folder / f"{name}.json", json.dumps(asdict(version), indent=1).encode())
        self._clean()

    def before(self, files: Mapping[str, str]) -> Version | None:
        """The version that served last and is not ``files``; None where there is none."""
        return next((one for one in self.listed() if not one.aside and one.files != files), None)

    def copy(self, version: Version, into: Path) -> None:
        """Puts the files of a version into the new folder ``into``, as ``Source.copy`` would."""
        (into / KNOWLEDGE / "clinics").mkdir(parents=True)
        for name, digest in version.files.items():
            _write(into / KNOWLEDGE / name, self._bytes(name, digest))

    def put_aside(self, copied: Copied) -> str:
        """Keeps the files of a copy, from which somebody goes back; the name of the version that they are from now on."""
        known = next((one for one in self.listed() if one.files == copied.files), None)
        told = json.dumps(sorted(copied.files.items())).encode()
        name = known.name if known is not None else hashlib.sha256(told).hexdigest()[:16]
        self.keep(name, copied, aside=True)
        return name

    def restore(self, version: Version, source: Source, hide: Collection[str] = ()) -> Restored:
        """Sets the files of ``source`` to those of ``version``, each whole or not at all.

        ``hide``: files that are kept nowhere, by name; they get a hidden name and are not read.
        """
        wanted = {name: self._bytes(name, digest) for name, digest in version.files.items()}
        try:
            removed = tuple(name for name in source.files() if name not in wanted)
        except OSError:  # the folder is gone, or a file
            removed = ()
        for name in removed:
            path = source.path(name)
            if name in hide:
                _hide(path)
            else:
                path.unlink()
            with suppress(OSError):
                path.parent.rmdir()  # where it was the last one
        written = []
        for name, data in wanted.items():
            path = source.path(name)
            if path.is_dir() or (name in hide and path.exists()):
                _hide(path)
            if path.parent.is_file():
                _hide(path.parent)
            if not path.is_file() or path.read_bytes() != data:
                _write(path, data)
                written.append(name)
        return Restored(tuple(written), removed)

    def _bytes(self, name: str, digest: str) -> bytes:
        data = self._place(digest).read_bytes()
        if hashlib.sha256(data).hexdigest() != digest:
            raise OSError(0, f"the kept copy of {name} was changed, and is not used")
        return data

    def _place(self, digest: str) -> Path:
        return self._files / digest[:2] / digest

    def _clean(self) -> None:
        """Forgets the oldest versions, and the files that no version of any clinic has."""
        listed = self.listed()
        for some in ([one for one in listed if not one.aside], [one for one in listed if one.aside]):
            for old in some[MOST:]:
                (self._folder / f"{old.name}.json").unlink(missing_ok=True)
        used = {
            digest
            for path in self._folder.parent.glob("*/*.json")
            if (one := _read(path)) is not None
            for digest in one.files.values()
        }
        for place in self._files.glob("*/*"):
            # Another process may be keeping a version just now: its files are there before the version is.
            if place.name not in used and place.stat().st_mtime < time.time() - _YOUNG:
                place.unlink(missing_ok=True)


def _hide(path: Path) -> None:
    """It may hold what is nowhere else."""
    path.rename(path.with_name(f".{path.name}-{time.time_ns()}"))


def _read(path: Path) -> Version | None:
    """None where it is not there any more, or is none."""
    try:
        return Version(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, data)
