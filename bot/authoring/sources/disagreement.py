"""Documents that say different things of the same: figures of one kind that claims on one subject have from two of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from bot.authoring.verify import Finding
from bot.knowledge.model import Claim, Knowledge, Quantity
from bot.language.lexicon import canonical
from bot.language.quantities import PLACEHOLDER, End, ends_of, span_of
from bot.language.text import normalise, raw_words, stemmer

# Two claims are on one subject where they share so many words of the one that has fewer; chosen on pairs written for the tests.
_ALIKE = 0.5
# As common as "after" (zipf; some 350 of a million words): a word that every claim has says nothing of what it is about.
_COMMON = 5.55


def disagreements(knowledge: Knowledge) -> Iterator[Finding]:
    """Pairs of claims from different documents that an entry shows together, or that say nearly the same, with other figures.

    A claim that makes another stricter is meant to differ.
    """
    together = {
        frozenset(pair)
        for topic in knowledge.topics
        for pair in combinations(sorted({*getattr(topic, "claims", ()), *topic.safety}), 2)
    }
    for one, other in combinations(knowledge.claims.values(), 2):
        if one.place.document == other.place.document or other.id == one.tightens or one.id == other.tightens:
            continue
        if frozenset({one.id, other.id}) not in together and _likeness(one, other, knowledge) < _ALIKE:
            continue
        for theirs in other.quantities:
            told = _figure(theirs, knowledge)
            rivals = [mine for mine in one.quantities if told is not None and _kind(mine, knowledge) == told[0]]
            if told is not None and rivals and all(_figure(mine, knowledge) != told for mine in rivals):
                documents = " and ".join(claim.place.document for claim in (one, other))
                figures = f"{', '.join(repr(_shown(mine)) for mine in rivals)} and {_shown(theirs)!r}"
                yield Finding(
                    f"claims.yaml, claims {one.id} and {other.id}",
                    f"{documents} give other figures: {figures}; look which holds, and let no entry show both unless it says "
                    "whose figure is whose",
                    warning=True,
                )


def _likeness(one: Claim, other: Claim, knowledge: Knowledge) -> float:
    words, others = (_words(claim, knowledge) for claim in (one, other))
    return len(words & others) / max(1, min(len(words), len(others)))


def _words(claim: Claim, knowledge: Knowledge) -> set[str]:
    """The stems of what it is about: neither of the subject that all claims have nor of words that stand everywhere."""
    lexicon = knowledge.lexicon
    stem = stemmer(lexicon.grammar.stemmer)
    standard = canonical(raw_words(normalise(PLACEHOLDER.sub(" ", claim.statement))), lexicon)
    common = {word for word in standard if (lexicon.frequencies.zipf(word) or 0.0) >= _COMMON}
    return {stem(word) for word in standard if word not in common and word not in knowledge.subject}


_Figure = tuple[str, tuple[float, float] | tuple[End, ...]]


def _figure(quantity: Quantity, knowledge: Knowledge) -> _Figure | None:
    """Of which kind it is, and what it amounts to: a time in seconds, or its ends; None where it is no amount."""
    ends = None if quantity.words else ends_of(quantity.first, quantity.last, knowledge.grammar)
    if not ends:
        return None
    span = span_of(ends)
    return ("time", span) if span is not None else (ends[-1][1], ends)


def _kind(quantity: Quantity, knowledge: Knowledge) -> str | None:
    found = _figure(quantity, knowledge)
    return found[0] if found is not None else None


def _shown(quantity: Quantity) -> str:
    return f"{quantity.first} to {quantity.last}" if quantity.last else quantity.first
