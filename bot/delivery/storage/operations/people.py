"""Tells people whose questions are kept apart without saying who they are (what is kept: ``delivery/gaps``).

By a number of eight bits, made with a key that lives for a period of thirty days.

Eight bits: whoever has the database, and wonders whether somebody asked something, finds that one in 256 of all people fits. That
two count as one, at times, shows a group later than it might be, never sooner. When the period ends its key is deleted, and what
is kept leads to nobody, not even for the bot itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

from bot.delivery.storage.operations.steps import Query, Transaction, Write
from bot.dialogue.conversation import ConversationKey

PERIOD: Final = 30 * 86_400  # seconds
KEY_BYTES: Final = 32
KEYS = "SELECT period, secret FROM gap_keys WHERE clinic = $1"
COUNT = "SELECT COUNT(*) FROM gaps WHERE clinic = $1 AND period = $2 AND person = $3"
FORGET = "DELETE FROM gaps WHERE clinic = $1 AND period = $2 AND person = $3"


def period_of(now: float) -> int:
    return int(now // PERIOD)


def end_of(period: int) -> float:
    """When the key of ``period`` is deleted, in Unix seconds."""
    return float((period + 1) * PERIOD)


def person_of(key: ConversationKey, secret: bytes) -> int:
    """A conversation is taken for a person: also a group's, and a browser's until it starts over."""
    name = f"{key.clinic}\0{key.channel}\0{key.id}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(name, key=secret, digest_size=1).digest()[0]


def count_gaps(key: ConversationKey) -> Transaction[int]:
    """How many ``forget_gaps`` would delete."""
    found = 0
    for period, secret in (yield Query(KEYS, (key.clinic,))):
        ((count,),) = yield Query(COUNT, (key.clinic, period, person_of(key, bytes(secret))))
        found += count
    return found


def forget_gaps(keys: Iterable[ConversationKey]) -> Transaction[None]:
    """What cannot be told from these people's, of the period that goes on; what is older is nobody's any more."""
    for key in keys:
        rows = yield Query(KEYS, (key.clinic,))
        if rows:
            yield Write(FORGET, [(key.clinic, period, person_of(key, bytes(secret))) for period, secret in rows])
