"""What a clinician reads before signing, as values: every text as patients see it, what it rests on, how it stands with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from bot.authoring.printing.leaflet import day_text, hours_part, leaflet_of
from bot.dialogue.replies import Composer
from bot.dialogue.reviews import HELPLINE, HOURS, NUMBERS, OF_CLINIC, SHEET, TIMELINE, Standing, State, counts, standings
from bot.dialogue.trace import Trace
from bot.knowledge.model import Boundary, Claim, Entry, Knowledge
from bot.knowledge.overlay.logo import Logo
from bot.timeline import course as courses
from bot.timeline import hours

_GROUPS = {
    "entry": "Answers from the source",
    "boundary": "What the source does not answer",
    "danger": "What is said to people in danger or despair",
    "timeline": "Clock times and the picture of a treatment",
    "sheet": "The leaflet for patients",
    "clinic": "The clinic",
}
_FIRST: dict[str, set[State]] = {
    "Changed since the last sign-off, or due again": {"changed", "overdue"},
    "Not signed yet": {"by hand", "unsigned"},
}
_STATES: dict[State, str] = {
    "signed": "signed by {by} on {on}",
    "overdue": "due for another review; last signed by {by} on {on}",
    "changed": "CHANGED since {by} signed it on {on}",
    "by hand": "not signed; `reviewed` was typed in beside it",
    "unsigned": "never signed",
}
_CLINIC_WORDS = {
    "emergency": "Emergency",
    "crisis": "Crisis line",
    "crisis_spanish": "Crisis line, in Spanish",
    "poison": "Poison line",
    "violence": "Violence at home",
    "child": "A child at risk",
    "contact": "Contact, where a text names it",
    "name": "Name",
}
SIGN_HERE = ("Name", "Profession", "Date", "Signature")
SIGNING = (
    "I have read the texts in this document (texts {digest}). Those that I have not crossed out may be told to patients as they "
    "stand here. To record it: infusion-bot kb sign --by NAME --on DATE --report {digest} --all, or the names of some texts in "
    "place of --all."
)
# Ends of an infusion for which the clock times are shown: in the afternoon, and so late that the effects outlast the day.
_SHOWN = ((14, 10), (23, 10))


@dataclass(frozen=True, slots=True)
class ReportedText:
    """One text that is signed: ``said`` are its words as patients read them, ``rests`` what stands behind it."""

    id: str
    title: str
    state: State
    standing: str
    said: tuple[tuple[str, str], ...]
    rests: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ReportedGroup:
    title: str
    texts: tuple[ReportedText, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """``digest`` names all texts as they are: whoever signs the paper signs these. ``facts``: (what, value) of the first page."""

    language: str
    title: str
    clinic: str
    logo: Logo | None
    digest: str
    facts: tuple[tuple[str, str], ...]
    groups: tuple[ReportedGroup, ...]


def digest_of(found: tuple[Standing, ...]) -> str:
    """Stands for all texts as they are."""
    return hashlib.sha256("\n".join(f"{one.text.id} {one.text.hash}" for one in found).encode()).hexdigest()[:12]


def report_of(knowledge: Knowledge, now: datetime, signed: Mapping[str, tuple[str, ...]] | None = None) -> Report:
    """The report of ``knowledge``. What has changed since anything was signed, or is new or due, comes first.

    ``signed``: the lines of texts that were signed, by hash, from which it says what has changed in them.
    """
    found = standings(knowledge, now.date())
    reader = _TextReader(knowledge, now.tzinfo, signed or {})
    first = _FIRST if any(one.signature for one in found) else {}  # where nobody signed, all of it is new
    groups = [(title, [one for one in found if one.state in states]) for title, states in first.items()]
    told = {one.text.id for _, some in groups for one in some}
    for kind, title in _GROUPS.items():
        groups.append((title, [one for one in found if one.text.kind == kind and one.text.id not in told]))
    many, week = counts(found), hours_part(knowledge)
    facts = [
        ("Clinic", knowledge.clinic.name or knowledge.clinic.id),
        ("Made on", day_text(now.date(), knowledge)),
        ("Knowledge", knowledge.version),
        ("Last sign-off", _last(found, knowledge)),
        ("Texts", f"{len(found)}: " + ", ".join(f"{many[state]} {state}" for state in many)),
        *([("Opening hours", "; ".join(week.lines))] if week is not None else []),
        *(("Source", ", ".join(filter(None, (one.title, one.publisher, one.link)))) for one in knowledge.documents),
    ]
    return Report(
        language=knowledge.clinic.language,
        title="What patients are told: for review and signature",
        clinic=knowledge.clinic.name or knowledge.clinic.id,
        logo=knowledge.clinic.logo,
        digest=digest_of(found),
        facts=tuple(facts),
        groups=tuple(ReportedGroup(title, tuple(map(reader.text, some))) for title, some in groups if some),
    )


def _last(found: tuple[Standing, ...], knowledge: Knowledge) -> str:
    last = max((one.signature for one in found if one.signature is not None), key=lambda one: one.on, default=None)
    return f"{last.by}, {day_text(last.on, knowledge)}" if last is not None else "none; no clinician has signed a text of it"


class _TextReader:
    """Says each text as patients read it."""

    def __init__(self, knowledge: Knowledge, zone: tzinfo | None, signed: Mapping[str, tuple[str, ...]]) -> None:
        self._knowledge = knowledge
        self._signed = signed
        self._zone = zone
        self._compose = Composer(knowledge)
        self._cared = {f"danger.language.{one.tag}": one for one in knowledge.languages}

    def text(self, standing: Standing) -> ReportedText:
        text, signature = standing.text, standing.signature
        values = {"by": signature.by, "on": signature.on.isoformat()} if signature is not None else {}
        topic = self._knowledge.topic(text.id)
        changes = tuple(self._changes(standing))
        said = tuple(self._topic(topic) if topic is not None else self._other(standing))
        if changes:
            said = (*changes, (said[0][0] or "As it stands now", said[0][1]), *said[1:])
        claims = (*topic.claims, *topic.safety) if isinstance(topic, Entry) else topic.safety if topic is not None else ()
        if text.id == TIMELINE:
            claims = self._timeline_claims()
        rests = tuple(self._claim(self._knowledge.claims[id]) for id in dict.fromkeys(claims))
        state = _STATES[standing.state].format(**values)
        return ReportedText(text.id, text.title, standing.state, f"{state}; {text.file}", said, rests)

    def _changes(self, standing: Standing) -> Iterator[tuple[str, str]]:
        """The lines that went and came since the text was signed, where it is known what was signed."""
        before = self._signed.get(standing.signature.text) if standing.signature is not None else None
        if standing.state == "changed" and before is not None:
            now = standing.text.lines
            for title, lines in (("Signed, and gone", set(before) - set(now)), ("Not signed, and new", set(now) - set(before))):
                if lines:
                    yield title, "\n".join(line for line in (*before, *now) if line in lines)

    def _topic(self, topic: Entry | Boundary) -> Iterator[tuple[str, str]]:
        yield "", self._compose.topics([(topic.id, 1.0)], Trace()).text
        if isinstance(topic, Entry) and topic.detail:
            yield "More, if the patient asks for it", self._compose.figured(topic.detail)
        if isinstance(topic, Boundary) and topic.helpline:
            yield "Below it, where it sounds as if it were about the writer", self._compose.say("helpline")
        if isinstance(topic, Boundary) and topic.clinic_text:
            yield "In place of", self._compose.figured(topic.reply)

    def _other(self, standing: Standing) -> Iterator[tuple[str, str]]:
        match standing.text.id:
            case id if id == TIMELINE:
                yield from self._timeline()
            case id if id == NUMBERS:
                yield from ((_CLINIC_WORDS[key], str(getattr(self._knowledge.clinic, key) or "none")) for key in OF_CLINIC)
            case id if id == SHEET:
                leaflet = leaflet_of(self._knowledge, date.min)
                yield "In a frame", "\n".join(leaflet.rules)
                yield from ((part.title, "\n".join(part.lines)) for part in leaflet.parts)
            case id if id == HELPLINE:
                yield from ((key, self._compose.say(key)) for key in ("disclaimer", "helpline", "help_now"))
            case id if id in self._cared:
                one = self._cared[id]
                for title, text in (
                    ("To any text", one.sorry),
                    ("Beside any reply", one.help),
                    ("Danger", one.urgent),
                    ("A medical emergency", one.medical),
                ):
                    yield title, self._compose.figured_in(one.tag, text)
            case id:
                language = next((tag for tag in self._knowledge.care.told if f".{tag}." in id), "en")
                yield from (("", self._in(language, line)) for line in standing.text.lines)

    def _in(self, language: str, line: str) -> str:
        return self._compose.figured(line) if language == "en" else self._compose.figured_in(language, line)

    def _timeline(self) -> Iterator[tuple[str, str]]:
        knowledge = self._knowledge
        if knowledge.hours is not None:
            for hour, minute in _SHOWN:
                ended = datetime(2026, 6, 2, hour, minute, tzinfo=self._zone)
                try:
                    told = hours.rendered(hours.clock_times(ended, knowledge), knowledge)
                except (LookupError, ValueError):
                    continue
                yield f"After an infusion that ended at {ended:%H:%M}", self._compose.figured(told)
            for key, text in knowledge.messages.items():
                if key.startswith(HOURS):
                    yield key, self._compose.figured(text)
        try:
            yield "The picture, in words", courses.as_text(courses.course_from(knowledge), knowledge)
        except LookupError:
            return

    def _timeline_claims(self) -> tuple[str, ...]:
        roles, course = self._knowledge.hours, self._knowledge.course
        of_hours = () if roles is None else tuple(id for id in (roles.wear_off, roles.driving, roles.ride_home) if id)
        return (*of_hours, *(row.claim for row in ((*course.session, *course.course) if course else ())))

    def _claim(self, claim: Claim) -> tuple[str, str]:
        """Its name, and all that it says: statement, figures, how cautiously, for whom, and where it stands."""
        figures = ", ".join(f"{one.name} = {one.shown(self._knowledge.grammar)}" for one in claim.quantities)
        place = claim.place
        section = self._knowledge.document(place.document).section(place.section).title
        lines = [
            self._compose.figured(claim.statement),
            *([f"Figures: {figures}."] if figures else []),
            *([f"Words of the source: {', '.join(claim.hedge)}."] if claim.hedge else []),
            f"Holds for: {claim.scope}. Place: {place.document}, “{section}”, paragraph {place.paragraph}.",
        ]
        return f"Claim {claim.id}:", " ".join(lines)


def in_a_year(day: date) -> date:
    """When what is signed on ``day`` is due again, unless somebody says otherwise."""
    return day + timedelta(days=365)
