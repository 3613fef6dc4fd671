"""Files that a command writes: whole, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from bot.channels.declaration import ConfigError


def write_whole(path: Path, content: bytes, option: str) -> None:
    """Writes beside and moves into place: nobody sees half a file, and an old one stays if the new one fails.

    Raises ConfigError, which begins with ``option``.
    """
    beside = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        try:
            beside.write_bytes(content)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"{option}: {str(path)!r} cannot be written ({reason})") from error
