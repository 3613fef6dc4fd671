"""Zones whose clocks do all that clocks do, and moments from all the years that their rules are known for."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

NEW_YORK = ZoneInfo("America/New_York")
HARD_ZONES = (
    "America/Havana", "Asia/Beirut", "Pacific/Apia", "Africa/Cairo", "America/St_Johns", "America/Sao_Paulo", "America/Asuncion",
    "Pacific/Kwajalein", "Asia/Tehran", "Australia/Lord_Howe", "America/Nuuk", "Asia/Kathmandu", "Europe/London", "UTC",
)  # fmt: skip
ZONES = st.sampled_from(HARD_ZONES).map(ZoneInfo)
# The bounds are naive: the strategy adds UTC.
INSTANTS = st.datetimes(datetime(1970, 1, 3), datetime(2037, 12, 1), timezones=st.just(UTC))
