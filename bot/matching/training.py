"""What was fitted once is kept in a cache folder, under the hash of what it was fitted on; a broken cache is fitted anew."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.knowledge.model import Calibration, DangerExamples, Knowledge
from bot.language.regression import Floats
from bot.matching import linear, semantic, weights
from bot.matching.cache import phrase_vectors, read_arrays, write_arrays
from bot.matching.linear import LinearModel
from bot.matching.matcher import Matcher
from bot.matching.semantic import SentenceModel, SentenceScorer
from bot.matching.weights import Weights, WeightsError
from bot.safety.danger import DangerClassifier

# Changes whenever a fit on the same phrases would give another model.
_FORM = "linear-5"
_MEANING_FORM = "meaning-1"
NO_EXAMPLES = DangerExamples()


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned from one knowledge. ``danger`` is None without a sentence model, or without examples of danger."""

    matcher: Matcher
    danger: DangerClassifier | None = None


def open_learned(knowledge: Knowledge, cache_dir: Path, tell: Callable[[str], None], model: str = "off") -> Learned:
    """What is learned from ``knowledge``. ``tell`` hears a line for all that takes long (some seconds, once), or is missing.

    ``model``: the sentence model: "off", "auto" (the installed one, if it is installed), or a folder.
    """

    def learn(phrases: Sequence[tuple[Sequence[str], Sequence[str]]], topics: Sequence[int], count: int) -> LinearModel:
        path = cache_dir / f"{_key(phrases, topics)}.npz"
        kept = _read(path, count)
        if kept is not None:
            return kept
        tell(f"First start with this knowledge: learning {len(phrases)} phrases, this takes some seconds once.")
        model = linear.fit(phrases, topics, count)
        try:
            _write(path, model)
        except OSError as error:
            tell(f"What was learned cannot be kept in {cache_dir} ({error.strerror}); the next start learns again.")
        return model

    matcher = Matcher.from_knowledge(knowledge, learn)
    return understanding(matcher, knowledge.calibration_with_meaning, cache_dir, tell, model, knowledge.danger)


def understanding(
    matcher: Matcher,
    calibration: Calibration,
    cache_dir: Path,
    tell: Callable[[str], None],
    model: str,
    danger: DangerExamples = NO_EXAMPLES,
) -> Learned:
    """``matcher`` with the sentence model in its sum (see ``open_learned``); as it is where there is none.

    ``calibration`` holds where the sentence model was asked; it learns from ``danger`` what danger sounds like.
    """
    if model == "off":
        return Learned(matcher)
    try:
        found = weights.find(None if model == "auto" else Path(model))
        scorer, classifier = _meaning(matcher, found, danger, cache_dir, tell)
        return Learned(matcher.understanding(scorer, calibration), classifier)
    except WeightsError as error:
        tell(f"Going without the sentence model: {error}")
        return Learned(matcher)


def _meaning(
    matcher: Matcher, found: Weights, danger: DangerExamples, cache_dir: Path, tell: Callable[[str], None]
) -> tuple[SentenceScorer, DangerClassifier | None]:
    encoder = weights.encoder(found)

    def respelt(text: str) -> str:
        return matcher.language.respelt(text, encoder.vocabulary.__contains__)

    texts = [respelt(phrase) for phrase in matcher.phrases]
    examples = [(respelt(text), number) for text, number in danger.labelled]
    path = cache_dir / f"vectors-{found.sha256[:16]}.npz"
    vectors = phrase_vectors([*texts, *(text for text, _ in examples)], encoder, path, tell)
    of_phrases = vectors[: len(texts)]
    topics = matcher.topic_numbers[-1] + 1

    def learned(name: str, labelled: Sequence[tuple[str, int]], of_texts: Floats, count: int) -> SentenceModel:
        digest = hashlib.sha256(f"{_MEANING_FORM} {found.sha256}".encode())
        for text, number in labelled:
            digest.update(f"{number}\t{text}\n".encode("utf-8", "replace"))
        path = cache_dir / f"{name}-{digest.hexdigest()[:32]}.npz"
        kept = read_arrays(path)
        if kept is not None and kept.keys() == {"weights", "scale"} and kept["weights"].shape == (encoder.dimensions + 1, count):
            return SentenceModel(of_texts, kept["weights"], float(kept["scale"]))
        model = semantic.learn(of_texts, [number for _, number in labelled], count)
        try:
            write_arrays(path, weights=model.weights, scale=np.float64(model.scale))
        except OSError as error:
            tell(f"What was learned cannot be kept in {cache_dir} ({error.strerror}); the next start learns again.")
        return model

    scorer = SentenceScorer(encoder, learned("meaning", list(zip(texts, matcher.topic_numbers, strict=True)), of_phrases, topics))
    if not examples:
        return scorer, None
    # All that the bot can be asked is calm, too.
    calm = [(text, len(danger.kinds)) for text in texts]
    everything = np.concatenate([vectors[len(texts) :], of_phrases])
    return scorer, DangerClassifier(
        danger.kinds, learned("danger", [*examples, *calm], everything, len(danger.kinds) + 1).weights
    )


def _key(phrases: Sequence[tuple[Sequence[str], Sequence[str]]], topics: Sequence[int]) -> str:
    digest = hashlib.sha256(f"{_FORM} {linear.ROUNDS} {linear.LOSS_WEIGHT}".encode())
    for (stems, standard), topic in zip(phrases, topics, strict=True):
        digest.update(f"{topic}\t{' '.join(stems)}\t{' '.join(standard)}\n".encode())
    return digest.hexdigest()[:32]


def _read(path: Path, topics: int) -> LinearModel | None:
    """The model in ``path``; None where there is none, or what lies there is no model for so many ``topics``."""
    kept = read_arrays(path)
    if kept is None or kept.keys() != {"names", "rarity", "weights"}:
        return None
    try:
        names = kept["names"].tobytes().decode().split("\n")
        model = LinearModel({name: row for row, name in enumerate(names)}, kept["rarity"], kept["weights"])
    except (ValueError, TypeError):
        return None
    return model if model.rarity.shape == (len(names),) and model.weights.shape == (len(names), topics) else None


def _write(path: Path, model: LinearModel) -> None:
    names = np.frombuffer("\n".join(model.index).encode(), np.uint8)
    write_arrays(path, names=names, rarity=model.rarity, weights=model.weights)
