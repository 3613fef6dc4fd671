"""Gaps as they are shown: what is kept, grouped by what the knowledge that serves now makes of it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial

from bot.authoring.gaps.grouping import group
from bot.authoring.gaps.proposals import GapProposal, propose, why_not
from bot.delivery.gaps import LEAST_PEOPLE, REASONS, GapGroup, Gaps, GapState
from bot.delivery.gaps.digest import digest
from bot.delivery.gaps.records import DAY, KeptGap, listed, mark
from bot.delivery.handoff.handoffs import Handoffs
from bot.delivery.storage import Storage, StorageError
from bot.dialogue.policy import Dialogue
from bot.language.redaction.redactor import without_marks
from bot.matching.matcher import Ranking

MOST = 2000  # of a clinic, the newest: each is read by the sentence model, some 20 ms
_TEXTS = 12  # of a group are shown
_WHEN = 1, 9  # the day of the week, and the hour
_LOOK = 900.0  # seconds
_WEEK = 8  # days, with the Monday before


@dataclass(frozen=True, slots=True)
class KeptGroup:
    """Rows that are alike, the most typical first."""

    rows: tuple[KeptGap, ...]

    @property
    def id(self) -> str:
        return f"g{min(row.seq for row in self.rows)}"

    @property
    def people(self) -> int:
        """From how many people at the least: of several periods the one that has most, as people of two may be the same."""
        by_period: dict[int, set[int]] = {}
        for row in self.rows:
            by_period.setdefault(row.period, set()).add(row.person)
        return max(map(len, by_period.values()))

    @property
    def missed(self) -> bool:
        return self.rows[0].reason == "missed"

    @property
    def shown(self) -> bool:
        """Staff who report a danger decide on that one alone; all else is shown from several people on."""
        oldest = min(self.rows, key=lambda row: row.seq)
        return oldest.state != "ignored" and (self.missed or self.people >= LEAST_PEOPLE)

    @property
    def questions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(text for row in self.rows if (text := without_marks(row.text))))

    @property
    def unhelpful(self) -> tuple[str, ...]:
        """Topics that were told to most of those who asked, in vain."""
        told = Counter(topic for row in self.rows if row.reason == "unhelped" for topic in row.told)
        return tuple(topic for topic, count in told.items() if 2 * count > len(self.rows))

    def proposal(self, dialogue: Dialogue, topic: str | None = None) -> GapProposal:
        return propose(self.questions, dialogue.knowledge, dialogue.matcher, self.unhelpful, topic)


def grouped(rows: Sequence[KeptGap], dialogue: Dialogue) -> list[KeptGroup]:
    """Those that may be shown: what staff missed first, then the largest. What is done is left out; it may come again."""
    left = [row for row in rows if row.state != "done"][-MOST:]
    found: list[KeptGroup] = []
    for is_missed in (True, False):
        some = [row for row in left if (row.reason == "missed") is is_missed]
        alike = group([without_marks(row.text) for row in some], dialogue.matcher)
        found += [KeptGroup(tuple(some[at] for at in one)) for one in alike]
    return sorted((one for one in found if one.shown), key=lambda one: (not one.missed, -one.people, -len(one.rows), one.id))


def shown(one: KeptGroup, clinic: str, dialogue: Dialogue) -> GapGroup:
    """As a page or a terminal shows it."""
    ranking = dialogue.matcher.rank(one.questions[0]) if one.questions and not one.missed else None
    nearest = ranking.top.topic if ranking is not None else ""
    topic = dialogue.knowledge.topic(nearest)
    reasons = Counter(row.reason for row in one.rows)
    return GapGroup(
        id=one.id,
        clinic=clinic,
        count=len(one.rows),
        people=one.people,
        texts=tuple(dict.fromkeys(row.text for row in one.rows))[:_TEXTS],
        reasons=tuple((reason, reasons[reason]) for reason in REASONS if reasons[reason]),
        nearest=nearest,
        label=topic.question if topic is not None else "",
        why=_why(one, nearest, ranking),
        first=min(row.day for row in one.rows),
        last=max(row.day for row in one.rows),
    )


def _why(one: KeptGroup, nearest: str, ranking: Ranking | None) -> str:
    if one.missed:
        return "reported by staff: danger that was not heard"
    if nearest in one.unhelpful:
        return "it was told, and did not help most of them: is its text to blame, or is another topic meant?"
    return why_not(ranking)


class ClinicGaps:
    """Grouped anew only when something was added or marked, or the knowledge changed. ``dialogue_of``: what serves a clinic."""

    def __init__(self, storage: Storage, dialogue_of: Callable[[str], Dialogue], clock: Callable[[], float] = time.time) -> None:
        self._storage = storage
        self._dialogue_of = dialogue_of
        self._clock = clock
        self._made: dict[str, tuple[object, list[KeptGroup]]] = {}

    async def groups(self, clinic: str, days: int) -> tuple[GapGroup, ...]:
        """As ``Gaps`` says."""
        dialogue = self._dialogue_of(clinic)
        found = await self.kept(clinic, days)
        return await asyncio.to_thread(lambda: tuple(shown(one, clinic, dialogue) for one in found))

    async def kept(self, clinic: str, days: int) -> list[KeptGroup]:
        """The same, with what stands behind it."""
        since = int(self._clock() // DAY) - days + 1
        rows = await self._storage.run(partial(listed, clinic, since), write=False)
        dialogue = self._dialogue_of(clinic)
        state = dialogue, rows
        made = self._made.get(clinic)
        if made is None or made[0] != state:
            made = state, await asyncio.to_thread(grouped, rows, dialogue)
            self._made[clinic] = made
        return made[1]

    async def mark(self, clinic: str, id: str, state: GapState, days: int = 365) -> bool:
        """As ``Gaps`` says."""
        one = next((one for one in await self.kept(clinic, days) if one.id == id), None)
        if one is not None:
            await self._storage.run(partial(mark, [row.seq for row in one.rows], state))
        return one is not None


class WeeklyDigests:
    """Tells the staff of each clinic that wants it, on Monday morning by its own clock, what was not answered in the week.

    ``add`` a clinic before ``run``. With several processes on one database it is told once: its id is that of the week.
    """

    def __init__(
        self, gaps: Gaps, zones: Callable[[str], tzinfo], scale: float = 1.0, clock: Callable[[], float] = time.time
    ) -> None:
        self._gaps = gaps
        self._zones = zones
        self._every = _LOOK / scale
        self._clock = clock
        self._handoffs: list[Handoffs] = []

    def add(self, handoffs: Handoffs) -> None:
        self._handoffs.append(handoffs)

    async def run(self) -> None:
        """Looks every quarter of an hour, for ever."""
        while True:
            await asyncio.sleep(self._every)
            await self.tell()

    async def tell(self) -> None:
        """Tells those for whom it is Monday between nine and ten."""
        for handoffs in self._handoffs:
            now = datetime.fromtimestamp(self._clock(), self._zones(handoffs.clinic))
            if (now.isoweekday(), now.hour) != _WHEN:
                continue
            try:
                if (text := digest(await self._gaps.groups(handoffs.clinic, _WEEK))) is not None:
                    await handoffs.tell(f"digest:{now:%G-%V}", text)
            except StorageError:
                continue  # the store says of itself that it is away, and the hour is not over
