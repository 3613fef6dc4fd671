"""What all channels of a process have in common."""

from __future__ import annotations

from typing import Any, cast

import pytest

from bot.channels.channel import Shared


@pytest.mark.parametrize(
    ("minutes", "hours"),
    [
        pytest.param(1440, 24, id="a-day"),
        pytest.param(95, 2, id="rounded-up"),
        pytest.param(80, 1, id="rounded-down"),
        pytest.param(5, 1, id="never-none"),
    ],
)
def test_a_conversation_is_remembered_for_whole_hours_and_at_least_one(minutes: int, hours: int) -> None:
    nothing = cast("Any", None)  # which hours are told hangs on the minutes alone
    assert Shared("default", minutes, 30, 1, nothing, nothing, nothing, nothing).hours == hours
