"""Values as lines of YAML that the strict reader takes for the same values."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping

from bot.knowledge.yamlfile import Fields, Items, Mistakes, Scalar, parse_yaml

# What a field may hold: a text, a list of texts, names with texts.
Written = str | tuple[str, ...] | Mapping[str, str]
_WIDTH = 120
_FOLDED = 100  # characters: what is longer goes below its key
_PLAIN_START = re.compile(r"[\w$£€(]")
# Lists of these are names of other things, and read best in one line.
_NO_TEXTS = frozenset(
    {"on", "review_by", "helpline", "first", "outside", "hours"}
)  # dates, and true or false, stand without quotes
_IN_ONE_LINE = frozenset({"claims", "safety", "related"})


def scalar(text: str, flow: bool = False) -> str:
    """A text in one line: as it is where YAML reads it so, else in quotes. ``flow``: it will stand within brackets."""
    held = f"[{text}]" if flow else text
    if _PLAIN_START.match(text) and (not flow or not re.search(r"[,\[\]{}]", text)) and _is_read(held, text, flow):
        return text
    return json.dumps(text, ensure_ascii=False)


def _is_read(written: str, text: str, flow: bool) -> bool:
    mistakes = Mistakes()
    value = parse_yaml("", f"- {written}\n".encode(), mistakes)
    if mistakes.found or not isinstance(value, Items) or len(value.values) != 1:
        return False
    one = value.values[0]
    if flow and isinstance(one, Items) and len(one.values) == 1:
        one = one.values[0]
    return one == Scalar(text, 1, None)


def _folded(key: str, text: str, blanks: str) -> list[str] | None:
    """A long text below its key; None where its own blanks or breaks would be lost."""
    if re.search(r"\s{2,}|[^\S ]|^\s|\s$|^#", text):
        return None
    body = textwrap.wrap(text, _WIDTH - len(blanks) - 2, break_long_words=False, break_on_hyphens=False)
    lines = [f"{blanks}{key}: >-", *(f"{blanks}  {line}" for line in body)]
    value = parse_yaml("", ("\n".join(lines) + "\n").encode(), Mistakes())
    held = value.values.get(key) if isinstance(value, Fields) else None
    return lines if isinstance(held, Scalar) and held.text == text else None


def field_lines(key: str, value: Written, indent: int) -> list[str]:
    """The lines of ``key: value``, without their ends."""
    blanks = " " * indent
    if isinstance(value, str):
        if len(text := value) > _FOLDED and (folded := _folded(key, text, blanks)) is not None:
            return folded
        return [f"{blanks}{key}: {_typed(key, value)}"]
    if isinstance(value, tuple):
        if key in _IN_ONE_LINE or not value:
            return [f"{blanks}{key}: [{', '.join(scalar(one, flow=True) for one in value)}]"]
        return [f"{blanks}{key}:", *(line for one in value for line in list_item(one, indent + 2))]
    pairs = ", ".join(f"{name}: {_typed(name, one, flow=True)}" for name, one in value.items())
    return [f"{blanks}{key}: {{{pairs}}}"]


def _typed(key: str, text: str, flow: bool = False) -> str:
    return text if key in _NO_TEXTS else scalar(text, flow)


def list_item(text: str, indent: int) -> list[str]:
    return [f"{' ' * indent}- {scalar(text)}"]


def item_lines(fields: Mapping[str, Written]) -> list[str]:
    """The lines of an item of a list, its fields in their order."""
    lines = [line for key, value in fields.items() for line in field_lines(key, value, 2)]
    return [f"- {lines[0].lstrip(' ')}", *lines[1:]]
