"""More questions than Telegram lets anybody answer: none is lost, and no call comes before Telegram said it may."""

from __future__ import annotations

import pytest

from bot.delivery.inbox import Limits
from tests.scenarios.conftest import Opener

# chats, questions in each, in the group; messages a second overall; scale of the clocks
SIZES = [
    pytest.param((80, 2, 26, 12, 8.0), id="short"),
    pytest.param((280, 2, 40, 30, 3.0), id="full", marks=pytest.mark.scenario),
]
IN_FLIGHT = 0.5  # seconds; a call that was under way when Telegram said no


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("knows", [True, False], ids=["paced", "unpaced"])
async def test_a_rush_against_the_limits(stage: Opener, knows: bool, size: tuple[int, int, int, int, float]) -> None:
    """``knows``: the bot keeps to the overall limit from the beginning, or learns of it."""
    chats, each, in_group, rate, scale = size
    async with stage(webhook=True, scale=scale, settings={"TELEGRAM_RATE": str(rate) if knows else "off"}) as here:
        await here.start()
        # Bursts as Telegram's: what stands still for a moment in between arrives together, and on a quick clock a moment is long.
        here.api.limit({"overall": [rate, 30], "chat": [1, 3], "group": [20 / 60, 20]})
        crowd, group = here.talk.crowd(chats, each), here.talk.in_group(in_group)
        asked = [one for pair in zip(crowd, group, strict=False) for one in pair] + crowd[in_group:]
        await here.ask_slowly(asked, len(asked) / 5 * scale)
        await here.done(300)
        floods, early = here.api.flood.refused, here.api.violations()
    late = max((one.after_ms for one in early), default=0.0)
    mode = "paced" if knows else "unpaced"
    print(f"\nflood {mode}: {here.tally.shown()}; {floods} refused, {len(early)} early, at most {late:.0f} ms")
    assert (here.tally.lost, here.tally.twice, here.tally.inversions) == ([], set(), 0)
    if knows:
        assert early == []
    assert len(early) <= Limits().workers
    assert late <= IN_FLIGHT * 1000
