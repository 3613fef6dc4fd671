"""How long people waited, of the clinic and the days that are asked for."""

from __future__ import annotations

from bot.delivery.handoff.figures import figures
from bot.delivery.handoff.handoffs import Handoffs
from bot.delivery.storage.open import open_storage
from bot.dialogue.conversation import ConversationKey


async def test_a_wait_is_until_the_first_answer(url: str) -> None:
    store = open_storage(url, owner="one")
    await store.start()
    now = [1000.0]
    for clinic in ("lake", "hill"):
        for at, answered in ((1000.0, True), (2000.0, False), (3000.0, True)):
            now[0] = at
            handoffs = Handoffs(store, clinic, clock=lambda: now[0])
            one = await handoffs.open(ConversationKey(clinic, "web", f"{at}"), "", "person", "en", "1")
            for seconds in (90.0, 500.0) if answered else ():
                now[0] = at + seconds
                await handoffs.from_staff(one.id, f"{seconds}", "Eva", "hello")
    found = await store.run(lambda: figures("lake", 1000, 3000), write=False)
    assert [(one.reason, one.opened, one.waited) for one in found] == [("person", 1000.0, 90.0), ("person", 2000.0, None)]
    await store.close()
