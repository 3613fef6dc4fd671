"""Arrays in files that may be missing, cut off or foreign: read whole or not at all, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np


def read_arrays(path: Path) -> dict[str, Any] | None:
    """The arrays in ``path`` by name; None where there are none that can be read."""
    try:
        # Opened here: numpy does not close a file that it cannot read.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            return {name: kept[name] for name in kept.files}
    except (OSError, EOFError, ValueError, TypeError, AttributeError, LookupError, NotImplementedError, zipfile.BadZipFile):
        return None  # not there, empty, cut off, another kind of file


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
