"""The rows of hand-offs. Transactions for ``Storage.run``.

Lock order: the hand-off, then what ``operations/leases.py`` says; where forgetting takes them the other way round, PostgreSQL has
one of the two try again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from bot.delivery.handoff import Handoff, HandoffMessage
from bot.delivery.storage import Incoming
from bot.delivery.storage.operations.leases import change, conversation_of, enter, lock
from bot.delivery.storage.operations.steps import Query, Row, Transaction, Write, key

_COLUMNS = """id, conversation, who, name, reason, language, state, opened, claimed_by, waiting, answered, closed, reminded, told,
 place, alarm"""
READ = f"SELECT {_COLUMNS} FROM handoffs WHERE id = $1"  # noqa: S608
LOCKED = f"{READ} FOR UPDATE"
FIND = f"SELECT {_COLUMNS} FROM handoffs WHERE conversation = $1 AND who = $2 AND closed IS NULL"  # noqa: S608
SHOWN_AT = f"""
SELECT {_COLUMNS} FROM handoffs WHERE clinic = $1 AND (place = $2 OR name = $3) ORDER BY opened DESC LIMIT 1
"""  # noqa: S608
LATEST = f"""
SELECT {_COLUMNS} FROM handoffs WHERE who = $2
AND id = (SELECT handoff FROM handoff_messages WHERE conversation = $1 ORDER BY seq DESC LIMIT 1)
"""  # noqa: S608
LISTING = f"""
SELECT {_COLUMNS} FROM handoffs WHERE clinic = $1 AND state = ANY ($2) ORDER BY closed DESC, opened LIMIT $3
"""  # noqa: S608
LATE = """
SELECT id FROM handoffs WHERE clinic = $1 AND closed IS NULL
AND ((waiting <= $2 AND reminded IS NULL) OR (waiting <= $3 AND told IS NULL)) ORDER BY waiting
"""
BEGIN = """
INSERT INTO handoffs (id, clinic, conversation, who, name, reason, language, state, opened, waiting, claimed_by, place, alarm)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $9, '', '', '') ON CONFLICT DO NOTHING RETURNING id
"""
CHANGE = """
UPDATE handoffs SET state = $2, claimed_by = $3, waiting = $4, answered = $5, closed = $6, reminded = $7, told = $8, place = $9,
    alarm = $10
WHERE id = $1
"""
ADD = """
INSERT INTO handoff_messages (id, handoff, conversation, side, author, text, at, file) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
KNOWN = "SELECT 1 FROM handoff_messages WHERE id = $1"
MESSAGES = """
SELECT seq, id, handoff, side, author, text, at, file FROM handoff_messages WHERE handoff = $1 AND seq > $2 ORDER BY seq LIMIT $3
"""
MESSAGE = "SELECT seq, id, handoff, side, author, text, at, file FROM handoff_messages WHERE id = $1"

Decide = Callable[[Handoff], Handoff | None]
Tell = Callable[[Handoff, HandoffMessage], Sequence[Incoming]]


def begin(new: Handoff, first: HandoffMessage, tell: Tell) -> Transaction[Handoff]:
    """``new``, or the one that the person has in this conversation already."""
    conversation = conversation_of(new.key)
    row = (new.id, new.key.clinic, conversation, new.who, new.name, new.reason, new.language, new.opened, new.waiting)
    made = yield Query(BEGIN, row)
    if not made:
        there = (yield Query(FIND, (conversation, new.who))) or (yield Query(READ, (new.id,)))
        return _handoff(there[0])
    yield from wake(tell(new, first))
    yield from _add(first, conversation)
    return new


def step(id: str, message: HandoffMessage, decide: Decide, tell: Tell) -> Transaction[tuple[Handoff | None, bool]]:
    """The hand-off after ``message``, and whether that was taken now; ``decide`` refuses by None; ``tell``: who hears."""
    rows = yield Query(LOCKED, (id,))
    if not rows:
        return None, False
    before = _handoff(rows[0])
    if (yield Query(KNOWN, (message.id,))):
        return before, False
    after = decide(before)
    if after is None:
        return before, False
    yield from wake(tell(after, message))
    yield from _add(message, conversation_of(before.key))
    yield from put(after)
    return after, True


def put(one: Handoff) -> Transaction[None]:
    values = (one.state, one.claimed_by, one.waiting, one.answered, one.closed, one.reminded, one.told, one.place, one.alarm)
    yield Write(CHANGE, [(one.id, *values)])


def place(id: str, where: str) -> Transaction[Handoff | None]:
    """The hand-off, with the first place that was said of it."""
    rows = yield Query(LOCKED, (id,))
    if not rows:
        return None
    one = _handoff(rows[0])
    if one.place:
        return one
    placed = replace(one, place=where)
    yield from put(placed)
    return placed


def read(id: str) -> Transaction[Handoff | None]:
    rows = yield Query(READ, (id,))
    return _handoff(rows[0]) if rows else None


def find(conversation: str, who: str) -> Transaction[Handoff | None]:
    rows = yield Query(FIND, (conversation, who))
    return _handoff(rows[0]) if rows else None


def shown_at(clinic: str, place: str, name: str) -> Transaction[Handoff | None]:
    """The latest one that is at ``place``, or has that name."""
    rows = yield Query(SHOWN_AT, (clinic, place, name))
    return _handoff(rows[0]) if rows else None


def listing(clinic: str, states: Collection[str], most: int) -> Transaction[tuple[Handoff, ...]]:
    rows = yield Query(LISTING, (clinic, list(states), most))
    return tuple(map(_handoff, rows))


def late(clinic: str, remind: float, tell: float) -> Transaction[tuple[str, ...]]:
    """The ids of those who have waited since ``remind`` and nobody was reminded, or since ``tell`` and they were not told."""
    rows = yield Query(LATE, (clinic, remind, tell))
    return tuple(id for (id,) in rows)


def news(conversation: str, who: str, after: int, most: int) -> Transaction[tuple[Handoff, tuple[HandoffMessage, ...]] | None]:
    """The hand-off that is open, else the one that was last, with what was said in it after ``after``."""
    rows = (yield Query(FIND, (conversation, who))) or (yield Query(LATEST, (conversation, who)))
    if not rows:
        return None
    found = _handoff(rows[0])
    return found, (yield from messages(found.id, after, most))


def messages(id: str, after: int, most: int) -> Transaction[tuple[HandoffMessage, ...]]:
    rows = yield Query(MESSAGES, (id, after, most))
    return tuple(HandoffMessage(*row) for row in rows)


def message(id: str) -> Transaction[HandoffMessage | None]:
    rows = yield Query(MESSAGE, (id,))
    return HandoffMessage(*rows[0]) if rows else None


def wake(updates: Sequence[Incoming]) -> Transaction[None]:
    """Puts ``updates`` into the inbox, where somebody will take them. Not by the lease of who asks: they may be another's."""
    if not updates:
        return
    new = yield from enter(updates)
    seats = yield from lock(set(new.values()), set(new.values()), max(update.received for update in updates))
    for seat in seats.values():
        if seat.due is None:
            seat.put(None, 0.0)
    yield from change(seats)


def _add(one: HandoffMessage, conversation: str) -> Transaction[None]:
    yield Write(ADD, [(one.id, one.handoff, conversation, one.side, one.author, one.text, one.at, one.file)])


def _handoff(row: Row | Sequence[object]) -> Handoff:
    id, conversation, *rest = row
    return Handoff(str(id), key(str(conversation)), *rest)
