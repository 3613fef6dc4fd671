"""JSON Lines in, JSON Lines out: one reply a line, in order, each written before the next is read."""

from __future__ import annotations

import json
import logging
import math
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any, TextIO

from bot.channels.channel import Answers
from bot.delivery.logs import trace
from bot.dialogue.conversation import Conversation, Reply, as_json
from bot.dialogue.events import Chosen, Said
from bot.dialogue.trace import trace_lines
from bot.timeline.clock import zone

_log = logging.getLogger(__name__)
# UTF-8 cannot carry half of a surrogate pair, and some readers take the others for the end of a line.
_ESCAPED = re.compile("[\ud800-\udfff\x85\u2028\u2029]")


class LineError(ValueError):
    """A line of the input is not what it should be; the message says what is wrong and what is allowed."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Reads the time in the zone that holds where a line names none. ``chosen``: somebody asked for that zone."""

    read: Callable[[], datetime]
    zone: tzinfo
    chosen: bool


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One line of the input, read. ``now`` is None where the line leaves it to the clock."""

    text: str | None
    choice: str | None
    conversation: str | None
    now: str | None
    zone: str | None


def run(
    lines: Iterable[bytes],
    out: TextIO,
    answers: Answers,
    clock: Clock,
    minutes: int,
    explain: bool = False,
    progress: Progress | None = None,
) -> int:
    """Answers every line and returns how many were malformed; those give an error object and do not stop the rest.

    A conversation begins anew where two of its lines say ``now`` and are further apart than ``minutes``.
    """
    conversations = _Conversations(answers, clock, timedelta(minutes=minutes))
    bad = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            fields = _fields(line)
            reply = conversations.answer(parse_line(fields))
            written = dump({**fields, **as_json(reply), **({"why": list(trace_lines(reply.trace))} if explain else {})})
        except LineError as error:
            bad += 1
            written = dump({"error": str(error), "line": number})
        except Exception as error:  # noqa: BLE001  # one failure must not take the rest of the batch with it
            _log.error("line %d failed: %s", number, trace(error))  # without its message, which may quote the line
            bad += 1
            written = dump({"error": f"answering failed ({type(error).__name__})", "line": number})
        if progress:
            progress.step_aside()
        out.write(written + "\n")
        out.flush()
        if progress:
            progress.show(len(line))
    if progress:
        progress.finish()
    return bad


def dump(value: Mapping[str, Any]) -> str:
    """``value`` as one line of JSON that any UTF-8 stream takes."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return _ESCAPED.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def parse_line(fields: Mapping[str, Any]) -> BatchLine:
    """What a line asks. Raises LineError."""
    text, choice = fields.get("q"), fields.get("choice")
    if text is None and choice is None:
        raise LineError("q is missing; a line is an object with q, or with the choice that was picked")
    if text is not None and not isinstance(text, str):
        raise LineError("q is not a text")
    if text is None and not isinstance(choice, str):
        raise LineError("choice is not a text; it is the id of a choice")
    conversation = fields.get("conversation")
    if isinstance(conversation, bool) or not isinstance(conversation, str | int | None):
        raise LineError("conversation is not a text; lines with the same one share their context")
    now, zone = fields.get("now"), fields.get("timezone")
    if not isinstance(now, str | None):
        raise LineError("now is not a text; write it like 2026-11-24T14:10 or 2026-11-24T14:10:00-06:00")
    if not isinstance(zone, str | None):
        raise LineError("timezone is not a text; write it like America/Chicago")
    return BatchLine(
        text, choice if text is None else None, None if conversation is None else json.dumps(conversation), now, zone
    )


def moment(text: str, zone: tzinfo, chosen: bool) -> datetime:
    """The moment that ``text`` (ISO 8601) says, on the clock of ``zone``. Raises ValueError.

    An offset of its own tells what the person's clock shows, so it is kept unless a zone was ``chosen``.
    """
    try:
        said = datetime.fromisoformat(text)
        if said.tzinfo is None:
            return said.replace(tzinfo=zone)
        return said if said.utcoffset() and not chosen else said.astimezone(zone)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is not a moment; write it like 2026-11-24T14:10 or 2026-11-24T14:10:00-06:00") from error


def _fields(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line.decode("utf-8-sig"), parse_constant=_refuse, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise LineError("this line is not UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise LineError("this line is not JSON") from error
    if not isinstance(value, dict):
        raise LineError('this line is not an object; write {"q": "..."}')
    return value


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _refuse(text)


class _Conversations:
    """The conversations of one batch, by their ids. Nothing outlives the batch."""

    def __init__(self, answers: Answers, clock: Clock, longest_silence: timedelta) -> None:
        self._answers = answers
        self._clock = clock
        self._longest_silence = longest_silence
        self._kept: dict[str, tuple[Conversation, datetime | None]] = {}

    def answer(self, asked: BatchLine) -> Reply:
        before, last = self._kept.get(asked.conversation or "", (Conversation(greeted=asked.conversation is None), None))
        zone = asked.zone or before.timezone
        now = self._now(asked, zone)
        if asked.now is not None and last is not None and abs(now - last) > self._longest_silence:
            before = Conversation()
        before = replace(before, timezone=zone)
        if asked.choice is not None:
            reply, after = self._answers.turn(Chosen(asked.choice), before, now)
        else:
            reply, after = self._answers.turn(Said(asked.text or ""), before, now)
        if asked.conversation is not None:
            self._kept[asked.conversation] = (after, now if asked.now is not None else last)
        return reply

    def _now(self, asked: BatchLine, name: str | None) -> datetime:
        try:
            where = zone(name) if name is not None else self._clock.zone
        except ValueError as error:
            raise LineError(f"timezone: {error}; write it like America/Chicago") from error
        try:
            if asked.now is None:
                return self._clock.read().astimezone(where)
            return moment(asked.now, where, chosen=name is not None or self._clock.chosen)
        except ValueError as error:
            raise LineError(f"now: {error}") from error


class Progress:
    """One line on a terminal that says how far a batch is.

    ``size`` is the input's in bytes, None where nobody knows it yet; ``shared``: the answers go to the same terminal.
    """

    def __init__(self, out: TextIO, size: int | None, shared: bool) -> None:
        self._out, self._size, self._shared = out, size, shared
        self._read = self._lines = 0
        self._next = 0.0

    def show(self, read: int) -> None:
        """Counts one more line, of ``read`` bytes. Drawn ten times a second at the most, if it has a line to itself."""
        self._read += read
        self._lines += 1
        at = time.monotonic()
        if self._shared or at >= self._next:
            self._next = at + 0.1
            share = min(1.0, self._read / self._size) if self._size else 0.0
            bar = f"[{'#' * round(30 * share):30}] {share:4.0%} " if self._size else ""
            self._draw(f"{bar}{self._lines} answered")

    def step_aside(self) -> None:
        if self._shared:
            self._draw("")

    def finish(self) -> None:
        self._draw("")

    def _draw(self, text: str) -> None:
        self._out.write(f"\r{text}\x1b[K")
        self._out.flush()
