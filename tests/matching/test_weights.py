"""Finding a sentence model, and saying clearly what is missing. With the real small one where it is installed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from bot.language.learning.encoder import Encoder
from bot.matching import weights
from bot.matching.weights import LARGE, SHA256, SMALL, Weights, WeightsError
from tests.fakes.encoder import HEADS, invented_mpnet

needs_model = pytest.mark.skipif(
    weights.place_of(SMALL) is None, reason="the sentence model is not installed (infusion-bot model install)"
)


def folder(path: Path, **files: str) -> Path:
    path.mkdir(exist_ok=True)
    for name, text in {"config.json": "{}", "tokenizer.json": "{}", "model.safetensors": "no weights", **files}.items():
        (path / name.replace("__", ".")).write_text(text)
    return path


def own_hash(path: Path, monkeypatch: pytest.MonkeyPatch, model: str) -> None:
    """Take the weights in ``path`` for the published ones of ``model``: the real ones are 100 MB."""
    found = hashlib.sha256((path / "model.safetensors").read_bytes()).hexdigest()
    monkeypatch.setattr(weights, "SHA256", {**SHA256, model: found})


@pytest.fixture(autouse=True)
def _nothing_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "LARGE_FOLDER", tmp_path / "large")  # what this machine has is no matter


@pytest.mark.parametrize("model", ["auto", SMALL, LARGE])
def test_a_model_that_is_not_there_says_how_to_get_it(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "_MODULE", "a_package_that_nobody_has")  # stands for a machine without it
    name = LARGE if model == LARGE else SMALL
    with pytest.raises(WeightsError, match=f"the {name} sentence model is not installed; .*infusion-bot model install {name}"):
        weights.find(model)


def test_the_larger_of_those_that_are_installed_is_taken_unless_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site" / "small_one"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise AssertionError('never imported')")
    small = folder(package / "model", model__safetensors="small")
    monkeypatch.setattr(weights, "_MODULE", "small_one")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    own_hash(small, monkeypatch, SMALL)
    assert weights.find("auto").folder == small
    large = folder(tmp_path / "large", model__safetensors="large")
    own_hash(large, monkeypatch, LARGE)
    assert (weights.find("auto").folder, weights.find("auto").large) == (large, True)
    monkeypatch.setattr(weights, "SHA256", {**weights.SHA256, SMALL: hashlib.sha256(b"small").hexdigest()})
    assert (weights.find(SMALL).folder, weights.find(SMALL).large) == (small, False)
    assert weights.find(str(large)).large  # by its weights, wherever they lie


def test_a_folder_names_what_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(WeightsError, match=r"tokenizer\.json, model\.safetensors is missing"):
        weights.find(str(tmp_path))


def test_an_own_model_is_named_by_its_hash(tmp_path: Path) -> None:
    found = weights.find(str(folder(tmp_path / "own")))
    assert (found.sha256, found.large) == (hashlib.sha256(b"no weights").hexdigest(), False)


@pytest.mark.parametrize("model", ["auto", LARGE])
def test_an_installed_model_must_be_the_published_one(model: str, tmp_path: Path) -> None:
    folder(tmp_path / "large")
    with pytest.raises(WeightsError, match="not the published model"):
        weights.find(model)


@pytest.mark.parametrize(
    "config", ["{}", "no json", json.dumps({"num_attention_heads": 2})], ids=["no-heads", "no-json", "no-weights"]
)
def test_a_model_of_another_form_is_refused_clearly(config: str, tmp_path: Path) -> None:
    pytest.importorskip("safetensors", reason="the readers of the model are not installed")
    pytest.importorskip("tokenizers", reason="the readers of the model are not installed")
    place = folder(tmp_path / "own", config__json=config)
    with pytest.raises(WeightsError, match="not a model of the needed form"):
        weights.encoder(Weights(place, "0"))


@needs_model
def test_the_installed_model_is_the_published_one_and_understands() -> None:
    found = weights.find(SMALL)
    assert found.sha256 == SHA256[SMALL]
    encoder = weights.encoder(found)
    rows = encoder.embed(["Can I drive home afterwards?", "Am I allowed to take the car?", "What does it cost?"])
    assert encoder.dimensions == 384
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-5)
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.2
    assert "drive" in encoder.vocabulary
    assert "drvie" not in encoder.vocabulary


def test_a_folder_of_the_other_form_is_read_with_what_its_config_says(tmp_path: Path) -> None:
    numpy_files = pytest.importorskip("safetensors.numpy", reason="the readers of the model are not installed")
    tokenizers = pytest.importorskip("tokenizers", reason="the readers of the model are not installed")
    place = folder(tmp_path / "own", config__json=json.dumps({"num_attention_heads": HEADS, "layer_norm_eps": 0.5}))
    vocabulary = {"[UNK]": 0, "can": 1, "drive": 2, "i": 3}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="[UNK]"))  # noqa: S106
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.save(str(place / "tokenizer.json"))
    numpy_files.save_file(invented_mpnet(places=20), place / "model.safetensors")
    read = weights.encoder(weights.find(str(place)))
    made = Encoder(invented_mpnet(places=20), lambda _: [1, 3, 2], HEADS, epsilon=0.5)
    assert np.array_equal(read.embed(["can i drive"]), made.embed([""]))
    assert read.vocabulary == {"can", "i", "drive"}
