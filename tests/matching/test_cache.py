"""Phrase vectors: computed once, kept phrase by phrase, and computed again where the file cannot be trusted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from bot.language.learning.encoder import Encoder
from bot.language.learning.regression import Floats
from bot.matching import cache
from bot.matching.cache import kept_arrays, phrase_vectors, write_arrays
from bot.matching.refit import NotKept
from tests.fakes.encoder import HEADS, invented_weights, tokens


class CountingEncoder(Encoder):
    """Remembers which texts it was asked to embed."""

    def __init__(self) -> None:
        super().__init__(invented_weights(), tokens, HEADS)
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str], told: Callable[[int], None] = lambda _: None) -> Floats:
        self.asked += texts
        return super().embed(texts, told)


@pytest.fixture(name="encoder")
def _encoder() -> CountingEncoder:
    return CountingEncoder()


def test_rows_are_in_the_order_of_the_phrases(encoder: CountingEncoder, tmp_path: Path) -> None:
    rows = phrase_vectors(["long one", "a", "a"], encoder, tmp_path / "v.npz", lambda _: None)
    assert np.array_equal(rows[1], rows[2])
    assert rows == pytest.approx(Encoder.embed(encoder, ["long one", "a", "a"]), abs=1e-6)


def test_after_an_edit_only_the_new_phrases_are_computed(encoder: CountingEncoder, tmp_path: Path) -> None:
    path = tmp_path / "v.npz"
    first = phrase_vectors(["a", "b"], encoder, path, lambda _: None)
    encoder.asked.clear()
    second = phrase_vectors(["b", "c"], encoder, path, lambda _: None)
    assert encoder.asked == ["c"]
    assert np.array_equal(first[1], second[0])


@pytest.mark.parametrize("broken", [b"", b"nonsense", b"PK\x03\x04 cut off"], ids=["empty", "text", "cut"])
def test_a_broken_file_is_computed_anew(broken: bytes, encoder: CountingEncoder, tmp_path: Path) -> None:
    path = tmp_path / "v.npz"
    path.write_bytes(broken)
    phrase_vectors(["a"], encoder, path, lambda _: None)
    assert encoder.asked == ["a"]
    encoder.asked.clear()
    phrase_vectors(["a"], encoder, path, lambda _: None)
    assert encoder.asked == []


def test_vectors_of_another_size_or_no_numbers_are_not_taken(encoder: CountingEncoder, tmp_path: Path) -> None:
    path = tmp_path / "v.npz"
    name = np.frombuffer(cache._name("a"), np.uint8).reshape(1, 16)
    for rows in (np.zeros((1, 5), np.float32), np.full((1, encoder.dimensions), np.nan, np.float32)):
        np.savez(path, names=name, rows=rows)
        encoder.asked.clear()
        phrase_vectors(["a"], encoder, path, lambda _: None)
        assert encoder.asked == ["a"]


def test_what_nobody_asks_for_any_more_is_dropped_in_time(encoder: CountingEncoder, tmp_path: Path) -> None:
    path = tmp_path / "v.npz"
    phrase_vectors(["a", "b", "c", "d"], encoder, path, lambda _: None)
    phrase_vectors(["e"], encoder, path, lambda _: None)
    with np.load(path) as kept:
        assert len(kept["names"]) == 1


def test_a_folder_that_cannot_be_written_is_told_and_does_no_harm(encoder: CountingEncoder, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    told: list[str] = []
    rows = phrase_vectors(["a"], encoder, tmp_path / "file" / "v.npz", told.append)
    assert rows.shape == (1, encoder.dimensions)
    assert "cannot be kept" in told[-1]


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shipped"
    monkeypatch.setattr(cache, "SHIPPED", folder)
    return folder


def test_what_came_with_the_program_is_not_computed(encoder: CountingEncoder, tmp_path: Path, shipped: Path) -> None:
    phrase_vectors(["a", "b"], encoder, shipped / "v.npz", lambda _: None)
    encoder.asked.clear()
    phrase_vectors(["a", "c"], encoder, tmp_path / "v.npz", lambda _: None)
    assert encoder.asked == ["c"]
    assert not (shipped / "other.npz").exists()


def test_what_is_not_kept_is_not_computed_where_it_may_not(encoder: CountingEncoder, tmp_path: Path) -> None:
    with pytest.raises(NotKept):
        phrase_vectors(["a"], encoder, tmp_path / "v.npz", lambda _: None, learns=False)
    assert encoder.asked == []


def test_what_is_in_the_cache_comes_before_what_came_with_the_program(tmp_path: Path, shipped: Path) -> None:
    for number, folder in enumerate((tmp_path, shipped)):
        write_arrays(folder / "v.npz", number=np.int64(number))
    assert [int(one["number"]) for one in kept_arrays(tmp_path / "v.npz")] == [0, 1]
    (tmp_path / "v.npz").write_bytes(b"cut off")
    assert [int(one["number"]) for one in kept_arrays(tmp_path / "v.npz")] == [1]
