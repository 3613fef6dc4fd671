"""Normalised text as tokens: words, numbers, ordinals and signs, each with its place. Knows no language but what it is handed."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from bot.language.text import normalise

# Letters with dots between them are one word (p.m.), and so are the parts of 14:10, 2.30, 2,5 and 1/2 one number.
_TOKEN = re.compile(
    r"(?P<dotted>[^\W\d_](?:\.[^\W\d_])+(?![^\W_])\.?)"
    r"|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*)"
    r"|(?P<number>[0-9]+(?:[:.,/⁄][0-9]+)*)"
    r"|(?P<sign>[^\s']|\n)"
)
_JOINT = re.compile("[:.,/⁄]")
NUMBER, ORDINAL = "<n>", "<nth>"  # what rules call them


@dataclass(frozen=True, slots=True)
class Token:
    """``key``: how rules name it: the letters of a word, the sign, ``NUMBER`` or ``ORDINAL``. ``start`` and ``end`` are places in
    the text; ``glued``: nothing stands between it and the token before.

    Of a number ``figures`` are the runs of digits (14, 10) and ``joints`` what stands between them.
    """

    kind: Literal["word", "number", "ordinal", "sign"]
    key: str
    start: int
    end: int
    glued: bool
    figures: tuple[str, ...] = ()
    joints: str = ""


def tokenise(text: str, ordinal_endings: Collection[str]) -> list[Token]:
    """The tokens of ``text``, which is normalised first, in order.

    "3rd" is an ordinal, "half-past" two words, "it's" one. "3pm" is a number and a word that is glued to it.
    """
    text = normalise(text)
    tokens: list[Token] = []
    for found in _TOKEN.finditer(text):
        before = tokens[-1] if tokens else None
        token = _token(found, glued=before is not None and before.end == found.start())
        if before is not None and token.glued:
            if before.kind == "number" and token.key in ordinal_endings:
                tokens[-1] = Token("ordinal", ORDINAL, before.start, token.end, before.glued)
                continue
            if token.key == "-" and before.kind == "word" and text[token.end : token.end + 1].isalpha():
                continue
        tokens.append(token)
    return tokens


def _token(found: re.Match[str], glued: bool) -> Token:
    said = found.group()
    start, end = found.span()
    if found["number"]:
        return Token("number", NUMBER, start, end, glued, tuple(_JOINT.split(said)), "".join(_JOINT.findall(said)))
    if found["sign"]:
        return Token("sign", said, start, end, glued)
    return Token("word", said.replace("'", "").replace(".", ""), start, end, glued)
