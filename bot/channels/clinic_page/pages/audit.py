"""What was done on the page, and who is signed in."""

from __future__ import annotations

from bot.channels.channel import Shared
from bot.channels.clinic_page.access.sessions import Sessions
from bot.channels.clinic_page.showing.tables import ShownTable
from bot.channels.clinic_page.views import Shown, View, Visit

_DAYS = 30
_MOST = 500


def view(shared: Shared, sessions: Sessions) -> View:
    async def show(visit: Visit) -> Shown:
        edition = shared.editions.current(shared.clinic)

        def told(moment: float) -> str:
            return f"{edition.moment(moment):%Y-%m-%d %H:%M:%S}"

        since = visit.now.timestamp() - _DAYS * 86_400
        lines = await sessions.lines(since, most=_MOST)
        done = [(told(one.at), one.who or "(not signed in)", one.what, one.detail) for one in lines]
        there = [(one.name, one.role, told(one.began), told(one.seen), told(one.expires)) for one in await sessions.listed()]
        tables = (
            ShownTable("log", "What was done", ("when", "who", "what", "of what"), done),
            ShownTable("sessions", "Signed in now", ("who", "role", "since", "last seen", "until"), there),
        )
        return Shown("audit.html", {"days": _DAYS, "most": _MOST}, tables)

    return View("audit", "Log", "staff", show)
