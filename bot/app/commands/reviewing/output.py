"""Files that a command writes: whole, or not at all."""

from __future__ import annotations

from pathlib import Path

from bot.app.paths import replace_file
from bot.channels.declaration import ConfigError


def write_whole(path: Path, content: bytes, option: str) -> None:
    """Nobody sees half a file, and an old one stays if the new one fails. Raises ConfigError, which begins with ``option``."""
    try:
        replace_file(path, content)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"{option}: {str(path)!r} cannot be written ({reason})") from error
