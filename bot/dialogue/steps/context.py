"""The step that follows from what was spoken of before: a follow-up, or the last answer for another condition or person."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue.conversation import Outcome
from bot.dialogue.events import Turn
from bot.dialogue.outcomes import Outcomes
from bot.dialogue.replies import Composer
from bot.dialogue.steps.followups import FollowUp, FollowUps
from bot.dialogue.steps.questions import Questions, explain
from bot.dialogue.steps.slots import SlotReader
from bot.dialogue.trace import trace_of
from bot.knowledge.model import Knowledge
from bot.language.text import raw_words
from bot.language.vocabulary import Language

# From here on a short question stands by itself, whatever was spoken of before; below, a topic beside the last one may be so much
# less sure and still be meant. Both chosen on conversations of our own.
SURE_ALONE, _NEARER = 0.9, 0.2
# Words at the most: "and for pain?", "and tomorrow?" ask the last question again; "I forgot, it is for pain" says no more.
_ANOTHER, _SAYS_ANOTHER = 4, 9


class ContextStep:
    """Replies that lean on the conversation. Keeps nothing between calls."""

    def __init__(
        self,
        knowledge: Knowledge,
        compose: Composer,
        outcomes: Outcomes,
        questions: Questions,
        slots: SlotReader,
        language: Language,
    ) -> None:
        self._knowledge = knowledge
        self._compose = compose
        self._outcomes = outcomes
        self._questions = questions
        self._slots = slots
        self._followups = FollowUps(knowledge, language)

    def leans(self, text: str) -> bool:
        """Whether ``text`` says nothing without what was spoken of before: "when?", "and for pain?"."""
        goes_on = self._knowledge.grammar.follow_up.match(text) is not None
        return self._followups.is_bare(text) or (goes_on and len(raw_words(text)) <= _ANOTHER)

    def last(self, turn: Turn) -> str:
        """The question that was answered last, in words; empty where there was none."""
        topics = turn.conversation.topics
        return self._compose.choice(topics[0]).label if topics and self._knowledge.topic(topics[0]) is not None else ""

    def follow_up(self, turn: Turn) -> Outcome | None:
        """What the last answer spoke of is kept ("how often do I need them?"), or one aspect of it changed ("and for pain?")."""
        # Who passes over a question asked back still speaks of what stood first in it.
        asked = tuple(choice.id for choice in turn.conversation.choices[:1])
        if (outcome := self.of_another(turn)) is not None:
            return outcome
        heard = self._followups.detect(turn.text, (*asked, *turn.conversation.topics))
        if heard is None:
            return None
        if heard.topic is not None:
            return self._outcomes.topics([(heard.topic, 1.0)], trace_of("follow_up", heard.last), turn.conversation, turn)
        return self._in_context(heard, turn)

    def _in_context(self, heard: FollowUp, turn: Turn) -> Outcome | None:
        """The topic that fits best beside the one spoken of before; None where the utterance stands by itself."""
        last = self._compose.choice(heard.last).label
        alone = self._questions.rank(turn.text, turn.told, self._questions.about(self._questions.beside(turn.text, last)))
        if alone is None or (alone.top.confidence >= SURE_ALONE and not heard.bare):
            return None
        with_subject = (
            self._questions.rank(f"{heard.said} {heard.subject}", turn.told, self._questions.about(last))
            if heard.subject
            else None
        )
        sure: dict[str, float] = {}
        for match in (*alone.matches[:2], *(with_subject.matches[:2] if with_subject else ())):
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
        trace = replace(trace_of("follow_up", heard.last), questions=(explain(with_subject or alone),))
        return self._outcomes.topics([(best, nearer[best])], trace, turn.conversation, turn)

    def of_another(self, turn: Turn) -> Outcome | None:
        """The last answer for somebody else or another condition, where no more than that is said: "I forgot, it is for pain"."""
        last = next((id for id in turn.conversation.topics if self._knowledge.topic(id) is not None), None)
        topic = self._slots.instead(last, turn.told) if last and turn.slots else last
        if last is None or topic is None or topic == last:
            return None
        if len(raw_words(turn.text)) > (_ANOTHER if self._questions.asks(turn.text) else _SAYS_ANOTHER):
            return None  # a question of its own
        return self._outcomes.topics([(topic, 1.0)], trace_of("follow_up", last), turn.conversation, turn)
