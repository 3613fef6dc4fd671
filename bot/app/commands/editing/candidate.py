"""The knowledge folder with all its clinics, as ``kb check`` and ``kb watch`` look at it."""

from __future__ import annotations

from bot.app.channels import slots
from bot.app.config import Settings
from bot.knowledge.load import KnowledgeError, clinics_of, read_base
from bot.knowledge.model import Knowledge


def checked(settings: Settings) -> tuple[dict[str, Knowledge], tuple[str, ...]]:
    """The folder with each of its clinics, and every mistake: what is wrong with one must not wait until somebody serves it."""
    loaded: dict[str, Knowledge] = {}
    mistakes: dict[str, None] = {}
    clinics = clinics_of(settings.knowledge, settings.clinics)
    named = settings.clinic != "default" or "default" in clinics or not clinics
    base = read_base(settings.knowledge, slots())  # once for all of them
    for clinic in dict.fromkeys((settings.clinic, *clinics) if named else clinics):
        try:
            loaded[clinic] = base.with_clinic(clinic, settings.clinics)
        except KnowledgeError as error:
            mistakes |= dict.fromkeys(error.mistakes)
    return loaded, tuple(mistakes)
