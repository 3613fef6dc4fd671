"""The client of the Bot API."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import AsyncIterator

from telegram import Bot
from telegram.warnings import PTBUserWarning

from bot.channels.telegram.api.transport import AiohttpRequest

# Some calls are made by their plain name, as the library's own methods do more than is wanted: they read all updates of an answer
# at once, so that one that cannot be read would lose the others with it, and all of a message just sent.
warnings.filterwarnings("ignore", message="Please use 'Bot.", category=PTBUserWarning)


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
