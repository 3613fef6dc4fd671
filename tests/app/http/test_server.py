"""Who is heard when many come at once, and how the server ends."""

from __future__ import annotations

import asyncio
import socket

import pytest

from tests.app.http.serving import GET, Client, Desk, served, until

HELD = b"GET /held HTTP/1.1\r\nHost: x\r\n\r\n"


async def _silent(desk: Desk, many: int, address: str = "127.0.0.2") -> list[Client]:
    return [await Client.connect(desk.port, address) for _ in range(many)]


def _from(address: str, request: bytes) -> bytes:
    """As a proxy passes it on."""
    return request.replace(b"\r\n\r\n", b"\r\nX-Forwarded-For: " + address.encode() + b"\r\n\r\n")


async def _one(desk: Desk, request: bytes = GET, address: str = "127.0.0.1") -> tuple[int, str | None]:
    """A request on a connection of its own: status, and when to come again."""
    one = await Client.connect(desk.port, address)
    one.send(request)
    answer = await one.answer()
    one.close()
    return answer.status, answer.headers.get("retry-after")


# -- many -----------------------------------------------------------------------------------------------------------


async def test_one_address_too_many_is_503_and_others_are_heard() -> None:
    async with served(of_address=5) as desk:
        held = await _silent(desk, 5)
        for one in held:
            one.send(HELD)
        await until(lambda: len(desk.asked) == 5)
        assert await _one(desk, address="127.0.0.2") == (503, "2")
        assert await _one(desk) == (200, None)
        assert desk.counted == {"http_crowded": 1}
        desk.release.set()
        for one in held:
            assert (await one.answer()).status == 200
            one.close()


async def test_more_than_there_is_room_for_are_told_so_and_not_reset() -> None:
    async with served(connections=8, of_address=8) as desk:
        held = await _silent(desk, 8)
        for one in held:
            one.send(HELD)
        await until(lambda: len(desk.asked) == 8)
        more = await _silent(desk, 20, "127.0.0.3")
        for one in more:
            one.send(GET)
        assert [(await one.answer()).status for one in more] == [503] * 20
        assert desk.server.connections == 8
        for one in [*held, *more]:
            one.close()


async def test_silent_ones_make_room_for_who_asks() -> None:
    async with served(connections=8, of_address=8) as desk:
        silent = await _silent(desk, 8)
        await asyncio.sleep(0.3)  # time has to pass: who has only just come is spared
        assert await _one(desk) == (200, None)
        assert await silent[0].ended() == b""
        assert desk.counted == {"http_displaced": 1}
        for one in silent:
            one.close()


async def test_who_sends_no_more_of_a_body_makes_room_as_well() -> None:
    async with served(connections=8, of_address=8) as desk:
        held = await _silent(desk, 8)
        for one in held:
            one.send(b"POST /quick HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx")
        await until(lambda: len(desk.asked) == 8)
        await asyncio.sleep(0.3)  # as above
        assert await _one(desk) == (200, None)
        assert desk.counted == {"http_displaced": 1}
        for one in held:
            one.close()


async def test_one_caller_behind_a_proxy_does_not_take_the_place_of_others() -> None:
    async with served(proxies="127.0.0.9", of_address=5, connections=40) as desk:
        held = await _silent(desk, 5, "127.0.0.9")
        for one in held:
            one.send(_from("198.51.100.7", HELD))
        await until(lambda: len(desk.asked) == 5)
        assert await _one(desk, _from("198.51.100.7", GET), "127.0.0.9") == (503, "2")
        assert await _one(desk, _from("198.51.100.8", GET), "127.0.0.9") == (200, None)
        assert await _one(desk, GET, "127.0.0.9") == (200, None)  # the proxy itself: whom it asks for is not known
        assert await _one(desk, _from("198.51.100.7", GET)) == (200, None)  # and who is none is not believed
        desk.release.set()
        for one in held:
            assert (await one.answer()).status == 200
            one.close()
        assert await _one(desk, _from("198.51.100.7", GET), "127.0.0.9") == (200, None)


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 here")
async def test_a_proxy_is_known_by_its_ipv4_on_a_socket_for_both() -> None:
    both = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    async with served(proxies="127.0.0.1", listener=both) as desk:
        one = await Client.connect(desk.port)
        one.send(_from("198.51.100.7", GET))
        assert (await one.answer()).body == b"198.51.100.7 0"
        one.close()


# -- the end --------------------------------------------------------------------------------------------------------


async def test_what_was_begun_is_answered_and_nothing_new_is_begun() -> None:
    async with served() as desk:
        begun, kept, half = await _silent(desk, 3)
        begun.send(HELD)
        kept.send(GET)
        assert (await kept.answer()).status == 200
        half.send(GET[:10])
        await until(lambda: len(desk.asked) == 2)
        desk.server.refuse()
        kept.send(GET)
        half.send(GET[10:])
        for one in (kept, half):
            answer = await one.answer()
            assert (answer.status, answer.headers["retry-after"], answer.headers["connection"]) == (503, "5", "close")
        assert await _one(desk) == (503, "5")  # it listens until what was begun is answered
        draining = asyncio.create_task(desk.server.drain(10))
        await asyncio.sleep(0)
        assert await _one(desk) == (503, "5")
        desk.release.set()
        assert await draining
        answer = await begun.answer()
        assert (answer.status, answer.body) == (200, b"127.0.0.2 0")
        await desk.server.close()
        assert await begun.ended() == b""
        with pytest.raises(OSError):  # noqa: PT011  # refused, or reset
            await Client.connect(desk.port)
        assert desk.asked == ["/held", "/quick"]
        for one in (begun, kept, half):
            one.close()


async def test_what_takes_too_long_is_told_to_come_again() -> None:
    async with served() as desk:
        clients = await _silent(desk, 3)
        clients[0].send(HELD)
        clients[1].send(HELD)
        clients[2].send(b"POST /quick HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345")
        await until(lambda: len(desk.asked) == 3)
        desk.server.refuse()
        assert not await desk.server.drain(0.05)
        for one in clients:
            answer = await one.answer()
            assert (answer.status, answer.headers["retry-after"]) == (503, "5")
            one.close()
        assert desk.server.under_way == 0


async def test_nothing_is_waited_for_where_nothing_was_begun() -> None:
    async with served() as desk:
        silent = await _silent(desk, 3)
        desk.server.refuse()
        assert await desk.server.drain(100)
        await desk.server.close()
        assert [await one.ended() for one in silent] == [b""] * 3
        for one in silent:
            one.close()
