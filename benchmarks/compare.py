"""``make compare``: every scorer alone and the sums, beside plain rapidfuzz, with and without keyboard slips, in one run.

Prints Markdown, and writes it to docs/comparison.md. Question sets that do not lie beside the checkout are left out.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process, utils

from bot.app import config
from bot.app.commands.labelled import read_questions
from bot.authoring.calibrate import good
from bot.authoring.held_out import evidence, matcher_of
from bot.authoring.score import LabelledQuestion, auroc
from bot.knowledge.load import load
from bot.knowledge.model import Knowledge
from bot.matching.matcher import Matcher
from bot.matching.training import open_matcher, understanding
from tests.places import QUESTIONS, ROOT, SHARED

Floats = NDArray[np.float32]
_OWN = QUESTIONS / "own.jsonl"
_DEVELOPMENT = SHARED / "questions" / "dev.jsonl"
_CLINC = SHARED / "public" / "clinc150"
_WRITTEN = ROOT / "docs" / "comparison.md"
SEEDS = 5
_AT_ONCE = 256
_RAPIDFUZZ = {"WRatio": fuzz.WRatio, "token_set_ratio": fuzz.token_set_ratio}
# The name of a row, and where its figures come from: a scorer of rapidfuzz, or a key of Matcher.scores.
_ROWS = (
    ("rapidfuzz WRatio, nearest phrase", "WRatio"),
    ("rapidfuzz token_set_ratio, nearest phrase", "token_set_ratio"),
    ("`linear` alone", "linear"),
    ("`aligned` alone", "aligned"),
    ("the words: `linear` + `aligned`", "words"),
    ("`meant` alone", "meant"),
    ("`alike` alone", "alike"),
    ("**all: the words + `meant` + `alike`**", "all"),
)
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = {
    key: "".join(
        other
        for r, line in enumerate(_KEYS)
        for c, other in enumerate(line)
        if other != key and abs(r - row) <= 1 and abs((c + r / 2) - (column + row / 2)) <= 1
    )
    for row, keys in enumerate(_KEYS)
    for column, key in enumerate(keys)
}


def slipped(text: str, chance: random.Random) -> str:
    """``text`` with one or two slips of the keyboard, each in another word of four letters or more.

    A neighbouring key, two letters swapped, one doubled, one left out. As it is where no word is long enough.
    """
    words = text.split(" ")
    places = [i for i, word in enumerate(words) if sum(letter.isalpha() for letter in word) >= 4]
    for i in chance.sample(places, min(len(places), chance.choice((1, 2)))):
        words[i] = _slip(words[i], chance)
    return " ".join(words)


def _slip(word: str, chance: random.Random) -> str:
    at = chance.choice([i for i, letter in enumerate(word) if letter.lower() in _NEIGHBOURS] or [0])
    letter, kind = word[at], chance.choice(("neighbour", "swapped", "doubled", "left out"))
    if kind == "neighbour" and letter.lower() in _NEIGHBOURS:
        return word[:at] + chance.choice(_NEIGHBOURS[letter.lower()]) + word[at + 1 :]
    if kind == "swapped":
        at = min(at, len(word) - 2)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + letter + word[at:] if kind == "doubled" else word[:at] + word[at + 1 :]


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions, the matcher that is asked, and which of its topics are right for each question (questions x topics)."""

    name: str
    told: str
    questions: Sequence[LabelledQuestion]
    matcher: Matcher
    right: NDArray[np.bool_]
    outside: bool = False  # whether to tell questions that are out of scope from the others
    whole: bool = True  # whether every seed slips all questions, or each a share of them


def main() -> None:
    settings = config.read_settings({})
    knowledge = load(settings.knowledge, settings.clinic)
    matcher = open_matcher(knowledge, settings.cache_dir, _say, settings.model)
    sets = [_of_folder(_OWN, "the questions in this repository", knowledge, matcher)]
    if _DEVELOPMENT.is_file():
        sets.append(_of_folder(_DEVELOPMENT, "real questions and questions as people type them", knowledge, matcher))
    if (_CLINC / "test.jsonl").is_file():
        sets.append(_of_clinc(knowledge, settings))
    text = "\n".join(line for part in (_head(matcher), *(_table(one) for one in sets)) for line in part) + "\n"
    print(text)
    _WRITTEN.parent.mkdir(exist_ok=True)
    _WRITTEN.write_text(text, "utf-8")


def _head(matcher: Matcher) -> list[str]:
    model = matcher.always_understanding() is not None
    return [
        "# The scorers, alone and together",
        "",
        "Written by `make compare`: every figure below comes from one run of it.",
        "",
        "- **top-1, top-3**: the share of the answerable questions for which the topic that answers is the first, or among the",
        "  first three, of all topics. Nothing is decided here: no thresholds, no asking back. A topic answers when it tells the",
        "  claim that the question is labelled with, or another that is as good.",
        f"- **slips**: the same questions with one or two slips of the keyboard each, mean of {SEEDS} seeds.",
        "- **rapidfuzz**: the topic of the nearest phrase, in small letters and without punctuation.",
        "- `linear`, `aligned`, `meant` and `alike` are the parts that `--explain` shows; the last two are the sentence model's.",
        "",
        "The phrases of the knowledge folder were written with the development questions at hand, but for CLINC150 nothing was",
        "chosen on the questions that are asked here.",
        *([] if model else ["", "The sentence model was not installed in this run: its rows are missing."]),
        "",
    ]


def _of_folder(path: Path, told: str, knowledge: Knowledge, matcher: Matcher) -> QuestionSet:
    questions = [question for question in read_questions(path) if question.kind == "answerable"]
    right = [[good(question, topic.id, knowledge) for topic in knowledge.topics] for question in questions]
    about = f"{told}; {len(questions)} answerable ones, {len(knowledge.topics)} topics, {len(matcher.phrases)} phrases"
    return QuestionSet(path.name, about, questions, matcher, np.asarray(right))


