"""Editions that tests make of a dialogue of theirs."""

from __future__ import annotations

from datetime import UTC, tzinfo

from bot.app.channels import CHANNELS
from bot.app.editions import LoadedEditions
from bot.channels.edition import Edition
from bot.delivery.metrics import Metrics
from bot.dialogue.policy import Dialogue


def editions_of(dialogue: Dialogue, clinic: str = "default", zone: tzinfo = UTC, **made: object) -> LoadedEditions:
    """The editions of one clinic. ``made`` stands for what would be made of its edition, such as the picture."""
    edition = Edition(clinic, dialogue, zone)
    for name, value in made.items():
        edition.made(name, lambda _, value=value: value)  # type: ignore[misc]  # bound as it is now
    return LoadedEditions([edition])


def metrics_of(*clinics: str) -> Metrics:
    return Metrics([one.name for one in CHANNELS], clinics or ("default",))
