"""The nouns: what the knowledge is made of, what a conversation remembers, what a reply is.

Frozen values without behaviour of their own beyond reading them out; nothing here knows where they came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Literal

from bot.knowledge.care import CareTexts, ForeignLanguage
from bot.knowledge.messages import LeafletTexts
from bot.knowledge.overlay.clinic import Clinic
from bot.language.grammar import Grammar
from bot.language.lexicon import Lexicon
from bot.safety.heard import Examples
from bot.safety.plain import PlainWords


@dataclass(frozen=True, slots=True)
class Place:
    """Where a claim stands: ``paragraph`` counts from 1 within the section; the heading is not counted."""

    document: str
    section: str
    paragraph: int


@dataclass(frozen=True, slots=True)
class Section:
    id: str
    title: str
    heading: str | None
    paragraphs: tuple[str, ...]  # SHA-256 of each


@dataclass(frozen=True, slots=True)
class Document:
    """``needs_signature``: what rests on it is told when a clinician has signed it, whatever the clinic says of other texts."""

    id: str
    title: str
    publisher: str
    link: str
    sections: tuple[Section, ...]
    needs_signature: bool = False

    def section(self, id: str) -> Section:
        return next(section for section in self.sections if section.id == id)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A figure as the source gives it: one (``first`` alone), a range (``first`` to ``last``), or words.

    ``near`` are the words that stand with it in the source.
    """

    name: str
    first: str
    last: str | None
    words: bool
    near: tuple[str, ...]

    def shown(self, grammar: Grammar) -> str:
        """As it reads in a sentence; a unit that both ends share is said once."""
        if self.last is None:
            return self.first
        number, _, unit = self.first.partition(" ")
        last_number, _, last_unit = self.last.partition(" ")
        figures = grammar.figures
        both = {unit.rstrip(figures.plural), last_unit.rstrip(figures.plural)}
        shared = len(both) == 1 and number.isdigit() and last_number.isdigit()
        return figures.span.format(first=number if shared else self.first, last=self.last)


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of a source in our own words; figures in ``statement`` are ``{named}``."""

    id: str
    statement: str
    quantities: tuple[Quantity, ...]
    scope: str
    hedge: tuple[str, ...]
    place: Place
    tightens: str | None = None  # of a clinic: the claim that it makes stricter, and is shown before


@dataclass(frozen=True, slots=True)
class Review:
    """Who with medical training read a text, and when."""

    by: str
    on: date


@dataclass(frozen=True, slots=True)
class Signature:
    """That somebody with medical training read the text of that hash (see ``dialogue.reviews``), and until when it holds."""

    by: str
    on: date
    text: str
    review_by: date | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A curated answer. ``about`` names what it speaks of (aspect, condition, phase), for follow-ups."""

    id: str
    question: str
    phrases: tuple[str, ...]
    answer: str
    detail: str | None
    claims: tuple[str, ...]
    safety: tuple[str, ...]
    related: tuple[str, ...]
    about: Mapping[str, str]
    why: str | None
    reviewed: Review | None  # None where nobody has
    review_by: date | None
    topic_file: str


@dataclass(frozen=True, slots=True)
class Boundary:
    """A topic that the source does not answer.

    ``clinic_text`` is the clinic's own reply, if it gave one; ``clinic_place``, ``clinic_reviewed`` and ``clinic_review_by`` say
    where it stands in a document of the clinic's, and what ``reviewed`` and ``review_by`` say of the other texts.
    """

    id: str
    question: str
    phrases: tuple[str, ...]
    reply: str
    clinic_text: str | None
    related: tuple[str, ...]
    safety: tuple[str, ...]
    about: Mapping[str, str]
    helpline: bool
    first: bool  # small talk never stands in for it
    outside: bool  # what it is about has nothing to do with the subject of the folder
    hours: bool  # it asks when the clinic is open
    reviewed: Review | None  # None where nobody has
    review_by: date | None
    clinic_place: Place | None = None
    clinic_reviewed: Review | None = None
    clinic_review_by: date | None = None


# What small talk does besides its reply.
Act = Literal[
    "reply",
    "agree",
    "both",
    "complaint",
    "forget",
    "handoff",
    "more",
    "neither",
    "restate",
    "source",
    "start_over",
    "topics",
    "unsure",
    "why",
]


@dataclass(frozen=True, slots=True)
class SmallTalk:
    """A courtesy, a word on the conversation or to the bot itself; ``act`` says what it does besides the reply."""

    id: str
    act: Act
    phrases: tuple[str, ...]
    reply: str


