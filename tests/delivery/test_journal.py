"""What is known of the parts of a reply: at once in the journal, and in the store before it goes on."""

from __future__ import annotations

import pytest

from bot.delivery.journal import NO_JOURNAL, WorkJournal
from bot.delivery.storage import Incoming
from bot.delivery.storage.open import open_storage
from bot.dialogue.conversation import ConversationKey

ANN = ConversationKey("aurora", "here", "ann")


@pytest.mark.parametrize(
    ("part", "what", "kept"),
    [
        pytest.param("1/2", "sent", "sent", id="a-part-that-was-sent"),
        pytest.param("2/2", "unknown", "unknown", id="the-last-of-which-nothing-is-known"),
        pytest.param("1/1", "twice", "twice", id="the-only-one-that-was-given-up"),
        pytest.param("2/2", "sent", None, id="the-last-that-was-sent"),
        pytest.param("10/11", "sent", "sent", id="numbers-of-two-digits"),
    ],
)
async def test_what_is_noted_is_known_at_once_and_to_the_next_holder(part: str, what: str, kept: str | None) -> None:
    moment = [1_700_000_000.0]
    store = open_storage("memory:", owner="one", clock=lambda: moment[0], lease_seconds=30)
    await store.start()
    try:
        _, (lease,) = await store.take([Incoming(ANN, "1", b"how long?", moment[0])])
        journal = WorkJournal(store, lease, lease.work[0])
        assert journal.sent(part) is None
        await journal.note(part, what)
        assert journal.sent(part) == what
        moment[0] += 31  # the lease has run out: another process takes over
        (following,) = await store.claim(1)
        assert WorkJournal(store, following, following.work[0]).sent(part) == kept
    finally:
        await store.close()


async def test_outside_of_an_update_nothing_is_known() -> None:
    await NO_JOURNAL.note("1/1", "sent")
    assert NO_JOURNAL.sent("1/1") is None
