from __future__ import annotations

from dataclasses import replace

from bot.delivery.gaps import GapGroup
from bot.delivery.gaps.digest import digest

ONE = GapGroup(
    "g1", "aurora", 5, 4, ("does frost harm?", "frost"), (("unanswered", 5),), "storage", "Can I freeze it?", "…", 1, 2
)
MISSED = replace(ONE, id="g2", count=2, texts=("the roof",), reasons=(("missed", 2),))


def test_where_there_is_nothing_nothing_is_told() -> None:
    assert digest(()) is None


def test_missed_danger_comes_first_and_its_words_stay_out_of_the_chat() -> None:
    first, count, line, last = (digest((MISSED, ONE)) or "").splitlines()
    assert first == "Danger that was not heard, as staff reported: 2. Look at these first."
    assert count == "What patients asked and the bot could not help with: 1 kinds of questions."
    assert line == "• 4 people: does frost harm? (nearest: Can I freeze it?)"
    assert last.startswith("infusion-bot gaps")
    assert "roof" not in (digest((MISSED,)) or "")


def test_it_is_short_however_much_there_is() -> None:
    text = digest([replace(ONE, id=f"g{n}", texts=("frost " * 60,)) for n in range(30)]) or ""
    assert "and 22 more" in text
    assert len(text) < 1500
