"""The questions in an utterance: which topics each could mean, and whether one is sure enough to be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.dialogue.conversation import Choice
from bot.dialogue.steps.slots import SlotReader
from bot.dialogue.steps.smalltalk import SmallTalks
from bot.dialogue.trace import RankedTopic
from bot.language.lexicon import number
from bot.language.text import normalise, raw_words, sentences
from bot.matching.matcher import About, Match, Matcher, Ranking
from bot.safety.heard import Heard

# A part of an utterance is answered beside another only when it is surely a question of its own.
_SURE_OF_PART = 0.15
# A part that asks is understood better than the whole where it is so much surer: "I am worn out, can I drive the same day?".
_SURER = 0.05
# So many words of one or two sentences are read as a whole; what is longer is a letter, in which one looks for what asks.
_SHORT, _FEW_SENTENCES = 25, 2
# A sentence with more words is a run-on, and is read in pieces.
_RUN_ON = 30
_LEANS = 8  # words; so few speak of what was spoken of before
# In a letter that names our subject an answer needs such a part of the usual confidence, and a clear lead; a boundary so much.
# Chosen on letters of our own.
_LETTER, _LETTER_LEAD, _LETTER_BOUNDARY = 0.55, 0.15, 0.6
_MORE_OF_OTHERS = 0.3  # in one that does not name it, so much more of confidence
_MOST_ASKING = 8  # sentences of a letter that are ranked
ANSWERED = 3


# A short question that is surely ours outweighs what was learned of danger, unless that is sure, too: the numbers stand below the
# answer then. Chosen on questions and on messages of danger of our own.
_QUESTION, _QUESTION_SURE, _DANGER_SURE = 25, 0.75, 0.6


@dataclass(frozen=True, slots=True)
class Asked:
    """The questions of an utterance as they were ranked, and those of them that are ``sure`` enough to be told."""

    rankings: Sequence[Ranking]
    sure: Sequence[Ranking]


class Questions:
    """Reads with one matcher. Keeps nothing between calls."""

    def __init__(self, matcher: Matcher, smalltalk: SmallTalks, slots: SlotReader, subject: frozenset[str] = frozenset()) -> None:
        """``subject``: words that name what the folder is about."""
        self._subject = frozenset(map(matcher.language.stem, subject))
        self._matcher = matcher
        self._slots = slots
        # Parts of a message: asking the sentence model for each would take longer than all the rest together.
        self._by_words = matcher.by_words()
        self._smalltalk = smalltalk
        self._grammar = matcher.language.grammar

    def rankings(self, text: str, slots: Mapping[str, str], before: str = "") -> Asked:
        """The questions in ``text``: all that are sure, or the one that is understood best.

        ``slots``: what was told before, and in all of ``text``; a sentence may tell it otherwise. ``before``: the question that
        was answered last; a few words speak of the same subject.
        """
        if len(raw_words(text)) > _SHORT or len(sentences(text)) > _FEW_SENTENCES:
            return self._of_a_letter(text, slots)
        rankings = self._of_a_question(text, slots, self.beside(text, before))
        return Asked(rankings, [one for one in rankings if self.settles(one)])

    def rank(self, text: str, slots: Mapping[str, str], about: About | None = None, *, words: bool = False) -> Ranking | None:
        """The ranking of one question, where ``slots`` have their say; by ``words`` alone if wanted.

        ``about``: the message that it is a part of, or what it leans on.
        """
        ranking = (self._by_words if words else self._matcher).rank(text, about)
        return None if ranking is None else self._slots.redirected(ranking, {**slots, **self._slots.read(text)})

    def beside(self, text: str, before: str) -> str:
        """``text`` with what was spoken of ``before`` it, where it is too short to say what it is about; else nothing."""
        return f"{before} {text}" if before and len(self._matcher.language.parse(text).typed) <= _LEANS else ""

    def about(self, text: str) -> About | None:
        """What a question leans on; None for no text."""
        return self._matcher.about(text) if text else None

    def asks(self, text: str) -> bool:
        """Whether there is a question in a sentence: its mark, a word that begins one, or words that ask for something."""
        words = raw_words(text)
        return "?" in text or words[:1] == [] or words[0] in self._grammar.asking or bool(self._grammar.requests.search(text))

    def only_chooses(self, text: str) -> bool:
        """Whether ``text`` has no words but those that pick a choice: "the last one"."""
        grammar = self._grammar
        small = grammar.choosing | grammar.last | grammar.every
        words = raw_words(text)
        names_one = any(word in grammar.last or number(word, grammar) is not None for word in words)
        return names_one and all(word in small or number(word, grammar) is not None for word in words)

    def less_sure(self, heard: Heard, text: str) -> Heard:
        """What was learned of danger, where the words are surely a question: "so I won't be knocked out?"."""
        if self.only_chooses(text):
            return replace(heard, level="calm", share=0.0)
        if heard.level not in {"alarm", "check"} or heard.share >= _DANGER_SURE or len(raw_words(text)) > _QUESTION:
            return heard
        ranking = self._by_words.rank(text)
        is_question = ranking is not None and ranking.top.confidence >= _QUESTION_SURE
        return replace(heard, level="care") if is_question else heard

    def _of_a_question(self, text: str, slots: Mapping[str, str], about: str) -> list[Ranking]:
        whole = self.rank(text, slots, self.about(about))
        parts = [part for part in self._grammar.clause_break.split(text) if part and part.strip()]
        if len(parts) < 2 or whole is None:
            return [whole] if whole is not None else []
        whose = self._matcher.about(about or text)
        of_parts = [(p, self.rank(p, slots, whose, words=True)) for p in parts[:6] if not self._smalltalk.detect(p)]
        ranked = [(part, r) for part, r in of_parts if r is not None and len(r.words.stems) > 1]
        sure = self._surest([r for part, r in ranked if self.asks(part)], _SURE_OF_PART)
        if len(sure) > 1:
            return sure
        best = max([whole, *(r for _, r in ranked)], key=lambda one: one.top.confidence)
        more = _SURER if any(r is best and self.asks(part) for part, r in ranked) else _SURE_OF_PART
        return [best if best.top.confidence > whole.top.confidence + more else whole]

    def _of_a_letter(self, text: str, slots: Mapping[str, str]) -> Asked:
        """What a letter asks, wherever it stands; its other sentences tell no more than what it is about."""
        pieces = [piece for sentence in sentences(text) for piece in self._pieces(sentence)]
        asking = [at for at, piece in enumerate(pieces) if self.asks(piece)]
        plans = [at for at, piece in enumerate(pieces) if at not in asking and self._grammar.plans.search(piece)]
        named = self._names_subject(text)
        # The dog and the tablets of a letter are not what it asks about; what somebody suffers from is.
        slots = self._slots.of_context(slots)
        about = self._matcher.about(text)
        ranked = [(pieces[at], self.rank(pieces[at], slots, about)) for at in (asking + plans)[:_MOST_ASKING]]
        found = self._found(ranked, named)
        if not found:
            # A question that leans on the sentence before it: "that feeling. how long does it go on?"
            lean = [f"{pieces[at - 1]} {pieces[at]}" for at in asking[:_MOST_ASKING] if at]
            ranked += [(piece, self.rank(piece, slots, about)) for piece in lean]
            found = self._found(ranked, named)
        if found:
            return Asked(found, found)
        best = max((one for _, one in ranked if one is not None), key=lambda one: one.top.confidence, default=None)
        return Asked([best] if best is not None else [], [])

    def _found(self, ranked: Sequence[tuple[str, Ranking | None]], named: bool) -> list[Ranking]:
        """What of the sentences of a letter is sure, answers first, one for each topic.

        What the source does not answer stands beside an answer only where it was plainly asked.
        """
        sure: dict[str, Ranking] = {}
        plainly: set[str] = set()
        for piece, one in ranked:
            if one is not None and self._settles_in_letter(one, named):
                sure.setdefault(one.top.topic, one)
                plainly |= {one.top.topic} if "?" in piece else set()
        told = [one for id, one in sure.items() if one.top.entry or id in plainly]
        return sorted(told or sure.values(), key=lambda one: not one.top.entry)

    def _names_subject(self, text: str) -> bool:
        return not self._subject.isdisjoint(self._matcher.language.parse(text).stems)

    def _settles_in_letter(self, ranking: Ranking, named: bool) -> bool:
        """Less is enough for what is asked in a letter that names our subject; more for what the source does not answer."""
        top, chosen = ranking.top, ranking.calibration
        if not named or not any(match.parts["cover"] for match in ranking.matches):
            return self.settles(ranking, _MORE_OF_OTHERS)
        least = chosen.answer * _LETTER if top.entry else max(chosen.boundary, _LETTER_BOUNDARY)
        return top.confidence >= least and (not top.entry or ranking.lead >= _LETTER_LEAD)

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
        return sorted(sure.values(), key=lambda one: len(sure) > ANSWERED and not one.top.entry)

    def settles(self, ranking: Ranking, more: float = 0.0) -> bool:
        """Whether the first topic is sure enough to be told without asking back."""
        if not any(match.parts["cover"] for match in ranking.matches):
            return False  # not a word in common with any phrase
        chosen = ranking.calibration
        least = chosen.answer if ranking.top.entry else chosen.boundary
        if ranking.top.confidence < min(least + more, 0.99):
            return False
        return not ranking.top.entry or ranking.lead >= chosen.lead

    def offered(self, ranking: Ranking, *, anything: bool = False) -> list[Match]:
        """The choices worth asking about: none where nothing is likely (but if ``anything`` is), or no entry is among them."""
        outside = self._matcher.outside_topics  # "something else altogether" is nothing to choose
        possible = [match for match in ranking.matches[:3] if not match.guards and match.topic not in outside]
        least = 0.0 if anything else ranking.calibration.clarify
        likeliest = max((match.confidence for match in possible if match.entry), default=-1.0)
        return possible if likeliest >= least else []


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
