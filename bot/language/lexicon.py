"""What the knowledge says about words, and words put into its standard form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from bot.language.frequency import WordFrequencies
from bot.language.grammar import Grammar

_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What the knowledge says about words: ``synonyms`` maps words (or runs of words) to the words that stand for them.

    ``grammar`` is that of the language which the folder is written in.
    ``ordinary`` are words that are right as they stand, although no phrase uses them: they are not corrected.
    ``opening`` and ``closing`` are courtesies that carry no question. ``frequencies``: of the words of the language at large.
    """

    grammar: Grammar
    synonyms: Mapping[tuple[str, ...], tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    ordinary: frozenset[str] = frozenset()
    opening: tuple[tuple[str, ...], ...] = ()
    closing: tuple[tuple[str, ...], ...] = ()
    frequencies: WordFrequencies = field(default_factory=WordFrequencies, compare=False)

    # By the word that begins it: how many words the longest run has that has a synonym.
    longest: Mapping[str, int] = field(init=False, default_factory=lambda: MappingProxyType({}))
    edges: frozenset[str] = field(init=False, default=frozenset())  # words that a courtesy opens with, or closes with

    def __post_init__(self) -> None:
        longest: dict[str, int] = {}
        for run in self.synonyms:
            longest[run[0]] = max(len(run), longest.get(run[0], 0))
        object.__setattr__(self, "longest", MappingProxyType(longest))
        edges = {run[0] for run in self.opening} | {run[-1] for run in self.closing}
        object.__setattr__(self, "edges", frozenset(edges))


def strip_courtesy(tokens: list[str], lexicon: Lexicon) -> list[str]:
    """``tokens`` without greetings before and thanks after; unchanged where nothing else would be left."""
    rest = tokens
    while size := _run_at(rest, lexicon.opening, lexicon.edges, from_start=True):
        rest = rest[size:]
    while size := _run_at(rest, lexicon.closing, lexicon.edges, from_start=False):
        rest = rest[:-size]
    return rest


def _run_at(tokens: list[str], courtesies: tuple[tuple[str, ...], ...], edges: frozenset[str], *, from_start: bool) -> int:
    """How many words the first courtesy at this end has; 0 for none, or where it is all that was said."""
    edge = tokens[0 if from_start else -1] if tokens else None
    if edge not in edges:
        return 0
    for run in courtesies:
        size = len(run)
        if (
            run[0 if from_start else -1] == edge
            and size < len(tokens)
            and tuple(tokens[:size] if from_start else tokens[-size:]) == run
        ):
            return size
    return 0


def number(token: str, grammar: Grammar) -> str | None:
    """The number that a token says, as digits ("six", "6", "6th" -> "6"), or None."""
    if (said := grammar.numbers.get(token)) is not None:
        return said
    digits = _DIGITS.match(token) if token[:1].isdigit() else None
    if digits is None or not (digits.end() == len(token) or token[digits.end() :] in grammar.ordinal_endings):
        return None
    return digits.group().replace(",", ".")


def canonical(tokens: list[str], lexicon: Lexicon) -> list[str]:
    """``tokens`` with synonyms replaced (the longest run first) and numbers as digits; not stemmed."""
    out: list[str] = []
    at = 0
    grammar = lexicon.grammar
    while at < len(tokens):
        for k in range(min(lexicon.longest.get(tokens[at], 0), len(tokens) - at), 0, -1):
            replacement = lexicon.synonyms.get(tuple(tokens[at : at + k]))
            if replacement is not None:
                out.extend(replacement)
                at += k
                break
        else:
            out.append(number(tokens[at], grammar) or tokens[at])
            at += 1
    return out
