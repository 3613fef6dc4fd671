"""How many requests a minute are let in, for each one who asks."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable

from cachetools import LRUCache

# Of those who asked last; an entry is some 200 bytes. Whoever is forgotten begins anew.
_MOST = 20_000


class Rate:
    """A token bucket for each name: a minute's worth at once, then as they come back. ``per_minute`` None: no limit."""

    def __init__(self, per_minute: float | None, clock: Callable[[], float] = time.monotonic, most: int = _MOST) -> None:
        self._step = 60 / per_minute if per_minute else 0.0
        self._burst = max(60.0, self._step)
        self._clock = clock
        self._full_at: LRUCache[str, float] = LRUCache(most)  # when the bucket is full again

    def wait(self, name: str) -> float:
        """Seconds until ``name`` is let in; 0: now, and that was counted."""
        if not self._step:
            return 0.0
        now = self._clock()
        full_at = max(now, self._full_at.pop(name, now)) + self._step
        wait = full_at - self._burst - now
        if wait > 1e-9:
            self._full_at[name] = full_at - self._step
            return wait
        self._full_at[name] = full_at
        return 0.0


def caller(address: str) -> str:
    """Who ``address`` stands for: with IPv6 a whole network of 64 bits, as a household has any address in it."""
    if ":" not in address:
        return address
    try:
        whole = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    return str(whole.ipv4_mapped) if whole.ipv4_mapped else f"{int(whole) >> 64:x}/64"
