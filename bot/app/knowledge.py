"""Knowledge folders, read with what the channels say."""

from __future__ import annotations

from pathlib import Path

from bot.app.channels import slots
from bot.app.config import Settings
from bot.knowledge.load import load
from bot.knowledge.model import Knowledge


def open_knowledge(settings: Settings, folder: Path | None = None) -> Knowledge:
    """The knowledge in ``folder``, or in that which ``settings`` name, for their clinic. Raises KnowledgeError."""
    return load(folder or settings.knowledge, settings.clinic, slots(), settings.clinics)
