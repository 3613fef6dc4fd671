"""The chat in WebKit, as GTK has it: it opens, answers, and goes on over the pages of a site. WebKit draws on a screen alone."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.browser.host import Host

pytestmark = pytest.mark.asyncio(loop_scope="session")

WAIT = 30  # seconds
BROWSER = next(iter(sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))), None)
if BROWSER is None or not shutil.which("WebKitWebDriver") or not shutil.which("Xvfb"):
    pytest.skip("there is no WebKit; on Debian: apt-get install webkit2gtk-driver xvfb", allow_module_level=True)

Run = Callable[..., Awaitable[Any]]


@asynccontextmanager
async def screen() -> AsyncIterator[str]:
    """A display that nobody sees; it names itself, on a pipe."""
    reads, writes = os.pipe()
    process = await asyncio.create_subprocess_exec(
        "Xvfb", "-displayfd", str(writes), "-screen", "0", "1200x900x24", pass_fds=(writes,), stderr=asyncio.subprocess.DEVNULL
    )
    os.close(writes)
    try:
        with os.fdopen(reads) as pipe:
            number = await asyncio.wait_for(asyncio.to_thread(pipe.readline), WAIT)
        yield f":{number.strip()}"
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def webkit(folder: Path) -> AsyncIterator[tuple[Run, Run]]:
    """What goes to an address, and what runs JavaScript there."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with screen() as display, aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=WAIT)) as session:
        env = {**os.environ, "HOME": str(folder), "DISPLAY": display, "GDK_BACKEND": "x11", "WEBKIT_DISABLE_DMABUF_RENDERER": "1"}
        driver = await asyncio.create_subprocess_exec("WebKitWebDriver", f"--port={port}", env=env)

        async def send(method: str, path: str, **body: Any) -> Any:
            address = f"http://127.0.0.1:{port}{path}"
            async with session.request(method, address, json=body if method == "POST" else None) as answer:
                told = (await answer.json())["value"]
            if answer.status != 200:
                raise RuntimeError(told["message"])
            return told

        try:
            async with asyncio.timeout(WAIT):
                while not await _listens(port):
                    await asyncio.sleep(0.05)
            wanted = {
                "browserName": "MiniBrowser",
                "webkitgtk:browserOptions": {"binary": str(BROWSER), "args": ["--automation"]},
            }
            place = f"/session/{(await send('POST', '/session', capabilities={'alwaysMatch': wanted}))['sessionId']}"
            try:
                yield (
                    lambda url: send("POST", f"{place}/url", url=url),
                    lambda script: send("POST", f"{place}/execute/sync", script=script, args=[]),
                )
            finally:
                await send("DELETE", place)
        finally:
            driver.terminate()
            await driver.wait()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def until(run: Run, condition: str) -> None:
    async with asyncio.timeout(WAIT):
        while not await run(f"return Boolean({condition})"):
            await asyncio.sleep(0.05)


async def test_the_chat_answers_and_goes_on_over_the_pages_of_a_site(host: Host, tmp_path: Path) -> None:
    async with webkit(tmp_path) as (go, run):
        await go(f"{host.bot}/example/")
        await run("infusionBot.ask('How long does an infusion take?')")
        heard = "document.getElementById('heard').textContent"
        await until(run, f"{heard}.includes('infusion_length')")
        await go(f"{host.bot}/example/visit")
        assert await run("return infusionBot.isOpen()") is True
        await go(f"{host.bot}/")
        # On the same origin the whole page shows what the frame has kept.
        await until(run, "document.querySelector('.asked') && document.querySelector('article .source a')")
        assert "40 minutes to an hour" in await run("return document.getElementById('log').textContent")
