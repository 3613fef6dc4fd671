"""Turns of conversations: what the service says, with what is remembered loaded before and saved before the reply goes out."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Sequence
from weakref import WeakValueDictionary

from bot.channels.edition import Edition
from bot.channels.web.api.context import ApiContext
from bot.channels.web.api.responses import Problem, store_away
from bot.channels.web.settings import NAME
from bot.delivery.service import Rated
from bot.delivery.storage import StorageError
from bot.dialogue.conversation import Conversation, ConversationKey, Reply
from bot.dialogue.events import Event, NotHelped
from bot.dialogue.ratings import Rating, Reason, rate
from bot.dialogue.state import ChatState, Participant, dump_state, load_state

# A browser's or a server's conversation has one person in it.
WHO = ""
# Seconds. What is urgent does not wait longer for the store, all else has the patience of the store.
_SOON = 0.5
# One question by itself, as `ask --json` answers it: without the opening lines.
ALONE = ChatState({WHO: Participant(Conversation(greeted=True))})
_BYTES = 16


class Conversations:
    def __init__(self, context: ApiContext) -> None:
        self._context = context
        self._store = context.store
        self._alone = ConversationKey(context.clinic, NAME, "")
        # Of conversations that have a turn now: whoever waits for a lock, or holds it, keeps it there.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def start(self) -> str:
        """A new conversation; its token. Raises Problem."""
        token = new_token()
        await self._save(conversation_key(self._context.clinic, token), ChatState())
        return token

    async def end(self, token: str) -> None:
        """Forgets the conversation; one that is not there is forgotten already. Raises Problem."""
        key = conversation_key(self._context.clinic, token)
        lock = self._locks.setdefault(key.id, asyncio.Lock())
        try:
            await self._hold(key, lock)
        except Problem as problem:
            if problem.slug == "unknown-conversation":
                return
            raise
        try:
            await self._store.forget(key)
        except StorageError as error:
            raise store_away() from error
        finally:
            lock.release()

    async def alone(self, edition: Edition, event: Event) -> Reply:
        """The reply to ``event`` by itself; nothing is remembered."""
        reply, _ = await self._context.service.turn(edition, self._alone, event, ALONE, WHO, self._context.clock())
        return reply

    async def turn(self, edition: Edition, token: str, event: Event) -> Reply:
        """The reply to ``event`` in the conversation. Raises Problem."""
        key = conversation_key(self._context.clinic, token)
        lock = self._locks.setdefault(key.id, asyncio.Lock())
        return await self._turn(edition, key, lock, event)

    async def rate(
        self, edition: Edition, token: str, topics: Sequence[str] | None, *, helped: bool, reason: Reason | None
    ) -> Reply | None:
        """What is said of the answer on ``topics`` (None: of the last), and what else there is where it did not help.

        None: it helped, or it had been said before that it did not, and now why. Raises Problem.
        """
        key, now = conversation_key(self._context.clinic, token), self._context.clock()
        lock = self._locks.setdefault(key.id, asyncio.Lock())
        memory, reply = await self._hold(key, lock), None
        try:
            of = _topics(memory, topics, edition)
            ratings, verdicts = rate(memory.ratings, Rating(of, helped, reason)) if of is not None else (memory.ratings, ())
            memory = memory.with_ratings(ratings)
            if not helped and (reason is None or "not_helped" in verdicts):
                reply, memory = await self._context.service.turn(edition, key, NotHelped(), memory, WHO, now)
            if reply is not None or verdicts:
                await self._save(key, memory)
        finally:
            lock.release()
        # Not before it is saved: who is told that it was not sends it again.
        if of is not None and verdicts:
            self._context.service.rated(Rated(key, of, verdicts, now))
        for one in verdicts:
            if one in {"helped", "not_helped"}:
                self._context.metrics.count(one)
        return reply

    async def hear(self, edition: Edition, token: str, event: Event) -> Reply:
        """As ``turn``, for what may be urgent: then it is answered, whatever is wrong with the conversation."""
        key = conversation_key(self._context.clinic, token)
        lock = self._locks.setdefault(key.id, asyncio.Lock())
        try:
            return await self._turn(edition, key, lock, event, _SOON)
        except (Problem, TimeoutError) as error:
            reply = await self._context.service.urgent(edition, key, event, self._context.clock())
            if reply is not None:
                self._context.metrics.count("urgent_unsaved")
                return reply
            if isinstance(error, Problem):
                raise
        return await self._turn(edition, key, lock, event)

    async def _turn(
        self, edition: Edition, key: ConversationKey, lock: asyncio.Lock, event: Event, seconds: float | None = None
    ) -> Reply:
        """Raises Problem; TimeoutError where the turn has not begun after ``seconds``, and there is more patience."""
        memory = await self._hold(key, lock, seconds)
        try:
            reply, after = await self._context.service.turn(edition, key, event, memory, WHO, self._context.clock())
            await self._save(key, after, _SOON if reply.kind == "urgent" else None)
            return reply
        finally:
            lock.release()

    async def _hold(self, key: ConversationKey, lock: asyncio.Lock, seconds: float | None = None) -> ChatState:
        """Takes the lock, and gives what is remembered; whatever is raised, the lock is not held then."""
        try:
            async with asyncio.timeout(self._store.patience if seconds is None else seconds):
                await lock.acquire()
        except TimeoutError:
            if seconds is not None:
                raise
            raise store_away() from None  # who waits for the turn before has no news of the store
        try:
            state = await self._store.load(key, seconds)
            if state is None:
                raise Problem("unknown-conversation", "Start a new one with POST /conversations.")
            return load_state(state)
        except BaseException as error:
            lock.release()
            if isinstance(error, StorageError):
                raise store_away() from error
            raise

    async def _save(self, key: ConversationKey, memory: ChatState, seconds: float | None = None) -> None:
        try:
            await self._store.save(key, dump_state(memory), seconds)
        except (StorageError, TimeoutError) as error:
            raise store_away() from error


def _topics(memory: ChatState, named: Sequence[str] | None, edition: Edition) -> tuple[str, ...] | None:
    """Of which answer something is said: that on the topics that were ``named``, as far as they are there, else the last.

    () : of something else than an answer. None: of what the knowledge has no more.
    """
    if named is not None:
        return tuple(id for id in named if edition.knowledge.topic(id) is not None) or (None if named else ())
    last = memory.participant(WHO).last
    if last is not None and last.kind == "answer":
        return tuple(part.entry or part.boundary or "" for part in last.parts)
    return memory.ratings[-1].topics if memory.ratings else ()


def new_token() -> str:
    """A new token: 128 random bits as 22 characters."""
    return secrets.token_urlsafe(_BYTES)


def conversation_key(clinic: str, token: str) -> ConversationKey:
    """The conversation that ``token`` opens. Only its hash is known to a store."""
    return ConversationKey(clinic, NAME, hashlib.sha256(token.encode("utf-8", "replace")).hexdigest())
