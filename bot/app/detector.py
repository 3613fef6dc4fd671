"""What was learned of danger, kept in the cache folder under the hash of what it was learned from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.knowledge.model import Knowledge
from bot.language.learning.classifier import WordModel
from bot.matching.cache import keep_learned, kept_arrays
from bot.matching.refit import NotKept
from bot.safety import detector
from bot.safety.detector import DangerDetector, DangerModel

# Changes whenever the same examples would give another model.
_FORM = "danger-4"


def open_detector(knowledge: Knowledge, cache_dir: Path, tell: Callable[[str], None], *, learns: bool = True) -> DangerDetector:
    """The detector of ``knowledge``; without examples it hears plain words alone. ``tell`` hears a line where it learns.

    Where it must not, raises NotKept.
    """
    model = _model(knowledge, cache_dir, tell, learns) if knowledge.examples.messages else None
    return DangerDetector(knowledge.plain, knowledge.examples.thresholds, model)


def plain_detector(knowledge: Knowledge) -> DangerDetector:
    """The detector of ``knowledge`` before anything is learned: it hears plain words alone."""
    return DangerDetector(knowledge.plain, knowledge.examples.thresholds, None)


def _model(knowledge: Knowledge, cache_dir: Path, tell: Callable[[str], None], learns: bool) -> DangerModel:
    # Not the phrases of entries: who writes one must not make danger calmer by it, and does not wait until it is learned anew.
    known = [*knowledge.examples.asked, *knowledge.strangers]
    path = cache_dir / f"danger-{_key(knowledge, known)}.npz"
    for kept in kept_arrays(path):
        if (model := _read(kept)) is not None:
            return model
    if not learns:
        raise NotKept
    count = sum(map(len, knowledge.examples.messages.values()))
    tell(
        f"First start with these examples: learning from {count} messages what danger sounds like; this takes some seconds once."
    )
    model = detector.learn(knowledge.examples, knowledge.ours, known)
    keep_learned(path, tell, **_arrays("danger", model.danger), **_arrays("kinds", model.kinds))
    return model


def _key(knowledge: Knowledge, known: list[str]) -> str:
    digest = hashlib.sha256(_FORM.encode())
    for kind, texts in (*knowledge.examples.messages.items(), ("", knowledge.ours), ("", known)):
        for text in texts:
            digest.update(f"{kind}\t{text}\n".encode("utf-8", "replace"))
    return digest.hexdigest()[:32]


def _arrays(name: str, model: WordModel) -> dict[str, Any]:
    return {f"{name}_rarity": model.rarity, f"{name}_weights": model.weights, f"{name}_bias": model.bias}


def _read(kept: dict[str, Any]) -> DangerModel | None:
    """None where what was kept is of another form."""

    def of(name: str) -> WordModel:
        return WordModel(*(kept[f"{name}_{part}"] for part in ("rarity", "weights", "bias")))

    try:
        model = DangerModel(of("danger"), of("kinds"))
    except KeyError:
        return None
    return model if detector.fits(model) else None
