"""Courtesies and words to the bot itself: heard only when they are all that was said, and what is done then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.dialogue.conversation import Conversation, Kind, Outcome, Reply
from bot.dialogue.events import Turn
from bot.dialogue.outcomes import Outcomes
from bot.dialogue.replies import Composer
from bot.dialogue.trace import trace_of
from bot.knowledge.model import Knowledge, SmallTalk
from bot.language.lexicon import canonical, number, strip_courtesy
from bot.language.spelling import Speller
from bot.language.text import normalise, raw_words
from bot.language.vocabulary import Language
from bot.matching.acts import ActReader

_LONGEST = 20  # words
# From this share of the belief on a message of up to so many words is small talk, although no phrase is just like it. Chosen on
# conversations of our own.
_SURE, _SHORT = 0.5, 14
_OF_CHOICES = frozenset({"both", "neither", "unsure", "agree"})


class SmallTalks:
    """Finds the small talk that an utterance wholly consists of ("hi there, thanks, bye")."""

    def __init__(self, knowledge: Knowledge, language: Language, acts: ActReader | None = None) -> None:
        self._acts = acts
        self._by_id = {talk.id: talk for talk in knowledge.smalltalk}
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
                told = self._without_particles(words)
                if len(told) > 1:  # "so long" without its small word is no farewell
                    self._runs.setdefault(told, talk)
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

    def learned(self, text: str, *, choices: bool) -> SmallTalk | None:
        """The small talk that a short message most likely is, by what was learned; None where it is more like a question.

        ``choices``: some stand open, so that it may be an answer to them.
        """
        if self._acts is None or not 0 < len(raw_words(normalise(text))) <= _SHORT:
            return None
        words = raw_words(normalise(text))
        asked = strip_courtesy(words, self._lexicon)
        # A question with thanks behind it is no thanks; what opens a message ("and", "so") belongs to what it says.
        thanked = len(asked) < len(words) and words[: len(asked)] == asked
        gist = self._acts.read(" ".join(asked) if thanked else text)
        talk = self._by_id.get(gist.act) if gist.share >= _SURE else None
        return None if talk is not None and talk.act in _OF_CHOICES and not choices else talk

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
    """What is done on hearing small talk: a sentence, the choices once more, a way to a person, the last answer again."""

    def __init__(self, knowledge: Knowledge, compose: Composer, outcomes: Outcomes) -> None:
        self._knowledge = knowledge
        self._compose = compose
        self._outcomes = outcomes

    def act(self, heard: SmallTalk, turn: Turn) -> Outcome:
        conversation = turn.conversation
        offered = self._topics(one.id for one in conversation.choices)
        trace = trace_of("talk", heard.id)
        if offered and (outcome := self._of_choices(heard, offered, turn)) is not None:
            return outcome
        match heard.act:
            case "handoff":
                return self._compose.plain("handoff", self._compose.handoff_text(), trace=trace), conversation
            case "more" | "why":
                return self._goes_deeper(heard, turn)
            case "complaint" | "neither":
                return self.apologise(conversation)
            case "restate":
                return self._restate(heard, turn)
            case "source":
                return self._source(heard, conversation), conversation
            case "start_over" | "forget":
                return replace(self._said(heard), forgets=heard.act == "forget"), Conversation(
                    greeted=conversation.greeted, timezone=conversation.timezone, watch=conversation.watch
                )
            case _:
                return self._said(heard), conversation

    def _of_choices(self, heard: SmallTalk, offered: Sequence[str], turn: Turn) -> Outcome | None:
        """What is said of choices that stand open; None where it is nothing of them."""
        conversation, trace = turn.conversation, trace_of("talk", heard.id)
        match heard.act:
            case "agree":
                # "Yes" to "which of these?": to the question, it seems, and to none of the choices.
                return self._compose.clarify(offered, 0.0, trace_of("agreed")), conversation
            case "unsure":
                return self._compose.clarify(offered, 0.0, trace, opening="clarify_again"), conversation
            case "restate":
                return self._compose.clarify(offered, 0.0, trace), conversation
            case "both" if len(offered) > 1:
                every = not self._knowledge.grammar.every.isdisjoint(raw_words(turn.text))
                return self._outcomes.topics([(id, 1.0) for id in (offered if every else offered[:2])], trace, conversation)
            case "neither":
                return self._said(heard, "fallback"), replace(conversation, choices=(), misses=conversation.misses + 1)
            case _:
                return None

    def _said(self, heard: SmallTalk, kind: Kind = "smalltalk") -> Reply:
        return self._compose.plain(kind, self._compose.figured(heard.reply), trace=trace_of("talk", heard.id))

    def _last(self, conversation: Conversation) -> str | None:
        """The topic that was answered last, where it is one still."""
        return next(iter(self._topics(conversation.topics[:1])), None)

    def _restate(self, heard: SmallTalk, turn: Turn) -> Outcome:
        """Says the last answer again, below a sentence on it."""
        conversation, trace = turn.conversation, trace_of("talk", heard.id)
        last = self._last(conversation)
        if last is None:
            return self._said(heard), conversation
        reply, after = self._outcomes.topics([(last, 1.0)], trace, conversation)
        return replace(reply, text=f"{self._compose.figured(heard.reply)}\n\n{reply.text}"), after

    def _source(self, heard: SmallTalk, conversation: Conversation) -> Reply:
        """A word on the document, and below it the place of the last answer, or all of the document."""
        reply, last = self._said(heard), self._last(conversation)
        if last is None or last not in self._knowledge.entries:
            return replace(reply, text=f"{reply.text}\n\n{self._compose.documents()}")
        places = tuple(dict.fromkeys(self._knowledge.claims[id].place for id in self._knowledge.entries[last].claims))
        return replace(reply, sources=places, text="\n\n".join([reply.text, *self._compose.source_lines(places)]))

    def _goes_deeper(self, heard: SmallTalk, turn: Turn) -> Outcome:
        """Answers "why?" and "tell me more", of the last answer."""
        last = turn.conversation.topics[0] if turn.conversation.topics else None
        if last is None:
            return self._outcomes.fallback((), 0.0, trace_of("talk", heard.id), turn)
        entry = self._knowledge.entries.get(last)
        if entry is not None and heard.act == "why" and entry.why is not None:
            return self._outcomes.topics([(entry.why, 1.0)], trace_of("reason", entry.id), turn.conversation)
        if entry is not None and entry.detail is not None:
            reply = self._compose.topics([(entry.id, 1.0)], trace_of("detail", entry.id), detail=True)
            return reply, replace(turn.conversation, choices=())
        key = "why_nothing" if heard.act == "why" else "more_nothing"
        return self._compose.plain("fallback", self._compose.say(key), trace=trace_of("talk", heard.id)), turn.conversation

    def apologise(self, conversation: Conversation) -> Outcome:
        others = self._topics(conversation.others)
        if len(others) > 1:
            reply = self._compose.clarify(others, 0.0, trace_of("runners_up"), opening="complaint_choices")
            return reply, replace(conversation, choices=reply.choices, others=())
        text = f"{self._compose.say('complaint')}\n\n{self._compose.handoff_text()}"
        return self._compose.plain("fallback", text), replace(conversation, choices=(), misses=conversation.misses + 1)

    def _topics(self, ids: Iterable[str]) -> list[str]:
        """Those of ``ids`` that are topics: "I am safe" is a choice and none, and what was offered yesterday may be gone."""
        return [id for id in ids if self._knowledge.topic(id) is not None]
