"""Phrases of a list, found in what somebody says after an alarm."""

from __future__ import annotations

from collections.abc import Sequence

from bot.language.text import normalise, raw_words


class Phrases:
    """Short phrases, found as runs of words."""

    def __init__(self, phrases: Sequence[str]) -> None:
        self._runs = {tuple(raw_words(normalise(phrase))) for phrase in phrases}
        self._longest = max(map(len, self._runs), default=0)

    def are_in(self, words: Sequence[str]) -> bool:
        return any(self.length_at(words, at) for at in range(len(words)))

    def make_up(self, words: Sequence[str], around: Phrases, beside: Phrases | None = None) -> bool:
        """Whether ``words`` are such phrases, at least one, and nothing else but those of ``beside`` and ``around`` them.

        "Yes, I am safe now" is, and "I called them and they hung up" is not.
        """
        at, own = 0, False
        while at < len(words):
            if size := self.length_at(words, at):
                own = True
            else:
                size = (beside.length_at(words, at) if beside else 0) or around.length_at(words, at)
            if not size:
                return False
            at += size
        return own

    def length_at(self, words: Sequence[str], at: int) -> int:
        """How many words the longest phrase has that begins at ``at``; 0 where none does."""
        return next((size for size in range(self._longest, 0, -1) if tuple(words[at : at + size]) in self._runs), 0)
