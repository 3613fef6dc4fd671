"""Hears replies and tells which of them left a gap. Remembers a redacted question for some minutes, until it is known.

What a button says of an answer comes a turn after the question, and a turn keeps no words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from cachetools import LRUCache

from bot.delivery.gaps import GapReason
from bot.delivery.service import Rated, Turned
from bot.dialogue.conversation import ConversationKey, Reply
from bot.dialogue.events import Chosen, NotHelped, Said, WantsPerson

MINUTES: Final = 15
_MOST = 5000  # conversations of which something is remembered
_ANSWERS = 3  # of each, the latest
_NEAREST = 3
# Steps by which danger, despair or what follows them was heard, and another language.
_NOT_KEPT = frozenset({"urgent", "check", "check_in", "obstacle", "safe", "despair", "care", "today", "foreign"})
_PICKED = frozenset({"chosen", "agreed"})
# What was said was no question of its own: a choice, a complaint of the last answer, more of it.
_NO_QUESTION = _PICKED | {"runners_up", "reason", "detail", "talk"}

Redact = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Gap:
    """``text``: redacted, "" where nothing of it may be kept; ``told``: topics that were told, asked back, or nearest."""

    key: ConversationKey
    reason: GapReason
    text: str
    told: tuple[str, ...]
    at: float


@dataclass(slots=True)
class _Asked:
    """A question whose fate is not known: ``told`` in answer, or asked back."""

    text: str
    told: tuple[str, ...]
    at: float


@dataclass(slots=True)
class _Talk:
    answered: list[_Asked] = field(default_factory=list)
    asked_back: _Asked | None = None


class GapWatch:
    """Not for two threads at once. ``redact`` gives None for what is not to be kept."""

    def __init__(self, redact: Redact) -> None:
        self._redact = redact
        self._talks: LRUCache[tuple[ConversationKey, str], _Talk] = LRUCache(_MOST)

    def turned(self, turn: Turned) -> list[Gap]:
        place = turn.key, turn.who
        if turn.reply.forgets:
            self.forget(turn.key)
            return []
        if _is_of_danger(turn):
            self._talks.pop(place, None)
            return []
        talk = self._talks.get(place) or _Talk()
        gaps = [*self._settled(turn, talk), *self._new(turn, talk)]
        if talk.answered or talk.asked_back is not None:
            self._talks[place] = talk
        else:
            self._talks.pop(place, None)
        return gaps

    def rated(self, rated: Rated) -> list[Gap]:
        """A gap where it was said that an answer did not help; the reason may follow, and makes no second one."""
        if rated.verdicts == ("helped",):
            return []
        for (key, _), talk in list(self._talks.items()):
            for asked in talk.answered if key == rated.key else ():
                if asked.told == rated.topics:
                    talk.answered.remove(asked)
                    return _gaps(key, "unhelped", asked, rated.at)
        return []

    def forget(self, key: ConversationKey) -> None:
        for place in [place for place in self._talks if place[0] == key]:
            del self._talks[place]

    def expire(self, now: float) -> list[Gap]:
        """What is no longer waited for at the Unix time ``now``: who was asked back and went away chose nothing."""
        gone: list[Gap] = []
        for place, talk in list(self._talks.items()):
            talk.answered = [asked for asked in talk.answered if now - asked.at < 60 * MINUTES]
            if talk.asked_back is not None and now - talk.asked_back.at >= 60 * MINUTES:
                gone += _gaps(place[0], "unchosen", talk.asked_back, now)
                talk.asked_back = None
            if not talk.answered and talk.asked_back is None:
                del self._talks[place]
        return gone

    def _settled(self, turn: Turned, talk: _Talk) -> Iterator[Gap]:
        """What ``turn`` says of the questions before it."""
        asked, reply = talk.asked_back, turn.reply
        if asked is not None:
            if _picks(turn, asked.told):
                talk.asked_back = None
                _remember(talk, _Asked(asked.text, _topics(reply), turn.at))
                return
            if isinstance(turn.event, Said | NotHelped | WantsPerson):
                talk.asked_back = None
                yield from _gaps(turn.key, "unchosen", asked, turn.at)
        elif talk.answered and (
            isinstance(turn.event, NotHelped) or any(step.name == "runners_up" for step in reply.trace.steps)
        ):
            yield from _gaps(turn.key, "unhelped", talk.answered.pop(), turn.at)

    def _new(self, turn: Turned, talk: _Talk) -> Iterator[Gap]:
        reply = turn.reply
        if not isinstance(turn.event, Said) or not _NO_QUESTION.isdisjoint(step.name for step in reply.trace.steps):
            return
        if reply.kind not in {"fallback", "clarify", "answer", "boundary"} or not (text := self._redact(turn.event.text)):
            return
        if reply.kind == "clarify":
            talk.asked_back = _Asked(text, tuple(choice.id for choice in reply.choices), turn.at)
        elif reply.parts:
            _remember(talk, _Asked(text, _topics(reply), turn.at))
        elif reply.kind == "fallback" and reply.trace.questions:  # else nothing was asked
            yield Gap(turn.key, "unanswered", text, _nearest(reply), turn.at)


def _is_of_danger(turn: Turned) -> bool:
    reply = turn.reply
    heard = reply.urgent is not None or reply.helpline or reply.kind in {"urgent", "support"}
    watched = turn.before.watch is not None or turn.after.watch is not None
    steps = (*reply.trace.steps, *reply.trace.guards)
    return heard or watched or any(step.name in _NOT_KEPT for step in steps)


def _picks(turn: Turned, offered: Sequence[str]) -> bool:
    if isinstance(turn.event, Chosen):
        return turn.event.id in offered
    return any(step.name in _PICKED for step in turn.reply.trace.steps) and not set(offered).isdisjoint(_topics(turn.reply))


def _topics(reply: Reply) -> tuple[str, ...]:
    return tuple(part.entry or part.boundary or "" for part in reply.parts)


def _nearest(reply: Reply) -> tuple[str, ...]:
    return tuple(dict.fromkeys(topic.topic for question in reply.trace.questions for topic in question[:_NEAREST]))[:_NEAREST]


def _remember(talk: _Talk, asked: _Asked) -> None:
    if asked.told:
        talk.answered = [*talk.answered, asked][-_ANSWERS:]


def _gaps(key: ConversationKey, reason: GapReason, asked: _Asked, at: float) -> list[Gap]:
    return [Gap(key, reason, asked.text, asked.told, at)]
