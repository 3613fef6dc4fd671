"""Numbers that a phone can call or text, out of how a clinic has them read out: "988 (call or text)"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_NUMBER = re.compile(r"\+?(?:\(\d+\) ?)?\d+(?:[ ./-]?(?:\(\d+\) ?)?\d+)*")
_FEWEST_DIGITS = 3  # "press 2" is no number to call
_CALLS = re.compile(r"\b(call|dial|phone|ring|llam\w*|marque|marca)\b", re.IGNORECASE)
_TEXTS = re.compile(r"\b(text|texts|texting|sms|texto|mensaje)\b", re.IGNORECASE)
_ASIDE = re.compile(r"\s*\(([^)]*)\)")


@dataclass(frozen=True, slots=True)
class Call:
    """``number`` as a person reads it. ``text``: to write to, not to call."""

    number: str
    href: str
    text: bool


@lru_cache(maxsize=64)
def calls_in(numbers: str) -> tuple[Call, ...]:
    """What to press for each number in ``numbers``, in order, each once.

    The words before a number and in brackets after it say whether it takes calls, texts or both; without a word, calls.
    """
    found: dict[str, Call] = {}
    before = 0
    for match in _NUMBER.finditer(numbers):
        number = match.group().strip()
        digits = "".join(char for char in number if char.isdigit())
        if len(digits) < _FEWEST_DIGITS:
            continue
        aside = _ASIDE.match(numbers, match.end())
        said = numbers[before : match.start()] + " " + (aside.group(1) if aside else "")
        before = match.end()
        dialled = ("+" if number.startswith("+") else "") + digits
        texts = _TEXTS.search(said) is not None
        if not texts or _CALLS.search(said):
            found.setdefault(f"tel:{dialled}", Call(number, f"tel:{dialled}", text=False))
        if texts:
            found.setdefault(f"sms:{dialled}", Call(number, f"sms:{dialled}", text=True))
    return tuple(found.values())
