"""How a view of the page declares itself: its path, who may see it, what it shows, what can be done there.

The page answers for the rest: who is signed in, the form's token, the frame around it, tables as CSV, the log.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bot.channels.clinic_page.access import Role, StaffSession
from bot.channels.clinic_page.showing.tables import ShownTable

Note = Callable[[str, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of somebody who may see the view. ``now`` is on the clinic's clock.

    ``form``: what a form sent, by its fields; empty where the body is of another kind, which the view reads itself. ``note``:
    writes down what was done, and of what; raises StorageError.
    """

    request: Request
    session: StaffSession
    csrf: str
    now: datetime
    note: Note
    form: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shown:
    """A template (of templates/) and what it is filled with. ``tables``: what can be had as CSV: ``?csv=`` and its id."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    tables: Sequence[ShownTable] = ()
    status: int = 200


@dataclass(frozen=True, slots=True)
class View:
    """``path`` below the page's, as Starlette reads it, "" for the first; ``role``: the least that sees it and does things there.

    ``show`` answers a GET; ``act`` a POST that brought the session's token (a form's field ``csrf``, or the header ``X-CSRF``),
    usually by a redirect; None: nothing can be done. ``menu``: it stands there. ``alive`` False: a page asks for it by itself,
    and that keeps no session alive.
    """

    path: str
    title: str
    role: Role
    show: Callable[[Visit], Awaitable[Shown | Response]]
    act: Callable[[Visit], Awaitable[Shown | Response]] | None = None
    menu: bool = True
    alive: bool = True

    @property
    def root(self) -> str:
        """From an address of this view to the page's own, as a relative one."""
        return "../" * self.path.count("/") or "./"
