"""Telegram's HTML: text and entities, or the reason why it cannot be parsed. Offsets of entities are UTF-16 units."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

Entity = dict[str, Any]

_KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(#x[0-9a-fA-F]+|#[0-9]+|[a-zA-Z]+);?")
_SPACE = " \t\n\r\v\f"


class MarkupError(ValueError):
    """The message is Telegram's, without "can't parse entities: "."""


@dataclass(slots=True)
class _Open:
    tag: str
    attributes: dict[str, str]
    start: int


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse_html(source: str) -> tuple[str, list[Entity]]:
    if "<" not in source and "&" not in source:
        return trim(source, [])
    return _Parser(source).run()


def trim(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Without white space at both ends, as it is sent."""
    bare = text.strip()
    if bare == text:
        return text, entities
    lead, size = utf16(text[: len(text) - len(text.lstrip())]), utf16(bare)
    kept = []
    for entity in entities:
        start = max(0, entity["offset"] - lead)
        end = min(size, entity["offset"] - lead + entity["length"])
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    return bare, kept


def _reference(source: str, at: int) -> tuple[str, int]:
    """The character that a reference at ``at`` stands for, and where the text goes on; an unknown one stands for itself."""
    found = _REFERENCE.match(source, at)
    if found is None:
        return "&", at + 1
    name = found.group(1)
    if name[0] == "#":
        code = int(f"0{name[1:]}", 0) if name[1] in "xX" else int(name[1:])
        return (chr(code), found.end()) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else ("&", at + 1)
    return (_NAMED[name], found.end()) if name in _NAMED else ("&", at + 1)


@cache
def _any_of(characters: str) -> re.Pattern[str]:
    return re.compile(f"[{re.escape(characters)}]")


class _Parser:
    def __init__(self, source: str) -> None:
        self.source, self.at = source, 0
        self.text: list[str] = []
        self.units = 0
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def run(self) -> tuple[str, list[Entity]]:
        while self.at < len(self.source):
            char = self.source[self.at]
            if char == "<":
                self._close() if self.source.startswith("</", self.at) else self._start()
                continue
            if char == "&":
                words, self.at = _reference(self.source, self.at)
            else:
                after = self._until("<&", self.at)
                words, self.at = self.source[self.at : after], after
            self.text.append(words)
            self.units += len(words) if words.isascii() else utf16(words)
        if self.open:
            raise MarkupError(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        self.entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
        return trim("".join(self.text), self.entities)

    def _bytes(self, at: int) -> int:
        return len(self.source[:at].encode("utf-8", "surrogatepass"))

    def _until(self, stop: str, at: int) -> int:
        found = _any_of(stop).search(self.source, at)
        return found.start() if found else len(self.source)

    def _past_space(self, at: int) -> int:
        while at < len(self.source) and self.source[at] in _SPACE:
            at += 1
        return at

    def _start(self) -> None:
        begin = self.at
        at = self._until(_SPACE + ">", begin + 1)
        if at == len(self.source):
            raise MarkupError(f"Unclosed start tag at byte offset {self._bytes(begin)}")
        tag = self.source[begin + 1 : at].lower()
        if tag not in _KINDS:
            raise MarkupError(f'Unsupported start tag "{tag}" at byte offset {self._bytes(begin)}')
        attributes: dict[str, str] = {}
        while True:
            at = self._past_space(at)
            if at == len(self.source):
                raise MarkupError(f"Unclosed start tag at byte offset {self._bytes(begin)}")
            if self.source[at] == ">":
                break
            at = self._attribute(tag, begin, at, attributes)
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise MarkupError(f'Tag "span" must have class "tg-spoiler" at byte offset {self._bytes(begin)}')
        self.open.append(_Open(tag, attributes, self.units))
        self.at = at + 1

    def _attribute(self, tag: str, begin: int, at: int, attributes: dict[str, str]) -> int:
        end = self._until(_SPACE + "=>", at)
        name = self.source[at:end].lower()
        if not name:
            raise MarkupError(f'Empty attribute name in the tag "{tag}" at byte offset {self._bytes(begin)}')
        at = self._past_space(end)
        if self.source.startswith("=", at):
            at = self._past_space(at + 1)
        elif at < len(self.source):
            attributes[name] = ""
            return at
        if at == len(self.source):
            raise MarkupError(f'Unclosed start tag "{tag}" at byte offset {self._bytes(begin)}')
        if self.source[at] in "\"'":
            end = self._until(self.source[at], at + 1)
            if end == len(self.source):
                raise MarkupError(f"Unclosed start tag at byte offset {self._bytes(begin)}")
            value, after = self.source[at + 1 : end], end + 1
        else:
            after = self._until(_SPACE + ">", at)
            value = self.source[at:after]
            odd = re.search(r"[^A-Za-z0-9.-]", value)
            if odd:
                raise MarkupError(f"Unexpected end of name token at byte offset {self._bytes(at)}")
        attributes[name] = _REFERENCE.sub(lambda found: _reference(found.group(0), 0)[0], value)
        return after

    def _close(self) -> None:
        begin = self.at
        if not self.open:
            raise MarkupError(f"Unexpected end tag at byte offset {self._bytes(begin)}")
        end = self._until(_SPACE + ">", begin + 2)
        name = self.source[begin + 2 : end].lower()
        end = self._past_space(end)
        if not self.source.startswith(">", end):
            raise MarkupError(f"Unclosed end tag at byte offset {self._bytes(begin)}")
        opened = self.open.pop()
        if name and name != opened.tag:
            found = f'expected "</{opened.tag}>", found "</{name}>"'
            raise MarkupError(f"Unmatched end tag at byte offset {self._bytes(begin)}, {found}")
        self.at = end + 1
        self._add(opened)

    def _add(self, opened: _Open) -> None:
        kind, length = _KINDS[opened.tag], self.units - opened.start
        entity: Entity = {"type": kind, "offset": opened.start, "length": length}
        if opened.tag == "a":
            link = opened.attributes.get("href", "")
            if not re.match(r"(https?|tg|tel|mailto):", link):
                return  # such a link is dropped in silence
            entity["url"] = link
        elif opened.tag == "code" and opened.attributes.get("class", "").startswith("language-"):
            entity["language"] = opened.attributes["class"].removeprefix("language-")
        elif opened.tag == "blockquote" and "expandable" in opened.attributes:
            entity["type"] = "expandable_blockquote"
        elif opened.tag == "tg-emoji":
            if not opened.attributes.get("emoji-id", "").isdecimal():
                raise MarkupError("Invalid custom emoji identifier specified")
            entity["custom_emoji_id"] = opened.attributes["emoji-id"]
        if length:
            self.entities.append(entity)
