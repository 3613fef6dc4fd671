"""Groups questions that are alike, by what the matcher itself compares: meaning or words, and which topics come near."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.language.learning.regression import Floats
from bot.matching.matcher import Matcher

# How much the topics that come near count, beside meaning or words; and from which likeness (the cosine of both together, to the
# sum of a group) on a question belongs to a group. Of 755 phrases that were taken out of the shipped folder, each asked in three
# forms and compared by words, 72 in a hundred stand with their own entry's at .62, 81 at .70, 91 at .78, 98 at .90, in 473 to 736
# groups: what is asked for less often is shown later where groups are small, and what is mixed cannot be proposed.
_TOPICS = 0.7
_ALIKE = 0.75
_AT_ONCE = 400


def group(texts: Sequence[str], matcher: Matcher) -> list[list[int]]:
    """Numbers of ``texts`` that are alike, each group with the most typical first; groups in the order of their oldest text.

    Deterministic: a text joins the group it is nearest to, and what comes later moves nothing of what was there before.
    """
    vectors = vectors_of(texts, matcher)
    sums: list[Floats] = []
    groups: list[list[int]] = []
    for number, vector in enumerate(vectors):
        likeness = [float(one @ vector) / (float(np.linalg.norm(one)) or 1.0) for one in sums]
        best = int(np.argmax(likeness)) if likeness else -1
        if best >= 0 and likeness[best] >= _ALIKE:
            groups[best].append(number)
            sums[best] = sums[best] + vector
        else:
            groups.append([number])
            sums.append(vector)
    # Ties in the order in which they came: sorting is stable.
    return [sorted(one, key=lambda i, of=of: -round(float(vectors[i] @ of), 5)) for one, of in zip(groups, sums, strict=True)]  # type: ignore[misc]


def vectors_of(texts: Sequence[str], matcher: Matcher) -> Floats:
    """A row of unit length for each text."""
    if not texts:
        return np.zeros((0, 1), np.float32)
    content = [matcher.embed(texts[start : start + _AT_ONCE]) for start in range(0, len(texts), _AT_ONCE)]
    told = [one for one in content if one is not None]
    said = np.concatenate(told) if told else _by_words(texts, matcher)
    return _unit(np.concatenate([_unit(said), _TOPICS * _by_topics(texts, matcher)], axis=1))


def _by_words(texts: Sequence[str], matcher: Matcher) -> Floats:
    """The stems of each text, the rarer the heavier."""
    frequencies = matcher.frequencies
    read = [matcher.language.parse(text) for text in texts]
    columns = {stem: number for number, stem in enumerate(sorted({stem for words in read for stem in words.stems}))}
    rows = np.zeros((len(texts), max(1, len(columns))), np.float32)
    for row, words in zip(rows, read, strict=True):
        for stem, word in zip(words.stems, words.standard, strict=True):
            row[columns[stem]] = 0.3 + frequencies.rarity(word)
    return rows


def _by_topics(texts: Sequence[str], matcher: Matcher) -> Floats:
    """How much of the belief each topic has."""
    columns: dict[str, int] = {}
    believed = []
    for text in texts:
        ranking = matcher.rank(text)
        shares = {match.topic: match.share for match in ranking.matches} if ranking is not None else {}
        believed.append({columns.setdefault(topic, len(columns)): share for topic, share in shares.items()})
    rows = np.zeros((len(texts), max(1, len(columns))), np.float32)
    for row, shares_of in zip(rows, believed, strict=True):
        for column, share in shares_of.items():
            row[column] = share
    return _unit(rows)


def _unit(rows: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1.0), np.float32)
