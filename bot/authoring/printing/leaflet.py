"""What stands on the leaflet for patients, as values: the lines of ``sheet.yaml`` with their figures, the picture, the code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from bot.authoring.printing.codes import leads_to_telegram, link_to, squares
from bot.dialogue.replies import Composer
from bot.dialogue.reviews import SHEET, standings
from bot.dialogue.steps.opening import OpeningTexts
from bot.knowledge.messages import LeafletTexts
from bot.knowledge.model import Knowledge, Signature
from bot.knowledge.overlay.logo import Logo
from bot.timeline import course as courses
from bot.timeline.strips import Strip, StripPanel, strip_legend, strip_panels


@dataclass(frozen=True, slots=True)
class LeafletPart:
    """A section as it is read: ``id`` is before, during, after or call."""

    id: str
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScanCode:
    """A QR code as ``codes.squares`` gives it, and what is said beside it."""

    link: str
    squares: tuple[str, ...]
    title: str
    text: str

    @property
    def shown(self) -> str:
        """The link as somebody types it: without what only a phone needs."""
        return self.link.removeprefix("https://").removeprefix("http://").partition("?")[0].rstrip("/")


@dataclass(frozen=True, slots=True)
class Leaflet:
    """All that is read on it. ``rules`` stand in a frame, the strictest first; ``hours``: a part with
    the clinic's. ``note``: the small print, with the signature.
    """

    language: str
    title: str
    clinic: str
    logo: Logo | None
    hours: LeafletPart | None
    parts: tuple[LeafletPart, ...]
    rules: tuple[str, ...]
    how_long: str
    panels: tuple[StripPanel, ...]
    legend: tuple[Strip, ...]
    code: ScanCode | None
    note: tuple[str, ...]
    unsigned: bool

    def part(self, id: str) -> LeafletPart | None:
        return next((one for one in self.parts if one.id == id), None)


def leaflet_of(knowledge: Knowledge, today: date, address: str | None = None, topic: str | None = None) -> Leaflet:
    """The leaflet of ``knowledge``. ``address``: of the bot, which the QR code opens at ``topic``, else at the leaflet's own.

    Raises LookupError where the knowledge has no leaflet or no such topic, ValueError for an address that is none, and
    ModuleNotFoundError where a QR code is wanted and segno is not installed.
    """
    sheet = knowledge.sheet
    if sheet is None:
        raise LookupError("this knowledge has no leaflet; sheet.yaml holds its lines")
    if topic is not None and knowledge.topic(topic) is None:
        raise LookupError(f"there is no entry or boundary topic {topic}")
    compose, signature = Composer(knowledge), _signature(knowledge, today)
    try:
        course = courses.course_from(knowledge)
    except LookupError:
        course = None
    parts = (LeafletPart(one.id, one.title, tuple(compose.figured(line.text) for line in one.lines)) for one in sheet.sections)
    return Leaflet(
        language=knowledge.clinic.language,
        title=sheet.title,
        clinic=knowledge.clinic.name or "",
        logo=knowledge.clinic.logo,
        hours=hours_part(knowledge),
        parts=tuple(parts),
        rules=tuple(compose.figured(knowledge.claims[id].statement) for id in strictest_first(knowledge, sheet.rules)),
        how_long=compose.say("sheet_how_long"),
        panels=strip_panels(course, knowledge) if course is not None else (),
        legend=strip_legend(course, knowledge) if course is not None else (),
        code=_code(compose, link_to(address, topic or sheet.topic)) if address else None,
        note=tuple(_note(knowledge, sheet, compose, signature)),
        unsigned=signature is None,
    )


def strictest_first(knowledge: Knowledge, rules: tuple[str, ...]) -> tuple[str, ...]:
    """``rules``, each behind the clinic's own claims that are stricter."""
    return tuple(dict.fromkeys(id for rule in rules for id in (*(one.id for one in knowledge.stricter(rule)), rule)))


def hours_part(knowledge: Knowledge) -> LeafletPart | None:
    """The week without its holidays: what is printed is read next year, too."""
    hours = knowledge.clinic.hours
    if hours is None:
        return None
    compose = Composer(knowledge)
    return LeafletPart("hours", compose.say("opening_week"), tuple(OpeningTexts(hours, knowledge, compose).week()))


def _code(compose: Composer, link: str) -> ScanCode:
    said = "sheet_scan_telegram" if leads_to_telegram(link) else "sheet_scan_web"
    return ScanCode(link, squares(link), compose.say("sheet_ask"), compose.say(said))


def _note(knowledge: Knowledge, sheet: LeafletTexts, compose: Composer, signature: Signature | None) -> Iterator[str]:
    yield compose.say("course_note")
    claims = {
        *strictest_first(knowledge, sheet.rules),
        *(id for section in sheet.sections for line in section.lines for id in line.claims),
    }
    cited = {knowledge.claims[id].place.document for id in claims}
    for document in knowledge.documents:
        if document.id in cited:
            yield compose.say("source", title=document.title, places=document.publisher, link=document.link)
    if signature is not None:
        yield compose.say("sheet_signed", name=signature.by, day=day_text(signature.on, knowledge))
    else:
        yield compose.say("sheet_unsigned")


def _signature(knowledge: Knowledge, today: date) -> Signature | None:
    """That of the leaflet, where it holds."""
    signed = (one.signature for one in standings(knowledge, today) if one.text.id == SHEET and one.state == "signed")
    return next(signed, None)


def day_text(day: date, knowledge: Knowledge) -> str:
    """As November 24, 2026."""
    return f"{knowledge.grammar.clock.months[day.month - 1]} {day.day}, {day.year}"
