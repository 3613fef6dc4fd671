"""The generic webhook: taken and answered later at an address, or answered at once in the same request."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from weakref import WeakValueDictionary

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from bot.channels.edition import Edition, Editions
from bot.channels.helpdesk import signatures
from bot.channels.helpdesk.generic import questions
from bot.channels.helpdesk.generic.questions import WebhookQuestion
from bot.channels.helpdesk.state import WHO, ConversationRecord, dump_record, read_record
from bot.channels.requests.bodies import TooLarge, body
from bot.delivery.handler import Later
from bot.delivery.service import Service
from bot.delivery.storage import Incoming, StorageError
from bot.delivery.storage.turn_store import TurnStore
from bot.dialogue.conversation import ConversationKey, Reply

PATH = "/hooks/generic"

_LARGEST = 1 << 16  # bytes: all of it is listened to for danger, which takes some 50 ms of a core
# Seconds for a turn. What is urgent waits no longer than a moment.
_PATIENCE, _SOON = 5.0, 0.5


class Gate:
    """Lets in what is signed. ``secret`` as ``key_of`` takes it."""

    def __init__(self, secret: str, count: Callable[[str], None], clock: Callable[[], float] = time.time) -> None:
        self._key = signatures.key_of(secret)
        self._count = count
        self.clock = clock

    def key(self, asked: WebhookQuestion, clinic: str) -> ConversationKey:
        """The conversation of ``asked``."""
        return asked.key(clinic, self._key)

    async def open(self, request: Request) -> WebhookQuestion | Response:
        """The question, or what to answer instead."""
        try:
            shown = signatures.standard_headers(request.headers.raw, self.clock())
            told = await body(request, _LARGEST)
            signatures.check_standard(shown, told, self._key)
            return questions.parse_question(told, shown.id)
        except signatures.Forged:
            self._count("refused_signature")
            return _problem(401, "Not signed, not with this secret, or not in the last five minutes")
        except TooLarge:
            return _problem(413, "The body is too large, or it did not come in time", f"At most {_LARGEST} bytes are read")
        except questions.NoQuestion as error:
            return _problem(400, "This is no question", str(error))


class AnsweredBefore(Exception):
    """The webhook made a turn already, and its answer is kept no more."""


class TakingHook:
    """For a help desk that has an address for replies: 202 when the question is in the inbox."""

    def __init__(self, gate: Gate, take: Callable[[Sequence[Incoming]], Awaitable[int]], clinic: str) -> None:
        self._gate = gate
        self._take = take
        self._clinic = clinic

    async def receive(self, request: Request) -> Response:
        asked = await self._gate.open(request)
        if isinstance(asked, Response):
            return asked
        update = Incoming(
            self._gate.key(asked, self._clinic), questions.hashed(asked.id), msgspec.json.encode(asked), self._gate.clock()
        )
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._take([update])
        except (StorageError, TimeoutError):
            return _away()
        return Response(status_code=202)


class AnsweringHook:
    """For one that has none: the answer stands in the response.

    The latest answers of a conversation are remembered under the hashed ids of their webhooks, so that one that comes again
    is answered alike; the ids alone for as long as a signature holds, so that no second turn is made. Turns of one
    conversation do not overlap in one process; over several processes that is up to the caller, who has to wait for an answer
    before the next question anyway.
    """

    def __init__(
        self,
        gate: Gate,
        editions: Editions,
        clinic: str,
        service: Service,
        store: TurnStore,
        count: Callable[[str], None],
    ) -> None:
        self._gate = gate
        self._editions = editions
        self._clinic = clinic
        self._service = service
        self._store = store
        self._count = count
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def receive(self, request: Request) -> Response:
        asked = await self._gate.open(request)
        if isinstance(asked, Response):
            return asked
        edition = self._editions.current(self._clinic)
        # By itself, without a store: only to know how long may be waited for one.
        urgent = await self._service.alarm(edition, asked.event)
        try:
            async with asyncio.timeout(_SOON if urgent else _PATIENCE):
                told = await self._turn(edition, asked)
        except Later:
            return _problem(503, "What is needed for an answer is still being learned", headers={"Retry-After": "5"})
        except (StorageError, TimeoutError, AnsweredBefore) as error:
            if urgent is None:
                return _answered_before() if isinstance(error, AnsweredBefore) else _away()
            if not isinstance(error, AnsweredBefore):
                self._count("urgent_unsaved")
            told = questions.rendered_reply(urgent, ConversationRecord(), edition.screen)
        return Response(questions.webhook_answer(asked, told), media_type="application/json")

    async def _turn(self, edition: Edition, asked: WebhookQuestion) -> bytes:
        key, id = self._gate.key(asked, self._clinic), questions.hashed(asked.id)
        lock = self._turns.setdefault(key.id, asyncio.Lock())
        async with lock:
            record = read_record(await self._store.load(key))
            known = record.answer_to(id)
            if known is not None:
                self._count("known")
                return known.encode()
            if record.has_seen(id):
                self._count("known")
                raise AnsweredBefore
            now = self._gate.clock()
            reply, after = await answer_question(self._service, edition, key, asked, record, now)
            told = questions.rendered_reply(reply, after, edition.screen)
            if reply.forgets:
                after = replace(after, said=())
            await self._store.save(key, dump_record(after.having_said(id, told.decode(), now)))
            return told


async def answer_question(
    service: Service, edition: Edition, key: ConversationKey, asked: WebhookQuestion, record: ConversationRecord, at: float
) -> tuple[Reply, ConversationRecord]:
    """The turn itself."""
    reply, memory = await service.turn(edition, key, asked.event, record.memory, WHO, at)
    return reply, replace(record, memory=memory)


def _answered_before() -> Response:
    return _problem(409, "This webhook was answered before", "Give each question an id of its own; this one made a turn already")


def _away() -> Response:
    return _problem(503, "The store cannot be reached", headers={"Retry-After": "2"})


def _problem(status: int, title: str, detail: str = "", headers: dict[str, str] | None = None) -> Response:
    told = {"type": "about:blank", "title": title, "status": status, **({"detail": detail} if detail else {})}
    return Response(msgspec.json.encode(told), status, headers, "application/problem+json")
