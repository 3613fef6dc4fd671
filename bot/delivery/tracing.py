"""Spans of what is done (take, turn, send, store), for whoever asked for them: which channel and request, how long, never a word.

Nothing is imported for it and nothing recorded unless a tracer is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar

from bot.delivery.requests import request_id

# Opens a span of that name, with those attributes.
Tracer = Callable[[str, Mapping[str, str]], AbstractContextManager[object]]
_TRACER: ContextVar[Tracer | None] = ContextVar("tracer", default=None)
_NO_SPAN: AbstractContextManager[object] = nullcontext()


def use(tracer: Tracer) -> None:
    """Spans of this task, and of those that it begins from now on, go to ``tracer``."""
    _TRACER.set(tracer)


def span(name: str, channel: str = "") -> AbstractContextManager[object]:
    """A span around what stands within it, inside of the one that is open here."""
    tracer = _TRACER.get()
    if tracer is None:
        return _NO_SPAN
    given = {"channel": channel, "request": request_id()}
    return tracer(name, {key: value for key, value in given.items() if value})
