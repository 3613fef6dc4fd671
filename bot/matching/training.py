"""What was fitted once is kept in a cache folder, under the hash of what it was fitted on; a broken cache is fitted anew."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from bot.knowledge.model import Calibration, Knowledge
from bot.language.learning.classifier import WordModel
from bot.matching import acts, linear, semantic, weights
from bot.matching.acts import ActReader
from bot.matching.cache import keep_learned, phrase_vectors, read_arrays
from bot.matching.linear import LinearModel
from bot.matching.matcher import Matcher
from bot.matching.semantic import SentenceModel, SentenceScorer
from bot.matching.weights import Weights, WeightsError

# Changes whenever a fit on the same phrases would give another model.
_FORM = "linear-5"
_MEANING_FORM = "meaning-4"
_ACTS_FORM = "acts-2"
_VECTORS_FORM = "vectors-2"


def open_matcher(knowledge: Knowledge, cache_dir: Path, tell: Callable[[str], None], model: str = "off") -> Matcher:
    """The matcher of ``knowledge``. ``tell`` hears a line for all that takes long (some seconds, once), or is missing.

    ``model``: the sentence model: "off", "small", "large", "auto" (the larger of those that are installed), or a folder.
    """

    def learn(phrases: Sequence[tuple[Sequence[str], Sequence[str]]], topics: Sequence[int], count: int) -> LinearModel:
        path = cache_dir / f"{_key(phrases, topics)}.npz"
        kept = _read(path, count)
        if kept is not None:
            return kept
        tell(f"First start with this knowledge: learning {len(phrases)} phrases, this takes some seconds once.")
        model = linear.fit(phrases, topics, count)
        names = np.frombuffer("\n".join(model.index).encode(), np.uint8)
        keep_learned(path, tell, names=names, rarity=model.rarity, weights=model.weights)
        return model

    matcher = Matcher.from_knowledge(knowledge, learn, _acts(knowledge, cache_dir, tell))
    small, large = knowledge.calibration_with_meaning, knowledge.calibration_with_large
    return understanding(matcher, small, cache_dir, tell, model, large, (knowledge.ours, knowledge.strangers))


def _acts(knowledge: Knowledge, cache_dir: Path, tell: Callable[[str], None]) -> ActReader | None:
    """None where the folder has no messages on other subjects: then nothing could be told from them."""
    if not knowledge.strangers:
        return None
    examples, ids = acts.examples_of(knowledge), [talk.id for talk in knowledge.smalltalk]
    count = len(ids) + 2
    digest = hashlib.sha256(_ACTS_FORM.encode())
    for text, of in examples:
        digest.update(f"{of}\t{text}\n".encode("utf-8", "replace"))
    path = cache_dir / f"acts-{digest.hexdigest()[:32]}.npz"
    kept = read_arrays(path)
    if kept is not None and kept.keys() == {"rarity", "weights", "bias"}:
        model = WordModel(kept["rarity"], kept["weights"], kept["bias"])
        if model.is_of(count):
            return ActReader(ids, model)
    tell(f"First start with this knowledge: learning from {len(examples)} messages what is a question; once.")
    model = acts.learn(examples, count)
    keep_learned(path, tell, rarity=model.rarity, weights=model.weights, bias=model.bias)
    return ActReader(ids, model)


def understanding(
    matcher: Matcher,
    calibration: Calibration,
    cache_dir: Path,
    tell: Callable[[str], None],
    model: str,
    with_large: Calibration | None = None,
    messages: tuple[Sequence[str], Sequence[str]] = ((), ()),
) -> Matcher:
    """``matcher`` with the sentence model in its sum (see ``open_matcher``); as it is where there is none.

    ``calibration`` holds where the sentence model was asked; ``with_large`` in its place where that is the large one.
    ``messages``: some on our subject, and some on others.
    """
    if model == "off":
        return matcher
    try:
        found = weights.find(model)
        chosen = with_large if with_large is not None and found.large else calibration
        return matcher.understanding(_meaning(matcher, found, cache_dir, tell, messages), chosen)
    except WeightsError as error:
        tell(f"Going without the sentence model: {error}")
        return matcher


def _meaning(
    matcher: Matcher,
    found: Weights,
    cache_dir: Path,
    tell: Callable[[str], None],
    messages: tuple[Sequence[str], Sequence[str]],
) -> SentenceScorer:
    encoder = weights.encoder(found)
    ours, strangers = messages
    knows = encoder.vocabulary.__contains__
    texts = [matcher.language.respelt(text, knows) for text in (*matcher.phrases, *ours, *strangers)]
    every = phrase_vectors(texts, encoder, cache_dir / f"{_VECTORS_FORM}-{found.sha256[:16]}.npz", tell)
    vectors, letters, others = np.split(every, [len(matcher.phrases), len(matcher.phrases) + len(ours)])
    digest = hashlib.sha256(f"{_MEANING_FORM} {found.sha256}".encode())
    classes = [*matcher.topic_numbers, *[-1] * len(ours), *[-2] * len(strangers)]
    for text, number in zip(texts, classes, strict=True):
        digest.update(f"{number}\t{text}\n".encode("utf-8", "replace"))
    path = cache_dir / f"meaning-{digest.hexdigest()[:32]}.npz"
    count = matcher.topic_numbers[-1] + 1
    kept = read_arrays(path)
    if (
        kept is not None
        and kept.keys() == {"weights", "scale", "ours"}
        and kept["weights"].shape == (encoder.dimensions + 1, count)
    ):
        return SentenceScorer(encoder, SentenceModel(vectors, kept["weights"], float(kept["scale"]), kept["ours"]))
    told = semantic.learn_ours(vectors, matcher.is_outside, letters, others)
    model = semantic.learn(vectors, matcher.topic_numbers, count, told)
    keep_learned(path, tell, weights=model.weights, scale=np.float64(model.scale), ours=told)
    return SentenceScorer(encoder, model)


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
