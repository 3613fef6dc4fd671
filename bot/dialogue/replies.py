"""Replies put together from reviewed text: the answer first, then safety, the source, and where to go on.

Nothing is decided here, and no sentence is made: all words come from the knowledge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from types import MappingProxyType
from typing import TypeVar

from bot.dialogue.conversation import Choice, Kind, Part, Reply
from bot.dialogue.trace import Trace
from bot.knowledge.messages import fill
from bot.knowledge.model import Boundary, Entry, Knowledge, Place
from bot.version import __version__

_T = TypeVar("_T")
# What is said where nothing fits: the first time, and then one after the other.
FALLBACKS = ("fallback", "fallback_again", "fallback_still", "fallback_listening", "fallback_other")
_SURE = 0.9  # from here on it calls itself sure
_SENT_ON = 2  # the miss after which the way to a person is named
_LINES = ("emergency", "crisis", "poison", "violence", "child")
_NUMBER = re.compile(r"\+?\d(?:[\d -]*\d)?")
_ALTERNATIVES = re.compile(rf"{_NUMBER.pattern}(?:(?:,|/| or|, or) *{_NUMBER.pattern})+")
_IN_BRACKETS = re.compile(r"\([^)]*\)")
_TWO_BLANKS = re.compile(" {2,}")  # around a contact that the clinic did not give


class Composer:
    """Makes the replies of one knowledge folder."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        clinic = knowledge.clinic
        figures = {q.name: q.shown(knowledge.grammar) for claim in knowledge.claims.values() for q in claim.quantities}
        self._values: Mapping[str, str] = MappingProxyType(
            figures
            | {
                "emergency": clinic.emergency,
                "crisis": clinic.crisis,
                "poison": clinic.poison,
                "violence": clinic.violence,
                "child": clinic.child,
                "contact": clinic.contact or "",
                "clinic": clinic.name or "",
                "publisher": knowledge.documents[0].publisher,
            }
        )
        self._safety = frozenset(id for topic in knowledge.topics for id in topic.safety)
        self._either = MappingProxyType({one.tag: one.either for one in knowledge.languages})
        self._stamp = MappingProxyType({"clinic": clinic.id, "knowledge": knowledge.version, "version": __version__})

    def say(self, key: str, **values: str) -> str:
        """The bot's own sentence ``key``, filled in."""
        return fill(self._knowledge.messages[key], values, self._values)

    def figured(self, text: str) -> str:
        """Reviewed text with its figures and the clinic's numbers."""
        return _TWO_BLANKS.sub(" ", fill(text, self._values)).strip()

    def figured_in(self, language: str, text: str) -> str:
        """As ``figured``, for a text in ``language``: how a line is reached is said in it, or not at all."""
        return fill(text, {} if language == "en" else self._numbers(language), self._values).strip()

    def _numbers(self, language: str) -> Mapping[str, str]:
        """The numbers to call, by what they are for, without English words beside them."""
        clinic, either = self._knowledge.clinic, self._either.get(language, "/")
        told = {name: _bare(getattr(clinic, name), either) for name in _LINES}
        spanish = clinic.crisis_spanish if clinic.crisis_spanish != clinic.crisis else ""
        return {**told, "crisis": spanish} if language == "es" and spanish else told

    def choice(self, id: str) -> Choice:
        topic = self._topic(id)
        return Choice(id, topic.question, topic.claims if isinstance(topic, Entry) else ())

    def _topic(self, id: str) -> Entry | Boundary:
        return self._knowledge.entries.get(id) or self._knowledge.boundaries[id]

    # -- kinds of reply -----------------------------------------------------------------------------------------

    def plain(self, kind: Kind, text: str, **more: object) -> Reply:
        """A reply that is text alone."""
        return Reply(kind=kind, text=text, stamp=self._stamp, **more)  # type: ignore[arg-type]  # forwarded as they are

    def topics(self, found: Sequence[tuple[str, float]], trace: Trace, detail: bool = False) -> Reply:
        """The reply to one or several recognised topics (id, confidence): answers first, then what is not covered."""
        entries = [(e, c) for id, c in found if (e := self._knowledge.entries.get(id)) is not None]
        boundaries = [(b, c) for id, c in found if (b := self._knowledge.boundaries.get(id)) is not None]
        named: list[Entry | Boundary] = [*(entry for entry, _ in entries), *(boundary for boundary, _ in boundaries)]
        held = [topic for topic in named if topic.id in self._knowledge.withheld]
        answers = [entry for entry, _ in entries if entry not in held]
        limits = [boundary for boundary, _ in boundaries if boundary not in held]
        claims = _unique(id for entry in answers for id in entry.claims)
        stricter = [claim.id for id in claims for claim in self._knowledge.stricter(id) if claim.id not in claims]
        safety = self._with_stricter(id for topic in named for id in self._warnings(topic))
        safety = [id for id in safety if id not in claims and id not in stricter]
        texts = self.stricter(claims)
        texts += [self.figured(entry.detail if detail and entry.detail else entry.answer) for entry in answers]
        texts += [self.figured(boundary.clinic_text or boundary.reply) for boundary in limits]
        texts += [self.unreviewed(held)] if held else []
        if safety:
            texts.append(self.say("safety", claims=" ".join(self.figured(self._knowledge.claims[id].statement) for id in safety)))
        related = self._related(named)
        places = _unique(self._knowledge.claims[id].place for id in (*stricter, *claims, *safety))
        places = _unique([*places, *(one.clinic_place for one in limits if one.clinic_text and one.clinic_place)])
        if related:
            texts.append(self.say("related" if answers else "nearest", questions=" ".join(one.label for one in related)))
        parts = [Part(entry.id, None, entry.claims if entry in answers else (), c) for entry, c in entries]
        parts += [Part(None, boundary.id, (), c) for boundary, c in boundaries]
        return Reply(
            kind="answer" if answers else "boundary",
            text="\n\n".join([*texts, *self.source_lines(places)]),
            parts=tuple(parts),
            confidence=max(c for _, c in found),
            claims=tuple(claims),
            safety=(*stricter, *safety),
            boundary=boundaries[0][0].id if boundaries else None,
            related=tuple(related),
            sources=tuple(places),
            stamp=self._stamp,
            trace=trace,
        )

    def unreviewed(self, topics: Sequence[Entry | Boundary]) -> str:
        """What stands in place of texts that no clinician has signed, where the clinic tells no others."""
        return _TWO_BLANKS.sub(" ", self.say("unreviewed", questions=self._named(topic.question for topic in topics))).strip()

    def _warnings(self, topic: Entry | Boundary) -> tuple[str, ...]:
        """The safety claims that are told with ``topic``. Of an entry that is not told, those that it rests on are, too."""
        if not isinstance(topic, Entry) or topic.id not in self._knowledge.withheld:
            return topic.safety
        return (*(id for id in topic.claims if id in self._safety), *topic.safety)

    def stricter(self, claims: Sequence[str]) -> list[str]:
        """The clinic's own claims that make one of ``claims`` stricter, as one text to be told first, or none."""
        found = _unique(one.id for id in claims for one in self._knowledge.stricter(id) if one.id not in claims)
        told = " ".join(self.figured(self._knowledge.claims[id].statement) for id in found)
        return [self.say("stricter", claims=told)] if told else []

    def _with_stricter(self, claims: Iterable[str]) -> list[str]:
        """``claims``, each behind those of the clinic that make it stricter."""
        return _unique(one for id in claims for one in (*(claim.id for claim in self._knowledge.stricter(id)), id))

    def clarify(self, ids: Sequence[str], confidence: float, trace: Trace, opening: str = "clarify") -> Reply:
        """Asks which of up to three topics is meant."""
        choices = tuple(self.choice(id) for id in ids[:3])
        lines = [f"{number}. {one.label}" for number, one in enumerate(choices, start=1)]
        text = "\n".join([self.say(opening), *lines, self.say("clarify_end")])
        return Reply(kind="clarify", text=text, confidence=confidence, choices=choices, stamp=self._stamp, trace=trace)

    def fallback(self, nearest: Sequence[str], misses: int, confidence: float, trace: Trace) -> Reply:
        """Says that nothing fits, each time in other words, names the nearest topics, and the way to a person."""
        related = tuple(self.choice(id) for id in nearest[:2])
        first, *later = FALLBACKS
        texts = [self.say(later[(misses - 2) % len(later)] if misses > 1 else first)]
        if misses == _SENT_ON or (not related and misses < _SENT_ON):
            texts.append(self.handoff_text())
        if related:
            texts.append(self.say("nearest", questions=" ".join(one.label for one in related)))
        return Reply(
            kind="fallback", text="\n\n".join(texts), confidence=confidence, related=related, stamp=self._stamp, trace=trace
        )

    def handoff_text(self) -> str:
        return self.say("handoff_contact" if self._knowledge.clinic.contact else "handoff")

    def timeline(self, text: str, claims: tuple[str, ...], trace: Trace) -> Reply:
        """Clock times, with the places of the claims that they follow from."""
        places = _unique(self._knowledge.claims[id].place for id in claims)
        return Reply(
            kind="timeline",
            text="\n\n".join([text, *self.source_lines(places)]),
            confidence=1.0,
            claims=claims,
            sources=tuple(places),
            stamp=self._stamp,
            trace=trace,
        )

    def explained(self, reply: Reply) -> str:
        """How ``reply`` came about, for the person who got it: one sentence, and its sources.

        Raises KeyError where the knowledge does not have its topics or places any more.
        """
        return "\n\n".join([self._explanation(reply), *self.source_lines(reply.sources)])

    def _explanation(self, reply: Reply) -> str:
        match reply.kind:
            case "answer" | "boundary" if reply.parts:
                return self._understanding(reply)
            case "clarify":
                return self.say("why_clarify")
            case "urgent" | "support":
                return self.say("why_urgent")
            case "timeline" if self._knowledge.hours is not None and self._knowledge.hours.wear_off in reply.claims:
                return self.say("why_timeline", places=self._sections(reply.sources))
            case "timeline":
                return self.say("why_timeline_asked")
            case "smalltalk":
                return self.say("why_smalltalk")
            case "handoff":
                return self.say("why_handoff")
            case _:
                return self.say("why_fallback" if reply.trace.questions else "why_no_question")

    def _understanding(self, reply: Reply) -> str:
        """Which questions were heard, how surely, and what the reply to them rests on."""
        questions = self._named(self.choice(part.entry or part.boundary or "").label for part in reply.parts)
        sure = self._certainty(min(part.confidence for part in reply.parts))
        several = len(reply.parts) > 1
        if any((part.entry or part.boundary) in self._knowledge.withheld for part in reply.parts):
            return self.say("why_unreviewed", questions=questions, sure=sure)
        if reply.kind == "boundary":
            return self.say("why_boundaries" if several else "why_boundary", questions=questions, sure=sure)
        places = self._sections(reply.sources)
        return self.say("why_answers" if several else "why_answer", questions=questions, sure=sure, places=places)

    def _certainty(self, confidence: float) -> str:
        # A confidence is a share of right answers whether or not the sentence model had a part in it: one scale serves both.
        least = self._knowledge.calibration
        if confidence >= min(least.sure, _SURE):
            return self.say("why_sure")
        return self.say("why_fairly_sure" if confidence >= least.answer else "why_not_sure")

    def _sections(self, places: Iterable[Place]) -> str:
        titles = {(one.id, section.id): section.title for one in self._knowledge.documents for section in one.sections}
        return self._named(_unique(titles[place.document, place.section] for place in places))

    def _named(self, names: Iterable[str]) -> str:
        quoted = (self.say("why_name", name=name) for name in names)
        return reduce(lambda some, more: self.say("why_and", some=some, more=more), quoted)

    def documents(self) -> str:
        """The sources, each with its sections."""
        lines = [self.say("sources")]
        for document in self._knowledge.documents:
            sections = (f"  - {section.title}" for section in document.sections)
            lines += ["", document.title, document.publisher, document.link, *sections]
        return "\n".join(lines)

    def source_lines(self, places: Sequence[Place]) -> list[str]:
        """One line for each document, with all the places in it."""
        lines = []
        for document in self._knowledge.documents:
            sections: dict[str, list[int]] = {}
            for place in places:
                if place.document == document.id:
                    sections.setdefault(place.section, []).append(place.paragraph)
            named = [
                self.say("source_place", section=document.section(id).title, paragraph=", ".join(map(str, sorted(paragraphs))))
                for id, paragraphs in sections.items()
            ]
            if named:
                lines.append(self.say("source", title=document.title, places="; ".join(named), link=document.link).rstrip())
        return lines

    def _related(self, topics: Sequence[Entry | Boundary]) -> list[Choice]:
        told = {topic.id for topic in topics}
        ids = _unique(id for topic in topics for id in topic.related)
        return [self.choice(id) for id in ids if id not in told and id not in self._knowledge.withheld][:2]


def _bare(line: str, either: str) -> str:
    """The number in ``line`` without the words around it; of two of which one may be called, both, with ``either`` between."""
    alone = _IN_BRACKETS.sub(" ", line).strip()
    if _ALTERNATIVES.fullmatch(alone):
        return f" {either} ".join(number.strip() for number in _NUMBER.findall(alone))
    found = _NUMBER.search(line)
    return found.group().strip() if found is not None else line


def _unique(items: Iterable[_T]) -> list[_T]:
    return list(dict.fromkeys(items))
