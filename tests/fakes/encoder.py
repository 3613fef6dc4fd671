"""Weights of a sentence encoder that nobody trained: small, and with every part that a real one has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.language.learning.encoder import Encoder
from bot.matching import weights
from bot.matching.weights import LARGE, SHA256, SMALL, Weights, WeightsError

Floats = NDArray[np.float32]
SIZE, WIDE, HEADS, LAYERS, WORDS = 12, 20, 3, 2, 30


def invented_weights(seed: int = 0) -> dict[str, Floats]:
    chance = np.random.default_rng(seed)

    def some(*shape: int) -> Floats:
        return chance.normal(0, 0.5, shape).astype(np.float32)

    made = {
        "embeddings.word_embeddings.weight": some(WORDS, SIZE),
        "embeddings.position_embeddings.weight": some(80, SIZE),
        "embeddings.token_type_embeddings.weight": some(2, SIZE),
        "embeddings.LayerNorm.weight": some(SIZE),
        "embeddings.LayerNorm.bias": some(SIZE),
    }
    shapes = {
        "attention.self.query": (SIZE, SIZE),
        "attention.self.key": (SIZE, SIZE),
        "attention.self.value": (SIZE, SIZE),
        "attention.output.dense": (SIZE, SIZE),
        "intermediate.dense": (WIDE, SIZE),
        "output.dense": (SIZE, WIDE),
    }
    for layer in range(LAYERS):
        for name, (rows, columns) in shapes.items():
            made[f"encoder.layer.{layer}.{name}.weight"] = some(rows, columns)
            made[f"encoder.layer.{layer}.{name}.bias"] = some(rows)
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            made[f"encoder.layer.{layer}.{name}.weight"] = some(SIZE)
            made[f"encoder.layer.{layer}.{name}.bias"] = some(SIZE)
    return made


def invented_mpnet(places: int) -> dict[str, Floats]:
    """The same in the other published form: other names, places from 2 on, and a figure for how far apart tokens are."""
    chance = np.random.default_rng(1)
    names = {
        "attention.self.query": "attention.attn.q",
        "attention.self.key": "attention.attn.k",
        "attention.self.value": "attention.attn.v",
        "attention.output.dense": "attention.attn.o",
        "attention.output.LayerNorm": "attention.LayerNorm",
    }
    made = {}
    for name, value in invented_weights().items():
        ours = next((part for part in names if f".{part}." in name), "")
        made[name.replace(ours, names[ours]) if ours else name] = value
    del made["embeddings.token_type_embeddings.weight"]
    made["embeddings.position_embeddings.weight"] = chance.normal(0, 0.5, (places + 2, SIZE)).astype(np.float32)
    made["encoder.relative_attention_bias.weight"] = chance.normal(0, 2, (32, HEADS)).astype(np.float32)
    return made


def tokens(text: str) -> list[int]:
    return [1, *(2 + ord(char) % (WORDS - 3) for char in text), WORDS - 1]


def install(monkeypatch: pytest.MonkeyPatch, *models: str) -> None:
    """Take invented weights for the ``models`` that are installed: the real ones are 100 MB and are not on every machine."""

    def find(model: str = "auto") -> Weights:
        name = (LARGE if LARGE in models else SMALL) if model == "auto" else model
        if name not in models:
            raise WeightsError(f"there is no {name} here")
        return Weights(Path(name), SHA256[name])

    def encoder(found: Weights) -> Encoder:
        return Encoder(invented_weights(int(found.large)), tokens, HEADS)

    monkeypatch.setattr(weights, "place_of", lambda model: Path(model) if model in models else None)
    monkeypatch.setattr(weights, "find", find)
    monkeypatch.setattr(weights, "encoder", encoder)
