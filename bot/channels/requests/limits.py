"""How often somebody may ask."""

from __future__ import annotations

import time
from collections.abc import Callable

from cachetools import LRUCache
from starlette.requests import Request

from bot.channels.requests.addresses import caller

# Of those who asked last; an entry is some 200 bytes. Whoever is forgotten begins anew.
_MOST = 20_000


class RateLimit:
    """A token bucket for each name: a minute's worth at once, then as they come back. ``per_minute`` None: no limit."""

    def __init__(self, per_minute: float | None, clock: Callable[[], float] = time.monotonic, most: int = _MOST) -> None:
        self._step = 60 / per_minute if per_minute else 0.0
        self._burst = max(60.0, self._step)
        self._clock = clock
        self._full_at: LRUCache[str, float] = LRUCache(most)  # when the bucket is full again

    def wait(self, name: str, many: int = 1) -> float:
        """Seconds until ``name`` is let in with ``many`` at once; 0: now, and that was counted."""
        if not self._step:
            return 0.0
        now = self._clock()
        full_at = max(now, self._full_at.pop(name, now)) + self._step * many
        wait = full_at - self._burst - now
        if wait > 1e-9:
            self._full_at[name] = full_at - self._step * many
            return wait
        self._full_at[name] = full_at
        return 0.0


def caller_of(request: Request) -> str:
    return caller(request.client.host) if request.client else ""
