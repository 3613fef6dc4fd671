"""What can be made to go wrong, at run time."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal

Kind = Literal["reset_head", "reset", "drop", "hang", "error", "error_after", "trickle", "flood", "delay", "refusal"]


@dataclass(slots=True)
class Fault:
    """Applies to calls of ``methods`` (empty: all but getUpdates) to ``chat`` (None: any): after ``skip`` of them, ``times``.

    reset_head: reset before the body is read (knows no chat). reset: after it, without effect.
    drop: the call takes effect, then the connection is reset. hang: it takes effect, nothing comes for ``seconds``, then a reset.
    error: ``status`` with an HTML body, without effect; error_after: the same, with effect.
    trickle: the answer takes ``seconds``. delay: it comes after ``seconds``; what it asks for is done before.
    flood: 429 for ``seconds`` (whole bot when ``overall``). refusal: ``status`` and ``text`` as Telegram's JSON.
    ``probability`` draws from ``seed``. Seconds are nominal.
    """

    kind: Kind
    methods: tuple[str, ...] = ()
    chat: int | None = None
    skip: int = 0
    times: int | None = None
    seconds: float = 0.0
    status: int = 502
    text: str = ""
    overall: bool = False
    probability: float = 1.0
    seed: int = 0
    hits: int = 0
    seen: int = 0
    _random: random.Random = field(init=False, repr=False, default_factory=random.Random)

    def __post_init__(self) -> None:
        self.methods = tuple(method.lower() for method in self.methods)
        self._random.seed(self.seed)

    def matches(self, method: str, chat: int | None) -> bool:
        """Whether it applies to this call; counts."""
        if self.methods and method not in self.methods:
            return False
        if not self.methods and method == "getupdates":
            return False
        if self.chat is not None and self.chat != chat:
            return False
        if self.times is not None and self.hits >= self.times:
            return False
        self.seen += 1
        if self.seen <= self.skip or self._random.random() >= self.probability:
            return False
        self.hits += 1
        return True


def html_error(status: int) -> bytes:
    reason = HTTPStatus(status).phrase
    title = f"<head><title>{status} {reason}</title></head>"
    return f"<html>\r\n{title}\r\n<body><center><h1>{status} {reason}</h1></center></body>\r\n</html>".encode()
