"""What was fitted once is kept in a cache folder, under the hash of what it was fitted on; a broken cache is fitted anew."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bot.knowledge.model import Calibration, Knowledge
from bot.language.learning.classifier import WordModel
from bot.language.learning.encoder import Encoder
from bot.language.learning.regression import Floats
from bot.matching import acts, linear, refit, semantic, weights
from bot.matching.acts import ActReader
from bot.matching.cache import keep_learned, kept_arrays, phrase_vectors
from bot.matching.linear import LinearFit, LinearModel
from bot.matching.matcher import Matcher
from bot.matching.refit import FittedPhrases, NotKept
from bot.matching.semantic import Labelled, SentenceModel, SentenceScorer
from bot.matching.weights import Weights, WeightsError

# Changes whenever a fit on the same phrases would give another model.
_FORM = "linear-6"
_MEANING_FORM = "meaning-4"
_ACTS_FORM = "acts-2"
_VECTORS_FORM = "vectors-2"


_Parsed = Sequence[tuple[Sequence[str], Sequence[str]]]  # stems and words of each phrase


@dataclass(slots=True)
class Nearby:
    """A matcher that was fitted whole, from which a like one can be made in a second. ``used``: something had to be."""

    knowledge: Knowledge
    matcher: Matcher
    cache_dir: Path
    used: bool = False

    def linear(self, phrases: _Parsed, numbers: Sequence[int], knowledge: Knowledge) -> LinearModel:
        """Raises NotKept, as the others, where it is too far."""
        self.used = True
        was = self.matcher
        parsed = was.parsed
        before, after = _ids(self.knowledge), _ids(knowledge)
        fit = _read(self.cache_dir / f"{_key(parsed, was.topic_numbers)}.npz", len(before))
        if fit is None:
            raise NotKept
        return refit.refit(
            fit,
            FittedPhrases(parsed, [before[number] for number in was.topic_numbers], before),
            FittedPhrases(phrases, [after[number] for number in numbers], after),
        )

    def acts(self, examples: Sequence[tuple[str, int]], ids: Sequence[str], count: int) -> WordModel:
        self.used = True
        reader = self.matcher.acts
        if reader is None or reader.ids != tuple(ids):
            raise NotKept
        return acts.learn_more(reader.model, acts.examples_of(self.knowledge), examples, count)

    def encoder(self, found: Weights) -> Encoder:
        """The one that is there already, where it is of those weights. Raises WeightsError."""
        was = self.matcher.meaning
        return was.encoder if was is not None and was.of == found.sha256 else weights.encoder(found)

    def check(self, knowledge: Knowledge, of: str) -> SentenceScorer:
        """What reads with the sentence model ``of`` that name here, if ``meaning`` can go on from it."""
        was = self.matcher.meaning
        here, there = ((one.ours, one.strangers) for one in (self.knowledge, knowledge))
        if was is None or was.of != of or here != there:
            raise NotKept
        return was

    def meaning(self, matcher: Matcher, knowledge: Knowledge, parts: Sequence[Floats]) -> SentenceModel:
        """``parts``: the vectors of the phrases, of messages on our subject, of others. After ``check``."""
        self.used = True
        was = self.check(knowledge, self.matcher.meaning.of if self.matcher.meaning is not None else "")
        vectors, letters, others = parts
        before, after = _ids(self.knowledge), _ids(knowledge)
        to = refit.columns(before, after)
        number = {id: column for column, id in enumerate(after)}
        columns = np.asarray([number.get(before[one], -1) for one in self.matcher.topic_numbers])
        stays, old = columns >= 0, was.model.vectors
        told = was.model.ours
        if len(told):
            sides = [
                (np.concatenate([rows[~outside], letters]), np.concatenate([rows[outside], others]))
                for rows, outside in ((old, self.matcher.is_outside), (vectors, matcher.is_outside))
            ]
            told = semantic.learn_ours_more(told, *sides)
        return semantic.learn_more(
            Labelled(old[stays], columns[stays]),
            refit.moved(was.model.weights, to),
            Labelled(vectors, matcher.topic_numbers),
            to == len(before),
            told,
        )


def open_matcher(
    knowledge: Knowledge,
    cache_dir: Path,
    tell: Callable[[str], None],
    model: str = "off",
    near: Nearby | None = None,
    *,
    learns: bool = True,
) -> Matcher:
    """The matcher of ``knowledge``. ``tell`` hears a line for all that takes long (some seconds, once), or is missing.

    ``model``: the sentence model: "off", "small", "large", "auto" (the larger of those that are installed, or none), or a folder.
    Raises WeightsError where one that is named cannot be used.

    ``near``: what is not kept is made from this one, in a second, and not kept; raises NotKept where it is too far.
    Not ``learns``: it is made of what is kept alone; raises NotKept where that is not all.
    """

    def learn(phrases: _Parsed, topics: Sequence[int], count: int) -> LinearModel:
        key = _key(phrases, topics)
        path = cache_dir / f"{key}.npz"
        kept = _read(path, count)
        if kept is not None:
            return kept.model
        if near is not None:
            return near.linear(phrases, topics, knowledge)
        if not learns:
            raise NotKept
        tell(f"First start with this knowledge: learning {len(phrases)} phrases, this takes some seconds once.")
        fit = linear.fit_whole(phrases, topics, count)
        names = np.frombuffer("\n".join(fit.model.index).encode(), np.uint8)
        learned = {"rarity": fit.model.rarity, "weights": fit.model.weights, "coefficients": fit.coefficients, "raw": fit.raw}
        keep_learned(path, tell, names=names, **learned)
        return fit.model

    matcher = Matcher.from_knowledge(knowledge, learn, _acts(knowledge, cache_dir, tell, near, learns))
    small, large = knowledge.calibration_with_meaning, knowledge.calibration_with_large
    messages = (knowledge.ours, knowledge.strangers)
    nearby = (near, knowledge) if near else None
    return understanding(matcher, small, cache_dir, tell, model, large, messages, nearby, learns=learns)


def unlearned_matcher(knowledge: Knowledge) -> Matcher:
    """One that has not learned yet: it knows the words of ``knowledge``, and what it ranks means nothing."""

    def nothing(_: object, __: object, topics: int) -> LinearModel:
        return LinearModel({}, np.zeros(0, np.float32), np.zeros((0, topics), np.float32))

    return Matcher.from_knowledge(knowledge, nothing)


def _ids(knowledge: Knowledge) -> list[str]:
    """The topics in the order of a matcher."""
    return [topic.id for topic in knowledge.topics]


def _acts(
    knowledge: Knowledge, cache_dir: Path, tell: Callable[[str], None], near: Nearby | None, learns: bool
) -> ActReader | None:
    """None where the folder has no messages on other subjects: then nothing could be told from them."""
    if not knowledge.strangers:
        return None
    examples, ids = acts.examples_of(knowledge), [talk.id for talk in knowledge.smalltalk]
    count = len(ids) + 2
    digest = hashlib.sha256(_ACTS_FORM.encode())
    for text, of in examples:
        digest.update(f"{of}\t{text}\n".encode("utf-8", "replace"))
    path = cache_dir / f"acts-{digest.hexdigest()[:32]}.npz"
    for kept in kept_arrays(path):
        if kept.keys() == {"rarity", "weights", "bias"}:
            model = WordModel(kept["rarity"], kept["weights"], kept["bias"])
            if model.is_of(count):
                return ActReader(ids, model)
    if near is not None:
        return ActReader(ids, near.acts(examples, ids, count))
    if not learns:
        raise NotKept
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
    near: tuple[Nearby, Knowledge] | None = None,
    *,
    learns: bool = True,
) -> Matcher:
    """``matcher`` with the sentence model in its sum (see ``open_matcher``); as it is where "auto" finds none.

    ``calibration`` holds where the sentence model was asked; ``with_large`` in its place where that is the large one.
    ``messages``: some on our subject, and some on others. ``near``: as ``open_matcher`` says, and the knowledge that is wanted;
    ``learns`` as there.
    """
    if model == "off":
        return matcher
    try:
        found = weights.find(model)
        chosen = with_large if with_large is not None and found.large else calibration
        return matcher.understanding(_meaning(matcher, found, cache_dir, tell, messages, near, learns), chosen)
    except WeightsError as error:
        if model != "auto":  # somebody wants this one, and would not hear that it is missing
            raise
        tell(f"Going without the sentence model: {error}")
        return matcher


def _meaning(
    matcher: Matcher,
    found: Weights,
    cache_dir: Path,
    tell: Callable[[str], None],
    messages: tuple[Sequence[str], Sequence[str]],
    near: tuple[Nearby, Knowledge] | None,
    learns: bool,
) -> SentenceScorer:
    encoder = near[0].encoder(found) if near is not None else weights.encoder(found)
    ours, strangers = messages
    knows = encoder.vocabulary.__contains__
    texts = [matcher.language.respelt(text, knows) for text in (*matcher.phrases, *ours, *strangers)]
    digest = hashlib.sha256(f"{_MEANING_FORM} {found.sha256}".encode())
    classes = [*matcher.topic_numbers, *[-1] * len(ours), *[-2] * len(strangers)]
    for text, number in zip(texts, classes, strict=True):
        digest.update(f"{number}\t{text}\n".encode("utf-8", "replace"))
    path = cache_dir / f"meaning-{digest.hexdigest()[:32]}.npz"
    count = matcher.topic_numbers[-1] + 1
    shape = (encoder.dimensions + 1, count)
    fitting = (one for one in kept_arrays(path) if one.keys() == {"weights", "scale", "ours"} and one["weights"].shape == shape)
    kept = next(fitting, None)
    if near is not None and kept is None:
        near[0].check(near[1], found.sha256)
    if kept is None and near is None and not learns:
        raise NotKept
    every = phrase_vectors(texts, encoder, cache_dir / f"{_VECTORS_FORM}-{found.sha256[:16]}.npz", tell, learns=learns)
    vectors, letters, others = np.split(every, [len(matcher.phrases), len(matcher.phrases) + len(ours)])
    if kept is not None:
        return SentenceScorer(encoder, SentenceModel(vectors, kept["weights"], float(kept["scale"]), kept["ours"]), found.sha256)
    if near is not None:
        return SentenceScorer(encoder, near[0].meaning(matcher, near[1], (vectors, letters, others)), found.sha256)
    told = semantic.learn_ours(vectors, matcher.is_outside, letters, others)
    model = semantic.learn(vectors, matcher.topic_numbers, count, told)
    keep_learned(path, tell, weights=model.weights, scale=np.float64(model.scale), ours=told)
    return SentenceScorer(encoder, model, found.sha256)


def _key(phrases: Sequence[tuple[Sequence[str], Sequence[str]]], topics: Sequence[int]) -> str:
    digest = hashlib.sha256(f"{_FORM} {linear.ROUNDS} {linear.LOSS_WEIGHT}".encode())
    for (stems, standard), topic in zip(phrases, topics, strict=True):
        digest.update(f"{topic}\t{' '.join(stems)}\t{' '.join(standard)}\n".encode())
    return digest.hexdigest()[:32]


def _read(path: Path, topics: int) -> LinearFit | None:
    """The fit that is kept as ``path``; None where there is none, or what is kept is no model for so many ``topics``."""
    return next((fit for kept in kept_arrays(path) if (fit := _fit(kept, topics)) is not None), None)


def _fit(kept: dict[str, Any], topics: int) -> LinearFit | None:
    if kept.keys() != {"names", "rarity", "weights", "coefficients", "raw"}:
        return None
    try:
        names = kept["names"].tobytes().decode().split("\n")
        model = LinearModel({name: row for row, name in enumerate(names)}, kept["rarity"], kept["weights"])
        fit = LinearFit(model, kept["coefficients"], kept["raw"])
    except (ValueError, TypeError):
        return None
    shapes = (model.rarity.shape, model.weights.shape, fit.coefficients.shape)
    return fit if shapes == ((len(names),), (len(names), topics), fit.raw.shape) else None
