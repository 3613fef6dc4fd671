"""What was not answered, in groups, redacted, each with lines for the knowledge that an editor copies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import yaml
from starlette.responses import RedirectResponse, Response

from bot.channels.channel import Shared
from bot.channels.clinic_page.pages.overview import PERIODS, period
from bot.channels.clinic_page.showing.tables import Cell, ShownTable
from bot.channels.clinic_page.views import Shown, View, Visit
from bot.delivery.gaps import GapGroup, GapReason, Gaps, GapState
from bot.knowledge.model import Entry, Knowledge

_REASONS: Mapping[GapReason, str] = {
    "missed": "danger that staff report as missed",
    "unanswered": "not understood",
    "unhelped": "did not help",
    "unchosen": "asked back, none chosen",
}
_STATES: Mapping[str, GapState] = {"done": "done", "ignored": "ignored"}
_MOST = 50  # groups on a page; the CSV has all


@dataclass(frozen=True, slots=True)
class ShownGap:
    """``proposal``: YAML, "" for danger, which no phrase of a topic answers; ``place``: where it belongs."""

    gap: GapGroup
    reasons: str
    proposal: str
    place: str


def view(shared: Shared) -> View:
    async def show(visit: Visit) -> Shown:
        days = period(visit.request.query_params.get("days"))
        if shared.gaps is None:
            return Shown("gaps.html", {"off": True, "days": days, "periods": PERIODS, "groups": ()})
        found = await shared.gaps.groups(shared.clinic, days)
        knowledge = shared.editions.current(shared.clinic).knowledge
        groups = [shown(one, knowledge) for one in found[:_MOST]]
        left = len(found) - len(groups)
        values = {"off": False, "days": days, "periods": PERIODS, "groups": groups, "left": left}
        return Shown("gaps.html", values, (_table(found),))

    async def act(visit: Visit) -> Shown | Response:
        return await _mark(shared.gaps, shared.clinic, visit)

    return View("gaps", "Not answered", "editor", show, act)


async def _mark(gaps: Gaps | None, clinic: str, visit: Visit) -> Response:
    """A group is dealt with, or not worth it. One that is gone meanwhile is no mistake."""
    id, state = visit.form.get("id", ""), _STATES.get(visit.form.get("state", ""))
    if gaps is not None and state is not None and await gaps.mark(clinic, id, state):
        await visit.note(f"gap {state}", id)
    return RedirectResponse(f"gaps?days={quote(visit.form.get('days', ''))}", 303)


def shown(gap: GapGroup, knowledge: Knowledge) -> ShownGap:
    reasons = ", ".join(f"{many} {_REASONS[reason]}" for reason, many in gap.reasons if many)
    if any(reason == "missed" for reason, _ in gap.reasons):
        return ShownGap(gap, reasons, "", "what is danger is heard by safety/")
    topic = knowledge.topic(gap.nearest) if gap.nearest else None
    if topic is None:
        new = {"id": "new_topic", "question": gap.texts[0], "phrases": list(gap.texts), "answer": "", "claims": []}
        return ShownGap(gap, reasons, _yaml([new]), "a new entry, to be filled from a source")
    file = topic.topic_file if isinstance(topic, Entry) else "safety/boundaries.yaml"
    return ShownGap(gap, reasons, _yaml({"phrases": list(gap.texts)}), f"phrases of {topic.id}, in {file}")


def _yaml(value: object) -> str:
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=1000)


def _table(found: Sequence[GapGroup]) -> ShownTable:
    rows: list[tuple[Cell, ...]] = [
        (one.texts[0], one.count, one.people, one.label or "none", one.why, " | ".join(one.texts[1:])) for one in found
    ]
    return ShownTable("gaps", "Not answered", ("Question", "Times", "People", "Nearest topic", "Why not", "Others like it"), rows)
