"""Figures in text: finding those that nobody may type, and reading those of a source.

How figures are said in a language is ``grammar.FigureWords``; no word stands here. Two readers: ``typed`` finds digits and
spelled-out quantities in reviewed text; ``quantities`` takes apart what a source says ("two to three-week period") into ends
with their units, so that two wordings of one figure compare equal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache, cached_property

from bot.language.grammar import FigureWords, Grammar

_STRAIGHT = str.maketrans("“”‘’", "\"\"''")
PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_.]*)\}")

# Of each unit of time, as code names them; a month and a year are calendar means.
SECONDS = {
    "second": 1.0,
    "minute": 60.0,
    "hour": 3600.0,
    "day": 86400.0,
    "night": 86400.0,
    "week": 604800.0,
    "fortnight": 1209600.0,
    "month": 2629800.0,
    "year": 31557600.0,
}
# A number that ends where a figure begins, with at most a word of two letters or a stroke between: they belong together.
_NUMBER_BEFORE = re.compile(r"(?<![\w.,:])\d[\d.,]*(?:/|\s+\d+/|\s+(?:[^\W\d_]{1,2}\s+)?)\Z")
_LONGEST_NUMBER = 24  # characters
_FRACTION = "[½¼¾]"
_DIGITS = rf"\d+(?:,\d{{3}})*(?:\.\d+)?{_FRACTION}?|{_FRACTION}"


class _Patterns:
    """The patterns of one language. Each is made when it is first asked for."""

    def __init__(self, words: FigureWords) -> None:
        numbers = {**words.ones, **words.tens}
        two_words = rf"{_any(words.tens)}[\s-]{_any(word for word, n in words.ones.items() if 0 < n < 10)}(?![a-z])"
        # "Twenty-four" is never the range from twenty to four.
        word = rf"(?:{two_words}|(?!{two_words}){_any(sorted(numbers, key=len, reverse=True))}(?![a-z]))"
        article, and_ = _any(words.articles), _phrase(words.and_word)
        large = rf"(?:{word}|{article})\s+{_any(words.large)}(?:\s+(?:{and_}\s+)?{word})?(?![a-z])"
        half_more = _phrase(words.and_a_half)
        counted = rf"(?:{_DIGITS}|{large}|{word})(?:\s+{half_more})?"
        vague = rf"{_any((*words.few, *words.pair))}|{_phrase(words.half)}\s+{article}|{article}"
        amount = rf"(?:{counted}|{vague})"
        plural = rf"(?:{re.escape(words.plural)})?"
        unit = rf"{_any(words.units)}{plural}(?![\w%])"
        # After a number any other word is a unit too (grams, visits), but for words that only join it to what follows.
        any_unit = rf"(?:{unit}|(?!{_any(words.no_units)}\b)[a-z]{{2,}}(?![\w]))"
        or_ = _phrase(words.or_word)
        end = rf"{amount}(?:\s+{or_}\s+{amount})?"
        self._ending = rf"(?:{counted}(?:\s+{or_}\s+{counted})?(?:[\s-]+{any_unit}|{unit})|{end}[\s-]*{unit})"
        to = rf"\s*(?:{_any(words.to_words)}|-|–|—)\s*"
        between, middle = map(_phrase, words.between)
        low = rf"{between}\s+(?P<low>{self._ending}|{end})\s+{middle}\s+"
        self._range = rf"(?:{low}|(?P<first>{self._ending}|{end}){to})(?P<last>{self._ending})"
        self._half = rf"(?P<half>\s+{half_more}(?!\w))?"
        self.split = re.compile(rf"({end})(?:[\s-]*({any_unit}))?")
        self.one_end = re.compile(rf"(?P<one>{self._ending}){self._half}")
        self.or_ = re.compile(rf"\s+{or_}\s+")
        self.and_ = re.compile(rf"\s+{and_}\s+")
        self.numbers = numbers
        self.singles = {**dict.fromkeys(words.articles, 1.0), words.half: 0.5}
        self.words = words

    @cached_property
    def quantity(self) -> re.Pattern[str]:
        """Any figure with a unit. It takes a tenth of a second to compile, and only who reads a whole source needs it."""
        return re.compile(rf"(?<![\w.,:])(?:{self._range}|(?P<one>{self._ending})){self._half}")


@cache
def _patterns(words: FigureWords) -> _Patterns:
    return _Patterns(words)


def _phrase(text: str) -> str:
    return r"\s+".join(map(re.escape, text.split()))


def _any(words: Iterable[str]) -> str:
    """One of ``words``; where there are none, what nothing is."""
    return rf"(?:{'|'.join(map(_phrase, words)) or '(?!)'})"


def typed(text: str, allowed: Collection[str], grammar: Grammar) -> list[str]:
    """Digits and words of quantity that stand in ``text`` outside placeholders, without the ``allowed`` phrases."""
    words = grammar.figures
    bare = PLACEHOLDER.sub(" ", text.lower())
    for phrase in sorted(allowed, key=len, reverse=True):
        bare = re.sub(rf"(?<!\w){re.escape(phrase)}(?!\w)", " ", bare)
    tokens = re.findall(r"[a-z]+|\d[\d.,:/]*|[^\W\d_a-z]+|[%‰½¼¾²³]", bare)
    return [token for token in tokens if token in words.spoken or _is_figure(token)] + words.spoken_spans.findall(bare)


def _is_figure(token: str) -> bool:
    """Digits of any script, fractions, per cent: whatever counts and is not a letter."""
    return token in "%‰" or any(unicodedata.numeric(char, None) is not None for char in token)


End = tuple[tuple[str, ...], str]  # amounts (more than one where the source says "three or four"), unit


@dataclass(frozen=True, slots=True)
class FoundQuantity:
    """A quantity in a text: the ends as (amounts, unit), and where in the text it stands.

    ``part``: it is the rest of a figure that is not taken apart here ("4 a 6 horas", "1 in 5 people", "1 1/2 hours"): ``start``
    is where the whole begins, ``ends`` are those of the rest alone.
    """

    ends: tuple[End, ...]
    start: int
    stop: int
    part: bool = False


def quantities(text: str, grammar: Grammar) -> list[FoundQuantity]:
    """All figures with a unit in ``text``, in order; ``start`` and ``stop`` count in ``fold(text)``."""
    known = _patterns(grammar.figures)
    folded = fold(text)
    found = []
    for match in known.quantity.finditer(folded):
        before = _NUMBER_BEFORE.search(folded, max(0, match.start() - _LONGEST_NUMBER), match.start())
        start = before.start() if before else match.start()
        found.append(FoundQuantity(_ends(known, **match.groupdict()), start, match.end(), before is not None))
    return found


def ends_of(first: str, last: str | None, grammar: Grammar) -> tuple[End, ...] | None:
    """The ends of a ledger quantity in the same form, or None where one of them is not an amount with a unit."""
    known = _patterns(grammar.figures)
    ends: list[End] = []
    for end in (first, last) if last is not None else (first,):
        read = known.one_end.fullmatch(fold(end))
        if not read:
            return None
        ends += _ends(known, **read.groupdict())
    return tuple(ends)


def span_of(ends: Iterable[End]) -> tuple[float, float] | None:
    """The least and the greatest of ``ends`` in seconds; None where one of them is no time, or a vague one ("a few days")."""
    try:
        spans = [float(amount) * SECONDS[unit] for amounts, unit in ends for amount in amounts]
    except (KeyError, ValueError):
        return None
    return (min(spans), max(spans)) if spans else None


def units_in(text: str, grammar: Grammar) -> list[str]:
    """The units that ``text`` names, with a number or without, as code names them."""
    words = grammar.figures
    found = re.findall(rf"(?<!\w)({_any(words.units)})(?:{re.escape(words.plural)})?(?!\w)", fold(text))
    return [words.units[unit] for unit in found]


def _ends(
    known: _Patterns, one: str | None, half: str | None, low: str | None = None, first: str | None = None, last: str | None = None
) -> tuple[End, ...]:
    amounts, unit = _split(last or one or "", known)
    if half:  # "an hour and a half"
        more = known.words.and_a_half
        amounts = tuple(f"{float(amount) + 0.5:g}" if amount[0].isdigit() else f"{amount} {more}" for amount in amounts)
    begin = first or low
    if begin is None:
        return ((amounts, unit),)
    begins, own_unit = _split(begin, known)
    return ((begins, own_unit or unit), (amounts, unit))


def _split(ending: str, known: _Patterns) -> End:
    """Amounts and unit of one end; the unit is empty where the range names it once, at its other end."""
    read = known.split.fullmatch(ending)
    if read is None:
        raise ValueError(f"{ending!r} is no amount")
    amounts = tuple(_amount(part, known) for part in known.or_.split(read.group(1)))
    return amounts, _unit(read.group(2) or "", known.words)


def fold(text: str) -> str:
    """White space folded, quotes straightened, small letters."""
    return " ".join(straighten(text).lower().split())


def straighten(text: str) -> str:
    return text.translate(_STRAIGHT)


def _amount(text: str, known: _Patterns) -> str:
    """An amount as a number without needless digits; words that name no number ("a few") stay words."""
    words = known.words
    if text.startswith(words.half):
        return "0.5"
    if text.startswith(words.pair):
        return words.pair[-1]
    if text in words.few:
        return text
    value = sum(_number(part, known) for part in known.and_.split(text))
    return f"{value:.12g}"


def _number(text: str, known: _Patterns) -> float:
    """``2½``, ``1,000``, ``twenty-four``, ``two hundred``, ``a half`` as a number."""
    value = 0.0
    for word in re.findall(r"\d[\d,.]*|[½¼¾]|[a-z]+", text):
        if word in known.words.large:
            value = (value or 1.0) * known.words.large[word]
        elif word in known.singles:
            value = known.singles[word]
        elif word[0].isdigit():
            value += float(word.replace(",", ""))
        else:
            value += known.numbers[word] if word in known.numbers else unicodedata.numeric(word)
    return value


def _unit(text: str, words: FigureWords) -> str:
    bare = text.removesuffix(words.plural)
    return words.units.get(bare, bare)
