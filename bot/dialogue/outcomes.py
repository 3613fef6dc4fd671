"""What a step of the dialogue comes to: a reply, with all that its kind needs around it, and the conversation after it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

from bot.dialogue.conversation import Conversation, Outcome, Reply
from bot.dialogue.events import Turn
from bot.dialogue.replies import Composer
from bot.dialogue.trace import Trace
from bot.knowledge.model import Knowledge

# How many topics a conversation remembers, the latest first: "how often are they?" may reach over a question on costs.
_REMEMBERED = 3
# From this share of danger on a question about a grave topic sounds as if it were about the writer.
_PERSONAL = 0.004


class Outcomes:
    """Makes outcomes of topics. Keeps nothing between calls."""

    def __init__(self, knowledge: Knowledge, compose: Composer) -> None:
        self._knowledge = knowledge
        self._compose = compose

    def fallback(self, nearest: Sequence[str], confidence: float, trace: Trace, turn: Turn) -> Outcome:
        misses = turn.conversation.misses + 1
        reply = self._compose.fallback(nearest, misses, confidence, trace)
        return self.marked(reply, turn), replace(turn.conversation, choices=(), others=(), misses=misses)

    def topics(
        self,
        found: Sequence[tuple[str, float]],
        trace: Trace,
        conversation: Conversation,
        turn: Turn | None = None,
        others: tuple[str, ...] = (),
    ) -> Outcome:
        reply = self._compose.topics(found, trace)
        if turn is not None:
            reply = self.marked(reply, turn)
        elif any(b.helpline for id, _ in found if (b := self._knowledge.boundaries.get(id)) is not None):
            reply = self._with_helpline(reply)
        told = tuple(id for id, _ in found)
        topics = (*told, *(id for id in conversation.topics if id not in told))[:_REMEMBERED]
        after = replace(conversation, topics=topics, choices=(), others=others, misses=0, asked_end=False)
        return reply, after

    def naming(self, left: Sequence[str], outcome: Outcome) -> Outcome:
        """With a word on the questions that were ``left`` unanswered, as too many were asked at once."""
        reply, after = outcome
        if not left:
            return outcome
        questions = " ".join(self._compose.choice(id).label for id in left)
        return replace(reply, text=f"{reply.text}\n\n{self._compose.say('left', questions=questions)}"), after

    def marked(self, reply: Reply, turn: Turn) -> Reply:
        """The reply with what every kind of reply may need: the helpline, and a word that the text was cut."""
        boundary = self._knowledge.boundaries.get(reply.boundary or "")
        # Who asks about it in general (a study, a form, a past long over) gets the answer alone.
        if boundary is not None and boundary.helpline and turn.heard.share >= _PERSONAL:
            reply = self._with_helpline(reply)
        if turn.was_cut and turn.heard.level == "calm":  # no word on length above what answers pain
            reply = replace(reply, text=f"{self._compose.say('cut')}\n\n{reply.text}")
        return reply

    def _with_helpline(self, reply: Reply) -> Reply:
        return replace(reply, helpline=True, text=f"{reply.text}\n\n{self._compose.say('helpline')}")

    def finish(self, outcome: Outcome, before: Conversation) -> Outcome:
        reply, after = outcome
        if not before.greeted and reply.kind not in {"urgent", "support"} and not reply.helpline:
            # What is said to a person in danger begins with the numbers; the disclaimer waits for the next reply.
            reply = replace(reply, text=f"{self._compose.say('disclaimer')}\n\n{reply.text}")
            after = replace(after, greeted=True)
        return reply, after


def fingerprint(utterance: str, conversation: Conversation) -> Hashable:
    """Stands for ``utterance`` in ``conversation`` where outcomes are kept, so that no text is.

    Two hashes of a text that only this process can make, 128 bits together: no two texts will ever share them by chance, and
    none can be read out of them.
    """
    return hash(utterance), hash(f"\0{utterance}"), conversation
