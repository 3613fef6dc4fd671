"""The staff's inbox: who waits, what was said on both sides, the answer.

One of the staff answers at a time, wherever they sit. What a second one wrote is refused, and stays in the box.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from starlette.responses import JSONResponse, RedirectResponse, Response

from bot.channels.channel import Shared
from bot.channels.clinic_page.views import Shown, View, Visit
from bot.delivery.handoff import Handoff, HandoffMessage, State
from bot.delivery.handoff.handoffs import Handoffs, HandoffStep

_LONGEST = 4000  # characters of an answer; what every channel takes in one message
_OVER: tuple[State, ...] = ("closed",)
_CLOSED = 20  # of those that are over, so many are listed
_REASONS: Mapping[str, str] = {
    "person": "asked for a person",
    "lost": "the bot could not help",
    "boundary": "asked what only the clinic knows",
    "alarm": "asked after an alarm",
    "care": "asked after despair was heard",
    "reached_out": "the staff wrote first",
}
# What became of a hand-off, as the staff read it between the lines.
_NOTICES: Mapping[str, str] = {
    "opened": "The patient agreed to write to the staff.",
    "claimed": "{author} answers from now on.",
    "released": "{author} gave it back: whoever wants may answer.",
    "closed": "{author} ended it. The bot answers the patient again.",
    "left": "The patient ended it. The bot answers them again.",
    "alarm": "Danger was heard in this. The bot answered at once, with the numbers to call.",
    "reminded": "The staff were reminded.",
    "told": "The patient was told that it takes longer.",
}
_REFUSED: Mapping[str, str] = {
    "taken": "Not sent: {other} answers this one. Your text is still in the box; copy it, or take over and send it.",
    "closed": "Not sent: this is over. Your text is still in the box, to copy.",
}


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A hand-off in the list. ``since``: how long the patient has waited, "" where they do not; ``who``: who answers."""

    id: str
    name: str
    channel: str
    reason: str
    alarm: bool
    state: str
    who: str
    mine: bool
    since: str
    opened: str


@dataclass(frozen=True, slots=True)
class InboxLine:
    """A line of a talk. ``who``: who wrote it, "" for what happened."""

    seq: int
    side: str
    who: str
    text: str
    at: str
    iso: str
    alarm: bool


def views(shared: Shared) -> tuple[View, ...]:
    """None where no conversation goes to the staff."""
    if shared.handoffs is None:
        return ()
    inbox = StaffInbox(shared, shared.handoffs)
    return (
        View("inbox", "Inbox", "staff", inbox.show),
        View("inbox/news", "Inbox", "staff", inbox.news, menu=False, alive=False),
        View("inbox/{id}", "Inbox", "staff", inbox.thread, inbox.act, menu=False),
        View("inbox/{id}/news", "Inbox", "staff", inbox.thread_news, menu=False, alive=False),
    )


