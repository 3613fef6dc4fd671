"""What screens make of a reply: blocks of its text, links, numbers to call, what can be done next. Pure; no word of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from bot.dialogue.conversation import Choice, Reply
from bot.dialogue.replies import Composer
from bot.dialogue.reviews import TIMELINE
from bot.knowledge.messages import fill
from bot.knowledge.model import Document, Knowledge, Place
from bot.knowledge.overlay.clinic import Clinic
from bot.timeline import course, hours
from bot.timeline.course import Course

Block = dict[str, Any]
_BULLETS = ("- ", "• ")
_NUMBER = re.compile(r"\+?(?:\(\d+\) ?)?\d+(?:[ ./-]?(?:\(\d+\) ?)?\d+)*")
_FEWEST_DIGITS = 3  # "press 2" is no number to call
_FEWEST_OF_A_CONTACT = 7  # "9:00 to 17:00, room 400" holds none
_CALLS = re.compile(r"\b(call|dial|phone|ring|llam\w*|marque|marca)\b", re.IGNORECASE)
_TEXTS = re.compile(r"\b(text|texts|texting|sms|texto|mensaje)\b", re.IGNORECASE)
_BETWEEN = "; "  # two sections that a source line names
_ASIDE = re.compile(r"\s*\(([^)]*)\)")


@dataclass(frozen=True, slots=True)
class Screen:
    """What is known before a reply is: ``drawn`` are the claims whose length the picture of the treatment shows.

    ``opening``: the first words of a conversation. The emergency number stands in them, and is no part of the reply behind them.
    """

    knowledge: Knowledge
    drawn: frozenset[str]
    opening: str = ""

    def render(self, reply: Reply) -> dict[str, Any]:
        """The object ``shown`` of the API's replies."""
        return {
            "blocks": list(self._blocks(reply)),
            "calls": self._calls(reply),
            "ended": reply.ended.isoformat() if reply.ended else None,
            "picture": reply.kind == "answer" and not self.drawn.isdisjoint(reply.claims),
            "feedback": reply.kind == "answer",
            "handoff": reply.kind in {"boundary", "fallback"} and self._has_more(reply.text),
        }

    def _blocks(self, reply: Reply) -> Iterator[Block]:
        text = without_lists(reply.text, reply.choices, reply.related)
        at = 0
        for line in source_lines(text, self.knowledge.documents) if reply.kind != "urgent" else ():
            yield from _paragraphs(text[at : line.start])
            yield _source(text, line, reply.sources)
            at = line.end
        yield from _paragraphs(text[at:])

    def _calls(self, reply: Reply) -> list[dict[str, str]]:
        """The clinic's numbers that the text names, in its order, and how each is reached."""
        text = reply.text.removeprefix(self.opening)
        known = numbers_of(self.knowledge.clinic)
        text_to = self._text_to(reply.language)
        found: dict[str, str] = {}
        for start, end in number_spans(text):
            lines = known.get(_dialled(text[start:end]), {})
            # A text in another language names a number without the words that say how it is reached.
            for call in next((calls for line, calls in lines.items() if line in text), next(iter(lines.values()), ())):
                found.setdefault(call.href, _label(call, text_to))
        return [{"label": label, "href": href} for href, label in found.items()]

    def _has_more(self, text: str) -> bool:
        """Whether the way to a person is one that ``text`` does not tell."""
        contact = self.knowledge.clinic.contact
        return contact is not None and contact != "" and contact not in text

    def _text_to(self, language: str) -> str:
        """How a link that writes to a number is called in a reply of that language."""
        match language:
            case "en":
                return self.knowledge.messages["web_text_number"]
            case "es":
                return self.knowledge.messages["web_text_number_spanish"]
            case _:
                return self.knowledge.messages["web_text_number_short"]


def screen_of(knowledge: Knowledge) -> Screen:
    shown = course_of(knowledge)
    drawn = frozenset(row.claim for row in (shown.rows if shown else ()) if row.bar is not None)
    return Screen(knowledge, drawn, Composer(knowledge).say("disclaimer"))


def course_of(knowledge: Knowledge) -> Course | None:
    """The course of a treatment, None where its claims lack what is drawn, or no clinician has signed it who has to."""
    if TIMELINE in knowledge.withheld:
        return None
    try:
        return course.course_from(knowledge)
    except LookupError:
        return None


def offered(knowledge: Knowledge) -> frozenset[str]:
    """Which of "timeline" (the picture) and "aftercare" (clock times) there is something behind."""
    there = {"timeline": course_of(knowledge) is not None, "aftercare": hours.are_known(knowledge)}
    return frozenset(name for name, known in there.items() if known)


def link(document: Document, places: Sequence[Place]) -> str:
    """Opens ``document`` where the first of ``places`` that stands under a heading is; the document itself where none does."""
    headings = [document.section(place.section).heading for place in places if place.document == document.id]
    heading = next((heading for heading in headings if heading), None)
    if heading is None or not document.link:
        return document.link
    # The dash has a meaning in a text fragment, and `quote` leaves it.
    directive = ":~:text=" + quote(heading, safe="").replace("-", "%2D")
    return document.link + ("" if "#" in document.link else "#") + directive


def _label(call: PhoneNumber, text: str) -> str:
    return fill(text, {"number": call.number}) if call.text else call.number


