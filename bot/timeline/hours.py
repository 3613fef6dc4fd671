"""After-care clock times: when an infusion ended, and what the claims say about the hours after it.

Pure arithmetic on claims; no figure of the source is typed here. Elapsed time is added in UTC: Python subtracts and compares two
moments of one zone by their wall clocks, which is wrong by an hour across a change of the clocks.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from bot.knowledge.messages import fill
from bot.knowledge.model import Claim, HourRoles, Knowledge
from bot.language.grammar import Grammar
from bot.language.quantities import ends_of
from bot.timeline.clock import day_over, later, utc

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


@dataclass(frozen=True, slots=True)
class ClockTimes:
    """Aware moments in ``ended``'s zone.

    ``late``: the effects outlast the day, so midnight alone is not enough. ``stricter``: until when the clinic's own claims rule
    out driving; None where it has none.
    """

    ended: datetime
    effects_from: datetime
    effects_to: datetime
    drive_not_before: datetime
    late: bool
    claims: tuple[str, ...]
    stricter: datetime | None = None


def clock_times(ended: datetime, knowledge: Knowledge) -> ClockTimes:
    """The clock times that the claims give for an infusion that ended at ``ended``.

    Source: the claims in the roles ``wear_off`` (counted from the end) and ``driving`` (the rest of that day): no driving before
    both are over, nor before what the clinic's own stricter claims say.

    Raises ValueError for a naive or impossibly far ``ended``, LookupError where the knowledge lacks these claims in that form.
    """
    if ended.tzinfo is None:
        raise ValueError("the end of the infusion has no time zone")
    roles, first, last = _effects(knowledge)
    try:
        effects_from, effects_to = (later(ended, span) for span in (first, last))
        day_ends = day_over(ended)
        span = stricter_span(knowledge)
        stricter = later(ended, span) if span is not None else None
    except OverflowError as error:
        raise ValueError(f"{ended.isoformat()} is too far away for a timeline") from error
    late = utc(effects_to) > utc(day_ends)
    claims = (*_tightening(roles.wear_off, knowledge), roles.wear_off, *driving_claims(knowledge))
    not_before = max((effects_to if late else day_ends, *((stricter,) if stricter is not None else ())), key=utc)
    return ClockTimes(ended, effects_from, effects_to, not_before, late, claims, stricter)


def stricter_span(knowledge: Knowledge) -> timedelta | None:
    """For how long after the end the clinic's own claims rule out driving; None where it has none. Raises LookupError."""
    spans = [_span(claim, knowledge.grammar)[1] for claim in knowledge.stricter(_roles(knowledge).driving)]
    return max(spans, default=None)


def are_known(knowledge: Knowledge) -> bool:
    """Whether the claims give any clock times."""
    try:
        _effects(knowledge)
    except LookupError:
        return False
    return True


def rendered(aftercare: ClockTimes, knowledge: Knowledge, today: date | None = None) -> str:
    """``aftercare`` in the words of the knowledge, one sentence a line.

    Times on another day than the infusion's end name their day; the end names its own where ``today`` is given and another day.
    Slots for the clinic's contact data are left for the caller to fill.
    """
    ended = aftercare.ended
    today = today or ended.date()
    slots = {
        "clock_end": clock_text(ended, today, knowledge),
        "zone": zone_text(ended, knowledge),
        "clock_from": clock_text(aftercare.effects_from, ended.date(), knowledge),
        "clock_to": clock_text(aftercare.effects_to, ended.date(), knowledge),
        "no_driving": no_driving(knowledge),
    }
    driving = "timeline_driving" if ended.date() == today else "timeline_driving_before"
    told = [fill(knowledge.messages[line], slots) for line in ("timeline_ended", "timeline_effects")]
    told += [*stricter_text(aftercare, knowledge), fill(knowledge.messages[driving], slots)]
    return "\n".join([*told, *late_text(aftercare, knowledge), knowledge.messages["timeline_typical"]])


def stricter_text(aftercare: ClockTimes, knowledge: Knowledge) -> tuple[str, ...]:
    """The clinic's own rule on driving, which comes first, and until when it holds: a sentence or two, or none.

    Slots for figures are left for the caller to fill.
    """
    if aftercare.stricter is None:
        return ()
    rules = " ".join(claim.statement for claim in knowledge.stricter(_roles(knowledge).driving))
    clock = clock_text(aftercare.drive_not_before, aftercare.ended.date(), knowledge)
    return (fill(knowledge.messages["timeline_stricter"], {"claims": rules, "clock_drive": clock}),)


