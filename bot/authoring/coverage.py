"""What of the source and of the ledger no entry serves."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.authoring.verify import Finding
from bot.knowledge.model import Knowledge, Place


def coverage(knowledge: Knowledge) -> list[Finding]:
    """Paragraphs that nothing cites, figures that no entry shows, and claims that no entry delivers."""
    cited = _cited(knowledge)
    found = [
        Finding(
            f"sources.yaml, document {place.document}, section {place.section}, paragraph {place.paragraph}",
            "no claim cites this paragraph",
        )
        for place in _all_places(knowledge)
        if place not in cited
    ]
    shown, delivered = _shown(knowledge), _delivered(knowledge)
    for claim in knowledge.claims.values():
        if claim.id not in delivered:
            found.append(Finding(f"claims.yaml, claim {claim.id}", "no entry delivers this claim"))
        found += [
            Finding(f"claims.yaml, claim {claim.id}, quantity {quantity.name}", "no entry shows this figure")
            for quantity in claim.quantities
            if quantity.name not in shown
        ]
    return found


def coverage_counts(knowledge: Knowledge) -> Mapping[str, tuple[int, int]]:
    """What is served, and of how many: paragraphs cited, figures shown, claims delivered."""
    cited = _cited(knowledge)
    shown, delivered = _shown(knowledge), _delivered(knowledge)
    places = _all_places(knowledge)
    names = [quantity.name for claim in knowledge.claims.values() for quantity in claim.quantities]
    return {
        "paragraphs": (sum(place in cited for place in places), len(places)),
        "figures": (sum(name in shown for name in names), len(names)),
        "claims": (sum(id in delivered for id in knowledge.claims), len(knowledge.claims)),
    }


def _all_places(knowledge: Knowledge) -> list[Place]:
    return [Place(d.id, s.id, n) for d in knowledge.documents for s in d.sections for n in range(1, len(s.paragraphs) + 1)]


def _cited(knowledge: Knowledge) -> set[Place]:
    """Places of claims, and of what a clinic says in place of the base's replies."""
    own = {topic.clinic_place for topic in knowledge.boundaries.values() if topic.clinic_place is not None}
    return own | {claim.place for claim in knowledge.claims.values()}


def _delivered(knowledge: Knowledge) -> set[str]:
    """Claims that entries deliver, and those of a clinic that are told with one of them, or with a safety claim."""
    told = {id for entry in knowledge.entries.values() for id in entry.claims}
    with_safety = told.union(*(topic.safety for topic in knowledge.topics))
    return told | {claim.id for id in with_safety for claim in knowledge.stricter(id)}


def _shown(knowledge: Knowledge) -> set[str]:
    """The names of the quantities that entries show: in their own words, or in a safety claim that goes with them."""
    texts = [f"{entry.answer} {entry.detail or ''}" for entry in knowledge.entries.values()]
    safety = {id for entry in knowledge.entries.values() for id in entry.safety}
    texts += [knowledge.claims[id].statement for id in safety]
    told = safety.union(*(entry.claims for entry in knowledge.entries.values()))
    texts += [claim.statement for id in told for claim in knowledge.stricter(id)]
    return {name for text in texts for name in re.findall(r"\{([a-z_][a-z0-9_.]*)\}", text)}
