"""How one clinic is served now, as its page shows it: what ``/readyz`` and ``status`` know, and nothing of other clinics."""

from __future__ import annotations

from collections.abc import Sequence

from bot.app.live.clinic import LiveClinic
from bot.channels.channel import Channel, ClinicHealth
from bot.delivery.storage import Storage


def clinic_health(storage: Storage, channels: Sequence[Channel], live: LiveClinic | None) -> ClinicHealth:
    """``channels``: the clinic's; ``live``: its knowledge, None where that is not known. What tells nothing is served."""
    trouble = storage.trouble
    refused = live.refused if live is not None else None
    return ClinicHealth(
        store=(trouble is None, trouble or "fine"),
        channels={one.name: one.state() if one.state is not None else (True, "served") for one in channels},
        since=live.since if live is not None else None,
        refused=(refused.at, refused.mistakes) if refused is not None else None,
        learning=live.learning if live is not None else None,
    )
