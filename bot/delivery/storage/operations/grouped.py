"""The operations that go into one commit together, whoever asked for them. Each gets its own result, or LeaseLost.

A fresh update costs two such commits in all: it is entered and its conversation leased in one, finished and released in another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from bot.delivery.storage import Incoming, Lease, LeaseLost, Work, WorkOutcome
from bot.delivery.storage.operations.forgetting import (
    DONE,
    DROP_BEFORE,
    DROP_DEAD,
    DROP_HANDED_OVER,
    DROP_REMINDERS,
    DROP_STATE,
    DROP_WAITING,
    END_HANDED_OVER,
)
from bot.delivery.storage.operations.leases import (
    COUNT_ATTEMPT,
    MOST_POSTPONED,
    NOTE,
    REMINDER,
    LeaseRow,
    change,
    conversation_of,
    enter,
    hand_out,
    journal_line,
    lock,
    read_waiting,
    ref_of,
)
from bot.delivery.storage.operations.people import forget_gaps
from bot.delivery.storage.operations.steps import Row, Terms, Transaction, Write, key, name
from bot.dialogue.conversation import ConversationKey

BURY = """
INSERT INTO dead_letters (ref, channel, id, conversation, payload, sent, received, expires, reason, attempts, buried)
SELECT ref, $2, $3, conversation, payload, sent, received, expires, $4, CAST($5 AS integer), CAST($6 AS double precision)
FROM inbox WHERE ref = $1 AND payload IS NOT NULL
ON CONFLICT (ref) DO NOTHING
"""
MOVE_STATE = """
INSERT INTO conversations (conversation, state, expires) SELECT $2, state, expires FROM conversations WHERE conversation = $1
ON CONFLICT (conversation) DO NOTHING
"""
MOVE_REMINDERS = "UPDATE reminders SET conversation = $2 WHERE conversation = $1"
SAVE = """
INSERT INTO conversations (conversation, state, expires) VALUES ($1, $2, $3)
ON CONFLICT (conversation) DO UPDATE SET state = excluded.state, expires = excluded.expires
"""
REMIND = """
INSERT INTO reminders (ref, conversation, at, payload) VALUES ($1, $2, $3, $4)
ON CONFLICT (ref) DO UPDATE SET at = excluded.at, payload = excluded.payload
"""


@dataclass(frozen=True, slots=True)
class Take:
    updates: tuple[Incoming, ...]


@dataclass(frozen=True, slots=True)
class Finish:
    lease: Lease
    work: Work
    outcome: WorkOutcome


@dataclass(frozen=True, slots=True)
class Postpone:
    lease: Lease
    work: Work
    after: float
    counted: bool


@dataclass(frozen=True, slots=True)
class Bury:
    lease: Lease
    work: Work
    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    lease: Lease
    work: Work
    part: str
    what: str


@dataclass(frozen=True, slots=True)
class Renew:
    leases: tuple[Lease, ...]


@dataclass(frozen=True, slots=True)
class Release:
    leases: tuple[Lease, ...]


@dataclass(frozen=True, slots=True)
class Save:
    key: ConversationKey
    state: str


@dataclass(frozen=True, slots=True)
class Forget:
    key: ConversationKey


Operation: TypeAlias = Take | Finish | Postpone | Bury | Note | Renew | Release | Save | Forget
Result: TypeAlias = tuple[int, tuple[Lease, ...]] | Lease | LeaseLost | None


@dataclass(slots=True)
class _Changes:
    """What operations want to be written, gathered by table, so that one statement writes it for all of them."""

    bury: list[Row] = field(default_factory=list)
    done: list[Row] = field(default_factory=list)
    attempts: list[Row] = field(default_factory=list)
    notes: list[Row] = field(default_factory=list)
    drop_waiting: list[Row] = field(default_factory=list)
    drop_before: list[Row] = field(default_factory=list)
    drop_dead: list[Row] = field(default_factory=list)
    drop_reminders: list[Row] = field(default_factory=list)
    handed_over: list[Row] = field(default_factory=list)
    moved: list[Row] = field(default_factory=list)
    remind: list[Row] = field(default_factory=list)
    states: dict[str, str | None] = field(default_factory=dict)

    def forget(self, conversation: str, now: float) -> None:
        """All but what waits."""
        self.drop_dead.append((conversation,))
        self.drop_reminders.append((conversation,))
        self.handed_over.append((conversation, conversation.rsplit("/", 1)[0] + "/", now))
        self.states[conversation] = None

    def keep(self, conversation: str, work: Work, outcome: WorkOutcome, now: float) -> None:
        owner = work.update.key
        if outcome.forget:
            self.forget(conversation, now)
            reminders = name(owner.clinic, owner.channel, REMINDER)
            self.drop_before.append((conversation, now, ref_of(work.update), reminders))
            return
        if outcome.unremind:
            self.drop_reminders.append((conversation,))
        if outcome.moved:
            there = conversation_of(outcome.moved)
            self.moved.append((conversation, there))
            self.states[conversation] = None
            owner, conversation = outcome.moved, there
        if outcome.state != "":
            self.states[conversation] = outcome.state
        for reminder in outcome.remind:
            self.remind.append((name(owner.clinic, owner.channel, reminder.id), conversation, reminder.at, reminder.payload))

    def write(self, terms: Terms) -> Transaction[None]:
        # In the order of their names: two replicas may save the same conversations without holding their leases.
        states = sorted(self.states.items())
        for statement, rows in (
            (BURY, self.bury),
            (DONE, self.done),
            (COUNT_ATTEMPT, self.attempts),
            (NOTE, self.notes),
            (DROP_WAITING, self.drop_waiting),
            (DROP_BEFORE, self.drop_before),
            (DROP_DEAD, self.drop_dead),
            (DROP_REMINDERS, self.drop_reminders),
            (DROP_HANDED_OVER, [row[:1] for row in self.handed_over]),
            (END_HANDED_OVER, self.handed_over),
            (MOVE_STATE, self.moved),
            (MOVE_REMINDERS, self.moved),
            (REMIND, self.remind),
            (DROP_STATE, [(conversation,) for conversation, state in states if state is None]),
            (SAVE, [(one, state, terms.now + terms.conversation_seconds) for one, state in states if state is not None]),
        ):
            if rows:
                yield Write(statement, rows)
        yield from forget_gaps(key(conversation) for (conversation,) in self.drop_dead)  # who is forgotten


@dataclass(slots=True)
class _Batch:
    """A batch at work: the seats that it locked, what it will write, which conversations it holds, gives back or took over."""

    terms: Terms
    seats: dict[str, LeaseRow]
    changes: _Changes = field(default_factory=_Changes)
    held: dict[str, None] = field(default_factory=dict)
    freed: set[str] = field(default_factory=set)
    ran_out: set[str] = field(default_factory=set)

    def seat(self, lease: Lease) -> LeaseRow | None:
        """The seat of ``lease`` if it holds still. One that ran out does, as long as nobody took the conversation."""
        seat = self.seats.get(conversation_of(lease.key))
        return seat if seat and seat.owner == self.terms.owner and seat.fence == lease.fence else None

    def end(self, operation: Finish | Bury | Postpone | Note) -> LeaseLost | None:
        seat, now = self.seat(operation.lease), self.terms.now
        if seat is None:
            return LeaseLost("another process holds the conversation")
        owner, ref = operation.work.update.key, ref_of(operation.work.update)
        conversation = conversation_of(operation.lease.key)
        match operation:
            case Finish(outcome=outcome):
                self.changes.done.append((ref, now))
                self.changes.keep(conversation, operation.work, outcome, now)
                self.hold(conversation, seat)
            case Bury(work=work, reason=reason):
                self.changes.bury.append((ref, owner.channel, work.update.id, reason, work.attempts + 1, now))
                self.changes.done.append((ref, now))
                self.hold(conversation, seat)
            case Postpone(after=after, counted=counted):
                if counted:
                    self.changes.attempts.append((ref,))
                self.free(conversation, seat, self.terms.ticks + min(after, MOST_POSTPONED))
            case Note(part=part, what=what):
                self.changes.notes.append((ref, journal_line(part, what)))
        return None

    def hold(self, conversation: str, seat: LeaseRow) -> None:
        seat.put(self.terms.owner, self.terms.ticks + self.terms.lease_seconds)
        self.held[conversation] = None

    def free(self, conversation: str, seat: LeaseRow, due: float) -> None:
        seat.put(None, due)
        self.held.pop(conversation, None)

    def renew(self, leases: Sequence[Lease]) -> None:
        for lease in leases:
            if seat := self.seat(lease):
                seat.put(seat.owner, self.terms.ticks + self.terms.lease_seconds)

    def release(self, leases: Sequence[Lease]) -> None:
        for lease in leases:
            if seat := self.seat(lease):
                self.free(conversation_of(lease.key), seat, self.terms.ticks)
                self.freed.add(conversation_of(lease.key))

    def forget(self, owner: ConversationKey) -> None:
        """Whoever holds the conversation loses it, so that nothing of it comes back."""
        conversation = conversation_of(owner)
        self.changes.forget(conversation, self.terms.now)
        self.changes.drop_waiting.append((conversation, self.terms.now))
        if seat := self.seats.get(conversation):
            seat.fence += 1
            seat.put(None, None)

    def seize(self, conversation: str) -> bool:
        seat = self.seats[conversation]
        if not seat.is_free(self.terms):
            return False
        if seat.seize(self.terms):
            self.ran_out.add(conversation)
        self.held[conversation] = None
        self.freed.discard(conversation)
        return True


def batch(operations: Sequence[Operation], terms: Terms) -> Transaction[list[Result]]:
    """Do ``operations``; takes come last, so that what the others set free is taken at once."""
    new = yield from enter(update for operation in operations if isinstance(operation, Take) for update in operation.updates)
    seats = yield from lock(_conversations(operations).union(new.values()), set(new.values()), terms.now)
    work = _Batch(terms, seats)
    results: list[Result] = [_apply(work, operation) for operation in operations]
    taken = _take(work, operations, new)
    yield from work.changes.write(terms)
    leases = yield from hand_out(list(work.held), seats, work.ran_out, terms)
    if work.freed:
        waiting = yield from read_waiting(work.freed, terms.now)
        for conversation in work.freed:
            found = waiting.get(conversation)
            seats[conversation].put(None, terms.since(found.work[0].update.received) if found else None)
    yield from change(seats)
    for index, operation in enumerate(operations):
        if isinstance(operation, Take):
            count, conversations = taken[index]
            results[index] = count, tuple(leases[name] for name in conversations if name in leases)
        elif isinstance(operation, Finish | Bury) and results[index] is None:
            results[index] = leases.get(conversation_of(operation.lease.key))
    return results


def _conversations(operations: Sequence[Operation]) -> set[str]:
    found: set[str] = set()
    for operation in operations:
        match operation:
            case Finish(lease=lease, outcome=WorkOutcome(moved=ConversationKey() as there)):
                found.update((conversation_of(lease.key), conversation_of(there)))
            case Finish(lease=lease) | Bury(lease=lease) | Postpone(lease=lease) | Note(lease=lease):
                found.add(conversation_of(lease.key))
            case Renew(leases=leases) | Release(leases=leases):
                found.update(conversation_of(lease.key) for lease in leases)
            case Forget(key=owner):
                found.add(conversation_of(owner))
    return found


def _apply(work: _Batch, operation: Operation) -> Result:
    match operation:
        case Renew(leases=leases):
            work.renew(leases)
        case Release(leases=leases):
            work.release(leases)
        case Save(key=owner, state=state):
            work.changes.states[conversation_of(owner)] = state
        case Forget(key=owner):
            work.forget(owner)
        case Take():
            pass
        case _:
            return work.end(operation)
    return None


def _take(work: _Batch, operations: Sequence[Operation], new: dict[str, str]) -> dict[int, tuple[int, list[str]]]:
    """By index of each Take: how many of its updates were new, and which conversations it now holds."""
    taken: dict[int, tuple[int, list[str]]] = {}
    left = dict(new)
    for index, operation in enumerate(operations):
        if not isinstance(operation, Take):
            continue
        count, conversations = 0, []
        for update in operation.updates:
            conversation = left.pop(name(update.key.clinic, update.key.channel, update.id), None)
            if conversation is None:
                continue
            count += 1
            if work.seize(conversation):
                conversations.append(conversation)
        taken[index] = count, conversations
    return taken
