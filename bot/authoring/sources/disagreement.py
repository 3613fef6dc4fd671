"""Documents that say different things of the same: figures of one kind that claims on one subject have from two of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from bot.authoring.verify import Finding
from bot.knowledge.model import Claim, Knowledge, Quantity
from bot.language.quantities import End, ends_of
from bot.language.text import normalise, raw_words

# Two claims are on one subject where so many of their words are the same; chosen on pairs written for the tests.
_ALIKE = 0.5
_SHORTEST = 4  # letters of a word that says what a claim is about


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
        if frozenset({one.id, other.id}) not in together and _likeness(one, other) < _ALIKE:
            continue
        for theirs in other.quantities:
            rivals = [mine for mine in one.quantities if _comparable(mine, theirs, knowledge)]
            if rivals and not any(_ends(mine, knowledge) == _ends(theirs, knowledge) for mine in rivals):
                documents = " and ".join(claim.place.document for claim in (one, other))
                figures = f"{', '.join(repr(_shown(mine)) for mine in rivals)} and {_shown(theirs)!r}"
                yield Finding(
                    f"claims.yaml, claims {one.id} and {other.id}",
                    f"{documents} give other figures: {figures}; look which holds, and let no entry show both unless it says "
                    "whose figure is whose",
                    warning=True,
                )


def _likeness(one: Claim, other: Claim) -> float:
    words, others = (_words(claim.statement) for claim in (one, other))
    return len(words & others) / max(1, len(words | others))


def _words(statement: str) -> set[str]:
    return {word for word in raw_words(normalise(statement)) if len(word) >= _SHORTEST}


def _ends(quantity: Quantity, knowledge: Knowledge) -> tuple[End, ...] | None:
    return None if quantity.words else ends_of(quantity.first, quantity.last, knowledge.grammar)


def _comparable(one: Quantity, other: Quantity, knowledge: Knowledge) -> bool:
    """Figures of one unit."""
    ends = (_ends(one, knowledge) or (), _ends(other, knowledge) or ())
    units = [{unit for _, unit in some} for some in ends]
    return bool(units[0] & units[1])


def _shown(quantity: Quantity) -> str:
    return f"{quantity.first} to {quantity.last}" if quantity.last else quantity.first
