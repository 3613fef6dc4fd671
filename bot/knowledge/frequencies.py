"""The frequencies of the words of a language, out of the package that brings them."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

from bot.language.frequency import WordFrequencies

# symspellpy's list: 82,765 words that a spelling dictionary has, with their counts in Google's n-grams. The package is not
# imported, as its code is not used.
_PACKAGE, _FILES = "symspellpy", {"en": "frequency_dictionary_en_82_765.txt"}


@cache
def frequencies_of(language: str) -> WordFrequencies:
    """Those of a language (its BCP 47 tag); of one without a list all words are equally common."""
    name = _FILES.get(language)
    spec = importlib.util.find_spec(_PACKAGE) if name is not None else None
    if name is None or spec is None or spec.origin is None:
        return WordFrequencies()
    rows = (line.rsplit(" ", 1) for line in (Path(spec.origin).parent / name).read_text("utf-8-sig").splitlines() if " " in line)
    return WordFrequencies({word: int(count) for word, count in rows})
