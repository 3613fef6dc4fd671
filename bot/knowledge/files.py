"""Reading the files of a knowledge folder: rows and texts, with every mistake noted and every byte in the folder's version."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.knowledge import schema, yamlfile
from bot.knowledge.fields import Row
from bot.knowledge.overlay.logo import Logo, logo_fault
from bot.knowledge.safety import message_lines
from bot.knowledge.yamlfile import Fields, Items, Mistakes, Scalar, Value
from bot.language.nearest import as_id

# What a clinic's folder may hold; and files that it may hold besides, which are not read here.
OWN_FILES = ("clinic.yaml", "sources.yaml", "claims.yaml", "topics/*.yaml", "boundaries.yaml", "reviews.yaml")


OVER_THE_BASE = (
    f"it lies over the knowledge that comes with the program, and may hold {', '.join(OWN_FILES)}. Of a copy of that keep your "
    "own entries, claims and documents alone, move boundaries.yaml up, and put what you say of other topics into clinic.yaml"
)


@dataclass(frozen=True, slots=True)
class OwnRows:
    """What stands in a clinic's file or folder."""

    clinic: Row | None
    sources: tuple[Row, ...] = ()
    claims: tuple[Row, ...] = ()
    entries: tuple[Row, ...] = ()
    boundaries: tuple[Row, ...] = ()
    reviews: Row | None = None
    logo: Logo | None = None


class FolderFiles:
    """``place``: where the file lies that mistakes call by a name; ``digest``: hears of each file that was read.

    ``broken``: the ids of items with a mistake, with the quantities of a claim: that they are there is known all the same.
    """

    def __init__(self, place: Callable[[str], Path], mistakes: Mistakes, digest: Callable[[str, bytes], None]) -> None:
        self._place = place
        self._mistakes = mistakes
        self._digest = digest
        self.broken: dict[str, frozenset[str]] = {}

    def names(self, folder: str) -> list[str]:
        """The files in ``folder`` that are not hidden, in order."""
        return [f"{folder}/{path.name}" for path in sorted(self._place(folder).glob("[!.]*"))]

    def is_folder(self, name: str) -> bool:
        return self._place(name).is_dir()

    def value(self, name: str, needed: bool = True) -> Value | None:
        data = self._bytes(name, needed)
        return None if data is None else yamlfile.parse_yaml(name, data, self._mistakes)

    def text(self, name: str) -> str | None:
        data = self._bytes(name, needed=False)
        return None if data is None else yamlfile.decoded(name, data, self._mistakes)

    def rows(self, name: str, kind: str, needed: bool = True) -> list[Row]:
        """The items of a file that is a list."""
        value = self.value(name, needed)
        if value is None:
            return []
        if not isinstance(value, Items):
            self._mistakes.unreadable(name, value.line, "this file is a list; each item begins with '- '")
            return []
        if not value.values:
            self._mistakes.unreadable(name, value.line, "this list is empty")
        rows: list[Row] = []
        for item in value.values:
            row = schema.FILES[kind][0].read(name, item, self._mistakes)
            if row is not None:
                rows.append(row)
            elif isinstance(item, Fields) and isinstance(id := item.values.get("id"), Scalar):
                counted = item.values.get("quantities")
                self.broken[as_id(id.text)] = frozenset(counted.lines if isinstance(counted, Fields) else ())
        return rows

    def row(self, name: str, kind: str, needed: bool = True) -> Row | None:
        """A file that is one record."""
        value = self.value(name, needed)
        row = None if value is None else schema.FILES[kind][0].read(name, value, self._mistakes)
        # A mapping with free keys is a row, too: all of it are its values.
        return Row(name, 1, row, {}) if isinstance(row, dict) else row if isinstance(row, Row) else None

    def topic_files(self, folder: str = "topics", needed: bool = True) -> list[str]:
        """The files with entries in ``folder``."""
        names = self.names(folder)
        found = [name for name in names if name.endswith(".yaml")]
        for name in names:
            if name.endswith(".yml") or self.is_folder(name):
                self._mistakes.add(name, 1, f"this is not read; entries stand in {folder}/, in files whose names end in .yaml")
        if not found and needed:
            self._mistakes.add(f"{folder}/", 1, f"there is no {folder}/*.yaml; at least one file with entries is needed")
        return found

    def messages_in(self, folder: str, seen: dict[str, str]) -> tuple[str, ...]:
        """The messages in the files of ``folder``, one a line. ``seen`` tells where each stands."""
        texts = ((name, self.text(name) or "") for name in self.names(folder))
        return tuple(line for name, text in texts for line in message_lines(self._mistakes, name, text, seen))

    def logo(self, clinic: Row | None, folder: str, stem: str | None = None) -> Logo | None:
        """The picture that ``clinic`` names, which lies in ``folder``; ``stem``: how it is called, where that is not free."""
        name = None if clinic is None else clinic.get("logo")
        if clinic is None or name is None:
            return None
        called, _, kind = name.rpartition(".")
        content = self._bytes(f"{folder}/{name}", needed=False) if stem in {None, called} else None
        if stem not in {None, called}:
            what = f"beside a clinic that is one file its picture has the name of that; call it {stem}.{kind}"
        elif content is None:
            what = f"there is no such picture beside this file; put it there as {name}, or leave the line out"
        else:
            what = logo_fault(kind, content) or ""
        if what:
            self._mistakes.add(clinic.file, clinic.at("logo"), f"logo: {name}: {what}")
        return None if what or content is None else Logo(kind, content)

    def _bytes(self, name: str, needed: bool) -> bytes | None:
        try:
            data = self._place(name).read_bytes()
        except FileNotFoundError:
            if needed:
                self._mistakes.unreadable(name, 1, "this file is missing; a knowledge folder needs it")
            return None
        except OSError as error:
            self._mistakes.unreadable(name, 1, f"this file cannot be read ({error.strerror})")
            return None
        self._digest(name, data)
        return data


