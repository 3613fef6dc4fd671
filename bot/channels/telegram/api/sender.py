"""Sends one call to Telegram, and decides what a failure means: wait, repeat, repeat once, give up, or tell the caller.

Better read twice than never: what posts a message is repeated once where nobody knows whether it arrived. The journal holds what
is known of each part, over a death of the process, too; only a call under way at that moment is in no journal, and adds one.
"""

from __future__ import annotations

import asyncio
import logging
import random
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import msgspec
from telegram import Bot
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, TelegramError

from bot.channels.telegram.api.errors import GONE, REPAIRS, UNNEEDED, Why, is_of_the_bot, named
from bot.channels.telegram.api.pace import Pace
from bot.channels.telegram.api.transport import Flooded, Unsent
from bot.delivery.journal import NO_JOURNAL, Journal
from bot.delivery.tracing import span

_log = logging.getLogger(__name__)

Event = Literal[
    "sent",
    "skipped",  # the journal says that it was sent
    "flood",
    "unsent",
    "unknown",
    "repeated",  # once, after "unknown"
    "given_up",  # unknown twice
    "gone",
    "migrated",
    "plain",  # without markup, as Telegram could not read it
    "unreplied",  # without the reference to a message that is no more
    "unneeded",  # nothing to change, nothing to edit, too late to answer
    "refused",
    "later",
    "dropped",  # a call that only passes by: typing, the answer to a query
]
EVENTS: Final[tuple[str, ...]] = get_args(Event)

_TRIES = 3  # requests that did not go out, or harmless ones whose outcome is unknown
_PATIENCE = 30.0  # seconds; with the one request that may still be under way (25 s) a call stays below 60
_PASSING_PATIENCE = 10.0  # a pressed button stops waiting then
_MENDING = 30.0
_PROBE_FIRST, _PROBE_LAST, _PROBE_TIMEOUT = 0.25, 2.0, 3.0  # an API that is back is noticed within 5 s

# Calls whose answer is taken as it comes: most are the first, and to read all of the message that comes back into the library's
# classes is a tenth of what an answer costs.
_PLAIN = frozenset(
    (
        "send_message",
        "edit_message_text",
        "edit_message_reply_markup",
        "send_chat_action",
        "answer_callback_query",
        "get_me",
        "get_business_connection",
    )
)
# Calls that are worth nothing when they are late: they never postpone an update.
_PASSING = frozenset({"send_chat_action", "answer_callback_query", "answer_inline_query"})
_POSTING = re.compile(r"(send|copy|forward)_|create_forum_topic")


@dataclass(frozen=True, slots=True)
class MethodCall:
    """One call: a method of ``telegram.Bot`` by its name, with its arguments.

    ``part`` names it in the journal ("" : it is not in there). ``plain`` is the text without markup for when Telegram cannot read
    the markup; without it the tags are stripped. Files are given as bytes: a call may go out more than once. What is ``urgent``
    is tried at once, whatever our own limits say and however the API did lately.
    """

    method: str
    kwargs: Mapping[str, Any]
    part: str = ""
    plain: str | None = None
    urgent: bool = False

    @property
    def passing(self) -> bool:
        return self.method in _PASSING

    @property
    def posting(self) -> bool:
        """Whether two calls give two messages."""
        return not self.passing and _POSTING.match(self.method) is not None


@dataclass(frozen=True, slots=True)
class Sent:
    """``answer`` as the bot's method returns it. ``migrated``: the new id, where the group has become a supergroup."""

    answer: Any
    migrated: int | None = None

    @property
    def message_id(self) -> int | None:
        return self.answer.get("message_id") if isinstance(self.answer, dict) else getattr(self.answer, "message_id", None)


@dataclass(frozen=True, slots=True)
class ChatGone:
    """There is nobody to send to, which is an ordinary event."""

    why: Why


class SendLater(Exception):  # an ordinary event
    """The call cannot be made now; try the update again in ``after`` seconds. It is not the update's fault."""

    def __init__(self, after: float) -> None:
        super().__init__(f"try again in {after:.1f} s")
        self.after = after


