"""Whatever comes in at the webhooks, signed or not, over a real server: no answer is in the 500s, and none is left out."""

from __future__ import annotations

import asyncio
import copy
import json
import random
import time
from collections import Counter
from typing import Any

import pytest

from bot.channels.helpdesk import signatures
from bot.channels.helpdesk.chatwoot.webhook import PATH as CHATWOOT_PATH
from bot.channels.helpdesk.generic.webhook import PATH as GENERIC_PATH
from tests.channels.helpdesk.conftest import PATH_SECRET, WHSEC, House, Opener
from tests.fakes.chatwoot import SECRET, FakeChatwoot, Message, signed
from tests.fakes.chatwoot.state import PATIENT

JUNK: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 1e308, 2**70, "", " ", "x", "\0", "\ud800", "é", "💊" * 9, "a" * 5000, [], {}, [[]], {"id": 1},
    {"id": "1"}, [None], "open", "pending", "resolved", "incoming", "outgoing", "message_created", "message_updated",
    "conversation_resolved", "how long does it take?", "I want to die", {"type": "user"}, {"submitted_values": [{"value": "x"}]},
)  # fmt: skip
NAMES = (
    "event id account conversation status channel content message_type private sender attachments content_attributes "
    "content_type items submitted_values meta assignee assignee_type email subject headers text_content reply messages "
    "changed_attributes name type value"
).split()
FORM = {"items": [{"name": "a", "type": "text"}], "submitted_values": [{"name": "a", "value": "how long?"}]}
GIVEN = {"changed_attributes": [{"status": {"previous_value": "open", "current_value": "pending"}}]}
NOISE = [
    b"",
    b"{",
    b"[" * 3000,
    b"\xff\xfe\x00",
    b'{"a":' * 500,
    b"null",
    b'"' + b"\xed\xa0\x80" * 9 + b'"',
    b"\0" * 999,
    b"{}",
    b"1" * 400,
]


def content(chance: random.Random) -> Any:
    """An event or a question with anything in any place."""
    if chance.random() < 0.4:
        found: Any = {"conversation": "c", "question": "how long?", "choice": None}
    else:
        message = Message(chance.randrange(1, 10**6), "how long?", "incoming", PATIENT)
        talk, kind = FakeChatwoot().starts(id=chance.randrange(1, 50)), chance.choice(["said", "said", "mail", "form", "given"])
        event: dict[str, Any] = {"event": "message_created"}
        match kind:
            case "mail":
                message.content_type, message.attributes = "incoming_email", {"email": {"text_content": {"reply": "how long?"}}}
            case "form":
                message.direction, message.sender, message.content_type, message.attributes = "outgoing", None, "form", FORM
                event = {"event": "message_updated"}
            case "given":
                talk.messages.append(message)
                event = {"event": "conversation_updated", **GIVEN}
        found = copy.deepcopy({**(talk.data() if kind == "given" else talk.told(message)), **event})
    for _ in range(chance.randrange(4)):
        place = found
        while chance.random() < 0.4:
            inner = [one for one in place.values() if isinstance(one, dict) and one]
            inner += [two for one in place.values() if isinstance(one, list) for two in one if isinstance(two, dict) and two]
            if not inner:
                break
            place = chance.choice(inner)
        name = chance.choice([*place, *NAMES, "x" * 300])
        if chance.random() < 0.2:
            place.pop(name, None)
        else:
            place[name] = copy.deepcopy(chance.choice(JUNK))
    return found if chance.random() < 0.97 else chance.choice(JUNK)


def body(chance: random.Random) -> bytes:
    if chance.random() < 0.15:
        return chance.choice(NOISE)
    found = bytearray(json.dumps(content(chance), ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass"))
    for _ in range(chance.choice((0, 0, 0, 0, 0, 0, 1, 3))):
        at = chance.randrange(len(found) + 1)
        found[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
    return bytes(found)


def request(chance: random.Random) -> bytes:
    """All of a request, as bytes."""
    told = body(chance)
    path = chance.choice([CHATWOOT_PATH, CHATWOOT_PATH, GENERIC_PATH, GENERIC_PATH, "/now", f"{CHATWOOT_PATH}/{PATH_SECRET}"])
    if path.startswith(CHATWOOT_PATH):
        shown = signed(told, SECRET, time.time())
    else:
        shown = signatures.sign_standard(signatures.key_of(WHSEC), f"msg_{chance.randrange(9999)}", time.time(), told)
    headers = [(name.encode(), value.encode()) for name, value in shown.items()]
    if chance.random() < 0.3:
        at = chance.randrange(len(headers))
        name, value = headers[at]
        headers[at] = (
            name,
            chance.choice([b"", value * 2, value[:-1], b"\x80\xff", b"v1," * 50, b"-1", b"9" * 30, b"a b", b"%00"]),
        )
    if chance.random() < 0.1:
        headers.append(chance.choice(headers))
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    return b"POST %b HTTP/1.1\r\nHost: bot.test\r\n%bContent-Length: %d\r\n\r\n" % (path.encode(), lines, len(told)) + told


async def ask(here: House, requests: list[bytes], statuses: Counter[int]) -> None:
    """One connection after the other; whoever closes it gets a new one."""
    port = int(here.url.rpartition(":")[2])
    while requests:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            while requests:
                writer.write(requests.pop())
                head = await reader.readuntil(b"\r\n\r\n")
                statuses[int(head.split()[1])] += 1
                lines = head.lower().split(b"\r\n")
                length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")), 0)
                await reader.readexactly(length)
                if b"connection: close" in lines:
                    break
        finally:
            writer.close()


@pytest.mark.slow
@pytest.mark.parametrize("many", [pytest.param(2_000, id="short"), pytest.param(10_000, id="full", marks=pytest.mark.scenario)])
async def test_no_answer_is_in_the_500s(house: Opener, many: int) -> None:
    chance = random.Random(f"fuzz {many}")
    statuses: Counter[int] = Counter()
    async with house() as here:
        for talk in range(1, 50):
            here.desk.starts(id=talk)
        requests = [request(chance) for _ in range(many)]
        async with asyncio.timeout(100):
            await asyncio.gather(*(ask(here, requests, statuses) for _ in range(8)))
        await here.idle(60)
        dead = await here.storage.dead_letters(1000)
    print(f"\nfuzz: {dict(sorted(statuses.items()))}; {here.counts['failed']} failed, {len(dead)} dead letters")
    assert statuses.total() == many
    assert [status for status in statuses if status >= 500] == []
    assert {200, 202, 400, 401} <= statuses.keys()
    assert {letter.reason for letter in dead} <= {"not_found"}  # of conversations that are made up
