"""What came while the bot was down is answered when it is back; what nobody waits for any more is skipped, and counted."""

from __future__ import annotations

import json
import time

import pytest

from bot.channels.telegram.updates import intake
from bot.delivery.storage.open import open_storage
from tests.fakes.botapi import updates
from tests.scenarios.conftest import Opener

SIZES = [pytest.param((120, 1), id="short"), pytest.param((500, 1), id="full", marks=pytest.mark.scenario)]


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("webhook", [True, False], ids=["webhook", "polling"])
async def test_a_backlog_is_answered(stage: Opener, webhook: bool, size: tuple[int, int]) -> None:
    async with stage(webhook=webhook, scale=4.0) as here:
        here.ask(here.talk.crowd(*size))
        # Presses that can be delivered but not acknowledged any more, and queries that an earlier process took and left.
        here.api.settings(callback_lifetime=0.001)
        here.api.inject([updates.callback("c:driving", updates.user(number)) for number in range(10)])
        store = open_storage(here.database, owner="gone", lease_seconds=0.5)
        await store.start()
        queries = [{"update_id": number, **updates.inline("how long", updates.user(number))} for number in range(1, 11)]
        await store.take([intake.incoming_from(json.loads(json.dumps(one)), "default", time.time() - 31) for one in queries])
        await store.close()
        await here.start()
        await here.done(120)
        expired = await here.counted("expired")
        answered = here.api.calls("answerInlineQuery")
    print(f"\nbacklog {here.mode}: {here.tally.shown()}; {expired} expired")
    # Telegram no longer shows who pressed that it was heard, but what the button asks for is answered.
    assert (here.tally.lost, here.tally.twice, here.tally.strange) == ([], set(), 10)
    assert expired == 20
    assert answered == []
