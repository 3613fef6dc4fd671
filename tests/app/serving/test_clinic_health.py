"""What a clinic's page is told of how the clinic is served."""

from __future__ import annotations

from bot.app.serving.clinic_health import clinic_health
from bot.channels.channel import Channel
from bot.delivery.storage.open import open_storage


def test_channels_say_how_they_are_and_others_are_served() -> None:
    store = open_storage("memory:", owner="one")
    telegram = Channel("telegram", state=lambda: (False, "refused: Unauthorized"))
    health = clinic_health(store, [telegram, Channel("web")], None)
    assert health.channels == {"telegram": (False, "refused: Unauthorized"), "web": (True, "served")}
    assert (health.store, health.since, health.refused) == ((True, "fine"), None, None)
