"""What is said to a person in danger or in despair, and after it: the alarm, the question whether they are safe, and what follows
until they are, or ask something else.

Nothing is decided here on what a message sounds like (that is the detector's), and no sentence is made: all words are reviewed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from bot.dialogue.conversation import Choice, Conversation, Kind, Outcome, Watch
from bot.dialogue.foreign import ForeignLanguages
from bot.dialogue.replies import Composer
from bot.dialogue.steps.care_texts import OF_THE_BODY, CareComposer
from bot.dialogue.steps.care_words import Phrases
from bot.dialogue.trace import Trace, TraceStep, trace_of
from bot.knowledge.model import Knowledge
from bot.language.text import raw_words
from bot.safety.heard import Heard

# The choices below "are you safe right now?". No topic has a colon in its id.
SAFE, UNSURE, UNSAFE = "care:safe", "care:unsure", "care:unsafe"
_CHOICES = ((SAFE, "safe"), (UNSURE, "unsure"), (UNSAFE, "unsafe"))
_POISONING = "overdose"  # can come late: feeling well does not end it
_HOURS = 12  # after so many a conversation begins anew
# A statement that is surely on a topic is answered, with the numbers below; any other one that sounds low is no question.
_SURE = 0.9
_LIKELY = 0.5  # from here on the number of a kind that was only learned stands below what follows another one
_ASKED_DIRECTLY = 2  # the check that also asks about thoughts of suicide, to which "yes" is no good news
# Up to so many words are as good as silence to "are you safe?", unless they are known to say something.
_SILENCE = 5
Question = Literal["", "suicide", "safe"]
_CLAUSE = re.compile(r"[,.;!\n]+")


class Care:
    """Makes the replies and keeps the watch of a conversation. Keeps nothing between calls itself."""

    def __init__(self, knowledge: Knowledge, compose: Composer, languages: ForeignLanguages) -> None:
        self._texts = knowledge.care
        self._compose = compose
        self._told = CareComposer(knowledge, compose, languages)
        self._around = Phrases(knowledge.care.around_words)
        self._against = frozenset(raw_words(" ".join(knowledge.care.taking_back)))
        self._low_words = Phrases(knowledge.care.low_words)
        self._safe = Phrases((*knowledge.care.safe_words, *knowledge.care.helped_words))
        self._helped = Phrases(knowledge.care.helped_words)
        self._well = Phrases((*knowledge.care.safe_words, *knowledge.care.well_words))
        # "No" alone may stand beside "I am safe"; but "no estoy bien" says the contrary of "estoy bien".
        fine = tuple(f" {phrase}" for phrase in (*knowledge.care.safe_words, *knowledge.care.well_words))
        self._negated = Phrases([phrase for phrase in knowledge.care.unsafe_words if phrase.endswith(fine)])
        self._denial = Phrases(knowledge.care.denial_words)
        self._no = Phrases(knowledge.care.no_words)
        self._unsafe = Phrases(knowledge.care.unsafe_words)
        self._yes = Phrases(knowledge.care.yes_words)
        self._obstacles = [(one.id, Phrases(one.words), one.text) for one in knowledge.care.obstacles]

    # -- what is heard --------------------------------------------------------------------------------------------------

    def alarm(self, heard: Heard, text: str, conversation: Conversation, now: datetime) -> Outcome:
        """The alarm in ``text``; where it was told already the answer to what keeps from calling, or the next step."""
        watch = current(conversation, now) or Watch()
        # Plain words may stand in a denial: "I am not thinking about suicide".
        if heard.kind == "self_harm" and (outcome := self._denied(text, watch, conversation, now)) is not None:
            return outcome
        if watch.stage in {"asked", "alarm"} and watch.kinds and not heard.plain:
            # What was learned of single messages counts less in the middle of a talk: it does not make another kind of it.
            if (outcome := self._relieved(text, watch, conversation, now)) is not None:
                return outcome
            if heard.kind != watch.kind and heard.share < _SURE and watch.stage == "alarm":
                return self._follow(replace(watch, since=_hour(now)), conversation, "urgent", heard)
        kinds = tuple(dict.fromkeys((heard.kind, *watch.kinds)))
        # English is what is learned; who began in another language goes on in it.
        language = heard.language if heard.plain or heard.language != "en" else watch.language
        after = replace(watch, kinds=kinds, stage="alarm", since=_hour(now), language=language)
        if self._told.list_after(after) != self._told.list_after(watch):
            after = replace(after, followed=0)
        if watch.stage == "alarm" and heard.kind in watch.kinds:
            return self._obstacle(raw_words(text), after, conversation, "urgent", heard) or self._follow(
                after, conversation, "urgent", heard
            )
        if watch.stage == "asked":
            after = replace(after, kinds=(heard.kind,))  # what was only asked about was no alarm
        told, language = self._told.alarm_text(heard.kind, language, heard.also)
        told = "\n\n".join((told, *self._told.lines(after, told)))
        reply = self._told.reply("urgent", told, language, trace_of("urgent", heard.rule))
        return replace(reply, urgent=heard.rule), _watched(conversation, after)

    def check(self, heard: Heard, conversation: Conversation, now: datetime) -> Outcome:
        """Asks, where it may be danger."""
        watch = current(conversation, now) or Watch(stage="asked")
        if watch.stage == "alarm":
            return self._follow(replace(watch, since=_hour(now)), conversation, "support", heard)
        watch = replace(watch, kinds=tuple(dict.fromkeys((heard.kind, *watch.kinds))))
        return self._ask(watch, conversation, now, Trace((TraceStep("check", heard.kind, heard.share),)))

    def _ask(self, watch: Watch, conversation: Conversation, now: datetime, trace: Trace) -> Outcome:
        body = watch.kind in OF_THE_BODY
        text = _turned(self._texts.check_body if body else self._texts.check, watch.asked)
        text = self._told.beside(replace(watch, kinds=watch.kinds[1:]), text)  # the first is only asked about
        after = replace(watch, stage="asked", asked=watch.asked + 1, since=_hour(now))
        if body:
            return self._told.reply("support", text, trace=trace), _watched(conversation, after)
        choices = tuple(Choice(id, self._texts.check_choices[key]) for id, key in _CHOICES)
        lines = "\n".join(f"{number}. {one.label}" for number, one in enumerate(choices, start=1))
        reply = replace(self._told.reply("support", f"{text}\n{lines}", trace=trace), choices=choices)
        return reply, replace(_watched(conversation, after), choices=choices)

    def despair(self, heard: Heard, outcome: Outcome, before: Conversation, now: datetime, asks: bool) -> Outcome:
        """A kind word and the crisis line, above the answer where the person ``asks`` something, else in its place."""
        reply, after = outcome
        if reply.kind in {"urgent", "support"}:
            return outcome
        step = TraceStep("despair", heard.kind, heard.share)
        if not asks:
            return self._low(current(before, now) or Watch(stage="low"), before, now, Trace((step,)))
        watch = current(after, now) or Watch(stage="low")
        text = self._told.figured(_turned(self._texts.despair, watch.lows))
        after = replace(after, watch=replace(watch, lows=watch.lows + 1, since=_hour(now)))
        trace = replace(reply.trace, guards=(*reply.trace.guards, step))
        return replace(reply, helpline=True, text=f"{text}\n\n{reply.text}", trace=trace), after

    def careful(self, heard: Heard, outcome: Outcome, before: Conversation, now: datetime, asks: bool) -> Outcome:
        """The numbers to call below what is answered; a kind word in its place where the person ``asks`` nothing."""
        reply, after = outcome
        if reply.kind in {"urgent", "support"} or reply.helpline:
            return outcome
        if not asks and reply.kind in {"answer", "boundary", "clarify", "fallback"} and reply.confidence < _SURE:
            if heard.kind in OF_THE_BODY:
                return self.check(heard, before, now)
            return self.despair(heard, outcome, before, now, asks=False)
        trace = replace(reply.trace, guards=(*reply.trace.guards, TraceStep("care", heard.kind, heard.share)))
        return replace(reply, helpline=True, text=f"{reply.text}\n\n{self._compose.say('help_now')}", trace=trace), after

    def today(self, heard: Heard, outcome: Outcome, before: Conversation, now: datetime) -> Outcome:
        """Sends a symptom to the clinic, today; what the source says of it stands below."""
        reply, after = outcome
        if reply.kind in {"urgent", "support", "smalltalk"} or reply.helpline:
            return outcome
        answered = reply.kind == "answer"
        after = after if answered else replace(before, misses=0, choices=())  # what was not told is not remembered
        watch = current(after, now) or Watch(stage="low")
        text = self._told.figured(_turned(self._texts.today, watch.symptoms))
        after = replace(after, watch=replace(watch, symptoms=watch.symptoms + 1, since=_hour(now)))
        step = TraceStep("today", share=heard.share)
        if not answered:
            return self._compose.plain("handoff", text, trace=Trace((step,))), after
        trace = replace(reply.trace, guards=(*reply.trace.guards, step))
        return replace(reply, text=f"{text}\n\n{reply.text}", trace=trace), after

    # -- after it ---------------------------------------------------------------------------------------------------------

    def can_offer(self, id: str) -> bool:
        """Whether ``id`` is that of a choice below "are you safe right now?"."""
        return id in {SAFE, UNSURE, UNSAFE}

    def answered(self, id: str, conversation: Conversation, now: datetime) -> Outcome | None:
        """What follows from a choice below "are you safe right now?"; None where ``id`` is none of them."""
        if not self.can_offer(id):
            return None
        watch = current(conversation, now) or Watch(("self_harm",), "asked", since=_hour(now))
        return self._is_safe(watch, conversation, now) if id == SAFE else self._is_not(watch, conversation, now)

    def after(self, text: str, conversation: Conversation, now: datetime) -> Outcome | None:
        """The reply to ``text`` that follows an alarm or a check, where it says whether the person is safe, or what keeps them
        from calling; None where it may be a question.
        """
        watch = current(conversation, now)
        if watch is None or watch.stage == "low":
            return None
        words = raw_words(text)
        if (outcome := self._denied(text, watch, conversation, now)) is not None:
            return outcome
        low = self._low_words.make_up(words, self._around, beside=self._safe)
        if low and "?" not in text and watch.stage != "alarm":
            return self._low(replace(watch, stage="safe"), conversation, now, trace_of("safe"))
        if (outcome := self._relieved(text, watch, conversation, now)) is not None:
            return outcome
        if watch.stage == "safe" and not watch.question:
            return None
        asked = watch.stage == "asked" or watch.question
        if asked and self._yes.make_up(words, self._around) and self._against.isdisjoint(words):
            # Yes, I am safe; but to a direct question, or to "is it happening now", it is no good news.
            grave = watch.question == "suicide" or watch.asked == _ASKED_DIRECTLY or watch.kind in OF_THE_BODY
            return (self._is_not if grave and watch.question != "safe" else self._is_safe)(watch, conversation, now)
        if (outcome := self._obstacle(words, replace(watch, since=_hour(now)), conversation, "support", None)) is not None:
            return outcome
        return self._is_not(watch, conversation, now) if self._unsafe.make_up(words, self._around) else None

    def _relieved(self, text: str, watch: Watch, conversation: Conversation, now: datetime) -> Outcome | None:
        """The reply to "I am safe", "help is here" or "I am not suicidal"; None where ``text`` says nothing of it."""
        if self._says(self._helped, text, beside=self._well):
            return self._is_safe(watch, conversation, now, helped=True)
        if self._says(self._well if _POISONING in watch.kinds else self._safe, text):
            return self._is_safe(watch, conversation, now)
        return self._denied(text, watch, conversation, now)

    def _says(self, phrases: Phrases, text: str, beside: Phrases | None = None) -> bool:
        """Whether ``text`` (normalised), or its first clauses, are such ``phrases``, and nothing takes it back."""
        if self._negated.are_in(raw_words(text)):
            return False
        clauses = [raw_words(clause) for clause in _CLAUSE.split(text)]
        first: list[str] = []
        for at, clause in enumerate(clauses, start=1):
            first += clause
            if phrases.make_up(first, self._around, beside):
                rest = {word for words in clauses[at:] for word in words}
                return "?" not in text and self._against.isdisjoint(rest)
        return False

    def _denied(self, text: str, watch: Watch, conversation: Conversation, now: datetime) -> Outcome | None:
        """The reply to who has no thoughts of suicide; None where ``text`` does not say so, clause by clause."""
        if watch.stage not in {"asked", "alarm"} or {"self_harm", _POISONING}.isdisjoint(watch.kinds) or "?" in text:
            return None
        clauses = [words for clause in _CLAUSE.split(text) if (words := raw_words(clause))]
        denials = (self._denial, self._no) if watch.question == "suicide" else (self._denial,)
        denies = [any(one.make_up(clause, self._around) for one in denials) for clause in clauses]
        safe = [self._safe.make_up(clause, self._around) for clause in clauses]
        also = [self._low_words.make_up(clause, self._around) or self._around.make_up(clause, self._around) for clause in clauses]
        if not any(denies) or not all(map(any, zip(denies, safe, also, strict=True))):
            return None
        if any(safe) or _POISONING in watch.kinds:
            return self._is_safe(watch, conversation, now)
        told = self._told.told_after(watch)
        text = self._told.beside(watch, _turned(told.denial, watch.disclaimed))
        # It is asked once whether they are safe; where nothing but a question was there before, the danger is left with it.
        stage: Literal["alarm", "safe"] = "alarm" if watch.stage == "alarm" else "safe"
        after = replace(watch, stage=stage, disclaimed=watch.disclaimed + 1, since=_hour(now))
        reply = self._told.reply("support", text, self._told.language(watch), trace_of("safe"))
        return reply, _watched(conversation, after, "" if watch.disclaimed else "safe")

    def follow(self, text: str, conversation: Conversation, now: datetime) -> Outcome | None:
        """The next thing to say to a person who may be in danger and wrote ``text``; None where nobody is watched over."""
        watch = current(conversation, now)
        if watch is None or watch.stage not in {"asked", "alarm"}:
            return None
        if watch.stage == "alarm" or watch.kind in OF_THE_BODY:
            return self._follow(replace(watch, since=_hour(now)), conversation, "support", None)
        if watch.asked < _ASKED_DIRECTLY:
            return self._ask(watch, conversation, now, trace_of("check", watch.kind))
        if len(raw_words(text)) <= _SILENCE:
            return self._is_not(watch, conversation, now)
        # Asked twice, and what was told instead does not sound like danger.
        return self._low(replace(watch, stage="safe"), conversation, now, trace_of("check"))

    def eased(self, outcome: Outcome, now: datetime, clear: bool) -> Outcome:
        """``outcome`` with the numbers in reach, where there was danger in the conversation.

        ``clear``: it answers a clear question, so that what follows is no longer answered by check-ins.
        """
        reply, after = outcome
        watch = current(after, now)
        if watch is None or watch.stage == "low" or reply.kind in {"urgent", "support"}:
            return outcome
        if clear:
            after = replace(after, watch=replace(watch, stage="safe", question=""))
        numbers = (
            [] if reply.helpline else [self._compose.figured_in(self._told.language(watch), self._told.told_after(watch).numbers)]
        )
        numbers = [*self._told.lines(watch, reply.text), *numbers] if watch.stage != "asked" else numbers
        return replace(reply, text="\n\n".join((reply.text, *filter(None, ["\n".join(numbers)]))), helpline=True), after

    def _obstacle(
        self, words: Sequence[str], watch: Watch, conversation: Conversation, kind: Kind, heard: Heard | None
    ) -> Outcome | None:
        """The answer to what keeps the person from calling; each is given once."""
        for id, phrases, answer in self._obstacles:
            if id not in watch.answered and phrases.are_in(words):
                reply = self._told.reply(kind, self._told.beside(watch, answer, "en"), trace=trace_of("obstacle", id))
                after = _watched(conversation, replace(watch, answered=(*watch.answered, id)))
                return (replace(reply, urgent=heard.rule) if heard is not None else reply), after
        return None

    def _low(self, watch: Watch, conversation: Conversation, now: datetime, trace: Trace) -> Outcome:
        text = self._told.beside(watch, _turned(self._texts.despair, watch.lows), "en")
        after = replace(watch, lows=watch.lows + 1, since=_hour(now))
        return self._told.reply("support", text, trace=trace), _watched(conversation, after)

    def _is_safe(self, watch: Watch, conversation: Conversation, now: datetime, helped: bool = False) -> Outcome:
        """``helped``: people are there, or were called; who was poisoned is not out of danger by feeling well."""
        told = self._told.told_after(watch)
        over = helped or watch.stage != "alarm" or _POISONING not in watch.kinds
        text = self._told.beside(watch, _turned(told.safe if over else told.not_over, watch.eased))
        after = replace(watch, stage="safe" if over else "alarm", eased=watch.eased + 1, since=_hour(now))
        reply = self._told.reply("support", text, self._told.language(watch), trace_of("safe"))
        return reply, _watched(conversation, after)

    def _is_not(self, watch: Watch, conversation: Conversation, now: datetime) -> Outcome:
        """As an alarm: of the kind that was suspected the first time, then in other words."""
        told = self._told.told_after(watch)
        if watch.stage == "alarm" and watch.denied >= len(told.unsafe):
            return self._follow(replace(watch, since=_hour(now)), conversation, "urgent", None)
        kind = watch.kind or "self_harm"
        if watch.stage == "alarm":
            text, language = self._told.beside(watch, told.unsafe[watch.denied]), self._told.language(watch)
            after = replace(watch, denied=watch.denied + 1, since=_hour(now))
        else:
            text, language = self._told.alarm_text(kind, watch.language)
            after = replace(watch, kinds=(kind,), stage="alarm", since=_hour(now))
        reply = self._told.reply("urgent", text, language, trace_of("urgent", "not_safe"))
        return replace(reply, urgent="not_safe"), _watched(conversation, after)

    def _follow(self, watch: Watch, conversation: Conversation, kind: Kind, heard: Heard | None) -> Outcome:
        of = self._told.list_after(watch)
        text = self._told.beside(watch, _turned(self._told.told_after(watch).follow[of], watch.followed))
        if heard is not None and heard.kind not in watch.kinds and (heard.kind == "self_harm" or heard.share >= _LIKELY):
            text = "\n\n".join((text, *self._told.also(heard.kind, self._told.language(watch), text)))
        rule = heard.rule if heard is not None else "check_in"
        reply = self._told.reply(kind, text, self._told.language(watch), trace_of("check_in", of))
        question: Question = "suicide" if of == "self_harm" and not watch.followed else ""
        after = _watched(conversation, replace(watch, followed=watch.followed + 1), question)
        return (replace(reply, urgent=rule) if kind == "urgent" else reply), after


def current(conversation: Conversation, now: datetime) -> Watch | None:
    """The watch over a conversation, as long as it holds."""
    watch = conversation.watch
    return None if watch is None or _hour(now) - watch.since > _HOURS else watch


def _watched(conversation: Conversation, watch: Watch, question: Question = "") -> Conversation:
    return replace(conversation, watch=replace(watch, question=question), choices=(), others=(), misses=0, asked_end=False)


def _turned(texts: Sequence[str], at: int) -> str:
    """One after the other, and again from the middle on when all were told: never one twice in a row."""
    if at < len(texts):
        return texts[at]
    later = texts[len(texts) // 2 :] if len(texts) > 2 else texts
    return later[(at - len(texts)) % len(later)]


def _hour(now: datetime) -> int:
    return int(now.timestamp() // 3600)
