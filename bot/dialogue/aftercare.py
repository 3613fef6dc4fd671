"""The step that speaks of the hours after an infusion: asks when it ended, reads the time, and tells what follows from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.dialogue.conversation import Conversation, Outcome
from bot.dialogue.replies import Composer
from bot.dialogue.trace import trace_of
from bot.knowledge.model import Knowledge
from bot.language.text import raw_words
from bot.timeline import hours
from bot.timeline.clock import utc
from bot.timeline.end_time import EndTimes, is_future

_ONE_DAY = timedelta(days=1)


class AftercareStep:
    """Replies about one infusion's end. Keeps nothing between calls."""

    def __init__(self, knowledge: Knowledge, compose: Composer) -> None:
        self._knowledge = knowledge
        self._compose = compose
        self._are_known = hours.are_known(knowledge)
        self._now = knowledge.grammar.now
        self._end_times = EndTimes.of(knowledge.grammar)

    def ask(self, conversation: Conversation) -> Outcome:
        """Asks when the infusion ended, where something follows from it."""
        if not self._are_known:
            return self.lacking(conversation)
        return self._compose.plain("timeline", self._compose.say("timeline_ask")), replace(conversation, asked_end=True)

    def lacking(self, conversation: Conversation) -> Outcome:
        """Says that this knowledge has no timeline."""
        return self._compose.plain("fallback", self._compose.say("timeline_none")), conversation

    def read_time(self, text: str, conversation: Conversation, now: datetime) -> Outcome | None:
        """A time of day on its own, after the bot has asked for it; None where it is something else that is said."""
        if text.strip(" .,!") in self._now:
            return self.tell(now, conversation, now)
        said = self._end_times.parse_answer(text, now)
        if said is not None:
            return self.tell(said.ended, conversation, now)
        words = raw_words(text)
        is_time = self._end_times.parse_time(text) is not None
        if not is_time and (len(words) > 4 or not any(word[0].isdigit() for word in words)):
            return None
        return self._compose.plain("timeline", self._compose.say("timeline_unclear")), conversation

    def tell(self, ended: datetime, conversation: Conversation, now: datetime) -> Outcome | None:
        """Clock times; None where this knowledge has no claims to reckon with."""
        if not self._are_known:
            return None
        if is_future(ended, now):
            return self._compose.plain("timeline", self._compose.say("timeline_future")), conversation
        if utc(now) - utc(ended) > _ONE_DAY:
            return self._compose.plain("timeline", self._compose.say("timeline_past")), replace(conversation, asked_end=False)
        try:
            care = hours.clock_times(ended, self._knowledge)
        except (LookupError, ValueError):
            return None
        text = self._compose.figured(hours.rendered(care, self._knowledge, now.date()))
        reply = self._compose.timeline(text, care.claims, trace_of("ended", f"{ended:%H:%M}"))
        topic = self._knowledge.hours.topic if self._knowledge.hours else None
        topics = (topic,) if topic is not None else ()
        after = replace(conversation, topics=topics, choices=(), others=(), misses=0, asked_end=False)
        return replace(reply, ended=ended), after
