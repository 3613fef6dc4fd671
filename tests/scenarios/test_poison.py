"""One update in a hundred that nobody can read: the others do not notice, and it can be looked at and tried again."""

from __future__ import annotations

import pytest

from tests.fakes.botapi import updates
from tests.scenarios.conftest import Opener
from tests.scenarios.environment import until
from tests.scenarios.patients import FIRST, percentile

# webhook; chats, questions in each, a second
SIZES = [
    pytest.param(False, (100, 2, 80), id="polling-short"),
    pytest.param(False, (1000, 5, 80), id="polling-full", marks=pytest.mark.scenario),
    pytest.param(True, (1000, 5, 80), id="webhook-full", marks=pytest.mark.scenario),
]
REFUSED = FIRST - 1


@pytest.mark.slow
@pytest.mark.parametrize(("webhook", "size"), SIZES)
async def test_one_in_a_hundred_holds_up_nobody(stage: Opener, webhook: bool, size: tuple[int, int, int]) -> None:
    chats, each, rate = size
    async with stage(webhook=webhook) as here:
        bot = await here.start()
        here.api.fault("refusal", methods="sendMessage", chat=REFUSED, status=400, text="Bad Request: SOMETHING_NEW_INVALID")
        here.ask(here.talk.crowd(1, first=REFUSED))
        dead = {here.api.updates()[0].id}
        asked = here.talk.crowd(chats, each)
        for start in range(0, len(asked), 100):
            (poison,) = here.api.inject(updates.malformed_callback(who=updates.user(asked[start].chat)))
            here.api.inject(updates.unknown(), force=True)
            dead.add(poison.id)
            await here.ask_slowly(asked[start : start + 100], rate)
        await here.answered(here.tally.asked - 1)
        await until(here.dead_letters(dead))
        p99 = percentile(here.tally.waited.values(), 99)
        fetched = max(len(entry.attempts) for entry in here.api.updates())

        code, listed = await here.run("inbox", "list", "--limit", "1000")
        assert code == 0, listed
        assert all(f"telegram {id} " in listed for id in dead), listed
        here.api.clear_faults()
        code, said = await here.run("inbox", "requeue", *map(str, sorted(dead)))
        assert (code, said) == (0, f"{len(dead)} of {len(dead)} put back\n")
        await here.done()
        await until(here.dead_letters(dead - {min(dead)}))  # nobody can read them now either
        failed = await here.counted("failed")
    print(f"\npoison {here.mode}: {here.tally.shown()}; {len(dead)} dead letters, at most {fetched} deliveries")
    assert p99 <= 2.0
    assert fetched <= 3
    assert failed == 0
    assert bot.log().count("dead letter") == len(dead) + len(dead) - 1
    assert (here.tally.lost, here.tally.twice, here.tally.inversions) == ([], set(), 0)
