"""Knowledge folders, read with what the channels say."""

from __future__ import annotations

import hashlib
from pathlib import Path

from bot.app.channels import slots
from bot.app.config import Settings
from bot.knowledge.load import load
from bot.knowledge.model import Knowledge


def open_knowledge(settings: Settings, folder: Path | None = None) -> Knowledge:
    """The knowledge in ``folder``, or in that which ``settings`` name, for their clinic. Raises KnowledgeError."""
    return load(folder or settings.knowledge, settings.clinic, slots())


def fingerprint(folder: Path) -> str:
    """Twelve characters that are others when any of the folder's YAML is: which knowledge it is that answers."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.yaml")):
        digest.update(f"{path.relative_to(folder).as_posix()}\0".encode("utf-8", "surrogateescape"))
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]
