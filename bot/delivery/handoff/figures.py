"""How many were handed to the staff, and how long they waited: rows without a name or a word."""

from __future__ import annotations

from dataclasses import dataclass

from bot.delivery.storage.operations.steps import Query, Transaction

FIGURES = """
SELECT reason, alarm, opened, answered, closed FROM handoffs WHERE clinic = $1 AND opened >= $2 AND opened < $3
ORDER BY opened
"""


@dataclass(frozen=True, slots=True)
class HandoffFigure:
    """Moments are Unix seconds. ``answered``: when somebody of the staff wrote first; None: nobody did. ``alarm``: as kept."""

    reason: str
    alarm: str
    opened: float
    answered: float | None
    closed: float | None

    @property
    def waited(self) -> float | None:
        """Seconds until the first answer."""
        return None if self.answered is None else max(0.0, self.answered - self.opened)


def figures(clinic: str, since: float, before: float) -> Transaction[tuple[HandoffFigure, ...]]:
    """Those that began from ``since`` to ``before``, in order."""
    rows = yield Query(FIGURES, (clinic, since, before))
    return tuple(HandoffFigure(*row) for row in rows)
