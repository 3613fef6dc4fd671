"""One id for what one request or update leads to, in each line of the log and in the answer's X-Request-ID; and spans of what is
done (take, turn, send, store) for whoever asks for them.

The id is never a person's: made by chance, given by a proxy in a form that no name or number has, or a hash of an update's own
id. A span tells which channel and request, and how long; never a word. Nothing is recorded unless a tracer is used.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar

# Hexadecimal of 16 digits and more, with or without the dashes of a UUID, or a ULID; not of decimal digits alone, as a telephone
# number or an account is.
_SANE = re.compile(r"(?=.*[A-Za-z])([0-9a-f]{16,64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9A-HJKMNP-TV-Z]{26})", re.ASCII)
_ID: ContextVar[str] = ContextVar("request", default="")
# Opens a span of that name, with those attributes.
Tracer = Callable[[str, Mapping[str, str]], AbstractContextManager[object]]
_TRACER: ContextVar[Tracer | None] = ContextVar("tracer", default=None)
_NO_SPAN: AbstractContextManager[object] = nullcontext()


def request_id() -> str:
    """Of what is being done here; "" where that is no request's."""
    return _ID.get()


def begin(given: str | None = None) -> str:
    """What is done from here on, in this task, is of one request: the one that is ``given`` where that is sane, or a new one."""
    found = given if given is not None and _SANE.fullmatch(given) else secrets.token_hex(8)
    _ID.set(found)
    return found


def go_on(id: str) -> None:
    """What is done from here on, in this task, is of the request ``id``."""
    _ID.set(id)


def id_of(update: tuple[str, str, str]) -> str:
    """That of an update by its clinic, channel and id: the same in every process that has a part in it."""
    return hashlib.blake2b("\0".join(update).encode("utf-8", "replace"), digest_size=8).hexdigest()


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
