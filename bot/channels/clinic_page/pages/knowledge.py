"""Which knowledge serves, since when, why a newer one does not, and which of its texts a clinician has still to sign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from bot.channels.channel import Shared
from bot.channels.clinic_page.showing.tables import ShownTable
from bot.channels.clinic_page.views import Shown, View, Visit
from bot.channels.edition import Edition
from bot.dialogue.reviews import STATES, Standing, State, counts, standings

_SOON = 60  # days before a review is due that it is shown
_SHOWN = 25
STATE_NAMES: Mapping[State, str] = {
    "changed": "Changed since it was signed",
    "overdue": "Due for review",
    "by hand": "Named as read, not signed",
    "unsigned": "Not signed",
    "signed": "Signed",
}


def view(shared: Shared) -> View:
    async def show(visit: Visit) -> Shown:
        edition, health = shared.editions.current(shared.clinic), shared.health()
        today = visit.now.date()
        found = _standings(edition, today)
        refused = health.refused
        values = {
            "version": edition.knowledge.version,
            "since": edition.moment(health.since) if health.since is not None else None,
            "refused": (edition.moment(refused[0]), refused[1]) if refused is not None else None,
            "learning": health.learning,
            "withheld": len(edition.knowledge.withheld),
            "entries": len(edition.knowledge.entries),
            "boundaries": len(edition.knowledge.boundaries),
        }
        return Shown("knowledge.html", values, tables_of(found, today))

    return View("knowledge", "Knowledge", "viewer", show)


def _standings(edition: Edition, today: date) -> tuple[Standing, ...]:
    """Reckoned once a day for an edition: it hashes every text."""
    return edition.made(f"standings {today}", lambda one: standings(one.knowledge, today))


def tables_of(found: Sequence[Standing], today: date) -> tuple[ShownTable, ...]:
    many = counts(tuple(found))
    states = [(STATE_NAMES[state], many[state]) for state in STATES if state in many]
    left = sorted((one for one in found if one.state != "signed"), key=lambda one: STATES.index(one.state))
    until = today + timedelta(days=_SOON)
    soon = [one for one in found if one.state == "signed" and (due := _due(one)) is not None and due <= until]
    soon.sort(key=lambda one: _due(one) or until)
    head = ("Text", "How it stands", "Of", "Last signed", "Review by")
    return (
        ShownTable("states", "Texts by how they stand", ("State", "Texts"), states, 1),
        ShownTable("left", "To be signed", head, [_row(one) for one in left], None, _SHOWN),
        ShownTable("soon", "Due soon", head, [_row(one) for one in soon], None, _SHOWN),
    )


def _due(one: Standing) -> date | None:
    return one.signature.review_by if one.signature is not None else one.text.review_by


def _row(one: Standing) -> tuple[str, str, str, str, str]:
    signed = one.signature
    due = _due(one)
    return (
        one.text.title,
        STATE_NAMES[one.state],
        f"{one.text.file} [{one.text.id}]",
        f"{signed.on.isoformat()} by {signed.by}" if signed is not None else "",
        due.isoformat() if due is not None else "",
    )
