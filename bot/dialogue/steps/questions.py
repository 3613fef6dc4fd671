"""The questions in an utterance: which topics each could mean, and whether one is sure enough to be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.dialogue.conversation import Choice
from bot.dialogue.steps.slots import SlotReader
from bot.dialogue.steps.smalltalk import SmallTalks
from bot.dialogue.trace import RankedTopic
from bot.language.lexicon import number
from bot.language.text import normalise, raw_words, sentences
from bot.matching.matcher import Match, Matcher, Ranking

# A part of an utterance is answered beside another only when it is surely a question of its own.
_SURE_OF_PART = 0.15
# So many words of one or two sentences are read as a whole; what is longer is a letter, in which one looks for what asks.
_SHORT, _FEW_SENTENCES = 25, 2
# A sentence with more words is a run-on, and is read in pieces.
_RUN_ON = 30
_MOST_ASKING = 8  # sentences of a letter that are ranked
_ANSWERED = 3


class Questions:
    """Reads with one matcher. Keeps nothing between calls."""

    def __init__(self, matcher: Matcher, smalltalk: SmallTalks, slots: SlotReader) -> None:
        self._matcher = matcher
        self._slots = slots
        # Parts of a message: asking the sentence model for each would take longer than all the rest together.
        self._by_words = matcher.by_words()
        self._smalltalk = smalltalk
        self._grammar = matcher.language.grammar

    def rankings(self, text: str, slots: Mapping[str, str]) -> list[Ranking]:
        """One ranking for each question in ``text``: at most three that are sure, or the one that is understood best.

        ``slots``: what was told before, and in all of ``text``; a sentence may tell it otherwise.
        """
        if len(raw_words(text)) <= _SHORT and len(sentences(text)) <= _FEW_SENTENCES:
            return self._of_a_question(text, slots)
        return self._of_a_letter(text, slots)

    def rank(self, text: str, slots: Mapping[str, str], whole: str = "", *, words: bool = False) -> Ranking | None:
        """The ranking of one question, where ``slots`` have their say; by ``words`` alone if wanted."""
        ranking = (self._by_words if words else self._matcher).rank(text, whole)
        return None if ranking is None else self._slots.redirected(ranking, {**slots, **self._slots.read(text)})

    def asks(self, text: str) -> bool:
        """Whether there is a question in a sentence: its mark, a word that begins one, or words that ask for something."""
        words = raw_words(text)
        return "?" in text or words[:1] == [] or words[0] in self._grammar.asking or bool(self._grammar.requests.search(text))

    def _of_a_question(self, text: str, slots: Mapping[str, str]) -> list[Ranking]:
        whole = self.rank(text, slots)
        parts = [part for part in self._grammar.clause_break.split(text) if part and part.strip()]
        if len(parts) < 2 or whole is None:
            return [whole] if whole is not None else []
        of_parts = [(part, self.rank(part, slots, text, words=True)) for part in parts[:6] if not self._smalltalk.detect(part)]
        ranked = [(part, r) for part, r in of_parts if r is not None and len(r.words.stems) > 1]
        sure = self._surest([r for part, r in ranked if self.asks(part)], _SURE_OF_PART)
        if len(sure) > 1:
            return sure[:_ANSWERED]
        best = max([whole, *(r for _, r in ranked)], key=lambda one: one.top.confidence)
        return [best if best.top.confidence > whole.top.confidence + _SURE_OF_PART else whole]

    def _of_a_letter(self, text: str, slots: Mapping[str, str]) -> list[Ranking]:
        """What a letter asks, wherever it stands; its other sentences tell no more than what it is about."""
        pieces = [piece for sentence in sentences(text) for piece in self._pieces(sentence)]
        asking = [at for at, piece in enumerate(pieces) if self.asks(piece)]
        plans = [at for at, piece in enumerate(pieces) if at not in asking and self._grammar.plans.search(piece)]
        chosen = (asking + plans)[:_MOST_ASKING]
        ranked = [r for at in chosen if (r := self.rank(pieces[at], slots, text)) is not None]
        sure = self._surest(ranked)
        if sure:
            return sure[:_ANSWERED]
        # A question that leans on the sentence before it: "that feeling. how long does it go on?"
        beside = [r for at in asking[:_MOST_ASKING] if at and (r := self.rank(f"{pieces[at - 1]} {pieces[at]}", slots, text))]
        if sure := self._surest(beside):
            return sure[:1]
        return [max([*ranked, *beside], key=lambda one: one.top.confidence)] if ranked or beside else []

    def _pieces(self, sentence: str) -> list[str]:
        if len(raw_words(sentence)) <= _RUN_ON:
            return [sentence]
        return [piece for piece in self._grammar.run_on.split(sentence) if piece.strip()]

    def _surest(self, ranked: Sequence[Ranking], more: float = 0.0) -> list[Ranking]:
        """Those that are sure, one for each topic; what has an answer comes before what has none."""
        sure: dict[str, Ranking] = {}
        for one in ranked:
            if self.settles(one, more):
                sure.setdefault(one.top.topic, one)
        return sorted(sure.values(), key=lambda one: len(sure) > _ANSWERED and not one.top.entry)

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
