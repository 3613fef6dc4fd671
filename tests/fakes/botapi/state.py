"""What the fake knows: chats, messages, queries, the queue of updates, and the record of all that happened.

Moments are ``time.monotonic()`` seconds, which all processes of a machine share.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.botapi.wire import Upload

Json = dict[str, Any]

DAY = 86400.0
LIFETIMES = {"callback_query": 150.0, "shipping_query": 150.0, "pre_checkout_query": 150.0, "inline_query": 30.0}
LIFETIMES["chosen_inline_result"] = 600.0
MESSAGES = ("message", "edited_message", "channel_post", "edited_channel_post", "business_message", "edited_business_message")
UNASKED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})  # not sent unless they are asked for
# Which space of webhook queues a kind of update is in, by whose id.
SPACES = {
    "inline_query": ("user", 1),
    "chosen_inline_result": ("user", 2),
    "callback_query": ("user", 3),
    "shipping_query": ("user", 4),
    "pre_checkout_query": ("user", 4),
    "my_chat_member": ("chat", 5),
    "chat_member": ("user", 6),
    "chat_join_request": ("user", 6),
    "message_reaction": ("chat", 8),
    "message_reaction_count": ("chat", 9),
    "business_connection": ("user", 10),
    "deleted_business_messages": ("chat", 11),
    "business_message": ("chat", 11),
    "edited_business_message": ("chat", 11),
}


class Encoded(str):
    """A result that is JSON already."""

    __slots__ = ()


class ApiError(Exception):
    """A refusal. ``hold``: nominal seconds until it is answered."""

    def __init__(self, code: int, description: str, hold: float = 0.0, **parameters: int) -> None:
        super().__init__(description)
        self.code, self.description, self.hold, self.parameters = code, description, hold, parameters


def bad(reason: str, **parameters: int) -> ApiError:
    return ApiError(400, f"Bad Request: {reason}", **parameters)


@dataclass(slots=True)
class Clock:
    """``scale`` 10: what takes ten seconds takes one."""

    scale: float = 1.0

    def real(self, seconds: float) -> float:
        return seconds / self.scale


@dataclass(slots=True)
class Attempt:
    """One delivery of an update. ``outcome``: "waiting", an HTTP status, or why there was none."""

    at: float
    how: str  # "poll" or "webhook"
    outcome: str
    ended: float | None = None


@dataclass(slots=True)
class Injected:
    """An update. ``acknowledged`` and ``how`` (offset, webhook, expired, dropped) say when and how it left the queue."""

    id: int
    kind: str
    update: Json = field(repr=False)
    encoded: str = field(repr=False)
    queue: int
    chat: int | None
    user: int | None
    message: int | None
    correlation: str | None
    injected: float
    expires: float
    attempts: list[Attempt] = field(default_factory=list)
    acknowledged: float | None = None
    how: str = ""
    fails: int = 0
    delay: float = 1.0


@dataclass(slots=True)
class Call:
    """A call as it came, and what became of it. ``delivered``: it took effect, whatever the bot was told.

    ``via``: http or webhook (a method in the answer to an update). ``text``: what the person reads, after parsing.
    """

    number: int
    at: float
    wall: float
    connection: int
    method: str  # in lower case
    params: dict[str, str]
    files: list[Upload]
    via: str = "http"
    chat: int | None = None
    text: str = ""
    message: int | None = None
    delivered: bool = False
    status: int = 0
    description: str = ""
    fault: str = ""
    answered: float | None = None


@dataclass(slots=True)
class Chat:
    """``problem``: blocked, deactivated, kicked, left, or migrated (to ``migrated_to``); ``topics`` are those of a forum.

    ``forbidden``: kinds of files that a member may not send.
    """

    id: int
    type: str
    data: Json
    topics: set[int] = field(default_factory=set)
    closed: set[int] = field(default_factory=set)
    problem: str = ""
    migrated_to: int = 0
    forbidden: frozenset[str] = frozenset()

    @property
    def forum(self) -> bool:
        return bool(self.data.get("is_forum"))


@dataclass(slots=True)
class State:
    me: Json
    clock: Clock
    callback_lifetime: float = 15.0  # nominal seconds in which a pressed button can be answered
    inline_lifetime: float = 30.0
    business_refusal: str = "BOT_ACCESS_FORBIDDEN"  # from memory, Telegram documents no text; settable
    next_update_id: int = 100_000_001
    next_message_id: int = 1
    allowed: frozenset[str] | None = None  # None: all but UNASKED
    logged_out: bool = False
    long_polling: bool = True  # False: as some servers of others, which answer at once whatever the timeout
    chats: dict[int, Chat] = field(default_factory=dict)
    messages: dict[tuple[int, int], Json] = field(default_factory=dict)
    callbacks: dict[str, float] = field(default_factory=dict)  # query id -> asked at
    inline: dict[str, float] = field(default_factory=dict)
    business: dict[str, Json] = field(default_factory=dict)
    business_chats: set[tuple[str, int]] = field(default_factory=set)
    profile: dict[str, Any] = field(default_factory=dict)
    injected: list[Injected] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    queue: deque[Injected] = field(default_factory=deque)  # by id; those that are done are skipped
    pending: int = 0

    def allows(self, kind: str) -> bool:
        return kind not in UNASKED if self.allowed is None else kind in self.allowed

    def add(self, update: Json, correlation: str | None) -> Injected:
        """Give ``update`` its ids, note what it tells of chats and queries, and put it into the queue."""
        kind = next(name for name in update if name != "update_id")
        content = update[kind] if isinstance(update[kind], dict) else {}
        numbered = content.get("message") if kind == "callback_query" else content if kind in MESSAGES else None
        if isinstance(numbered, dict) and numbered.get("message_id") == 0:
            numbered["message_id"] = self.new_message_id()
        update = {"update_id": update.get("update_id") or self.next_update_id, kind: update[kind]}
        self.next_update_id = max(self.next_update_id, update["update_id"]) + 1
        now = time.monotonic()
        self._learn(kind, content, now)
        holder = content.get("message") if kind == "callback_query" else content
        holder = holder if isinstance(holder, dict) else {}
        chat = holder.get("chat", {}).get("id")
        user = (content.get("from") or content.get("user") or {}).get("id")
        lifetime = self.clock.real(LIFETIMES.get(kind, DAY))
        message = holder.get("message_id")
        queue = self._queue_id(kind, chat, user, update["update_id"])
        entry = Injected(
            update["update_id"], kind, update, json.dumps(update), queue, chat, user, message, correlation, now, now + lifetime
        )
        self.enqueue(entry)
        return entry

    def enqueue(self, entry: Injected) -> None:
        self.injected.append(entry)
        self.queue.append(entry)
        self.pending += 1

    def new_message_id(self) -> int:
        self.next_message_id += 1
        return self.next_message_id - 1

    def done(self, entry: Injected, how: str) -> None:
        """``entry`` leaves the queue."""
        if not entry.how:
            entry.acknowledged, entry.how = time.monotonic(), how
            self.pending -= 1

    def waiting(self) -> Iterator[Injected]:
        """What is in the queue, expired ones dropped on the way."""
        now = time.monotonic()
        while self.queue and self.queue[0].how:
            self.queue.popleft()
        for entry in self.queue:
            if not entry.how and entry.expires < now:
                self.done(entry, "expired")
            if not entry.how:
                yield entry

    def drop_pending(self) -> None:
        for entry in list(self.waiting()):
            self.done(entry, "dropped")

    def note_chat(self, data: Json) -> Chat:
        known = self.chats.get(data["id"])
        if known is None:
            known = self.chats[data["id"]] = Chat(data["id"], data.get("type", "private"), data)
        elif len(data) > len(known.data):
            known.data = data
        return known

    def _queue_id(self, kind: str, chat: int | None, user: int | None, unique: int) -> int:
        whose, space = SPACES.get(kind, ("chat", 0))
        base = chat if whose == "chat" else user
        return unique + (1 << 60) if base is None else base + (space << 33)

    def _learn(self, kind: str, content: Json, now: float) -> None:
        if kind == "callback_query":
            self.callbacks[str(content.get("id"))] = now
            if isinstance(content.get("message"), dict):
                self._note_message(content["message"])
        elif kind == "inline_query":
            self.inline[str(content.get("id"))] = now
        elif kind == "business_connection":
            self.business[content["id"]] = content
            self.note_chat({"id": content["user_chat_id"], "type": "private", **_named(content["user"])})
        elif kind in MESSAGES:
            self._note_message(content)
            if kind == "business_message":
                self.business_chats.add((content["business_connection_id"], content["chat"]["id"]))
        elif kind == "my_chat_member":
            chat = self.note_chat(content["chat"])
            status = content["new_chat_member"]["status"]
            gone = "blocked" if chat.type == "private" else "kicked"
            chat.problem = gone if status == "kicked" else "left" if status == "left" else ""
        elif isinstance(content.get("chat"), dict):
            self.note_chat(content["chat"])

    def _note_message(self, message: Json) -> None:
        if not isinstance(message.get("chat"), dict) or "id" not in message["chat"]:
            return
        chat = self.note_chat(message["chat"])
        self.messages.setdefault((chat.id, message["message_id"]), message)
        self.next_message_id = max(self.next_message_id, message["message_id"] + 1)
        if message.get("is_topic_message"):
            chat.topics.add(message["message_thread_id"])
        if "migrate_to_chat_id" in message:
            chat.problem, chat.migrated_to = "migrated", message["migrate_to_chat_id"]
            self.note_chat({**chat.data, "id": chat.migrated_to, "type": "supergroup"})


def _named(user: Json) -> Json:
    return {name: user[name] for name in ("first_name", "last_name", "username") if name in user}
