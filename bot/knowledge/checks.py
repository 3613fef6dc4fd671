"""What must hold across the files of a knowledge folder: references, figures, placeholders, phrases that clash.

Each function notes what it finds as ``file:line: what is wrong; what is allowed`` and goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from bot.knowledge.fields import Row
from bot.knowledge.messages import SLOTS
from bot.knowledge.model import Document
from bot.knowledge.yamlfile import Mistakes
from bot.language import quantities
from bot.language.grammar import Grammar
from bot.language.lexicon import number
from bot.language.text import normalise, raw_words

CONTACT_SLOTS = frozenset({"emergency", "crisis", "poison", "violence", "child", "contact", "clinic"})
SOURCE_SLOTS = frozenset({"publisher"})  # of the first document


def check_slots(mistakes: Mistakes, file: str, line: int, text: str, allowed: Iterable[str]) -> None:
    """Notes each placeholder of ``text`` that is not ``allowed``, and each brace that belongs to none."""
    for name in quantities.PLACEHOLDER.findall(text):
        if name not in allowed:
            mistakes.add(file, line, f"{{{name}}} is not known here; allowed: {', '.join(sorted(allowed)) or 'none'}")
    if "{" in (bare := quantities.PLACEHOLDER.sub("", text)) or "}" in bare:
        mistakes.add(file, line, "a brace stands alone here; a placeholder looks like {name}")


class Consistency:
    """The checks of one reading. ``allowed`` are words of quantity that are no figure of a source."""

    def __init__(self, mistakes: Mistakes, allowed: frozenset[str], grammar: Grammar) -> None:
        self._mistakes = mistakes
        self._grammar = grammar
        self._allowed = allowed

    def claims(self, claims: Mapping[str, Row], documents: tuple[Document, ...], base: Mapping[str, Row] | None = None) -> None:
        """``claims`` are those of the base, or what a clinic adds to those of the ``base``."""
        places = {(d.id, s.id, p) for d in documents for s in d.sections for p in range(1, len(s.paragraphs) + 1)}
        seen = {name: id for id, row in (base or {}).items() for name in row.get("quantities", {})}
        for id, row in claims.items():
            if base is None and "tightens" in row.values:
                self._mistakes.add(row.file, row.at("tightens"), "only a clinic's claim tightens another; delete this line")
            place = row.get("source").values
            if (place["document"], place["section"], place["paragraph"]) not in places:
                allowed = ", ".join(f"{s.id} 1-{len(s.paragraphs)}" for d in documents for s in d.sections)
                self._mistakes.add(row.file, row.at("source"), f"sources.yaml has no such paragraph; allowed: {allowed}")
            own = row.get("quantities", {})
            for name, quantity in own.items():
                if name in seen:
                    self._mistakes.add(row.file, quantity.line, f"the quantity {name} is used already (in {seen[name]})")
                seen[name] = id
                self._quantity(quantity)
            check_slots(self._mistakes, row.file, row.at("claim"), row.get("claim"), set(own))
            if typed := quantities.typed(row.get("claim"), self._allowed, self._grammar):
                self._mistakes.add(
                    row.file,
                    row.at("claim"),
                    f"a figure is typed here ({typed[0]}); write it under quantities and refer to it as {{name}}",
                )

    def _quantity(self, row: Row) -> None:
        for key in ("value", "from", "to"):
            text = row.get(key)
            if text is not None and quantities.ends_of(text, None, self._grammar) is None:
                self._mistakes.add(
                    row.file, row.at(key), f"{text!r} is no figure with its unit (40 minutes, a week, 3 or 4 months)"
                )

    def topics(
        self,
        entries: Mapping[str, Row],
        boundaries: Mapping[str, Row],
        claims: Mapping[str, Row],
        topics: set[str],
    ) -> None:
        """``entries`` and ``boundaries`` are looked at; ``claims`` and ``topics`` are all that they may name."""
        quantities = {name for row in claims.values() for name in row.get("quantities", {})}
        for id in entries.keys() & boundaries.keys():
            row = boundaries[id]
            self._mistakes.add(row.file, row.at("id"), f"the id {id} is an entry already ({entries[id].file}:{entries[id].line})")
        for row in (*entries.values(), *boundaries.values()):
            self._ids(row, "claims", claims, "claim")
            self._ids(row, "safety", claims, "claim")
            self._ids(row, "related", topics, "entry or boundary topic")
            self._review(row)
            if "why" in row.values and row.get("why") not in entries:
                self._mistakes.add(row.file, row.at("why"), f"there is no entry {row.get('why')}")
            own = {
                name
                for id in (*row.get("claims", ()), *row.get("safety", ()))
                if id in claims
                for name in claims[id].get("quantities", {})
            }
            for key in ("answer", "detail", "reply", "question"):
                if text := row.get(key):
                    self._words(row.file, row.at(key), text, own, quantities)

    def _review(self, row: Row) -> None:
        review, due = row.get("reviewed"), row.get("review_by")
        if review is not None and due is not None and due <= review.get("on"):
            self._mistakes.add(
                row.file,
                row.at("review_by"),
                f"the next review is due on {due}, and this one was on {review.get('on')}; write a later day",
            )

    def timeline(
        self, timeline: Row | None, claims: Mapping[str, Row], entries: Mapping[str, Row], boundaries: Mapping[str, Row]
    ) -> None:
        hours: Row | None = None if timeline is None else timeline.get("hours")
        course: Row | None = None if timeline is None else timeline.get("course")
        if hours is not None:
            for role in ("wear_off", "driving", "ride_home"):
                if (id := hours.get(role)) is not None and id not in claims:
                    self._mistakes.add(hours.file, hours.at(role), f"there is no claim {id}")
            if (topic := hours.get("topic")) is not None and topic not in entries:
                self._mistakes.add(hours.file, hours.at("topic"), f"there is no entry {topic}")
            self._ids(hours, "first", entries, "entry")
            phases = {row.get("about", {}).get("phase") for row in (*entries.values(), *boundaries.values())}
            if (phase := hours.get("phase")) is not None and phase not in phases:
                self._mistakes.add(hours.file, hours.at("phase"), f"no entry is about the phase {phase}")
        for row in (*course.get("session"), *course.get("course")) if course is not None else ():
            id = row.get("claim")
            if id not in claims:
                self._mistakes.add(row.file, row.at("claim"), f"there is no claim {id}")
                continue
            own = claims[id].get("quantities", {})
            for name in row.get("quantities"):
                if name not in own:
                    allowed = ", ".join(own) or "none"
                    self._mistakes.add(
                        row.file, row.at("quantities"), f"the claim {id} has no quantity {name}; it has: {allowed}"
                    )

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
                self._mistakes.add(lexicon.file, lexicon.at("implied"), f"there is no facet {name} with the value {value}")

    def _ids(self, row: Row, key: str, known: Iterable[str], what: str) -> None:
        for id in row.get(key, ()):
            if id not in known:
                self._mistakes.add(row.file, row.at(key), f"there is no {what} {id}")

    def _words(self, file: str, line: int, text: str, own: set[str], known: set[str]) -> None:
        for name in quantities.PLACEHOLDER.findall(text):
            if name in known and name not in own:
                self._mistakes.add(file, line, f"{{{name}}} belongs to a claim that is not listed here; add the claim")
        check_slots(self._mistakes, file, line, text, known | CONTACT_SLOTS)
        if typed := quantities.typed(text, self._allowed, self._grammar):
            self._mistakes.add(file, line, f"a figure is typed here ({typed[0]}); figures come from a claim, as {{name}}")

    def phrases(self, rows: Iterable[Row], base: Mapping[str, Row] | None = None) -> dict[str, Row]:
        """The topic of each phrase, by its words; ``base`` are those that were there before."""
        seen: dict[str, Row] = dict(base or {})
        for row in rows:
            for phrase in dict.fromkeys(row.get("phrases")):
                words = self.words(phrase)
                if not words:
                    self._mistakes.add(row.file, row.at("phrases"), f"the phrase {phrase[:60]!r} has no word in it")
                elif (first := seen.setdefault(words, row)) is not row:
                    self._mistakes.add(
                        row.file,
                        row.at("phrases"),
                        f"the phrase {phrase[:60]!r} stands in {first.get('id')} too ({first.file}:{first.line})",
                    )
        return seen

    def words(self, phrase: str) -> str:
        """What two phrases have in common that are the same."""
        return " ".join(number(word, self._grammar) or word for word in raw_words(normalise(phrase)))

    def slots(self, row: Row | None, topics: Iterable[str]) -> None:
        """Redirects name slots, values and topics that there are."""
        if row is None:
            return
        known, groups, rules = set(topics), row.get("groups", {}), row.get("rules")
        for name, listed in groups.items():
            for id in set(listed) - known:
                self._mistakes.add(row.file, row.at("groups"), f"{name} lists {id}, and there is no such topic")
        for one in row.get("redirects"):
            for id in {*one.get("topics"), one.get("to")} - known - (set(groups) - {one.get("to")}):
                self._mistakes.add(one.file, one.line, f"there is no topic {id}, and no group of that name")
            for name, values in one.get("when").items():
                for value in set(values) - set(rules.get(name, {})):
                    self._mistakes.add(one.file, one.line, f"no rule tells {name} {value}")
        for name in {*row.get("carried", ()), *row.get("of_context", ())} - set(rules):
            self._mistakes.add(row.file, row.at("carried"), f"there is no slot {name}; allowed: {', '.join(rules)}")

    def smalltalk(self, rows: Iterable[Row]) -> None:
        for row in rows:
            check_slots(self._mistakes, row.file, row.at("reply"), row.get("reply", ""), CONTACT_SLOTS | SOURCE_SLOTS)

    def clinic(
        self,
        clinic: Row | None,
        entries: Mapping[str, Row],
        boundaries: Mapping[str, Row],
        claims: Mapping[str, Row],
    ) -> None:
        if clinic is None:
            return
        figures = {name for row in claims.values() for name in row.get("quantities", {})}
        for id, said in clinic.get("boundaries", {}).items():
            if id not in boundaries:
                self._mistakes.add(clinic.file, said.line, f"there is no boundary topic {id}")
            text = said.value.get("text") if isinstance(said.value, Row) else said.value
            check_slots(self._mistakes, clinic.file, said.line, text, CONTACT_SLOTS | figures)
        for id, added in clinic.get("safety", {}).items():
            if id not in entries and id not in boundaries:
                self._mistakes.add(clinic.file, clinic.at("safety"), f"there is no entry or boundary topic {id}")
            for claim in added:
                if claim not in claims:
                    self._mistakes.add(clinic.file, clinic.at("safety"), f"there is no claim {claim}")
        self._small(clinic, {*entries, *boundaries})

    def _small(self, clinic: Row, topics: set[str]) -> None:
        """Phrases, messages, languages and the time zone of a clinic."""
        for id, phrases in clinic.get("phrases", {}).items():
            if id not in topics:
                self._mistakes.add(clinic.file, phrases[0].line, f"there is no entry or boundary topic {id}")
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
                self._mistakes.add(
                    clinic.file, clinic.at("timezone"), f"{zone!r} is no known time zone, such as America/New_York"
                )