class StaffInbox:
    """Of one clinic. All raise StorageError."""

    def __init__(self, shared: Shared, handoffs: Handoffs) -> None:
        self._shared = shared
        self._handoffs = handoffs

    # -- the list -----------------------------------------------------------------------------------------------

    async def show(self, visit: Visit) -> Shown:
        rows = await self._rows(visit)
        over = await self._handoffs.listing(_OVER, _CLOSED)
        closed = [await self._row(one, visit) for one in over]
        values = {"rows": rows, "closed": closed, "waiting": _waiting(rows), "mark": _mark(rows), "away": self._away(visit.now)}
        return Shown("inbox.html", values)

    async def news(self, visit: Visit) -> Response:
        """What an open list asks for: whether anything changed, how many wait and for how long."""
        rows = await self._rows(visit)
        since = {row.id: row.since for row in rows if row.since}
        return JSONResponse({"mark": _mark(rows), "waiting": _waiting(rows), "since": since})

    async def _rows(self, visit: Visit) -> list[InboxRow]:
        """Those that are not over: first where danger was heard and nobody answered yet, then who has waited longest."""
        there = sorted(await self._handoffs.listing(), key=_order)
        return [await self._row(one, visit) for one in there]

    async def _row(self, one: Handoff, visit: Visit) -> InboxRow:
        who = await self._answering(one)
        since = _waits(visit.now.timestamp() - one.waiting) if one.waiting is not None else ""
        opened = _told(self._moment(one.opened), visit.now)
        mine = one.claimed_by == visit.session.name
        reason = _REASONS.get(one.reason, one.reason)
        return InboxRow(one.id, one.name, one.key.channel, reason, _danger(one), one.state, who, mine, since, opened)

    async def _answering(self, one: Handoff) -> str:
        """The name of who answers. Another channel may know them by an account: then by the last line of theirs."""
        if not one.claimed_by:
            return ""
        lines = await self._handoffs.messages(one.id)
        return next((line.author for line in reversed(lines) if line.author), one.claimed_by)

    # -- one talk -----------------------------------------------------------------------------------------------

    async def thread(self, visit: Visit) -> Shown:
        return await self._thread(visit)

    async def _thread(self, visit: Visit, draft: str = "", refused: str = "", status: int = 200) -> Shown:
        one = await self._handoffs.read(visit.request.path_params["id"])
        if one is None:
            return Shown("message.html", {"title": "Not found", "told": "There is no such talk, or its words are gone."}, (), 404)
        lines = self._lines(await self._handoffs.messages(one.id), visit.now)
        row = await self._row(one, visit)
        values = {
            "one": row,
            "lines": lines,
            "last": lines[-1].seq if lines else 0,
            "draft": draft,
            "refused": refused,
            # Of the form: sent twice, it is one answer.
            "message": secrets.token_hex(16),
            "longest": _LONGEST,
            "away": self._away(visit.now),
        }
        return Shown("thread.html", values, status=status)

    async def thread_news(self, visit: Visit) -> Response:
        """What an open talk asks for: the lines after ``after``, and who answers."""
        one = await self._handoffs.read(visit.request.path_params["id"])
        if one is None:
            return JSONResponse({"state": "gone", "who": "", "mine": False, "lines": []})
        after = visit.request.query_params.get("after", "0")
        lines = await self._handoffs.messages(one.id, int(after) if after.isdecimal() and len(after) < 16 else 0)
        row = await self._row(one, visit)
        told = [asdict(line) for line in self._lines(lines, visit.now)]
        return JSONResponse({"state": row.state, "who": row.who, "mine": row.mine, "lines": told})

    async def act(self, visit: Visit) -> Shown | Response:
        id, name, form = visit.request.path_params["id"], visit.session.name, visit.form
        text, message = form.get("text", "").strip(), f"page:{form.get('message', '')}"[:80]
        match form.get("do", ""):
            case "reply" | "over" as how:
                if not text or len(text) > _LONGEST:
                    wrong = f"Not sent: an answer has 1 to {_LONGEST} characters, and this one has {len(text)}."
                    return await self._thread(visit, text, wrong, 422)
                step = await self._handoffs.from_staff(id, message, name, text, takes_over=how == "over")
                done = "answered"
            case "claim":
                step, done = await self._handoffs.claim(id, message, name), "took on"
            case "take":
                step, done = await self._handoffs.claim(id, message, name, takes_over=True), "took over"
            case "release":
                step, done = await self._handoffs.release(id, message, name), "gave back"
            case "close":
                step, done = await self._handoffs.close(id, message, name), "ended"
            case _:
                return await self._thread(visit, text, "Not done: nothing of the kind can be done here.", 422)
        return await self._done(visit, step, done, text)

    async def _done(self, visit: Visit, step: HandoffStep, done: str, text: str) -> Shown | Response:
        if step.handoff is None:
            return await self._thread(visit)
        if step.outcome in _REFUSED:
            if not text and step.outcome == "closed":
                return _back(visit)
            other = await self._answering(step.handoff)
            why = _REFUSED[step.outcome].format(other=other) if text else f"Not done: {other} answers this one."
            return await self._thread(visit, text, why, 409)
        if step.outcome == "done":
            await visit.note(done, f"talk {step.handoff.name}")
        return _back(visit)

    # -- times --------------------------------------------------------------------------------------------------

    def _lines(self, lines: Sequence[HandoffMessage], now: datetime) -> list[InboxLine]:
        return [self._line(one, now) for one in lines]

    def _line(self, one: HandoffMessage, now: datetime) -> InboxLine:
        at = self._moment(one.at)
        alarm, text, who = False, one.text, one.author if one.side == "staff" else "Patient"
        if one.side == "notice":
            alarm, who = one.text == "alarm", ""
            text = _NOTICES.get(one.text, one.text).format(author=one.author or "Somebody")
        if one.file:
            text = f"{text}\n(a file, which the other channel shows)".strip()
        return InboxLine(one.seq, one.side, who, text, _told(at, now), at.isoformat(), alarm)

    def _moment(self, seconds: float) -> datetime:
        return self._shared.editions.current(self._shared.clinic).moment(seconds)

    def _away(self, now: datetime) -> bool:
        """Whether nobody is there by the hours that the clinic has set."""
        hours = self._shared.editions.current(self._shared.clinic).knowledge.clinic.hours
        return hours is not None and not hours.open_at(now)


def _danger(one: Handoff) -> bool:
    return bool(one.alarm) or one.reason == "alarm"


def _order(one: Handoff) -> tuple[bool, bool, float]:
    return not (_danger(one) and one.waiting is not None), one.waiting is None, one.waiting or one.opened


def _waiting(rows: Sequence[InboxRow]) -> int:
    return sum(bool(row.since) for row in rows)


def _mark(rows: Sequence[InboxRow]) -> str:
    """Changes with what the list shows, but for how long somebody has waited."""
    return ";".join(f"{row.id} {row.state} {row.who} {bool(row.since)} {row.alarm}" for row in rows)


def _waits(seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes < 1:
        return "waits since just now"
    if minutes < 60:
        return f"waits for {minutes} min"
    hours = minutes // 60
    return f"waits for {hours} h {minutes % 60:02} min" if hours < 24 else f"waits for {hours // 24} d {hours % 24} h"


def _told(moment: datetime, now: datetime) -> str:
    """The time, with the day where it is another one."""
    if moment.date() == now.date():
        return f"{moment:%H:%M}"
    return f"yesterday {moment:%H:%M}" if moment.date() == now.date() - timedelta(days=1) else f"{moment:%Y-%m-%d %H:%M}"


def _back(visit: Visit) -> Response:
    """To the talk as it is now, so that a page that is loaded anew does nothing twice."""
    return RedirectResponse(f"{visit.request.path_params['id']}#end", 303)
