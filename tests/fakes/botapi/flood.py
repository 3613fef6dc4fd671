"""Flood control: token buckets, off until they are set, and a record of the calls that came before they were allowed to.

``retry_after`` is told in real whole seconds; the buckets run on the scaled clock.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

from tests.fakes.botapi.state import ApiError, Clock

LIMITED = ("send", "edit", "copy", "forward")
UNLIMITED = frozenset({"sendchataction"})


@dataclass(frozen=True, slots=True)
class Limit:
    """``rate`` calls a nominal second, ``burst`` at once."""

    rate: float
    burst: float


TELEGRAM = {"overall": Limit(30, 30), "chat": Limit(1, 3), "group": Limit(20 / 60, 20)}


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled: float


@dataclass(frozen=True, slots=True)
class Violation:
    """A call that arrived before ``retry_after`` had passed, ``after_ms`` after the 429 was written."""

    scope: str  # "overall", or a chat id
    method: str
    chat: int | None
    at: float
    after_ms: float
    remaining_ms: float


@dataclass(slots=True)
class Flood:
    clock: Clock
    limits: dict[str, Limit] = field(default_factory=dict)
    unsent_limit: int = 310
    refused: int = 0
    violations: list[Violation] = field(default_factory=list)
    unsent: dict[int, int] = field(default_factory=dict)  # calls to a chat that are not answered yet
    _buckets: dict[str, _Bucket] = field(default_factory=dict)
    _blocked: dict[str, tuple[float, float]] = field(default_factory=dict)  # scope -> written, until

    def check(self, method: str, chat: int | None) -> None:
        """Raises ApiError 429 where a limit is exceeded, or was and the wait is not over."""
        if not method.startswith(LIMITED) or method in UNLIMITED:
            return
        scopes = ["overall"] if chat is None else ["overall", str(chat)]
        self._check_blocked(method, chat, scopes)
        if chat is not None and self.unsent.get(chat, 0) > self.unsent_limit:
            self.refuse(str(chat), 60.0, hold=3.0)
        if self.limits:
            self._spend(chat)

    def refuse(self, scope: str, seconds: float, hold: float = 0.0) -> None:
        """Raise a 429 for ``seconds`` nominal seconds."""
        told = max(1, math.ceil(self.clock.real(seconds)))
        now = time.monotonic()
        written = now + self.clock.real(hold)
        self._blocked[scope] = (written, written + told)
        self.refused += 1
        raise ApiError(429, f"Too Many Requests: retry after {told}", hold=hold, retry_after=told)

    def _check_blocked(self, method: str, chat: int | None, scopes: list[str]) -> None:
        now = time.monotonic()
        for scope in scopes:
            written, until = self._blocked.get(scope, (0.0, 0.0))
            if now < until:
                self.violations.append(Violation(scope, method, chat, now, (now - written) * 1000, (until - now) * 1000))
                told = max(1, math.ceil(until - now))
                self.refused += 1
                raise ApiError(429, f"Too Many Requests: retry after {told}", retry_after=told)

    def _spend(self, chat: int | None) -> None:
        """One token of each bucket, or none of any."""
        now = time.monotonic()
        wanted = [("overall", "overall", "overall")]
        if chat is not None:
            wanted.append(("chat", f"chat {chat}", str(chat)))
            if chat < 0:
                wanted.append(("group", f"group {chat}", str(chat)))
        found = []
        for name, key, scope in wanted:
            limit = self.limits.get(name)
            if limit is None:
                continue
            bucket = self._buckets.setdefault(key, _Bucket(limit.burst, now))
            bucket.tokens = min(limit.burst, bucket.tokens + (now - bucket.filled) * self.clock.scale * limit.rate)
            bucket.filled = now
            if bucket.tokens < 1:
                self.refuse(scope, (1 - bucket.tokens) / limit.rate)
            found.append(bucket)
        for bucket in found:
            bucket.tokens -= 1
