"""Who holds a conversation, and what waits in it: the steps that every transaction shares.

Lock order, the same everywhere, so that two replicas do not wait for each other: inbox rows that are entered (sorted), then lease
rows (sorted), then everything else of those conversations. An update that is entered while its conversation is held needs no word
to the holder: entering and finishing both lock the lease row, so either finishing sees the update, or entering sees the
conversation free.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from bot.delivery.storage import Incoming, Lease, Work
from bot.delivery.storage.operations.steps import Enter, Query, Terms, Transaction, Write, key, name
from bot.dialogue.conversation import ConversationKey

# More of one conversation than that are handed out as the first ones are finished: else a flood of n updates is read n times.
MOST_WORK = 20
MOST_POSTPONED = 600.0  # seconds
REMINDER = "reminder:"  # how the id of an update that was a reminder begins

LOCK = "SELECT conversation, owner, fence, due FROM leases WHERE conversation = ANY ($1) ORDER BY conversation FOR UPDATE"
ADD = "INSERT INTO leases (conversation, fence) VALUES ($1, $2) ON CONFLICT (conversation) DO NOTHING"
CHANGE = "UPDATE leases SET owner = $2, fence = $3, due = $4 WHERE conversation = $1"
NOTE = "UPDATE inbox SET sent = COALESCE(sent, '') || $2 WHERE ref = $1 AND payload IS NOT NULL"
COUNT_ATTEMPT = "UPDATE inbox SET attempts = attempts + 1 WHERE ref = $1"
WAITING = f"""
SELECT w.conversation, w.ref, w.payload, w.received, w.expires, w.attempts, w.sent, c.state
FROM (
    SELECT seq, conversation, ref, payload, received, expires, attempts, sent,
           row_number() OVER (PARTITION BY conversation ORDER BY seq) AS place
    FROM inbox WHERE conversation = ANY ($1) AND payload IS NOT NULL
) w LEFT JOIN conversations c ON c.conversation = w.conversation AND c.expires > $2
WHERE w.place <= {MOST_WORK}
ORDER BY w.seq
"""  # noqa: S608  a number of our own
NOTHING_SENT: Mapping[str, str] = MappingProxyType({})


@dataclass(slots=True)
class LeaseRow:
    """A row of ``leases`` that this transaction has locked."""

    owner: str | None
    fence: int
    due: float | None
    changed: bool = False

    def is_free(self, terms: Terms) -> bool:
        """Whether anybody may take it. Work that was postponed holds its conversation back."""
        return self.due is None or self.due <= terms.ticks or self.due > farthest(terms)

    def put(self, owner: str | None, due: float | None) -> None:
        self.owner, self.due, self.changed = owner, due, True

    def seize(self, terms: Terms) -> bool:
        """Take it; says whether the lease of another ran out, with its work begun and not finished."""
        ran_out = self.owner is not None
        self.fence += 1
        self.put(terms.owner, terms.ticks + terms.lease_seconds)
        return ran_out


@dataclass(slots=True)
class Waiting:
    """What waits in a conversation, the oldest first, and what is remembered of it."""

    state: str | None
    work: list[Work] = field(default_factory=list)


def enter(updates: Iterable[Incoming]) -> Transaction[dict[str, str]]:
    """Put ``updates`` into the inbox; returns the conversation of each ref that was new."""
    rows = [
        (
            name(update.key.clinic, update.key.channel, update.id),
            name(update.key.clinic, update.key.channel, update.key.id),
            update.payload,
            update.received,
            update.expires,
        )
        for update in updates
    ]
    if not rows:
        return {}
    new = {ref for (ref,) in (yield Enter(rows))}
    return {row[0]: row[1] for row in reversed(rows) if row[0] in new}


def lock(conversations: Iterable[str], create: Collection[str], now: float) -> Transaction[dict[str, LeaseRow]]:
    """The rows of ``conversations``, locked; those of ``create`` are made where there are none."""
    wanted = sorted(conversations)
    seats: dict[str, LeaseRow] = {}
    while wanted:
        for conversation, *row in (yield Query(LOCK, (wanted,))):
            seats[conversation] = LeaseRow(*row)
        wanted = sorted(conversation for conversation in create if conversation not in seats)
        if wanted:
            # Fences begin with the clock: a row that `clean` dropped must not come back with a fence that was held before.
            yield Write(ADD, [(conversation, int(now * 1000)) for conversation in wanted])
    return seats


def change(seats: Mapping[str, LeaseRow]) -> Transaction[None]:
    rows = [(name, seat.owner, seat.fence, seat.due) for name, seat in seats.items() if seat.changed]
    if rows:
        yield Write(CHANGE, rows)


def read_waiting(conversations: Collection[str], now: float) -> Transaction[dict[str, Waiting]]:
    found: dict[str, Waiting] = {}
    if not conversations:
        return found
    for conversation, ref, payload, received, expires, attempts, sent, state in (
        yield Query(WAITING, (list(conversations), now))
    ):
        waiting = found.get(conversation)
        if waiting is None:
            waiting = found[conversation] = Waiting(state)
        owner = waiting.work[0].update.key if waiting.work else key(conversation)
        update = Incoming(owner, ref.split("/", 2)[2], payload, received, expires)
        waiting.work.append(Work(update, attempts, NOTHING_SENT if sent is None else read_journal(sent)))
    return found


def hand_out(
    conversations: Sequence[str], seats: Mapping[str, LeaseRow], ran_out: Collection[str], terms: Terms
) -> Transaction[dict[str, Lease]]:
    """Leases of those ``conversations`` (seats that are ours) in which something waits; the others are set free.

    ``ran_out``: where the first update was begun by a holder who did not finish it.
    """
    waiting = yield from read_waiting(conversations, terms.now)
    leases: dict[str, Lease] = {}
    begun: list[tuple[str]] = []
    until = terms.ticks + terms.lease_seconds
    for conversation in conversations:
        seat, found = seats[conversation], waiting.get(conversation)
        if found is None:
            seat.put(None, None)
            continue
        seat.put(terms.owner, until)
        first = found.work[0]
        if conversation in ran_out:
            begun.append((ref_of(first.update),))
            found.work[0] = Work(first.update, first.attempts + 1, first.sent)
        leases[conversation] = Lease(first.update.key, seat.fence, found.state, tuple(found.work))
    if begun:
        yield Write(COUNT_ATTEMPT, begun)
    return leases


def farthest(terms: Terms) -> float:
    """No row is due later than that, unless the clock began anew (a restart of the machine): then it is due now."""
    return terms.ticks + terms.lease_seconds + MOST_POSTPONED


def ref_of(update: Incoming) -> str:
    return name(update.key.clinic, update.key.channel, update.id)


def conversation_of(owner: ConversationKey) -> str:
    return name(owner.clinic, owner.channel, owner.id)


def journal_line(part: str, what: str) -> str:
    return json.dumps([part, what]) + "\n"


def read_journal(sent: str) -> Mapping[str, str]:
    """What became of each part; the journal is lines that are only ever added to, and the last word counts."""
    return MappingProxyType(dict(json.loads(line) for line in sent.splitlines()))
