"""Text as people type it, turned into words that can be compared.

Two rules fence this module in: nothing here knows a topic, and the same text with other case, spacing,
invisible characters or look-alike letters gives the same words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import snowballstemmer
from rapidfuzz import process
from rapidfuzz.distance import OSA

if TYPE_CHECKING:
    from bot.language.letters import Letters

# Letters of other alphabets that look like Latin ones. Only lower case: it is applied after case folding.
_LOOKALIKES = str.maketrans(
    dict(
        zip(
            "авеѕіјкмнорсԁԛтухһӏԝьαβεικνορτυχωϲϳɡıℓ",
            "abesijkmhopcdqtyxhlwbabeiknoptuxwcjgil",
            strict=True,
        )
    )
    | {
        "‘": "'",
        "’": "'",
        "ʼ": "'",
        "`": "'",
        "´": "'",
        "ʻ": "'",
        "“": '"',
        "”": '"',
        "–": "-",
        "—": "-",
        "‐": "-",
        "‑": "-",
        "−": "-",
        "…": ".",
    }
)
_ASCII_DROPPED = dict.fromkeys((*range(9), *range(14, 28), 127)) | {ord("`"): "'"}
_LINE_ENDS = re.compile(r"[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_NUMBER = re.compile(r"(\d+(?:[.,]\d+)*)(?:st|nd|rd|th)?")
_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)*|\d+(?:[.,]\d+)*(?:st|nd|rd|th)?\b|\d+(?:[.,]\d+)*|[$£€%]+")
_SENTENCE_END = re.compile(r"(?<=[.!?;\n])\s+")
_NUMBER_WORDS = {
    w: str(n) for n, w in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())
} | {w: str(n) for n, w in enumerate("first second third fourth fifth sixth".split(), start=1)}
_stemmer = snowballstemmer.stemmer("english")


def stem(word: str) -> str:
    """The English (Porter 2) stem; short words and digits are left as they are."""
    return str(_stemmer.stemWord(word)) if len(word) > 3 else word


class Normalised(str):
    """Text as ``normalise`` leaves it, so that many readers of one text normalise it once."""

    __slots__ = ()


def normalise(text: str) -> Normalised:
    r"""One spelling for texts that look alike: folded case and width, no marks, no invisible characters.

    Idempotent. Line breaks survive as ``\n`` (they end sentences); all other white space becomes one blank.
    """
    if isinstance(text, Normalised):
        return text
    lines = (" ".join(line.split()) for line in _LINE_ENDS.split(_folded(text)))
    return Normalised("\n".join(line for line in lines if line))


def _folded(text: str) -> str:
    if text.isascii():
        # The same as below, and most texts: a tenth of its cost.
        return text.translate(_ASCII_DROPPED).lower()
    previous = None
    # Folding case can make a new compatibility character and the other way round; two rounds settle all of Unicode. Case is
    # folded before look-alikes are told apart, too: else NFKD makes another letter of a capital (U+03F9) than of its small one.
    while text != previous:
        previous = text
        text = unicodedata.normalize("NFKD", text.casefold().translate(_LOOKALIKES)).casefold().translate(_LOOKALIKES)
        text = "".join(c for c in text if _kept(c))
    return text


def _kept(char: str) -> bool:
    if char < "\x7f":
        return char >= " " or char in "\n\t\r\x0b\x0c\x1c\x1d\x1e\x1f"
    return unicodedata.category(char) not in {"Mn", "Me", "Cf", "Cc", "Cs", "Co", "Cn"} or char == "\x85"


def raw_words(text: str) -> list[str]:
    """The words of a normalised text: letters, numbers, money and per cent signs; apostrophes are dropped."""
    return [token.replace("'", "") for token in _TOKEN.findall(text)]


def sentences(text: str) -> list[str]:
    """Sentences and lines of a normalised text, none of them empty."""
    return [part.strip() for line in text.split("\n") for part in _SENTENCE_END.split(line) if part.strip()]


def cut(text: str, limit: int) -> tuple[str, bool]:
    """At most ``limit`` characters of ``text``, ended at a sentence where there is one, else at a word.

    Returns the text and whether anything was left out.
    """
    if len(text) <= limit:
        return text, False
    head = text[:limit]
    ends = [m.end() for m in re.finditer(r"[.!?;\n](?=\s)", text[: limit + 1])]
    if ends and ends[-1] >= limit // 4:
        return head[: ends[-1]].rstrip(), True
    return (head.rsplit(None, 1)[0] if re.search(r"\s", head.strip()) else head), True


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What the knowledge says about words: ``synonyms`` maps words (or runs of words) to the words that stand for them.

    ``ordinary`` are words that are right as they stand, although no phrase uses them: they are not corrected.
    ``opening`` and ``closing`` are courtesies that carry no question.
    """

    synonyms: Mapping[tuple[str, ...], tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    ordinary: frozenset[str] = frozenset()
    opening: tuple[tuple[str, ...], ...] = ()
    closing: tuple[tuple[str, ...], ...] = ()

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


class Speller:
    """Corrects words against the words that the knowledge uses. Remembers nothing of what it is asked.

    A word of the knowledge, an ordinary word, a number or a word of up to three letters is left alone.
    """

    def __init__(self, vocabulary: Iterable[str], ordinary: frozenset[str]) -> None:
        vocabulary = frozenset(vocabulary)
        self.known = vocabulary | ordinary
        self._right = [word for word in sorted(vocabulary) if len(word) >= 4 and word.isalpha()]

    @cached_property
    def _letters(self) -> Letters:
        from bot.language.letters import Letters  # noqa: PLC0415  # numpy, for which who only asks for help need not wait

        return Letters(self._right)

    def correct(self, word: str) -> str:
        """``word``, or the one known word that is a likely slip of the keyboard away."""
        if len(word) < 4 or word in self.known or not word.isalpha():
            return word
        # One slip for words of four to seven letters, two for longer ones: at two slips in a short word a
        # correction was wrong more often than right (measured on the development questions).
        slips = 1 if len(word) < 8 else 2
        best: tuple[int, int, str] | None = None
        near = self._letters.within(word, slips)
        for found, distance, _ in process.extract(word, near, scorer=OSA.distance, score_cutoff=slips, limit=None):
            # A slip seldom hits the first letter; among equals the same first letter wins, then the alphabet.
            if len(word) == 4 and found[0] != word[0]:
                continue
            key = (int(distance), int(found[0] != word[0]), found)
            if best is None or key < best:
                best = key
        return best[2] if best else word


def number(token: str) -> str | None:
    """The number that a token says, as digits ("six", "6", "6th" -> "6"), or None."""
    if token in _NUMBER_WORDS:
        return _NUMBER_WORDS[token]
    match = _NUMBER.fullmatch(token) if token[:1].isdigit() else None
    return match.group(1).replace(",", ".") if match else None


def canonical(tokens: list[str], lexicon: Lexicon) -> list[str]:
    """``tokens`` with synonyms replaced (the longest run first) and numbers as digits; not stemmed."""
    out: list[str] = []
    at = 0
    while at < len(tokens):
        for k in range(min(lexicon.longest.get(tokens[at], 0), len(tokens) - at), 0, -1):
            replacement = lexicon.synonyms.get(tuple(tokens[at : at + k]))
            if replacement is not None:
                out.extend(replacement)
                at += k
                break
        else:
            out.append(number(tokens[at]) or tokens[at])
            at += 1
    return out
