"""What was learned of danger is kept, read back to the bit, and learned anew where it cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.app.detector import open_detector
from bot.knowledge.load import load
from bot.knowledge.model import Knowledge
from bot.matching.refit import NotKept
from bot.safety import detector as module
from bot.safety.detector import DangerDetector
from bot.safety.heard import Examples, Thresholds
from bot.safety.plain import PlainWords
from tests import folders

FIRST = "First start with these examples: learning from {} messages what danger sounds like; this takes some seconds once."
SAID = "i stood by the oven and there were flames on my arm, and now the skin comes off"


@pytest.fixture(scope="module")
def bread(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    # Low: so few examples teach little.
    hearing = "alarm: 0.5\ncheck: 0.45\ndespair: 0.5\ncare: 0.4\ntoday: 0.5\n"
    return load(folders.write(tmp_path_factory.mktemp("bread"), hearing=hearing))


def opened(knowledge: Knowledge, cache: Path) -> tuple[DangerDetector, list[str]]:
    told: list[str] = []
    return open_detector(knowledge, cache, told.append), told


def alike(one: DangerDetector, other: DangerDetector) -> bool:
    assert one._model is not None
    assert other._model is not None
    pairs = ((one._model.danger, other._model.danger), (one._model.kinds, other._model.kinds))
    return all(
        getattr(a, name).tobytes() == getattr(b, name).tobytes() for a, b in pairs for name in ("rarity", "weights", "bias")
    ) and one.detect(SAID) == other.detect(SAID)


def test_the_first_start_learns_and_says_so(bread: Knowledge, tmp_path: Path) -> None:
    detector, told = opened(bread, tmp_path / "not" / "there" / "yet")
    assert told == [FIRST.format(sum(map(len, bread.examples.messages.values())))]
    assert detector.detect(SAID).level == "alarm"
    assert detector.detect("is rye flour better").level == "calm"


def test_the_second_start_reads_what_the_first_learned(bread: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = opened(bread, tmp_path)
    # Nothing else tells that it was read: learning again gives the same.
    monkeypatch.setattr(module, "learn", lambda *_: pytest.fail("it learned again"))
    second, told = opened(bread, tmp_path)
    assert told == []
    assert alike(first, second)


def test_what_is_kept_is_one_file_without_left_overs(bread: Knowledge, tmp_path: Path) -> None:
    opened(bread, tmp_path)
    opened(bread, tmp_path)
    assert [path.suffix for path in tmp_path.iterdir()] == [".npz"]


def _examples(knowledge: Knowledge, **changed: tuple[str, ...]) -> Knowledge:
    return replace(knowledge, examples=replace(knowledge.examples, messages={**knowledge.examples.messages, **changed}))


def _with_danger_as_a_phrase(knowledge: Knowledge) -> Knowledge:
    entry = replace(knowledge.entries["baking"], phrases=(SAID,))
    return replace(knowledge, entries={**knowledge.entries, "baking": entry})


@pytest.mark.parametrize(
    ("changed", "learned"),
    [
        pytest.param(lambda one: _examples(one, today=("a blister",)), True, id="a-message"),
        pytest.param(lambda one: _examples(one, today=(), despair=one.examples.messages["today"]), True, id="a-kind"),
        pytest.param(lambda one: replace(one, examples=replace(one.examples, asked=("how hot",))), True, id="what-is-asked"),
        pytest.param(_with_danger_as_a_phrase, False, id="a-phrase-of-a-topic"),
        pytest.param(
            lambda one: replace(one, examples=replace(one.examples, thresholds=Thresholds(alarm=0.3))), False, id="thresholds"
        ),
        pytest.param(lambda one: replace(one, plain=PlainWords()), False, id="plain-words"),
        pytest.param(lambda one: replace(one, version="other"), False, id="something-else"),
    ],
)
def test_it_learns_again_when_what_it_learned_from_changes(
    bread: Knowledge, tmp_path: Path, changed: Callable[[Knowledge], Knowledge], learned: bool
) -> None:
    opened(bread, tmp_path)
    _, told = opened(changed(bread), tmp_path)
    assert len(told) == learned
    assert len(list(tmp_path.iterdir())) == 1 + learned, "what was learned before stays beside it"


def test_danger_as_a_phrase_of_an_entry_is_danger_still(bread: Knowledge, tmp_path: Path) -> None:
    edited, _ = opened(_with_danger_as_a_phrase(bread), tmp_path)
    assert edited.detect(SAID) == opened(bread, tmp_path)[0].detect(SAID)
    assert edited.detect(SAID).level == "alarm"


def test_where_it_must_not_learn_it_says_so(bread: Knowledge, tmp_path: Path) -> None:
    with pytest.raises(NotKept):
        open_detector(bread, tmp_path, lambda _: None, learns=False)
    opened(bread, tmp_path)
    assert open_detector(bread, tmp_path, lambda _: None, learns=False).detect(SAID).level == "alarm"


def test_thresholds_and_plain_words_are_those_of_the_folder_and_not_of_the_cache(bread: Knowledge, tmp_path: Path) -> None:
    opened(bread, tmp_path)
    plain = PlainWords({"en": {"accident": ("blister",)}}, bread.plain.kinds)
    strict, _ = opened(replace(bread, plain=plain, examples=replace(bread.examples, thresholds=Thresholds())), tmp_path)
    assert strict.detect(SAID).level == "calm"
    assert strict.detect("a blister").kind == "accident"


def test_without_examples_it_hears_plain_words_alone_and_keeps_nothing(bread: Knowledge, tmp_path: Path) -> None:
    detector, told = opened(replace(bread, examples=Examples()), tmp_path)
    assert (told, list(tmp_path.iterdir())) == ([], [])
    assert detector.detect("the kitchen is on fire").level == "alarm"
    assert detector.detect(SAID).level == "calm"


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    at = len(data) // 2
    data[at : at + 64] = bytes(byte ^ 0xFF for byte in data[at : at + 64])
    path.write_bytes(bytes(data))


def _lone_array(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.zeros(3))


def _with(change: Callable[[dict[str, np.ndarray]], object]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with np.load(path) as kept:
            arrays = {name: kept[name] for name in kept.files}
        change(arrays)
        with path.open("wb") as file:
            np.savez(file, **arrays)

    return write


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda path: path.write_bytes(b""), id="empty"),
        pytest.param(lambda path: path.write_bytes(b"\x00" * 5000), id="zeros"),
        pytest.param(lambda path: path.write_text("danger: []\n"), id="text"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:-200]), id="without-its-end"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:100]), id="its-beginning-alone"),
        pytest.param(_flip, id="spoilt-in-the-middle"),
        pytest.param(_lone_array, id="a-single-array"),
        pytest.param(_with(lambda arrays: arrays.clear()), id="no-arrays"),
        pytest.param(_with(lambda arrays: arrays.pop("kinds_bias")), id="one-array-less"),
        pytest.param(_with(lambda arrays: arrays.update(danger_rarity=np.zeros(3, np.float32))), id="too-few-rarities"),
        pytest.param(_with(lambda arrays: arrays.update(danger_bias=np.zeros(3, np.float32))), id="of-fewer-classes"),
        pytest.param(
            _with(lambda arrays: arrays.update(danger_weights=arrays["kinds_weights"], danger_bias=arrays["kinds_bias"])),
            id="one-in-the-place-of-the-other",
        ),
        pytest.param(_with(lambda arrays: arrays.update(kinds_bias=np.asarray([object()] * 9))), id="a-pickle"),
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
    detector, told = opened(bread, blocked)
    assert detector.detect(SAID).level == "alarm"
    assert len(told) == 2
    assert told[1].startswith(f"What was learned cannot be kept in {blocked} (")
    assert told[1].endswith("); the next start learns again.")


def test_something_else_in_the_place_of_the_file_does_no_harm(bread: Knowledge, tmp_path: Path) -> None:
    opened(bread, tmp_path)
    (path,) = tmp_path.iterdir()
    path.unlink()
    path.mkdir()
    detector, told = opened(bread, tmp_path)
    assert detector.detect(SAID).level == "alarm"
    assert len(told) == 2
    assert list(tmp_path.iterdir()) == [path], "nothing half written is left"
