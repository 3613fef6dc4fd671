"""``make bench``: the text that takes the detector longest, as far as a search by climbing finds it, beside plain English.

Prints milliseconds of processor time at the length of a chat message and of the longest request; fails never.
Wanted: under 10 and 50.
"""

from __future__ import annotations

import argparse
import os
import signal
import time
from types import FrameType

from bot.app.detector import open_detector
from bot.app.paths import cache_folder, knowledge_folder
from bot.knowledge.load import load
from bot.safety.detector import DangerDetector
from tests.worst import Row, climb, pieces_of

_LENGTHS = (4_096, 60_000)
_SEARCHED = 1_024  # characters of a text while it is searched
_LIMIT = 20.0  # seconds, after which a text counts as endless
_PLAIN = Row(("How long does an infusion take, and when may I drive home again? ",))


class _TooLong(Exception):
    pass


def _stop(number: int, frame: FrameType | None) -> None:
    raise _TooLong


def _taken(detector: DangerDetector, text: str, limit: float) -> float:
    """Milliseconds of processor time, the best of three; infinite after ``limit`` seconds."""
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        return min(_once(detector, text) for _ in range(3))
    except _TooLong:
        return float("inf")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _once(detector: DangerDetector, text: str) -> float:
    start = time.process_time()
    detector.detect(text)
    return (time.process_time() - start) * 1000


def _line(detector: DangerDetector, name: str, row: Row) -> None:
    taken = "   ".join(f"{length:6} characters {_taken(detector, row.text(length), _LIMIT):9.1f} ms" for length in _LENGTHS)
    print(f"  {name:34} {taken}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1_500)
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    signal.signal(signal.SIGALRM, _stop)
    knowledge = load(knowledge_folder())
    detector = open_detector(knowledge, cache_folder(os.environ), print)
    pieces = pieces_of(knowledge.plain)
    detector.detect("warm")
    print("what the detector takes for a text, one thread")
    _line(detector, "plain English", _PLAIN)
    for seed in range(args.seeds):
        row, _ = climb(lambda row: _taken(detector, row.text(_SEARCHED), 1.0), pieces, args.rounds, seed)
        _line(detector, f"the worst found, search {seed + 1}", row)
        print(f"    {''.join(row.pieces)!r} again and again{f', then {row.end!r}' if row.end else ''}")


if __name__ == "__main__":
    main()
