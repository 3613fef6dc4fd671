"""What is remembered of a conversation, as the text that a store keeps: ids, figures and flags, never a word of a person's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any

import msgspec

from bot.dialogue.conversation import Choice, Conversation, Floor, Part, Reply, Watch
from bot.dialogue.ratings import Rating, Ratings
from bot.dialogue.trace import read_trace, stored_trace
from bot.knowledge.model import Place

_VERSION = 1
# How many people of one group are remembered, those who wrote last.
_PEOPLE = 20


@dataclass(frozen=True, slots=True)
class Participant:
    """One person's conversation. ``last`` is their latest reply, for "why"; a store keeps it without its text."""

    conversation: Conversation = field(default_factory=Conversation)
    last: Reply | None = None


@dataclass(frozen=True, slots=True)
class ChatState:
    """Who said what kind of thing in one chat, by person; a private chat has one, named "".

    ``ratings``: what was said of answers, by whomever.
    """

    people: Mapping[str, Participant] = field(default_factory=lambda: MappingProxyType({}))
    ratings: Ratings = ()

    def participant(self, who: str) -> Participant:
        return self.people.get(who, Participant())

    def with_person(self, who: str, person: Participant) -> ChatState:
        """``who`` as the one who was heard last."""
        others = {name: one for name, one in self.people.items() if name != who}
        return replace(self, people=dict([*others.items(), (who, person)][-_PEOPLE:]))

    def with_ratings(self, ratings: Ratings) -> ChatState:
        return replace(self, ratings=ratings)

    def without(self, who: str) -> ChatState:
        return replace(self, people={name: one for name, one in self.people.items() if name != who})


def dump_state(memory: ChatState) -> str:
    """``memory`` as one line of JSON."""
    people = {
        who: {"c": _conversation(one.conversation), "last": _last(one.last), **_standing(one.conversation)}
        for who, one in memory.people.items()
    }
    ratings = [(one.topics, one.helped, one.reason) for one in memory.ratings]
    return msgspec.json.encode({"v": _VERSION, "people": people, **({"ratings": ratings} if ratings else {})}).decode()


def load_state(state: str | None) -> ChatState:
    """The memory that ``state`` holds; an empty one where there is none, or another release wrote it in another form."""
    if not state:
        return ChatState()
    try:
        kept = json.loads(state)
        if kept["v"] != _VERSION:
            return ChatState()
        people = {who: Participant(_read_conversation(one), _read_last(one["last"])) for who, one in kept["people"].items()}
        ratings = tuple(Rating(tuple(topics), helped, reason) for topics, helped, reason in kept.get("ratings", ()))
        return ChatState(people, ratings)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return ChatState()


def _conversation(one: Conversation) -> dict[str, Any]:
    kept = {
        "greeted": one.greeted,
        "topics": one.topics,
        "choices": [(c.id, c.label, c.claims) for c in one.choices],
        "others": one.others,
        "misses": one.misses,
        "asked_end": one.asked_end,
        "timezone": one.timezone,
    }
    return {name: value for name, value in kept.items() if value}


def _standing(one: Conversation) -> dict[str, Any]:
    # Beside "c", and not in it: while a deploy puts new processes in place of old ones, both read what either wrote. A field
    # of "c" that an old one does not know would make it forget the whole conversation; so it forgets these alone.
    floor = (one.floor.holder, one.floor.since) if one.floor != Floor() else None
    kept = {
        "unhelped": one.unhelped,
        "floor": floor,
        "watch": one.watch and _watch(one.watch),
        "told_end": one.told_end,
        "slots": one.slots,
    }
    return {name: value for name, value in kept.items() if value}


def _watch(watch: Watch) -> dict[str, Any]:
    """The fields that are not as a new watch has them."""
    return {one.name: value for one in fields(watch) if (value := getattr(watch, one.name)) != one.default}


def _read_watch(kept: Mapping[str, Any] | None) -> Watch | None:
    """Fields that this release does not know are left out."""
    if kept is None:
        return None
    known: dict[str, Any] = {one.name: kept[one.name] for one in fields(Watch) if one.name in kept}
    known |= {name: tuple(value) for name, value in known.items() if isinstance(value, list)}
    return Watch(**known)


def _read_conversation(person: Mapping[str, Any]) -> Conversation:
    kept = person["c"]
    holder, since = person.get("floor", ("bot", 0))
    return replace(
        Conversation(**kept),
        watch=_read_watch(person.get("watch")),
        told_end=person.get("told_end") is True,
        unhelped=int(person.get("unhelped", 0)),
        slots=tuple((name, value) for name, value in person.get("slots", ())),
        floor=Floor("staff" if holder == "staff" else "bot", int(since)),
        topics=tuple(kept.get("topics", ())),
        others=tuple(kept.get("others", ())),
        choices=tuple(Choice(id, label, tuple(claims)) for id, label, claims in kept.get("choices", ())),
    )


def _last(reply: Reply | None) -> dict[str, Any] | None:
    if reply is None:
        return None
    return {
        "kind": reply.kind,
        "confidence": round(reply.confidence, 4),
        "parts": [(part.entry, part.boundary, round(part.confidence, 4)) for part in reply.parts],
        "claims": reply.claims,
        "safety": reply.safety,
        "sources": [(place.document, place.section, place.paragraph) for place in reply.sources],
        "trace": stored_trace(reply.trace),
        "why": (),  # for a process of an older release beside this one, which cannot do without
    }


def _read_last(kept: Mapping[str, Any] | None) -> Reply | None:
    if kept is None:
        return None
    return Reply(
        kind=kept["kind"],
        text="",
        parts=tuple(Part(entry, boundary, (), confidence) for entry, boundary, confidence in kept["parts"]),
        confidence=kept["confidence"],
        claims=tuple(kept["claims"]),
        safety=tuple(kept["safety"]),
        sources=tuple(Place(*place) for place in kept["sources"]),
        trace=read_trace(kept.get("trace"), kept.get("why", ())),
    )
