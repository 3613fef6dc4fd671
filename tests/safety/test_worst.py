"""The work for a message is bounded by its length, whatever is in it: looked for by climbing, counted and not timed."""

from __future__ import annotations

import math
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import pytest

from bot.language.learning import classifier
from bot.language.learning.ngrams import Ngrams
from bot.language.text import normalise
from bot.safety.detector import DangerDetector
from bot.safety.plain import _Automaton
from tests.safety.test_plain import PLAIN
from tests.worst import Row, climb, pieces_of

LENGTH = 600
# What a text may cost for each of its characters, as normalised. Both follow from how it is read: each word begins a walk
# of at most the longest pattern; each run stands in two windows and in the whole. Set to a third above the worst that was found.
STEPS, RUNS = 3, 18


_ENDLESS = 5.0  # seconds of processor time for some hundred characters, which take a millisecond


class _TooLong(Exception):
    pass


@dataclass(slots=True)
class Work:
    """Counts what the detector does with one text."""

    detector: DangerDetector
    patch: pytest.MonkeyPatch
    done: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        step, within = _Automaton._step, Ngrams.within

        def counted_step(automaton: Any, *args: Any) -> Any:
            self.done["steps"] += 1
            return step(automaton, *args)

        def counted_within(runs: Ngrams, first: int, after: int) -> Any:
            self.done["windows"] += 1
            self.done["runs"] += int(runs.starts[after] - runs.starts[first])
            return within(runs, first, after)

        self.patch.setattr(_Automaton, "_step", counted_step)
        self.patch.setattr(Ngrams, "within", counted_within)

    def of(self, text: str) -> dict[str, float]:
        """By character, steps and runs; the windows in all. Infinite where it does not come to an end."""
        self.done.clear()
        signal.setitimer(signal.ITIMER_VIRTUAL, _ENDLESS)
        try:
            self.detector.detect(text)
        except _TooLong:
            return dict.fromkeys(("steps", "runs", "windows"), math.inf)
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        length = max(len(normalise(text)), LENGTH / 2)  # of blanks little is left
        return {"steps": self.done["steps"] / length, "runs": self.done["runs"] / length, "windows": self.done["windows"]}


def _stop(number: int, frame: FrameType | None) -> None:
    raise _TooLong


@pytest.fixture
def work(detector: DangerDetector, monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    before = signal.signal(signal.SIGVTALRM, _stop)
    yield Work(detector, monkeypatch)
    signal.signal(signal.SIGVTALRM, before)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(("what", "most"), [("steps", STEPS), ("runs", RUNS)])
def test_no_text_that_is_found_costs_more_than_so_much_a_character(work: Work, what: str, most: float, seed: int) -> None:
    row, found = climb(lambda row: work.of(row.text(LENGTH))[what], pieces_of(PLAIN), 250, seed)
    assert found > most / 3, "the search finds what costs"
    assert found <= most, f"{row}: {found:.1f}"


@pytest.mark.parametrize("row", [Row(("a ",)), Row(("i want to ",)), Row(("i really so very want ",)), Row(("am not ", "i "))])
def test_a_text_of_ten_times_the_length_costs_ten_times_as_much(work: Work, row: Row) -> None:
    short, long = (work.of(row.text(length)) for length in (6_000, 60_000))
    assert long["steps"] <= 1.1 * short["steps"] + 0.01
    assert long["runs"] <= 1.1 * short["runs"]
    assert long["windows"] <= classifier._MOST * 1.1 + 3


@pytest.mark.timeout(10)  # what is not linear takes minutes, or for ever; the others take a second
@pytest.mark.parametrize(
    ("row", "length"),
    [
        pytest.param(Row(("_",), "ab"), 120, id="underscores"),
        pytest.param(Row((".",), "x"), 200_000, id="dots"),
        pytest.param(Row((".!",), "x"), 200_000, id="dots-and-marks"),
        pytest.param(Row(("a_",), "bc"), 200_000, id="letters-between-underscores"),
        pytest.param(Row(("a.",), "bc"), 200_000, id="letters-between-dots"),
        pytest.param(Row(("a. ",), "bc"), 200_000, id="letters-between-dots-and-blanks"),
        pytest.param(Row(("k1",), "é"), 200_000, id="letters-and-digits"),
        pytest.param(Row(("$*!",), "k"), 200_000, id="signs-before-a-letter"),
        pytest.param(Row(("a",), "b"), 200_000, id="one-letter"),
        pytest.param(Row(("a'",), ""), 200_000, id="apostrophes"),
        pytest.param(Row(("\n",), "x"), 200_000, id="lines"),
        pytest.param(Row(("2011. ",), ""), 200_000, id="years-in-sentences"),
        pytest.param(Row(("\ufdfa",), ""), 60_000, id="a-letter-of-eighteen"),
        pytest.param(Row(("আর বাঁচতে চাই ",), ""), 200_000, id="another-script"),
        pytest.param(Row(("死",), "にたい"), 200_000, id="another-script-without-blanks"),
    ],
)
def test_no_expression_reads_a_text_again_and_again(detector: DangerDetector, row: Row, length: int) -> None:
    assert detector.detect(row.text(length)).level in {"alarm", "check", "despair", "care", "today", "calm"}
