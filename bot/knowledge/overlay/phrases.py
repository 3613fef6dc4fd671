"""Which phrases a clinic may add: none that is danger, says nothing, or takes a question away from a topic of the base."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from bot.knowledge.fields import Row
from bot.language.text import normalise, raw_words
from bot.safety.plain import CALM, PAST, PlainStep, PlainWords

# Words that are asked with and about nothing; with a word besides, a phrase is one of something.
_EMPTY = frozenset(
    "a about after all am an and any anything are at be been before but by can could did do does doing for from get "
    "give go going got had has have having hello help her here hi him his how i if in is it its just know like long "
    "make many may me mean more much my need no not now of often ok on one or our out please really said say see "
    "she should so some something sorry tell than thank thanks that the their them then there these they thing "
    "things this time to too under until up us want was we well what when where which who why will with would yes "
    "you your".split()
)
_MOST = 150  # phrases of one topic: who has more outweighs all others


@dataclass(frozen=True, slots=True)
class OwnPhrase:
    """A phrase that a clinic adds to ``topic``. ``shown``: the claims that this topic shows."""

    text: str
    topic: str
    file: str
    line: int
    shown: frozenset[str]


class PhraseFloor:
    """The phrases of a base, by their words in any order."""

    def __init__(self, topics: Mapping[str, Row], plain: PlainWords, stem: Callable[[str], str]) -> None:
        self._topics = topics
        self._plain = plain
        self._stem = stem

    @cached_property
    def _known(self) -> dict[frozenset[str], str]:
        return {
            self._words(phrase): id for id, row in self._topics.items() for phrase in (row.get("question"), *row.get("phrases"))
        }

    @cached_property
    def _danger(self) -> PlainStep:
        return PlainStep(self._plain)

    def faults(self, phrases: Iterable[OwnPhrase], act_of: Callable[[str], str | None]) -> Iterable[tuple[OwnPhrase, str]]:
        """What is wrong with each of ``phrases``. ``act_of``: the claim that rules what a phrase speaks of."""
        counts: dict[str, int] = {}
        for phrase in phrases:
            counts[phrase.topic] = counts.get(phrase.topic, 0) + 1
            if (what := self._wrong(phrase, act_of(phrase.text))) is not None:
                yield phrase, f"the phrase {phrase.text[:60]!r} {what}"
            elif counts[phrase.topic] == _MOST + 1:
                yield phrase, f"{phrase.topic} gets more than {_MOST} phrases; with so many it outweighs what the base knows"

    def _wrong(self, phrase: OwnPhrase, claim: str | None) -> str | None:
        heard = self._danger.hear(phrase.text)
        if heard is not None and heard.kind not in {CALM, PAST}:
            return "is danger, which is heard before all; it can be no phrase of a topic"
        words = [word for word in raw_words(normalise(phrase.text)) if word not in _EMPTY]
        if not words:
            return "says nothing of any topic, and would take questions from all; write at least one word of what is asked"
        other = self._known.get(self._words(phrase.text))
        if other is not None and other != phrase.topic:
            return f"is one of {other} in other words; a clinic takes no question from a topic of the base"
        if claim is not None and claim not in phrase.shown:
            return f"asks about what the claim {claim} rules; put it under a topic that shows it, or list it under safety there"
        return None

    def _words(self, phrase: str) -> frozenset[str]:
        words = raw_words(normalise(phrase))
        return frozenset(self._stem(word) for word in words if word not in _EMPTY) or frozenset(words)
