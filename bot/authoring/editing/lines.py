"""Where the items of a knowledge file stand, and the file with some of them changed: lines in, lines out.

A file that is written anew by a YAML library loses its comments and its form. Here only the lines of a changed field are
replaced, within a list only those of the changed items; all other bytes stay.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml

from bot.authoring.editing.writing import Written, field_lines, item_lines, list_item

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_COMMENT = re.compile(r"\s*(#.*)?")
_BLOCK = re.compile(r": *[|>][+-]? *(#.*)?[\r\n]*$")
_BEHIND = re.compile(r"( +#.*)?[\r\n]*$")
_DEEP = 2  # blanks before the fields of an item


@dataclass(frozen=True, slots=True)
class ItemPlace:
    """An item in its file: lines from ``start`` up to ``stop``, and so the lines of each field. ``flow``: it stands in braces."""

    id: str
    start: int
    stop: int
    fields: Mapping[str, tuple[int, int]]
    flow: bool


def lines_of(text: str) -> list[str]:
    """With their ends, as YAML counts them in files that the loader takes."""
    return re.findall(r"[^\n]*\n|[^\n]+$", text)


def items_of(text: str) -> tuple[ItemPlace, ...]:
    """The items of a file that is a list, in order. Raises ValueError where it is none."""
    node = yaml.compose(text.removeprefix("\ufeff"), Loader=_Loader)
    if not isinstance(node, yaml.SequenceNode):
        raise ValueError("this file is no list")
    lines = lines_of(text)
    starts = [item.start_mark.line for item in node.value]
    stops = [*starts[1:], len(lines)]
    return tuple(
        _place(item, _trimmed(lines, item.start_mark.line, stop), lines) for item, stop in zip(node.value, stops, strict=True)
    )


def _place(item: yaml.Node, stop: int, lines: Sequence[str]) -> ItemPlace:
    pairs = item.value if isinstance(item, yaml.MappingNode) else []
    starts = [key.start_mark.line for key, _ in pairs]
    ends = [_trimmed(lines, start, end) for start, end in zip(starts, [*starts[1:], stop], strict=False)]
    fields = {key.value: (start, end) for (key, _), start, end in zip(pairs, starts, ends, strict=True)}
    id = next((value.value for key, value in pairs if key.value == "id"), "")
    return ItemPlace(id, item.start_mark.line, stop, fields, bool(getattr(item, "flow_style", False)))


def _trimmed(lines: Sequence[str], start: int, stop: int) -> int:
    """``stop`` without the empty lines and comments before it, which belong to what follows."""
    while stop > start + 1 and _COMMENT.fullmatch(lines[stop - 1].strip()):
        stop -= 1
    return stop


# -- changing --------------------------------------------------------------------------------------------------------


def changed(text: str, id: str, fields: Mapping[str, Written | None], order: Sequence[str]) -> str:
    """``text`` with other ``fields`` of the item ``id``; None: it has this one no more. ``order``: of fields that are new."""
    place = next(item for item in items_of(text) if item.id == id)
    lines = lines_of(text)
    end = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    if place.flow:
        raise ValueError(f"{id} stands in braces {{}}; write each of its fields on a line of its own first")
    edits: list[tuple[int, int, list[str]]] = []
    for key in sorted(fields, key=order.index):
        value = fields[key]
        if key in place.fields:
            start, stop = place.fields[key]
            edits.append((start, stop, _field(lines[start:stop], key, value, start == place.start, end)))
        elif value is not None:
            at = _new_at(place, key, order)
            edits.append((at, at, [line + end for line in field_lines(key, value, _DEEP)]))
    # From below, so that line numbers above stay true. Of fields that come to one place the last in order goes in first.
    for _, (start, stop, new) in sorted(enumerate(edits), key=lambda one: (one[1][0], one[0]), reverse=True):
        if new and start > 0 and not lines[start - 1].endswith("\n"):
            lines[start - 1] += end
        lines[start:stop] = new
    return "".join(lines)


def _new_at(place: ItemPlace, key: str, order: Sequence[str]) -> int:
    before = [place.fields[other][1] for other in order[: order.index(key)] if other in place.fields]
    return max(before, default=place.stop)


def _field(old: Sequence[str], key: str, value: Written | None, first: bool, end: str) -> list[str]:
    """The lines of one field. ``first``: it stands behind the dash of its item."""
    if value is None:
        return [line for line in old if line.strip().startswith("#")]
    if isinstance(value, tuple) and (kept := _list_lines(old, value, end)) is not None:
        return kept
    new = [line + end for line in field_lines(key, value, _DEEP)]
    if first:
        new[0] = "- " + new[0].lstrip(" ")
    behind = _BEHIND.search(old[0])
    if behind is not None and behind[1] and not re.search("[\"']", old[0]):
        new[0] = new[0].removesuffix(end) + behind[1].rstrip() + end
    inside = [] if _BLOCK.search(old[0]) else [line for line in old[1:] if line.strip().startswith("#")]
    return [*inside, *new] if not first else [*new, *inside]


def _list_lines(old: Sequence[str], values: tuple[str, ...], end: str) -> list[str] | None:
    """A list with a line for each item, where the lines of items that stay are kept; None where it is written otherwise."""
    text = "".join(old)
    node = yaml.compose(re.sub(r"^- ", "  ", text), Loader=_Loader)
    if not isinstance(node, yaml.MappingNode) or not isinstance(listed := node.value[0][1], yaml.SequenceNode):
        return None
    if listed.flow_style or not listed.value or not values:
        return None
    starts = [item.start_mark.line for item in listed.value]
    chunks: dict[str, list[str]] = {}
    loose: dict[str, list[str]] = {}  # comments before an item
    before = starts[0]
    for item, start, stop in zip(listed.value, starts, [*starts[1:], len(old)], strict=True):
        own = _trimmed(old, start, stop)
        loose[item.value] = list(old[before:start])
        chunks[" ".join(item.value.split())] = list(old[start:own])
        before = own
    rest = list(old[before:])
    indent = len(old[starts[0]]) - len(old[starts[0]].lstrip(" "))
    comments = {" ".join(name.split()): lines for name, lines in loose.items()}
    wanted = {" ".join(value.split()) for value in values}
    new = list(old[: starts[0]])
    following = _followed(list(chunks), wanted, comments)
    for value in values:
        name = " ".join(value.split())
        new += following.get(name, [])
        new += (
            [_ended(line, end) for line in chunks[name]] if name in chunks else [line + end for line in list_item(value, indent)]
        )
    return [_ended(line, end) for line in [*new, *following[""], *rest]]


def _followed(names: Sequence[str], wanted: set[str], comments: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Comments by the item that they now stand before; those of items that are gone go to the next that stays, or to the end."""
    found: dict[str, list[str]] = {}
    held: list[str] = []
    for name in names:
        held += comments.get(name, [])
        if name in wanted:
            found[name], held = held, []
    found[""] = held
    return found


def _ended(line: str, end: str) -> str:
    return line if line.endswith("\n") else line + end


def appended(text: str, fields: Mapping[str, Written], order: Sequence[str]) -> str:
    """``text`` with one item more at its end."""
    return with_lines(text, item_lines({key: fields[key] for key in order if key in fields}))


def with_lines(text: str, lines: Sequence[str]) -> str:
    """``text`` with ``lines`` at its end, an empty line before them."""
    end = "\r\n" if "\r\n" in text else "\n"
    body = text if not text or text.endswith("\n") else text + end
    gap = end if body.strip() and not body.endswith(end * 2) else ""
    return body + gap + "".join(line + end for line in lines)
