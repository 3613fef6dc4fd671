"""The language of patterns that ``knowledge/safety/urgent.yaml`` is written in, read into regular expressions.

    word   a|b   (a phrase|another)   [optional|words]   <group>   #   ~4   ..4   ^   $   @

Outside brackets ``a|b`` joins single words (or brackets), inside brackets whole phrases. ``<group>`` is any pattern of that
group, ``#`` a number in digits. ``..4`` skips up to four words; ``~4`` up to four, none of which follows a comma or is in the
group ``break`` (words that begin another thought). ``^`` is the beginning of the sentence, ``$`` its end or a comma. A comma
right before a match parts it from what stands before, except for ``..``. Every repetition is bounded: time is linear.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_ALLOWED = "allowed: words in small letters, a|b, (a b|c), [optional], <group>, #, gaps ~1 to ~20 and ..1 to ..20, ^, $, @"
_PIECE = re.compile(r"\s*(<[a-z0-9_]+>|~\d+|\.\.\d+|[a-z0-9]+|[][()|^$@#])")
_FIXED = {"#": r" ,?\d[^ ]*", "^": r"\A", "$": r"(?= (?:\Z|,))", "@": " @"}


class PatternError(ValueError):
    """A pattern that cannot be compiled: says what is wrong and what is allowed."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a pattern, as a regular expression over `` word ,word `` (the comma is the one that stood before the word)."""

    regex: str
    needs: tuple[frozenset[str], ...] = ()  # of each of these sets one word is there whenever the piece matches
    words: frozenset[str] = frozenset()
    single: frozenset[str] = frozenset()  # the words, where the piece is one of some words and nothing else


class PatternReader:
    """Reads patterns; keeps the groups that it has read and the words that it has seen."""

    def __init__(self, groups: Mapping[str, tuple[str, ...]], everyday: frozenset[str]) -> None:
        self._groups = groups
        self._everyday = everyday
        self._read: dict[str, Piece] = {}
        self._open: list[str] = []
        self._costs: dict[frozenset[str], int] = {}
        self.words: set[str] = set()
        self._break = self._group("break").regex if "break" in groups else "(?!)"

    def pattern(self, text: str, place: str) -> Piece:
        piece = self._whole(text, place)
        if not piece.needs:
            raise PatternError(f"{place}: in {text!r} there is no word that must be there; {_ALLOWED}")
        self.words |= piece.words
        return Piece(piece.regex + "(?= )", tuple(sorted(piece.needs, key=self._cost)))

    def exemption(self, text: str, place: str) -> str:
        piece = self._whole(text, place)
        if text.count("@") != 1:
            raise PatternError(f"{place}: {text!r} must say once, with @, where the match stands; {_ALLOWED}")
        self.words |= piece.words
        regex = piece.regex.replace(" @", " ,?@") if re.search(r"^@|\.\.\d+ @", text) else piece.regex
        return regex + "(?= )"

    def _whole(self, text: str, place: str) -> Piece:
        pieces = _PIECE.findall(text)[::-1]
        try:
            if unread := _PIECE.sub("", text).strip():
                raise PatternError(f"cannot read {unread!r}; {_ALLOWED}")
            whole = self._sequence(pieces)
            if pieces:
                raise PatternError(f"{pieces[-1]!r} closes nothing; {_ALLOWED}")
        except PatternError as wrong:
            raise PatternError(f"{place}: in {text!r}: {wrong}") from None
        return whole

    def _sequence(self, pieces: list[str], *, inside: bool = False) -> Piece:
        parts: list[Piece] = []
        while pieces and pieces[-1] not in (")]|" if inside else ")]"):
            parts.append(self._atom(pieces) if inside else self._choice(pieces, self._atom))
        if not parts:
            raise PatternError(f"nothing stands where words should; {_ALLOWED}")
        if len(parts) == 1:
            return parts[0]
        needs = tuple(need for part in parts for need in part.needs)
        return Piece("".join(part.regex for part in parts), needs, frozenset().union(*(part.words for part in parts)))

    def _phrase(self, pieces: list[str]) -> Piece:
        return self._sequence(pieces, inside=True)

    def _choice(self, pieces: list[str], read: Callable[[list[str]], Piece]) -> Piece:
        choices = [read(pieces)]
        while pieces and pieces[-1] == "|":
            pieces.pop()
            choices.append(read(pieces))
        return self._either(choices)

    def _atom(self, pieces: list[str]) -> Piece:
        piece = pieces.pop() if pieces else "the end"
        if piece in ("(", "["):
            inner = self._choice(pieces, self._phrase)
            if not pieces or pieces.pop() != {"(": ")", "[": "]"}[piece]:
                raise PatternError(f"{piece!r} is not closed; {_ALLOWED}")
            return inner if piece == "(" else Piece(f"(?:{inner.regex})?", (), inner.words)
        if piece[0] == "<":
            return self._group(piece[1:-1])
        if piece[0] in "~." and 1 <= int(piece.lstrip("~.")) <= 20:
            word = f"(?!{self._break}) [^ ,][^ ]*" if piece[0] == "~" else " [^ ]+"
            return Piece(f"(?:{word}){{0,{piece.lstrip('~.')}}}?")
        if piece.isalnum():
            one = frozenset({piece})
            return Piece(f" ,?{piece}(?= )", (one,), one, one)
        if piece not in _FIXED:
            raise PatternError(f"{piece!r} stands where a word should; {_ALLOWED}")
        return Piece(_FIXED[piece])

    def _group(self, name: str) -> Piece:
        if name not in self._groups or name in self._open:
            what = "contains itself" if name in self._open else "does not exist"
            raise PatternError(f"the group <{name}> {what}; allowed: {', '.join(sorted(set(self._groups) - set(self._open)))}")
        if name not in self._read:
            self._open.append(name)
            self._read[name] = self._either([self._whole(text, f"group {name}") for text in self._groups[name]])
            self._open.pop()
        return self._read[name]

    def _either(self, choices: list[Piece]) -> Piece:
        if len(choices) == 1:
            return choices[0]
        single = frozenset().union(*(choice.single for choice in choices))
        phrases = dict.fromkeys(choice.regex for choice in choices if not choice.single)
        regexes = [*([f" ,?(?:{'|'.join(sorted(single))})(?= )"] if single else []), *phrases]
        # Of each choice its rarest need: one of them is there whenever the whole matches.
        rarest = [min(choice.needs, key=self._cost) for choice in choices if choice.needs]
        needs = (frozenset().union(*rarest),) if len(rarest) == len(choices) else ()
        words = frozenset().union(*(choice.words for choice in choices))
        return Piece(f"(?:{'|'.join(regexes)})", needs, words, frozenset() if phrases else single)

    def _cost(self, words: frozenset[str]) -> int:
        if words not in self._costs:
            self._costs[words] = len(words) + 999 * len(words & self._everyday)
        return self._costs[words]
