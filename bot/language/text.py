"""Text as people type it, turned into words that can be compared.

Two rules fence this module in: nothing here knows a topic, and the same text with other case, spacing,
invisible characters or look-alike letters gives the same words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import snowballstemmer

# Single characters that stand for whole words of five letters and more (units in squares, blessings): a text of them would be
# read as one of many times its length. Nobody tells anything in them.
_WORDS_IN_ONE = dict.fromkeys([*map(chr, range(0x3300, 0x3358)), *"\u321d\u321e\u327c\u33ae\u33af\ufdfa\ufdfb"], " ")
# Letters of other alphabets that look like Latin ones. Only lower case: it is applied after case folding.
_LOOKALIKES = str.maketrans(
    _WORDS_IN_ONE
    | dict(
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
        # Words of honour in one character, of 18 and 8 letters: a text of them is as much work as one of many times its length.
        "\ufdfa": " ",
        "\ufdfb": " ",
    }
)
_ASCII_DROPPED = dict.fromkeys((*range(9), *range(14, 28), 127)) | {ord("`"): "'"}
_LINE_ENDS = re.compile(r"[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)*|\d+(?:[.,]\d+)*(?:st|nd|rd|th)?\b|\d+(?:[.,]\d+)*|[$£€%]+")
_SENTENCE_END = re.compile(r"(?<=[.!?;\n])\s+")


def stemmer(algorithm: str) -> Callable[[str], str]:
    """What gives the stem of a word, by Snowball's ``algorithm`` ("": none); short words and digits are left as they are."""
    if not algorithm:
        return str
    stem_word = snowballstemmer.stemmer(algorithm).stemWord

    def stem(word: str) -> str:
        return str(stem_word(word)) if len(word) > 3 else word

    return stem


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
    # Each character is folded by itself; what is left of marks is put into one order.
    return unicodedata.normalize("NFD", text.translate(_FOLDED))


_MOST_KEPT = 30_000


class _Folded(dict[int, str]):
    """A table for ``str.translate``: what each character is read as; looked up once, as most texts use few."""

    def __missing__(self, code: int) -> str:
        if len(self) > _MOST_KEPT:
            self.clear()
        self[code] = self._read(chr(code))
        return self[code]

    @classmethod
    def _read(cls, text: str) -> str:
        previous = None
        # Folding case can make a new compatibility character and the other way round; two rounds settle all of Unicode. Case is
        # folded before look-alikes are told apart, too: else NFKD makes another letter of a capital (U+03F9) than of its small
        # one.
        while text != previous:
            previous = text
            text = unicodedata.normalize("NFKD", text.casefold().translate(_LOOKALIKES)).casefold().translate(_LOOKALIKES)
            text = "".join(filter(cls._stays, text))
        return text

    @staticmethod
    def _stays(char: str) -> bool:
        if char < "\x7f":
            return char >= " " or char in "\n\t\r\x0b\x0c\x1c\x1d\x1e\x1f"
        return unicodedata.category(char) not in {"Mn", "Me", "Cf", "Cc", "Cs", "Co", "Cn"} or char == "\x85"


_FOLDED = _Folded()


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
