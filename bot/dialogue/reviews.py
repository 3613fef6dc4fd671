"""Which texts a clinician signs, and which of them are signed. Pure.

A signature is of a text as patients read it, with its figures and with the claims that it rests on: it names the hash of that, so
that whatever changes it makes it unsigned again. Numbers and the contact of the clinic are a text of their own: a new telephone
number is read once, and not with each answer that it stands in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from bot.knowledge.care import AFTER_SAID, CARE_SAID, AfterTexts, CareTexts
from bot.knowledge.messages import fill
from bot.knowledge.model import Boundary, Entry, Knowledge, Review, Signature

# What a text is of: an answer, what the source leaves open, danger, the hours after an infusion, the clinic, the leaflet.
TextKind = Literal["entry", "boundary", "danger", "timeline", "clinic", "sheet"]
# unsigned: nobody signed; by hand: `reviewed` was typed, and nothing says which text was read; changed: it was edited since.
State = Literal["signed", "overdue", "changed", "by hand", "unsigned"]
STATES: tuple[State, ...] = ("changed", "overdue", "by hand", "unsigned", "signed")
NUMBERS, TIMELINE, SHEET, HELPLINE = "clinic.numbers", "timeline", "sheet", "danger.helpline"
OF_CLINIC = ("emergency", "crisis", "crisis_spanish", "poison", "violence", "child", "contact", "name")
HOURS = ("timeline_", "telegram_remind_effects", "telegram_remind_driving")
_HASH = 16  # hex digits: nobody forges an edit of a sentence, and none meets another by chance


@dataclass(frozen=True, slots=True)
class Reviewable:
    """A text that is signed as one. ``lines``: all that the signature covers; ``file``: where an editor finds it."""

    id: str
    kind: TextKind
    file: str
    title: str
    lines: tuple[str, ...]
    reviewed: Review | None = None
    review_by: date | None = None

    @property
    def hash(self) -> str:
        whole = "\n".join(" ".join(line.split()) for line in self.lines)
        return hashlib.sha256(whole.encode()).hexdigest()[:_HASH]


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with a text; ``signature``: the last one, where there is any, whether or not it still holds."""

    text: Reviewable
    state: State
    signature: Signature | None


def standings(knowledge: Knowledge, today: date) -> tuple[Standing, ...]:
    """How it stands with every text, in the order of the folder."""
    return tuple(_standing(text, knowledge.signatures.get(text.id, ()), today) for text in reviewables(knowledge).values())


def counts(found: tuple[Standing, ...]) -> dict[State, int]:
    """How many texts there are of each state that there is."""
    states = [one.state for one in found]
    return {state: states.count(state) for state in STATES if state in states}


def withheld(knowledge: Knowledge, today: date) -> frozenset[str]:
    """The topics, and ``TIMELINE``, that are not told without a signature that holds: all, where the clinic wants none told;
    else those that rest on a document that needs one.

    What cannot wait is told whoever signed: danger, the entries that stand before clock times (who is driving now), and claims of
    a clinic's own that make another stricter.
    """
    if not may_withhold(knowledge):
        return frozenset()
    urgent = knowledge.hours.first if knowledge.hours is not None else ()
    wanted = _all_told(knowledge) if knowledge.clinic.unreviewed == "ask_clinic" else _resting(knowledge)
    unsigned = {one.text.id for one in standings(knowledge, today) if one.state != "signed"}
    return frozenset(unsigned & wanted.difference(urgent))


def may_withhold(knowledge: Knowledge) -> bool:
    """Whether any text has to be signed before it is told."""
    return knowledge.clinic.unreviewed == "ask_clinic" or any(one.needs_signature for one in knowledge.documents)


def _all_told(knowledge: Knowledge) -> set[str]:
    return {TIMELINE, *(topic.id for topic in knowledge.topics)}


