"""Tells which language a text is in that the bot has no answers in: by its script, or by the common words of it."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from bot.knowledge.care import ForeignLanguage
from bot.language.text import normalise, raw_words

# The first words of the Unicode names of letters, and the language that is likeliest behind them.
_SCRIPTS: Mapping[str, str] = MappingProxyType(
    {
        "CYRILLIC": "ru",
        "GREEK": "el",
        "ARABIC": "ar",
        "HEBREW": "he",
        "DEVANAGARI": "hi",
        "BENGALI": "bn",
        "GURMUKHI": "pa",
        "TAMIL": "ta",
        "THAI": "th",
        "ETHIOPIC": "am",
        "CJK": "zh",
        "HIRAGANA": "ja",
        "KATAKANA": "ja",
        "HANGUL": "ko",
    }
)
# Letters that only one of the languages of a script has.
_TELLING: Sequence[tuple[str, str, frozenset[str]]] = (
    ("zh", "ja", frozenset("のはをがでですますい")),
    ("ru", "uk", frozenset("іїєґ")),
    ("ru", "sr", frozenset("ђјљњћџ")),
    ("ar", "ur", frozenset("ٹڈڑےںہ")),
    ("ar", "fa", frozenset("پچژگ")),
)
_LETTERS_READ = 2000
# Of the words of a text: so many in all, and this share, have to be common ones of a language.
_FEWEST, _SHARE = 2, 0.15


class ForeignLanguages:
    def __init__(self, languages: Sequence[ForeignLanguage], is_known: Callable[[str], bool]) -> None:
        """``is_known``: whether a word is one of the language that the bot answers in."""
        self._languages = {one.tag: one for one in languages}
        self._is_known = is_known

    def named(self, tag: str) -> ForeignLanguage | None:
        return self._languages.get(tag)

    def detect(self, utterance: str) -> ForeignLanguage | None:
        """The language of ``utterance``; None where it is the bot's own, or cannot be told."""
        text = utterance[:_LETTERS_READ]
        said = normalise(text)
        words = raw_words(said)
        own = sum(map(self._is_known, words))
        # Letters that only look like those of another script are read as ours.
        looks_alike = said.isascii() and words and own * 2 >= len(words)
        by_script = "" if looks_alike else self._by_script(text)
        return self._languages.get(by_script) or self._by_words(words, own)

    def _by_script(self, utterance: str) -> str:
        if utterance.isascii():
            return ""
        text = utterance.casefold()
        scripts = Counter(unicodedata.name(char, "").split(" ")[0] for char in text if char.isalpha())
        script, count = max(scripts.items(), key=lambda one: one[1], default=("", 0))
        tag = _SCRIPTS.get(script, "")
        if count * 2 < scripts.total():
            return ""
        for of, other, letters in _TELLING:
            if of == tag and other in self._languages and not letters.isdisjoint(text):
                return other
        return tag

    def _by_words(self, words: Sequence[str], own: int) -> ForeignLanguage | None:
        best, most = None, 0
        for language in self._languages.values():
            count = sum(word in language.common for word in words)
            if count > most:
                best, most = language, count
        # Words that are common in both ("me", "come") tell nothing.
        fewest = 1 if own == 0 else min(_FEWEST, len(words))
        if most < fewest or most < _SHARE * len(words) or own == len(words):
            return None
        return best if most > own / 2 or own < len(words) / 2 else None
