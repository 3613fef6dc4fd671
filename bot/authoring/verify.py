"""The ledger against its source: hashes of paragraphs, and each figure where its claim says that it stands.

What is verified of a figure is that nothing else in its paragraph could stand in its place: its ``near`` words must be in
the same sentence, closer to it than to any other figure, and stand with no second figure of the paragraph in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from bot.knowledge.build import paragraph_hash
from bot.knowledge.model import Claim, Document, Knowledge, Place, Quantity, Section
from bot.language.grammar import Grammar
from bot.language.quantities import End, ends_of, fold, quantities, straighten

SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z])")
_GAP = re.compile(r"[\w%'-]+(?:\.\w+)*|[,;:()–—]")
# A comma parts two figures more than a word does: in "two hours for pain, three for mood" pain belongs to the two hours.
_PAUSE = 3
_SPAN = r"(?:second|minute|hour|day|night|week|month|year)s?"
# Figures in words that are no amount with a unit, but rivals of one another: "monthly", "hours or days".
_WORDED = re.compile(
    rf"(?<![\w-])(?:{_SPAN}(?:\s+(?:or|to|and)\s+{_SPAN})+|(?:hour|dai|week|month|quarter|year|night|fortnight)(?:ly|y)|annually|"
    rf"once|twice|(?:rest|remainder|end|most|all)\s+of\s+(?:the|a|that)\s+{_SPAN}|overnight)(?![\w-])"
)
_TO_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800, "month": 2629800, "year": 31557600}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that an editor should look at. A ``warning`` is no reason to fail a build."""

    where: str
    what: str
    warning: bool = False

    def __str__(self) -> str:
        return f"{self.where}: {'warning: ' if self.warning else ''}{self.what}"


@dataclass(frozen=True, slots=True)
class _Figure:
    """A figure in a paragraph: ``ends`` where it is an amount with a unit, and its place in a sentence."""

    text: str
    ends: tuple[End, ...] | None
    sentence: int
    start: int
    stop: int


def verify(knowledge: Knowledge, article: str | None, document: str | None = None) -> list[Finding]:
    """What in the ledger does not agree with itself or, where there is an ``article`` (plain text), with the article.

    ``document`` is the id of the article's document; it may be left out where sources.yaml has one only.
    """
    found = [finding for claim in knowledge.claims.values() for finding in _check_form(claim, knowledge.grammar)]
    if article is None:
        return found
    ids = [one.id for one in knowledge.documents]
    if document is None and len(ids) > 1:
        return [*found, Finding("sources.yaml", f"there are several documents; say which one the article is: {', '.join(ids)}")]
    if document is not None and document not in ids:
        return [*found, Finding("sources.yaml", f"there is no document {document}; there is: {', '.join(ids)}")]
    source = knowledge.document(document or ids[0])
    texts: dict[Place, str] = {}
    found += _check_paragraphs(knowledge, source, article, texts)
    for place, claims in _claims_by_place(knowledge, source.id).items():
        if place in texts:
            found += _check_paragraph(claims, texts[place], knowledge.grammar)
    return found


def changed_paragraphs(knowledge: Knowledge, document: Document, text: str) -> Iterator[Finding]:
    """Where ``text`` has other paragraphs than sources.yaml says of ``document``, and what is in doubt then."""
    yield from _check_paragraphs(knowledge, document, text, {})


# -- the article ---------------------------------------------------------------------------------------------------


def split(article: str, source: Document) -> tuple[dict[str, list[str]], list[Section]]:
    """The paragraphs of ``article`` by section id, and the sections whose heading does not stand in it.

    Before the first heading is the section without one. A paragraph is a line, or the lines between two blank ones:
    in each section that which agrees with more of the hashes.
    """
    headings = {fold(section.heading): section for section in source.sections if section.heading}
    opening = next((section for section in source.sections if not section.heading), None)
    lines: dict[str, list[str]] = {section.id: [] for section in source.sections if section is opening}
    current = opening.id if opening else ""
    for line in article.removeprefix("\ufeff").splitlines():
        bare = fold(line.lstrip("# "))
        section = headings.get(bare)
        if section is not None:
            current = section.id
        elif not (bare == fold(source.title) and not any(lines.get(current, []))):
            lines.setdefault(current, []).append(line)
            continue
        lines.setdefault(current, [])
    known = {section.id: set(section.paragraphs) for section in source.sections}
    paragraphs = {id: _paragraphs(own, known.get(id, set())) for id, own in lines.items()}
    return paragraphs, [section for section in source.sections if section.id not in lines]


