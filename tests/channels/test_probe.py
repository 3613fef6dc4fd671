"""One look at an address: what it answers, why it does not, and whose clock goes wrong."""

from __future__ import annotations

import socket
import time
from email.utils import formatdate

import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer

from bot.channels import probe as module
from bot.channels.probe import NoAnswer, ProbeAnswer, clock_check, probe


async def test_an_answer_is_told_with_the_clock_of_who_gave_it() -> None:
    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response(status=302, headers={"Date": formatdate(time.time() - 600), "Location": "http://other.test/"})

    async with RawTestServer(answer) as server:
        found = await probe(str(server.make_url("/")))
    assert found.status == 302, "nothing is followed"
    assert found.ahead is not None
    assert 598 < found.ahead < 660


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Foo 2026"])
async def test_who_does_not_tell_the_time_is_none_to_go_by(date: str) -> None:
    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response(headers={"Date": date})

    async with RawTestServer(answer) as server:
        assert await probe(str(server.make_url("/"))) == ProbeAnswer(200)


async def test_why_nothing_answers_is_told_without_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SECONDS", 0.3)
    with socket.socket() as closed, socket.socket() as silent:
        closed.bind(("127.0.0.1", 0))
        silent.bind(("127.0.0.1", 0))
        silent.listen(1)
        rows = {
            f"http://127.0.0.1:{closed.getsockname()[1]}/canary": "no connection (Connection refused)",
            f"http://127.0.0.1:{silent.getsockname()[1]}/canary": "no answer within 0 s",
            "http://no-such-name.invalid/canary": "its name is not known here",
            "canary": "no answer that can be read (InvalidUrlClientError)",
        }
        for url, says in rows.items():
            with pytest.raises(NoAnswer) as found:
                await probe(url)
            assert str(found.value).startswith(says.split(" (")[0])
            assert "canary" not in str(found.value)


async def test_what_speaks_no_tls_is_told() -> None:
    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response()

    async with RawTestServer(answer) as server:
        with pytest.raises(NoAnswer, match="does not speak TLS"):
            await probe(f"https://127.0.0.1:{server.port}/")


@pytest.mark.parametrize(
    ("ahead", "state", "said"),
    [
        (0.4, "ok", "as Telegram has it"),
        (-29.0, "ok", "as Telegram has it"),
        (45.0, "warning", "45 s ahead of that of Telegram"),
        (-4000.0, "wrong", "4000 s behind that of Telegram"),
    ],
)
def test_a_clock_may_differ_a_little(ahead: float, state: str, said: str) -> None:
    (found,) = clock_check(ahead, "Telegram")
    assert (found.part, found.state, found.said, bool(found.mend)) == ("clock", state, said, state != "ok")
    assert clock_check(None, "Telegram") == []
