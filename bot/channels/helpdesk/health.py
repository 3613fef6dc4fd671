"""How it goes with a help desk: whether our calls are taken, and whether its webhooks are signed with our secret.

A process is unready only for what it finds well again by itself. One that gets no requests any more hears of no call that went
well; so all else is said, and makes nobody unready.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

_log = logging.getLogger(__name__)
_REPEATED = 3  # failures in a row that are no accident
_QUIET = 600.0  # seconds between two lines on forged webhooks: anybody can send some


class DeskHealth:
    """``watched``: somebody looks after the token (``told_token``), so that one that does not hold makes the channel unready."""

    def __init__(self, desk: str, watched: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self._desk = desk
        self._watched = watched
        self._clock = clock
        self._refused = self._away = 0  # in a row
        self._why = ""
        self._token_holds = True
        self._heard = False
        self._forged = 0
        self._told = float("-inf")

    @property
    def shown(self) -> tuple[bool, str]:
        """As ``Channel.state`` has it."""
        if not self._token_holds:
            return not self._watched, self._why
        if self._refused >= _REPEATED:
            return True, self._why
        if self._away >= _REPEATED:
            return True, "unreachable"
        if self._forged >= _REPEATED and not self._heard:
            return True, "its webhooks are refused: another secret, or a wrong clock"
        return True, "fine"

    def went_well(self) -> None:
        """A call was carried out."""
        if self._refused >= _REPEATED or self._away >= _REPEATED or not self._token_holds:
            _log.info("the help desk takes calls again", extra={"channel": self._desk})
        self._refused = self._away = 0
        self._token_holds = True

    def was_refused(self, status: int, words: str, of_token: bool = False) -> None:
        """A call was refused for good; ``words`` are the desk's own, without a secret. ``of_token``: as will be all others."""
        self._refused, self._away = self._refused + 1, 0
        if self._token_holds or not of_token:
            _log.error("the help desk refuses", extra={"channel": self._desk, "status": status, "reason": words or None})
        self._why = f"refused: {status}{f' {words}' if words else ''}"
        if of_token:
            self._token_holds = False

    def told_token(self, holds: bool, status: int = 0, words: str = "") -> None:
        """Somebody looked whether the token holds."""
        if not holds:
            self.was_refused(status, words, of_token=True)
        elif not self._token_holds:
            self.went_well()

    def was_away(self) -> None:
        """A call got no answer, or one that says "later"."""
        self._away += 1

    def was_heard(self) -> None:
        """A webhook was signed as it should be."""
        self._heard, self._forged = True, 0

    def was_forged(self) -> None:
        """A webhook was not. As long as none was, that may be our secret."""
        self._forged += 1
        if not self._heard and self._forged >= _REPEATED and self._clock() - self._told > _QUIET:
            self._told = self._clock()
            reason = "none was signed with this secret in the last five minutes"
            _log.warning("webhooks are refused", extra={"channel": self._desk, "count": self._forged, "reason": reason})
