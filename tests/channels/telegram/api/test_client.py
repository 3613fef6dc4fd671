"""Which proxy stands on the way to the Bot API, and that all goes through it; over sockets."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp.connector
import pytest

from bot.channels.declaration import ConfigError
from bot.channels.telegram.api.client import client, proxy_for
from bot.channels.telegram.api.transport import Unsent
from tests.fakes.botapi import TOKEN, FakeBotApi
from tests.fakes.proxy import Proxy

TELEGRAM, NAME = "https://api.telegram.org/bot", "botapi.test"
LOGIN = f"Basic {b64encode(b'me:pass-word').decode()}"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http", "https", "all", "no"):
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name.upper()}_PROXY", raising=False)


@pytest.mark.parametrize(
    ("environment", "base", "proxy"),
    [
        ({}, TELEGRAM, None),
        ({"HTTPS_PROXY": "http://p.test:3128"}, TELEGRAM, "http://p.test:3128"),
        ({"https_proxy": "http://p.test:3128"}, TELEGRAM, "http://p.test:3128"),
        ({"HTTPS_PROXY": "p.test:3128"}, TELEGRAM, "http://p.test:3128"),
        ({"ALL_PROXY": "http://p.test:3128"}, TELEGRAM, "http://p.test:3128"),
        ({"HTTP_PROXY": "http://p.test:3128"}, TELEGRAM, None),
        ({"HTTP_PROXY": "http://p.test:3128"}, "http://botapi.internal:8081/bot", "http://p.test:3128"),
        ({"HTTPS_PROXY": "http://p.test:3128", "NO_PROXY": "example.org,.telegram.org"}, TELEGRAM, None),
        ({"HTTPS_PROXY": "http://p.test:3128", "NO_PROXY": "*"}, TELEGRAM, None),
        ({"HTTPS_PROXY": "http://p.test:3128", "NO_PROXY": "telegram.example"}, TELEGRAM, "http://p.test:3128"),
        ({"ALL_PROXY": "http://p.test:3128"}, "http://127.0.0.1:8081/bot", None),
        ({"ALL_PROXY": "http://p.test:3128"}, "http://[::1]:8081/bot", None),
        ({"ALL_PROXY": "http://p.test:3128"}, "http://localhost:8081/bot", None),
        ({"HTTPS_PROXY": ""}, TELEGRAM, None),
    ],
)
def test_the_environments_proxy_is_found_as_other_programs_find_it(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], base: str, proxy: str | None
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(base) == proxy


def test_a_proxy_of_another_kind_is_refused_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://me:pass-word@p.test:1080")
    with pytest.raises(ConfigError, match=r"^HTTPS_PROXY: socks5 proxies are not spoken here") as found:
        proxy_for(TELEGRAM)
    assert "pass-word" not in str(found.value)


# -- all goes through it ---------------------------------------------------------------------------------------------


@asynccontextmanager
async def tls(api: FakeBotApi, folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """The API behind a certificate for NAME, which the client trusts; its port."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    made = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test -addext"
    command = ["openssl", *made.split(), f"subjectAltName=DNS:{NAME}", "-keyout", str(key), "-out", str(certificate)]
    await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True)
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(certificate, key)
    # aiohttp makes its one context when it is imported, and the transport has no setting for another: nobody else needs one.
    monkeypatch.setattr(aiohttp.connector, "_SSL_CONTEXT_VERIFIED", ssl.create_default_context(cafile=str(certificate)))

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection("127.0.0.1", api.port)

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while piece := await source.read(1 << 16):
                sink.write(piece)
                await sink.drain()
            sink.close()

        await asyncio.gather(pump(reader, there[1]), pump(there[0], writer), return_exceptions=True)

    server = await asyncio.start_server(pass_on, "127.0.0.1", 0, ssl=ours)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="it makes the certificate")
@pytest.mark.parametrize("by", ["HTTPS_PROXY", "https_proxy", "TELEGRAM_PROXY"])
async def test_calls_go_through_a_tunnel_of_the_proxy(
    api: FakeBotApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    base = f"https://{NAME}/bot"  # a name that nobody but the proxy knows
    async with tls(api, tmp_path, monkeypatch) as port, Proxy({NAME: port}, LOGIN) as proxy:
        url = proxy.url.replace("://", "://me:pass-word@")
        if by != "TELEGRAM_PROXY":
            monkeypatch.setenv(by, url)
        async with client(TOKEN, base, url if by == "TELEGRAM_PROXY" else None) as bot:
            assert (await bot.get_me()).id == api.state.me["id"]
            assert await bot.get_updates(timeout=0) == ()
    assert set(proxy.asked) == {f"CONNECT {NAME}:443 HTTP/1.1"}
    assert [call.method for call in api.calls()] == ["getme", "getupdates"]


async def test_a_server_without_a_certificate_is_reached_through_it_as_well(
    api: FakeBotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Proxy({NAME: api.port}) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        async with client(TOKEN, f"http://{NAME}/bot") as bot:
            await bot.get_me()
    assert proxy.asked[0].startswith(f"POST http://{NAME}/bot")


async def test_what_the_setting_says_holds_before_the_environment(api: FakeBotApi, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Proxy({NAME: api.port}) as proxy, Proxy({}) as other:
        monkeypatch.setenv("ALL_PROXY", other.url)
        monkeypatch.setenv("NO_PROXY", NAME)
        async with client(TOKEN, f"http://{NAME}/bot", proxy.url) as bot:
            await bot.get_me()
        monkeypatch.delenv("NO_PROXY")
        async with client(TOKEN, f"http://{NAME}/bot", "") as bot:
            with pytest.raises(Unsent):  # without a proxy nobody knows that name
                await bot.get_me()
    assert (len(proxy.asked), other.asked) == (1, [])


async def test_a_proxy_that_refuses_carries_nothing_out_and_its_password_stands_in_no_error(api: FakeBotApi) -> None:
    async with (
        Proxy({NAME: api.port}, "Basic other") as proxy,
        client(TOKEN, f"https://{NAME}/bot", proxy.url.replace("://", "://me:pass-word@")) as bot,
    ):
        with pytest.raises(Unsent) as refused:
            await bot.get_me()
    assert "pass-word" not in repr(refused.value)
    assert TOKEN not in repr(refused.value)
    assert api.calls() == []
