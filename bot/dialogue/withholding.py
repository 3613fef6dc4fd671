"""What is not told on a day, as no clinician has signed it: a review falls due while a process runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from threading import Lock
from typing import Generic, TypeVar

from cachetools import LRUCache

from bot.dialogue.reviews import may_withhold, withheld
from bot.knowledge.model import Knowledge

_T = TypeVar("_T")


class Withholding(Generic[_T]):
    """What ``make`` makes of one knowledge, for days on which it withholds other texts than it says.

    Which those are is reckoned once a day, and once more where patients are a day ahead.
    """

    def __init__(self, knowledge: Knowledge, make: Callable[[Knowledge], _T]) -> None:
        self._knowledge = knowledge
        self._make = make
        self._lock = Lock()
        self._days: LRUCache[date, frozenset[str]] = LRUCache(2)
        self._made: tuple[frozenset[str], _T] | None = None

    def on(self, day: date) -> _T | None:
        """What answers on ``day``; None where that is the knowledge as it is."""
        if not may_withhold(self._knowledge):
            return None
        with self._lock:
            if (held := self._days.get(day)) is None:
                held = self._days[day] = withheld(self._knowledge, day)
            if held == self._knowledge.withheld:
                return None
            if self._made is None or self._made[0] != held:
                self._made = held, self._make(replace(self._knowledge, withheld=held))
            return self._made[1]
