"""Strict YAML with line numbers: text in, plain values that remember their lines out, or a list of mistakes.

PyYAML reads 1:30 as 90, no as false, 010 as 8, and lets a repeated key win silently. Here every scalar stays the text
that was typed; one that YAML would have turned into something else, and a repeated key, are mistakes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import yaml

from bot.knowledge.diagnosis import diagnose

_MAX_BYTES = 2_000_000
_MAX_DEPTH = 12
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\u200b\u2028\u2029\ufeff\ufffe\uffff]")
_COMMENT = re.compile(" +#")
_ITEM = re.compile(r"\n\s*- ")  # in a text without quotes
_DAY_OF_REVIEW = "on"  # a key of ours, though YAML 1.1 takes the word for a truth value
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NO_ANCHORS = "anchors and aliases (& and *) are not allowed; put a text that begins so in quotes, or write it out"
_BOM = "\ufeff"  # which some editors put before the first word
# What a word processor writes for a blank that may not be the end of a line; to YAML it would be a letter.
_BLANKS = "\u00a0\u2007\u202f"


@dataclass(slots=True)
class Mistakes:
    """What is wrong, gathered so that one run reports all of it: ``file:line: field: what is wrong; what is allowed``.

    ``unread``: files of which nothing could be read; ``lost``: texts of keys that stand twice, which may be ids. What others
    lack for them is no mistake of theirs.
    """

    found: list[tuple[str, int, str]] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    _read: int | None = None
    _fields: list[str] = field(default_factory=list)

    def add(self, file: str, line: int, what: str) -> None:
        what = " ".join(what.split())  # a quoted text may hold line breaks; a mistake is one line
        if self._fields:
            what = f"{' > '.join(self._fields)}: {what}"
        if (file, line, what) not in self.found:
            self.found.append((file, line, what))

    def unreadable(self, file: str, line: int, what: str) -> None:
        self.unread.add(file)
        self.add(file, line, what)

    @contextmanager
    def within(self, name: str) -> Iterator[None]:
        """What is added meanwhile is of the field of that name."""
        self._fields.append(name)
        try:
            yield
        finally:
            self._fields.pop()

    def all_read(self) -> None:
        """What is added from now on is of how files fit together, and may follow from what was found before."""
        self._read = len(self.found)

    def of_reading(self) -> Mistakes:
        """What was found before ``all_read``, to be added to."""
        return Mistakes(self.found[: self._read], set(self.unread), set(self.lost))

    def of_fitting(self) -> list[tuple[str, int, str]]:
        return [] if self._read is None else self.found[self._read :]

    def lines(self) -> list[str]:
        """A line each: first of files that could not be read, then of what stands in a file, then of how files fit together."""
        found = [*sorted(self.found[: self._read], key=self._order), *sorted(self.of_fitting())]
        return [f"{file}:{line}: {what}" for file, line, what in found]

    def _order(self, mistake: tuple[str, int, str]) -> tuple[bool, tuple[str, int, str]]:
        return mistake[0] not in self.unread, mistake


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text as typed. ``guessed`` is what plain YAML would have made of it, if not text ("int", "bool", ...)."""

    text: str
    line: int
    guessed: str | None


