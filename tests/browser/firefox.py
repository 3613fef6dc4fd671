"""The system's own Firefox, driven by WebDriver BiDi, which it speaks itself: what a short test needs, and no more."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp

WAIT = 30  # seconds
_LISTENING = re.compile(rb"WebDriver BiDi listening on (ws://\S+)")
# It must not speak to anybody by itself.
_PREFERENCES = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.push.connection.enabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "http://127.0.0.1:9",
    "toolkit.telemetry.enabled": False,
}


def path() -> str | None:
    """Where Firefox is, if it is installed."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


class Tab:
    """A browsing context: a tab, or a frame in it. ``complaints``: errors and warnings of the console, of all of them."""

    def __init__(self, driver: Driver, id: str) -> None:
        self._driver = driver
        self.id = id

    async def go(self, url: str) -> None:
        await self._driver.send("browsingContext.navigate", context=self.id, url=url, wait="complete")

    async def evaluate(self, expression: str) -> Any:
        """A plain value."""
        target = {"context": self.id}
        told = await self._driver.send("script.evaluate", expression=expression, target=target, awaitPromise=True)
        if told["type"] != "success":
            raise RuntimeError(told["exceptionDetails"]["text"])
        return told["result"].get("value")

    async def until(self, condition: str) -> None:
        async with asyncio.timeout(WAIT):
            while not await self.evaluate(condition):
                await asyncio.sleep(0.05)

    async def type(self, text: str) -> None:
        """Presses the keys of ``text``; a line's end is Enter."""
        keys = [{"type": how, "value": "\ue007" if key == "\n" else key} for key in text for how in ("keyDown", "keyUp")]
        await self._act({"type": "key", "id": "keys", "actions": keys})

    async def click(self, x: float, y: float) -> None:
        steps: list[dict[str, Any]] = [{"type": "pointerMove", "x": round(x), "y": round(y)}]
        steps += [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        await self._act({"type": "pointer", "id": "mouse", "actions": steps})

    async def _act(self, source: dict[str, Any]) -> None:
        await self._driver.send("input.performActions", context=self.id, actions=[source])

    async def frame(self, part: str) -> Tab:
        """The frame whose address holds ``part``, once it is there."""
        async with asyncio.timeout(WAIT):
            while True:
                (tree,) = (await self._driver.send("browsingContext.getTree", root=self.id))["contexts"]
                for one in tree["children"]:
                    if part in one["url"]:
                        return Tab(self._driver, one["context"])
                await asyncio.sleep(0.05)


class Driver:
    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self.complaints: list[str] = []

    async def send(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": params})
        return await asyncio.wait_for(answer, WAIT)

    async def listen(self) -> None:
        async for message in self._socket:
            told = message.json()
            if told["type"] == "event" and told["params"].get("level") in {"warn", "error"}:
                self.complaints.append(told["params"]["text"])
            if (waits := self._waiting.pop(told.get("id") or 0, None)) is None:
                continue
            if told["type"] == "error":
                waits.set_exception(RuntimeError(told["message"]))
            else:
                waits.set_result(told["result"])


@asynccontextmanager
async def tab(folder: Path) -> AsyncIterator[tuple[Tab, Driver]]:
    """A tab of a Firefox that was started for it, with a profile of its own in ``folder``."""
    profile = folder / "profile"
    profile.mkdir(parents=True)
    lines = (
        f"user_pref({name!r}, {str(value).lower() if isinstance(value, bool) else repr(value)});"
        for name, value in _PREFERENCES.items()
    )
    (profile / "user.js").write_text("\n".join(lines), "utf-8")
    command = (
        path() or "",
        "--headless",
        "--no-remote",
        "--profile",
        str(profile),
        "--remote-debugging-port",
        "0",
        "about:blank",
    )
    env = {**os.environ, "HOME": str(folder), "MOZ_HEADLESS_WIDTH": "1000", "MOZ_HEADLESS_HEIGHT": "760"}
    process = await asyncio.create_subprocess_exec(
        *command, env=env, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    try:
        address = await asyncio.wait_for(_address(process.stderr), WAIT)
        async with aiohttp.ClientSession() as session, session.ws_connect(f"{address}/session", max_msg_size=0) as socket:
            driver = Driver(socket)
            listening = asyncio.create_task(driver.listen())
            await driver.send("session.new", capabilities={})
            await driver.send("session.subscribe", events=["log.entryAdded"])
            (first, *_) = (await driver.send("browsingContext.getTree"))["contexts"]
            yield Tab(driver, first["context"]), driver
            await driver.send("browser.close")
            listening.cancel()
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _address(output: asyncio.StreamReader | None) -> str:
    if output is None:
        raise RuntimeError("no output")
    while line := await output.readline():
        if found := _LISTENING.search(line):
            return found.group(1).decode()
    raise RuntimeError("Firefox ended")