def late_text(aftercare: ClockTimes, knowledge: Knowledge) -> tuple[str, ...]:
    """What more is said of driving where the effects outlast the day: a sentence, or none."""
    if not aftercare.late:
        return ()
    clock_to = clock_text(aftercare.effects_to, aftercare.ended.date(), knowledge)
    return (fill(knowledge.messages["timeline_late"], {"clock_to": clock_to}),)


def no_driving(knowledge: Knowledge) -> str:
    """For how long there is no driving, in the words of the claim. Raises LookupError."""
    _effects(knowledge)
    return _claim(knowledge, _roles(knowledge).driving).quantities[0].shown(knowledge.grammar)


def driving_claims(knowledge: Knowledge) -> tuple[str, ...]:
    """Those that rule out driving, without the clock times. Raises LookupError."""
    roles = _roles(knowledge)
    base = (roles.driving, *((roles.ride_home,) if roles.ride_home in knowledge.claims else ()))
    return tuple(dict.fromkeys(one for id in base for one in (*_tightening(id, knowledge), id)))


def _tightening(id: str, knowledge: Knowledge) -> tuple[str, ...]:
    return tuple(claim.id for claim in knowledge.stricter(id))


def clock_text(moment: datetime, day: date, knowledge: Knowledge) -> str:
    """The time as 2:10 pm, or 14:10 where clocks count to 24, with its day where that is not ``day``."""
    words = knowledge.grammar.clock
    half = words.halves[moment.hour // 12]
    form = words.time24 if knowledge.clinic.clock == "24" else words.time
    clock = form.format(hour=moment.hour, hour12=moment.hour % 12 or 12, minute=f"{moment.minute:02}", half=half)
    if moment.date() == day:
        return clock
    return fill(knowledge.messages["clock_other_day"], {"clock": clock, "day": day_text(moment.date(), knowledge)})


def day_text(day: date, knowledge: Knowledge) -> str:
    """The day as Friday, December 25."""
    words = knowledge.grammar.clock
    return words.day.format(weekday=words.weekdays[day.weekday()], month=words.months[day.month - 1], day=day.day)


def zone_text(moment: datetime, knowledge: Knowledge) -> str:
    """Whose clock shows ``moment``: "Chicago time", or "UTC-06:00" where the zone has no name but its distance."""
    area, _, city = getattr(moment.tzinfo, "key", "").rpartition("/")
    if not area or area == "Etc":
        return moment.tzname() or ""
    return fill(knowledge.messages["clock_zone"], {"city": city.replace("_", " ")})


def as_json(aftercare: ClockTimes) -> dict[str, object]:
    """``aftercare`` as plain values; moments in ISO 8601 with their offset."""
    values = asdict(aftercare) | {"claims": list(aftercare.claims)}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


# -- arithmetic ----------------------------------------------------------------------------------------------------


def _roles(knowledge: Knowledge) -> HourRoles:
    if knowledge.hours is None:
        raise LookupError("this knowledge has no hours after an infusion; timeline.yaml names them")
    return knowledge.hours


def _effects(knowledge: Knowledge) -> tuple[HourRoles, timedelta, timedelta]:
    """The roles, and the least and the greatest time that the effects last. Raises LookupError."""
    roles = _roles(knowledge)
    spans = [
        _span(claim, knowledge.grammar) for claim in (_claim(knowledge, roles.wear_off), *knowledge.stricter(roles.wear_off))
    ]
    first, last = (max(ends) for ends in zip(*spans, strict=True))
    banned = _claim(knowledge, roles.driving).quantities
    if any(not quantity.words for quantity in banned):
        raise LookupError(f"the claim {roles.driving} has a figure; a timeline knows the rest of the day only")
    if not banned:
        raise LookupError(f"the claim {roles.driving} does not say for how long; a timeline needs it")
    return roles, first, last


def _claim(knowledge: Knowledge, id: str) -> Claim:
    if id not in knowledge.claims:
        raise LookupError(f"this knowledge has no claim {id}; a timeline needs it")
    return knowledge.claims[id]


def _span(claim: Claim, grammar: Grammar) -> tuple[timedelta, timedelta]:
    """The least and the greatest duration that the claim's figure allows."""
    for quantity in claim.quantities:
        ends = None if quantity.words else ends_of(quantity.first, quantity.last, grammar)
        try:
            spans = [timedelta(seconds=float(amount) * _SECONDS[unit]) for amounts, unit in ends or () for amount in amounts]
        except (KeyError, ValueError):
            continue
        if spans and min(spans) > timedelta(0):
            return min(spans), max(spans)
    raise LookupError(f"the claim {claim.id} has no figure in minutes, hours or days; a timeline needs one")
