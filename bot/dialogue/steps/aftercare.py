"""The step that speaks of the hours after an infusion: asks when it ended, reads the time, and tells what follows from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.dialogue.conversation import Choice, Conversation, Outcome
from bot.dialogue.replies import Composer
from bot.dialogue.reviews import TIMELINE
from bot.dialogue.trace import Trace, trace_of
from bot.knowledge.model import Knowledge
from bot.language.text import raw_words
from bot.timeline import hours
from bot.timeline.clock import utc
from bot.timeline.end_time import EndTime, EndTimes, is_future

_ONE_DAY = timedelta(days=1)
# Before the Unix time, in minutes, of a reading that may be chosen. No topic has a colon in its id.
_READING = "ended:"


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
        if TIMELINE in self._knowledge.withheld:
            return self._withheld(conversation)
        return self._compose.plain("timeline", self._compose.say("timeline_ask")), replace(conversation, asked_end=True)

    def lacking(self, conversation: Conversation) -> Outcome:
        """Says that this knowledge has no timeline."""
        return self._compose.plain("fallback", self._compose.say("timeline_none")), conversation

    def _withheld(self, conversation: Conversation) -> Outcome:
        """No clinician has signed the times; that nobody drives is said all the same."""
        roles = self._knowledge.hours
        topic = self._knowledge.entries.get(roles.topic or "") if roles is not None else None
        warnings = hours.driving_claims(self._knowledge)
        told = " ".join(self._compose.figured(self._knowledge.claims[id].statement) for id in warnings)
        text = f"{self._compose.unreviewed([topic] if topic else [])}\n\n{self._compose.say('safety', claims=told)}"
        reply = self._compose.timeline(text, warnings, Trace())
        return reply, replace(conversation, choices=(), asked_end=False)

    def speaks_of_an_end(self, text: str) -> bool:
        """Whether ``end_in`` has to look into ``text`` in every conversation."""
        return self._end_times.speaks_of_an_end(text)

    def end_in(self, text: str, of_an_end: bool, conversation: Conversation, now: datetime) -> EndTime | None:
        """When ``text`` says that an infusion ended, or another time than that of the clock times just told."""
        said = self._end_times.parse_end(text, now) if of_an_end else None
        return said or (self._end_times.parse_correction(text, now) if conversation.told_end else None)

    def is_time(self, text: str, of_an_end: bool, conversation: Conversation, now: datetime) -> bool:
        """Whether ``text`` tells when an infusion ended, and nothing besides."""
        said = self.end_in(text, of_an_end, conversation, now)
        if said is not None:
            return not raw_words(said.besides)
        return conversation.asked_end and self._end_times.parse_answer(text, now) is not None

    def answers(self, topic: str, said: EndTime) -> bool:
        """Whether the clock times after ``said`` answer a question on ``topic``, too."""
        roles, entry = self._knowledge.hours, self._knowledge.entries.get(topic)
        if roles is None or entry is None or entry.about.get("phase") != roles.phase or topic in roles.first:
            return False
        # Where no time was told, they answer what rests on the same claims, and nothing more.
        told = {roles.wear_off, *hours.driving_claims(self._knowledge)}
        return not said.just or told.issuperset(entry.claims)

    def hear(self, said: EndTime, conversation: Conversation, now: datetime) -> Outcome | None:
        """Clock times for an end that was told in words, or a question where they have two meanings; None as in ``tell``."""
        if said.either is None or not self._are_known:
            return self.tell(said.ended, conversation, now)
        first, second = (hours.clock_text(one, now.date(), self._knowledge) for one in said.either)
        choices = tuple(Choice(_id_of(one), label) for one, label in zip(said.either, (first, second), strict=True))
        text = self._compose.say("timeline_either", clock_first=first, clock_second=second)
        reply = self._compose.plain("timeline", text, choices=choices)
        return reply, replace(conversation, choices=choices, others=(), misses=0, asked_end=True)

    def can_offer(self, id: str) -> bool:
        """Whether ``id`` is that of a reading that may be chosen."""
        return self._are_known and _minutes_of(id) is not None

    def answered(self, id: str, conversation: Conversation, now: datetime) -> Outcome | None:
        """What follows from a choice between two readings; None where ``id`` is none."""
        moment = _moment_of(id, now)
        return None if moment is None else self.tell(moment, conversation, now)

    def read_time(self, text: str, conversation: Conversation, now: datetime) -> Outcome | None:
        """A time of day on its own, after the bot has asked for it; None where it is something else that is said."""
        if (picked := self._pick(text, conversation, now)) is not None:
            return self.tell(picked, conversation, now)
        if text.strip(" .,!") in self._now:
            return self.tell(now, conversation, now)
        said = self._end_times.parse_answer(text, now)
        if said is not None:
            return self.hear(said, conversation, now)
        words = raw_words(text)
        is_time = self._end_times.parse_time(text) is not None
        if not is_time and (len(words) > 4 or not any(word[0].isdigit() for word in words)):
            return None
        return self._compose.plain("timeline", self._compose.say("timeline_unclear")), conversation

    def _pick(self, text: str, conversation: Conversation, now: datetime) -> datetime | None:
        """Which of two readings that were asked about ``text`` means."""
        asked = [moment for choice in conversation.choices if (moment := _moment_of(choice.id, now)) is not None]
        return self._end_times.pick(text, (asked[0], asked[1])) if len(asked) == 2 else None

    def tell(self, ended: datetime, conversation: Conversation, now: datetime) -> Outcome | None:
        """Clock times; None where this knowledge has no claims to reckon with."""
        if not self._are_known:
            return None
        if TIMELINE in self._knowledge.withheld:
            return self._withheld(conversation)
        if is_future(ended, now):
            claims = hours.driving_claims(self._knowledge)
            text = self._compose.say("timeline_future", no_driving=hours.no_driving(self._knowledge))
            of_base = [id for id in claims if self._knowledge.claims[id].tightens is None]
            told = "\n".join([*self._compose.stricter(of_base), text])
            reply = self._compose.timeline(told, claims, Trace())
            return reply, replace(conversation, choices=())
        if utc(now) - utc(ended) > max(_ONE_DAY, hours.stricter_span(self._knowledge) or _ONE_DAY):
            after = replace(conversation, choices=(), asked_end=False)
            return self._compose.plain("timeline", self._compose.say("timeline_past")), after
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


def _id_of(moment: datetime) -> str:
    return f"{_READING}{int(utc(moment).timestamp()) // 60}"


def _moment_of(id: str, now: datetime) -> datetime | None:
    """The moment that a choice stands for, in ``now``'s zone; None for any other id, and for one that was made up."""
    minutes = _minutes_of(id)
    return None if minutes is None else datetime.fromtimestamp(60 * minutes, now.tzinfo)


def _minutes_of(id: str) -> int | None:
    minutes = id.removeprefix(_READING)
    return int(minutes) if minutes != id and minutes.isdecimal() and len(minutes) <= 9 else None
