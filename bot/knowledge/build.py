"""Rows that were checked, made into the nouns of ``model``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from bot.knowledge.fields import Row
from bot.knowledge.frequencies import frequencies_of
from bot.knowledge.model import (
    Boundary,
    Claim,
    Clinic,
    CourseRoles,
    Document,
    Entry,
    Facet,
    HourRoles,
    Place,
    Quantity,
    Review,
    RowRole,
    Section,
)
from bot.knowledge.slots import Redirect, SlotRule, Slots
from bot.language.grammar import Grammar
from bot.language.languages import GRAMMARS, USUAL
from bot.language.lexicon import Lexicon, canonical
from bot.language.text import normalise, raw_words


def document(row: Row) -> Document:
    sections = tuple(Section(s.get("id"), s.get("title"), s.get("heading"), s.get("paragraphs")) for s in row.get("sections"))
    return Document(row.get("id"), row.get("title"), row.get("publisher"), row.get("link"), sections)


def claim(row: Row) -> Claim:
    quantities = tuple(
        Quantity(name, q.get("value") or q.get("from") or q.get("words"), q.get("to"), "words" in q.values, q.get("near"))
        for name, q in row.get("quantities", {}).items()
    )
    return Claim(
        row.get("id"), row.get("claim"), quantities, row.get("scope"), row.get("hedge", ()), Place(**row.get("source").values)
    )


def review(row: Row | None) -> Review | None:
    return None if row is None else Review(row.get("by"), row.get("on"))


def entry(row: Row, more_safety: tuple[str, ...]) -> Entry:
    return Entry(
        id=row.get("id"),
        question=row.get("question"),
        phrases=row.get("phrases"),
        answer=row.get("answer"),
        detail=row.get("detail"),
        claims=row.get("claims"),
        safety=tuple(dict.fromkeys((*row.get("safety", ()), *more_safety))),
        related=row.get("related", ()),
        about=MappingProxyType(dict(row.get("about", {}))),
        why=row.get("why"),
        reviewed=review(row.get("reviewed")),
        review_by=row.get("review_by", None),
        topic_file=row.file,
    )


def boundary(row: Row, clinic_text: str | None, more_safety: tuple[str, ...]) -> Boundary:
    return Boundary(
        id=row.get("id"),
        question=row.get("question"),
        phrases=row.get("phrases"),
        reply=row.get("reply"),
        clinic_text=clinic_text,
        related=row.get("related", ()),
        safety=tuple(dict.fromkeys((*row.get("safety", ()), *more_safety))),
        about=MappingProxyType(dict(row.get("about", {}))),
        helpline=row.get("helpline") == "true",
        first=row.get("first") == "true",
        outside=row.get("outside") == "true",
        reviewed=review(row.get("reviewed")),
        review_by=row.get("review_by", None),
    )


def grammar(lexicon: Row | None) -> Grammar:
    """That of the language which the lexicon names."""
    return USUAL if lexicon is None else GRAMMARS[lexicon.get("language", USUAL.tag)]


def lexicon(row: Row) -> Lexicon:
    def run(text: str) -> tuple[str, ...]:
        return tuple(raw_words(normalise(text)))

    synonyms = {run(word): run(standard) for standard, words in row.get("synonyms").items() for word in words}

    def runs(key: str) -> Iterator[tuple[str, ...]]:
        return (run(text) for text in row.get(key, ()))

    return Lexicon(
        grammar=grammar(row),
        synonyms=MappingProxyType(synonyms),
        ordinary=words(row, "ordinary"),
        opening=tuple(sorted(runs("opening"), key=len, reverse=True)),
        closing=tuple(sorted(runs("closing"), key=len, reverse=True)),
        frequencies=frequencies_of(grammar(row).tag),
    )


def words(row: Row, key: str) -> frozenset[str]:
    return frozenset(word for text in row.get(key, ()) for word in raw_words(normalise(text)))


def facets(row: Row) -> tuple[Facet, ...]:
    return tuple(
        Facet(name, value, frozenset(" ".join(raw_words(normalise(word))) for word in words))
        for name, values in row.get("facets", {}).items()
        for value, words in values.items()
    )


def slots(row: Row | None, lexicon: Lexicon) -> Slots:
    """``lexicon`` puts the words of the rules into the form in which messages are read."""
    if row is None:
        return Slots()
    groups: Mapping[str, tuple[str, ...]] = row.get("groups", {})
    rules = (
        SlotRule(name, value, tuple(canonical(run.split(), lexicon)))
        for name, values in row.get("rules").items()
        for value, runs in values.items()
        for run in runs
    )
    redirects = (
        Redirect(
            MappingProxyType({name: frozenset(values) for name, values in one.get("when").items()}),
            frozenset(topic for listed in one.get("topics") for topic in groups.get(listed, (listed,))),
            one.get("to"),
        )
        for one in row.get("redirects")
    )
    return Slots(tuple(rules), tuple(redirects), frozenset(row.get("carried", ())), frozenset(row.get("of_context", ())))


def hours(timeline: Row | None) -> HourRoles | None:
    row = None if timeline is None else timeline.get("hours")
    return None if row is None else HourRoles(**{**row.values, "first": tuple(row.get("first", ()))})


def course(timeline: Row | None) -> CourseRoles | None:
    row = None if timeline is None else timeline.get("course")
    if row is None:
        return None
    session, whole = (tuple(RowRole(**one.values) for one in row.get(panel)) for panel in ("session", "course"))
    return CourseRoles(session, whole)


def clinic(row: Row, numbers: Mapping[str, str]) -> Clinic:
    """``numbers``: those to call, by what they are for."""
    keys = ("id", "name", "contact", "timezone")
    return Clinic(**{key: row.get(key) for key in keys}, caution=row.get("caution", "normal"), **numbers)
