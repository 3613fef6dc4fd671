"""Reads the body of a request as one of the types of ``schema.py``, and says what is wrong with one that is none."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from bot.channels.web.api.responses import Problem
from bot.channels.web.api.schema import ONE_OF

_FIELD = re.compile(r" - at `\$\.(\w+)`$")
# A pair of escapes that is one character, an escaped backslash, or half of a pair: only the last is no text.
_ESCAPES = re.compile(rb"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


class BodyReader:
    """Reads bodies of one type. Raises Problem, which names a field and says what is allowed, never what was sent."""

    def __init__(self, kind: type[Any]) -> None:
        self._decoder = msgspec.json.Decoder(kind)
        fields = msgspec.structs.fields(kind)
        self._fields = frozenset(field.name for field in fields)
        self._known = ", ".join(field.name for field in fields)

    def read(self, body: bytes) -> Any:
        try:
            return self._decoder.decode(body)
        except msgspec.ValidationError as error:
            raise Problem("invalid", self._explained(str(error))) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass
        # A text that was cut in the middle of an emoji is still what somebody wrote, and may be urgent.
        whole = _ESCAPES.sub(lambda found: found.group() if len(found.group()) != 6 else b"\\ufffd", body)
        try:
            return self._decoder.decode(whole)
        except msgspec.ValidationError as error:
            raise Problem("invalid", self._explained(str(error))) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Problem("malformed", "The body has to be a JSON object in UTF-8.") from None

    def _explained(self, message: str) -> str:
        found = _FIELD.search(message)
        if found is not None and found.group(1) in self._fields:
            said = message[: found.start()]
            return f"{found.group(1)}: {said if said.startswith(('Expected', 'Invalid RFC3339')) else 'not as it has to be'}."
        if message.startswith("Object missing required field"):
            missing = [name for name in sorted(self._fields) if message.endswith(f"`{name}`")]
            return f"{', '.join(missing)}: missing."
        if message.startswith("Expected `object`"):
            return "The body has to be a JSON object."
        if "unknown field" in message:
            return f"There is a field that is not known; known are: {self._known}."
        return f"{ONE_OF}; known are: {self._known}."
