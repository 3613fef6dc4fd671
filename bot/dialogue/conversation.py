"""The nouns of a talk: what is remembered of it, what a reply is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

from bot.dialogue.trace import Trace
from bot.knowledge.model import Place

Kind = Literal["answer", "clarify", "boundary", "fallback", "urgent", "support", "smalltalk", "handoff", "timeline"]


@dataclass(frozen=True, slots=True)
class Choice:
    id: str
    label: str
    claims: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One answered piece of an utterance: an entry with its claims, or a boundary topic."""

    entry: str | None
    boundary: str | None
    claims: tuple[str, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class Reply:
    """What the core returns. ``text`` is all that the person reads; ``trace`` is how it came about.

    ``urgent``: the rule by which danger was heard; ``helpline``: numbers to call stand in the text; ``language``: the text's.
    ``forgets``: it says that what was remembered is forgotten, and whoever keeps more than the conversation forgets that as well.
    """

    kind: Kind
    text: str
    parts: tuple[Part, ...] = ()
    confidence: float = 0.0
    claims: tuple[str, ...] = ()
    safety: tuple[str, ...] = ()
    boundary: str | None = None
    choices: tuple[Choice, ...] = ()
    related: tuple[Choice, ...] = ()
    sources: tuple[Place, ...] = ()
    urgent: str | None = None
    helpline: bool = False
    language: str = "en"
    forgets: bool = False
    ended: datetime | None = None  # of an infusion, where the reply reckons from it
    stamp: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    trace: Trace = field(default_factory=Trace)


@dataclass(frozen=True, slots=True)
class ConversationKey:
    clinic: str
    channel: str
    id: str

    @property
    def place(self) -> tuple[str, str]:
        """The clinic and the channel."""
        return self.clinic, self.channel


@dataclass(frozen=True, slots=True)
class Floor:
    """Who answers the person: the bot, or the staff.

    ``since``: the message with which the staff last got the floor, by the channel's own numbers, which rise (0: they never had
    it). It stays when the bot has the floor again: what is told late, and was written up to then, was written to the staff.
    """

    holder: Literal["bot", "staff"] = "bot"
    since: int = 0


@dataclass(frozen=True, slots=True)
class Watch:
    """What is remembered of danger, despair and symptoms in a conversation, so that the next reply follows from it.

    ``kinds``: of danger, the latest first. ``stage``: asked whether the person is safe; after an alarm; safe again, with the
    numbers in reach; low, where only despair or a symptom was heard. ``followed`` (of what follows an alarm of such a kind),
    ``asked``, ``lows``, ``symptoms``, ``eased``, ``denied``, ``disclaimed``: how many texts of a list were told, so that none
    comes twice in a row. ``answered``: obstacles to calling that were answered. ``question``: what the last such reply
    asked, where a bare "no" or "yes" to it means another thing than usual. ``since``: the hour (Unix time / 3600) of the last
    such reply.
    """

    kinds: tuple[str, ...] = ()
    stage: Literal["asked", "alarm", "safe", "low"] = "alarm"
    followed: int = 0
    answered: tuple[str, ...] = ()
    since: int = 0
    language: str = "en"
    asked: int = 0
    lows: int = 0
    symptoms: int = 0
    eased: int = 0
    denied: int = 0
    disclaimed: int = 0
    question: Literal["", "suicide", "safe"] = ""

    @property
    def kind(self) -> str:
        """The kind of danger that was heard last; empty where there was none."""
        return self.kinds[0] if self.kinds else ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is remembered between turns: ids and flags, never a word of what a person wrote."""

    greeted: bool = False
    topics: tuple[str, ...] = ()  # answered, the latest first
    choices: tuple[Choice, ...] = ()
    others: tuple[str, ...] = ()  # what else the last utterance could have meant
    misses: int = 0
    asked_end: bool = False
    timezone: str | None = None
    unhelped: int = 0  # how often in a row the bot could not help; ``misses`` counts what was not understood
    floor: Floor = Floor()
    watch: Watch | None = None
    slots: tuple[tuple[str, str], ...] = ()  # of whom and of which condition was spoken, as (slot, value)
    told_end: bool = False  # the last reply reckoned from an infusion's end, which the next words may put right


Outcome = tuple[Reply, Conversation]  # what a turn gives: the reply, and the conversation after it


def as_json(reply: Reply) -> dict[str, Any]:
    """The reply as JSON values; the keys are a contract with those who build on them."""
    return {
        "kind": reply.kind,
        "text": reply.text,
        "parts": [_part(part) for part in reply.parts],
        "confidence": round(reply.confidence, 4),
        "claims": list(reply.claims),
        "safety": list(reply.safety),
        "boundary": reply.boundary,
        "choices": [_choice(choice) for choice in reply.choices],
        "related": [_choice(choice) for choice in reply.related],
        "sources": [{"document": p.document, "section": p.section, "paragraph": p.paragraph} for p in reply.sources],
        "urgent": reply.urgent,
        "helpline": reply.helpline,
        "language": reply.language,
        "forgets": reply.forgets,
        "stamp": dict(reply.stamp),
    }


def _part(part: Part) -> dict[str, Any]:
    if part.entry is not None:
        return {"entry": part.entry, "claims": list(part.claims), "confidence": round(part.confidence, 4)}
    return {"boundary": part.boundary, "confidence": round(part.confidence, 4)}


def _choice(choice: Choice) -> dict[str, Any]:
    return {"id": choice.id, "label": choice.label, "claims": list(choice.claims)}
