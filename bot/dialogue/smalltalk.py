"""Courtesies and words to the bot itself: heard only when they are all that was said, and what is done then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.dialogue.conversation import Conversation, Outcome
from bot.dialogue.events import Turn
from bot.dialogue.outcomes import Outcomes
from bot.dialogue.replies import Composer
from bot.dialogue.trace import trace_of
from bot.knowledge.model import Knowledge, SmallTalk
from bot.language.lexicon import canonical, number
from bot.language.spelling import Speller
from bot.language.text import normalise, raw_words
from bot.language.vocabulary import Language

_LONGEST = 20  # words


class SmallTalks:
    """Finds the small talk that an utterance wholly consists of ("hi there, thanks, bye")."""

    def __init__(self, knowledge: Knowledge, language: Language) -> None:
        self._lexicon = knowledge.lexicon
        self._particles = knowledge.grammar.particles
        # Its own words are right as they stand: "unhelpful" is no slip of "helpful".
        own = {word for talk in knowledge.smalltalk for phrase in talk.phrases for word in raw_words(normalise(phrase))}
        self._speller = Speller(own | language.vocabulary, knowledge.lexicon.ordinary)
        self._runs: dict[tuple[str, ...], SmallTalk] = {}
        for talk in knowledge.smalltalk:
            for phrase in talk.phrases:
                words = self._words(phrase)
                self._runs.setdefault(words, talk)
                self._runs.setdefault(self._without_particles(words), talk)
        self._runs.pop((), None)
        self._longest = max((len(run) for run in self._runs), default=0)
        self._fillers = {*self._lexicon.opening, *self._lexicon.closing}
        # A word that stands in no courtesy, and that no synonym turns into one, ends the search at once.
        courteous = own.union(self._particles, *self._fillers, *self._lexicon.synonyms)
        self._telling = {word for word in self._speller.known - courteous if number(word, knowledge.grammar) is None}

    def _words(self, text: str) -> tuple[str, ...]:
        return self._canonical(raw_words(normalise(text)))

    def _canonical(self, typed: list[str]) -> tuple[str, ...]:
        return tuple(canonical([self._speller.correct(word) for word in typed], self._lexicon))

    def detect(self, text: str) -> SmallTalk | None:
        """The weightiest small talk in ``text``, or None where it says anything else besides."""
        typed = raw_words(normalise(text))
        if not self._telling.isdisjoint(typed):
            return None
        words = self._canonical(typed)
        if not words or len(words) > _LONGEST:
            return None
        return self._weightiest(words) or self._weightiest(self._without_particles(words))

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

    def _without_particles(self, words: tuple[str, ...]) -> tuple[str, ...]:
        particles = self._particles
        return tuple(word for word in words if word not in particles)


class SmallTalkActs:
    """What is done on hearing small talk: a sentence, the choices once more, a way to a person, more of the last answer."""

    def __init__(self, knowledge: Knowledge, compose: Composer, outcomes: Outcomes) -> None:
        self._knowledge = knowledge
        self._compose = compose
        self._outcomes = outcomes

    def act(self, heard: SmallTalk, turn: Turn) -> Outcome:
        conversation, say = turn.conversation, self._compose.figured
        last = conversation.topics[0] if conversation.topics else None
        if heard.act == "agree" and (ids := self._topics(one.id for one in conversation.choices)):
            # "Yes" to "which of these?": to the question, it seems, and to none of the choices.
            return self._compose.clarify(ids, 0.0, trace_of("agreed")), conversation
        if heard.act == "handoff":
            return self._compose.plain("handoff", self._compose.handoff_text()), conversation
        if heard.act in {"more", "why"}:
            return self._goes_deeper(heard, last, turn)
        if heard.act == "complaint":
            return self.apologise(conversation)
        if heard.act == "topics":
            return self._compose.plain("smalltalk", say(heard.reply)), conversation
        if heard.act == "start_over":
            return self._compose.plain("smalltalk", say(heard.reply)), Conversation(
                greeted=conversation.greeted, timezone=conversation.timezone, watch=conversation.watch
            )
        return self._compose.plain("smalltalk", say(heard.reply)), conversation

    def _goes_deeper(self, heard: SmallTalk, last: str | None, turn: Turn) -> Outcome:
        """Answers "why?" and "tell me more", of the last answer."""
        if last is None:
            return self._outcomes.fallback((), 0.0, trace_of("talk", heard.id), turn)
        entry = self._knowledge.entries.get(last)
        if entry is not None and heard.act == "why" and entry.why is not None:
            return self._outcomes.topics([(entry.why, 1.0)], trace_of("reason", entry.id), turn.conversation)
        if entry is not None and entry.detail is not None:
            reply = self._compose.topics([(entry.id, 1.0)], trace_of("detail", entry.id), detail=True)
            return reply, replace(turn.conversation, choices=())
        key = "why_nothing" if heard.act == "why" else "more_nothing"
        return self._compose.plain("fallback", self._compose.say(key)), turn.conversation

    def apologise(self, conversation: Conversation) -> Outcome:
        others = self._topics(conversation.others)
        if len(others) > 1:
            reply = self._compose.clarify(others, 0.0, trace_of("runners_up"), opening="complaint_choices")
            return reply, replace(conversation, choices=reply.choices, others=())
        text = f"{self._compose.say('complaint')}\n\n{self._compose.handoff_text()}"
        return self._compose.plain("fallback", text), replace(conversation, choices=(), misses=conversation.misses + 1)

    def _topics(self, ids: Iterable[str]) -> list[str]:
        """Those of ``ids`` that are topics: "I am safe" is a choice and none, and what was offered yesterday may be gone."""
        return [id for id in ids if id in self._knowledge.entries or id in self._knowledge.boundaries]
