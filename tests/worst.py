"""Looks for the text that costs most, by climbing. What is tried is a short row of pieces, again and again, and an end"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.knowledge.model import Knowledge
from bot.safety.plain import PlainWords

# Signs and letters that are treated in a way of their own: ends of sentences, what joins letters, what is folded into several.
_SIGNS = [*" .!?;,\n'-_*@$01357", "..", "__", ". ", "? ", "--", "  ", "a", "aaa", "x", "i ", "k1"]
_FOLDED = [
    "é",
    "ß",
    "ﬃ",
    "\u0390",
    "\ufdfa",
    "\ufdfb",
    "\u3316",
    "½",
    "\u0301",
    "\u200b",
    "\ud800",
    "🙂",
    "我",
    "想",
    "死",
    "মরতে",
    "چ",
    "ｗ",
]


@dataclass(frozen=True, slots=True)
class Row:
    """A text of any length: ``pieces`` again and again, then ``end``."""

    pieces: tuple[str, ...]
    end: str = ""

    def text(self, length: int) -> str:
        piece = "".join(self.pieces)
        return (piece * (length // len(piece) + 1))[: length - len(self.end)] + self.end


def pieces_of(plain: PlainWords) -> list[str]:
    """The words of all patterns, whole phrases of other scripts, what is rewritten, and signs."""
    patterns = [pattern for by_kind in plain.languages.values() for some in by_kind.values() for pattern in some]
    patterns += [pattern for some in plain.groups.values() for pattern in some]
    words = {word for pattern in patterns for word in re.findall(r"[^\W\d_]+", re.sub(r"<\w+>", " ", pattern))}
    whole = [pattern for pattern in patterns if not pattern.isascii()]
    return [*(f"{word} " for word in sorted(words | plain.rewrite.keys())), *whole, *_SIGNS, *_FOLDED]


def pieces_of_questions(knowledge: Knowledge) -> list[str]:
    """The words of all phrases, misspelt and without blanks, too; words that nobody knows; times; what is in ``pieces_of``."""
    phrases = [phrase for topic in knowledge.topics for phrase in topic.phrases]
    words = sorted({word for phrase in phrases for word in re.findall(r"[a-z]+", phrase.lower())})
    misspelt = [word[1:] + word[0] for word in words if len(word) > 4]
    joined = ["".join(re.findall(r"[a-z]+", phrase.lower())) for phrase in phrases[::50]]
    odd = ["qwzx", "plorf", "2 pm", "14h10", "3 hours ago", "11/30", "150 mg", "no, i meant", "and then?", "how long?"]
    return [f"{one} " for one in (*words, *misspelt, *joined, *odd)] + pieces_of(knowledge.plain)


def climb(cost: Callable[[Row], float], pieces: Sequence[str], rounds: int, seed: int = 0) -> tuple[Row, float]:
    """The costliest row that was found, and what it costs; an infinite one ends the search. As deterministic as ``cost``.

    Each single piece is where a climb could begin; it goes on from the costliest, one change at a time.
    """
    chance = random.Random(seed)
    ends = ["", "x", "ab", "1", " ", "."]
    begins = [
        Row((piece,), end)
        for piece in [*_SIGNS, *_FOLDED, *chance.sample(list(pieces), min(60, len(pieces)))]
        for end in ends[:3]
    ]
    best = (begins[0], -math.inf)
    for turn in range(len(begins) + rounds):
        row = begins[turn] if turn < len(begins) else _changed(best[0], pieces, ends, chance)
        if (found := cost(row)) > best[1]:
            best = (row, found)
        if best[1] == math.inf:
            break
    return best


def _changed(row: Row, pieces: Sequence[str], ends: Sequence[str], chance: random.Random) -> Row:
    some, at = list(row.pieces), chance.randrange(len(row.pieces))
    kind = chance.random()
    if kind < 0.1:
        return Row(row.pieces, chance.choice(ends))
    if kind < 0.4 and len(some) < 12:
        some.insert(at, chance.choice(pieces))
    elif kind < 0.55 and len(some) > 1:
        del some[at]
    else:
        some[at] = chance.choice(pieces)
    return Row(tuple(some), row.end)
