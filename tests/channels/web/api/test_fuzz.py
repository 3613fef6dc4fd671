"""Whatever is sent to the API, over a real server: no answer is in the 500s, and none is left out."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from typing import Any

import pytest

from bot.channels.web.api.endpoints import ENDPOINTS
from bot.delivery.handoff.handoffs import Handoffs
from bot.delivery.storage import Storage
from tests.channels.web.conftest import Answer, Line, Making, line_to

PATHS = [one.path for one in ENDPOINTS if one.body is not None]
JUNK: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 1e308, -(2**70), "", " ", "x", "\0", "\ud800", "é", "💊" * 9, "a" * 6000, "?" * 5000, [], {}, [[]],
    "care:unsafe", "care:safe", "driving", "ended:999999999", "ended:0", "ended:-1", "2026-03-01T14:10:00-06:00",
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999-14:00", "2026-02-30T14:10:00Z", "how long does it take?", "I want to die",
    "start over", "2", "ended at 3", "أريد أن أموت", "\u202e\u200b\ufeff", "a" * 201, "{question}", "%s", "../..", {"id": 1},
)  # fmt: skip
NAMES = "question choice ended conversation message after debug helped clinic x".split()
NOISE = [
    b"", b"{", b"[" * 30_000, b"\xff\xfe\x00", b'{"a":' * 5000, b"null", b'"' + b"\xed\xa0\x80" * 9 + b'"', b"\0" * 999, b"{}",
    b"1" * 40_000, b'{"question":"' + b"\\ud800" * 900 + b'"}', b"\xef\xbb\xbf{}", b'{"question":1e999}', b" " * 65_537,
]  # fmt: skip
MEDIA = ["application/json"] * 9 + ["text/plain", "application/json; charset=utf-16", "", "a/b;" * 99]


def body(chance: random.Random, tokens: list[str]) -> bytes:
    """A question or what else is asked for, with anything in any place; noise now and then."""
    if chance.random() < 0.1:
        return chance.choice(NOISE)
    asked: dict[str, Any] = {chance.choice(NAMES): chance.choice(JUNK) for _ in range(chance.choice((1, 1, 2, 3)))}
    if chance.random() < 0.5:
        asked["conversation"] = chance.choice(tokens)
    if chance.random() < 0.1:
        return json.dumps(asked).encode()[: chance.randrange(60)]
    return json.dumps(asked, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")


async def asked(line: Line, chance: random.Random, tokens: list[str]) -> Answer:
    method = chance.choice(("POST",) * 9 + ("GET", "PUT", "HEAD"))
    headers = {"Content-Type": chance.choice(MEDIA), "Accept-Encoding": chance.choice(("gzip", "br;q=0, *", "identity"))}
    return await line(method, chance.choice(PATHS), body(chance, tokens), headers=headers)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seed", "many"),
    [
        pytest.param(1, 600, id="short"),
        pytest.param(2, 10_000, id="long", marks=[pytest.mark.scenario, pytest.mark.timeout(1800)]),
    ],
)
async def test_nothing_that_is_sent_breaks_anything(context: Making, storage: Storage, seed: int, many: int) -> None:
    chance = random.Random(seed)
    made = context(handoffs=Handoffs(storage, "default"))
    async with line_to(made) as line:
        tokens = [await line.start() for _ in range(5)]
        statuses = Counter[int]()
        for _ in range(many // 20):
            answers = await asyncio.gather(*(asked(line, chance, tokens) for _ in range(20)))
            statuses.update(answer.status for answer in answers)
            for answer in answers:
                assert answer.status < 400 or answer.headers["content-type"] == "application/problem+json"
    assert sum(statuses.values()) == many
    assert not [status for status in statuses if status >= 500], statuses
    assert {200, 204, 400, 404, 405, 413, 415, 422} <= set(statuses), "what is sent is of every kind"
