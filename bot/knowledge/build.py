"""Rows that were checked, made into the nouns of ``model``."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bot.knowledge.fields import Row
from bot.knowledge.messages import LeafletLine, LeafletSection, LeafletTexts
from bot.knowledge.model import (
    Boundary,
    Calibration,
    Claim,
    CourseRoles,
    Document,
    Entry,
    Facet,
    HourRoles,
    Place,
    Quantity,
    Redirect,
    Review,
    RowRole,
    Section,
    Signature,
    SlotRule,
    Slots,
    SmallTalk,
)
from bot.knowledge.overlay.schema import Located
from bot.knowledge.yamlfile import Mistakes
from bot.language.frequency import WordFrequencies
from bot.language.grammar import Grammar
from bot.language.languages import GRAMMARS, USUAL
from bot.language.lexicon import Lexicon, canonical
from bot.language.quantities import straighten
from bot.language.text import normalise, raw_words

# Until `kb calibrate` has been run on a folder: careful values, chosen on the development questions of the shipped one.
DEFAULT_CALIBRATION = Calibration(
    weights=MappingProxyType({"bias": -4.0, "sum": 0.6, "share": 3.0, "cover": 1.0, "known": 1.0}),
    answer=0.6,
    boundary=0.5,
    clarify=0.15,
    lead=0.2,
)


DEFAULT_WITH_MEANING = Calibration(
    weights=MappingProxyType({"bias": -6.0, "sum": 0.4, "share": 3.0, "cover": 1.0}),
    answer=0.6,
    boundary=0.5,
    clarify=0.15,
    lead=0.2,
)
# symspellpy's list: 82,765 words that a spelling dictionary has, with their counts in Google's n-grams. The package is not
# imported, as its code is not used.
_PACKAGE, _FILES = "symspellpy", {"en": "frequency_dictionary_en_82_765.txt"}


def document(row: Row) -> Document:
    sections = tuple(
        Section(s.get("id"), s.get("title"), s.get("heading"), tuple(map(_hash_of, s.get("paragraphs"))))
        for s in row.get("sections")
    )
    needs = row.get("needs_signature") == "true"
    return Document(row.get("id"), row.get("title"), row.get("publisher"), row.get("link", ""), sections, needs)


def paragraph_hash(paragraph: str) -> str:
    """The hash that sources.yaml keeps of a paragraph."""
    return hashlib.sha256(" ".join(straighten(paragraph).split()).encode()).hexdigest()


def _hash_of(paragraph: str) -> str:
    """``paragraph`` is its hash already, or its text."""
    return paragraph_hash(paragraph) if " " in paragraph else paragraph


def claim(row: Row) -> Claim:
    quantities = tuple(
        Quantity(name, q.get("value") or q.get("from") or q.get("words"), q.get("to"), "words" in q.values, q.get("near"))
        for name, q in row.get("quantities", {}).items()
    )
    return Claim(
        id=row.get("id"),
        statement=row.get("claim"),
        quantities=quantities,
        scope=row.get("scope"),
        hedge=row.get("hedge", ()),
        place=place(row.get("source")),
        tightens=row.get("tightens"),
    )


def place(row: Row) -> Place:
    return Place(**row.values)


def review(row: Row | None) -> Review | None:
    return None if row is None else Review(row.get("by"), row.get("on"))


def signatures(rows: Iterable[Row]) -> Mapping[str, tuple[Signature, ...]]:
    """Those of the folder and those of the clinic, by the text that they are of."""
    found: dict[str, tuple[Signature, ...]] = {}
    for row in rows:
        for id, one in row.values.items():
            found[id] = (*found.get(id, ()), Signature(**one.values))
    return MappingProxyType(found)


def entry(row: Row, more_safety: tuple[str, ...], more_phrases: tuple[str, ...] = ()) -> Entry:
    return Entry(
        id=row.get("id"),
        question=row.get("question"),
        phrases=(*row.get("phrases"), *more_phrases),
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


def boundary(row: Row, own: str | Row | None, more_safety: tuple[str, ...], more_phrases: tuple[str, ...] = ()) -> Boundary:
    """``own``: what the clinic says instead, a text alone or with what is known of it."""
    said: Mapping[str, Any] = own.values if isinstance(own, Row) else {"text": own}
    source = said.get("source")
    return Boundary(
        id=row.get("id"),
        question=row.get("question"),
        phrases=(*row.get("phrases"), *more_phrases),
        reply=row.get("reply"),
        clinic_text=said["text"],
        clinic_place=None if source is None else place(source),
        clinic_reviewed=review(said.get("reviewed")),
        clinic_review_by=said.get("review_by"),
        related=row.get("related", ()),
        safety=tuple(dict.fromkeys((*row.get("safety", ()), *more_safety))),
        about=MappingProxyType(dict(row.get("about", {}))),
        helpline=row.get("helpline") == "true",
        first=row.get("first") == "true",
        outside=row.get("outside") == "true",
        hours=row.get("hours") == "true",
        reviewed=review(row.get("reviewed")),
        review_by=row.get("review_by", None),
    )


def topics(
    entries: Mapping[str, Row],
    boundaries: Mapping[str, Row],
    texts: Mapping[str, Located],
    safety: Mapping[str, tuple[str, ...]],
    phrases: Mapping[str, tuple[str, ...]],
) -> tuple[Entry | Boundary, ...]:
    """All topics, entries first, each with what the clinic adds: ``texts`` to boundaries, ``safety`` and ``phrases`` to any."""
    return (
        *(entry(row, safety.get(id, ()), phrases.get(id, ())) for id, row in entries.items()),
        *(
            boundary(row, texts[id].value if id in texts else None, safety.get(id, ()), phrases.get(id, ()))
            for id, row in boundaries.items()
        ),
    )


def without(topics: Iterable[Entry | Boundary], hidden: frozenset[str], reply: str) -> tuple[Entry | Boundary, ...]:
    """``topics``, where those that are ``hidden`` are still understood, but sent on with ``reply``, and never offered."""
    told: list[Entry | Boundary] = []
    for topic in topics:
        related = tuple(id for id in topic.related if id not in hidden)
        if topic.id not in hidden:
            shown = replace(topic, related=related)
            told.append(replace(shown, why=None) if isinstance(shown, Entry) and shown.why in hidden else shown)
            continue
        told.append(
            Boundary(
                id=topic.id,
                question=topic.question,
                phrases=topic.phrases,
                reply=reply,
                clinic_text=None,
                related=related,
                safety=topic.safety,
                about=topic.about,
                helpline=False,
                first=False,
                outside=False,
                hours=False,
                reviewed=None,
                review_by=None,
            )
        )
    return tuple(told)


def smalltalk(row: Row, said: Mapping[str, str]) -> SmallTalk:
    """``said``: replies of the clinic's own, by the id of the small talk."""
    id = row.get("id")
    return SmallTalk(id, row.get("act"), row.get("phrases"), said.get(id, row.get("reply", "")))


