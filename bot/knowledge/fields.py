"""The shape of the knowledge files, said once: it checks what editors write and makes the JSON Schema for their editors.

Each kind of field reads a value that remembers its line and notes every mistake; what could not be read is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from bot.knowledge.yamlfile import Fields, Items, Mistakes, Scalar, Value, found_within, meant_as_text
from bot.language.nearest import as_id, choice, nearest

_ID = re.compile(r"[a-z][a-z0-9_-]{0,59}")
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
# Around a whole text, where a word processor put them; a placeholder alone in them is meant so.
_CURLY = re.compile(r"[“”„‟](?!\{\w+\}.$).*[“”„‟]|[‘’‚](?!\{\w+\}.$).*[‘’]", re.DOTALL)
# What people write who mean the one word or the other.
_MEANT = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


class Kind(Protocol):
    """A kind of field: ``read`` gives the plain value or None, ``schema`` the JSON Schema of it."""

    def read(self, file: str, value: Value, mistakes: Mistakes) -> Any: ...

    def schema(self) -> dict[str, Any]: ...


def _describe(value: Value) -> str:
    return "text" if isinstance(value, Scalar) else "a list" if isinstance(value, Items) else "a mapping"


def _scalar(file: str, value: Value, mistakes: Mistakes, wanted: str) -> str | None:
    if not isinstance(value, Scalar):
        mistakes.add(file, value.line, f"this is {_describe(value)}; {wanted} is allowed here{meant_as_text(value)}")
        return None
    if value.guessed == "null":
        mistakes.add(file, value.line, f"nothing stands here; {wanted} is needed (where it begins with #, put it in quotes)")
        return None
    return value.text


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence or more. Plain scalars that YAML would turn into a number, a date or a truth value need quotes.

    ``wanted``: what it is, where a number, a date or a truth value would be none even in quotes.
    """

    longest: int = 1200
    wanted: str = ""

    def read(self, file: str, value: Value, mistakes: Mistakes) -> str | None:
        text = _scalar(file, value, mistakes, "text")
        if text is None or not isinstance(value, Scalar):
            return None
        if value.guessed and self.wanted:
            mistakes.add(file, value.line, f"{text} is not {self.wanted}")
            return None
        if value.guessed:
            mistakes.add(file, value.line, f'YAML does not read {text} as text; put it in quotes: "{text}"')
            return None
        if _CURLY.fullmatch(text):
            mistakes.add(file, value.line, f'the quotes around {text[:60]} are curly; delete them, or type straight ones (")')
            return None
        if not text.strip():
            mistakes.add(file, value.line, "this text is empty; write it or leave the key out")
            return None
        if len(text) > self.longest:
            mistakes.add(file, value.line, f"this text has {len(text)} characters; at most {self.longest} are allowed")
            return None
        return re.sub(" {2,}", " ", text).strip()

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": self.longest}


@dataclass(frozen=True, slots=True)
class Sentences:
    """Whole sentences: the text ends as a sentence does. A file that was cut off in the middle of one is found by that."""

    longest: int = 1200

    def read(self, file: str, value: Value, mistakes: Mistakes) -> str | None:
        text = Text(self.longest).read(file, value, mistakes)
        if text is not None and not re.search(r"""[.!?}]['"”’)]*$""", text):
            mistakes.add(file, value.line, f"this text stops in mid-sentence ({text[-30:]!r}); it ends with . ! or ?")
            return None
        return text

    def schema(self) -> dict[str, Any]:
        return Text(self.longest).schema()


@dataclass(frozen=True, slots=True)
class Id:
    """A name: small letters, digits, - and _, beginning with a letter. ``refers`` says to what, for the schema."""

    refers: str = ""

    def read(self, file: str, value: Value, mistakes: Mistakes) -> str | None:
        text = _scalar(file, value, mistakes, "an id")
        if text is None:
            return None
        if not _ID.fullmatch(text) or (isinstance(value, Scalar) and value.guessed):
            meant = as_id(text)
            several = [part for part in re.split(r"[;,\s]+", text) if part]
            if len(several) > 1 and all(map(_ID.fullmatch, several)) and self.refers:
                meant = f"[{', '.join(several)}]"
            hint = f" (did you mean {meant}?)" if meant else ""
            what = f"{text[:40]!r} is no id; an id is small letters, digits, - and _, a letter first{hint}"
            mistakes.add(file, value.line, what)
            return None
        return text

    def schema(self) -> dict[str, Any]:
        described = {"description": f"id of {self.refers}"} if self.refers else {}
        return {"type": "string", "pattern": f"^{_ID.pattern}$", **described}


