"""Who asks what in a scenario, and which answer belongs to which question: told apart by what the answers say."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Protocol

from bot.dialogue.conversation import Conversation
from bot.dialogue.events import Said
from bot.dialogue.policy import Dialogue
from tests.fakes.botapi import updates
from tests.fakes.botapi.state import Json

# None of these changes what a later one means, so each is answered alike wherever it stands in a conversation.
QUESTIONS = (
    "how long does an infusion take?",
    "can I drive home?",
    "when do the effects wear off?",
    "how many infusions do I need?",
    "how soon will I feel better?",
    "is it addictive?",
    "what does it cost?",
    "can I drink alcohol?",
    "what should I eat?",
    "how does ketamine work in the brain?",
)
DANGER = "i cant do this anymore i want to end my life"
ANSWERS = frozenset({"sendmessage", "sendphoto", "messages", "reply"})
FIRST = 10_000  # chat of the first person


class Spoken(Protocol):
    """What is needed of a call with which the bot says something."""

    @property
    def method(self) -> str: ...

    @property
    def chat(self) -> int | None: ...

    @property
    def text(self) -> str: ...

    @property
    def at(self) -> float: ...


class Put(Protocol):
    """What is needed of an update that was put on its way."""

    @property
    def id(self) -> int: ...

    @property
    def injected(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """One question in one chat, and the update in which it comes."""

    chat: int
    question: int
    update: Json


@dataclass(frozen=True, slots=True)
class Talk:
    """``marks``: by question, the sentence with which its answer begins, and no other answer has; ``help``: that of DANGER's."""

    marks: tuple[str, ...]
    help: str
    answered: tuple[int, ...] = ()  # the questions that the source answers

    @classmethod
    def of(cls, dialogue: Dialogue) -> Talk:
        now = datetime(2026, 1, 5, 12, tzinfo=UTC)
        _, greeted = dialogue.turn(Said("hello"), Conversation(), now)  # the first reply has a notice before it
        replies = [dialogue.turn(Said(question), greeted, now)[0] for question in QUESTIONS]
        marks = tuple(reply.text.partition("\n")[0] for reply in replies)
        if len(set(marks)) < len(QUESTIONS):
            raise ValueError("two questions of the scenarios have the same answer")
        alarm = dialogue.urgent(DANGER)
        if alarm is None:
            raise ValueError("danger is not heard")
        answered = tuple(number for number, reply in enumerate(replies) if reply.kind == "answer")
        return cls(marks, alarm.text.partition("\n")[0], answered)

    def crowd(self, chats: int, each: int = 1, first: int = FIRST, among: Sequence[int] = range(len(QUESTIONS))) -> list[Asked]:
        """``each`` questions of ``chats`` people, whose turns alternate; one person's differ up to the last of ``among``."""
        found = []
        for turn in range(each):
            for number in range(chats):
                question = among[(number + turn) % len(among)]
                found.append(Asked(first + number, question, updates.text(QUESTIONS[question], updates.user(first + number))))
        return found

    def in_group(self, count: int, chat: int = updates.GROUP, first: int = 90_000) -> list[Asked]:
        """One question each of ``count`` people in one group."""
        found = []
        for number in range(count):
            question = number % len(QUESTIONS)
            update = updates.mention(QUESTIONS[question], updates.group_chat(chat), updates.user(first + number))
            found.append(Asked(chat, question, update))
        return found

    def heard(self, call: Spoken) -> int | None:
        """The question that ``call`` answers."""
        return next((number for number, mark in enumerate(self.marks) if mark in call.text), None)


@dataclass(slots=True)
class Tally:
    """What was asked and what was answered. ``waited``: seconds from asking to the first answer, by update.

    The k-th answer to a question in a chat belongs to the k-th update there that asked it.
    """

    talk: Talk
    ids: dict[tuple[int, int, int], int] = field(default_factory=dict)  # chat, question, k-th -> update
    asked_at: dict[int, float] = field(default_factory=dict)
    answers: dict[int, int] = field(default_factory=dict)  # update -> how many
    waited: dict[int, float] = field(default_factory=dict)
    strange: int = 0  # answers to what nobody asked
    _asked: Counter[tuple[int, int]] = field(default_factory=Counter)
    _heard: Counter[tuple[int, int]] = field(default_factory=Counter)
    _order: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))  # chat -> updates as first answered

    def ask(self, asked: Sequence[Asked], injected: Sequence[Put]) -> None:
        for one, entry in zip(asked, injected, strict=True):
            place = (one.chat, one.question)
            self.ids[*place, self._asked[place]] = entry.id
            self._asked[place] += 1
            self.asked_at[entry.id] = entry.injected

    def hear(self, call: Spoken) -> None:
        """A call was delivered."""
        if call.method not in ANSWERS or call.chat is None or self.talk.help in call.text:
            return
        question = self.talk.heard(call)
        place = (call.chat, -1 if question is None else question)
        count = self._asked[place]
        if not count:
            self.strange += 1
            return
        at = self._heard[place]
        self._heard[place] += 1
        id = self.ids[*place, min(at, count - 1)]
        self.answers[id] = self.answers.get(id, 0) + 1
        if id not in self.waited:
            self.waited[id] = call.at - self.asked_at[id]
            self._order[call.chat].append(id)

    @property
    def asked(self) -> int:
        return len(self.asked_at)

    @property
    def answered(self) -> int:
        return len(self.waited)

    @property
    def lost(self) -> list[int]:
        return [id for id in self.asked_at if id not in self.waited]

    @property
    def twice(self) -> set[int]:
        return {id for id, count in self.answers.items() if count > 1}

    @property
    def most(self) -> int:
        """How often the update that was answered most often was answered."""
        return max(self.answers.values(), default=0)

    @property
    def inversions(self) -> int:
        """How often, within a chat, an update was answered before an earlier one."""
        return sum(before > after for order in self._order.values() for before, after in pairwise(order))

    def shown(self) -> str:
        return (
            f"{self.asked} updates, {len(self.lost)} lost, {len(self.twice)} answered twice, {self.inversions} inversions, "
            f"p50 {percentile(self.waited.values(), 50) * 1000:.0f} ms, p99 {percentile(self.waited.values(), 99) * 1000:.0f} ms"
        )


def percentile(values: Iterable[float], share: int) -> float:
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, len(ranked) * share // 100)] if ranked else 0.0