@dataclass(frozen=True, slots=True)
class Calibration:
    """How sure is sure. ``weights`` turn the figures of a match into a confidence (see ``matching.matcher``).

    ``boundary_weights`` do so for a boundary topic; where there are none, ``weights`` hold for both.

    answer: least confidence to answer; lead: least distance to the second; boundary: least confidence for a boundary
    reply; clarify: least confidence to ask back. All 0..1.
    """

    weights: Mapping[str, float]
    answer: float
    boundary: float
    clarify: float
    lead: float
    sure: float = 1.0  # from here on the words alone decide, and no sentence model is asked
    chosen_on: tuple[str, ...] = ()
    method: str = ""
    boundary_weights: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class HourRoles:
    """What the hours after an infusion are reckoned from: claims by the part they play.

    ``topic``: the entry that is spoken of then; ``phase``: what entries that the clock times answer are about.
    ``first``: entries of that phase that are told all the same, as they cannot wait.
    """

    wear_off: str
    driving: str
    ride_home: str | None = None
    topic: str | None = None
    phase: str | None = None
    first: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RowRole:
    """A row of the picture: the claim that it shows, with those of its quantities that are told, the bar's last."""

    row: str
    claim: str
    quantities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CourseRoles:
    """What the picture of a treatment shows. ``session``: the infusion, its effects, and driving, in this order."""

    session: tuple[RowRole, ...]
    course: tuple[RowRole, ...]


@dataclass(frozen=True, slots=True)
class Facet:
    """Words that name one value of what an entry may be ``about`` (condition: pain)."""

    name: str
    value: str
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class SlotRule:
    """A run of words that says ``value`` of the slot ``name``.

    A word is one in standard form; ``#`` stands for any number, ``#10-17`` for one from 10 to 17, ``^`` for the beginning.
    """

    name: str
    value: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where the slots are as ``when`` says (any of its values), the topic ``to`` answers in place of those in ``topics``."""

    when: Mapping[str, frozenset[str]]
    topics: frozenset[str]
    to: str


@dataclass(frozen=True, slots=True)
class Slots:
    """``carried``: the slots that a conversation remembers; ``of_context``: those that hold in all of a letter."""

    rules: tuple[SlotRule, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    carried: frozenset[str] = frozenset()
    of_context: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All that the bot knows and says, whole and valid. ``version`` is the hash of the files it was read from.

    ``implied``: values of facets that the sources mean where they name none. Without ``hours`` or ``course`` there is no timeline
    of that kind.
    """

    documents: tuple[Document, ...]
    claims: Mapping[str, Claim]
    entries: Mapping[str, Entry]
    boundaries: Mapping[str, Boundary]
    plain: PlainWords
    care: CareTexts
    lexicon: Lexicon
    facets: tuple[Facet, ...]
    foreign: frozenset[str]
    subject: frozenset[str]  # words that name what the folder is about
    medical_terms: frozenset[str]
    messages: Mapping[str, str]
    smalltalk: tuple[SmallTalk, ...]
    clinic: Clinic
    calibration: Calibration
    calibration_with_meaning: Calibration
    calibration_with_large: Calibration  # with the large sentence model
    version: str
    warnings: tuple[str, ...] = ()
    examples: Examples = field(default_factory=Examples)
    ours: tuple[str, ...] = ()  # messages on the subject, whatever they ask
    strangers: tuple[str, ...] = ()  # messages that have nothing to do with the subject
    languages: tuple[ForeignLanguage, ...] = ()
    slots: Slots = field(default_factory=Slots)
    implied: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    hours: HourRoles | None = None
    course: CourseRoles | None = None
    signatures: Mapping[str, tuple[Signature, ...]] = field(default_factory=lambda: MappingProxyType({}))  # by text
    sheet: LeafletTexts | None = None
    withheld: frozenset[str] = frozenset()  # topics that are not told without a signature; see ``dialogue.reviews``

    @property
    def grammar(self) -> Grammar:
        """That of the language which the folder is written in."""
        return self.lexicon.grammar

    def quantity(self, name: str) -> Quantity | None:
        return next((q for claim in self.claims.values() for q in claim.quantities if q.name == name), None)

    def stricter(self, id: str) -> tuple[Claim, ...]:
        """The clinic's claims that make the claim ``id`` stricter."""
        return tuple(claim for claim in self.claims.values() if claim.tightens == id)

    def document(self, id: str) -> Document:
        return next(document for document in self.documents if document.id == id)

    def topic(self, id: str) -> Entry | Boundary | None:
        """The entry or boundary topic of that id; None where it is neither, or is no more."""
        return self.entries.get(id) or self.boundaries.get(id)

    @property
    def topics(self) -> tuple[Entry | Boundary, ...]:
        """Entries, then boundary topics, each in file order: the order that breaks ties."""
        return (*self.entries.values(), *self.boundaries.values())
