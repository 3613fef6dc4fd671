"""What must hold across the files of a knowledge folder: references, figures, placeholders, phrases that clash.

Each function notes what it finds as ``file:line: what is wrong; what is allowed`` and goes on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from bot.knowledge.fields import Row
from bot.knowledge.messages import SLOTS
from bot.knowledge.model import Document
from bot.knowledge.yamlfile import Mistakes
from bot.language import quantities
from bot.language.grammar import Grammar
from bot.language.lexicon import number
from bot.language.nearest import choice, nearest
from bot.language.text import normalise, raw_words

CONTACT_SLOTS = frozenset({"emergency", "crisis", "poison", "violence", "child", "contact", "clinic"})
SOURCE_SLOTS = frozenset({"publisher"})  # of the first document
_SHOWN = 20  # characters around what is wrong
# What an entry may be about besides the facets of the lexicon: bot/dialogue/steps/ speaks of these.
_ASPECTS = frozenset({"aspect", "condition", "phase"})


def check_slots(mistakes: Mistakes, file: str, line: int, text: str, allowed: Iterable[str]) -> None:
    """Notes each placeholder of ``text`` that is not ``allowed``, and each brace that belongs to none."""
    for name in quantities.PLACEHOLDER.findall(text):
        if name not in allowed:
            mistakes.add(file, line, f"{{{name}}} is not known here; {choice(name, sorted(allowed))}")
    bare = quantities.PLACEHOLDER.sub(lambda found: " " * len(found.group()), text)  # so that places stay the same
    if alone := re.search("[{}]", bare):
        shown = text[max(0, alone.start() - _SHOWN) : alone.end() + _SHOWN].strip()
        mistakes.add(file, line, f"a brace stands alone in {shown!r}; a placeholder looks like {{name}}")


def _paragraphs(place: Mapping[str, Any], documents: tuple[Document, ...]) -> str:
    """Which sections and paragraphs there are, in place of one that is not."""
    ids = [document.id for document in documents]
    if place["document"] not in ids:
        return f"there is no document {place['document']}; {choice(place['document'], ids)}"
    sections = next(document.sections for document in documents if document.id == place["document"])
    meant = nearest(place["section"], [section.id for section in sections])
    hint = f" (did you mean {meant}?)" if meant not in {None, place["section"]} else ""
    return f"allowed: {', '.join(f'{s.id} 1-{len(s.paragraphs)}' for s in sections)}{hint}"


def _is_place(place: Mapping[str, Any], documents: tuple[Document, ...]) -> bool:
    sections = (one for document in documents if document.id == place["document"] for one in document.sections)
    return any(one.id == place["section"] and place["paragraph"] <= len(one.paragraphs) for one in sections)


class Consistency:
    """The checks of one reading. ``allowed`` are words of quantity that are no figure of a source."""

    def __init__(
        self, mistakes: Mistakes, allowed: frozenset[str], grammar: Grammar, broken: Mapping[str, frozenset[str]] | None = None
    ) -> None:
        """``broken``: items that could not be read whole, with the quantities of a claim. Who names one is right: it is there."""
        self._mistakes = mistakes
        self._broken = dict(broken or {})
        self._grammar = grammar
        self._allowed = allowed
        self._claim_of: Mapping[str, str] = {}  # by quantity

    def claims(
        self, claims: Mapping[str, Row], documents: tuple[Document, ...] | None, base: Mapping[str, Row] | None = None
    ) -> None:
        """``claims`` are those of the base, or what a clinic adds to those of the ``base``.

        ``documents``: None where not all of them could be read.
        """
        read = documents or ()
        places = {(d.id, s.id, p) for d in read for s in d.sections for p in range(1, len(s.paragraphs) + 1)}
        seen = {name: id for id, row in (base or {}).items() for name in row.get("quantities", {})}
        for id, row in claims.items():
            if base is None and "tightens" in row.values:
                self._mistakes.add(row.file, row.at("tightens"), "only a clinic's claim tightens another; delete this line")
            place = row.get("source").values
            if documents is not None and (place["document"], place["section"], place["paragraph"]) not in places:
                self._add(row, "source", f"sources.yaml has no such paragraph; {_paragraphs(place, documents)}")
            own = row.get("quantities", {})
            for name, quantity in own.items():
                if name in seen:
                    what = f"the quantity {name} is used already (in {seen[name]}); choose another name"
                    self._mistakes.add(row.file, quantity.line, f"quantities: {what}")
                seen[name] = id
                self._quantity(quantity)
            with self._mistakes.within("claim"):
                check_slots(self._mistakes, row.file, row.at("claim"), row.get("claim"), set(own))
            if typed := quantities.typed(row.get("claim"), self._allowed, self._grammar):
                what = f"a figure is typed here ({typed[0]}); write it under quantities and refer to it as {{name}}"
                self._add(row, "claim", what)

    def _quantity(self, row: Row) -> None:
        for key in ("value", "from", "to"):
            text = row.get(key)
            if text is not None and quantities.ends_of(text, None, self._grammar) is None:
                self._add(row, key, f"{text!r} is no figure with its unit; allowed are such as 40 minutes, a week, 3 or 4 months")

    def topics(
        self,
        entries: Mapping[str, Row],
        boundaries: Mapping[str, Row],
        claims: Mapping[str, Row],
        topics: Iterable[str],
    ) -> None:
        """``entries`` and ``boundaries`` are looked at; ``claims`` and ``topics`` are all that they may name."""
        self._claim_of = {name: id for id, row in claims.items() for name in row.get("quantities", {})}
        quantities = {*self._claim_of, *(name for names in self._broken.values() for name in names)}
        for id in entries.keys() & boundaries.keys():
            row = boundaries[id]
            place = f"{entries[id].file}:{entries[id].line}"
            self._add(row, "id", f"{id} is the id of an entry already ({place}); choose another")
        for row in (*entries.values(), *boundaries.values()):
            self._ids(row, "claims", claims, "claim")
            self._ids(row, "safety", claims, "claim")
            self._ids(row, "related", topics, "entry or boundary topic")
            self._review(row)
            if row.get("id") in row.get("related", ()):
                self._add(row, "related", f"{row.get('id')} is related to itself; name other topics, or leave it out")
            if "why" in row.values and row.get("why") not in {*entries, *self._broken}:
                self._add(row, "why", f"there is no entry {row.get('why')}; {choice(row.get('why'), entries)}")
            listed = (*row.get("claims", ()), *row.get("safety", ()))
            meant = (id if id in claims else nearest(id, claims) for id in listed if id not in self._broken)
            own = {name for id in meant if id is not None for name in claims[id].get("quantities", {})}
            own |= {name for id in listed for name in self._broken.get(id, ())}
            for key in ("answer", "detail", "reply", "question"):
                if text := row.get(key):
                    with self._mistakes.within(key):
                        self._words(row.file, row.at(key), text, own, quantities)

    def _review(self, row: Row) -> None:
        review, due = row.get("reviewed"), row.get("review_by")
        if review is not None and due is not None and due <= review.get("on"):
            what = f"the next review is due on {due}, and this one was on {review.get('on')}; write a later day"
            self._add(row, "review_by", what)

    def timeline(
        self, timeline: Row | None, claims: Mapping[str, Row], entries: Mapping[str, Row], boundaries: Mapping[str, Row]
    ) -> None:
        hours: Row | None = None if timeline is None else timeline.get("hours")
        course: Row | None = None if timeline is None else timeline.get("course")
        if hours is not None:
            for role in ("wear_off", "driving", "ride_home"):
                if (id := hours.get(role)) is not None and id not in {*claims, *self._broken}:
                    self._add(hours, role, f"there is no claim {id}; {choice(id, claims)}")
            if (topic := hours.get("topic")) is not None and topic not in {*entries, *self._broken}:
                self._add(hours, "topic", f"there is no entry {topic}; {choice(topic, entries)}")
            self._ids(hours, "first", entries, "entry")
            topics = (*entries.values(), *boundaries.values())
            phases = sorted({row.get("about")["phase"] for row in topics if "phase" in row.get("about", {})})
            if (phase := hours.get("phase")) is not None and phase not in phases and not self._broken:
                self._add(hours, "phase", f"no entry is about the phase {phase}; {choice(phase, phases)}")
        if course is not None:
            self._course((*course.get("session"), *course.get("course")), claims)

    def _course(self, rows: Iterable[Row], claims: Mapping[str, Row]) -> None:
        for row in rows:
            id = row.get("claim")
            if id in self._broken:
                continue
            if id not in claims:
                self._add(row, "claim", f"there is no claim {id}; {choice(id, claims)}")
                continue
            own = claims[id].get("quantities", {})
            for name in row.get("quantities"):
                if name not in own:
                    self._add(row, "quantities", f"the claim {id} has no quantity {name}; {choice(name, own)}")

    def sheet(self, sheet: Row | None, claims: Mapping[str, Row], topics: set[str]) -> None:
        """Each line says figures of its own claims alone, as answers do."""
        if sheet is None:
            return
        self._ids(sheet, "rules", claims, "claim")
        if (topic := sheet.get("topic")) is not None and topic not in topics:
            self._mistakes.add(sheet.file, sheet.at("topic"), f"there is no entry or boundary topic {topic}")
        known = {name for row in claims.values() for name in row.get("quantities", {})}
        seen: set[str] = set()
        for section in sheet.get("sections"):
            if section.get("id") in seen:
                self._mistakes.add(section.file, section.line, f"the section {section.get('id')} stands here twice; keep one")
            seen.add(section.get("id"))
            for line in section.get("lines"):
                self._ids(line, "claims", claims, "claim")
                own = {name for id in line.get("claims", ()) if id in claims for name in claims[id].get("quantities", {})}
                self._words(line.file, line.at("text"), line.get("text"), own, known)

    def implied(self, lexicon: Row | None) -> None:
        if lexicon is None:
            return
        facets = lexicon.get("facets", {})
        for name, value in lexicon.get("implied", {}).items():
            if value not in facets.get(name, {}):
                what = f"there is no facet {name} with the value {value}"
                self._add(lexicon, "implied", f"{what}; {choice(value, facets.get(name, facets))}")

    def about(self, rows: Iterable[Row], lexicon: Row | None) -> None:
        """An entry is about facets of the lexicon, or about what the dialogue knows besides."""
        allowed = sorted(_ASPECTS | set(lexicon.get("facets", {}) if lexicon is not None else ()))
        for row in rows:
            for name in row.get("about", {}):
                if name not in allowed:
                    self._add(row, "about", f"{name!r} is not known here; {choice(name, allowed)}")

    def _add(self, row: Row, key: str, what: str) -> None:
        """Notes what is wrong with one field of a row."""
        self._mistakes.add(row.file, row.at(key), f"{key}: {what}")

    def _ids(self, row: Row, key: str, known: Iterable[str], what: str) -> None:
        for id in row.get(key, ()):
            if id not in known and id not in self._broken:
                self._add(row, key, f"there is no {what} {id}; {choice(id, known)}")

    def _words(self, file: str, line: int, text: str, own: set[str], known: set[str]) -> None:
        for name in quantities.PLACEHOLDER.findall(text):
            if name in known and name not in own:
                claim = self._claim_of.get(name, "the claim")
                self._mistakes.add(file, line, f"{{{name}}} belongs to a claim that is not listed here; add {claim} to claims")
        check_slots(self._mistakes, file, line, text, known | CONTACT_SLOTS)
        if typed := quantities.typed(text, self._allowed, self._grammar):
            of_claims = ", ".join(f"{{{name}}}" for name in sorted(own)) or "none, as its claims have no figures"
            what = f"a figure is typed here ({typed[0]}); figures come from a claim, as {{name}}; allowed: {of_claims}"
            self._mistakes.add(file, line, what)

    def phrases(self, rows: Iterable[Row], base: Mapping[str, Row] | None = None) -> dict[str, Row]:
        """The topic of each phrase, by its words; ``base`` are those that were there before."""
        seen: dict[str, Row] = dict(base or {})
        for row in rows:
            for phrase in dict.fromkeys(row.get("phrases")):
                words = self.words(phrase)
                if not words:
                    self._add(row, "phrases", f"the phrase {phrase[:60]!r} has no word in it; write a question, or delete it")
                elif (first := seen.setdefault(words, row)) is not row:
                    where = f"{first.get('id')} ({first.file}:{first.line})"
                    self._add(row, "phrases", f"the phrase {phrase[:60]!r} stands in {where} too; keep it in one of them")
        return seen

    def words(self, phrase: str) -> str:
        """What two phrases have in common that are the same."""
        return " ".join(number(word, self._grammar) or word for word in raw_words(normalise(phrase)))

    def slots(self, row: Row | None, topics: Iterable[str]) -> None:
        """Redirects name slots, values and topics that there are."""
        if row is None:
            return
        known, groups, rules = {*topics, *self._broken}, row.get("groups", {}), row.get("rules")
        for name, listed in groups.items():
            for id in set(listed) - known:
                self._add(row, "groups", f"{name} lists {id}, and there is no such topic; {choice(id, known)}")
        for one in row.get("redirects"):
            for id in {*one.get("topics"), one.get("to")} - known - (set(groups) - {one.get("to")}):
                what = f"there is no topic {id}, and no group of that name; {choice(id, (*known, *groups))}"
                self._mistakes.add(one.file, one.line, f"redirects: {what}")
            for name, values in one.get("when").items():
                for value in set(values) - set(rules.get(name, {})):
                    what = f"no rule tells {name} {value}; {choice(value, rules[name]) if name in rules else choice(name, rules)}"
                    self._mistakes.add(one.file, one.line, f"redirects: {what}")
        for name in {*row.get("carried", ()), *row.get("of_context", ())} - set(rules):
            self._add(row, "carried", f"there is no slot {name}; {choice(name, rules)}")

    def smalltalk(self, rows: Iterable[Row]) -> None:
        for row in rows:
            with self._mistakes.within("reply"):
                check_slots(self._mistakes, row.file, row.at("reply"), row.get("reply", ""), CONTACT_SLOTS | SOURCE_SLOTS)

    def clinic(
        self,
        clinic: Row | None,
        entries: Mapping[str, Row],
        boundaries: Mapping[str, Row],
        claims: Mapping[str, Row],
        documents: tuple[Document, ...] | None,
    ) -> None:
        """``documents``: None where not all of them could be read."""
        if clinic is None:
            return
        figures = {name for row in claims.values() for name in row.get("quantities", {})}
        for id, said in clinic.get("boundaries", {}).items():
            if id not in {*boundaries, *self._broken}:
                self._mistakes.add(clinic.file, said.line, f"there is no boundary topic {id}; {choice(id, boundaries)}")
            text = said.value.get("text") if isinstance(said.value, Row) else said.value
            check_slots(self._mistakes, clinic.file, said.line, text, CONTACT_SLOTS | figures)
            place = said.value.get("source") if isinstance(said.value, Row) else None
            if place is not None and documents is not None and not _is_place(place.values, documents):
                what = f"source: sources.yaml has no such paragraph; {_paragraphs(place.values, documents)}"
                self._mistakes.add(clinic.file, place.line, f"boundaries > {id} > {what}")
        for id, added in clinic.get("safety", {}).items():
            if id not in {*entries, *boundaries, *self._broken}:
                what = f"there is no entry or boundary topic {id}; {choice(id, (*entries, *boundaries))}"
                self._mistakes.add(clinic.file, clinic.at("safety"), what)
            for claim in added:
                if claim not in {*claims, *self._broken}:
                    self._mistakes.add(clinic.file, clinic.at("safety"), f"there is no claim {claim}; {choice(claim, claims)}")
        self._small(clinic, {*entries, *boundaries})

    def _small(self, clinic: Row, topics: set[str]) -> None:
        """Phrases, messages, languages and the time zone of a clinic."""
        for id, phrases in clinic.get("phrases", {}).items():
            if id not in topics:
                what = f"there is no entry or boundary topic {id}; {choice(id, topics)}"
                self._mistakes.add(clinic.file, phrases[0].line, what)
        for key, one in clinic.get("messages", {}).items():
            allowed = CONTACT_SLOTS | SOURCE_SLOTS | SLOTS.get(key, frozenset())
            check_slots(self._mistakes, clinic.file, one.line, one.value, allowed)
        spoken = next(iter(clinic.get("languages", ())), self._grammar.tag)
        if spoken != self._grammar.tag:
            what = f"the first language is that of the answers, {self._grammar.tag}, not {spoken}; others follow it"
            self._mistakes.add(clinic.file, clinic.at("languages"), what)
        zone = clinic.get("timezone")
        if zone is not None:
            try:
                ZoneInfo(zone)
            except (ValueError, OSError, KeyError):
                known = available_timezones()
                meant = next((one for one in sorted(known) if one.partition("/")[2] == zone.replace(" ", "_")), None)
                hint = f"did you mean {meant or nearest(zone, known)}?" if meant or nearest(zone, known) else ""
                what = f"{zone!r} is no known time zone, such as America/New_York"
                self._mistakes.add(clinic.file, clinic.at("timezone"), f"{what} ({hint})" if hint else what)
            else:
                if "/" not in zone and zone != "UTC":  # EST has no summer time, and stands still when New York's clocks do not
                    what = f"{zone} is not the time of a place, whose clocks are put forward; write one such as America/New_York"
                    self._mistakes.add(clinic.file, clinic.at("timezone"), what)
