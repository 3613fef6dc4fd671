"""The urgent step: hears danger to self or others, a medical emergency or an overdose, sentence by sentence.

Two rules fence this module in: it knows no word of any language (all of them stand in ``knowledge/safety/urgent.yaml``), and a
sentence is judged alone, so that nothing said before or after it can silence an alarm.

A rule's ``patterns`` are searched in the words of a sentence. A match is an alarm, unless an exemption that the rule names fits
around it: ``@`` stands there for the match, so an exemption silences that match and no other one in the same sentence.
``safety/patterns.py`` says how patterns are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from bot.language.spelling import Speller
from bot.language.text import normalise, raw_words, sentences
from bot.safety.patterns import Piece
from bot.safety.rules import UrgentRules, read_patterns

# A word with digits or signs among its letters; letters that stand apart, by the same one or two signs each time.
_MIXED = re.compile(r"(?<![a-z0-9@$!*])(?=[a-z]*[0-9@$!*])[a-z0-9@$!*]+")
_SPELLED_OUT = re.compile(r"(?<![a-z0-9'])[a-z]([ .*_-]{1,2})(?:[a-z]\1)+[a-z](?![a-z0-9'])")
# Ends of sentences that text.sentences does not see: with quotes, without a blank.
_BORDER = re.compile(r"(?<=[.!?;])[\"')\]]+\s+|[?;]+|!+(?![a-z])|(?<=[a-z]{2})[.!]+(?=[a-z])")
_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)*|\d+(?:[.,]\d+)*|[,:()]|\B-+\B|[$£€%]+")
_STRETCHED = re.compile(r"([a-z])\1+")
_LEET = str.maketrans("013457@$!", "oieastasi")
_NEAR = 240  # Characters on each side of a match that an exemption can see; the longest of ours spans about 120.
_LONGEST = 20  # Letters of a word that may be a slip; the longest word of our rules has 16.


# Sentences in the words of the rules, each with the set of these words.
Reading = tuple[tuple[str, frozenset[str]], ...]


@dataclass(frozen=True, slots=True)
class Alarm:
    """What was heard: the rule, the kind of danger and the language it was said in."""

    rule: str
    kind: str
    language: str


_Search = tuple[int, tuple[frozenset[str], ...], str]  # the place of its rule, what it needs, what it is
# Compiled when its needed words are first there: all of them at once would take a second of every start.
_compiled = lru_cache(maxsize=None)(re.compile)


class UrgentStep:
    """Hears what cannot wait. Pure; never raises for any text."""

    def __init__(self, rules: UrgentRules, known_words: frozenset[str]) -> None:
        patterns, helpline, exempt, words = read_patterns(rules)
        self._rules = rules.rules
        self._searches = _filed(patterns)
        self._helpline = _filed(helpline)
        self._unless = [tuple(regex for name in rule.unless for regex in exempt[name]) for rule in rules.rules]
        typed = words | {word for word in rules.rewrite if word.isalpha()}
        self._telling = {word for word in typed if len(word) > 2} - rules.everyday
        right = words | known_words | rules.ordinary
        self._as_read = {**{word: (word,) for word in right}, **rules.rewrite}
        self._speller = Speller(typed, known_words | rules.ordinary)

    def warm(self) -> None:
        """Compiles all patterns at once (about a second), so that no message has to wait for its own."""
        for index in (self._searches, self._helpline):
            for searches in index.values():
                for _, _, regex in searches:
                    _compiled(regex)
        for regexes in self._unless:
            for regex in regexes:
                _compiled(regex)

    def parse(self, utterance: str) -> Reading:
        """The sentences of ``utterance`` as the rules see them."""
        return tuple(self._sentences(utterance))

    def detect(self, utterance: str) -> Alarm | None:
        """The alarm of the first rule that any sentence of ``utterance`` breaks, or None."""
        return self.alarm_in(self.parse(utterance))

    def alarm_in(self, said: Reading) -> Alarm | None:
        """As ``detect``, of what is read already."""
        rank = min((rank for text, words in said for rank in self._broken(text, words)), default=None)
        if rank is None:
            return None
        rule = self._rules[rank]
        return Alarm(rule.id, rule.kind, rule.language)

    def names_self_harm(self, utterance: str) -> bool:
        """Whether suicide or self-harm is named at all, in a question about it for example."""
        return self.self_harm_in(self.parse(utterance))

    def self_harm_in(self, said: Reading) -> bool:
        """As ``names_self_harm``, of what is read already."""
        return any(regex.search(text) for text, words in said for _, regex in _candidates(self._helpline, words))

    def _broken(self, text: str, words: frozenset[str]) -> Iterator[int]:
        """The ranks of the rules that a sentence breaks."""
        for rank, regex in _candidates(self._searches, words):
            match = regex.search(text)
            while match and self._exempt(text, match, rank):
                match = regex.search(text, text.index(" ", match.start() + 1))
            if match:
                yield rank

    def _exempt(self, text: str, match: re.Match[str], rank: int) -> bool:
        before, after = text[max(0, match.start() - _NEAR) : match.start()], text[match.end() : match.end() + _NEAR]
        # A cut end is no end of the sentence: a word that no pattern knows stands there.
        if match.start() > _NEAR:
            before = " _" + before[before.find(" ") :] if " " in before else " _"
        if match.end() + _NEAR < len(text):
            after = after[: after.rfind(" ")] + " _ " if " " in after else " _ "
        around = f"{before} {',' if match.group().startswith(' ,') else ''}@{after}"
        return any(_compiled(regex).search(around) for regex in self._unless[rank])

    def _sentences(self, utterance: str) -> Iterator[tuple[str, frozenset[str]]]:
        """The sentences of a text in the words of the rules, and the sets of these words; equal sentences once."""
        text = _SPELLED_OUT.sub(self._joined, _MIXED.sub(self._plain, normalise(utterance)))
        for sentence in dict.fromkeys(sentences(_BORDER.sub("\n", text))):
            words: list[str] = []
            comma = False
            for token in _TOKEN.findall(sentence):
                if token[0] in ",:()-":
                    comma = bool(words)
                    continue
                first, *rest = self._read_word(token)
                words += [f",{first}" if comma else first, *rest]
                comma = False
            yield f" {' '.join(words)} ", frozenset(word.lstrip(",") for word in words)

    def _plain(self, found: re.Match[str]) -> str:
        """``k1ll`` and ``k*ll`` as letters, where that makes a telling word; signs before and after stay."""
        typed = found.group().strip("*!")
        if not typed.isalpha() and any(char.isalpha() for char in typed):
            for vowel in "iaeou" if "*" in typed else "i":
                for one in "il":
                    word = typed.replace("*", vowel).replace("1", one).translate(_LEET)
                    if word in self._telling:
                        return found.group().replace(typed, word)
        return found.group()

    def _joined(self, found: re.Match[str]) -> str:
        """``s u i c i d e`` as a word, where the letters make telling words."""
        letters = found.group()[:: len(found.group(1)) + 1]
        out: list[str] = []
        while letters:
            size = next((n for n in range(14, 2, -1) if letters[:n] in self._telling), 1)
            out.append(letters[:size])
            letters = letters[size:]
        return " ".join(out) if any(len(word) > 1 for word in out) else found.group()

    def _read_word(self, token: str) -> tuple[str, ...]:
        """A word as typed in the words of the rules: short forms written out, stretched letters and slips undone."""
        if not token[0].isalpha():
            return tuple(raw_words(token))
        if (read := self._as_read.get(token)) is not None:
            return read
        plain = token.replace("'", "")
        for word in (plain, *_unstretched(plain)):
            if (read := self._as_read.get(word)) is not None:
                return read
        if token.endswith("'s"):
            return (*self._read_word(token[:-2]), "s")
        if len(plain) <= _LONGEST:
            plain = self._speller.correct(plain)
        return self._as_read.get(plain, (plain,))


def _unstretched(word: str) -> Iterable[str]:
    """``dieee`` with runs of a letter cut to two and to one; nothing for a word without a run of three or one at its end."""
    if any(len(run.group()) > 2 or run.end() == len(word) for run in _STRETCHED.finditer(word)):
        yield from (_STRETCHED.sub(r"\1\1", word), _STRETCHED.sub(r"\1", word))


def _filed(patterns: Iterable[tuple[int, Piece]]) -> dict[str, list[_Search]]:
    """The patterns under the words of which one must be there."""
    index: dict[str, list[_Search]] = {}
    for rank, piece in patterns:
        search = (rank, piece.needs, piece.regex)
        for word in piece.needs[0]:
            index.setdefault(word, []).append(search)
    return index


def _candidates(index: Mapping[str, list[_Search]], there: frozenset[str]) -> Iterator[tuple[int, re.Pattern[str]]]:
    """The patterns of which every needed word is there, so that few regular expressions run. One may come twice."""
    for word in there:
        for rank, needs, regex in index.get(word, ()):
            if not any(map(there.isdisjoint, needs)):
                yield rank, _compiled(regex)
