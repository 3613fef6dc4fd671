"""Figures in text: finding those that nobody may type, and reading those of a source.

Two readers: ``typed`` finds digits and spelled-out quantities in reviewed text; ``quantities`` takes apart what a
source says ("two to three-week period") into ends with their units, so that two wordings of one figure compare equal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

_STRAIGHT = str.maketrans("“”‘’", "\"\"''")
PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_.]*)\}")

_ONES = {
    word: float(n)
    for n, word in enumerate(
        "zero one two three four five six seven eight nine ten "
        "eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
    )
}
_TENS = {word: float(n * 10) for n, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)}
_NUMBERS = _ONES | _TENS
_SPOKEN = frozenset(_NUMBERS) | frozenset(
    "hundred hundreds thousand thousands half quarter quarters quarterly monthly weekly daily nightly hourly yearly "
    "annual annually fortnight fortnightly biweekly bimonthly once twice thrice double triple dozen dozens couple "
    "few overnight first second third fourth fifth sixth hours minutes days weeks months years decade decades "
    "percent".split()
)
# "The day of the infusion" is no quantity, "a day" and "every day" are.
_SPOKEN_SPAN = re.compile(
    r"\b(?:an?|another|each|every|per|half|all)[\s-]+(?:an?[\s-]+)?(?:minute|hour|day|night|week|month|year)\b"
)

_SHORT_UNITS = {"sec": "second", "min": "minute", "hr": "hour", "percent": "%", "per cent": "%"}
_SPANS = "second minute hour day night week fortnight month year decade".split()
_UNITS = [*_SPANS, "infusion", "treatment", "session", "dose", "mg/kg", "mg", "kg", *_SHORT_UNITS, "%"]
# After a number any other word is a unit too (grams, visits), but for words that only join it to what follows.
_NO_UNITS = (
    "a an and are as at before but by can could did do does each every for from had has have hundred if in is may "
    "might must of on or out per should than that the thousand times to was were when which who will with would"
).split()
_FRACTION = "[½¼¾]"
_DIGITS = rf"\d+(?:,\d{{3}})*(?:\.\d+)?{_FRACTION}?|{_FRACTION}"
_TWO_WORDS = rf"(?:{'|'.join(_TENS)})[\s-](?:{'|'.join(word for word, n in _ONES.items() if 0 < n < 10)})(?![a-z])"
# "Twenty-four" is never the range from twenty to four.
_WORD = rf"(?:{_TWO_WORDS}|(?!{_TWO_WORDS})(?:{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})(?![a-z]))"
_LARGE = rf"(?:{_WORD}|an?)\s+(?:hundred|thousand)(?:\s+(?:and\s+)?{_WORD})?(?![a-z])"
_COUNTED = rf"(?:{_DIGITS}|{_LARGE}|{_WORD})(?:\s+and\s+a\s+half)?"
_AMOUNT = rf"(?:{_COUNTED}|a\s+few|a\s+couple(?:\s+of)?|half\s+an?|several|an?)"
_UNIT = rf"(?:{'|'.join(map(re.escape, _UNITS))})s?(?![\w%])"
_ANY_UNIT = rf"(?:{_UNIT}|(?!(?:{'|'.join(_NO_UNITS)})\b)[a-z]{{2,}}(?![\w]))"
_END = rf"{_AMOUNT}(?:\s+or\s+{_AMOUNT})?"
_ENDING = rf"(?:{_COUNTED}(?:\s+or\s+{_COUNTED})?(?:[\s-]+{_ANY_UNIT}|{_UNIT})|{_END}[\s-]*{_UNIT})"
_TO = r"\s*(?:to|through|-|–|—)\s*"
_RANGE = rf"(?:between\s+(?P<low>{_ENDING}|{_END})\s+and\s+|(?P<first>{_ENDING}|{_END}){_TO})(?P<last>{_ENDING})"
_HALF = r"(?P<half>\s+and\s+a\s+half(?!\w))?"
_ONE_END = re.compile(rf"(?P<one>{_ENDING}){_HALF}")
_SPLIT = re.compile(rf"({_END})(?:[\s-]*({_ANY_UNIT}))?")


@cache
def _quantity() -> re.Pattern[str]:
    """Any figure with a unit. It takes a tenth of a second to compile, and only who reads a whole source needs it."""
    return re.compile(rf"(?<![\w.,:])(?:{_RANGE}|(?P<one>{_ENDING})){_HALF}")


def typed(text: str, allowed: Collection[str]) -> list[str]:
    """Digits and words of quantity that stand in ``text`` outside placeholders, without the ``allowed`` phrases."""
    bare = PLACEHOLDER.sub(" ", text.lower())
    for phrase in sorted(allowed, key=len, reverse=True):
        bare = re.sub(rf"(?<!\w){re.escape(phrase)}(?!\w)", " ", bare)
    tokens = [
        token for token in re.findall(r"[a-z]+|\d[\d.,:/]*|[^\W\d_a-z]+|[%‰½¼¾²³]", bare) if token in _SPOKEN or _is_figure(token)
    ]
    return tokens + _SPOKEN_SPAN.findall(bare)


def _is_figure(token: str) -> bool:
    """Digits of any script, fractions, per cent: whatever counts and is not a letter."""
    return token in "%‰" or any(unicodedata.numeric(char, None) is not None for char in token)


End = tuple[tuple[str, ...], str]  # amounts (more than one where the source says "three or four"), unit


@dataclass(frozen=True, slots=True)
class FoundQuantity:
    """A quantity in a text: the ends as (amounts, unit), and where in the text it stands."""

    ends: tuple[End, ...]
    start: int
    stop: int


def quantities(text: str) -> list[FoundQuantity]:
    """All figures with a unit in ``text``, in order; ``start`` and ``stop`` count in ``fold(text)``."""
    return [FoundQuantity(_ends(**match.groupdict()), match.start(), match.end()) for match in _quantity().finditer(fold(text))]


def ends_of(first: str, last: str | None) -> tuple[End, ...] | None:
    """The ends of a ledger quantity in the same form, or None where one of them is not an amount with a unit."""
    ends: list[End] = []
    for end in (first, last) if last is not None else (first,):
        read = _ONE_END.fullmatch(fold(end))
        if not read:
            return None
        ends += _ends(**read.groupdict())
    return tuple(ends)


def _ends(
    one: str | None, half: str | None, low: str | None = None, first: str | None = None, last: str | None = None
) -> tuple[End, ...]:
    amounts, unit = _split(last or one or "")
    if half:  # "an hour and a half"
        amounts = tuple(f"{float(amount) + 0.5:g}" if amount[0].isdigit() else f"{amount} and a half" for amount in amounts)
    begin = first or low
    if begin is None:
        return ((amounts, unit),)
    begins, own_unit = _split(begin)
    return ((begins, own_unit or unit), (amounts, unit))


def _split(ending: str) -> End:
    """Amounts and unit of one end; the unit is empty where the range names it once, at its other end."""
    read = _SPLIT.fullmatch(ending)
    if read is None:
        raise ValueError(f"{ending!r} is no amount")
    return _amounts(read.group(1)), _unit(read.group(2) or "")


def fold(text: str) -> str:
    """White space folded, quotes straightened, small letters."""
    return " ".join(straighten(text).lower().split())


def straighten(text: str) -> str:
    return text.translate(_STRAIGHT)


def _amounts(end: str) -> tuple[str, ...]:
    return tuple(_amount(part) for part in re.split(r"\s+or\s+", end))


def _amount(text: str) -> str:
    """An amount as a number without needless digits; words that name no number ("a few") stay words."""
    if text.startswith("half"):
        return "0.5"
    if text.startswith("a couple"):
        return "a couple"
    if text in {"a few", "several"}:
        return text
    value = sum(map(_number, re.split(r"\s+and\s+", text)))
    return f"{value:.12g}"


def _number(text: str) -> float:
    """``2½``, ``1,000``, ``twenty-four``, ``two hundred``, ``a half`` as a number."""
    value = 0.0
    for word in re.findall(r"\d[\d,.]*|[½¼¾]|[a-z]+", text):
        if word in {"hundred", "thousand"}:
            value = (value or 1.0) * {"hundred": 100, "thousand": 1000}[word]
        elif word == "half":
            value = 0.5
        elif word in {"a", "an"}:
            value = 1.0
        elif word[0].isdigit():
            value += float(word.replace(",", ""))
        else:
            value += _NUMBERS[word] if word in _NUMBERS else unicodedata.numeric(word)
    return value


def _unit(text: str) -> str:
    bare = text.removesuffix("s")
    return _SHORT_UNITS.get(bare, bare)
