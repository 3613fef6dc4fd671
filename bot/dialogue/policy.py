"""The policy: one utterance in one conversation, one reply. The order of what is tried is the list ``STEPS``.

Two rules fence this module in: it is pure (no clock, no I/O, nothing random), and it replies to every string.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock
from unicodedata import category

from cachetools import LRUCache

from bot.dialogue.conversation import Conversation, Floor, Outcome, Reply
from bot.dialogue.events import LONGEST, AsksEnd, Chosen, Ended, Event, NotHelped, Said, StillLearning, Turn, WantsPerson
from bot.dialogue.floor import count_unhelped, with_floor
from bot.dialogue.foreign import ForeignLanguages
from bot.dialogue.outcomes import Outcomes, fingerprint
from bot.dialogue.replies import Composer
from bot.dialogue.steps.aftercare import AftercareStep
from bot.dialogue.steps.care import Care, current
from bot.dialogue.steps.context import SURE_ALONE, ContextStep
from bot.dialogue.steps.opening import OpeningTexts
from bot.dialogue.steps.questions import ANSWERED, Questions, chosen, explain
from bot.dialogue.steps.slots import SlotReader
from bot.dialogue.steps.smalltalk import SmallTalkActs, SmallTalks
from bot.dialogue.trace import Trace, trace_of
from bot.dialogue.withholding import Withholding
from bot.knowledge.model import Knowledge
from bot.language.text import cut, normalise, raw_words, sentences
from bot.matching.matcher import Matcher, Ranking
from bot.safety.detector import DangerDetector
from bot.safety.heard import Heard
from bot.timeline.end_time import EndTime

_SMALL = 3  # letters of words that tell nothing about what a question is on
# A question of small words alone also has to be like a phrase: "when does it" is sure of much, and alike to nothing (.4).
_ALIKE = 0.6
_SURE_QUESTION = 0.9  # from here on danger is left behind for a question
# How many outcomes are kept: some 4 KB each, a third of it the figures of their traces.
_KEPT = 2000
_ANY_FLOOR = Floor()  # whoever has it
_LONG_AGO = datetime.fromtimestamp(0, UTC)  # where no conversation is remembered


class Dialogue:
    """Answers from one knowledge folder. What is remembered is the Conversation; between calls only outcomes are kept that would
    be the same again.
    """

    def __init__(self, knowledge: Knowledge, matcher: Matcher, detector: DangerDetector | None = None) -> None:
        """Without ``detector`` danger is heard in plain words alone. Where ``matcher`` has not learned yet nothing else is, but
        for choices and what else needs no matcher; ``turn`` raises StillLearning then.
        """
        self.knowledge = knowledge
        self.matcher = matcher
        self.compose = Composer(knowledge)
        self.aftercare = AftercareStep(knowledge, self.compose)
        heard = self.detector = detector or DangerDetector(knowledge.plain, knowledge.examples.thresholds, None)
        self._languages = ForeignLanguages(knowledge.languages, matcher.language.vocabulary.__contains__)
        self._care = Care(knowledge, self.compose, self._languages)
        self._smalltalk = SmallTalks(knowledge, matcher.language, matcher.acts)
        self._outcomes = Outcomes(knowledge, self.compose)
        self._acts = SmallTalkActs(knowledge, self.compose, self._outcomes)
        hours = knowledge.clinic.hours
        self._opening = OpeningTexts(hours, knowledge, self.compose) if hours is not None else None
        self._slots = SlotReader(knowledge, matcher.language)
        self._questions = Questions(matcher, self._smalltalk, self._slots, knowledge.subject)
        self._context = ContextStep(knowledge, self.compose, self._outcomes, self._questions, self._slots, matcher.language)
        self._recent: LRUCache[Hashable, Outcome] = LRUCache(_KEPT)
        self._of_day = Withholding(knowledge, lambda held: Dialogue(held, matcher, heard))  # it holds no ``self``
        self._lock = Lock()  # long texts are read in threads

    def warm(self) -> None:
        """Does ahead what the first messages would otherwise wait for; for what runs long, not for a single question."""
        if self.matcher.learned:
            self.matcher.warm()
        self.detector.detect("warm")

    def turn(self, event: Event, conversation: Conversation, now: datetime) -> Outcome:
        """The reply to ``event``, and the conversation after it; ``now`` is zone-aware. Raises nothing but StillLearning.

        Who has the floor is up to who calls: whatever is asked here is answered.
        """
        if (other := self._of_day.on(now.date())) is not None:
            return other.turn(event, conversation, now)
        # No step reads these two. Without them one outcome that was kept serves more conversations, and "start over", which
        # begins a new one, cannot lose them.
        reply, after = self._respond(event, with_floor(conversation, 0, _ANY_FLOOR), now)
        if self._opening is not None:
            reply = self._opening.told(reply, now)  # here, as outcomes are kept and the hour goes on
        if after.told_end != (reply.ended is not None):
            after = replace(after, told_end=reply.ended is not None)
        return reply, with_floor(after, count_unhelped(reply, conversation.unhelped, self.knowledge), conversation.floor)

    def _respond(self, event: Event, conversation: Conversation, now: datetime) -> Outcome:
        match event:
            case Said(text):
                return self._hear(text, conversation, now)
            case AsksEnd():
                return self._care.eased(self.aftercare.ask(conversation), now, clear=False)
            case _:
                outcome = self._press(event, conversation, now)
                outcome = self._care.eased(outcome, now, clear=outcome[0].kind in {"answer", "boundary", "timeline"})
                return self._outcomes.finish(outcome, conversation)

    def _press(self, event: Chosen | Ended | NotHelped | WantsPerson, conversation: Conversation, now: datetime) -> Outcome:
        """What a button does."""
        match event:
            case Chosen(id):
                return self._care.answered(id, conversation, now) or self._choose(id, conversation, now)
            case Ended(at):
                return self.aftercare.tell(at, conversation, now) or self.aftercare.lacking(conversation)
            case NotHelped():
                return self._acts.apologise(conversation)
            case WantsPerson():
                return self.compose.plain("handoff", self.compose.handoff_text()), conversation

    def _hear(self, utterance: str, conversation: Conversation, now: datetime) -> Outcome:
        asked = fingerprint(utterance, conversation)
        with self._lock, suppress(KeyError):
            return self._recent[asked]  # ``get`` looks the long key up twice
        turn = self._turn(utterance, conversation, now)
        outcome = self._outcomes.finish(self._remembering(turn, self._read(turn)), conversation)
        depends_on_now = (
            conversation.asked_end or conversation.told_end or turn.of_an_end or conversation.watch or outcome[1].watch
        )
        if not depends_on_now:
            with self._lock:
                self._recent[asked] = outcome
        return outcome

    def _remembering(self, turn: Turn, outcome: Outcome) -> Outcome:
        """With what was said of whom and of which condition, for the turns that follow."""
        reply, after = outcome
        if reply.kind == "urgent":
            return outcome  # pills that were swallowed are no way in which an infusion is given
        slots = self._slots.carried(turn.slots, after.slots)
        return (reply, replace(after, slots=slots)) if slots != after.slots else outcome

    def _choose(self, id: str, conversation: Conversation, now: datetime) -> Outcome:
        if (outcome := self.aftercare.answered(id, conversation, now)) is not None:
            return outcome
        if self.knowledge.topic(id) is not None:
            return self._outcomes.topics([(id, 1.0)], trace_of("chosen"), conversation)
        return self._gone(conversation)

    def _gone(self, conversation: Conversation) -> Outcome:
        return self.compose.plain("fallback", self.compose.say("choice_gone")), conversation

    def can_offer(self, id: str) -> bool:
        """Whether ``id`` is that of a choice that some reply may have: a topic, a reading of a time, how safe somebody is."""
        return self.knowledge.topic(id) is not None or self._care.can_offer(id) or self.aftercare.can_offer(id)

    def urgent(self, utterance: str) -> Reply | None:
        """The reply to an utterance that is an alarm, None for any other: for where nothing else of a conversation is heard."""
        said = normalise(utterance)
        heard = self.detector.detect(said)
        if heard.level != "alarm":
            return None
        return self._care.alarm(heard, said, Conversation(), _LONG_AGO)[0]

    def _turn(self, utterance: str, conversation: Conversation, now: datetime) -> Turn:
        said = normalise(utterance)
        text, was_cut = cut(said, LONGEST)
        heard = self.detector.detect(said)
        of_an_end = self.aftercare.speaks_of_an_end(text)
        if heard.level != "calm" and not heard.plain and self.aftercare.is_time(text, of_an_end, conversation, now):
            heard = Heard("calm", heard.kind, 0.0)  # a time and no more, whatever was learned of such words
        if heard.level != "calm" and not heard.plain and self.matcher.learned:
            heard = self._questions.less_sure(heard, text)
        return Turn(utterance, said, text, was_cut, of_an_end, heard, conversation, now, self._slots.read(text))

    def _read(self, turn: Turn) -> Outcome:
        """Danger first; then the first step that has a reply gives it, and what else was heard stands above it."""
        outcome = self._hear_danger(turn)
        if outcome is not None:
            return outcome
        steps = STEPS if self.matcher.learned else _UNLEARNED
        outcome = next(outcome for step in steps if (outcome := step(self, turn)) is not None)
        asks = self._asks_clearly(turn, outcome[0])
        if not asks and outcome[0].kind != "handoff":
            outcome = self._care.follow(turn.said, turn.conversation, turn.now) or outcome
        match turn.heard.level:
            case "despair":
                outcome = self._care.despair(turn.heard, outcome, turn.conversation, turn.now, asks)
            case "care":
                outcome = self._care.careful(turn.heard, outcome, turn.conversation, turn.now, self._asks(turn))
            case "today":
                outcome = self._care.today(turn.heard, outcome, turn.conversation, turn.now)
        return self._care.eased(outcome, turn.now, clear=asks)

    def _hear_danger(self, turn: Turn) -> Outcome | None:
        heard, conversation, now = turn.heard, turn.conversation, turn.now
        if heard.level == "alarm":
            return self._care.alarm(heard, turn.said, conversation, now)
        picked = chosen(turn.text, conversation.choices, self.matcher) if "?" not in turn.text else None
        if picked is not None and (outcome := self._care.answered(picked.id, conversation, now)) is not None:
            return outcome
        if (outcome := self._care.after(turn.said, conversation, now)) is not None:
            return outcome
        return self._care.check(heard, conversation, now) if heard.level == "check" else None

    def _asks_clearly(self, turn: Turn, reply: Reply) -> bool:
        """Whether what was said is surely a question that ``reply`` answers; only then is danger left behind.

        It has to share a word with the question that the topic stands for: "is it normal to feel like this?" is like many.
        """
        if reply.kind == "timeline":
            return True
        words = raw_words(turn.text)
        grammar = self.knowledge.grammar
        if reply.kind not in {"answer", "boundary"} or reply.confidence < _SURE_QUESTION:
            return False
        if not self._asks(turn):
            return False
        own = {word for word in words if len(word) > _SMALL and word not in grammar.asking and word not in grammar.pointing}
        named = {
            word
            for part in reply.parts
            for word in raw_words(normalise(self.compose.choice(part.entry or part.boundary or "").label))
        }
        return not own.isdisjoint(named) and (reply.kind == "answer" or len(own) > 1)

    def _asks(self, turn: Turn) -> bool:
        """Whether there is a question in it: its mark, or a sentence that begins as one."""
        begins = (raw_words(sentence)[:1] for sentence in sentences(turn.said))
        return "?" in turn.said or any(word in self.knowledge.grammar.asking for first in begins for word in first)

    # -- the steps, in order ------------------------------------------------------------------------------------

    def _hear_nothing(self, turn: Turn) -> Outcome | None:
        if raw_words(turn.text) or any(map(str.isalpha, turn.utterance)):
            return None
        if any(category(char) == "So" for char in turn.utterance):  # an emoji, and not a word
            return self.compose.plain("smalltalk", self.compose.say("emoji")), turn.conversation
        return self.compose.plain("fallback", self.compose.say("empty")), turn.conversation

    def _wait(self, turn: Turn) -> Outcome:
        """What stands below words of care, where these are all that can be said. Raises StillLearning where there are none."""
        if turn.heard.level == "calm" and current(turn.conversation, turn.now) is None:
            raise StillLearning
        return self.compose.plain("fallback", self.compose.say("learning")), turn.conversation

    def _hear_choice(self, turn: Turn) -> Outcome | None:
        """A number, an ordinal or the words of a choice that was offered; anything else is a new question."""
        picked = chosen(turn.text, turn.conversation.choices, self.matcher)
        if picked is None:
            before = turn.conversation
            is_of_a_time = before.asked_end or before.told_end or turn.of_an_end  # "2", "no, I meant 12"
            gone = not is_of_a_time and self._questions.only_chooses(turn.text)
            return self._gone(before) if gone else None
        return self._choose(picked.id, turn.conversation, turn.now)

    def _hear_end_of_infusion(self, turn: Turn) -> Outcome | None:
        said = self.aftercare.end_in(turn.text, turn.of_an_end, turn.conversation, turn.now)
        if said is None:
            outcome = self.aftercare.read_time(turn.text, turn.conversation, turn.now) if turn.conversation.asked_end else None
        elif (said.either or not said.future) and self._speaks_of_other_things(said):
            outcome = None
        else:
            outcome = self.aftercare.hear(said, turn.conversation, turn.now)
        return outcome and (self._outcomes.marked(outcome[0], turn), outcome[1])

    def _hear_smalltalk(self, turn: Turn) -> Outcome | None:
        heard = self._smalltalk.detect(turn.text)
        if heard is None and not self._slots.of_context(turn.slots):  # "no sorry, I meant pain" is no apology
            heard = self._smalltalk.learned(turn.text, choices=bool(turn.conversation.choices))
            ranking = self.matcher.by_words().rank(turn.text) if heard is not None else None
            topic = self.knowledge.boundaries.get(ranking.top.topic) if ranking is not None else None
            if topic is not None and topic.first:
                heard = None  # "emergency phone number?" asks for no callback
        return None if heard is None else self._acts.act(heard, turn)

    def _hear_foreign(self, turn: Turn) -> Outcome | None:
        """Says in the language of the text that there are answers in English alone, and the numbers to call."""
        language = self._languages.detect(turn.utterance)
        if language is not None:
            text = self.compose.figured_in(language.tag, f"{language.sorry}\n\n{language.help}")
        elif raw_words(turn.text):
            return None
        else:  # letters of a script that no language is known of here
            text = f"{self.compose.say('foreign')}\n\n{self.compose.say('help_now')}"
        tag = language.tag if language is not None else "en"
        reply = self.compose.plain("fallback", text, helpline=True, language=tag, trace=trace_of("foreign", tag))
        return reply, turn.conversation

    def _follow_up(self, turn: Turn) -> Outcome | None:
        return self._context.follow_up(turn)

    def _answer(self, turn: Turn) -> Outcome:
        asked = self._questions.rankings(turn.text, turn.told, self._context.last(turn))
        # "When?" out of the blue is asked back, unless it is surely a phrase.
        vague = (
            not turn.conversation.topics
            and all(one.top.confidence < SURE_ALONE or one.top.parts["aligned"] < _ALIKE for one in asked.rankings)
            and self._context.leans(turn.text)
        )
        return self._decide(asked.rankings, () if vague else asked.sure, turn, vague=vague)

    # -- deciding -----------------------------------------------------------------------------------------------

    def _decide(self, rankings: Sequence[Ranking], sure: Sequence[Ranking], turn: Turn, *, vague: bool) -> Outcome:
        settled = [(one.top.topic, one.top.confidence) for one in sure[:ANSWERED]]
        left = [one.top.topic for one in sure[ANSWERED:]]
        trace = Trace(questions=tuple(explain(one) for one in rankings))
        if settled:
            others = tuple(match.topic for match in rankings[0].matches[1:4])
            return self._outcomes.naming(left, self._outcomes.topics(settled, trace, turn.conversation, turn, others))
        if not rankings:
            return self._outcomes.fallback((), 0.0, trace, turn)
        ranking = rankings[0]
        if not any(match.parts["cover"] for match in ranking.matches):
            # Not a word in common with any phrase: to name the nearest would be a guess.
            return self._outcomes.fallback((), ranking.top.confidence, trace, turn)
        offered = self._questions.offered(ranking, anything=vague)
        if len(offered) > 1:
            reply = self.compose.clarify([match.topic for match in offered], ranking.top.confidence, trace)
            return self._outcomes.marked(reply, turn), replace(turn.conversation, choices=reply.choices, others=(), misses=0)
        nearest = [match.topic for match in ranking.matches if match.entry and not match.guards]
        return self._outcomes.fallback(nearest, ranking.top.confidence, trace, turn)

    def _speaks_of_other_things(self, said: EndTime) -> bool:
        """Whether beside "my infusion ended at two" there is a question, and none that its clock times answer."""
        ranking = None if self._smalltalk.detect(said.besides) else self.matcher.rank(said.besides)
        if ranking is None:
            return False
        if not self._questions.settles(ranking):
            # Who told no time, and asks something, wants something else.
            return said.just and ("?" in said.besides or raw_words(said.besides)[0] in self.knowledge.grammar.asking)
        return not self.aftercare.answers(ranking.top.topic, said)


STEPS: tuple[Callable[[Dialogue, Turn], Outcome | None], ...] = (
    Dialogue._hear_nothing,
    Dialogue._hear_choice,
    Dialogue._hear_end_of_infusion,
    Dialogue._hear_smalltalk,
    Dialogue._hear_foreign,
    Dialogue._follow_up,
    Dialogue._answer,
)
_UNLEARNED: tuple[Callable[[Dialogue, Turn], Outcome | None], ...] = (Dialogue._hear_nothing, Dialogue._wait)
