"""Telegram's webhook: an update is in the inbox before Telegram hears 200."""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from telegram import Bot
from telegram.error import TelegramError

from bot.channels.http import TooLarge, body
from bot.channels.telegram.api.transport import Flooded
from bot.channels.telegram.updates import intake
from bot.delivery.storage import Incoming, StorageError

_log = logging.getLogger(__name__)
PATH = "/hooks/telegram"
_HEADER = b"x-telegram-bot-api-secret-token"
_LARGEST = 1 << 20  # bytes; an update has some kilobytes
# Telegram honours it; otherwise it would come again after up to two minutes.
_AGAIN = {"Retry-After": "2"}


class Hook:
    """The endpoint. The secret is looked at before the body is: who does not know it costs nothing."""

    def __init__(self, secret: str, take: Callable[[Sequence[Incoming]], Awaitable[int]], clinic: str) -> None:
        self._secret = secret.encode()
        self._take = take
        self._clinic = clinic

    async def receive(self, request: Request) -> Response:
        """What Telegram is told."""
        shown = [value for name, value in request.headers.raw if name == _HEADER]
        if len(shown) != 1 or not hmac.compare_digest(shown[0], self._secret):
            return Response(status_code=403)
        try:
            update = intake.parse_update(await body(request, _LARGEST), self._clinic, time.time())
            await self._take([update])
        except TooLarge:
            return Response(status_code=413)
        except intake.NoUpdate:
            return Response(status_code=400)
        except StorageError:
            return Response(status_code=503, headers=_AGAIN)
        return Response(status_code=200)


async def register(bot: Bot, url: str, secret: str, speed: float = 1.0) -> None:
    """Tells Telegram where the webhook is, however long the API is away. Nothing that waits there is dropped."""
    pause = 0.5
    while True:
        try:
            await bot.set_webhook(
                f"{url}{PATH}", secret_token=secret, allowed_updates=list(intake.UPDATES), drop_pending_updates=False
            )
        except Flooded as error:
            await asyncio.sleep(error.seconds)  # on Telegram's clock, however quick ours is
        except TelegramError as error:
            _log.warning("webhook not set", extra={"reason": type(error).__name__})
            await asyncio.sleep(pause / speed)
            pause = min(2 * pause, 3.0)  # an API that is back is noticed within 5 s, its own retries included
        else:
            _log.info("webhook set")
            return
