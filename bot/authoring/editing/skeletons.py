"""A new entry or boundary topic, true from its first moment: it says what its claims say, or that the source does not."""

from __future__ import annotations

from collections.abc import Sequence

from bot.authoring.editing.writing import field_lines, item_lines
from bot.knowledge.model import Claim

_UNSIGNED = (
    "  # reviewed: {by: NAME, on: DATE}   # once a person with medical training has read it; a date looks like 2026-11-24",
    "  # review_by: DATE                  # and until when that holds",
)


def entry(id: str, question: str, phrases: Sequence[str], claims: Sequence[Claim]) -> list[str]:
    """The lines of an entry whose answer is what ``claims`` state, with a word on each field."""
    figures = ", ".join(f"{{{quantity.name}}}" for claim in claims for quantity in claim.quantities)
    return [
        *item_lines({"id": id, "question": question}),
        "  # As people really ask: short, long, worried, misspelt, from as many people as you can imagine. At least 15.",
        *field_lines("phrases", tuple(phrases), 2),
        "  # What the claims say, word for word. Say it in two or three plain sentences of your own, at most 60 words;",
        f"  # {'figures stand in it as ' + figures if figures else 'its claims have no figures, so it has none, either'}.",
        *field_lines("answer", " ".join(claim.statement for claim in claims), 2),
        *field_lines("claims", tuple(claim.id for claim in claims), 2),
        "  # safety: [driving]                # claims that are shown below it as a warning",
        "  # related: [ride_home]             # up to four topics that people ask next",
        '  # about: {aspect: length}          # for follow-ups such as "and for pain?"',
        *_UNSIGNED,
    ]


def boundary(id: str, question: str, phrases: Sequence[str], reply: str) -> list[str]:
    """The lines of a boundary topic that says no more than that the source does not cover it."""
    return [
        *item_lines({"id": id, "question": question}),
        "  # As people really ask: short, long, worried, misspelt, from as many people as you can imagine. At least 10.",
        *field_lines("phrases", tuple(phrases), 2),
        "  # Name what the source does not cover, and where to ask. No figures, no advice.",
        *field_lines("reply", reply, 2),
        "  # helpline: true                   # adds the line with the helpline",
        "  # related: [ride_home]             # up to four topics that people ask next",
        *_UNSIGNED,
    ]
