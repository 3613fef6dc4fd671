"""The operations that have a commit of their own: claiming, holding, reading, dead letters, keys, cleaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.delivery.storage import OVERTAKEN, ApiKey, Counts, DeadLetter, Incoming, Kept, Lease, Reminder
from bot.delivery.storage.operations.leases import (
    NOTE,
    REMINDER,
    LeaseRow,
    change,
    conversation_of,
    farthest,
    hand_out,
    journal_line,
    lock,
    ref_of,
)
from bot.delivery.storage.operations.steps import Enter, Query, Rows, Terms, Transaction, Write, escaped, key
from bot.dialogue.conversation import ConversationKey

# How many rows one transaction of `claim` or `clean` touches: those who take wait for it (1,000 rows: 3 ms of SQLite).
MOST_REMINDERS = 100
MOST_CLEANED = 1000

REMINDED = "SELECT conversation FROM reminders WHERE at <= $1 ORDER BY at LIMIT $2"
REMIND = "DELETE FROM reminders WHERE conversation = ANY ($1) AND at <= $2 RETURNING conversation, ref, at, payload"
CLAIM = """
SELECT conversation, owner, fence, due FROM leases WHERE due <= $1{only} ORDER BY due LIMIT $2 FOR UPDATE SKIP LOCKED
"""
CLAIM_ALL, CLAIM_OF = CLAIM.format(only=""), CLAIM.format(only=" AND split_part(conversation, '/', 1) = ANY ($3)")
# The lease is locked before: whoever finishes what stands before it reads the journal after that.
OVERTAKE = """
UPDATE inbox SET sent = COALESCE(sent, '') || $2
WHERE ref = $1 AND payload IS NOT NULL AND (sent IS NULL OR sent NOT LIKE '%"overtaken"%')
AND EXISTS (
    SELECT 1 FROM inbox b WHERE b.conversation = inbox.conversation AND b.payload IS NOT NULL AND b.seq < inbox.seq
)
RETURNING ref
"""
HOLD = """
INSERT INTO holds (name, owner, until) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until
WHERE holds.owner = excluded.owner OR holds.until <= $4 OR holds.until > $5
RETURNING name
"""
LET_GO = "DELETE FROM holds WHERE owner = $1"
LOAD = "SELECT state FROM conversations WHERE conversation = $1 AND expires > $2"
REMINDERS = "SELECT ref, at, payload FROM reminders WHERE conversation = $1 ORDER BY at, ref"
COUNT = """
SELECT COUNT(*), MIN(received), (SELECT COUNT(*) FROM dead_letters), (SELECT COUNT(*) FROM reminders)
FROM inbox WHERE payload IS NOT NULL
"""
KEPT = """
SELECT (SELECT COUNT(*) FROM conversations WHERE conversation = $1),
       (SELECT COUNT(*) FROM inbox WHERE conversation = $1 AND payload IS NOT NULL),
       (SELECT COUNT(*) FROM reminders WHERE conversation = $1),
       (SELECT COUNT(*) FROM dead_letters WHERE conversation = $1),
       (SELECT COUNT(*) FROM handoff_messages WHERE conversation = $1)
"""
DEAD = "SELECT conversation, id, reason, attempts, buried FROM dead_letters ORDER BY buried DESC, ref LIMIT $1"
DEAD_CONVERSATIONS = "SELECT DISTINCT conversation FROM dead_letters WHERE channel = $1 AND id = ANY ($2)"
DIG_UP = """
DELETE FROM dead_letters WHERE channel = $1 AND id = ANY ($2) AND conversation = ANY ($3)
RETURNING ref, conversation, payload, sent, received, expires
"""
PUT_BACK = """
INSERT INTO inbox (ref, conversation, payload, sent, received, expires) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (ref) DO UPDATE
SET conversation = excluded.conversation, payload = excluded.payload, sent = excluded.sent, attempts = 0, done = NULL
"""
ADD_KEY = """
INSERT INTO api_keys (clinic, name, hash, created)
SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS DOUBLE PRECISION)
WHERE NOT EXISTS (SELECT 1 FROM api_keys WHERE name = CAST($2 AS TEXT) AND clinic = '')
ON CONFLICT (clinic, name) DO NOTHING RETURNING name
"""
KEYS = """
SELECT name, hash, created, revoked, clinic FROM api_keys WHERE clinic = $1 OR clinic = '' ORDER BY created, name
"""
REVOKE_KEY = """
UPDATE api_keys SET revoked = $3 WHERE name = $2 AND (clinic = $1 OR clinic = '') AND revoked IS NULL RETURNING name
"""
OWN_LEASES = "SELECT conversation FROM leases WHERE owner = $1 AND due > $2"

DROP_STATES = "DELETE FROM conversations WHERE expires <= $1"
DROP_DEAD = "DELETE FROM dead_letters WHERE buried <= $1"
DROP_HANDED_OVER = """
DELETE FROM handoff_messages WHERE handoff IN (SELECT id FROM handoffs WHERE closed <= $1)
"""
# Whose it was goes with what was said; figures of it stay as long as those of a year ago are of use.
END_HANDED_OVER = """
UPDATE handoffs SET who = '', place = '',
    conversation = split_part(conversation, '/', 1) || '/' || split_part(conversation, '/', 2) || '/'