@dataclass(frozen=True, slots=True)
class Matching:
    """Text of a fixed form, typed as it is (no quotes needed): a hash, a number, a link."""

    pattern: str
    wanted: str

    def read(self, file: str, value: Value, mistakes: Mistakes) -> str | None:
        text = _scalar(file, value, mistakes, self.wanted)
        if text is None:
            return None
        if not re.fullmatch(self.pattern, text):
            mistakes.add(file, value.line, f"{text[:60]!r} is not {self.wanted}")
            return None
        return text

    def schema(self) -> dict[str, Any]:
        # An unquoted number is a number to JSON Schema, and text here.
        return {"type": ["string", "number"], "pattern": f"^{self.pattern}$", "description": self.wanted}


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number, 1 or more."""

    def read(self, file: str, value: Value, mistakes: Mistakes) -> int | None:
        text = _scalar(file, value, mistakes, "a whole number")
        if text is None:
            return None
        if not re.fullmatch(r"[1-9]\d{0,5}", text):
            mistakes.add(file, value.line, f"{text[:40]!r} is not a whole number from 1 on")
            return None
        return int(text)

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 1}


@dataclass(frozen=True, slots=True)
class Share:
    """A number; from ``least`` to ``most``."""

    least: float = 0.0
    most: float = 1.0

    def read(self, file: str, value: Value, mistakes: Mistakes) -> float | None:
        text = _scalar(file, value, mistakes, "a number")
        if text is None:
            return None
        if not re.fullmatch(r"-?\d+(\.\d+)?", text) or not self.least <= float(text) <= self.most:
            mistakes.add(file, value.line, f"{text[:40]!r} is not a number from {self.least:g} to {self.most:g}")
            return None
        return float(text)

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class Day:
    """A date as 2026-11-24."""

    def read(self, file: str, value: Value, mistakes: Mistakes) -> date | None:
        text = _scalar(file, value, mistakes, "a date such as 2026-11-24")
        found = _DAY.fullmatch(text) if text is not None else None
        try:
            if found:
                return date(*map(int, found.groups()))
        except ValueError:
            pass
        if text is not None:
            mistakes.add(file, value.line, f"{text[:40]!r} is not a date; a date looks like 2026-11-24")
        return None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}


@dataclass(frozen=True, slots=True)
class OneOf:
    allowed: tuple[str, ...]

    def read(self, file: str, value: Value, mistakes: Mistakes) -> str | None:
        text = _scalar(file, value, mistakes, f"one of {', '.join(self.allowed)}")
        if text is not None and text not in self.allowed:
            meant = _MEANT.get(text.lower(), text)
            mistakes.add(file, value.line, f"{text[:40]!r} is not known here; {choice(meant, self.allowed, len(self.allowed))}")
            return None
        return text

    def schema(self) -> dict[str, Any]:
        values: list[Any] = [{"true": True, "false": False}.get(word, word) for word in self.allowed]
        return {"enum": values}


@dataclass(frozen=True, slots=True)
class ListOf:
    kind: Kind
    least: int = 0
    most: int = 5000
    unique: bool = True

    def read(self, file: str, value: Value, mistakes: Mistakes) -> tuple[Any, ...] | None:
        if not isinstance(value, Items):
            example = f": [{value.text[:60]}]" if isinstance(value, Scalar) and value.text else ""
            how = f"{example}, or a line for each item that begins with '- '"
            mistakes.add(file, value.line, f"this is {_describe(value)}; a list is needed here{how}")
            return None
        if not self.least <= len(value.values) <= self.most:
            mistakes.add(file, value.line, f"this list has {len(value.values)} items; {self.least} to {self.most} are allowed")
        read: list[Any] = []
        for item in value.values:
            one = self.kind.read(file, item, mistakes)
            if one is None:
                continue
            if self.unique and one in read:
                mistakes.add(file, item.line, f"{str(one)[:60]!r} stands twice in this list; keep one")
            read.append(one)
        return tuple(read) if len(read) == len(value.values) else None

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": self.kind.schema(), "minItems": self.least, "uniqueItems": self.unique}


@dataclass(frozen=True, slots=True)
class MapOf:
    """A mapping with free keys; ``wanted`` says what a key looks like."""

    kind: Kind
    keys: re.Pattern[str] = _ID
    wanted: str = ""

    def read(self, file: str, value: Value, mistakes: Mistakes) -> dict[str, Any] | None:
        if not isinstance(value, Fields):
            mistakes.add(file, value.line, f"this is {_describe(value)}; a mapping (name: value) is needed here")
            return None
        read: dict[str, Any] = {}
        for key, child in value.values.items():
            if not self.keys.fullmatch(key):
                mistakes.add(
                    file,
                    value.lines[key],
                    f"{key[:40]!r} is not allowed as a key here{self.wanted and f'; a key is {self.wanted}'}",
                )
                continue
            with mistakes.within(key):
                one = self.kind.read(file, child, mistakes)
            if one is not None:
                read[key] = one
        return read if len(read) == len(value.lines) else None

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": self.kind.schema()}


@dataclass(frozen=True, slots=True)
class Row:
    """The read fields of one record, with the lines they stand in."""

    file: str
    line: int
    values: Mapping[str, Any]
    lines: Mapping[str, int]

    def get(self, key: str, otherwise: Any = None) -> Any:
        return self.values.get(key, otherwise)

    def at(self, key: str) -> int:
        return self.lines.get(key, self.line)


@dataclass(frozen=True, slots=True)
class RecordKind:
    """A mapping with known keys. ``wrong`` may look at the whole record and say what is wrong with it."""

    name: str
    required: Mapping[str, Kind]
    optional: Mapping[str, Kind]
    wrong: Callable[[Mapping[str, Any]], str | None] = lambda _: None

    def read(self, file: str, value: Value, mistakes: Mistakes) -> Row | None:
        if not isinstance(value, Fields):
            what = f"this is {_describe(value)}; {self.name} is a mapping with the keys {self._keys()}"
            form = ", ".join(f"{key}: ..." for key in self.required)
            mistakes.add(file, value.line, what + (f", such as {{{form}}}" if form and len(self.required) < 4 else ""))
            return None
        kinds = {**self.required, **self.optional}
        read: dict[str, Any] = {}
        whole = True
        meant: set[str | None] = set()  # by keys that are misspelt
        for key, line in value.lines.items():
            if key not in kinds:
                meant.add(nearest(key, self.required.keys() - value.lines.keys()))
                mistakes.add(file, line, f"{self.name} has no key {key[:40]!r}; {choice(key, kinds, len(kinds))}")
                continue
            with mistakes.within(key):
                one = kinds[key].read(file, value.values[key], mistakes) if key in value.values else None
            if one is None:
                whole = False
            else:
                read[key] = one
        for key in self.required:
            if key not in value.lines:
                whole = False
            if key not in value.lines and key not in meant:
                mistakes.add(
                    file, value.line, f"{self.name} lacks {key}; needed: {', '.join(self.required)}{found_within(value, key)}"
                )
        if not whole:
            return None
        if problem := self.wrong(read):
            mistakes.add(file, value.line, problem)
            return None
        return Row(file, value.line, read, value.lines)

    def _keys(self) -> str:
        return ", ".join([*self.required, *self.optional])

    def schema(self) -> dict[str, Any]:
        kinds = {**self.required, **self.optional}
        return {
            "type": "object",
            "properties": {key: kind.schema() for key, kind in kinds.items()},
            "required": list(self.required),
            "additionalProperties": False,
        }
