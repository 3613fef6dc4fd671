"""Turns of conversations: what the service says, with what is remembered loaded before and saved before the reply goes out."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import replace
from weakref import WeakValueDictionary

from bot.channels.edition import Edition
from bot.channels.web.api.context import ApiContext
from bot.channels.web.api.responses import Problem, still_learning, store_away
from bot.channels.web.api.schema import FloorShown, StaffMessages
from bot.channels.web.api.staff import WHO, StaffTalks, WebReply, danger_of, floor_of, offering, words_of
from bot.channels.web.settings import NAME
from bot.delivery.handler import Later
from bot.delivery.handoff import Handoff
from bot.delivery.service import Rated
from bot.delivery.storage import StorageError
from bot.dialogue.conversation import Conversation, ConversationKey, Reply
from bot.dialogue.events import Event, NotHelped, Said
from bot.dialogue.floor import give_back, take_over
from bot.dialogue.ratings import Rating, Reason, rate
from bot.dialogue.state import ChatState, Participant, dump_state, load_state

# Seconds. What is urgent does not wait longer for the store, all else has the patience of the store.
_SOON = 0.5
# One question by itself, as `ask --json` answers it: without the opening lines.
ALONE = ChatState({WHO: Participant(Conversation(greeted=True))})
_BYTES = 16
# Why the staff are asked, by the reply before.
_REASONS = {"fallback": "lost", "boundary": "boundary"}


class Conversations:
    def __init__(self, context: ApiContext) -> None:
        self._context = context
        self._store = context.store
        self._staff = StaffTalks(context.handoffs, context.store, context.clock) if context.handoffs is not None else None
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
        """The reply to ``event`` by itself; nothing is remembered. Raises Problem."""
        try:
            reply, _ = await self._context.service.turn(edition, self._alone, event, ALONE, WHO, self._context.clock())
        except Later:
            raise still_learning() from None
        return reply

    async def turn(self, edition: Edition, token: str, event: Event) -> WebReply:
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

    async def hear(self, edition: Edition, token: str, event: Event, message: str) -> WebReply:
        """As ``turn``, for what may be urgent: then it is answered, whatever is wrong with the conversation.

        ``message`` names what was said, for the staff; "": it has no name.
        """
        key = conversation_key(self._context.clinic, token)
        lock = self._locks.setdefault(key.id, asyncio.Lock())
        try:
            return await self._turn(edition, key, lock, event, message, _SOON)
        except (Problem, TimeoutError) as error:
            reply = await self._context.service.urgent(edition, key, event, self._context.clock())
            if reply is not None:
                self._context.metrics.count("urgent_unsaved")
                return WebReply(reply)
            if isinstance(error, Problem):
                raise
        return await self._turn(edition, key, lock, event, message)

    # -- the clinic's staff ---------------------------------------------------------------------------------------------

    async def agree(self, edition: Edition, token: str, message: str, question: str) -> Handoff:
        """From now on the staff have the floor; ``question`` is passed on, "" for none. Raises Problem."""
        key, staff = conversation_key(self._context.clinic, token), self._staffed
        lock = self._locks.setdefault(key.id, asyncio.Lock())
        memory = await self._hold(key, lock)
        try:
            person = memory.participant(WHO)
            # First what makes the next message look for the staff: the other way round it would miss a hand-off that is open.
            await self._save(key, _with(memory, take_over(person.conversation, 0)))
            language = person.last.language if person.last is not None else edition.knowledge.clinic.language
            handoff = await staff.open(key, _reason(person), language, f"agree {message}")
            if question and not handoff.closed:
                alarm = await self._context.service.alarm(edition, Said(question))
                await staff.pass_on(handoff, message, question, danger_of(alarm) if alarm else "")
            return handoff
        finally:
            lock.release()

    async def leave(self, token: str) -> None:
        """The bot has the floor again. Raises Problem."""
        key, staff = conversation_key(self._context.clinic, token), self._staffed
        lock = self._locks.setdefault(key.id, asyncio.Lock())
        memory = await self._hold(key, lock)
        try:
            await staff.leave(key)
            await self._save(key, _with(memory, give_back(_conversation(memory))))
        finally:
            lock.release()

    async def since(self, edition: Edition, token: str, after: int) -> StaffMessages:
        """What the staff wrote behind ``after``, and what became of it. Raises Problem."""
        key = conversation_key(self._context.clinic, token)
        found = await self._staff.since(edition, key, after) if self._staff is not None else None
        if found is None:
            lock = self._locks.setdefault(key.id, asyncio.Lock())
            await self._hold(key, lock)
            lock.release()
            return StaffMessages(FloorShown("closed", passed=False, note=""), [], 0.0)
        return found

    @property
    def _staffed(self) -> StaffTalks:
        if self._staff is None:
            raise Problem("no-staff", "GET /conversations tells how the clinic is reached: clinic.contact.")
        return self._staff

    # -- one turn -------------------------------------------------------------------------------------------------------

    async def _turn(
        self,
        edition: Edition,
        key: ConversationKey,
        lock: asyncio.Lock,
        event: Event,
        message: str = "",
        seconds: float | None = None,
    ) -> WebReply:
        """Raises Problem; TimeoutError where the turn has not begun after ``seconds``, and there is more patience."""
        memory = await self._hold(key, lock, seconds)
        try:
            handoff = await self._held(key, memory, seconds)
            text = words_of(edition, event, _conversation(memory)) if handoff is not None else None
            if handoff is not None and text is not None:
                if (told := await self._overheard(edition, key, memory, event, handoff, text, message)) is not None:
                    return told
                handoff = None
            if handoff is None and _of_staff(memory):
                if self._staff is not None and (over := await self._staff.repeats(key, message)) is not None:
                    return _passed(edition, over)
                memory = _with(memory, give_back(_conversation(memory)))
            reply, after = await self._context.service.turn(edition, key, event, memory, WHO, self._context.clock())
            await self._save(key, after, _SOON if reply.kind == "urgent" else None)
        except Later:
            raise still_learning() from None
        else:
            if self._staff is None:
                return WebReply(reply)
            return offering(edition, reply, self._context.clock()) if handoff is None else WebReply(reply, floor_of(handoff))
        finally:
            lock.release()

    async def _held(self, key: ConversationKey, memory: ChatState, seconds: float | None) -> Handoff | None:
        """What the staff have of the conversation; the store is asked where they had the floor last."""
        return await self._staffed.held(key, seconds) if self._staff is not None and _of_staff(memory) else None

    async def _overheard(
        self, edition: Edition, key: ConversationKey, memory: ChatState, event: Event, handoff: Handoff, text: str, message: str
    ) -> WebReply | None:
        """What is said to the staff; danger alone is answered, whether they can be told of it or not.

        None where they have ended it just now.
        """
        service, staff = self._context.service, self._staffed
        if await service.alarm(edition, event) is None:
            return _passed(edition, handoff) if await staff.pass_on(handoff, message, text) else None
        reply, after = await service.turn(edition, key, event, memory, WHO, self._context.clock())
        try:
            passed = await staff.pass_on(handoff, message, text, danger_of(reply), _SOON)
            await self._save(key, after, _SOON)
        except (Problem, TimeoutError):
            self._context.metrics.count("urgent_unsaved")
            passed = False
        return WebReply(reply, floor_of(handoff, passed))

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
            if state is not None:
                return load_state(state)
            # What is with the staff waits for longer than the bot remembers anything.
            if self._staff is not None and await self._staff.held(key, seconds) is not None:
                return _with(ChatState(), take_over(Conversation(greeted=True), 0))
            raise Problem("unknown-conversation", "Start a new one with POST /conversations.")
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


def _conversation(memory: ChatState) -> Conversation:
    return memory.participant(WHO).conversation


def _of_staff(memory: ChatState) -> bool:
    return _conversation(memory).floor.holder == "staff"


def _passed(edition: Edition, handoff: Handoff) -> WebReply:
    return WebReply(Reply("handoff", edition.say("web_staff_with")), floor_of(handoff, passed=True))


def _with(memory: ChatState, conversation: Conversation) -> ChatState:
    return memory.with_person(WHO, replace(memory.participant(WHO), conversation=conversation))


def _reason(person: Participant) -> str:
    watch = person.conversation.watch
    if watch is not None:
        return "alarm" if watch.stage == "alarm" else "care"
    return _REASONS.get(person.last.kind if person.last is not None else "", "person")


def new_token() -> str:
    """A new token: 128 random bits as 22 characters."""
    return secrets.token_urlsafe(_BYTES)


def conversation_key(clinic: str, token: str) -> ConversationKey:
    """The conversation that ``token`` opens. Only its hash is known to a store."""
    return ConversationKey(clinic, NAME, hashlib.sha256(token.encode("utf-8", "replace")).hexdigest())
