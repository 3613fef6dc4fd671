"""A clinic that has been asked much: counts, people handed to the staff, what was not answered."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from bot.delivery.counting.measures import CountKey, Measure
from bot.delivery.counting.records import add, fold
from bot.delivery.gaps import GapGroup, GapReason, GapState
from bot.delivery.handoff.handoffs import Handoffs
from bot.delivery.storage import Storage
from bot.dialogue.conversation import ConversationKey
from bot.knowledge.model import Knowledge

_KINDS = ("answer", "answer", "answer", "answer", "boundary", "clarify", "fallback", "smalltalk", "timeline", "handoff")
_ALARMS = ("self_harm", "medical", "overdose", "despair")
_REASONS = ("wrong", "unclear", "not_asked", "missing")


async def fill(store: Storage, clinic: str, knowledge: Knowledge, zone: tzinfo, replies: int, days: int = 90) -> None:
    """``replies`` over the last ``days`` days, more on weekdays and by day."""
    dice = random.Random(7)
    topics = [*knowledge.entries, *knowledge.boundaries]
    shares = [1 / (1 + at) ** 0.8 for at, _ in enumerate(topics)]
    now = datetime.now(zone).replace(minute=0, second=0, microsecond=0)
    first = now.date() - timedelta(days=days - 1)
    every = (now - timedelta(hours=back) for back in range(days * 24))
    hours = [hour for hour in every if hour.date() >= first]
    busy = [_busy(hour) for hour in hours]
    counts: dict[CountKey, int] = {}

    def count(measure: Measure, hour: int, channel: str, subject: str, detail: str = "") -> None:
        key = CountKey(clinic, measure, hour, channel, subject, detail)
        counts[key] = counts.get(key, 0) + 1

    for moment in dice.choices(hours, busy, k=replies):
        hour, channel = int(moment.timestamp()) // 3600, dice.choice(("web", "web", "telegram"))
        kind = "urgent" if dice.random() < 0.006 else dice.choice(_KINDS)
        count("reply", hour, channel, kind, "pressed" if dice.random() < 0.2 else "")
        (topic,) = dice.choices(topics, shares)
        if kind in {"answer", "boundary"}:
            count("topic", hour, channel, topic, "entry" if topic in knowledge.entries else "boundary")
        if kind == "urgent":
            count("alarm", hour, channel, dice.choice(_ALARMS))
        if kind == "answer" and dice.random() < 0.12:
            helped = dice.random() < 0.8
            verdicts = ("helped",) if helped else ("not_helped", dice.choice(_REASONS))
            for verdict in verdicts:
                count("verdict", hour, channel, verdict)
                count("feedback", hour, channel, topic, verdict)
    await store.run(lambda: add(counts))
    while await store.run(lambda: fold(clinic, zone, (now - timedelta(days=62)).date())):
        await asyncio.sleep(0)


def _busy(hour: datetime) -> float:
    daily = 0.15 + max(0.0, math.sin((hour.hour - 6) / 17 * math.pi))
    return daily * (0.45 if hour.weekday() > 4 else 1.0)


async def hand_over(store: Storage, clinic: str, people: int, days: int = 90) -> None:
    """``people`` who asked for a person within ``days`` days; most were answered, the last two wait."""
    dice, now = random.Random(11), time.time()
    for number in range(people):
        began = now - 600.0 * (people - number) if number >= people - 2 else now - dice.random() * days * 86_400
        clock = [began]
        handoffs = Handoffs(store, clinic, clock=lambda clock=clock: clock[0])  # type: ignore[misc]
        reason = dice.choice(("person", "person", "lost", "alarm"))
        one = await handoffs.open(ConversationKey(clinic, "web", f"c{number}"), "", reason, "en", f"{number}")
        if number < people - 2 and dice.random() < 0.92:
            clock[0] += dice.expovariate(1 / 700)
            await handoffs.from_staff(one.id, "1", "Eva", "hello")
        if number < people - 2:
            clock[0] += 600
            await handoffs.close(one.id, "2", "Eva")


def alike(
    id: str, texts: Sequence[str], reasons: Sequence[tuple[GapReason, int]] = (("unanswered", 3),), **more: str
) -> GapGroup:
    """``more``: nearest, label, why."""
    count = sum(many for _, many in reasons)
    told = {"nearest": "", "label": "", "why": "It is near to no topic.", **more}
    return GapGroup(id, "default", count, max(3, count - 4), tuple(texts), tuple(reasons), **told, first=0, last=1)


class SeededGaps:
    def __init__(self, *groups: GapGroup) -> None:
        self.found = groups

    async def groups(self, clinic: str, days: int) -> tuple[GapGroup, ...]:
        return tuple(one for one in self.found if one.clinic == clinic and days)

    async def mark(self, clinic: str, id: str, state: GapState) -> bool:
        left = tuple(one for one in self.found if state == "open" or (one.clinic, one.id) != (clinic, id))
        known, self.found = len(left) < len(self.found), left
        return known
