"""The work for an answer is bounded by the length of the message, whatever is in it: looked for by climbing.

As a multiple of what plain English of the same length takes in the same run; ``make bench`` tells it in milliseconds.
"""

from __future__ import annotations

import itertools
import time
from datetime import UTC, datetime

import pytest

from bot.dialogue.conversation import Conversation
from bot.dialogue.events import Said
from bot.dialogue.policy import Dialogue
from bot.knowledge.model import Knowledge
from tests.worst import Row, climb, pieces_of_questions

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
LENGTH = 600
PLAIN = Row(("How long does an infusion take, and when may I drive home again? ",))
# The worst that was found with 1,500 rounds took 3 times as much as plain English.
MOST = 9


def _cost(dialogue: Dialogue, row: Row, length: int = LENGTH, numbers: itertools.count[int] = itertools.count()) -> float:  # noqa: B008
    """Seconds of processor time. Each text is another one, as outcomes are kept."""
    text = f"{row.text(length)} {next(numbers)}"
    start = time.process_time()
    dialogue.turn(Said(text), Conversation(), NOW)
    return time.process_time() - start


def _least(dialogue: Dialogue, row: Row, length: int = LENGTH) -> float:
    return min(_cost(dialogue, row, length) for _ in range(5))


@pytest.mark.parametrize("seed", [0, 1])
def test_no_text_that_is_found_takes_much_longer_than_plain_english(dialogue: Dialogue, knowledge: Knowledge, seed: int) -> None:
    dialogue.warm()
    row, _ = climb(lambda row: _cost(dialogue, row), pieces_of_questions(knowledge), 150, seed)
    plain, found = _least(dialogue, PLAIN), _least(dialogue, row)
    assert found <= MOST * plain, f"{row}: {found / plain:.1f} times plain English, {1000 * found / LENGTH:.4f} ms a character"


@pytest.mark.parametrize(
    "row", [PLAIN, Row(("howlongdoesaninfusiontakeandcanidrive ",)), Row(("qwzx plorf gnarl ",)), Row(("a ",))]
)
def test_a_text_of_ten_times_the_length_takes_at_most_ten_times_as_long(dialogue: Dialogue, row: Row) -> None:
    short, long = (_least(dialogue, row, length) for length in (1_000, 10_000))
    assert long <= 20 * short  # half of that as a rule; the machine may be busy