def _paragraphs(lines: Sequence[str], known: set[str]) -> list[str]:
    single = [line for line in lines if line.strip()]
    blocks = [" ".join(block.split("\n")) for block in re.split(r"\n\s*\n", "\n".join(lines)) if block.strip()]

    def agreeing(paragraphs: list[str]) -> tuple[int, int]:
        return sum(paragraph_hash(one) in known for one in paragraphs), -abs(len(paragraphs) - len(known))

    return max(single, blocks, key=agreeing)


def _check_paragraphs(knowledge: Knowledge, source: Document, article: str, texts: dict[Place, str]) -> Iterator[Finding]:
    """Compares the hashes, and gathers in ``texts`` what stands at each place."""
    paragraphs, missing = split(article, source)
    if any(paragraphs.get("", ())):
        yield Finding("article", f"there is text before the first heading, and no section without a heading in {source.id}")
    for section in missing:
        yield Finding(_named(source, section), f"the heading {section.heading!r} does not stand in the article")
    for section in source.sections:
        actual = paragraphs.get(section.id, [])
        hashes = [paragraph_hash(text) for text in actual]
        for kind, i, i_stop, j, j_stop in SequenceMatcher(None, section.paragraphs, hashes, autojunk=False).get_opcodes():
            for n in range(max(i_stop - i, j_stop - j)):
                old, new = i + n, j + n
                place = Place(source.id, section.id, old + 1)
                if old < i_stop and new < j_stop:
                    texts[place] = actual[new]
                if kind == "equal":
                    continue
                if old >= i_stop:
                    more = f"the article has a paragraph more here, the {new + 1}. of the section"
                    yield Finding(_named(source, section), more)
                else:
                    verb = "has changed" if new < j_stop else "is missing"
                    what = f"this paragraph {verb} in the article; in doubt: {_doubt(knowledge, place)}"
                    yield Finding(f"{_named(source, section)}, paragraph {old + 1}", what)


def _named(source: Document, section: Section) -> str:
    return f"sources.yaml, document {source.id}, section {section.id}"


def _doubt(knowledge: Knowledge, place: Place) -> str:
    """The claims that cite ``place`` and the topics that show them."""
    claims = [claim.id for claim in knowledge.claims.values() if claim.place == place]
    topics = [topic.id for topic in knowledge.topics if not {*getattr(topic, "claims", ()), *topic.safety}.isdisjoint(claims)]
    return f"claims {', '.join(claims) or 'none'}; entries {', '.join(topics) or 'none'}"


def mistakes_of(quantity: Quantity, paragraph: str, grammar: Grammar) -> list[str]:
    """Why ``quantity`` is not what ``paragraph`` says; none where it is."""
    return [*_Paragraph(paragraph, [quantity.first] if quantity.words else [], grammar).mistakes(quantity)]


# -- the figures ---------------------------------------------------------------------------------------------------


def _claims_by_place(knowledge: Knowledge, document: str) -> dict[Place, list[Claim]]:
    by_place: dict[Place, list[Claim]] = {}
    for claim in knowledge.claims.values():
        if claim.place.document == document:
            by_place.setdefault(claim.place, []).append(claim)
    return by_place


def _check_paragraph(claims: Sequence[Claim], paragraph: str, grammar: Grammar) -> Iterator[Finding]:
    text = _Paragraph(paragraph, [q.first for claim in claims for q in claim.quantities if q.words], grammar)
    for claim in claims:
        place = f"claims.yaml, claim {claim.id}"
        for hedge in claim.hedge:
            if not _places(fold(hedge), fold(paragraph)):
                yield Finding(place, f"the hedge {hedge!r} does not stand in the paragraph that it cites")
        for quantity in claim.quantities:
            yield from (Finding(f"{place}, quantity {quantity.name}", what) for what in text.mistakes(quantity))


