"""Words of a question against the words of phrases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import JaroWinkler

from bot.matching.align import Aligner

PHRASES = ["how long drive", "how much cost", "infusion hurt", "after infusion sleep"]
WORDS = sorted({word for phrase in PHRASES for word in phrase.split()})


@pytest.fixture(scope="module")
def aligner() -> Aligner:
    return Aligner([phrase.split() for phrase in PHRASES], range(len(PHRASES)), len(PHRASES))


def test_the_same_words_cover_one_another_wholly(aligner: Aligner) -> None:
    for number, phrase in enumerate(PHRASES):
        found = aligner.align(phrase.split())
        assert found.forward[number] == pytest.approx(1, abs=1e-5)
        assert found.f1[number] == pytest.approx(1, abs=1e-5)
        assert int(np.argmax(found.f1)) == number


def test_a_phrase_without_a_common_word_covers_nothing(aligner: Aligner) -> None:
    found = aligner.align(["infusion", "hurt"])
    assert found.forward[1] == found.f1[1] == 0


@given(
    st.lists(st.sampled_from([*WORDS, "qqqqq", "infusoin"]), unique=True, max_size=6).flatmap(
        lambda words: st.tuples(st.just(words), st.permutations(words))
    )
)
def test_the_order_of_words_makes_no_difference(both: tuple[list[str], list[str]]) -> None:
    aligner = Aligner([phrase.split() for phrase in PHRASES], range(len(PHRASES)), len(PHRASES))
    one, other = (aligner.align(words) for words in both)
    np.testing.assert_allclose(one.forward, other.forward, atol=1e-5)
    np.testing.assert_allclose(one.f1, other.f1, atol=1e-5)


def test_a_word_said_twice_counts_once(aligner: Aligner) -> None:
    np.testing.assert_array_equal(aligner.align(["drive", "drive", "cost"]).f1, aligner.align(["drive", "cost"]).f1)


@given(st.lists(st.text(st.sampled_from("abdehinorstuv0129"), min_size=1, max_size=9), max_size=8))
def test_all_figures_are_shares(words: list[str]) -> None:
    found = Aligner([phrase.split() for phrase in PHRASES], range(len(PHRASES)), len(PHRASES)).align(words)
    for figures in (found.forward, found.f1):
        assert figures.shape == (len(PHRASES),)
        assert float(figures.min()) >= 0
        assert float(figures.max()) <= 1 + 1e-5


def _plainly(phrases: list[list[str]], words: list[str]) -> tuple[list[float], list[float]]:
    """What is covered of ``words`` and of each phrase, reckoned word by word as the words of the module say."""
    aligner = Aligner(phrases, range(len(phrases)), len(phrases))
    said = list(dict.fromkeys(words))

    def worth(one: str, other: str) -> float:
        alike = float(JaroWinkler.normalized_similarity(one, other))
        return alike**3 if alike >= 0.85 and (one.isalpha() or one == other) else 0.0

    def share(of: list[str], by: list[str], turned: bool) -> float:
        covered = sum(aligner.weight(a) * max((worth(*((b, a) if turned else (a, b))) for b in by), default=0.0) for a in of)
        return covered / (sum(aligner.weight(a) for a in of) or 1.0)

    return (
        [share(said, phrase, False) for phrase in phrases],
        [share(list(dict.fromkeys(phrase)), said, True) for phrase in phrases],
    )


# Words that are alike in twos and threes, so that several of the utterance stand for one of a phrase and the other way round.
_ALIKE = st.lists(st.sampled_from("infusion infusoin infusions drive drvie driver cost costs 2024 zzz".split()), max_size=5)


@given(st.lists(_ALIKE, min_size=1, max_size=5), _ALIKE)
def test_it_is_what_reckoning_word_by_word_gives(phrases: list[list[str]], words: list[str]) -> None:
    found = Aligner(phrases, range(len(phrases)), len(phrases)).align(words)
    forward, backward = (np.asarray(one) for one in _plainly(phrases, words))
    np.testing.assert_allclose(found.forward, forward, atol=1e-5)
    np.testing.assert_allclose(found.f1, 2 * forward * backward / (forward + backward + 1e-6), atol=1e-5)


def test_a_misspelt_word_still_aligns_but_less(aligner: Aligner) -> None:
    right, slip, other = (float(aligner.align([word, "hurt"]).f1[2]) for word in ("infusion", "infusoin", "banana"))
    assert other < slip < right
    assert slip > 0.9 * right


def test_numbers_align_exactly_or_not_at_all() -> None:
    aligner = Aligner([["2024", "visit"], ["2025", "visit"]], [0, 1], 2)
    assert aligner.align(["2025"]).f1[0] == 0
    assert aligner.align(["2025"]).f1[1] > 0


def test_unknown_words_count_against_what_is_covered(aligner: Aligner) -> None:
    alone, more, most = (float(aligner.align(["cost", *strange]).forward[1]) for strange in ([], ["zzzzz"], ["zzzzz", "qqqqq"]))
    assert alone == pytest.approx(1, abs=1e-5)
    assert alone > more > most > 0


def test_a_word_that_no_topic_uses_weighs_the_most() -> None:
    aligner = Aligner([["common", "rare"], ["common"], ["common", "second"], ["second"]], [0, 1, 2, 3], 4)
    assert aligner.weight("zzzzz") > aligner.weight("rare") > aligner.weight("second") > aligner.weight("common") > 0
    assert not aligner.knows("zzzzz")
    assert aligner.knows("rare")


def test_a_topic_with_forty_phrases_does_not_make_its_words_common() -> None:
    few = Aligner([["drive"], ["cost"], ["sleep"]], [0, 1, 2], 3)
    many = Aligner([*[["drive", f"w{i}"] for i in range(40)], ["cost"], ["sleep"]], [*[0] * 40, 1, 2], 3)
    assert many.weight("drive") == few.weight("drive") == many.weight("cost")


def test_a_rare_word_decides_between_phrases() -> None:
    # "can", "i" stand everywhere; only one topic speaks of driving.
    phrases = [["can", "i", "drive"], ["can", "i", "eat", "now"], ["can", "i", "drink"], ["can", "i", "work"]]
    found = Aligner(phrases, range(4), 4).align(["drive", "can", "now", "i"])
    assert int(np.argmax(found.f1)) == 0


def test_strange_words_leave_nothing_behind() -> None:
    aligner = Aligner([phrase.split() for phrase in PHRASES], range(len(PHRASES)), len(PHRASES))
    aligner.warm()
    before = dict(aligner._neighbours)
    for i in range(50):
        aligner.align([f"strange{chr(97 + i % 26)}", "infusoin"])
    assert aligner._neighbours == before
    assert set(before) == set(WORDS)


def test_warming_changes_no_figure(aligner: Aligner) -> None:
    cold = Aligner([phrase.split() for phrase in PHRASES], range(len(PHRASES)), len(PHRASES))
    aligner.warm()
    np.testing.assert_array_equal(cold.align(["infusion", "drive"]).f1, aligner.align(["infusion", "drive"]).f1)


def test_words_that_every_topic_uses_weigh_little_and_break_nothing() -> None:
    found = Aligner([["it"], ["it"]], [0, 1], 2).align(["it"])
    assert np.isfinite(found.f1).all()
    np.testing.assert_allclose(found.forward, 1, atol=1e-4)


def test_nothing_aligns_with_nothing(aligner: Aligner) -> None:
    found = aligner.align([])
    assert not found.forward.any()
    assert not found.f1.any()


def test_a_phrase_without_a_word_is_never_covered() -> None:
    found = Aligner([[], ["drive"]], [0, 1], 2).align(["drive"])
    assert found.f1[0] == 0
    assert found.f1[1] == pytest.approx(1, abs=1e-5)
