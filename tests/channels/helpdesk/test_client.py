"""What the journal says is not sent again, and what cannot be sent now waits."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from bot.channels.helpdesk.client import HelpdeskClient, OutgoingRequest, field_of, number_in
from bot.delivery.handler import Later
from tests.fakes.chatwoot import FakeChatwoot
from tests.fakes.chatwoot.server import Fault


class Journal:
    def __init__(self, known: str | None = None) -> None:
        self.noted = {"1/1": known} if known else {}

    def sent(self, part: str) -> str | None:
        return self.noted.get(part)

    async def note(self, part: str, what: str) -> None:
        self.noted[part] = what


def letter(desk: FakeChatwoot, journal: Journal) -> OutgoingRequest:
    url = f"{desk.base_url}/api/v1/accounts/1/conversations/1/messages"
    return OutgoingRequest(url, b'{"content": "hello"}', lambda: {"api_access_token": desk.token}, "1/1", journal)


@pytest.mark.parametrize(
    ("known", "sent", "event"),
    [
        pytest.param(None, 1, "send_sent", id="new"),
        pytest.param("unknown", 1, "send_repeated", id="unknown"),
        pytest.param("sent", 0, "send_skipped", id="sent"),
        pytest.param("twice", 0, "send_given_up", id="twice"),
    ],
)
async def test_the_journal_is_asked_first(known: str | None, sent: int, event: str) -> None:
    counts: Counter[str] = Counter()
    async with FakeChatwoot(["http://127.0.0.1:9/"]) as desk:
        desk.starts(id=1)
        outbox = HelpdeskClient("chatwoot", lambda name: counts.update([name]), f"{desk.base_url}/api", 100)
        await outbox.start()
        await outbox.post(letter(desk, Journal(known)))
        await outbox.close()
        assert len(desk.posted) == sent
    assert counts[event] == 1


async def test_the_one_repeat_waits_until_the_desk_is_back() -> None:
    journal = Journal("unknown")
    async with FakeChatwoot(["http://127.0.0.1:9/"]) as desk:
        desk.starts(id=1)
        outbox = HelpdeskClient("chatwoot", lambda _: None, f"{desk.base_url}/api", 100)
        await outbox.start()
        await desk.down()
        with pytest.raises(Later):
            await outbox.post(letter(desk, journal))
        assert journal.noted == {"1/1": "unknown"}
        await desk.up()
        await outbox.post(letter(desk, journal))
        await outbox.close()
        assert len(desk.posted) == 1


async def test_who_asks_to_wait_is_waited_for() -> None:
    async with FakeChatwoot() as desk:
        desk.starts(id=1)
        desk.faults.append(Fault(1, 429, headers={"Retry-After": "90"}))
        outbox = HelpdeskClient("chatwoot", lambda _: None, None, 10)
        await outbox.start()
        with pytest.raises(Later) as raised:
            await outbox.post(letter(desk, Journal()))
        await outbox.close()
    assert raised.value.after == 9.0


async def test_before_it_starts_and_after_it_closes_nothing_goes_out() -> None:
    async with FakeChatwoot() as desk, asyncio.timeout(5):
        with pytest.raises(Later):
            await HelpdeskClient("chatwoot", lambda _: None).post(letter(desk, Journal()))
        assert desk.calls == []


@pytest.mark.parametrize("answer", [None, b"", b"{", b"[]", b'{"id": "5"}', b'{"id": true}', b"\xff"])
def test_an_answer_that_is_none_has_no_number(answer: bytes | None) -> None:
    assert number_in(answer, "id") is None


def test_an_answer_has_what_it_has() -> None:
    assert (number_in(b'{"id": 5}', "id"), field_of(b'{"status": "open"}', "status")) == (5, "open")