def _resting(knowledge: Knowledge) -> set[str]:
    """The topics that show a claim of a document that needs a signature, or say what stands in one."""
    documents = {one.id for one in knowledge.documents if one.needs_signature}
    claims = {one.id for one in knowledge.claims.values() if one.place.document in documents}
    of_entries = {one.id for one in knowledge.entries.values() if not claims.isdisjoint(one.claims)}
    return of_entries | {
        one.id
        for one in knowledge.boundaries.values()
        if one.clinic_text and one.clinic_place is not None and one.clinic_place.document in documents
    }


def signatures_of(knowledge: Knowledge) -> Mapping[str, Signature]:
    """The last signature of each text that is of it as it is now, whether or not another review is due."""
    if not knowledge.signatures:
        return {}  # as in the folder that comes with the program: nothing to reckon
    found = {id: _last(text, knowledge.signatures.get(id, ())) for id, text in reviewables(knowledge).items()}
    return {id: last for id, last in found.items() if last is not None}


def _standing(text: Reviewable, signatures: tuple[Signature, ...], today: date) -> Standing:
    if (last := _last(text, signatures)) is not None:
        overdue = last.review_by is not None and last.review_by < today
        return Standing(text, "overdue" if overdue else "signed", last)
    if signatures:
        return Standing(text, "changed", max(signatures, key=lambda one: one.on))
    return Standing(text, "by hand" if text.reviewed is not None else "unsigned", None)


def _last(text: Reviewable, signatures: tuple[Signature, ...]) -> Signature | None:
    """The last of those that are of the text as it is."""
    return max((one for one in signatures if one.text == text.hash), key=lambda one: one.on, default=None)


# -- the texts ------------------------------------------------------------------------------------------------------


def reviewables(knowledge: Knowledge) -> Mapping[str, Reviewable]:
    """All that is signed, by id, in the order of the folder: topics, danger, the hours and the picture, the clinic."""
    reader = _Reader(knowledge)
    found = [*reader.topics(), *reader.danger(), *reader.timeline(), *reader.sheet(), *reader.clinic()]
    return {text.id: text for text in found}


