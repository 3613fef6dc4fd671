"""Where things lie on this machine: the knowledge that came with it, what may be kept; how a file is replaced."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def knowledge_folder(package: Path = _PACKAGE) -> Path:
    """The shipped knowledge: inside the installed ``package``, or beside it in a checkout."""
    packaged = packaged_knowledge(package)
    return packaged if packaged.is_dir() else package.parent / "knowledge"


def packaged_knowledge(package: Path = _PACKAGE) -> Path:
    """Where the knowledge lies that was installed with the program; in a checkout there is nothing."""
    return package / "_knowledge"


def cache_folder(environment: Mapping[str, str], platform: str = sys.platform) -> Path:
    """The folder for what can be made again; it may not exist yet.

    ``XDG_CACHE_HOME`` wins on every platform; a relative one is ignored, as its specification asks. Without any home
    directory it is a new private folder: a fixed name in a shared one could be filled by somebody else.
    """
    xdg = Path(environment.get("XDG_CACHE_HOME", ""))
    if xdg.is_absolute():
        return xdg / "infusion-bot"
    if platform == "win32" and environment.get("LOCALAPPDATA"):
        return Path(environment["LOCALAPPDATA"]) / "infusion-bot" / "cache"
    home = environment.get("HOME") or environment.get("USERPROFILE")
    if not home:
        return Path(tempfile.mkdtemp(prefix="infusion-bot-"))
    return Path(home, "Library", "Caches", "infusion-bot") if platform == "darwin" else Path(home, ".cache", "infusion-bot")


def data_folder(environment: Mapping[str, str], platform: str = sys.platform) -> Path:
    """The folder for what must not be lost; it may not exist yet. ``XDG_DATA_HOME`` wins on every platform.

    Without any home directory it is a folder below the working directory: nothing that must last goes to a temporary place.
    """
    xdg = Path(environment.get("XDG_DATA_HOME", ""))
    if xdg.is_absolute():
        return xdg / "infusion-bot"
    if platform == "win32" and environment.get("LOCALAPPDATA"):
        return Path(environment["LOCALAPPDATA"]) / "infusion-bot" / "data"
    home = environment.get("HOME") or environment.get("USERPROFILE")
    if not home:
        return Path("infusion-bot-data").absolute()
    return (
        Path(home, "Library", "Application Support", "infusion-bot")
        if platform == "darwin"
        else Path(home, ".local", "share", "infusion-bot")
    )


def replace_file(path: Path, data: bytes) -> None:
    """Writes beside and moves into place, with the rights that the file had: who reads it reads the old one or the new one.

    Raises OSError; then the old one stays.
    """
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).chmod(path.stat().st_mode if path.exists() else 0o644)
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
