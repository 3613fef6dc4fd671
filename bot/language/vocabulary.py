"""The words of one knowledge folder: what they mean the same as, how they are spelt, and how an utterance reads in them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.language.lexicon import Lexicon, canonical, strip_courtesy
from bot.language.spelling import Speller
from bot.language.text import normalise, raw_words, stemmer

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*")

# Words without blanks that are looked into in one text: a person writes a few, and each costs a quarter of a millisecond.
_MOST_PARTED = 10


@dataclass(frozen=True, slots=True)
class Words:
    """A question as the matcher sees it: ``typed`` words, their ``standard`` forms, and the stems of those."""

    typed: tuple[str, ...]
    standard: tuple[str, ...]
    stems: tuple[str, ...]
    corrected: tuple[tuple[str, str], ...] = ()


class Language:
    """The words of a folder: what they mean the same as, and how they are spelt."""

    def __init__(self, lexicon: Lexicon, texts: Sequence[str]) -> None:
        self._lexicon = lexicon
        self.grammar = lexicon.grammar
        self.stem = stemmer(lexicon.grammar.stemmer)
        counts = Counter(word for text in texts for word in raw_words(normalise(text)))
        meant = {word for run in (*lexicon.synonyms, *lexicon.synonyms.values()) for word in run}
        # A word that one phrase alone has, one slip from a word that many have, is a misspelling kept on purpose.
        common = {word for word, count in counts.items() if count >= 5}
        slips = Speller(common | meant, lexicon.ordinary)
        self._slips = {
            word: right
            for word, count in counts.items()
            if count == 1
            and len(word) > 4
            and word not in meant
            and (right := slips.correct(word)) != word
            and counts[right] >= 5
        }
        self._speller = Speller((set(counts) - set(self._slips)) | meant, lexicon.ordinary, lexicon.frequencies)
        # Stemming is half the work of reading. The folder's own words are stemmed ahead; what people type is not kept.
        self._stems = {word: self.stem(word) for word in self._speller.known}

    @property
    def vocabulary(self) -> frozenset[str]:
        return self._speller.known

    def spell(self, word: str) -> str:
        """``word``, corrected if it is not a known one."""
        return self._slips.get(word) or self._speller.correct(word)

    def _reader(self) -> Callable[[str], list[str]]:
        """Reads the words of one text, one after the other: each as the words that it stands for, corrected."""
        left = _MOST_PARTED

        def read(word: str) -> list[str]:
            nonlocal left
            right = self.spell(word)
            if right != word:
                return [right]
            if not left or not self._speller.may_be_parted(word):
                return [word]
            left -= 1
            return self._speller.parted(word)

        return read

    def told(self, words: Words) -> str:
        """What was said in ``words``, without courtesies, and corrected."""
        right = dict(words.corrected)
        return " ".join(right.get(word, word) for word in words.typed)

    def respelt(self, text: str, knows: Callable[[str], bool]) -> str:
        """``text`` as it was typed, but for misspelt words that a sentence model does not ``know`` either."""
        read = self._reader()

        def right(match: re.Match[str]) -> str:
            word = match.group().replace("'", "")
            return match.group() if knows(word) else " ".join(read(word))

        return _WORD.sub(right, normalise(text))

    def parse(self, text: str) -> Words:
        """The words of an utterance, without courtesies, corrected, in standard form."""
        typed = strip_courtesy(raw_words(normalise(text)), self._lexicon)
        reader = self._reader()
        read = [reader(word) for word in typed]
        standard = canonical([word for words in read for word in words], self._lexicon)
        corrected = tuple((word, " ".join(words)) for word, words in zip(typed, read, strict=True) if words != [word])
        known, stem = self._stems, self.stem
        return Words(tuple(typed), tuple(standard), tuple(known.get(word) or stem(word) for word in standard), corrected)
