"""A reply as Telegram shows it: HTML that Telegram reads, pieces that it takes, buttons. Pure.

The text stays what was reviewed, but for two things: an address becomes a link on the title that it belongs to, and a list of
questions that stand on buttons is not told twice.
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from bot.channels.rendering import number_spans, source_lines, without_lists
from bot.dialogue.conversation import Reply
from bot.dialogue.ratings import Reason
from bot.knowledge.model import Document

LIMIT = 4096  # UTF-16 units; a live probe had Telegram take 4096 code points, so this holds in both readings
_LABEL = 60  # characters; phones cut longer ones off themselves
_DATA = 64  # bytes
_LONGEST_LINK = 1000

Pick = Literal["choice", "related", "helped", "unhelped", "handoff", "wrong", "unclear", "not_asked", "missing"]
# A button is pressed days later, and read by another release: what stands for a thing here stands for it for good.
_PREFIX: dict[str, Pick] = {
    "c:": "choice",
    "r:": "related",
    "f:+:": "helped",
    "f:-:": "unhelped",
    "h:": "handoff",
    "f:w:": "wrong",
    "f:u:": "unclear",
    "f:o:": "not_asked",
    "f:m:": "missing",
}
_REASON: Mapping[Pick, str] = {pick: prefix for prefix, pick in _PREFIX.items()}
_MARK, _MARKS = 8, 6  # characters for a topic, and topics of an answer: they fit beside the prefix

_SURROGATE = re.compile("[\ud800-\udfff]")
_SENTENCE = re.compile(r"[.!?…][\"'”’)\]]*\s+")


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    data: str


@dataclass(frozen=True, slots=True)
class RenderedMessage:
    """One message. ``plain`` says the same without markup; both are below Telegram's limit."""

    html: str
    plain: str
    buttons: tuple[tuple[Button, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a button says. ``value`` is an id (choice, related), empty (handoff), or the marks of an answer's topics."""

    pick: Pick
    value: str


@dataclass(frozen=True, slots=True)
class _Mark:
    """Markup from ``start`` to ``end`` of a text. ``opening`` "" : what stands there is not shown."""

    start: int
    end: int
    opening: str = ""
    closing: str = ""


def render_reply(
    reply: Reply, documents: Sequence[Document] = (), more: Sequence[tuple[Button, ...]] = ()
) -> tuple[RenderedMessage, ...]:
    """The messages that ``reply`` makes, in order; its buttons, and the rows of ``more``, stand under the last one."""
    rows = buttons(reply) + tuple(more)
    text = _seen(_without_lists(reply))
    return _messages(text, _marks(reply, text, documents), rows)


def render_text(text: str, rows: Sequence[tuple[Button, ...]] = ()) -> tuple[RenderedMessage, ...]:
    """The messages that a plain sentence of the bot makes."""
    return _messages(_seen(text), [], tuple(rows))


# -- buttons ------------------------------------------------------------------------------------------------------


def buttons(reply: Reply) -> tuple[tuple[Button, ...], ...]:
    """One row for each choice, else for each related question."""
    prefix, offered = ("c:", reply.choices) if reply.choices else ("r:", reply.related)
    return tuple((Button(label(one.label), data(prefix, one.id)),) for one in offered)


def feedback(reply: Reply, helped: str, unhelped: str) -> tuple[Button, ...]:
    """The row that asks whether ``reply`` helped, under the two labels."""
    marks = ".".join(topic_mark(part.entry or part.boundary or "") for part in reply.parts[:_MARKS])
    return (Button(label(helped), f"f:+:{marks}"), Button(label(unhelped), f"f:-:{marks}"))


def reasons(marks: str, labels: Mapping[Reason, str]) -> tuple[tuple[Button, ...], ...]:
    """The rows that ask why the answer with these marks did not help."""
    made = [Button(label(text), f"{_REASON[reason]}{marks}") for reason, text in labels.items()]
    return tuple(tuple(made[at : at + 2]) for at in range(0, len(made), 2))


def handoff(text: str) -> tuple[Button, ...]:
    """The row that leads to a person."""
    return (Button(label(text), "h:"),)


def topic_mark(id: str) -> str:
    """What stands for a topic on a button."""
    return hashlib.sha256(id.encode()).hexdigest()[:_MARK]


def marked_topics(marks: str, ids: Iterable[str]) -> tuple[str, ...]:
    """The topics of the answer with these marks, in order; those that are not among ``ids`` any more are left out."""
    known = {topic_mark(id): id for id in ids}
    return tuple(known[mark] for mark in marks.split(".") if mark in known)


def label(text: str) -> str:
    """``text`` on a button: shortened at a word."""
    text = " ".join(text.split())
    if len(text) <= _LABEL:
        return text
    head = text[: _safe(text, _LABEL - 1)]
    if not text[len(head)].isspace():
        head = head.rpartition(" ")[0] or head
    return head.rstrip(" ,;:.–—-") + "…"


def data(prefix: str, id: str) -> str:
    """What a button carries; an id that does not fit is replaced by its hash."""
    whole = prefix + id
    return whole if len(whole.encode()) <= _DATA and not id.startswith("#") else prefix + _hashed(id)


def pressed(carried: str, ids: Iterable[str]) -> Pressed | None:
    """What a button says, by the ids of the knowledge; None for what is none of our buttons."""
    prefix = next((prefix for prefix in _PREFIX if carried.startswith(prefix)), None)
    if prefix is None:
        return None
    value = carried[len(prefix) :]
    if value.startswith("#") and prefix in {"c:", "r:"}:
        value = next((id for id in ids if _hashed(id) == value), value)
    return Pressed(_PREFIX[prefix], value)


def _hashed(id: str) -> str:
    return "#" + hashlib.sha256(id.encode()).hexdigest()[:24]


# -- text ---------------------------------------------------------------------------------------------------------


def _without_lists(reply: Reply) -> str:
    """The text without the questions that the buttons carry in full; what leads to them goes to the end, next to them."""
    offered = reply.choices or reply.related
    if any(label(one.label) != one.label for one in offered):
        return reply.text
    return without_lists(reply.text, reply.choices, reply.related)


def _seen(text: str) -> str:
    """Lone surrogates cannot be sent at all."""
    return _SURROGATE.sub("\ufffd", text)


def _marks(reply: Reply, text: str, documents: Sequence[Document]) -> list[_Mark]:
    # Telegram refuses buttons that call a number: what has to be found at once is in bold.
    match reply.kind:
        case "urgent":
            return _first_line(text)
        case "support":
            return [_Mark(start, end, "<b>", "</b>") for start, end in number_spans(text)]
        case _:
            return _links(text, documents)


def _first_line(text: str) -> list[_Mark]:
    """The first sentence, or the first line where that is shorter, in bold."""
    start = len(text) - len(text.lstrip())
    line = text[start:].split("\n", 1)[0].rstrip()
    sentence = _SENTENCE.search(line)
    end = start + len(line[: sentence.end()].rstrip() if sentence else line)
    return [_Mark(start, end, "<b>", "</b>")]


def _links(text: str, documents: Sequence[Document]) -> list[_Mark]:
    """The line that names a document and ends with its address: the title becomes the link, the address is not shown."""
    marks: list[_Mark] = []
    for line in source_lines(text, [document for document in documents if len(document.link) < _LONGEST_LINK]):
        opening = f'<a href="{html.escape(line.document.link)}">'
        marks += [
            _Mark(line.title, line.title + len(line.document.title), opening, "</a>"),
            _Mark(line.address, line.end),
        ]
    return marks


# -- pieces -------------------------------------------------------------------------------------------------------


def _messages(text: str, marks: Sequence[_Mark], rows: tuple[tuple[Button, ...], ...]) -> tuple[RenderedMessage, ...]:
    if sum(len(mark.opening) + len(mark.closing) for mark in marks) > LIMIT // 2:
        marks = ()
    ends = cut(text, marks)
    shown = []
    for start, end in zip([0, *ends], ends, strict=False):
        left = end - len(text[start:end].lstrip())
        right = left + len(text[left:end].rstrip())
        if left < right:
            plain = text[left:right]
            shown.append(RenderedMessage(_marked(text, left, right, marks).rstrip() or _escaped(plain), plain))
    return (*shown[:-1], RenderedMessage(shown[-1].html, shown[-1].plain, rows)) if shown else ()


def _marked(text: str, start: int, end: int, marks: Sequence[_Mark]) -> str:
    """HTML of ``text`` from ``start`` to ``end``. Marks are in order and apart; one that is cut is closed, and opened again."""
    pieces, at = [], start
    for mark in marks:
        left, right = max(mark.start, start), min(mark.end, end)
        if left >= right:
            continue
        pieces.append(_escaped(text[at:left]))
        if mark.opening:
            pieces += [mark.opening, _escaped(text[left:right]), mark.closing]
        at = right
    return "".join([*pieces, _escaped(text[at:end])])


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)


def cut(text: str, marks: Sequence[_Mark] = (), limit: int = LIMIT) -> list[int]:
    """Where the pieces of ``text`` end: each, as plain text and as HTML, has at most ``limit`` UTF-16 units.

    At a paragraph if there is one in the last three quarters of a piece, else at a line, a sentence, a word; else between two
    characters that a person would call two.
    """
    if _MOST_UNITS * len(text) + sum(len(mark.opening) + len(mark.closing) for mark in marks) <= limit:
        return [len(text)] if text else []
    sizes = [0, *accumulate(_units(char) for char in text)]
    room = limit - sum(len(mark.opening) + len(mark.closing) for mark in marks)
    ends: list[int] = []
    start = 0
    while start < len(text):
        most = bisect_right(sizes, sizes[start] + room) - 1
        start = len(text) if most >= len(text) else _border(text, start, max(most, start + 1))
        ends.append(start)
    return ends


_MOST_UNITS = len("&amp;")  # that one character can have


def _units(char: str) -> int:
    """UTF-16 units of ``char`` in HTML, where it is never shorter than in plain text."""
    return len(_escaped(char)) if char in "&<>" else 2 if char > "\uffff" else 1


def _border(text: str, start: int, most: int) -> int:
    least = start + (most - start) // 4
    for border in ("\n\n", "\n"):
        at = text.rfind(border, least, most)
        if at >= 0:
            return at + len(border)
    sentences = [found.end() for found in _SENTENCE.finditer(text, least, most)]
    if sentences:
        return sentences[-1]
    words = (at + 1 for at in range(most - 1, start, -1) if text[at].isspace())
    return next(words, None) or start + _safe(text[start : most + 1], most - start)


def _safe(text: str, at: int) -> int:
    """The last place up to ``at`` where no sign is torn from its accents or its family; ``at`` if there is none near."""
    return next((place for place in range(at, max(0, at - 64), -1) if not _joined(text, place)), at)


def _joined(text: str, at: int) -> bool:
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    if before == "\u200d" or after == "\u200d" or before + after == "\r\n" or unicodedata.category(after).startswith("M"):
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f" or "\u1160" <= after <= "\u11ff":
        return True
    flags = 0  # two of these letters make a flag
    while flags < at and "\U0001f1e6" <= text[at - 1 - flags] <= "\U0001f1ff":
        flags += 1
    return flags % 2 == 1 and "\U0001f1e6" <= after <= "\U0001f1ff"
