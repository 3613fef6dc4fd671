"""The records of gaps: added, read, marked, forgotten, dropped. Transactions for ``Storage.run``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.delivery.gaps import GapReason, GapState
from bot.delivery.gaps.watching import Gap
from bot.delivery.storage.operations.people import end_of, period_of, person_of
from bot.delivery.storage.operations.steps import Query, Transaction, Write

DAY: Final = 86_400
ADD_KEY = "INSERT INTO gap_keys (clinic, period, secret, expires) VALUES ($1, $2, $3, $4) ON CONFLICT (clinic, period) DO NOTHING"
KEY = "SELECT secret FROM gap_keys WHERE clinic = $1 AND period = $2"
ADD = """
INSERT INTO gaps (clinic, day, reason, text, told, period, person, state, expires) VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', $8)
"""
LISTED = "SELECT seq, day, reason, text, told, period, person, state FROM gaps WHERE clinic = $1 AND day >= $2 ORDER BY seq"
MARK = "UPDATE gaps SET state = $2 WHERE seq = ANY ($1)"
SHORTEN = "UPDATE gaps SET expires = day * 86400.0 + $2 WHERE clinic = $1 AND expires > day * 86400.0 + $2"


@dataclass(frozen=True, slots=True)
class KeptGap:
    """``day``: Unix time / 86400. ``person`` tells people of one ``period`` apart (see ``people.py``)."""

    seq: int
    day: int
    reason: GapReason
    text: str
    told: tuple[str, ...]
    period: int
    person: int
    state: GapState


def add(gaps: Sequence[Gap], days: Mapping[str, int], secrets: Mapping[str, bytes], now: float) -> Transaction[None]:
    """``days``: for how long each clinic keeps them. ``secrets``: a fresh key for each clinic, for where it has none yet."""
    period = period_of(now)
    rows = []
    for clinic in sorted({gap.key.clinic for gap in gaps}):
        yield Write(ADD_KEY, [(clinic, period, secrets[clinic], end_of(period))])
        ((secret,),) = yield Query(KEY, (clinic, period))
        for gap in gaps:
            if gap.key.clinic == clinic:
                day = int(gap.at // DAY)
                person = person_of(gap.key, bytes(secret))
                until = float((day + days[clinic]) * DAY)
                rows.append((clinic, day, gap.reason, gap.text, json.dumps(gap.told), period, person, until))
    yield Write(ADD, rows)


def listed(clinic: str, since: int) -> Transaction[tuple[KeptGap, ...]]:
    """Those of the day ``since`` (Unix time / 86400) and later, the oldest first, whatever their state."""
    rows = yield Query(LISTED, (clinic, since))
    return tuple(
        KeptGap(seq, day, reason, text, tuple(json.loads(told)), period, person, state)
        for seq, day, reason, text, told, period, person, state in rows
    )


def mark(seqs: Sequence[int], state: GapState) -> Transaction[None]:
    yield Query(MARK, (list(seqs), state))


def shorten(clinic: str, days: int) -> Transaction[None]:
    """Where a clinic keeps them for less long than it did."""
    yield Write(SHORTEN, [(clinic, float(days * DAY))])
