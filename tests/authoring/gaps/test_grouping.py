from __future__ import annotations

import numpy as np
import pytest

from bot.authoring.gaps.grouping import group, vectors_of
from bot.dialogue.policy import Dialogue

ALIKE = ("how long does a loaf stay in the oven", "how long in the oven for a loaf", "oven how long for loaf")
OTHERS = ("may I freeze the starter", "what do eagles eat for lunch on mondays")


def test_what_is_alike_is_one_group_and_the_most_typical_stands_first(dialogue: Dialogue) -> None:
    texts = [ALIKE[0], OTHERS[0], ALIKE[1], OTHERS[1], ALIKE[2]]
    found = group(texts, dialogue.matcher)
    assert [sorted(one) for one in found] == [[0, 2, 4], [1], [3]]
    assert group(texts, dialogue.matcher) == found, "each time the same"


def test_what_comes_later_moves_nothing(dialogue: Dialogue) -> None:
    before = group(ALIKE[:2], dialogue.matcher)
    after = group([*ALIKE[:2], *OTHERS], dialogue.matcher)
    assert [sorted(one) for one in after][:1] == [sorted(one) for one in before]


@pytest.mark.parametrize("texts", [(), ("",), ("??", "!!")])
def test_what_has_no_word_is_read_all_the_same(dialogue: Dialogue, texts: tuple[str, ...]) -> None:
    assert sorted(at for one in group(texts, dialogue.matcher) for at in one) == list(range(len(texts)))


def test_vectors_have_length_one(dialogue: Dialogue) -> None:
    assert np.allclose(np.linalg.norm(vectors_of(ALIKE, dialogue.matcher), axis=1), 1)
