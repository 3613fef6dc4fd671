"""What was learned, kept in files under the hash of what it was learned from; and the vectors of phrases, kept phrase by phrase
under the hash of the model: after an edit only the new ones are computed.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from bot.language.learning.encoder import Encoder
from bot.language.learning.regression import Floats
from bot.matching.refit import NotKept

# What was learned from the shipped knowledge, where it came with the program (`make dist`): files as in the cache.
SHIPPED = Path(__file__).resolve().parent.parent / "_learned"
_AT_ONCE = 256
# Vectors of phrases that are no longer asked for are dropped when they outnumber those that are.
_STALE = 2.0


def phrase_vectors(
    phrases: Sequence[str], encoder: Encoder, path: Path, tell: Callable[[str], None], *, learns: bool = True
) -> Floats:
    """One row for each phrase. What is kept is used, the rest computed and kept in ``path``; ``tell`` hears how far it is.

    Where nothing is to be computed, raises NotKept.
    """
    names = [_name(phrase) for phrase in phrases]
    kept: dict[bytes, Floats] = {}
    for arrays in kept_arrays(path):
        kept = {**_vectors(arrays, encoder.dimensions), **kept}
        if kept.keys() >= set(names):
            break
    new = {name: phrase for name, phrase in zip(names, phrases, strict=True) if name not in kept}
    if new and not learns:
        raise NotKept
    if new:
        kept |= _compute(new, encoder, tell)
        wanted = set(names)
        stale = len(kept) > _STALE * len(wanted)
        try:
            _write(path, {name: row for name, row in kept.items() if not stale or name in wanted})
        except OSError as error:
            tell(f"The phrase vectors cannot be kept in {path.parent} ({error.strerror}); the next start computes them again.")
    return np.stack([kept[name] for name in names])


def _compute(new: dict[bytes, str], encoder: Encoder, tell: Callable[[str], None]) -> dict[bytes, Floats]:
    computed: dict[bytes, Floats] = {}
    names = list(new)
    # Short ones first and long ones last: texts of equal length run together.
    names.sort(key=lambda name: len(new[name]))
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        computed.update(zip(some, encoder.embed([new[name] for name in some]), strict=True))
        tell(f"Reading phrases with the sentence model (once): {min(start + _AT_ONCE, len(names))} of {len(names)}")
    return computed


def _name(phrase: str) -> bytes:
    return blake2b(phrase.encode("utf-8", "replace"), digest_size=16).digest()


def _vectors(kept: dict[str, Any], dimensions: int) -> dict[bytes, Floats]:
    """By the name of the phrase; none where ``kept`` is of another form."""
    if kept.keys() != {"names", "rows"}:
        return {}
    names, rows = kept["names"], kept["rows"]
    if (
        rows.dtype != np.float32
        or rows.shape[1:] != (dimensions,)
        or names.shape != (len(rows), 16)
        or not np.isfinite(rows).all()
    ):
        return {}
    return {name.tobytes(): row for name, row in zip(names, rows, strict=True)}


def _write(path: Path, kept: dict[bytes, Floats]) -> None:
    names = np.frombuffer(b"".join(kept), np.uint8).reshape(len(kept), 16)
    write_arrays(path, names=names, rows=np.stack(list(kept.values())))


def kept_arrays(path: Path) -> Iterator[dict[str, Any]]:
    """What is kept under the name of ``path``: there, and then what came with the program. Whoever asks looks whether it fits."""
    for place in (path, SHIPPED / path.name):
        if (arrays := read_arrays(place)) is not None:
            yield arrays


def read_arrays(path: Path) -> dict[str, Any] | None:
    """The arrays in ``path`` by name; None where there are none that can be read."""
    try:
        # Opened here: numpy does not close a file that it cannot read.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            return {name: kept[name] for name in kept.files}
    except (OSError, EOFError, ValueError, TypeError, AttributeError, LookupError, NotImplementedError, zipfile.BadZipFile):
        return None  # not there, empty, cut off, another kind of file


def keep_learned(path: Path, tell: Callable[[str], None], **arrays: Any) -> None:
    """Writes what was learned; where that cannot be done ``tell`` hears it, and it is learned again another time."""
    try:
        write_arrays(path, **arrays)
    except OSError as error:
        tell(f"What was learned cannot be kept in {path.parent} ({error.strerror}); the next start learns again.")


def write_arrays(path: Path, **arrays: Any) -> None:
    """Writes beside and moves into place: a reader never sees half a file, and two writers at once do no harm. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, suffix=".npz")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **arrays)
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
