"""Telegram's webhook: an update is in the inbox before Telegram hears 200. And that Telegram knows where it is."""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response
from telegram import Bot, WebhookInfo
from telegram.error import TelegramError

from bot.channels.requests.bodies import TooLarge, body
from bot.channels.telegram.api.errors import is_refusal, quoted
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


State = Literal["starting", "set", "unreachable", "refused", "conflict", "failing"]
_LOOK_SECONDS = 60.0
_STRANGER = "403"  # what our own endpoint says to who shows none or another secret


def address(url: str) -> str:
    """Where Telegram finds the endpoint of a server whose public address is ``url``."""
    return f"{url}{PATH}"


def change_in(info: WebhookInfo, wanted: str) -> str:
    """What of ``info`` is not as the bot sets it for the address ``wanted``; "" where nothing is."""
    if info.url != wanted:
        return "another address" if info.url else "deleted"
    return "" if set(info.allowed_updates or ()) == set(intake.UPDATES) else "other kinds of updates"


class Registration:
    """Tells Telegram where the webhook is, and looks regularly whether that still holds: whoever has the token can change it.

    ``state`` says how it goes: "conflict" that somebody changes it again and again, "failing" that Telegram cannot deliver what
    waits. Only the latter makes no process unready: one that gets no requests for it would never be found well again.
    """

    def __init__(
        self,
        bot: Bot,
        url: str,
        secret: str,
        count: Callable[[str], None],
        speed: float = 1.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._bot, self._url, self._secret, self._count = bot, address(url), secret, count
        self._speed, self._clock = speed, clock
        self._stands = False
        self._changes = 0  # looks in a row that found another address
        self._looked = 0.0
        self.state: State = "starting"
        self.reason = ""

    @property
    def shown(self) -> tuple[bool, str]:
        """Whether updates can come, and how it is: one word, and what Telegram says where somebody has to mend it."""
        told = self.reason if self.state in {"refused", "failing"} else ""
        return self.state not in {"refused", "conflict"}, f"{self.state}: {told}" if told else self.state

    async def run(self) -> None:
        """Until it is cancelled, however long the API is away."""
        pause = 0.0
        while True:
            try:
                await (self._look() if self._stands else self._set())
                pause, wait = 0.0, _LOOK_SECONDS / self._speed
            except Flooded as error:
                wait = error.seconds  # on Telegram's clock, however quick ours is
            except TelegramError as error:
                refused = is_refusal(error)
                self._count("webhook_refused" if refused else "api_error")
                self._is("refused" if refused else "unreachable", quoted(error.message, self._secret))
                # An API that is back is noticed within 5 s, its own retries included.
                pause = min(max(0.5, 2 * pause), 30.0 if refused else 3.0)
                wait = pause / self._speed
            await asyncio.sleep(wait)

    async def _set(self) -> None:
        """Nothing that waits at Telegram is dropped."""
        self._looked = self._clock()
        self._stands = False
        await self._bot.set_webhook(
            self._url, secret_token=self._secret, allowed_updates=list(intake.UPDATES), drop_pending_updates=False
        )
        self._stands = True
        self._is("conflict" if self._changes > 1 else "set")

    async def _look(self) -> None:
        before, self._looked = self._looked, self._clock()
        info = await self._bot.get_webhook_info()
        change = change_in(info, self._url)
        if change:
            self._changes += info.url != self._url
            self._count("webhook_changed")
            _log.warning("webhook changed by somebody else", extra={"reason": change})
            await self._set()
            return
        self._changes = 0
        failed = info.last_error_date is not None and info.last_error_date.timestamp() >= int(before)
        if not failed or not info.pending_update_count:
            self._is("set")
            return
        reason = quoted(info.last_error_message or "", self._secret)
        self._count("webhook_failing")
        if _STRANGER in reason:
            await self._set()  # somebody may have set another secret, which nobody can ask for
        self._is("failing", reason)

    def _is(self, state: State, reason: str = "") -> None:
        if (state, reason) != (self.state, self.reason):
            level = logging.INFO if state == "set" else logging.WARNING
            _log.log(level, "webhook", extra={"status": state, **({"reason": reason} if reason else {})})
        self.state, self.reason = state, reason
