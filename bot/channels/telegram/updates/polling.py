"""Fetching updates from the Bot API, where it cannot reach us: what was fetched is stored before the next call confirms it."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal

from telegram import Bot
from telegram.error import Conflict, TelegramError

from bot.channels.telegram.api.errors import is_refusal, quoted
from bot.channels.telegram.api.transport import Flooded
from bot.channels.telegram.updates import intake
from bot.delivery.logs import trace
from bot.delivery.storage import Incoming, Storage, StorageError

_log = logging.getLogger(__name__)

State = Literal["starting", "polling", "standby", "conflict", "unreachable", "refused"]
_POLL_SECONDS = 25  # Telegram allows 50; many networks drop a silent connection after 30
# Between two calls that brought nothing. A server that does not wait for updates was asked 340 times a second without it.
_LEAST_SECONDS = 1.0
_STORE_SECONDS = 1.0  # after which a store counts as away


class Poller:
    """Polls for one token. Of several processes on one store only the one that holds the lease does; of several stores, none can.

    ``state`` says how it goes: "conflict" means that somebody else polls with the same token.
    """

    def __init__(
        self,
        bot: Bot,
        storage: Storage,
        count: Callable[[str], None],
        clinic: str,
        speed: float = 1.0,
        lease: float = 30.0,
    ) -> None:
        self._bot, self._storage, self._count, self._clinic = bot, storage, count, clinic
        self._speed = speed
        # Shorter than the lease that is renewed before each call, so that no other process begins to poll meanwhile.
        self._seconds = max(1, min(_POLL_SECONDS, int(0.6 * lease)))
        self._offset: int | None = None
        self._storing: set[asyncio.Future[int]] = set()
        self.state: State = "starting"
        self.reason = ""
        # By a hash of its token: who polls with another token is not in the way.
        self._lease = f"telegram polling {hashlib.sha256(bot.token.encode()).hexdigest()[:16]}"

    @property
    def shown(self) -> tuple[bool, str]:
        """Whether updates can come, and how it is: one word, and what Telegram says where somebody has to mend it."""
        told = self.reason if self.state == "refused" else ""
        return self.state not in {"conflict", "refused"}, f"{self.state}: {told}" if told else self.state

    async def run(self, take: Callable[[Sequence[Incoming]], Awaitable[int]]) -> None:
        """Until it is cancelled; what comes is given to ``take``."""
        pause = 0.0
        while True:
            try:
                if not await self._holds():
                    self._is("standby")
                    await self._sleep(2)
                    continue
                if self.state in {"starting", "standby"}:
                    await self._bot.delete_webhook(drop_pending_updates=False)
                    self._is("polling")
                await self._poll(take)
                pause = 0.0
            except Conflict as error:
                self._count("poll_conflict")
                self._is("conflict", quoted(error.message))
                if "webhook" in error.message:
                    self._is("starting")  # somebody set one since; whoever started us wants polling
                await self._sleep(3 + 4 * random.random())  # noqa: S311  # so that two do not fight in step
            except StorageError:
                self._count("store_error")
                await self._sleep(1)  # who asks for the same again within half a second gets one update only
            except Flooded as error:
                self._count("flood")
                await asyncio.sleep(error.seconds)  # on Telegram's clock, however quick ours is
            except TelegramError as error:
                self._count("api_error")
                refused = is_refusal(error)
                self._is("refused" if refused else "unreachable", quoted(error.message))
                pause = min(max(0.5, 2 * pause), 30.0 if refused else 3.0)
                await self._sleep(pause)
            except Exception as error:  # noqa: BLE001  # a poller that dies would leave everybody without an answer
                _log.error("polling failed", extra={"where": trace(error)})
                await self._sleep(1)

    async def _holds(self) -> bool:
        """Whether to poll: this process holds the lease, or the store that says so is away.

        Then danger must be heard all the same. Nothing else comes of it: what is not stored is not confirmed.
        """
        try:
            async with asyncio.timeout(_STORE_SECONDS):
                return await self._storage.hold(self._lease)
        except (StorageError, TimeoutError):
            self._count("store_error")
            return self.state != "standby"

    async def _poll(self, take: Callable[[Sequence[Incoming]], Awaitable[int]]) -> None:
        arguments: dict[str, Any] = {"timeout": self._seconds, "limit": 100, "allowed_updates": list(intake.UPDATES)}
        if self._offset is not None:
            arguments["offset"] = self._offset
        began = time.monotonic()
        found = await self._bot.do_api_request("getUpdates", api_kwargs=arguments, read_timeout=self._seconds + 10)
        self._is("polling")
        if not isinstance(found, list) or not found:
            await asyncio.sleep(_LEAST_SECONDS / self._speed - (time.monotonic() - began))
            return
        at = time.time()
        updates = [intake.incoming_from(raw, self._clinic, at) for raw in found if isinstance(raw, dict) and "update_id" in raw]
        # The next call confirms these: it must not be made before they are stored.
        await self._store(take(updates))
        self._offset = max(int(update.id) for update in updates) + 1

    async def _store(self, taking: Awaitable[int]) -> None:
        """Raises StorageError also where the store only takes its time: then the next ones must be looked at, for danger.

        What was begun goes on meanwhile. When these updates come again, the store knows them or takes them then.
        """
        storing = asyncio.ensure_future(taking)
        self._storing.add(storing)
        storing.add_done_callback(self._stored)
        await asyncio.wait({storing}, timeout=_STORE_SECONDS)
        if not storing.done():
            raise StorageError("the store takes its time")
        await storing

    def _stored(self, storing: asyncio.Future[int]) -> None:
        self._storing.discard(storing)
        if not storing.cancelled():
            storing.exception()  # who still waits for it hears of it, too

    def _is(self, state: State, reason: str = "") -> None:
        if (state, reason) != (self.state, self.reason):
            level = logging.INFO if state in {"polling", "standby", "starting"} else logging.WARNING
            _log.log(level, "polling", extra={"status": state, **({"reason": reason} if reason else {})})
        self.state, self.reason = state, reason

    async def _sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._speed)
