"""What was learned is kept, read back to the bit, and learned anew where it cannot be read."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.knowledge.load import load
from bot.knowledge.model import Knowledge
from bot.matching import cache, linear
from bot.matching.matcher import Matcher
from bot.matching.refit import NotKept
from bot.matching.training import Nearby, open_matcher
from bot.matching.weights import WeightsError
from tests import folders
from tests.fakes.encoder import install

QUESTION = "how long in the oven"


@pytest.fixture(scope="module")
def bread(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    return load(folders.write(tmp_path_factory.mktemp("bread")))


def opened(knowledge: Knowledge, cache: Path) -> tuple[Matcher, list[str]]:
    told: list[str] = []
    return open_matcher(knowledge, cache, told.append), told


def alike(one: Matcher, other: Matcher) -> bool:
    a, b = one.linear, other.linear
    return (
        list(a.index.items()) == list(b.index.items())
        and a.rarity.tobytes() == b.rarity.tobytes()
        and a.weights.tobytes() == b.weights.tobytes()
        and one.rank(QUESTION) == other.rank(QUESTION)
    )


def test_the_first_start_learns_and_says_so(bread: Knowledge, tmp_path: Path) -> None:
    _, told = opened(bread, tmp_path / "not" / "there" / "yet")
    phrases = sum(1 + len(topic.phrases) for topic in bread.topics)
    assert told == [f"First start with this knowledge: learning {phrases} phrases, this takes some seconds once."]


def test_the_second_start_reads_what_the_first_learned(bread: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = opened(bread, tmp_path)
    # Nothing else tells that it was read: learning again gives the same.
    monkeypatch.setattr(linear, "fit_whole", lambda *_: pytest.fail("it learned again"))
    second, told = opened(bread, tmp_path)
    assert told == []
    assert alike(first, second)


def test_what_is_kept_is_one_file_without_left_overs(bread: Knowledge, tmp_path: Path) -> None:
    opened(bread, tmp_path)
    opened(bread, tmp_path)
    assert [path.suffix for path in tmp_path.iterdir()] == [".npz"]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        pytest.param("oven", "when is the bread done", "when is the crust done", id="a-phrase"),
        pytest.param(
            "lexicon", "bread: [loaf, loaves]", "bread: [loaf, dough]", id="a-synonym-that-changes-the-words-of-no-phrase"
        ),
    ],
)
def test_other_words_are_kept_beside(bread: Knowledge, tmp_path: Path, name: str, old: str, new: str) -> None:
    files = {path.rsplit("/", 1)[-1].removesuffix(".yaml"): text for path, text in folders.files().items()}
    assert old in files[name]
    other = load(folders.write(tmp_path / "other", **{name: files[name].replace(old, new)}))
    cache = tmp_path / "cache"
    opened(bread, cache)
    changed, told = opened(other, cache)
    # What counts is what was learned from: "loaves" stands in no phrase.
    same_words = name == "lexicon"
    assert len(told) == (0 if same_words else 1)
    assert len(list(cache.iterdir())) == (1 if same_words else 2)
    assert changed.rank(QUESTION) is not None


def _cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def _cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    at = len(data) // 2
    data[at : at + 64] = bytes(64)
    path.write_bytes(bytes(data))


def _lone_array(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.zeros(3))


def _other_names(path: Path) -> None:
    with path.open("wb") as file:
        np.savez(file, something=np.zeros(3))


def _with(**changed: np.ndarray) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with np.load(path) as kept:
            arrays = {name: kept[name] for name in kept.files} | changed
        with path.open("wb") as file:
            np.savez(file, **arrays)

    return write


def _fewer_topics(path: Path) -> None:
    with np.load(path) as kept:
        weights = kept["weights"][:, :2]
    _with(weights=weights)(path)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda path: path.write_bytes(b""), id="empty"),
        pytest.param(lambda path: path.write_bytes(b"\x00" * 5000), id="zeros"),
        pytest.param(lambda path: path.write_text("names: []\n"), id="text"),
        pytest.param(_cut_off, id="without-its-end"),
        pytest.param(_cut_short, id="its-beginning-alone"),
        pytest.param(_flip, id="spoilt-in-the-middle"),
        pytest.param(_lone_array, id="a-single-array"),
        pytest.param(_other_names, id="other-arrays"),
        pytest.param(_with(rarity=np.zeros(3, np.float32)), id="too-few-rarities"),
        pytest.param(_with(rarity=np.zeros(())), id="rarity-without-rows"),
        pytest.param(_with(weights=np.zeros(4, np.float32)), id="weights-in-one-row"),
        pytest.param(_with(names=np.frombuffer(b"\xff\xfe", np.uint8)), id="names-that-are-no-text"),
        pytest.param(_with(names=np.asarray([object()])), id="a-pickle"),
        pytest.param(_fewer_topics, id="of-fewer-topics"),
    ],
)
def test_what_cannot_be_read_is_learned_anew(bread: Knowledge, tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    first, _ = opened(bread, tmp_path)
    (path,) = tmp_path.iterdir()
    spoil(path)
    second, told = opened(bread, tmp_path)
    assert len(told) == 1
    assert alike(first, second)
    third, told_then = opened(bread, tmp_path)
    assert told_then == [], "and kept again"
    assert alike(first, third)


def test_a_folder_that_cannot_be_written_is_said_and_does_no_harm(bread: Knowledge, tmp_path: Path) -> None:
    # A file where the folder should be: it stops root, too, whom rights do not stop.
    blocked = tmp_path / "file"
    blocked.write_text("")
    matcher, told = opened(bread, blocked)
    assert matcher.rank(QUESTION) is not None
    assert len(told) == 2
    assert told[1].startswith(f"What was learned cannot be kept in {blocked} (")


@pytest.mark.skipif(os.geteuid() == 0, reason="rights do not stop root")
def test_a_folder_without_the_right_to_write_does_no_harm(bread: Knowledge, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    matcher, told = opened(bread, tmp_path)
    tmp_path.chmod(0o700)
    assert matcher.rank(QUESTION) is not None
    assert len(told) == 2


def test_something_else_in_the_place_of_the_file_does_no_harm(bread: Knowledge, tmp_path: Path) -> None:
    opened(bread, tmp_path)
    (path,) = tmp_path.iterdir()
    _folder(path)
    matcher, told = opened(bread, tmp_path)
    assert matcher.rank(QUESTION) is not None
    assert len(told) == 2
    assert list(tmp_path.iterdir()) == [path], "nothing half written is left"


@pytest.mark.parametrize(("model", "answer"), [("small", 0.3), ("large", 0.9), ("auto", 0.9)])
def test_each_sentence_model_goes_by_its_own_calibration(
    bread: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str, answer: float
) -> None:
    install(monkeypatch, "small", "large")
    small, large = (replace(bread.calibration_with_meaning, answer=answer) for answer in (0.3, 0.9))
    knowledge = replace(bread, calibration_with_meaning=small, calibration_with_large=large)
    ranking = open_matcher(knowledge, tmp_path, lambda _: None, model).rank("zebra")
    assert ranking is not None
    assert ranking.calibration.answer == answer


def test_only_who_left_the_choice_goes_without_a_sentence_model(
    bread: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    told: list[str] = []
    assert not open_matcher(bread, tmp_path, told.append, "auto").understands
    assert "Going without the sentence model" in told[-1]
    for model in ("small", "large", str(tmp_path)):
        with pytest.raises(WeightsError):
            open_matcher(bread, tmp_path, told.append, model)


def test_what_was_learned_with_one_sentence_model_is_not_taken_for_the_others(
    bread: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, "small", "large")
    scored = []
    for model in ("small", "large", "small"):
        matcher = open_matcher(bread, tmp_path, lambda _: None, model)
        scored.append(matcher.scores(QUESTION)["meant"].tolist())
    assert scored[0] == scored[2] != scored[1]


# -- from one that is near ---------------------------------------------------------------------------------------------


def _with_phrase(knowledge: Knowledge) -> Knowledge:
    entry = knowledge.entries["baking"]
    return replace(
        knowledge, entries={**knowledge.entries, "baking": replace(entry, phrases=(*entry.phrases, "crackle of a crust"))}
    )


def _learned(knowledge: Knowledge, cache: Path, model: str = "off") -> Matcher:
    return open_matcher(knowledge, cache, lambda _: None, model)


@pytest.mark.parametrize("model", ["off", "small"])
def test_one_that_is_near_is_made_without_learning_and_without_a_trace(
    bread: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    install(monkeypatch, "small")
    strange = replace(bread, strangers=("who won the match", "what is the weather"))
    near = Nearby(strange, _learned(strange, tmp_path, model), tmp_path)
    before = {path.name for path in tmp_path.iterdir() if not path.name.startswith("vectors")}
    edited = _with_phrase(strange)
    told: list[str] = []
    made = open_matcher(edited, tmp_path, told.append, model, near)
    assert near.used
    assert not any("learning" in line for line in told)
    assert {path.name for path in tmp_path.iterdir() if not path.name.startswith("vectors")} == before
    ranking = made.rank("crackle of a crust")
    assert ranking is not None
    assert ranking.top.topic == "baking"
    whole = _learned(edited, tmp_path, model)
    for question in ("how long in the oven", "flour price", "feed the starter", "crackle of a crust"):
        one, other = made.scores(question), whole.scores(question)
        assert one.keys() == other.keys()
        assert one["words"].argmax() == other["words"].argmax()


def test_what_is_kept_is_taken_also_where_one_is_near(bread: Knowledge, tmp_path: Path) -> None:
    base = _learned(bread, tmp_path)
    whole = _learned(_with_phrase(bread), tmp_path)
    near = Nearby(bread, base, tmp_path)
    assert alike(open_matcher(_with_phrase(bread), tmp_path, pytest.fail, "off", near), whole)
    assert not near.used


@pytest.mark.parametrize("gone", ["what was learned", "the strangers", "the sentence model"])
def test_what_is_too_far_is_not_made(bread: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone: str) -> None:
    install(monkeypatch, "small", "large")
    strange = replace(bread, strangers=("who won the match", "what is the weather"))
    base = _learned(strange, tmp_path, "small")
    edited, model = _with_phrase(strange), "small"
    if gone == "what was learned":
        for path in tmp_path.iterdir():
            path.unlink()
    elif gone == "the strangers":
        edited = replace(edited, strangers=("something else",))
    else:
        model = "large"
    with pytest.raises(NotKept):
        open_matcher(edited, tmp_path, lambda _: None, model, Nearby(strange, base, tmp_path))


def test_what_came_with_the_program_is_taken_where_it_fits(
    bread: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped, told = tmp_path / "shipped", list[str]()
    open_matcher(bread, shipped, lambda _: None)
    monkeypatch.setattr(cache, "SHIPPED", shipped)
    open_matcher(bread, tmp_path / "cache", told.append)
    assert told == []
    assert not (tmp_path / "cache").exists()
    for file in shipped.iterdir():
        file.write_bytes(file.read_bytes()[:-100] + b"x" * 100)
    open_matcher(bread, tmp_path / "cache", told.append)
    assert len(told) == 1


def test_nothing_is_learned_where_it_may_not(bread: Knowledge, tmp_path: Path) -> None:
    with pytest.raises(NotKept):
        open_matcher(bread, tmp_path, lambda _: None, learns=False)
    assert list(tmp_path.iterdir()) == []
    whole = open_matcher(bread, tmp_path, lambda _: None)
    kept = open_matcher(bread, tmp_path, lambda _: None, learns=False)
    assert kept.scores("feed it")["words"] == pytest.approx(whole.scores("feed it")["words"])
