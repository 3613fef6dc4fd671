"""The word that somebody meant who typed another: for messages to those who write the knowledge."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rapidfuzz import fuzz, process, utils

# Of 100. Two letters swapped in a word of five give 80, a word of four with one wrong letter 75.
_ALIKE = 70
_SHORTEST_PART = 4  # letters: "infusion" means "infusion_length", and "a" means nothing


def nearest(word: str, known: Iterable[str], alike: int = _ALIKE, *, parts: bool = True) -> str | None:
    """The one of ``known`` that is most like ``word``, whatever its case and signs; None where none is like it.

    ``parts``: a word that holds ``word`` among others is like it, too.
    """
    names = list(known)
    found = process.extractOne(word, names, scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=alike)
    if parts and found is None and len(word) >= _SHORTEST_PART:
        found = process.extractOne(word, names, scorer=fuzz.token_set_ratio, processor=utils.default_process, score_cutoff=90)
    return None if found is None else str(found[0])


def choice(word: str, known: Iterable[str], most: int = 16) -> str:
    """What is allowed in place of ``word``, as the end of a sentence: the nearest of ``known``, and all where they are few."""
    names = list(known)
    meant = nearest(word, names)
    hint = "" if meant is None else f"did you mean {meant}?"
    if len(names) > most:
        return hint or f"none of the {len(names)} that there are is like it"
    return f"allowed: {', '.join(names) or 'none'}" + (f" ({hint})" if hint else "")


def as_id(text: str) -> str:
    """The id that is most like ``text``; empty where none can be made of it."""
    return re.sub(r"[^a-z0-9-]+", "_", text.lower()).lstrip("_-0123456789").rstrip("_-")[:60]