class _Paragraph:
    """The sentences and figures of a paragraph. ``worded`` are the figures in words that the ledger has for it."""

    def __init__(self, paragraph: str, worded: Sequence[str], grammar: Grammar) -> None:
        self._grammar = grammar
        plain = " ".join(straighten(paragraph).split())
        self._sentences = [fold(sentence) for sentence in SENTENCE_END.split(plain)]
        self._figures = [
            figure for n, sentence in enumerate(self._sentences) for figure in _figures(n, sentence, worded, grammar)
        ]

    def mistakes(self, quantity: Quantity) -> Iterator[str]:
        """Why ``quantity`` is not what the paragraph says; nothing where it is."""
        shown = f"{quantity.first} to {quantity.last}" if quantity.last else quantity.first
        if quantity.words:
            wanted = fold(quantity.first)
            standing = [figure for figure in self._figures if figure.ends is None and figure.text == wanted]
        else:
            ends = ends_of(quantity.first, quantity.last, self._grammar)
            standing = [figure for figure in self._figures if figure.ends == ends]
        if not standing:
            there = ", ".join(figure.text for figure in self._figures) or "none"
            yield f"{shown!r} does not stand as a figure of its own in the paragraph that it cites; figures there: {there}"
            return
        whys = [self._parted(figure, quantity.near) for figure in standing]
        if all(whys):
            yield f"the near words do not single out {shown!r} in its paragraph: {whys[0]}"
            return
        for figure in self._figures:
            if figure not in standing and not self._parted(figure, quantity.near):
                yield f"the near words stand with {figure.text!r} as well; choose some that stand with {shown!r} alone"

    def _parted(self, figure: _Figure, near: Sequence[str]) -> str | None:
        """What keeps the near words and ``figure`` apart, or None."""
        sentence = self._sentences[figure.sentence]
        rivals = [other for other in self._figures if other.sentence == figure.sentence and other is not figure]
        for word in near:
            places = [(a, b) for a, b in _places(fold(word), sentence) if b <= figure.start or a >= figure.stop]
            if not places:
                return f"{word!r} does not stand in the sentence with {figure.text!r}, which is: {sentence}"
            closer = [self._closer(sentence, place, figure, rivals) for place in places]
            if all(closer):
                other = f"{word!r} stands as near to {closer[0]!r}"
                return f"{other}; choose words that stand with {figure.text!r} alone, in: {sentence}"
        return None

    @staticmethod
    def _closer(sentence: str, place: tuple[int, int], figure: _Figure, rivals: Sequence[_Figure]) -> str | None:
        own = _distance(sentence, place, figure)
        return next((rival.text for rival in rivals if _distance(sentence, place, rival) <= own), None)


def _figures(number: int, sentence: str, worded: Sequence[str], grammar: Grammar) -> list[_Figure]:
    """The figures of a sentence. What the ledger has in words comes last: it cannot be part of another figure, or two in one."""
    found = [
        _Figure(sentence[q.start : q.stop], None if q.part else q.ends, number, q.start, q.stop)
        for q in quantities(sentence, grammar)
    ]
    known = [match.span() for match in _WORDED.finditer(sentence)]
    told = {span for words in worded for span in _places(fold(words), sentence)}
    own = sorted(told, key=lambda span: (span[0] - span[1], span))
    for start, stop in (*known, *own):
        if not any(start < other.stop and other.start < stop for other in found):
            found.append(_Figure(sentence[start:stop], None, number, start, stop))
    return sorted(found, key=lambda figure: figure.start)


def _places(words: str, text: str) -> list[tuple[int, int]]:
    """Where ``words`` stand in ``text``, as words of their own."""
    return [match.span() for match in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", text)]


def _distance(sentence: str, place: tuple[int, int], figure: _Figure) -> int:
    """How many words stand between; a pause counts as ``_PAUSE`` words."""
    gap = sentence[place[1] : figure.start] if place[1] <= figure.start else sentence[figure.stop : place[0]]
    return sum(_PAUSE if token in ",;:()–—" else 1 for token in _GAP.findall(gap))


def _check_form(claim: Claim, grammar: Grammar) -> Iterator[Finding]:
    """What can be seen without the article."""
    for quantity in claim.quantities:
        place = f"claims.yaml, claim {claim.id}, quantity {quantity.name}"
        if f"{{{quantity.name}}}" not in claim.statement:
            yield Finding(place, "the claim does not use it; write {name} where the figure belongs")
        if quantity.words and not all(one.part for one in quantities(quantity.first, grammar)):
            yield Finding(place, f"{quantity.first!r} is a figure with its unit; write it as value, or from and to")
        if quantity.last is not None:
            ends = ends_of(quantity.first, quantity.last, grammar)
            sizes = [
                float(amounts[0]) * _TO_SECONDS[unit]
                for amounts, unit in ends or ()
                if unit in _TO_SECONDS and amounts[0][0].isdigit()
            ]
            if len(sizes) == 2 and sizes[0] >= sizes[1]:
                yield Finding(place, f"{quantity.first} is not less than {quantity.last}")


# -- what is served ------------------------------------------------------------------------------------------------
