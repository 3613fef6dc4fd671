"""What people say of answers: that one helped or not, and why not. Once for an answer, however often a button is pressed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

Verdict = Literal["helped", "not_helped", "wrong", "unclear", "not_asked", "missing"]
# Why an answer did not help.
Reason = Literal["wrong", "unclear", "not_asked", "missing"]
REASONS: Final[tuple[Reason, ...]] = ("wrong", "unclear", "not_asked", "missing")
# Of how many answers a chat remembers what was said, the latest.
_REMEMBERED = 10


@dataclass(frozen=True, slots=True)
class Rating:
    """What was said in one chat of the answer on ``topics``; ``reason`` None: no reason was given."""

    topics: tuple[str, ...]
    helped: bool
    reason: Reason | None = None


Ratings = tuple[Rating, ...]


def is_unhelped(ratings: Ratings, topics: Sequence[str]) -> bool:
    """Whether it was said that the answer on ``topics`` did not help: only then may a reason follow by itself."""
    return any(one.topics == tuple(topics) and not one.helped for one in ratings)


def rate(ratings: Ratings, given: Rating) -> tuple[Ratings, tuple[Verdict, ...]]:
    """What is remembered with ``given``, and what of it is new: the first word on an answer holds, and the first reason."""
    before = next((one for one in ratings if one.topics == given.topics), None)
    if before is None:
        told: tuple[Verdict, ...] = ("helped",) if given.helped else ("not_helped",)
        return (*ratings, given)[-_REMEMBERED:], (*told, *_reason(given))
    if before.helped or given.helped or before.reason is not None or given.reason is None:
        return ratings, ()
    return tuple(given if one is before else one for one in ratings), _reason(given)


def _reason(given: Rating) -> tuple[Verdict, ...]:
    return () if given.helped or given.reason is None else (given.reason,)