class _Reader:
    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        claims = knowledge.claims.values()
        self._figures = {q.name: q.shown(knowledge.grammar) for claim in claims for q in claim.quantities}

    def topics(self) -> Iterator[Reviewable]:
        for topic in self._knowledge.topics:
            if isinstance(topic, Entry):
                said = [topic.answer, *((topic.detail,) if topic.detail else ())]
                claims, file = (*topic.claims, *topic.safety), topic.topic_file
            else:
                said, claims, file = [topic.clinic_text or topic.reply], topic.safety, "safety/boundaries.yaml"
                said += ["+ helpline"] if topic.helpline else []
            lines = [topic.question, *map(self._figured, said), *(line for id in claims for line in self._claim(id))]
            kind: TextKind = "entry" if isinstance(topic, Entry) else "boundary"
            reviewed, due = topic.reviewed, topic.review_by
            if isinstance(topic, Boundary) and topic.clinic_text is not None:
                lines += [str(topic.clinic_place)] if topic.clinic_place is not None else []
                file = f"clinics/{self._knowledge.clinic.id}, boundaries"
                reviewed, due = topic.clinic_reviewed, topic.clinic_review_by
            yield Reviewable(topic.id, kind, file, topic.question, tuple(lines), reviewed, due)

    def danger(self) -> Iterator[Reviewable]:
        for id, title, lines in _care(self._knowledge.care):
            yield Reviewable(f"danger.{id}", "danger", "safety/replies.yaml", title, lines)
        for one in self._knowledge.languages:
            lines = (one.sorry, one.help, one.urgent, one.medical)
            yield Reviewable(f"danger.language.{one.tag}", "danger", "safety/languages.yaml", f"In {one.name}", lines)
        said = tuple(self._knowledge.messages[key] for key in ("disclaimer", "helpline", "help_now"))
        yield Reviewable(HELPLINE, "danger", "messages.yaml", "The helpline, and the first words", said)

    def timeline(self) -> Iterator[Reviewable]:
        """The clock times and the picture: their sentences, and the claims that they are reckoned from."""
        hours, course, messages = self._knowledge.hours, self._knowledge.course, self._knowledge.messages
        lines: list[str] = []
        if hours is not None:
            lines += [text for key, text in messages.items() if key.startswith(HOURS)]
            roles = (hours.wear_off, hours.driving, hours.ride_home)
            lines += [line for id in roles if id is not None for line in self._claim(id)]
        if course is not None:
            lines += [text for key, text in messages.items() if key.startswith("course_")]
            lines += [line for row in (*course.session, *course.course) for line in self._claim(row.claim)]
        if lines:
            yield Reviewable(TIMELINE, "timeline", "timeline.yaml", "The hours after an infusion, and the picture", tuple(lines))

    def sheet(self) -> Iterator[Reviewable]:
        sheet = self._knowledge.sheet
        if sheet is None:
            return
        lines = [sheet.title]
        claims = list(sheet.rules)
        for section in sheet.sections:
            lines += [section.title, *(self._figured(line.text) for line in section.lines)]
            claims += [id for line in section.lines for id in line.claims]
        lines += [line for id in dict.fromkeys(claims) for line in self._claim(id)]
        yield Reviewable(SHEET, "sheet", "sheet.yaml", "The leaflet for patients", tuple(lines))

    def clinic(self) -> Iterator[Reviewable]:
        clinic = self._knowledge.clinic
        lines = tuple(f"{key}: {getattr(clinic, key)}" for key in OF_CLINIC)
        yield Reviewable(NUMBERS, "clinic", f"clinics/{clinic.id}", "The clinic: numbers to call, contact", lines)

    def _claim(self, id: str) -> Iterator[str]:
        """What it says, how cautiously, for whom, and the paragraph as it was when its hash was taken.

        Before it the clinic's own that are stricter: they are told with it.
        """
        for stricter in self._knowledge.stricter(id):
            yield from self._claim(stricter.id)
        claim = self._knowledge.claims[id]
        place = claim.place
        paragraph = self._knowledge.document(place.document).section(place.section).paragraphs[place.paragraph - 1]
        yield self._figured(claim.statement)
        yield f"{', '.join(claim.hedge)}; {claim.scope}; {place.document}, {place.section}, {place.paragraph}: {paragraph}"

    def _figured(self, text: str) -> str:
        return fill(text, self._figures)


def _care(care: CareTexts) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Id, title and texts of all that is said to a person in danger or despair."""
    for key, named in (("alarm", "Alarm"), ("also", "Second kind of danger")):
        by_language: Mapping[str, Mapping[str, str]] = getattr(care, key)
        for language, texts in by_language.items():
            yield from ((f"{key}.{language}.{kind}", f"{named}: {kind} ({language})", (text,)) for kind, text in texts.items())
    for key in CARE_SAID:
        yield key, f"Care: {key}", getattr(care, key)
    yield "check_choices", "Care: choices", tuple(care.check_choices.values())
    yield from _after("", care)
    yield from ((f"obstacle.{one.id}", f"What keeps from calling: {one.id}", (one.text,)) for one in care.obstacles)
    for language, after in care.told.items():
        for key in AFTER_SAID:
            yield f"told.{language}.{key}", f"Care: {key} ({language})", getattr(after, key)
        yield from _after(f"told.{language}.", after)


def _after(prefix: str, after: CareTexts | AfterTexts) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    language = prefix.split(".")[1] if prefix else "en"
    for kind, texts in after.follow.items():
        yield f"{prefix}follow.{kind}", f"What follows an alarm: {kind} ({language})", texts
    for kind, line in after.lines.items():
        yield f"{prefix}line.{kind}", f"The number that stays: {kind} ({language})", (line,)
    yield f"{prefix}numbers", f"The numbers ({language})", (after.numbers,)
