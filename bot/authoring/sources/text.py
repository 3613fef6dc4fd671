"""A document that a person brings, taken apart as ``sources.yaml`` keeps it: sections with their paragraphs.

Plain text, Markdown and HTML. ``verify.split`` finds the same paragraphs again in the same file.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

from bot.language.quantities import fold

_LONGEST_HEADING = 80
_PAGES = (".html", ".htm", ".xhtml")
_MARKED = re.compile(r"(?m)^#{1,6}\s+(.+?)\s*#*$")
_HEADING = re.compile(r"#{1,6}\s+(.+?)\s*#*")
# What a page has around its text, and where its paragraphs end.
_AROUND = frozenset({"head", "script", "style", "nav", "header", "footer", "aside", "form", "noscript", "template"})
_BLOCKS = frozenset(
    {"p", "li", "td", "th", "dd", "dt", "blockquote", "figcaption", "div", "section", "article", "tr", "ul", "ol"}
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


@dataclass(frozen=True, slots=True)
class TextSection:
    """A section as it was written; ``heading`` "" where none stands above it."""

    id: str
    heading: str
    paragraphs: tuple[str, ...]


def text_of(name: str, text: str) -> str:
    """What a file of that name says: of a page its text, with its headings marked by #."""
    return text_of_html(text) if name.lower().endswith(_PAGES) else text


def sections_of(text: str, title: str = "") -> tuple[TextSection, ...]:
    """The sections that have text, in order; a heading that is the ``title`` of the whole begins none.

    A heading begins with #; where none but the title does, it is a line of its own without an end, before a longer one.
    """
    marked = any(fold(one) != fold(title) for one in _MARKED.findall(text))
    blocks = [" ".join(block.split()) for block in re.split(_between(text), _apart(text)) if block.strip()]
    found: list[tuple[str, list[str]]] = [("", [])]
    for at, block in enumerate(blocks):
        heading = _heading(block, "" if marked or at + 1 == len(blocks) else blocks[at + 1])
        if heading is None:
            found[-1][1].append(block)
        elif not (fold(heading) == fold(title) and not found[-1][1] and len(found) == 1):
            found.append((heading, []))
    ids: set[str] = set()
    told = ((heading, tuple(paragraphs)) for heading, paragraphs in found if paragraphs)
    return tuple(TextSection(_named(heading or "introduction", ids), heading, paragraphs) for heading, paragraphs in told)


def text_of_html(page: str) -> str:
    """The text of a page with its headings marked by #, a blank line between paragraphs."""
    reader = _Page()
    reader.feed(page)
    reader.close()
    return "\n\n".join(reader.blocks())


def _between(text: str) -> str:
    """What stands between two paragraphs: a blank line; or where lines end as sentences do, the end of a line."""
    lines = [line.rstrip() for line in text.splitlines() if len(line.strip()) > _LONGEST_HEADING]
    ended = sum(line[-1] in ".!?:\"')" for line in lines)
    return r"\n" if lines and ended > 0.9 * len(lines) else r"\n\s*\n"


def _apart(text: str) -> str:
    """A heading with # stands alone, whether or not blank lines are around it."""
    return re.sub(r"(?m)^(#{1,6}\s.*)$", r"\n\1\n", text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))


def _heading(block: str, after: str) -> str | None:
    if (marked := _HEADING.fullmatch(block)) is not None:
        return marked[1]
    bare = len(block) <= _LONGEST_HEADING and block[-1].isalnum() and not re.match(r"[-*•\d]", block)
    return block if bare and len(after) > len(block) and len(block.split()) <= 10 else None


def _named(heading: str, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode().lower()
    name = "_".join(re.findall(r"[a-z0-9]+", plain)[:4]) or "section"
    name = name if name[0].isalpha() else f"section_{name}"
    number, unique = 2, name
    while unique in taken:
        unique, number = f"{name}_{number}", number + 1
    taken.add(unique)
    return unique


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._blocks: list[list[str]] = [[]]
        self._marks = {0: ""}
        self._skipped = 0

    def blocks(self) -> Sequence[str]:
        said = [(self._marks.get(at, ""), " ".join("".join(parts).split())) for at, parts in enumerate(self._blocks)]
        return [mark + text for mark, text in said if text]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in _AROUND:
            self._skipped += 1
        elif tag in _HEADINGS or tag in _BLOCKS:
            self._begin("# " if tag in _HEADINGS else "")
        elif tag == "br":
            self._blocks[-1].append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _AROUND:
            self._skipped = max(0, self._skipped - 1)
        elif tag in _HEADINGS or tag in _BLOCKS:
            self._begin("")

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self._blocks[-1].append(data)

    def _begin(self, mark: str) -> None:
        self._blocks.append([])
        self._marks[len(self._blocks) - 1] = mark