WHERE closed <= $1 AND place || who || split_part(conversation, '/', 3) <> ''
"""
DROP_HANDOFFS = "DELETE FROM handoffs WHERE closed <= $1"
_FIGURES = 400 * 86_400.0
# Of the clinic's page; what was done on it is read as long as figures are.
DROP_PAGE_LINKS = "DELETE FROM page_links WHERE expires <= $1"
DROP_PAGE_SESSIONS = "DELETE FROM page_sessions WHERE expires <= $1"
DROP_PAGE_AUDIT = "DELETE FROM page_audit WHERE at <= $1"
DROP_GAPS = "DELETE FROM gaps WHERE expires <= $1"
DROP_GAP_KEYS = "DELETE FROM gap_keys WHERE expires <= $1"
DROP_HOLDS = "DELETE FROM holds WHERE until <= $1"
DROP_LEASES = (
    "DELETE FROM leases WHERE conversation IN (SELECT conversation FROM leases WHERE due IS NULL LIMIT $1 FOR UPDATE SKIP LOCKED)"
)
# Of a clock that has begun anew since (see ``leases.farthest``).
SET_FREE = (
    "UPDATE leases SET due = $1 WHERE conversation IN (SELECT conversation FROM leases WHERE due > $2 FOR UPDATE SKIP LOCKED)"
)
OLDEST_IDS = "SELECT seq, done FROM inbox WHERE seq > $1 ORDER BY seq LIMIT $2"
DROP_IDS = "DELETE FROM inbox WHERE seq = $1"


@dataclass(frozen=True, slots=True)
class Keep:
    """For how many seconds the ids of done updates, dead letters, and what was said in a hand-off after its end are kept."""

    ids: float
    dead: float
    handoff: float


def claim(limit: int, clinics: Sequence[str] | None, terms: Terms) -> Transaction[tuple[Lease, ...]]:
    yield from _remind(terms)
    values = (terms.ticks, limit)
    rows = yield (
        Query(CLAIM_ALL, values) if clinics is None else Query(CLAIM_OF, (*values, [escaped(clinic) for clinic in clinics]))
    )
    if not rows:
        return ()
    seats = {conversation: LeaseRow(*row) for conversation, *row in rows}
    ran_out = {conversation for conversation, seat in seats.items() if seat.seize(terms)}
    leases = yield from hand_out(list(seats), seats, ran_out, terms)
    yield from change(seats)
    return tuple(leases.values())


def _remind(terms: Terms) -> Transaction[None]:
    """Move reminders that are due into the inbox; their conversations can be claimed then, if nobody holds them."""
    conversations = {conversation for (conversation,) in (yield Query(REMINDED, (terms.now, MOST_REMINDERS)))}
    if not conversations:
        return
    seats = yield from lock(conversations, conversations, terms.now)
    rows = sorted((yield Query(REMIND, (sorted(conversations), terms.now))), key=lambda row: (row[2], row[1]))
    if not rows:
        return
    yield Enter([(_reminder(ref), conversation, payload, at, None) for conversation, ref, at, payload in rows])
    yield from _wake(seats, [(conversation, at) for conversation, _, at, _ in rows], terms)


def _reminder(ref: str) -> str:
    clinic, channel, id = ref.split("/", 2)
    return f"{clinic}/{channel}/{REMINDER}{id}"


def _wake(seats: dict[str, LeaseRow], rows: Sequence[tuple[str, float]], terms: Terms) -> Transaction[None]:
    """Let conversations in which nothing waited be claimed; ``rows`` say since when (Unix seconds) something waits there."""
    for conversation, moment in rows:
        seat = seats[conversation]
        if seat.due is None:
            seat.put(None, terms.since(moment))
    yield from change(seats)


def overtake(update: Incoming, terms: Terms) -> Transaction[bool]:
    yield from lock({conversation_of(update.key)}, (), terms.now)
    rows = yield Query(OVERTAKE, (ref_of(update), journal_line(OVERTAKEN, "unknown")))
    return bool(rows)


def overtook(update: Incoming, terms: Terms) -> Transaction[None]:
    yield from lock({conversation_of(update.key)}, (), terms.now)
    yield Write(NOTE, [(ref_of(update), journal_line(OVERTAKEN, "sent"))])


def lock_name(what: str, terms: Terms) -> Transaction[bool]:
    rows = yield Query(HOLD, (what, terms.owner, terms.ticks + terms.lease_seconds, terms.ticks, farthest(terms)))
    return bool(rows)


def unlock_names(owner: str) -> Transaction[None]:
    yield Write(LET_GO, [(owner,)])


def give_up(terms: Terms) -> Transaction[None]:
    """What a process of the same name held before it was killed runs out now; its work counts as begun."""
    yield Write(SET_FREE, [(terms.ticks, farthest(terms))])
    conversations = [conversation for (conversation,) in (yield Query(OWN_LEASES, (terms.owner, terms.ticks)))]
    seats = yield from lock(conversations, (), terms.now)
    for seat in seats.values():
        if seat.owner == terms.owner:
            seat.put(seat.owner, terms.ticks)
    yield from change(seats)


def load(owner: ConversationKey, now: float) -> Transaction[str | None]:
    rows = yield Query(LOAD, (conversation_of(owner), now))
    return str(rows[0][0]) if rows else None


def reminders(owner: ConversationKey) -> Transaction[tuple[Reminder, ...]]:
    rows = yield Query(REMINDERS, (conversation_of(owner),))
    return tuple(Reminder(ref.split("/", 2)[2], at, bytes(payload)) for ref, at, payload in rows)


def counts() -> Transaction[Counts]:
    ((waiting, oldest, dead, reminders),) = yield Query(COUNT)
    return Counts(waiting, oldest, dead, reminders)


def kept(owner: ConversationKey) -> Transaction[Kept]:
    (row,) = yield Query(KEPT, (conversation_of(owner),))
    return Kept(*row)


def dead_letters(limit: int) -> Transaction[tuple[DeadLetter, ...]]:
    rows = yield Query(DEAD, (limit,))
    return tuple(DeadLetter(key(conversation), *row) for conversation, *row in rows)


def requeue(channel: str, ids: Sequence[str], terms: Terms) -> Transaction[int]:
    conversations = [conversation for (conversation,) in (yield Query(DEAD_CONVERSATIONS, (channel, list(ids))))]
    if not conversations:
        return 0
    seats = yield from lock(conversations, conversations, terms.now)
    rows = yield Query(DIG_UP, (channel, list(ids), conversations))
    if rows:
        yield Write(PUT_BACK, sorted(rows))
        yield from _wake(seats, [(conversation, received) for _, conversation, _, _, received, _ in rows], terms)
    return len(rows)


def add_key(one: ApiKey) -> Transaction[bool]:
    rows = yield Query(ADD_KEY, (one.clinic, one.name, one.hash, one.created))
    return bool(rows)


def keys(clinic: str) -> Transaction[tuple[ApiKey, ...]]:
    rows = yield Query(KEYS, (clinic,))
    return tuple(ApiKey(*row) for row in rows)


def revoke_key(clinic: str, name: str, moment: float) -> Transaction[bool]:
    rows = yield Query(REVOKE_KEY, (clinic, name, moment))
    return bool(rows)


def clean(keep: Keep, terms: Terms) -> Transaction[None]:
    """All but the ids: see ``clean_ids``."""
    now = terms.now
    for statement, values in (
        (SET_FREE, (terms.ticks, farthest(terms))),
        (DROP_STATES, (now,)),
        (DROP_GAPS, (now,)),
        (DROP_GAP_KEYS, (now,)),
        (DROP_DEAD, (now - keep.dead,)),
        (DROP_HANDED_OVER, (now - keep.handoff,)),
        (END_HANDED_OVER, (now - keep.handoff,)),
        (DROP_HANDOFFS, (now - _FIGURES,)),
        (DROP_PAGE_LINKS, (now,)),
        (DROP_PAGE_SESSIONS, (now,)),
        (DROP_PAGE_AUDIT, (now - _FIGURES,)),
        (DROP_HOLDS, (terms.ticks,)),
        (DROP_LEASES, (10 * MOST_CLEANED,)),
    ):
        yield Write(statement, [values])


def clean_ids(after: int, keep: Keep, now: float) -> Transaction[int | None]:
    """Drop old ids among the next rows after ``after``; returns where to go on, or None at the first row that has to stay.

    No index is kept for this, as it would cost a write an update: rows are done about in the order in which they came.
    """
    rows: Rows = yield Query(OLDEST_IDS, (after, MOST_CLEANED))
    old = [(seq,) for seq, done in rows if done is not None and done <= now - keep.ids]
    if not old:
        return None
    yield Write(DROP_IDS, old)
    return int(rows[-1][0])
