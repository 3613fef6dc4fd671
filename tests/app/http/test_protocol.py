"""What one client may send, hold and let wait."""

from __future__ import annotations

import asyncio

import pytest

from tests.app.http.serving import GET, Client, served, until


def _get(*lines: bytes) -> bytes:
    return b"\r\n".join([b"GET /quick HTTP/1.1", b"Host: x", *lines, b"", b""])


def _post(*lines: bytes, path: bytes = b"/quick") -> bytes:
    return b"\r\n".join([b"POST " + path + b" HTTP/1.1", b"Host: x", *lines, b"", b""])


async def test_what_is_within_the_limits_is_answered_again_and_again() -> None:
    async with served() as desk:
        one = await Client.connect(desk.port)
        for size in (0, 1, 300_000, 1 << 20):
            one.send(_post(b"Content-Length: %d" % size), b"x" * size)
            answer = await one.answer()
            assert (answer.status, answer.body) == (200, b"127.0.0.1 %d" % size)
            assert "date" in answer.headers
        one.send(_post(b"Transfer-Encoding: chunked"), b"3\r\nabc\r\n", b"0\r\n\r\n")
        assert (await one.answer()).body == b"127.0.0.1 3"
        for piece in (GET[:5], GET[5:20], GET[20:]):
            one.send(piece)
            await asyncio.sleep(0.01)
        assert (await one.answer()).status == 200
        assert not desk.counted
        one.close()


# -- sizes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "status", "reason"),
    [
        pytest.param([_get(b"X: " + b"a" * 16_384)], 431, "http_large_header", id="one-long-header"),
        pytest.param([b"GET /quick HTTP/1.1\r\nX: ", *[b"a" * 1000] * 40], 431, "http_large_header", id="one-without-end"),
        pytest.param([b"GET /quick HTTP/1.1\r\n", *[b"X: a\r\n"] * 4000], 431, "http_large_header", id="headers-without-end"),
        pytest.param([b"GET /", *[b"a" * 1000] * 40], 431, "http_large_header", id="an-address-without-end"),
        pytest.param([b"\r\n" * 20_000], 431, "http_large_header", id="empty-lines"),
        pytest.param([_get(*[b"X: a"] * 100)], 431, "http_large_header", id="too-many"),
        pytest.param([_post(b"Content-Length: 1048577")], 413, "http_large_body", id="a-body-that-says-so"),
        pytest.param(
            [_post(b"Transfer-Encoding: chunked"), *[b"10000\r\n" + b"x" * 65_536 + b"\r\n"] * 17],
            413,
            "http_large_body",
            id="a-body-that-does-not",
        ),
        pytest.param(
            [_post(b"Transfer-Encoding: chunked"), b"1;", *[b"a" * 65_536] * 40], 413, "http_large_body", id="a-long-extension"
        ),
        pytest.param(
            [_post(b"Transfer-Encoding: chunked"), b"0\r\nX: ", *[b"a" * 65_536] * 40],
            413,
            "http_large_body",
            id="a-long-trailer",
        ),
        pytest.param(
            [_post(b"Transfer-Encoding: chunked"), b"0\r\n", b"X: a\r\n" * 200], 431, "http_large_header", id="many-trailers"
        ),
    ],
)
async def test_what_is_too_large_is_refused_and_heard_no_further(sent: list[bytes], status: int, reason: str) -> None:
    async with served() as desk:
        one = await Client.connect(desk.port)
        one.send(*sent)
        answer = await one.answer()
        assert (answer.status, answer.headers["connection"]) == (status, "close")
        assert answer.headers["content-type"] == "application/problem+json"
        assert isinstance(answer.told, dict)
        assert answer.told["status"] == status
        assert await one.ended() == b""
        assert desk.counted == {reason: 1}
        one.close()


