"""A reply as the plain object that channels and tools exchange."""

from __future__ import annotations

from typing import Any

from bot.knowledge.model import Choice, Part, Reply


def as_json(reply: Reply) -> dict[str, Any]:
    """The reply as JSON values; the keys are a contract with those who build on them."""
    return {
        "kind": reply.kind,
        "text": reply.text,
        "parts": [_part(part) for part in reply.parts],
        "confidence": round(reply.confidence, 4),
        "claims": list(reply.claims),
        "safety": list(reply.safety),
        "boundary": reply.boundary,
        "choices": [_choice(choice) for choice in reply.choices],
        "related": [_choice(choice) for choice in reply.related],
        "sources": [{"document": p.document, "section": p.section, "paragraph": p.paragraph} for p in reply.sources],
        "urgent": reply.urgent,
        "helpline": reply.helpline,
        "stamp": dict(reply.stamp),
    }


def _part(part: Part) -> dict[str, Any]:
    if part.entry is not None:
        return {"entry": part.entry, "claims": list(part.claims), "confidence": round(part.confidence, 4)}
    return {"boundary": part.boundary, "confidence": round(part.confidence, 4)}


def _choice(choice: Choice) -> dict[str, Any]:
    return {"id": choice.id, "label": choice.label, "claims": list(choice.claims)}