class SendRefused(Exception):  # as above
    """Telegram will never take this call. ``reason`` is its own words, which quote nothing."""

    def __init__(self, method: str, reason: str) -> None:
        super().__init__(f"{method}: {reason}")
        self.reason = reason


@dataclass(slots=True)
class _Run:
    """One call on its way: with what, until when, and what has happened to it."""

    call: MethodCall
    journal: Journal
    deadline: float
    kwargs: dict[str, Any]
    tries: int = 0
    unknown: int = 0
    migrated: int | None = None
    repeated: bool = False

    @property
    def chat(self) -> int | str | None:
        chat = self.kwargs.get("chat_id")
        return chat if isinstance(chat, int | str) else None

    async def note(self, what: str) -> None:
        if self.call.posting and self.call.part:
            await self.journal.note(self.call.part, what)


class Sender:
    """All that goes to Telegram goes through ``send``. ``count`` hears of each event; ``patience``: longest wait in seconds."""

    def __init__(
        self,
        bot: Bot,
        pace: Pace,
        count: Callable[[Event], None],
        *,
        patience: float = _PATIENCE,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._bot = bot
        self._pace = pace
        self._count = count
        self._patience = pace.scaled(patience)
        self._passing = pace.scaled(_PASSING_PATIENCE)
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self._trouble = False  # the last that was heard of the API is that it fails
        self._probing = asyncio.Lock()

    async def send(self, call: MethodCall, journal: Journal | None = None) -> Sent | ChatGone | None:
        """Makes ``call``; None where there is nothing (more) to do.

        Raises SendLater, SendRefused, and what the journal raises.
        """
        patience = min(self._patience, self._passing) if call.passing else self._patience
        run = _Run(call, journal or NO_JOURNAL, self._clock() + patience, dict(call.kwargs))
        known = run.journal.sent(call.part) if call.posting and call.part else None
        if known in {"sent", "twice"}:
            self._count("skipped" if known == "sent" else "given_up")
            return None
        run.unknown = 1 if known == "unknown" else 0
        try:
            with span("send", "telegram"):
                return await self._work(run)
        except (SendLater, SendRefused) as error:
            if call.passing:
                self._count("dropped")
                return None
            self._count("later" if isinstance(error, SendLater) else "refused")
            if isinstance(error, SendRefused):
                _log.warning("telegram %s: refused", call.method, extra={"reason": error.reason})
            else:
                _log.warning("telegram %s: later", call.method)
            raise

    async def _work(self, run: _Run) -> Sent | ChatGone | None:
        while True:
            try:
                answer = await self._try(run)
            except TelegramError as error:
                again, outcome = await self._consider(run, error)
                if not again:
                    return outcome
            else:
                self._count("sent")
                await run.note("sent")
                return Sent(answer, run.migrated)

    async def _consider(self, run: _Run, error: TelegramError) -> tuple[bool, ChatGone | None]:
        """Whether to make the call again, and what to return if not."""
        match error:
            case Flooded():
                self._count("flood")
                self._pace.flood(run.chat, error.seconds)
            case Unsent():
                self._count("unsent")
                self._retry(run)
            case ChatMigrated():
                self._migrate(run, error.new_chat_id)
            case _ if is_of_the_bot(error):
                raise SendLater(self._pace.scaled(_MENDING))  # for the clinic to mend; its patients' questions wait
            case BadRequest() | Forbidden():
                return (True, None) if self._repair(run, error) else (False, self._refusal(run, error))
            case NetworkError():
                return await self._doubt(run), None
            case _:
                raise SendRefused(run.call.method, named(error.message))
        return True, None

    async def _try(self, run: _Run) -> Any:
        urgent = run.call.urgent
        wait = self._pace.wait(run.chat, urgent=urgent)
        typing = run.call.method == "send_chat_action"  # no limit counts it, and it must not delay the answer
        if self._clock() + wait > run.deadline or (typing and wait > 0):
            raise SendLater(wait)
        try:
            async with asyncio.timeout(max(0.0, run.deadline - self._clock())):
                if not urgent or run.unknown or run.tries:
                    await self._recovered()
                await self._pace.turn(None if typing else run.chat, urgent=urgent)
        except TimeoutError:
            raise SendLater(max(self._pace.wait(run.chat), self._soon())) from None
        if run.unknown and not run.repeated:
            run.repeated = True
            self._count("repeated")
        try:
            answer = await self._call(run.call.method, run.kwargs)
        except TelegramError as error:
            self._trouble = isinstance(error, NetworkError) and not isinstance(error, BadRequest)
            raise
        self._trouble = False
        return answer

    async def _call(self, method: str, kwargs: Mapping[str, Any]) -> Any:
        if method in _PLAIN:
            given = {name: value for name, value in kwargs.items() if value is not None}
            return await self._bot.do_api_request(method, api_kwargs={name: _plain(value) for name, value in given.items()})
        return await getattr(self._bot, method)(**kwargs)

    # -- an API that fails --------------------------------------------------------------------------------------

    async def _recovered(self) -> None:
        """Waits until the API answers a harmless call, if it last failed.

        So the one repeat that a message has is not spent on an API that is down, nor is the first attempt of all that come
        meanwhile. One of those who wait asks for all of them.
        """
        async with self._probing:
            pause = _PROBE_FIRST
            while self._trouble and not await self._answers():
                await self._sleep(self._pace.scaled(pause) * (0.5 + self._chance()))
                pause = min(2 * pause, _PROBE_LAST)
            self._trouble = False

    async def _answers(self) -> bool:
        try:
            await self._bot.get_me(read_timeout=_PROBE_TIMEOUT, connect_timeout=_PROBE_TIMEOUT, pool_timeout=_PROBE_TIMEOUT)
        except NetworkError as error:
            return isinstance(error, BadRequest)
        except TelegramError:
            return True  # whatever it says, it answers
        return True

    def _soon(self) -> float:
        """When to come back to an API that fails: 1 to 3 s, not all at the same moment."""
        return self._pace.scaled(1.0 + 2.0 * self._chance())

    def _retry(self, run: _Run) -> None:
        run.tries += 1
        if run.tries >= _TRIES:
            raise SendLater(self._soon())

    async def _doubt(self, run: _Run) -> bool:
        """The outcome is unknown; whether to try again. What becomes of a message is in the journal before it is repeated."""
        self._count("unknown")
        if not run.call.posting:
            self._retry(run)
            return True
        run.unknown += 1
        if run.unknown > 1:
            await run.note("twice")
            self._count("given_up")
            _log.warning("telegram %s: outcome unknown twice", run.call.method)
            return False
        await run.note("unknown")
        return True

    # -- what Telegram says -------------------------------------------------------------------------------------

    def _migrate(self, run: _Run, chat_id: int) -> None:
        if run.migrated is not None:
            raise SendRefused(run.call.method, "migrated twice")
        self._count("migrated")
        run.migrated = run.kwargs["chat_id"] = chat_id

    def _repair(self, run: _Run, error: TelegramError) -> bool:
        """Takes from the call what Telegram stumbled over; False where that is not it, or it is gone already."""
        said = error.message.lower()
        for event, texts, change in REPAIRS:
            if any(text in said for text in texts) and change(run.kwargs, run.call.plain):
                self._count(event)
                return True
        return False

    def _refusal(self, run: _Run, error: TelegramError) -> ChatGone | None:
        said = error.message.lower()
        if any(text in said for text in UNNEEDED):
            self._count("unneeded")
            return None
        why = next((why for text, why in GONE if text in said), "forbidden" if isinstance(error, Forbidden) else None)
        if why is None:
            raise SendRefused(run.call.method, named(error.message))
        self._count("gone")
        return ChatGone(why)


def _plain(value: Any) -> Any:
    """A value as the Bot API takes it: what is no text, as JSON."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
