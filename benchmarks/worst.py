"""``make bench``: the text that takes longest, as far as a search by climbing finds it, beside plain English.

For the detector and for a whole answer (by the words alone), in milliseconds of processor time at the length of a chat message
and of the longest request; fails never. Wanted of the detector: under 10 and 50.
"""

from __future__ import annotations

import argparse
import os
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from types import FrameType

from bot.app.detector import open_detector
from bot.app.paths import cache_folder, knowledge_folder
from bot.dialogue.conversation import Conversation
from bot.dialogue.events import Said
from bot.dialogue.policy import Dialogue
from bot.knowledge.load import load
from bot.matching.training import open_matcher
from tests.worst import Row, climb, pieces_of, pieces_of_questions

Reading = Callable[[str], object]

_LENGTHS = (4_096, 60_000)
_SEARCHED = 1_024  # characters of a text while it is searched
_LIMIT = 20.0  # seconds, after which a text counts as endless
_NUMBERS = count()
_PLAIN = Row(("How long does an infusion take, and when may I drive home again? ",))


class _TooLong(Exception):
    pass


def _stop(number: int, frame: FrameType | None) -> None:
    raise _TooLong


def _taken(read: Reading, text: str, limit: float) -> float:
    """Milliseconds of processor time, the best of three; infinite after ``limit`` seconds."""
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        return min(_once(read, text) for _ in range(3))
    except _TooLong:
        return float("inf")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _once(read: Reading, text: str) -> float:
    text = f"{text} {next(_NUMBERS)}"  # no text twice: outcomes are kept
    start = time.process_time()
    read(text)
    return (time.process_time() - start) * 1000


def _line(read: Reading, name: str, row: Row) -> None:
    taken = "   ".join(f"{length:6} characters {_taken(read, row.text(length), _LIMIT):9.1f} ms" for length in _LENGTHS)
    print(f"  {name:34} {taken}", flush=True)


def _search(what: str, read: Reading, pieces: list[str], rounds: int, seeds: int) -> None:
    read("warm")
    print(f"what {what} takes for a text, one thread")
    _line(read, "plain English", _PLAIN)
    for seed in range(seeds):
        row, _ = climb(lambda row: _taken(read, row.text(_SEARCHED), 1.0), pieces, rounds, seed)
        _line(read, f"the worst found, search {seed + 1}", row)
        print(f"    {''.join(row.pieces)!r} again and again{f', then {row.end!r}' if row.end else ''}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1_500)
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    signal.signal(signal.SIGALRM, _stop)
    knowledge, cache = load(knowledge_folder()), cache_folder(os.environ)
    detector = open_detector(knowledge, cache, print)
    dialogue = Dialogue(knowledge, open_matcher(knowledge, cache, print), detector)
    dialogue.warm()
    now = datetime.now(UTC)
    _search("the detector", detector.detect, pieces_of(knowledge.plain), args.rounds, args.seeds)
    answer = lambda text: dialogue.turn(Said(text), Conversation(), now)  # noqa: E731
    _search("an answer", answer, pieces_of_questions(knowledge), args.rounds // 5, args.seeds)


if __name__ == "__main__":
    main()
