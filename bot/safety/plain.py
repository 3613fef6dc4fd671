"""The plainest words of danger, as ``knowledge/safety/plain.yaml`` lists them: what nothing that was learned may overrule.

    word   a|b   (a phrase|another)   [may be there]   <group>   ^ the beginning of a sentence   $ its end

Every pattern is a row of words with choices, without gaps and without repetition. All of them make one automaton, which is walked
from each word of a text: as many steps as words, times the length of the longest pattern, whatever the words are.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from types import MappingProxyType

from bot.language.text import normalise

START, END = "^", "$"
# What is no danger although danger is said in it ("i do not want to die"): takes its words out of the text.
CALM = "calm"
# What puts a sentence into a past long over ("when i was a teenager"): its words are no plain danger; so do years that are over.
PAST = "past"
_YEAR = re.compile(r"19[3-9]\d|20[01]\d|202[0-4]")

_PAST_RANK = 1
_BEGINS = frozenset({START, "and", "but", "now"})
# Marks letters that are looked for inside a word, for those who write without blanks.
JOINED = "="
_LONG_WORD = 8
# Letters of what may be several words without blanks, and of one of these words.
_PARTED, _LONGEST_PART = (5, 40), 12
# Letters that are neither Latin nor folded to Latin ones: such phrases are found as they are written.
_OTHER_SCRIPT = re.compile(r"[\u0370-\u1dff\u2c80-\ua71f\ua800-\uffef]")

_WORD = re.compile(r"[^\W_]+")
_Match = tuple[int, int, frozenset[int]]  # the first word, the one behind the last, the labels
_PIECE = re.compile(r"\s*(<[a-z0-9_]+>|[][()|^$]|[^\s\[\]()|^$<>]+)")
_ALLOWED = "allowed: words in small letters, a|b, (a b|c), [optional], <group>, ^ and $"
# Both are linear in what they read: a run of signs is looked at from its beginning alone, and no letter is what may join letters.
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*|(?<![.!?;\n])[.!?;\n]++(?=\s|$|[\"')\]])|[!?\n]+")
_SPELLED_OUT = re.compile(r"(?<!\w)[^\W_]([ .*_-]{1,2})(?:[^\W_]\1{1,2})+[^\W_](?![^\W_])")
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_LEET = str.maketrans("013457@$!", "oieastasi")
_MIXED = re.compile(r"(?<![\w@$!*])(?=[\w@$!*]*[a-z])(?=[\w@$!*]*[0-9@$!*])[a-z0-9@$!*]{3,}")


class PatternError(ValueError):
    """A pattern that cannot be read: says what is wrong and what is allowed."""


@dataclass(frozen=True, slots=True)
class PlainWords:
    """What ``plain.yaml`` says.

    ``languages``: by language, by kind of danger (and ``CALM``) its patterns. ``rewrite``: a word as typed, and the words that it
    stands for. ``kinds``: those of danger, in order of priority.
    """

    languages: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=lambda: MappingProxyType({}))
    kinds: tuple[str, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    rewrite: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class PlainAlarm:
    """The kind of danger that was said, and the language it was said in; ``kind`` is ``CALM`` where it was only denied.

    ``also``: a second kind that was said.
    """

    kind: str
    language: str
    also: str = ""


def _rewritten(rewrite: Mapping[str, tuple[str, ...]], word: str) -> Sequence[str]:
    """What ``word`` is read as, in a text and in a pattern: short forms are written out, apostrophes dropped."""
    if word in rewrite:
        return rewrite[word]
    plain = word.replace("'", "").removesuffix("s" if word.endswith("'s") else "")
    return rewrite.get(plain, (plain,))


class PlainStep:
    """Hears plain words. Pure; never raises for any text."""

    def __init__(self, plain: PlainWords) -> None:
        """Raises PatternError for a pattern that cannot be read, ValueError for a kind that there is not."""
        kinds = (CALM, PAST, *plain.kinds)
        # The number of a label is its priority: what is calm first, then the kinds in their order.
        self._labels = sorted(
            {(kinds.index(kind), language) for language, by_kind in plain.languages.items() for kind in by_kind}
        )
        self._kinds = kinds
        self._rewrite = plain.rewrite
        # No method of this one: it would hold what holds it, and nothing of a gone edition would go.
        self._rewritten = partial(_rewritten, plain.rewrite)
        self._automaton = _Automaton(plain.groups, self._rewritten)
        self._joined: list[tuple[str, int]] = []
        self._written: list[tuple[str, int]] = []
        for language, by_kind in plain.languages.items():
            for kind, patterns in by_kind.items():
                label = self._labels.index((kinds.index(kind), language))
                for pattern in patterns:
                    self._add(pattern, label)

    def _add(self, pattern: str, label: int) -> None:
        if pattern.startswith(JOINED):
            self._joined.append((pattern[1:], label))
        elif _OTHER_SCRIPT.search(pattern):
            self._written.append((_unspaced(normalise(pattern)), label))
        else:
            self._automaton.add(_MIXED.sub(_without_digits, normalise(pattern)), label)

    def hear(self, text: str) -> PlainAlarm | None:
        """The danger that ``text`` says in plain words, the first in order of priority, or denies; None where it does neither."""
        said = normalise(text)
        found = {*self._in_words(said), *(self._as_written(said) if _OTHER_SCRIPT.search(said) else ())}
        danger = {label for label in found if not self._is_calm(label)}
        found = {label for label in found if self._labels[label][0] != _PAST_RANK}
        if not found:
            return None
        kind, language = self._labels[min(danger or found)]
        others = (self._kinds[self._labels[label][0]] for label in sorted(danger))
        return PlainAlarm(self._kinds[kind], language, next((other for other in others if other != self._kinds[kind]), ""))

    def _is_calm(self, label: int) -> bool:
        return self._labels[label][0] <= _PAST_RANK

    def _in_words(self, said: str) -> Iterator[int]:
        text = _SPELLED_OUT.sub(_joined, _MIXED.sub(_without_digits, said))
        typed = _TOKEN.findall(text)
        read = {token: self._read(token) for token in set(typed)}
        tokens = [START, *chain.from_iterable(map(read.__getitem__, typed)), END]
        matches = [*self._automaton.walk(tokens)]
        calm = [(start, end) for start, end, labels in matches for label in labels if self._labels[label][0] == 0]
        past = [start for start, _, labels in matches for label in labels if self._labels[label][0] == _PAST_RANK]
        if years := {token for token in set(tokens) if _YEAR.fullmatch(token)}:
            past += [at for at, token in enumerate(tokens) if token in years]
        calm += _sentences_with(tokens, past)
        for start, end in calm:
            tokens[start:end] = [""] * (end - start)
        yield from (label for _, _, labels in matches for label in labels if self._is_calm(label))
        dangers = [one for one in (self._automaton.walk(tokens) if calm else matches) if not self._is_calm(min(one[2]))]
        yield from (label for _, _, labels in _outermost(dangers) for label in labels)
        for token in set(typed):
            if len(token) >= _LONG_WORD:
                yield from (label for word, label in self._joined if word in token)

    def _as_written(self, said: str) -> Iterator[int]:
        unspaced = _unspaced(said)
        found = [(text, label) for text, label in self._written if text in unspaced]
        # What is calm takes its letters out of the text, and so does a phrase those of one that stands in it.
        for text, label in sorted(found, key=lambda one: (not self._is_calm(one[1]), -len(one[0]))):
            if text in unspaced:
                yield label
            unspaced = unspaced.replace(text, " ")

    def _read(self, token: str) -> Sequence[str]:
        if not token[0].isalnum():
            return (END, START)
        words = self._rewritten(token)
        if len(words) == 1 and not self._automaton.knows(words[0]) and _STRETCHED.search(words[0]):
            for short in (_STRETCHED.sub(r"\1", words[0]), _STRETCHED.sub(r"\1\1", words[0])):
                if self._automaton.knows(short) or short in self._rewrite:
                    return self._rewrite.get(short, (short,))
        if len(words) == 1 and not self._automaton.knows(words[0]):
            return [word for part in self._parted(words[0]) for word in self._rewritten(part)]
        return words

    def _parted(self, letters: str) -> Sequence[str]:
        """``letters`` as words of the patterns, where it is nothing but such words without blanks; the fewest. Else itself."""
        if not _PARTED[0] <= len(letters) <= _PARTED[1]:
            return (letters,)
        best: list[tuple[str, ...] | None] = [()] + [None] * len(letters)
        for end in range(1, len(letters) + 1):
            for start in range(max(0, end - _LONGEST_PART), end):
                before, word = best[start], letters[start:end]
                if before is None or not (self._automaton.knows(word) or word in self._rewrite):
                    continue
                if (found := best[end]) is None or len(before) + 1 < len(found):
                    best[end] = (*before, word)
        return best[-1] or (letters,)


class _Automaton:
    """All patterns as one acyclic automaton. Made deterministic as far as it is walked."""

    def __init__(self, groups: Mapping[str, tuple[str, ...]], rewritten: Callable[[str], Sequence[str]]) -> None:
        """``rewritten``: the words that a word of a pattern stands for, as it does in a text."""
        self._groups = groups
        self._rewritten = rewritten
        self._open: list[str] = []
        self._edges: list[dict[str, set[int]]] = [{}]
        self._labels: dict[int, set[int]] = {}
        self._words: set[str] = set()
        self._steps: dict[tuple[frozenset[int], str], frozenset[int]] = {}
        self._found: dict[frozenset[int], frozenset[int]] = {}

    def add(self, pattern: str, label: int) -> None:
        try:
            ends = self._whole(pattern, frozenset({0}))
        except PatternError as wrong:
            raise PatternError(f"in {pattern!r}: {wrong}") from None
        if 0 in ends:
            raise PatternError(f"in {pattern!r} there is no word that must be there; {_ALLOWED}")
        for end in ends:
            self._labels.setdefault(end, set()).add(label)

    def knows(self, word: str) -> bool:
        return word in self._words

    def walk(self, tokens: Sequence[str]) -> Iterator[_Match]:
        """(start, end, labels) of each match; of several from one start the longest of each label."""
        first, known, found = frozenset({0}), self._words, self._found
        begins = self._edges[0]
        for start, token in enumerate(tokens):
            if token not in begins:
                continue
            state = self._step(first, token)
            ends = dict.fromkeys(found.get(state, ()), start + 1)
            at = start + 1
            while at < len(tokens) and tokens[at] in known and (state := self._step(state, tokens[at])):
                at += 1
                for label in found.get(state, ()):
                    ends[label] = at
            for label, end in ends.items():
                yield start, end, frozenset({label})

    def _step(self, state: frozenset[int], word: str) -> frozenset[int]:
        if (known := self._steps.get((state, word))) is None:
            known = frozenset().union(*(self._edges[node].get(word, ()) for node in state))
            self._steps[state, word] = known
            self._found[known] = frozenset().union(*(self._labels.get(node, ()) for node in known))
        return known

    # -- reading a pattern --------------------------------------------------------------------------------------

    def _whole(self, text: str, starts: frozenset[int]) -> frozenset[int]:
        pieces = _PIECE.findall(text)[::-1]
        if unread := _PIECE.sub("", text).strip():
            raise PatternError(f"cannot read {unread!r}; {_ALLOWED}")
        ends = self._sequence(pieces, starts, inside=False)
        if pieces:
            raise PatternError(f"{pieces[-1]!r} closes nothing; {_ALLOWED}")
        return ends

    def _sequence(self, pieces: list[str], starts: frozenset[int], *, inside: bool) -> frozenset[int]:
        at, empty = starts, True
        while pieces and pieces[-1] not in (")]|" if inside else ")]"):
            at, empty = self._atom(pieces, at) if inside else self._choice(pieces, at, phrases=False), False
        if empty:
            raise PatternError(f"nothing stands where words should; {_ALLOWED}")
        return at

    def _choice(self, pieces: list[str], starts: frozenset[int], *, phrases: bool) -> frozenset[int]:
        ends: frozenset[int] = frozenset()
        single: int | None = None  # the words of a choice end in one place
        while True:
            if phrases:
                ends |= self._sequence(pieces, starts, inside=True)
            elif pieces and pieces[-1] not in "()[]|" and pieces[-1][0] != "<":
                single = self._word(pieces.pop(), starts, single)
                ends |= {single}
            else:
                ends |= self._atom(pieces, starts)
            if not pieces or pieces[-1] != "|":
                return ends
            pieces.pop()

    def _atom(self, pieces: list[str], starts: frozenset[int]) -> frozenset[int]:
        piece = pieces.pop() if pieces else "the end"
        if piece in ("(", "["):
            ends = self._choice(pieces, starts, phrases=True)
            if not pieces or pieces.pop() != {"(": ")", "[": "]"}[piece]:
                raise PatternError(f"{piece!r} is not closed; {_ALLOWED}")
            return ends if piece == "(" else ends | starts
        if piece[0] == "<":
            return self._group(piece[1:-1], starts)
        if piece in (")", "]", "|", "the end"):
            raise PatternError(f"{piece!r} stands where a word should; {_ALLOWED}")
        return frozenset({self._word(piece, starts)})

    def _group(self, name: str, starts: frozenset[int]) -> frozenset[int]:
        if name not in self._groups or name in self._open:
            what = "contains itself" if name in self._open else "does not exist"
            raise PatternError(f"the group <{name}> {what}; allowed: {', '.join(sorted(set(self._groups) - set(self._open)))}")
        self._open.append(name)
        ends = frozenset().union(*(self._whole(text, starts) for text in self._groups[name]))
        self._open.pop()
        return ends

    def _word(self, word: str, starts: frozenset[int], end: int | None = None) -> int:
        *first, last = self._rewritten(word)
        for one in first:
            starts = frozenset({self._edge(one, starts, None)})
        return self._edge(last, starts, end)

    def _edge(self, word: str, starts: frozenset[int], end: int | None) -> int:
        if word not in (START, END) and not _WORD.fullmatch(word):
            raise PatternError(f"{word!r} is no word; {_ALLOWED}")
        if end is None:
            end = len(self._edges)
            self._edges.append({})
        self._words.add(word)
        for start in starts:
            self._edges[start].setdefault(word, set()).add(end)
        return end


def _outermost(matches: Sequence[_Match]) -> Iterator[_Match]:
    """Those that do not stand in a longer one: "he wants to die" is about him, whatever "wants to die" is."""
    furthest, last = -1, (-1, -1)
    for start, end, labels in sorted(matches, key=lambda one: (one[0], -one[1])):
        if end > furthest or (start, end) == last:
            yield start, end, labels
            furthest, last = end, (start, end)


def _sentences_with(tokens: Sequence[str], places: Sequence[int]) -> list[tuple[int, int]]:
    """Where the sentences begin and end that hold one of ``places``; "and" begins another: it may be of now."""
    starts = [at for at, token in enumerate(tokens) if token in _BEGINS]
    held = {bisect_right(starts, place) for place in places}
    ends = [*starts[1:], len(tokens)]
    return [(starts[at - 1], ends[at - 1]) for at in held]


def _joined(found: re.Match[str]) -> str:
    return re.sub(rf"(?<=\w){re.escape(found.group(1))}(?=\w)", "", found.group())


def _without_digits(found: re.Match[str]) -> str:
    """``k1ll`` and ``su!cide`` as letters; signs at the ends stay."""
    text = found.group()
    typed = text.strip("*!")
    return text.replace(typed, typed.translate(_LEET)) if typed.islower() else text  # which says: there are letters in it


def _unspaced(text: str) -> str:
    return "".join(text.split())
