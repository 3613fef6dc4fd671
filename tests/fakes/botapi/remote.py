"""The fake as a process of its own, steered over HTTP: it stays when the bot is killed, and does not share the test's core."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, Self
from urllib.parse import urlsplit

from tests.fakes.botapi.server import TOKEN
from tests.places import ROOT


class ControlError(Exception):
    """The fake refused a control call; the message says why."""


class RemoteBotApi:
    """``await api.steer("inject", updates=...)`` does what ``FakeBotApi.inject`` does.

    Records come back as objects with the same fields.
    """

    def __init__(self, *options: str, token: str = TOKEN) -> None:
        self.token, self.base_url, self.control_url = token, "", ""
        self._options = options
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        command: Sequence[str] = (sys.executable, "-m", "tests.fakes.botapi", "--token", self.token, *self._options)
        self._process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, cwd=ROOT)
        assert self._process.stdout is not None
        async with asyncio.timeout(20):
            address = json.loads(await self._process.stdout.readline())
        self.base_url, self.control_url = address["base_url"], address["control_url"]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process is not None:
            if self._process.returncode is None:
                self._process.terminate()
            await self._process.communicate()

    async def steer(self, name: str, /, **given: Any) -> Any:
        """Raises ControlError."""
        place = urlsplit(self.control_url)
        reader, writer = await asyncio.open_connection(place.hostname, place.port, limit=1 << 30)
        try:
            body = json.dumps(given).encode()
            head = (
                f"POST {place.path}/{name} HTTP/1.1\r\nHost: control\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            writer.write(head.encode() + body)
            answer = await reader.read()
        finally:
            writer.close()
            await writer.wait_closed()
        status, _, content = answer.partition(b"\r\n\r\n")
        if status.split(b" ")[1] != b"200":
            raise ControlError(content.decode())
        return json.loads(content, object_hook=_record)


# Two fields that tell each kind of record: Injected, Call, Upload, Attempt, Fault, Stats, Violation.
_RECORDS = [
    set(pair.split())
    for pair in "injected attempts,connection params,magic size,outcome ended,hits seen,lost twice,scope after_ms".split(",")
]


def _record(found: dict[str, Any]) -> Any:
    """Records with their fields as attributes; what is Telegram's own JSON stays a dict."""
    return SimpleNamespace(**found) if any(fields <= found.keys() for fields in _RECORDS) else found