@dataclass(frozen=True, slots=True)
class Items:
    values: tuple[Value, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Fields:
    values: dict[str, Value]
    lines: dict[str, int]
    line: int


Value = Scalar | Items | Fields


def decoded(file: str, data: bytes, mistakes: Mistakes) -> str | None:
    """The text of a file; None, with the mistakes noted, where it is too long, no UTF-8, or has invisible characters."""
    if len(data) > _MAX_BYTES:
        mistakes.unreadable(file, 1, f"the file has {len(data)} bytes; at most {_MAX_BYTES} are allowed")
        return None
    try:
        text = data.decode("utf-8").removeprefix(_BOM)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        mistakes.unreadable(file, line, "this is not UTF-8 text; save the file again and choose the encoding UTF-8")
        return None
    for blank in _BLANKS:
        text = text.replace(blank, " ")
    return text if _characters_are_fine(file, text, mistakes) else None


def parse_yaml(file: str, data: bytes, mistakes: Mistakes) -> Value | None:
    """The one document in ``data``; None, with the mistakes noted, where it cannot be read."""
    text = decoded(file, data, mistakes)
    if text is None:
        return None
    try:
        if _has_anchors(file, text, mistakes):
            return None  # what stands twice could stand in itself
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        marks = [mark.line + 1 for mark in (error.problem_mark, error.context_mark) if mark is not None] or [1]
        mistakes.unreadable(file, *diagnose(text, marks[0], marks[-1], str(error.problem or error.context)))
        return None
    except (yaml.YAMLError, RecursionError) as error:
        reason = next(iter(str(error).splitlines()), "it is nested too deeply")
        mistakes.unreadable(file, 1, f"this is not valid YAML ({reason})")
        return None
    if node is None:
        mistakes.unreadable(file, 1, "the file is empty")
        return None
    if not text.endswith(("\n", "\r")):
        # Half a line is often valid YAML: this is how a file that was cut off shows.
        mistakes.add(file, text.count("\n") + 1, "the file ends within a line; if nothing is missing, end it with a line break")
    return _value(file, node, mistakes, 0)


def _has_anchors(file: str, text: str, mistakes: Mistakes) -> bool:
    """Notes what YAML would drop of texts: the first word of ``&name text``, and the end of ``ext #12``."""
    found = False

    def text_of(token: yaml.ScalarToken) -> str:
        return text[token.start_mark.index : token.end_mark.index]

    for token in yaml.scan(text, Loader=_Loader):
        if isinstance(token, yaml.AnchorToken):
            found = True
            mistakes.unreadable(file, token.start_mark.line + 1, _NO_ANCHORS)
        elif (
            isinstance(token, yaml.ScalarToken)
            and token.plain
            and " " in token.value
            and _COMMENT.match(text, token.end_mark.index)
        ):
            what = f"YAML leaves out what follows {token.value[-40:]!r}; put the text in quotes"
            mistakes.add(file, token.end_mark.line + 1, what)
        elif (
            isinstance(token, yaml.ScalarToken)
            and token.plain
            and token.end_mark.line > token.start_mark.line
            and (item := _ITEM.search(text_of(token)))
        ):
            line = token.start_mark.line + text_of(token)[: item.start()].count("\n") + 2
            what = "YAML reads this line as more of the one above it; let its '-' stand right below the others"
            mistakes.add(file, line, what)
    return found


def _characters_are_fine(file: str, text: str, mistakes: Mistakes) -> bool:
    before = len(mistakes.found)
    for number, ended in enumerate(text.split("\n"), start=1):
        line = ended.removesuffix("\r")
        if "\t" in line:
            mistakes.unreadable(file, number, "there is a tab, which looks like blanks; delete it and type blanks")
        if found := _CONTROL.search(line):
            mistakes.unreadable(file, number, f"there is an invisible control character (U+{ord(found.group()):04X}); delete it")
    return len(mistakes.found) == before


def _value(file: str, node: yaml.Node, mistakes: Mistakes, depth: int) -> Value | None:
    line = node.start_mark.line + 1
    if depth > _MAX_DEPTH:
        mistakes.add(file, line, f"this is nested more than {_MAX_DEPTH} levels deep")
        return None
    if isinstance(node, yaml.ScalarNode):
        return _scalar(file, node, mistakes)
    if not node.tag.startswith("tag:yaml.org,2002:") or node.tag.startswith("tag:yaml.org,2002:python"):
        mistakes.add(file, line, f"the tag {node.tag} is not allowed; put a text that begins with ! in quotes")
        return None
    if isinstance(node, yaml.SequenceNode):
        items = [_value(file, item, mistakes, depth + 1) for item in node.value]
        return Items(tuple(item for item in items if item is not None), line)
    return _fields(file, node, mistakes, depth) if isinstance(node, yaml.MappingNode) else None


def _scalar(file: str, node: yaml.ScalarNode, mistakes: Mistakes) -> Scalar | None:
    line = node.start_mark.line + 1
    if not node.tag.startswith("tag:yaml.org,2002:") or "python" in node.tag:
        mistakes.add(file, line, f"the tag {node.tag} is not allowed; put a text that begins with ! in quotes")
        return None
    guessed = None
    plain = not node.style  # the C loader says "", the Python one None
    if plain and (not node.value or node.tag.endswith(":null")):
        guessed = "null"
    elif plain and node.tag != "tag:yaml.org,2002:str":
        guessed = node.tag.rsplit(":", 1)[1]
    return Scalar(node.value, line, guessed)


def _fields(file: str, node: yaml.MappingNode, mistakes: Mistakes, depth: int) -> Fields:
    values: dict[str, Value] = {}
    lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = _value(file, key_node, mistakes, depth + 1)
        value = _value(file, value_node, mistakes, depth + 1)
        if not isinstance(key, Scalar):
            mistakes.add(file, line, "a key must be a word")
        elif key.guessed and key.text != _DAY_OF_REVIEW:
            mistakes.add(file, line, f'YAML does not read the key {key.text} as text; put it in quotes: "{key.text}"')
        elif key.text in lines:
            what = f"the key {key.text} stands here twice (first in line {lines[key.text]}); keep one"
            mistakes.add(file, line, what + (", or write - before the first line of a new item" if key.text == "id" else ""))
            mistakes.lost |= {value.text} if isinstance(value, Scalar) else set()
        else:
            lines[key.text] = line
            if value is not None:
                values[key.text] = value
    return Fields(values, lines, node.start_mark.line + 1)


def walk(value: Value) -> Iterator[Scalar]:
    """Every scalar below ``value``, in file order."""
    if isinstance(value, Scalar):
        yield value
    else:
        for child in value.values if isinstance(value, Items) else value.values.values():
            yield from walk(child)


def meant_as_text(value: Value) -> str:
    """For who meant a text, and wrote what YAML reads as more."""
    if isinstance(value, Fields) and len(value.lines) == 1:
        name, child = next(iter(value.lines)), next(iter(value.values.values()), None)
        if isinstance(child, Scalar):
            return f'; a text with a colon in it needs quotes around all of it: "{name}: {child.text[:60]}"'
    if isinstance(value, Items) and all(isinstance(item, Scalar) for item in value.values):
        return "; a text that begins with [ or - needs quotes around it"
    if isinstance(value, Fields):
        return "; a text that begins with { needs quotes around it"
    return ""


def found_within(value: Fields, key: str) -> str:
    """Where ``key`` stands in a text: its line begins too far in."""
    for other, child in value.values.items():
        if isinstance(child, Scalar) and re.search(rf"(?:^|\s){key}:\s", child.text):
            return f" ({key} stands in the text of {other}, line {child.line}; its line begins too far in)"
    return ""
