"""What was learned of danger, kept in the cache folder under the hash of what it was learned from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.knowledge.model import Knowledge

if TYPE_CHECKING:
    from bot.safety.ear import Ear, EarModel
    from bot.safety.words import WordModel

# Changes whenever the same examples would give another model.
_FORM = "ear-1"


def open_ear(knowledge: Knowledge, cache_dir: Path, tell: Callable[[str], None]) -> Ear:
    """The ear of ``knowledge``; without examples it hears plain words alone. ``tell`` hears a line for all that takes long."""
    from bot.safety.ear import Ear  # noqa: PLC0415  # numpy, for which who only asks for help need not wait

    model = _model(knowledge, cache_dir, tell) if knowledge.examples.messages else None
    return Ear(knowledge.plain, knowledge.examples.thresholds, model)


def _model(knowledge: Knowledge, cache_dir: Path, tell: Callable[[str], None]) -> EarModel:
    from bot.matching.cache import read_arrays, write_arrays  # noqa: PLC0415
    from bot.safety import ear  # noqa: PLC0415

    calm = [phrase for topic in knowledge.topics for phrase in (topic.question, *topic.phrases)]
    path = cache_dir / f"ear-{_key(knowledge, calm)}.npz"
    kept = read_arrays(path)
    if kept is not None and (model := _read(kept)) is not None:
        return model
    count = sum(map(len, knowledge.examples.messages.values()))
    tell(
        f"First start with these examples: learning from {count} messages what danger sounds like; this takes some seconds once."
    )
    model = ear.learn(knowledge.examples, calm)
    try:
        write_arrays(path, **_arrays("danger", model.danger), **_arrays("kinds", model.kinds))
    except OSError as error:
        tell(f"What was learned cannot be kept in {cache_dir} ({error.strerror}); the next start learns again.")
    return model


def _key(knowledge: Knowledge, calm: list[str]) -> str:
    digest = hashlib.sha256(_FORM.encode())
    for kind, texts in (*knowledge.examples.messages.items(), ("", calm)):
        for text in texts:
            digest.update(f"{kind}\t{text}\n".encode("utf-8", "replace"))
    return digest.hexdigest()[:32]


def _arrays(name: str, model: WordModel) -> dict[str, Any]:
    return {f"{name}_rarity": model.rarity, f"{name}_weights": model.weights, f"{name}_bias": model.bias}


def _read(kept: dict[str, Any]) -> EarModel | None:
    """None where what was kept is of another form."""
    from bot.safety.ear import EarModel, fits  # noqa: PLC0415
    from bot.safety.words import WordModel  # noqa: PLC0415

    def of(name: str) -> WordModel:
        return WordModel(*(kept[f"{name}_{part}"] for part in ("rarity", "weights", "bias")))

    try:
        model = EarModel(of("danger"), of("kinds"))
    except KeyError:
        return None
    return model if fits(model) else None
