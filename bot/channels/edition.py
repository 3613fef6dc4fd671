"""One version of one clinic's knowledge, with all that is made of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Any, Protocol, TypeVar

from bot.channels.rendering import Screen, screen_of
from bot.dialogue.policy import Dialogue
from bot.knowledge.model import Knowledge
from bot.timeline import course, hours, picture

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, eq=False)
class Edition:
    """What a turn is answered from. ``zone``: the clock that holds at the clinic.

    What is made of the knowledge (pictures, pages, a screen) is made from one edition, kept in it, and gone with it: nothing can
    be made of two versions, or of two clinics.
    """

    clinic: str
    dialogue: Dialogue
    zone: tzinfo
    _made: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def knowledge(self) -> Knowledge:
        return self.dialogue.knowledge

    def say(self, key: str, **values: str) -> str:
        """The bot's own sentence ``key``, filled in."""
        return self.dialogue.compose.say(key, **values)

    def moment(self, seconds: float) -> datetime:
        """A Unix time on the clinic's clock."""
        return datetime.fromtimestamp(seconds, self.zone)

    def away(self, at: float) -> str:
        """When the clinic is back, where it says when it is there, and nobody is at the Unix time ``at``; else ""."""
        opening, now = self.knowledge.clinic.hours, self.moment(at)
        if opening is None or opening.open_at(now):
            return ""
        opens = opening.changes_after(now)
        if opens is None:
            return self.say("staff_away")
        return self.say("staff_closed_now", opens=hours.clock_text(opens, now.date(), self.knowledge))

    def on(self, zone: tzinfo | None) -> Edition:
        """The same on the person's clock, with all that was made of it; None: the clinic's holds."""
        return replace(self, zone=zone) if zone is not None else self

    def made(self, name: str, make: Callable[[Edition], _T]) -> _T:
        """What ``make`` makes of this edition under ``name``, once. Raises what ``make`` raises."""
        if name not in self._made:
            self._made[name] = make(self)
        made: _T = self._made[name]
        return made

    @property
    def screen(self) -> Screen:
        """What screens make of a reply."""
        return self.made("screen", lambda edition: screen_of(edition.knowledge))

    def png(self) -> bytes:
        """The picture of the treatment; takes some tens of milliseconds once. Raises LookupError where nothing can be drawn."""
        return self.made("png", lambda edition: picture.png(course.course_from(edition.knowledge), edition.knowledge))

    def svg(self) -> bytes:
        """As ``png``, as vectors."""
        return self.made("svg", lambda edition: picture.svg(course.course_from(edition.knowledge), edition.knowledge).encode())


class Editions(Protocol):
    """Which edition holds now. Asked once a turn; who keeps a part of an edition longer answers from two versions."""

    def current(self, clinic: str) -> Edition:
        """The edition that answers for ``clinic`` from now on. Raises KeyError for a clinic that is not served."""
        ...
