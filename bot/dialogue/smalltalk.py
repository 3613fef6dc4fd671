"""Courtesies and words to the bot itself: heard only when they are all that was said."""

from __future__ import annotations

from bot.knowledge.model import Knowledge, SmallTalk
from bot.language.lexicon import canonical, number
from bot.language.spelling import Speller
from bot.language.text import normalise, raw_words
from bot.language.vocabulary import Language

# Words that may stand anywhere between without a question in them: "can I please talk to a real person then".
_PARTICLES = frozenset(
    "a an the to with please just really actually then now maybe perhaps so very too much there real quite well also again here "
    "at all ever".split()
)
_LONGEST = 20  # words


class SmallTalks:
    """Finds the small talk that an utterance wholly consists of ("hi there, thanks, bye")."""

    def __init__(self, knowledge: Knowledge, language: Language) -> None:
        self._lexicon = knowledge.lexicon
        # Its own words are right as they stand: "unhelpful" is no slip of "helpful".
        own = {word for talk in knowledge.smalltalk for phrase in talk.phrases for word in raw_words(normalise(phrase))}
        self._speller = Speller(own | language.vocabulary, knowledge.lexicon.ordinary)
        self._runs: dict[tuple[str, ...], SmallTalk] = {}
        for talk in knowledge.smalltalk:
            for phrase in talk.phrases:
                words = self._words(phrase)
                self._runs.setdefault(words, talk)
                self._runs.setdefault(_without_particles(words), talk)
        self._runs.pop((), None)
        self._longest = max((len(run) for run in self._runs), default=0)
        self._fillers = {*self._lexicon.opening, *self._lexicon.closing}
        # A word that stands in no courtesy, and that no synonym turns into one, ends the search at once.
        courteous = own.union(_PARTICLES, *self._fillers, *self._lexicon.synonyms)
        self._telling = {word for word in self._speller.known - courteous if number(word) is None}

    def _words(self, text: str) -> tuple[str, ...]:
        return self._canonical(raw_words(normalise(text)))

    def _canonical(self, typed: list[str]) -> tuple[str, ...]:
        return tuple(canonical([self._speller.correct(word) for word in typed], self._lexicon))

    def hear(self, text: str) -> SmallTalk | None:
        """The weightiest small talk in ``text``, or None where it says anything else besides."""
        typed = raw_words(normalise(text))
        if not self._telling.isdisjoint(typed):
            return None
        words = self._canonical(typed)
        if not words or len(words) > _LONGEST:
            return None
        return self._weightiest(words) or self._weightiest(_without_particles(words))

    def _weightiest(self, words: tuple[str, ...]) -> SmallTalk | None:
        heard: list[SmallTalk] = []
        at = 0
        while at < len(words):
            for k in range(min(self._longest, len(words) - at), 0, -1):
                run = words[at : at + k]
                if (talk := self._runs.get(run)) is not None:
                    heard.append(talk)
                    at += k
                    break
                if run in self._fillers:
                    at += k
                    break
            else:
                return None
        if not heard:
            return None
        # What asks for something outweighs a greeting or thanks around it; among equals the last word counts.
        return max(enumerate(heard), key=lambda one: (one[1].act not in {"reply", "agree"}, one[0]))[1]


def _without_particles(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if word not in _PARTICLES)
