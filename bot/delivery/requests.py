"""One id for what one request or update leads to: in each line of the log, in spans, and in the answer's X-Request-ID.

Never a person's: made by chance, given by a proxy in a form that no name or number has, or a hash of an update's own id.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from contextvars import ContextVar

# Hexadecimal of 16 digits and more, with or without the dashes of a UUID, or a ULID; not of decimal digits alone, as a telephone
# number or an account is.
_SANE = re.compile(r"(?=.*[A-Za-z])([0-9a-f]{16,64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9A-HJKMNP-TV-Z]{26})", re.ASCII)
_ID: ContextVar[str] = ContextVar("request", default="")


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
