"""The client of the Bot API."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from telegram import Bot

from bot.channels.telegram.api.transport import AiohttpRequest


@contextlib.asynccontextmanager
async def client(token: str, base_url: str) -> AsyncIterator[Bot]:
    """A client; nothing is asked of it yet. One transport for calls and one for polling."""
    calls, polls = AiohttpRequest(), AiohttpRequest(connections=2)
    bot = Bot(token, base_url=base_url, request=calls, get_updates_request=polls)
    await calls.initialize()
    await polls.initialize()
    try:
        yield bot
    finally:
        await calls.shutdown()
        await polls.shutdown()
