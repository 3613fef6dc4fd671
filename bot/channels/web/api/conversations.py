"""Turns of conversations: what the service says, with what is remembered loaded before and saved before the reply goes out."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from weakref import WeakValueDictionary

from bot.channels.edition import Edition
from bot.channels.web.api.context import ApiContext
from bot.channels.web.api.responses import Problem, store_away
from bot.channels.web.settings import NAME
from bot.delivery.storage import StorageError
from bot.dialogue.conversation import Conversation, ConversationKey, Reply
from bot.dialogue.events import Event
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

    async def check(self, token: str) -> None:
        """Raises Problem where ``token`` opens nothing."""
        key = conversation_key(self._context.clinic, token)
        lock = self._locks.setdefault(key.id, asyncio.Lock())
        await self._hold(key, lock)
        lock.release()

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


def new_token() -> str:
    """A new token: 128 random bits as 22 characters."""
    return secrets.token_urlsafe(_BYTES)


def conversation_key(clinic: str, token: str) -> ConversationKey:
    """The conversation that ``token`` opens. Only its hash is known to a store."""
    return ConversationKey(clinic, NAME, hashlib.sha256(token.encode("utf-8", "replace")).hexdigest())