def no_quantity(lexicon: Row | None) -> frozenset[str]:
    """Words of quantity that are no figure of a source."""
    return frozenset() if lexicon is None else frozenset(lexicon.get("no_quantity", ()))


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


def sheet(row: Row | None) -> LeafletTexts | None:
    if row is None:
        return None
    sections = (
        LeafletSection(
            one.get("id"),
            one.get("title"),
            tuple(LeafletLine(line.get("text"), line.get("claims", ())) for line in one.get("lines")),
        )
        for one in row.get("sections")
    )
    return LeafletTexts(row.get("title"), tuple(sections), row.get("rules", ()), row.get("topic"))


@cache
def frequencies_of(language: str) -> WordFrequencies:
    """Those of a language (its BCP 47 tag); of one without a list all words are equally common."""
    name = _FILES.get(language)
    spec = importlib.util.find_spec(_PACKAGE) if name is not None else None
    if name is None or spec is None or spec.origin is None:
        return WordFrequencies()
    rows = (line.rsplit(" ", 1) for line in (Path(spec.origin).parent / name).read_text("utf-8-sig").splitlines() if " " in line)
    return WordFrequencies({word: int(count) for word, count in rows})


def calibrations(row: Row | None, clinic: Row | None, mistakes: Mistakes) -> tuple[Calibration, Calibration, Calibration]:
    """The calibration of the words alone, with the sentence model, and with the large one, as careful as the clinic wants.

    The values that hold until a folder is calibrated are careful ones, and hold for every caution. What holds for the small
    model is nearer to the large one's than they are.
    """
    if row is None:
        return DEFAULT_CALIBRATION, DEFAULT_WITH_MEANING, DEFAULT_WITH_MEANING
    words = _chosen(row, row, clinic, mistakes)
    sections = [row.get(name) for name in ("with_meaning", "with_large")]
    small, large = (_chosen(section, row, clinic, mistakes) if section is not None else None for section in sections)
    return words, small or DEFAULT_WITH_MEANING, large or small or DEFAULT_WITH_MEANING


def _chosen(row: Row, whole: Row, clinic: Row | None, mistakes: Mistakes) -> Calibration:
    caution = clinic.get("caution", "normal") if clinic is not None else "normal"
    thresholds: Row = row.get("thresholds")
    if clinic is not None and caution != "normal":
        if "cautions" in row.values:
            thresholds = row.get("cautions").get(caution)
        else:
            mistakes.add(
                clinic.file,
                clinic.at("caution"),
                f"calibration.yaml ({row.line}) has no thresholds for caution {caution}; "
                "leave caution out, or write them first with `infusion-bot kb calibrate` while it is left out",
            )
    return Calibration(
        weights=MappingProxyType(dict(row.get("weights"))),
        boundary_weights=MappingProxyType(dict(row.get("boundary_weights", {}))),
        **thresholds.values,
        chosen_on=whole.get("chosen_on", ()),
        method=whole.get("method", ""),
    )