async def test_the_largest_header_passes() -> None:
    async with served(header_bytes=2000) as desk:
        one = await Client.connect(desk.port)
        for pieces in (1, 7):
            whole = _get(b"X: " + b"a" * (1999 - len(_get(b"X: "))))
            for start in range(0, len(whole), len(whole) // pieces + 1):
                one.send(whole[start : start + len(whole) // pieces + 1])
                await asyncio.sleep(0.002)
            assert (await one.answer()).status == 200
        one.close()


async def test_who_goes_on_after_a_refusal_is_not_heard_for_ever() -> None:
    async with served() as desk:
        one = await Client.connect(desk.port)
        one.send(_post(b"Content-Length: 99999999"))
        assert (await one.answer()).status == 413
        with pytest.raises(ConnectionError):
            await _send_for_ever(one)
        await until(lambda: not desk.server.connections)
        one.close()


async def _send_for_ever(one: Client) -> None:
    while True:
        one.send(b"x" * 65_536)
        await one.writer.drain()


# -- framing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(_post(b"Content-Length: " + b"0" * 5000), id="noughts"),
        pytest.param(_post(b"Content-Length: " + b"0" * 20 + b"1"), id="noughts-before"),
        pytest.param(_post(b"Content-Length: -1"), id="negative"),
        pytest.param(_post(b"Content-Length: +1"), id="signed"),
        pytest.param(_post(b"Content-Length: 1e3"), id="no-number"),
        pytest.param(_post(b"Content-Length: 0x10"), id="hexadecimal"),
        pytest.param(_post(b"Content-Length: 1, 1"), id="listed"),
        pytest.param(_post(b"Content-Length:"), id="empty"),
        pytest.param(_post(b"Content-Length: " + b"9" * 30), id="overflow"),
        pytest.param(_post(b"Content-Length: 1", b"Content-Length: 2"), id="two-lengths"),
        pytest.param(_post(b"Content-Length: 1", b"Transfer-Encoding: chunked"), id="length-and-chunks"),
        pytest.param(_post(b"Transfer-Encoding: chunked", b"Content-Length: 1"), id="chunks-and-length"),
        pytest.param(_post(b"Transfer-Encoding: gzip"), id="unknown-coding"),
        pytest.param(_post(b"Transfer-Encoding: chunked, gzip"), id="chunks-not-last"),
        pytest.param(_post(b"Transfer-Encoding: chunked") + b"-1\r\n", id="negative-chunk"),
        pytest.param(_post(b"Transfer-Encoding: chunked") + b"zz\r\n", id="no-chunk"),
        pytest.param(_post(b"Transfer-Encoding: chunked") + b"f" * 20 + b"\r\n", id="overflowing-chunk"),
        pytest.param(b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", id="blank-before-colon"),
        pytest.param(b"GET / HTTP/9.9\r\n\r\n", id="unknown-version"),
        pytest.param(b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", id="connect"),
        pytest.param(b"GET http:// HTTP/1.1\r\nHost: x\r\n\r\n", id="address-without-host"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", id="http-2"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", id="tls"),
    ],
)
async def test_malformed_framing_is_400(sent: bytes) -> None:
    async with served() as desk:
        one = await Client.connect(desk.port)
        one.send(sent)
        assert (await one.answer()).status == 400
        assert await one.ended() == b""
        assert desk.counted == {"http_malformed": 1}
        one.close()


async def test_a_body_that_breaks_off_in_the_middle_ends_what_waits_for_it() -> None:
    async with served() as desk:
        one = await Client.connect(desk.port)
        one.send(_post(b"Transfer-Encoding: chunked"), b"3\r\nabc\r\n")
        await until(lambda: desk.asked == ["/quick"])
        one.send(b"oops\r\n")
        assert (await one.answer()).status == 400
        await until(lambda: desk.asked == ["/quick", "gone"])
        one.close()


@pytest.mark.parametrize(
    "after", [GET, b"oops oops\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + b"a" * 20_000], ids=["good", "bad", "large"]
)
async def test_what_comes_before_an_answer_is_out_does_not_spoil_it(after: bytes) -> None:
    """One request at a time: the first is answered as if nothing had followed, and then the connection is closed."""
    async with served() as desk:
        one = await Client.connect(desk.port)
        one.send(b"GET /held HTTP/1.1\r\nHost: x\r\n\r\n", after)
        await until(lambda: desk.asked == ["/held"])
        one.send(after)
        desk.release.set()
        answer = await one.answer()
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert await one.ended() == b""
        assert desk.asked == ["/held"]
        one.close()


@pytest.mark.parametrize("protocol", [b"websocket", b"h2c"])
async def test_who_asks_for_another_protocol_is_answered_in_this_one(protocol: bytes) -> None:
    async with served() as desk:
        one = await Client.connect(desk.port)
        one.send(_get(b"Connection: Upgrade", b"Upgrade: " + protocol))
        answer = await one.answer()
        assert (answer.status, answer.body, answer.headers["connection"]) == (200, b"127.0.0.1 0", "close")
        one.close()


# -- time -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", [b"", b"GET / HT", _get()[:-2]], ids=["nothing", "a-piece", "all-but-the-end"])
async def test_a_header_that_does_not_come_ends_the_connection(sent: bytes) -> None:
    async with served(header_seconds=0.1) as desk:
        one = await Client.connect(desk.port)
        one.send(sent)
        found = await one.ended()
        assert found[9:12] == (b"408" if sent else b"")
        assert desk.counted == {"http_slow" if sent else "http_silent": 1}
        assert desk.asked == []
        one.close()


async def test_time_is_for_the_whole_of_a_header_not_for_each_piece() -> None:
    async with served(header_seconds=0.2) as desk:
        one = await Client.connect(desk.port)
        one.send(b"GET / HTTP/1.1\r\n")

        async def trickle() -> None:
            while True:
                one.send(b"X: a\r\n")
                await asyncio.sleep(0.02)

        trickling = asyncio.create_task(trickle())
        assert (await one.answer()).status == 408
        trickling.cancel()
        one.close()


async def test_a_second_header_has_its_time_as_well() -> None:
    async with served(header_seconds=0.1) as desk:
        one = await Client.connect(desk.port)
        one.send(GET)
        assert (await one.answer()).status == 200
        one.send(GET[:10])
        assert (await one.answer()).status == 408
        one.close()


@pytest.mark.parametrize(
    "sent",
    [_post(b"Content-Length: 100") + b"x", _post(b"Transfer-Encoding: chunked") + b"3\r\na"],
    ids=["length", "chunks"],
)
async def test_a_body_that_does_not_come_is_408_and_ends_what_waits_for_it(sent: bytes) -> None:
    async with served(body_seconds=0.1) as desk:
        one = await Client.connect(desk.port)
        one.send(sent)
        assert (await one.answer()).status == 408
        assert await one.ended() == b""
        await until(lambda: desk.asked == ["/quick", "gone"])
        assert desk.counted == {"http_slow": 1}
        one.close()


async def test_a_body_that_nobody_waits_for_any_more_ends_without_a_second_answer() -> None:
    async with served(body_seconds=0.1) as desk:
        one = await Client.connect(desk.port)
        one.send(_post(b"Content-Length: 100", path=b"/early"), b"x")
        assert (await one.answer()).status == 403
        assert await one.ended() == b""
        one.close()


async def test_an_answer_may_take_longer_than_a_request() -> None:
    async with served(header_seconds=0.05, body_seconds=0.05, idle_seconds=0.05) as desk:
        one = await Client.connect(desk.port)
        one.send(b"GET /held HTTP/1.1\r\nHost: x\r\n\r\n")
        asyncio.get_running_loop().call_later(0.3, desk.release.set)
        assert (await one.answer()).status == 200
        one.close()


async def test_an_empty_line_behind_a_body_begins_nothing() -> None:
    async with served(header_seconds=0.05) as desk:
        one = await Client.connect(desk.port)
        one.send(_post(b"Content-Length: 1") + b"x\r\n")
        assert (await one.answer()).status == 200
        await asyncio.sleep(0.2)  # time has to pass: nothing more is told then
        one.send(GET)
        assert (await one.answer()).status == 200
        one.close()


async def test_a_connection_that_is_not_used_is_closed() -> None:
    async with served(idle_seconds=0.1) as desk:
        one = await Client.connect(desk.port)
        one.send(GET)
        assert (await one.answer()).status == 200
        assert await one.ended() == b""
        one.close()


async def test_who_does_not_read_his_answer_does_not_hold_it_for_ever() -> None:
    async with served(body_seconds=0.1) as desk:
        one = await Client.connect(desk.port)
        one.writer.transport.pause_reading()  # type: ignore[attr-defined]  # that of a socket
        one.send(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        await until(lambda: desk.asked)
        await until(lambda: not desk.server.connections)
        one.close()
