"""What is signed is let in, and nothing else is, at both hooks: over the endpoints, on bytes."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import random
import time
from collections.abc import Callable, Sequence

import pytest
from standardwebhooks import Webhook

from bot.channels.helpdesk import signatures
from bot.channels.helpdesk.chatwoot import webhook as chatwoot_hook
from bot.channels.helpdesk.chatwoot.webhook import ChatwootHook
from bot.channels.helpdesk.generic import webhook as generic_hook
from bot.channels.helpdesk.generic.webhook import Gate, TakingHook
from bot.channels.helpdesk.health import DeskHealth
from bot.delivery.storage import Incoming, StorageError
from tests.channels.helpdesk.conftest import WHSEC, knock
from tests.channels.helpdesk.doors import NOW, QUESTION, Headers, Taken, event, of_chatwoot, of_standard
from tests.fakes.chatwoot import SECRET

OTHER = "whsec_" + base64.b64encode(b"another key, 24 bytes long").decode()


def without(headers: Headers, name: bytes) -> Headers:
    return [one for one in headers if one[0] != name]


def changed(headers: Headers, name: bytes, change: Callable[[bytes], bytes]) -> Headers:
    return [(one, change(value) if one == name else value) for one, value in headers]


def bad(sign: Callable[..., Headers], body: bytes, signature: bytes, stamp: bytes, other: str) -> dict[str, Headers]:
    """Headers that must not open the door, by what is wrong with them."""
    good, prefix = sign(body), b"v1," if signature == b"webhook-signature" else b"sha256="
    return {
        "nothing": [],
        "unsigned": without(good, signature),
        "no time": without(good, stamp),
        "other secret": sign(body, other),
        "other body": sign(body + b" "),
        "old": sign(body, moment=NOW - 302),
        "future": sign(body, moment=NOW + 302),
        "time changed": changed(good, stamp, lambda value: b"%d" % (int(value) + 1)),
        "time negative": changed(good, stamp, lambda value: b"-" + value),
        "time with a dot": changed(good, stamp, lambda value: value + b".0"),
        "time no number": changed(good, stamp, lambda _: b"now"),
        "time in other digits": changed(good, stamp, lambda _: "١٧٩".encode()),
        "time huge": changed(good, stamp, lambda _: b"9" * 400),
        "time twice": [*good, (stamp, dict(good)[stamp])],
        "signature twice": [*good, (signature, dict(good)[signature])],
        "two signatures": [*good, (signature, prefix + b"0" * 64)],
        "truncated": changed(good, signature, lambda value: value[:-1]),
        "half": changed(good, signature, lambda value: value[: len(value) // 2]),
        "prefix alone": changed(good, signature, lambda _: prefix),
        "empty": changed(good, signature, lambda _: b""),
        "without prefix": changed(good, signature, lambda value: value.removeprefix(prefix)),
        "longer": changed(good, signature, lambda value: value + b"0"),
        "upper case": changed(good, signature, lambda value: value[: len(prefix)] + value[len(prefix) :].swapcase()),
        "latin-1": changed(good, signature, lambda value: value + "é".encode("latin-1")),
        "utf-8": changed(good, signature, lambda value: value[:-1] + "é".encode()),
        "nul": changed(good, signature, lambda value: value + b"\0"),
        "space": changed(good, signature, lambda value: b" " + value + b" "),
        "all of latin": changed(good, signature, lambda _: bytes(range(128, 256))),
    }


BODY = event()
BAD = bad(of_chatwoot, BODY, b"x-chatwoot-signature", b"x-chatwoot-timestamp", "another-secret-of-24-chars")
BAD_STANDARD = bad(of_standard, QUESTION, b"webhook-signature", b"webhook-timestamp", OTHER) | {
    "no id": without(of_standard(QUESTION), b"webhook-id"),
    "id changed": changed(of_standard(QUESTION), b"webhook-id", lambda value: value + b"x"),
    "id twice": [*of_standard(QUESTION), (b"webhook-id", b"msg_1")],
    "id with a dot": of_standard(QUESTION, id="msg.1"),
    "id not ascii": changed(of_standard(QUESTION), b"webhook-id", lambda _: "msg_é".encode()),
    "other version": changed(of_standard(QUESTION), b"webhook-signature", lambda value: b"v1a" + value[2:]),
    "seventeen signatures": changed(
        of_standard(QUESTION), b"webhook-signature", lambda value: b" ".join([b"v1,AA=="] * 16 + [value])
    ),
}


@pytest.mark.parametrize("headers", [pytest.param(value, id=name) for name, value in BAD.items()])
async def test_chatwoot_refuses(headers: Headers) -> None:
    door = Taken()
    assert (await knock(door.chatwoot.receive, headers, BODY)).status_code == 401
    assert (door.new, door.counts["refused_signature"]) == (0, 1)


@pytest.mark.parametrize("headers", [pytest.param(value, id=name) for name, value in BAD_STANDARD.items()])
async def test_generic_refuses(headers: Headers) -> None:
    door = Taken()
    assert (await knock(door.generic.receive, headers, QUESTION)).status_code == 401
    assert (door.new, door.counts["refused_signature"]) == (0, 1)


@pytest.mark.parametrize("ago", [0, 299, -299])
async def test_what_is_signed_just_now_is_taken(ago: int) -> None:
    door = Taken()
    body = event()
    assert (await knock(door.chatwoot.receive, of_chatwoot(body, moment=NOW - ago), body)).status_code == 200
    assert (await knock(door.generic.receive, of_standard(QUESTION, moment=NOW - ago), QUESTION)).status_code == 202
    assert door.new == 2


async def test_one_of_several_signatures_is_enough() -> None:
    door = Taken()
    headers = changed(of_standard(QUESTION), b"webhook-signature", lambda value: b"v1a,xx v1,AAAA " + value + b" v2,yy")
    assert (await knock(door.generic.receive, headers, QUESTION)).status_code == 202


async def test_what_is_replayed_is_no_news_whatever_its_delivery_id() -> None:
    door = Taken()
    body = event()
    first = of_chatwoot(body)
    for headers in (
        first,
        first,
        changed(first, b"x-chatwoot-delivery", lambda _: b"another"),
        without(first, b"x-chatwoot-delivery"),
    ):
        assert (await knock(door.chatwoot.receive, headers, body)).status_code == 200
    for _ in range(3):
        assert (await knock(door.generic.receive, of_standard(QUESTION), QUESTION)).status_code == 202
    assert door.new == 2


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        pytest.param(1 << 16, (400, 202), id="a-long-letter"),
        pytest.param((1 << 16) + 1, (400, 413), id="longer-than-a-question"),
        pytest.param(1 << 20, (400, 413), id="a-large-event"),
        pytest.param((1 << 20) + 1, (413, 413), id="larger-than-an-event"),
    ],
)
async def test_a_body_is_read_up_to_a_size(size: int, wanted: tuple[int, int]) -> None:
    door = Taken()
    body = b" " * (size - len(QUESTION)) + QUESTION
    chatwoot = await knock(door.chatwoot.receive, of_chatwoot(body), body)
    generic = await knock(door.generic.receive, of_standard(body), body)
    assert (chatwoot.status_code, generic.status_code) == wanted


@pytest.mark.parametrize("length", [b"-1", b"1e3", b"99999999", "١".encode()])
async def test_a_length_that_is_none_is_refused(length: bytes) -> None:
    door = Taken()
    response = await knock(door.chatwoot.receive, [*of_chatwoot(BODY), (b"content-length", length)], BODY)
    assert response.status_code == 413


def test_ours_is_what_the_reference_accepts() -> None:
    body = b'{"reply": "\xc3\xa9"}'
    headers = signatures.sign_standard(signatures.key_of(WHSEC), "reply_1", time.time(), body)
    assert Webhook(WHSEC).verify(body, headers) == {"reply": "é"}


def test_any_bit_that_is_flipped_closes_the_door() -> None:
    chance = random.Random(5)
    good = {name: value for name, value in of_chatwoot(BODY) if name.startswith(b"x-chatwoot-")}
    key = SECRET.encode()
    for _ in range(500):
        name = chance.choice([b"x-chatwoot-signature", b"x-chatwoot-timestamp", b""])
        body, headers = bytearray(BODY), dict(good)
        if name:
            value = bytearray(headers[name])
            value[chance.randrange(len(value))] ^= 1 << chance.randrange(8)
            headers[name] = bytes(value)
        else:
            body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
        with pytest.raises(signatures.Forged):
            signatures.check_chatwoot(signatures.chatwoot_headers(list(headers.items()), NOW), bytes(body), key)


def test_the_digest_is_what_it_says() -> None:
    shown = signatures.chatwoot_headers(of_chatwoot(BODY), NOW)
    signed_text = b"1790000000." + BODY
    assert shown.signatures == (hmac.new(SECRET.encode(), signed_text, hashlib.sha256).hexdigest().encode(),)


def test_a_secret_of_another_form_is_refused() -> None:
    for wrong in ("", "MfKQ9r8G", "whsec_%%%"):
        with pytest.raises(ValueError, match=r"secret|base64|Only|Invalid|Non"):
            signatures.key_of(wrong)


@pytest.mark.parametrize("slow", [False, True], ids=["fails", "hangs"])
async def test_without_an_inbox_who_told_is_asked_to_come_again(slow: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    async def take(_: Sequence[Incoming]) -> int:
        if slow:
            await asyncio.Event().wait()
        raise StorageError("away")

    for module in (chatwoot_hook, generic_hook):
        monkeypatch.setattr(module, "_PATIENCE", 0.05)
    body = event()
    hook = ChatwootHook(SECRET, None, take, "default", lambda _: None, DeskHealth("chatwoot"), lambda: NOW)
    response = await knock(hook.receive, of_chatwoot(body), body)
    # After 503 Chatwoot would not come again.
    assert (response.status_code, response.headers["retry-after"]) == (500, "3")
    taking = TakingHook(Gate(WHSEC, lambda _: None, lambda: NOW), take, "default")
    response = await knock(taking.receive, of_standard(QUESTION), QUESTION)
    assert (response.status_code, response.headers["retry-after"]) == (503, "2")
