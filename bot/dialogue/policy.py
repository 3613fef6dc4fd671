"""The policy: one utterance in one conversation, one reply. The order of what is tried is the list ``STEPS``.

Two rules fence this module in: it is pure (no clock, no I/O, nothing random), and it replies to every string.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from threading import Lock

from cachetools import LRUCache

from bot.dialogue.aftercare import AftercareStep
from bot.dialogue.conversation import Conversation, Floor, Outcome, Reply
from bot.dialogue.events import LONGEST, AsksEnd, Chosen, Ended, Event, NotHelped, Said, Turn, WantsPerson
from bot.dialogue.floor import count_unhelped
from bot.dialogue.followups import FollowUp, FollowUps
from bot.dialogue.outcomes import Outcomes
from bot.dialogue.questions import Questions, chosen, explain
from bot.dialogue.replies import Composer
from bot.dialogue.smalltalk import SmallTalkActs, SmallTalks
from bot.dialogue.trace import Trace, trace_of
from bot.knowledge.model import Knowledge
from bot.language.text import cut, normalise, raw_words
from bot.matching.matcher import Matcher, Ranking
from bot.safety.danger import RULE, DangerClassifier, DangerScore, parts
from bot.safety.urgent import Alarm, UrgentStep
from bot.timeline.end_time import EndTimes

# From here on a short question stands by itself, whatever was spoken of before; below, a topic beside the last one may be so much
# less sure and still be meant. Both chosen on conversations of our own.
_SURE_ALONE, _NEARER = 0.9, 0.2
# A question of small words alone also has to be like a phrase: "when does it" is sure of much, and alike to nothing (.4).
_ALIKE = 0.6
# How many outcomes are kept: some 4 KB each, a third of it the figures of their traces.
_KEPT = 2000
_ANY_FLOOR = Floor()  # whoever has it


class Dialogue:
    """Answers from one knowledge folder. What is remembered is the Conversation; between calls only outcomes are kept that would
    be the same again.
    """

    def __init__(self, knowledge: Knowledge, matcher: Matcher, danger: DangerClassifier | None = None) -> None:
        """``danger`` hears by meaning what the patterns have no words for; it needs a matcher with a sentence model."""
        self.knowledge = knowledge
        self.matcher = matcher
        self.compose = Composer(knowledge)
        self.aftercare = AftercareStep(knowledge, self.compose)
        self._urgent = UrgentStep(knowledge.urgent, matcher.language.vocabulary)
        self._danger = danger
        self._smalltalk = SmallTalks(knowledge, matcher.language)
        self._outcomes = Outcomes(knowledge, self.compose, self._urgent)
        self._acts = SmallTalkActs(knowledge, self.compose, self._outcomes)
        self._questions = Questions(matcher, self._smalltalk)
        self._end_times = EndTimes.of(knowledge.grammar)
        self._followups = FollowUps(knowledge, matcher.language)
        self._recent: LRUCache[Hashable, Outcome] = LRUCache(_KEPT)
        self._lock = Lock()  # long texts are read in threads

    def warm(self) -> None:
        """Does ahead what the first messages would otherwise wait for; for what runs long, not for a single question."""
        self.matcher.warm()
        self._urgent.warm()

    def turn(self, event: Event, conversation: Conversation, now: datetime) -> Outcome:
        """The reply to ``event``, and the conversation after it. Never raises; ``now`` is zone-aware.

        Who has the floor is up to who calls: whatever is asked here is answered.
        """
        # No step reads these two. Without them one outcome that was kept serves more conversations, and "start over", which
        # begins a new one, cannot lose them.
        reply, after = self._respond(event, _with_floor(conversation, 0, _ANY_FLOOR), now)
        return reply, _with_floor(after, count_unhelped(reply, conversation.unhelped, self.knowledge), conversation.floor)

    def _respond(self, event: Event, conversation: Conversation, now: datetime) -> Outcome:
        match event:
            case Said(text):
                return self._hear(text, conversation, now)
            case AsksEnd():
                return self.aftercare.ask(conversation)
            case _:
                return self._outcomes.finish(self._press(event, conversation, now), conversation)

    def _press(self, event: Chosen | Ended | NotHelped | WantsPerson, conversation: Conversation, now: datetime) -> Outcome:
        """What a button does."""
        match event:
            case Chosen(id):
                return self._choose(id, conversation)
            case Ended(at):
                return self.aftercare.tell(at, conversation, now) or self.aftercare.lacking(conversation)
            case NotHelped():
                return self._acts.apologise(conversation)
            case WantsPerson():
                return self.compose.plain("handoff", self.compose.handoff_text()), conversation

    def _hear(self, utterance: str, conversation: Conversation, now: datetime) -> Outcome:
        asked = _fingerprint(utterance, conversation)
        with self._lock, suppress(KeyError):
            return self._recent[asked]  # ``get`` looks the long key up twice
        turn = self._turn(utterance, conversation, now)
        outcome = self._outcomes.finish(self._read(turn), conversation)
        if not conversation.asked_end and not turn.of_an_end:  # else it depends on ``now``
            with self._lock:
                self._recent[asked] = outcome
        return outcome

    def _choose(self, id: str, conversation: Conversation) -> Outcome:
        if id in self.knowledge.entries or id in self.knowledge.boundaries:
            return self._outcomes.topics([(id, 1.0)], trace_of("chosen"), conversation)
        return self._gone(conversation)

    def _gone(self, conversation: Conversation) -> Outcome:
        return self.compose.plain("fallback", self.compose.say("choice_gone")), conversation

    def urgent(self, utterance: str) -> Reply | None:
        """The reply to an urgent utterance, None for any other: for where nothing else of a conversation is heard.

        By the patterns alone: what people say to each other is no question, and must not be answered on a suspicion.
        """
        alarm = self._urgent.detect(utterance)
        return None if alarm is None else self.compose.urgent(alarm)

    def _turn(self, utterance: str, conversation: Conversation, now: datetime) -> Turn:
        said = normalise(utterance)
        text, was_cut = cut(said, LONGEST)
        spoken = self._urgent.parse(said)
        alarm = self._urgent.alarm_in(spoken)
        suspicion = self._suspect(parts(said, text)) if alarm is None else None
        return Turn(spoken, text, was_cut, self._end_times.speaks_of_an_end(text), alarm, suspicion, conversation, now)

    def _suspect(self, texts: Sequence[str]) -> DangerScore | None:
        """How much one of ``texts`` means danger; None where there is nothing to tell it by.

        A single text that the words alone are sure of is a question, and not listened to: half of all are, and take a tenth so.
        """
        if self._danger is None or not texts or (len(texts) == 1 and self.matcher.is_sure_of(texts[0])):
            return None
        vectors = self.matcher.embed(texts)
        return None if vectors is None else self._danger.classify(vectors)

    def _read(self, turn: Turn) -> Outcome:
        """The first step that has a reply gives it."""
        outcome = next(outcome for step in STEPS if (outcome := step(self, turn)) is not None)
        if turn.suspicion is not None and turn.suspicion.share >= self.knowledge.danger.care:
            return self._outcomes.careful(turn.suspicion, outcome)
        return outcome

    # -- the steps, in order ------------------------------------------------------------------------------------

    def _hear_urgent(self, turn: Turn) -> Outcome | None:
        alarm = turn.alarm
        if alarm is None and turn.suspicion is not None and turn.suspicion.share >= self.knowledge.danger.alarm:
            alarm = Alarm(RULE, turn.suspicion.kind, "en")
        return None if alarm is None else (self.compose.urgent(alarm), turn.conversation)

    def _hear_nothing(self, turn: Turn) -> Outcome | None:
        if raw_words(turn.text):
            return None
        return self.compose.plain("fallback", self.compose.say("empty")), turn.conversation

    def _hear_choice(self, turn: Turn) -> Outcome | None:
        """A number, an ordinal or the words of a choice that was offered; anything else is a new question."""
        picked = chosen(turn.text, turn.conversation.choices, self.matcher)
        if picked is None:
            return None
        return self._outcomes.topics([(picked.id, 1.0)], trace_of("chosen"), turn.conversation)

    def _hear_end_of_infusion(self, turn: Turn) -> Outcome | None:
        said = self._end_times.parse_end(turn.text, turn.now) if turn.of_an_end else None
        if said is None:
            outcome = self.aftercare.read_time(turn.text, turn.conversation, turn.now) if turn.conversation.asked_end else None
        elif not said.future and self._speaks_of_other_things(said.besides):
            outcome = None
        else:
            outcome = self.aftercare.tell(said.ended, turn.conversation, turn.now)
        return outcome and (self._outcomes.marked(outcome[0], turn), outcome[1])

    def _hear_smalltalk(self, turn: Turn) -> Outcome | None:
        heard = self._smalltalk.detect(turn.text)
        return None if heard is None else self._acts.act(heard, turn)

    def _hear_spanish(self, turn: Turn) -> Outcome | None:
        words = raw_words(turn.text)
        spanish = [word for word in words if word in self.knowledge.spanish]
        foreign = [word for word in spanish if word not in self.matcher.language.vocabulary]
        if len(spanish) < min(2, len(words)) or len(spanish) * 5 < len(words) * 2 or not foreign:
            return None
        return self.compose.plain("fallback", self.compose.say("spanish"), trace=trace_of("spanish")), turn.conversation

    def _follow_up(self, turn: Turn) -> Outcome | None:
        """What the last answer spoke of is kept ("how often do I need them?"), or one aspect of it changed ("and for pain?")."""
        # Who passes over a question asked back still speaks of what stood first in it.
        asked = tuple(choice.id for choice in turn.conversation.choices[:1])
        heard = self._followups.detect(turn.text, (*asked, *turn.conversation.topics))
        if heard is None:
            return None
        if heard.topic is not None:
            return self._outcomes.topics([(heard.topic, 1.0)], trace_of("follow_up", heard.last), turn.conversation, turn)
        return self._in_context(heard, turn)

    def _in_context(self, heard: FollowUp, turn: Turn) -> Outcome | None:
        """The topic that fits best beside the one spoken of before; None where the utterance stands by itself."""
        alone = self.matcher.rank(turn.text)
        if alone is None or (alone.top.confidence >= _SURE_ALONE and not heard.bare):
            return None
        beside = self.matcher.rank(f"{heard.said} {heard.subject}") if heard.subject else None
        sure: dict[str, float] = {}
        for match in (*alone.matches[:2], *(beside.matches[:2] if beside else ())):
            sure[match.topic] = max(match.confidence, sure.get(match.topic, 0.0))
        nearer = {id: c for id, c in sure.items() if id in heard.neighbours}
        # Said once already: something new is more likely meant, if it is likely at all.
        fresh = {id: c for id, c in nearer.items() if id != heard.last and c >= alone.calibration.answer}
        best = max(fresh or nearer, key=lambda id: nearer[id], default=None)
        if best is None:
            return None
        rival = 0.0 if heard.bare and heard.subject else alone.top.confidence
        # What the source does not answer is not answered for the sake of the context.
        least = max(alone.calibration.answer, rival - (_NEARER if alone.top.entry else 0.0))
        if nearer[best] < least:
            return None
        trace = replace(trace_of("follow_up", heard.last), questions=(explain(beside or alone),))
        return self._outcomes.topics([(best, nearer[best])], trace, turn.conversation, turn)

    def _answer(self, turn: Turn) -> Outcome:
        rankings = self._questions.rankings(turn.text)
        # "When?" out of the blue is asked back, unless it is surely a phrase.
        vague = (
            not turn.conversation.topics
            and all(one.top.confidence < _SURE_ALONE or one.top.parts["aligned"] < _ALIKE for one in rankings)
            and self._followups.is_bare(turn.text)
        )
        return self._decide(rankings, turn, vague)

    # -- deciding -----------------------------------------------------------------------------------------------

    def _decide(self, rankings: Sequence[Ranking], turn: Turn, vague: bool = False) -> Outcome:
        settled = [(one.top.topic, one.top.confidence) for one in rankings if self._questions.settles(one) and not vague]
        trace = Trace(questions=tuple(explain(one) for one in rankings))
        if settled:
            others = tuple(match.topic for match in rankings[0].matches[1:4])
            return self._outcomes.topics(settled, trace, turn.conversation, turn, others)
        if not rankings:
            return self._outcomes.fallback((), 0.0, trace, turn)
        ranking = rankings[0]
        if not any(match.parts["cover"] for match in ranking.matches):
            # Not a word in common with any phrase: to name the nearest would be a guess.
            return self._outcomes.fallback((), ranking.top.confidence, trace, turn)
        offered = self._questions.offered(ranking)
        if len(offered) > 1:
            reply = self.compose.clarify([match.topic for match in offered], ranking.top.confidence, trace)
            return self._outcomes.marked(reply, turn), replace(turn.conversation, choices=reply.choices, others=(), misses=0)
        nearest = [match.topic for match in ranking.matches if match.entry and not match.guards]
        return self._outcomes.fallback(nearest, ranking.top.confidence, trace, turn)

    def _speaks_of_other_things(self, besides: str) -> bool:
        """Whether beside "my infusion ended at two" there is a question, and none of time, effects or driving."""
        ranking = None if self._smalltalk.detect(besides) else self.matcher.rank(besides)
        if ranking is None:
            return False
        phase = self.knowledge.hours.phase if self.knowledge.hours else None
        top = self.knowledge.entries.get(ranking.top.topic) or self.knowledge.boundaries[ranking.top.topic]
        return self._questions.settles(ranking) and top.about.get("phase", "") != phase


STEPS: tuple[Callable[[Dialogue, Turn], Outcome | None], ...] = (
    Dialogue._hear_urgent,
    Dialogue._hear_nothing,
    Dialogue._hear_choice,
    Dialogue._hear_end_of_infusion,
    Dialogue._hear_smalltalk,
    Dialogue._hear_spanish,
    Dialogue._follow_up,
    Dialogue._answer,
)


def _with_floor(conversation: Conversation, unhelped: int, floor: Floor) -> Conversation:
    if conversation.unhelped == unhelped and conversation.floor == floor:
        return conversation  # nearly always, and a copy takes as long as to find the outcome
    return replace(conversation, unhelped=unhelped, floor=floor)


def _fingerprint(utterance: str, conversation: Conversation) -> Hashable:
    """Stands for ``utterance`` in ``conversation`` where outcomes are kept, so that no text is.

    Two hashes of a text that only this process can make, 128 bits together: no two texts will ever share them by chance, and
    none can be read out of them.
    """
    return hash(utterance), hash(f"\0{utterance}"), conversation