def by_id(rows: Iterable[Row], mistakes: Mistakes, known: Mapping[str, Row] | None = None) -> dict[str, Row]:
    """``rows`` by their id; one that is used twice, or is in ``known``, is a mistake."""
    found: dict[str, Row] = {}
    for row in rows:
        first = (known or {}).get(row.get("id")) or found.setdefault(row.get("id"), row)
        if first is not row:
            way = "; what you say of a topic of the base goes into clinic.yaml, under boundaries" if "reply" in row.values else ""
            what = f"id: {row.get('id')} is used already ({first.file}:{first.line}); use another{way if known else ''}"
            mistakes.add(row.file, row.at("id"), what)
    return found


def read_own(files: FolderFiles, name: str, is_folder: bool, mistakes: Mistakes) -> OwnRows:
    """The clinic whose file is ``<name>.yaml``, or whose folder is ``name``."""
    folder, _, own = name.rpartition("/")
    if not is_folder:
        clinic = files.row(f"{name}.yaml", "clinic")
        reviews = files.row(f"{name}.reviews", "reviews", needed=False)
        return OwnRows(clinic, reviews=reviews, logo=files.logo(clinic, folder, own))
    for found in files.names(name):
        inside = found.removeprefix(f"{name}/")
        if inside != "topics" and inside not in OWN_FILES and (files.is_folder(found) or inside.endswith((".yaml", ".yml"))):
            mistakes.add(found, 1, f"this is not read in a clinic's folder; {OVER_THE_BASE}")
    clinic = files.row(f"{name}/clinic.yaml", "clinic")
    return OwnRows(
        clinic=clinic,
        logo=files.logo(clinic, name),
        sources=tuple(files.rows(f"{name}/sources.yaml", "sources", needed=False)),
        claims=tuple(files.rows(f"{name}/claims.yaml", "claims", needed=False)),
        entries=tuple(row for file in files.topic_files(f"{name}/topics", needed=False) for row in files.rows(file, "topics")),
        boundaries=tuple(files.rows(f"{name}/boundaries.yaml", "boundaries", needed=False)),
        reviews=files.row(f"{name}/reviews.yaml", "reviews", needed=False),
    )
