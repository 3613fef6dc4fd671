"""The questions in an utterance: which topics each could mean, and whether one is sure enough to be told."""

from __future__ import annotations

from collections.abc import Sequence

from bot.dialogue.conversation import Choice
from bot.dialogue.smalltalk import SmallTalks
from bot.dialogue.trace import RankedTopic
from bot.language.lexicon import number
from bot.language.text import normalise, raw_words
from bot.matching.matcher import Match, Matcher, Ranking

# A part of an utterance is answered beside another only when it is surely a question of its own.
_SURE_OF_PART = 0.15


class Questions:
    """Reads with one matcher. Keeps nothing between calls."""

    def __init__(self, matcher: Matcher, smalltalk: SmallTalks) -> None:
        self._matcher = matcher
        # Parts of a message: asking the sentence model for each would take longer than all the rest together.
        self._by_words = matcher.by_words()
        self._smalltalk = smalltalk
        self._clause_break = matcher.language.grammar.clause_break

    def rankings(self, text: str) -> list[Ranking]:
        """One ranking for each question in ``text``.

        Of its parts where at least two are surely different questions, else of the whole or the part that is understood better.
        """
        whole = self._matcher.rank(text)
        parts = [part for part in self._clause_break.split(text) if part and part.strip()]
        if len(parts) < 2 or whole is None:
            return [whole] if whole is not None else []
        ranked = [
            r
            for part in parts[:6]
            if not self._smalltalk.detect(part) and (r := self._by_words.rank(part)) is not None and len(r.words.stems) > 1
        ]
        sure: dict[str, Ranking] = {}
        for one in ranked:
            if self.settles(one, more=_SURE_OF_PART):
                sure.setdefault(one.top.topic, one)
        if len(sure) > 1:
            # Of more than three, what has an answer comes before what has none.
            return sorted(sure.values(), key=lambda one: len(sure) > 3 and not one.top.entry)[:3]
        best = max([whole, *ranked], key=lambda one: one.top.confidence)
        return [best if best.top.confidence > whole.top.confidence + _SURE_OF_PART else whole]

    def settles(self, ranking: Ranking, more: float = 0.0) -> bool:
        """Whether the first topic is sure enough to be told without asking back."""
        if not any(match.parts["cover"] for match in ranking.matches):
            return False  # not a word in common with any phrase
        chosen = ranking.calibration
        least = chosen.answer if ranking.top.entry else chosen.boundary
        if ranking.top.confidence < min(least + more, 0.99):
            return False
        return not ranking.top.entry or ranking.lead >= chosen.lead

    def offered(self, ranking: Ranking) -> list[Match]:
        """The choices worth asking about: none where nothing is likely, or where no entry is among them."""
        possible = [match for match in ranking.matches[:3] if not match.guards]
        if not possible or max(match.confidence for match in possible) < ranking.calibration.clarify:
            return []
        return possible if any(match.entry for match in possible) else []


def explain(ranking: Ranking) -> tuple[RankedTopic, ...]:
    """How a ranking came about: the first topics with their figures, best first."""
    return tuple(
        RankedTopic(match.topic, match.confidence, match.parts, match.nearest, match.guards) for match in ranking.matches[:3]
    )


def chosen(text: str, choices: Sequence[Choice], matcher: Matcher) -> Choice | None:
    """The one of ``choices`` that ``text`` picks: by its number, its place, its words, or a word that only it has."""
    if not choices:
        return None
    words = raw_words(text)
    if words and words == raw_words(normalise(next((c.label for c in choices if raw_words(normalise(c.label)) == words), ""))):
        return next(c for c in choices if raw_words(normalise(c.label)) == words)
    grammar = matcher.language.grammar
    left = [word for word in words if word not in grammar.choosing]
    if len(left) == 1:
        if left[0] in grammar.last:
            return choices[-1]
        said = number(left[0], grammar)
        if said is not None and said.isdigit() and 0 < int(said) <= len(choices):
            return choices[int(said) - 1]
    # "driving" is enough to pick the one choice that speaks of it.
    stems = set(matcher.language.parse(text).stems)
    if 0 < len(left) <= 3:
        holding = [c for c in choices if stems and stems <= set(matcher.language.parse(c.label).stems)]
        if len(holding) == 1:
            return holding[0]
    return None
