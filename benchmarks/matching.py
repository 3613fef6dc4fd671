"""``make bench``: how quick, how large, beside plain rapidfuzz in the same run. Ratios count: machines are noisy.

Prints what it measured; fails never. Nothing is cached: every question is asked once, in a matcher that has not seen it.
"""

from __future__ import annotations

import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from rapidfuzz import fuzz, process

from bot.app.detector import open_detector
from bot.app.paths import cache_folder, knowledge_folder
from bot.dialogue.conversation import Conversation
from bot.dialogue.events import Said
from bot.dialogue.policy import Dialogue
from bot.knowledge.load import load
from bot.knowledge.model import Knowledge
from bot.matching.matcher import Candidate, Matcher
from bot.matching.training import open_matcher
from tests.places import QUESTIONS, SHARED

_OWN = QUESTIONS / "own.jsonl"
_REAL = SHARED / "questions" / "dev.jsonl"
_NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


def main() -> None:
    knowledge = load(knowledge_folder())
    questions = [json.loads(line)["q"] for line in _OWN.read_text("utf-8").splitlines()]
    print(f"{len(questions)} questions of tests/questions/own.jsonl, one thread, nothing cached; milliseconds\n")
    _first_starts()
    _shipped(knowledge, questions)
    _understanding(knowledge, questions)
    for count, topics in ((3_000, 150), (100_000, 400)):
        _invented(knowledge, questions, count, topics)
    print(f"\nlargest resident memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _timed(work: Callable[[str], object], questions: Sequence[str]) -> tuple[float, float]:
    """p50 and p99 in milliseconds of CPU time."""
    taken = []
    for question in questions:
        start = time.perf_counter()
        work(question)
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken), statistics.quantiles(taken, n=100)[98]


def _line(name: str, measured: tuple[float, float], against: float | None = None) -> None:
    ratio = f"   {measured[0] / against:6.2f} of WRatio" if against else ""
    print(f"  {name:42} p50 {measured[0]:8.2f}   p99 {measured[1]:8.2f}{ratio}")


def _plain(phrases: Sequence[str], questions: Sequence[str]) -> float:
    some = questions[: max(20, min(len(questions), 400_000 // len(phrases)))]
    whole = _timed(lambda q: process.extractOne(q, phrases, scorer=fuzz.WRatio), some)
    _line("rapidfuzz extractOne, WRatio", whole, whole[0])
    _line(
        "rapidfuzz extractOne, token_set_ratio",
        _timed(lambda q: process.extractOne(q, phrases, scorer=fuzz.token_set_ratio), some),
        whole[0],
    )
    return whole[0]


def _shipped(knowledge: Knowledge, questions: Sequence[str]) -> None:
    phrases = [phrase for topic in knowledge.topics for phrase in topic.phrases]
    start = time.perf_counter()
    matcher = Matcher.from_knowledge(knowledge)
    fitted = time.perf_counter() - start
    dialogue = Dialogue(knowledge, matcher)
    dialogue.warm()
    print(f"shipped knowledge: {len(phrases)} phrases of {len(knowledge.topics)} topics, fitted in {fitted:.1f} s")
    whole = _plain(phrases, questions)
    _line("matcher alone", _timed(matcher.rank, questions), whole)
    _line("whole reply (urgent step to text)", _timed(lambda q: dialogue.turn(Said(q), Conversation(), _NOW), questions), whole)


def _understanding(knowledge: Knowledge, questions: Sequence[str]) -> None:
    """With the sentence model: every question is new to it, and the phrase vectors are there already."""
    matcher = open_matcher(knowledge, cache_folder(os.environ), lambda line: print(f"  {line}"), "auto")
    if matcher.always_understanding() is None:
        return
    needed = sum("meant" in ranking.top.parts for question in questions if (ranking := matcher.rank(question)) is not None)
    fresh = open_matcher(knowledge, cache_folder(os.environ), lambda _: None, "auto")
    dialogue = Dialogue(knowledge, fresh, open_detector(knowledge, cache_folder(os.environ), lambda _: None))
    dialogue.warm()
    print(f"\nwith the sentence model: {needed} of {len(questions)} questions needed it ({needed / len(questions):.0%})")
    _line("whole reply (urgent step to text)", _timed(lambda q: dialogue.turn(Said(q), Conversation(), _NOW), questions))
    if _REAL.is_file():  # real questions, which are not part of the repository
        real = [json.loads(line)["q"] for line in _REAL.read_text("utf-8").splitlines()]
        _line("the same, on the development questions", _timed(lambda q: dialogue.turn(Said(q), Conversation(), _NOW), real))


def _invented(knowledge: Knowledge, questions: Sequence[str], count: int, topics: int) -> None:
    made = list(_sentences(knowledge, count))
    by_topic = [Candidate(f"topic-{n}", tuple(made[n::topics]), True) for n in range(topics)]
    start = time.perf_counter()
    matcher = Matcher(by_topic, knowledge.lexicon, knowledge.calibration)
    fitted = time.perf_counter() - start
    matcher.warm()
    print(f"\n{count} invented phrases of {topics} topics, fitted in {fitted:.1f} s")
    whole = _plain(made, questions)
    _line("matcher alone", _timed(matcher.rank, questions), whole)


def _sentences(knowledge: Knowledge, count: int) -> Iterator[str]:
    """Sentences that go from word to word as the shipped phrases do, with a made-up word in every other one."""
    chance = random.Random(7)
    following: dict[str, list[str]] = defaultdict(list)
    for topic in knowledge.topics:
        for phrase in topic.phrases:
            line = ["", *phrase.lower().split(), ""]
            for a, b in pairwise(line):
                following[a].append(b)
    for n in range(count):
        words: list[str] = []
        while len(words) < 14 and (word := chance.choice(following[words[-1] if words else ""])):
            words.append(word)
        if n % 2:
            words.append("".join(chance.choice("bdfgklmnprst") + chance.choice("aeiou") for _ in range(3)))
        yield " ".join(words)


def _first_starts() -> None:
    with tempfile.TemporaryDirectory() as cache:
        for name in ("first start (fits, keeps)", "second start"):
            start = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "bot", "ask", "How long does an infusion take?"],
                check=True,
                capture_output=True,
                env={"CACHE_DIR": cache, "MODEL": "off", "PATH": "/usr/bin:/bin", "OPENBLAS_NUM_THREADS": "1"},
            )
            print(f"  {name:42} {time.perf_counter() - start:6.2f} s to the answer of `ask`")
    print()


if __name__ == "__main__":
    main()
