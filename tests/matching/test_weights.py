"""Finding the sentence model, and saying clearly what is missing. With the real one where it is installed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from bot.matching import weights
from bot.matching.weights import SHA256, Weights, WeightsError

INSTALLED = weights._installed()
needs_model = pytest.mark.skipif(INSTALLED is None, reason="the sentence model is not installed (infusion-bot model install)")


def folder(path: Path, **files: str) -> Path:
    path.mkdir(exist_ok=True)
    for name, text in {"config.json": "{}", "tokenizer.json": "{}", "model.safetensors": "no weights", **files}.items():
        (path / name.replace("__", ".")).write_text(text)
    return path


def test_without_the_package_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "_MODULE", "a_package_that_nobody_has")  # stands for a machine without it
    with pytest.raises(WeightsError, match="infusion-bot model install"):
        weights.find()


def test_a_folder_names_what_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(WeightsError, match=r"tokenizer\.json, model\.safetensors is missing"):
        weights.find(tmp_path)


def test_an_own_model_is_named_by_its_hash(tmp_path: Path) -> None:
    found = weights.find(folder(tmp_path / "own"))
    assert found.sha256 == hashlib.sha256(b"no weights").hexdigest()


def test_an_installed_model_must_be_the_published_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = folder(tmp_path / "changed")
    monkeypatch.setattr(weights, "_installed", lambda: place)  # stands for a package whose weights were changed
    with pytest.raises(WeightsError, match="not the published model"):
        weights.find()


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
    found = weights.find()
    assert found.sha256 == SHA256
    encoder = weights.encoder(found)
    rows = encoder.embed(["Can I drive home afterwards?", "Am I allowed to take the car?", "What does it cost?"])
    assert encoder.dimensions == 384
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-5)
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.2
    assert "drive" in encoder.vocabulary
    assert "drvie" not in encoder.vocabulary
