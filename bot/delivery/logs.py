"""Logs as one JSON object a line, or as plain text: event, kind, id, duration. Never what somebody wrote,
who it was, or a secret.

Libraries log URLs with the token in them, and exceptions that quote their input. So of others only warnings are let
through, and those without their words: which logger, what level, what kind of exception, where.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import PurePath
from typing import TextIO

from bot.delivery.tracing import request_id

_OURS = "bot"
# What a line of ours may carry besides its message, through ``extra``.
FIELDS = tuple("kind channel entry boundary ms count seconds attempt reason status where version clinic knowledge".split())

_LIBRARIES = "httpx httpcore telegram tornado aiohttp asyncio uvicorn uvicorn.access uvicorn.error sqlalchemy asyncpg PIL".split()


class Lines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(_line(record), ensure_ascii=True)


class PlainLines(logging.Formatter):
    """A record as one line that is read by people: when, how bad, what, and the rest as name=value."""

    def format(self, record: logging.LogRecord) -> str:
        line = _line(record)
        at, level, event = (str(line.pop(name)) for name in ("at", "level", "event"))
        rest = (f"{name}={json.dumps(value) if ' ' in str(value) else value}" for name, value in line.items())
        told = " ".join((at, f"{level.upper():<7}", event, *rest))
        return told.encode("unicode_escape").decode("ascii")  # one line, whatever is in it


def _line(record: logging.LogRecord) -> dict[str, object]:
    line: dict[str, object] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
    }
    if _is_ours(record):
        line["event"] = record.getMessage()
        line |= {name: value for name in FIELDS if (value := getattr(record, name, None)) is not None}
    else:
        line |= {"event": "library", "where": f"{record.name}:{record.lineno}"}
    if record.exc_info and record.exc_info[1] is not None:
        line["error"] = trace(record.exc_info[1])
    if id := request_id():
        line["request"] = id
    return line


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name == _OURS or record.name.startswith(f"{_OURS}.")


def _of_interest(record: logging.LogRecord) -> bool:
    return _is_ours(record) or record.levelno >= logging.WARNING


def start(level: str, out: TextIO | None = None, *, plain: bool = False) -> None:
    """Send all logs to ``out`` (standard error) in this form, or in the ``plain`` one; ``level`` is one of config's."""
    handler = logging.StreamHandler(out or sys.stderr)
    handler.setFormatter(PlainLines() if plain else Lines())
    handler.addFilter(_of_interest)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Others pay for what nobody reads, and a debug line that is never made cannot leak.
    for name in _LIBRARIES:
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
        library.setLevel(logging.WARNING)
    logging.captureWarnings(True)


def trace(error: BaseException) -> str:
    """What to log of a failure, in one line: its kind and where it happened, never its message, which may quote a person."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join([type(error).__name__, *(f"{PurePath(f.filename).name}:{f.lineno}" for f in reversed(frames))])