def _of_clinc(knowledge: Knowledge, settings: config.Settings) -> QuestionSet:
    phrases = [(one.q, one.label) for one in read_questions(_CLINC / "train-10.jsonl")]
    matcher = understanding(
        matcher_of(phrases, knowledge.lexicon, knowledge.calibration),
        knowledge.calibration,
        settings.cache_dir,
        _say,
        settings.model,
    )
    questions = read_questions(_CLINC / "test.jsonl")
    labels = list(dict.fromkeys(label for _, label in phrases))
    right = np.asarray([[question.label == label for label in labels] for question in questions])
    inside = sum(question.kind == "answerable" for question in questions)
    told = (
        "ten phrases for each of 150 intents, none of them about ketamine (Larson et al. 2019, CC BY 3.0); test split, "
        f"{inside} questions in scope and {len(questions) - inside} out of scope, which AUROC tells apart; "
        f"here each of the {SEEDS} seeds slips a fifth of the questions"
    )
    return QuestionSet("CLINC150", told, questions, matcher, right, outside=True, whole=False)


def _table(one: QuestionSet) -> list[str]:
    """The lines of the table of a question set."""
    _say(f"{one.name}: asking")
    clean = _Asked.of(one, [question.q for question in one.questions], range(len(one.questions)))
    dirty = [
        _Asked.of(one, [slipped(one.questions[i].q, chance) for i in some], some)
        for seed in range(SEEDS)
        for chance in (random.Random(seed),)
        for some in (range(len(one.questions)) if one.whole else range(seed, len(one.questions), SEEDS),)
    ]
    heads = ["", "top-1", "top-3", "top-1, slips", "top-3, slips", *(["AUROC", "AUROC, slips"] if one.outside else [])]
    lines = [
        f"## {one.name}",
        "",
        f"{one.told[0].upper()}{one.told[1:]}.",
        "",
        f"| {' | '.join(heads)} |",
        "|---" * len(heads) + "|",
    ]
    for name, key in _ROWS:
        if key not in clean.places:
            continue
        figures = [f"{value:.1%}" for value in (*clean.tops(key), *np.mean([asked.tops(key) for asked in dirty], axis=0))]
        if one.outside:
            known = [value for asked in (clean, *dirty) if (value := asked.told_apart(key)) is not None]
            figures += [f"{known[0]:.3f}", f"{np.mean(known[1:]):.3f}"] if known else ["", ""]
        lines.append(f"| {name} | {' | '.join(figures)} |")
    return [*lines, ""]


@dataclass(frozen=True, slots=True)
class _Asked:
    """Questions that were asked: the place of the best right topic by each row's key, and the evidence of the sums."""

    inside: NDArray[np.bool_]
    places: Mapping[str, NDArray[np.int_]]
    evidence: Mapping[str, Sequence[float]]

    @staticmethod
    def of(one: QuestionSet, texts: Sequence[str], numbers: Sequence[int]) -> _Asked:
        """``texts`` are asked in place of the questions with these ``numbers``."""
        right = one.right[np.asarray(numbers)]
        starts = np.searchsorted(one.matcher.topic_numbers, np.arange(right.shape[1]))
        places: dict[str, list[int]] = {}
        told: dict[str, list[float]] = {}
        for key, scorer in _RAPIDFUZZ.items():
            alike = process.cdist(
                texts, one.matcher.phrases, scorer=scorer, processor=utils.default_process, workers=-1, dtype=np.float32
            )
            places[key] = [_place(row, r) for row, r in zip(np.maximum.reduceat(alike, starts, axis=1), right, strict=True)]
        model = one.matcher.always_understanding()
        keys = [key for _, key in _ROWS if key not in _RAPIDFUZZ and (model or key not in {"meant", "alike", "all"})]
        for i, text in enumerate(_ahead(texts, one.matcher)):
            scores = one.matcher.scores(text)
            for key in keys:
                # What has no word has no order.
                places.setdefault(key, []).append(_place(scores[key], right[i]) if scores else right.shape[1])
            if one.outside:
                for key, matcher in (("words", one.matcher.by_words()), ("all", model)):
                    ranking = matcher.rank(text) if matcher else None
                    told.setdefault(key, []).append(evidence(ranking) if ranking else float("-inf"))
        inside = np.asarray([one.questions[number].kind == "answerable" for number in numbers])
        return _Asked(inside, {key: np.asarray(found) for key, found in places.items()}, told)

    def tops(self, key: str) -> tuple[float, float]:
        """The shares of the questions in scope whose right topic is first, and among the first three."""
        places = self.places[key][self.inside]
        return float((places < 1).mean()), float((places < 3).mean())

    def told_apart(self, key: str) -> float | None:
        """The area under the curve that tells what is out of scope; None where the row has no evidence."""
        if key not in self.evidence:
            return None
        pairs = list(zip(self.evidence[key], self.inside, strict=True))
        return auroc([value for value, inside in pairs if inside], [value for value, inside in pairs if not inside])


def _place(scores: Floats, right: NDArray[np.bool_]) -> int:
    """How many topics stand before the best right one, ties in file order; all of them where none is right."""
    found = np.flatnonzero(right[np.argsort(-scores, kind="stable")])
    return int(found[0]) if len(found) else len(right)


def _ahead(texts: Sequence[str], matcher: Matcher) -> Iterator[str]:
    for start in range(0, len(texts), _AT_ONCE):
        some = texts[start : start + _AT_ONCE]
        matcher.read_ahead(some)
        yield from some


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
