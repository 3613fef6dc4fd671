"""What the bot could not help with, kept for those who write the knowledge: redacted, without whose it was, for so many days.

Only where the clinic switched it on, and never where danger or despair was heard.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, Protocol

# unanswered: no topic was found; unhelped: it was said that the answer did not help; unchosen: none of the topics that were asked
# back was meant; missed: staff report that danger was not heard.
GapReason = Literal["unanswered", "unhelped", "unchosen", "missed"]
REASONS: Final[tuple[GapReason, ...]] = ("missed", "unanswered", "unhelped", "unchosen")
GapState = Literal["open", "done", "ignored"]
# A group is shown from so many people on: what fewer wrote may be one person's story.
LEAST_PEOPLE: Final = 3


@dataclass(frozen=True, slots=True)
class GapGroup:
    """Questions that are alike. ``id`` stays while its oldest question is kept.

    ``people``: from how many conversations at the least; ``texts``: redacted, the most typical first; ``reasons``: how many for
    each. ``nearest``: the topic that came nearest, ``why`` it did not match, in words for editors; ``label``: its question.
    ``first`` and ``last``: days, Unix time / 86400.
    """

    id: str
    clinic: str
    count: int
    people: int
    texts: tuple[str, ...]
    reasons: tuple[tuple[GapReason, int], ...]
    nearest: str
    label: str
    why: str
    first: int
    last: int


class Gaps(Protocol):
    """What a page shows of them."""

    async def groups(self, clinic: str, days: int) -> tuple[GapGroup, ...]:
        """Of the last ``days`` days, those that are open and may be shown, what staff missed first, then the largest.

        Raises StorageError.
        """
        ...

    async def mark(self, clinic: str, id: str, state: GapState) -> bool:
        """Whether there is such a group; it is not shown any more, unless it is opened again. Raises StorageError."""
        ...
