"""Rules on tokens, written as a grammar: a mapping of names to what may stand for them, ready to be looked for at a place.

A rule is alternatives with ``|`` between them, an alternative a sequence of words, signs and NAMES of other rules. A name or
word with ``?`` may be missing, with ``*`` it comes up to three times, or not at all. All ways to read are followed side by side
and none is tried again, so that the work for a place is bound by the rules, whatever the text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.timeline.tokens import Token

_MOST = 3  # times that a ``*`` stands for
START = "START"  # no token, but the beginning of a clause


class _Rule(Protocol):
    """``firsts``: the keys of all tokens that it can begin with. ``may_be_empty``: it can also end where it begins."""

    firsts: frozenset[str]
    may_be_empty: bool

    def ends(self, tokens: Sequence[Token], at: int) -> set[int]:
        """All places where a reading ends that begins at ``at``."""


class Rules:
    """The rules of one grammar. Keeps nothing between calls."""

    def __init__(self, written: Mapping[str, str], clause_signs: str) -> None:
        """``clause_signs``: what a clause begins behind. A rule names those above it; raises KeyError for any other name."""
        self._rules: dict[str, _Rule] = {START: _Start(frozenset(clause_signs))}
        for name, text in written.items():
            self._rules[name] = self._rule(text)

    def end(self, name: str, tokens: Sequence[Token], at: int) -> int | None:
        """Where the longest reading of rule ``name`` ends that begins at ``at``."""
        return max(self._rules[name].ends(tokens, at), default=None)

    def skip(self, name: str, tokens: Sequence[Token], at: int) -> int:
        """As ``end``; ``at`` where there is none."""
        return max(self._rules[name].ends(tokens, at), default=at)

    def skip_all(self, name: str, tokens: Sequence[Token], at: int) -> int:
        """Behind any number of ``name`` from ``at`` on."""
        while (end := self.skip(name, tokens, at)) > at:
            at = end
        return at

    def is_in(self, name: str, tokens: Sequence[Token], start: int, end: int) -> bool:
        """Whether there is a ``name`` between two places."""
        inside = tokens[start:end]
        return any(self._rules[name].ends(inside, at) for at in range(len(inside)))

    def stands_before(self, name: str, tokens: Sequence[Token], at: int) -> bool:
        """Whether a ``name`` of up to four tokens ends at ``at``."""
        return any(at in self._rules[name].ends(tokens, start) for start in range(max(0, at - 4), at))

    def _rule(self, text: str) -> _Rule:
        runs: list[tuple[str, ...]] = []
        sequences: list[_Sequence] = []
        for alternative in text.split("|"):
            parts = tuple(alternative.split())
            if any(part.isupper() or part[1:].endswith(("?", "*")) for part in parts):
                sequences.append(_Sequence([self._step(part) for part in parts]))
            else:
                runs.append(parts)
        return _Alternatives(runs, sequences)

    def _step(self, part: str) -> _Step:
        name = part[0] + part[1:].rstrip("?*")
        rule = self._rules[name] if name.isupper() else _Alternatives([(name,)], [])
        return _Step(rule, name != part, _MOST if part.endswith("*") else 1)


@dataclass(frozen=True, slots=True)
class _Step:
    rule: _Rule
    may_be_missing: bool
    most: int

    @property
    def may_be_empty(self) -> bool:
        return self.may_be_missing or self.rule.may_be_empty

    def ends(self, tokens: Sequence[Token], starts: set[int]) -> set[int]:
        """Where the readings end that begin at one of ``starts``."""
        found = set(starts) if self.may_be_missing else set()
        front = starts
        for _ in range(self.most):
            front = {end for at in front for end in self.rule.ends(tokens, at)}
            found |= front
        return found


class _Start:
    """The beginning of a clause."""

    firsts: frozenset[str] = frozenset()
    may_be_empty = True

    def __init__(self, signs: frozenset[str]) -> None:
        self._signs = signs

    def ends(self, tokens: Sequence[Token], at: int) -> set[int]:
        return {at} if at == 0 or tokens[at - 1].key in self._signs else set()


class _Sequence:
    """One step behind the other."""

    def __init__(self, steps: Sequence[_Step]) -> None:
        self._steps = steps
        self.may_be_empty = all(step.may_be_empty for step in steps)
        firsts: set[str] = set()
        for step in steps:
            firsts |= step.rule.firsts
            if not step.may_be_empty:
                break
        self.firsts = frozenset(firsts)

    def ends(self, tokens: Sequence[Token], at: int) -> set[int]:
        reached = {at}
        for step in self._steps:
            reached = step.ends(tokens, reached)
            if not reached:
                break
        return reached


class _Alternatives:
    """Runs of words, found by the first one, and sequences."""

    def __init__(self, runs: Sequence[tuple[str, ...]], sequences: Sequence[_Sequence]) -> None:
        self._runs: dict[str, list[tuple[str, ...]]] = {}
        for run in runs:
            self._runs.setdefault(run[0], []).append(run)
        self._sequences = sequences
        self.may_be_empty = any(sequence.may_be_empty for sequence in sequences)
        self.firsts = frozenset(self._runs).union(*(sequence.firsts for sequence in sequences))

    def ends(self, tokens: Sequence[Token], at: int) -> set[int]:
        key = tokens[at].key if at < len(tokens) else ""
        if key not in self.firsts and not self.may_be_empty:
            return set()
        found = set()
        for run in self._runs.get(key, ()):
            end = at + len(run)
            if len(run) == 1 or tuple(token.key for token in tokens[at:end]) == run:
                found.add(end)
        for sequence in self._sequences:
            if key in sequence.firsts or sequence.may_be_empty:
                found |= sequence.ends(tokens, at)
        return found