@lru_cache(maxsize=16)
def numbers_of(clinic: Clinic) -> Mapping[str, Mapping[str, tuple[PhoneNumber, ...]]]:
    """What can be pressed for each number of ``clinic``, by what is dialled and the line of its file that it stands in."""
    lines = (clinic.emergency, clinic.crisis, clinic.crisis_spanish, clinic.poison, clinic.violence, clinic.child)
    calls = [(line, call) for line in lines for call in phone_numbers(line)]
    # A contact is a sentence that may hold hours and dates, too.
    calls += [(clinic.contact or "", call) for call in phone_numbers(clinic.contact or "") if _is_long(call.number)]
    found: dict[str, dict[str, tuple[PhoneNumber, ...]]] = {}
    for line, call in dict.fromkeys(calls):
        of_line = found.setdefault(_dialled(call.number), {})
        of_line[line] = (*of_line.get(line, ()), call)
    return MappingProxyType(found)


def contact_numbers(clinic: Clinic) -> list[PhoneNumber]:
    """What can be called of the clinic's own."""
    return [call for call in phone_numbers(clinic.contact or "") if _is_long(call.number) and not call.text]


def _is_long(number: str) -> bool:
    return "/" not in number and len(_dialled(number)) >= _FEWEST_OF_A_CONTACT


def _source(text: str, line: SourceLine, places: Sequence[Place]) -> Block:
    title = line.document.title
    named = text[line.title + len(title) : line.address].strip(" ,.;")
    return {
        "type": "source",
        "lead": text[line.start : line.title].strip(),
        "title": title,
        "places": named,
        "link": link(line.document, places),
        "cited": list(_cited(named, line.document, places)),
    }


def _cited(named: str, document: Document, places: Sequence[Place]) -> Iterator[dict[str, str]]:
    """Each section of ``document`` that a source line names, in its order, and the address that opens it."""
    cited: dict[str, list[Place]] = {}
    for place in places:
        if place.document == document.id:
            cited.setdefault(place.section, []).append(place)
    told = named.split(_BETWEEN)
    # A title may hold what stands between two: then the line is shown whole.
    if len(told) == len(cited):
        yield from ({"place": one, "link": link(document, there)} for one, there in zip(told, cited.values(), strict=True))


def _paragraphs(text: str) -> Iterator[Block]:
    for paragraph in text.split("\n\n"):
        yield from _lines(paragraph.strip("\n").split("\n"))


def _lines(lines: Sequence[str]) -> Iterator[Block]:
    """One block for each run of lines of one kind."""
    run: list[str] = []
    listed = False
    for line in [*lines, None]:
        item = line is not None and line.startswith(_BULLETS)
        if run and (line is None or item != listed):
            yield {"type": "list", "items": run} if listed else {"type": "text", "text": "\n".join(run)}
            run = []
        listed = item
        if line is not None and line.strip():
            run.append(line[2:].strip() if item else line)


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line that names ``document`` and ends with its address. Places in the text, in order.

    ``address`` is where the space before the address stands.
    """

    document: Document
    start: int
    title: int
    address: int
    end: int


def without_lists(text: str, choices: Sequence[Choice], related: Sequence[Choice]) -> str:
    """The text without the questions that buttons carry in full; what leads to them goes to the end, next to them."""
    return _without_run(_without_lines(text, choices), () if choices else related)


def _without_lines(text: str, choices: Sequence[Choice]) -> str:
    if not choices:
        return text
    numbered = {f"{number}. {one.label}" for number, one in enumerate(choices, start=1)}
    return "\n".join(line for line in text.split("\n") if line not in numbered)


def _without_run(text: str, related: Sequence[Choice]) -> str:
    run = " ".join(one.label for one in related)
    paragraphs = text.split("\n\n")
    at = next((at for at in reversed(range(len(paragraphs))) if run and run in paragraphs[at]), None)
    if at is None:
        return text
    before, _, after = paragraphs.pop(at).rpartition(run)
    lead = f"{before.rstrip(' ')} {after.lstrip(' ')}".strip()
    return "\n\n".join([*paragraphs, lead] if lead else paragraphs)


def source_lines(text: str, documents: Sequence[Document]) -> Iterator[SourceLine]:
    """The lines of ``text`` that name one of ``documents``."""
    start = 0
    for line in text.split("\n"):
        for document in documents:
            at = line.find(document.title)
            if document.link and at >= 0 and line.endswith(f" {document.link}"):
                end = start + len(line)
                yield SourceLine(document, start, start + at, end - len(document.link) - 1, end)
                break
        start += len(line) + 1


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """``number`` as a person reads it. ``text``: to write to, not to call."""

    number: str
    href: str
    text: bool


def number_spans(text: str) -> Iterator[tuple[int, int]]:
    """From where to where the numbers to call stand in ``text``."""
    for match in _NUMBER.finditer(text):
        if sum(map(str.isdigit, match.group())) >= _FEWEST_DIGITS:
            yield match.span()


def _dialled(number: str) -> str:
    return ("+" if number.startswith("+") else "") + "".join(char for char in number if char.isdigit())


@lru_cache(maxsize=64)
def phone_numbers(numbers: str) -> tuple[PhoneNumber, ...]:
    """What to press for each number in ``numbers``, in order, each once.

    The words before a number and in brackets after it say whether it takes calls, texts or both; without a word, calls.
    """
    found: dict[str, PhoneNumber] = {}
    before = 0
    for start, end in number_spans(numbers):
        number = numbers[start:end]
        aside = _ASIDE.match(numbers, end)
        said = numbers[before:start] + " " + (aside.group(1) if aside else "")
        before = end
        dialled = _dialled(number)
        texts = _TEXTS.search(said) is not None
        if not texts or _CALLS.search(said):
            found.setdefault(f"tel:{dialled}", PhoneNumber(number, f"tel:{dialled}", text=False))
        if texts:
            found.setdefault(f"sms:{dialled}", PhoneNumber(number, f"sms:{dialled}", text=True))
    return tuple(found.values())
