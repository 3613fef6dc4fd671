"""Through the real Caddy and nginx, as their examples set them up: an attacker takes nobody's place."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.places import ROOT
from tests.scenarios.conftest import WebOpener
from tests.scenarios.environment import until
from tests.scenarios.web import ATTACKER, SOON, connect, danger, hold

DEPLOY = ROOT / "deploy"
HEAD = b"POST /api/v1/ask HTTP/1.1\r\nHost: bot.clinic.example\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"

LARGE = b"POST /api/v1/ask HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n"


def _caddy(port: int, bot: int, folder: Path) -> list[str]:
    text = (DEPLOY / "Caddyfile").read_text("utf-8").replace("{$DOMAIN:bot.clinic.example} {", f"http://:{port} {{")
    text = text.replace("{$UPSTREAM:127.0.0.1:8080}", f"127.0.0.1:{bot}").replace("{\n\tservers", "{\n\tadmin off\n\tservers")
    (folder / "Caddyfile").write_text(text, "utf-8")
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


def _nginx(port: int, bot: int, folder: Path) -> list[str]:
    text = re.sub(r" +ssl_certificate.*\n", "", (DEPLOY / "nginx.conf").read_text("utf-8"))
    text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};").replace("127.0.0.1:8080", f"127.0.0.1:{bot}")
    (folder / "bot.conf").write_text(text, "utf-8")
    around = f"daemon off; pid {folder}/pid; error_log {folder}/errors; events {{ worker_connections 4096; }}"
    paths = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(f"{around} http {{ access_log off; {paths} include {folder}/bot.conf; }}", "utf-8")
    return ["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)]


@contextlib.asynccontextmanager
async def _proxy(kind: str, bot: str, folder: Path) -> AsyncIterator[str]:
    """Its address."""
    process, url = await _started(kind, bot, folder)
    while process.returncode is not None:  # somebody else took the port that was free
        process, url = await _started(kind, bot, folder)
    try:
        yield url
    finally:
        process.terminate()
        await process.wait()


async def _started(kind: str, bot: str, folder: Path) -> tuple[asyncio.subprocess.Process, str]:
    """The proxy, when it answers or has ended, and its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = (_caddy if kind == "caddy" else _nginx)(port, int(bot.rpartition(":")[2]), folder)
    env, url = {"HOME": str(folder), "PATH": "/usr/sbin:/usr/bin:/bin"}, f"http://127.0.0.1:{port}"
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command, env=env, stderr=log)

    async def settled() -> bool:
        return process.returncode is not None or await _speaks(url)

    await until(settled, 30, lambda: (folder / "log").read_text("utf-8")[-500:])
    return process, url


async def _speaks(url: str) -> bool:
    try:
        async with aiohttp.ClientSession() as session, session.get(f"{url}/livez") as answer:
            return answer.status == 404
    except aiohttp.ClientError:
        return False


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["caddy", "nginx"])
@pytest.mark.parametrize("many", [pytest.param(1200, id="short"), pytest.param(3000, id="full", marks=pytest.mark.scenario)])
async def test_bodies_of_one_byte_through_a_proxy(web: WebOpener, kind: str, many: int, tmp_path: Path) -> None:
    if shutil.which(kind) is None:
        pytest.skip(f"{kind} is not there; `make deps-proxies` installs it")
    async with web() as bot, _proxy(kind, bot.url, tmp_path) as url:
        await danger(url)
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            assert (answer.status, answer.headers["Strict-Transport-Security"]) == (200, "max-age=31536000")
        async with hold(url, ATTACKER, many, HEAD):
            others = [await danger(url) for _ in range(20)]
            straight = await danger(bot.url)
    print(f"\n{many} slow bodies through {kind}: danger at most {max(others):.3f} s, straight {straight:.3f} s")
    assert max(*others, straight) < SOON


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["caddy", "nginx"])
@pytest.mark.parametrize(
    ("sent", "statuses"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 40_000 + b"\r\n\r\n", {b"400", b"431", b"494"}),
        (LARGE + b"x" * 2_000_000, {b"413", b"502"}),  # 502: Caddy before 2.7
        (b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", {b"404"}),
    ],
    ids=["header", "body", "inside"],
)
async def test_what_is_too_much_or_not_for_all_ends_at_the_proxy(
    web: WebOpener, kind: str, sent: bytes, statuses: set[bytes], tmp_path: Path
) -> None:
    if shutil.which(kind) is None:
        pytest.skip(f"{kind} is not there; `make deps-proxies` installs it")
    async with web() as bot, _proxy(kind, bot.url, tmp_path) as url:
        reader, writer = await connect(url, ATTACKER)
        writer.write(sent)
        async with asyncio.timeout(20):
            assert (await reader.readline()).split()[1] in statuses
        writer.transport.abort()
