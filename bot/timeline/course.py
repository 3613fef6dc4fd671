"""The course of a treatment: what the picture of it shows, as values, as text for those who hear it, and as JSON.

Pure; no figure of the source is typed here. Two panels: one session, in hours around its end, and the whole course, in hours to
months. A row is a claim, the figures it shows, and a bar as long as they say.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from bot.knowledge.messages import fill
from bot.knowledge.model import Claim, Knowledge, Place, Quantity, RowRole
from bot.language.grammar import Grammar
from bot.language.quantities import End, ends_of, units_in

# Seconds. A month and a year are calendar means: a bar cannot be more exact than a month is.
UNITS = (("minute", 60.0), ("hour", 3600.0), ("day", 86400.0), ("week", 604800.0), ("month", 2629800.0), ("year", 31557600.0))
_AFTER_YEARS = 100 * UNITS[-1][1]
_DRAWN = dict(UNITS)
_SECONDS = {**_DRAWN, "second": 1.0, "fortnight": 2 * 604800.0, "decade": 10 * UNITS[-1][1]}


@dataclass(frozen=True, slots=True)
class Bar:
    """Seconds. From ``begins`` on it holds until ``sure``, the source's lower end, and perhaps until ``until``, its upper one.

    ``vague``: an end is given in words ("a few days", "hours or days"), so its place on the axis is a rough one.
    """

    begins: float
    sure: float
    until: float
    vague: bool


@dataclass(frozen=True, slots=True)
class CourseRow:
    """``figures`` read as in a sentence. ``bar`` is None where the source names no unit of time: the row is text alone.

    ``stricter``: the clinic's own claims that make the row's claim stricter, and ``stricter_figures`` what they say.
    """

    id: str
    claim: str
    figures: tuple[str, ...]
    hedge: tuple[str, ...]
    place: Place
    bar: Bar | None
    stricter: tuple[str, ...] = ()
    stricter_figures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Course:
    """Both panels. The bars of ``session`` lie around its end, those of ``course`` each begin at a time of their own."""

    session: tuple[CourseRow, ...]
    course: tuple[CourseRow, ...]

    @property
    def rows(self) -> tuple[CourseRow, ...]:
        return self.session + self.course

    @property
    def claims(self) -> tuple[str, ...]:
        return tuple(id for row in self.rows for id in (*row.stricter, row.claim))


@dataclass(frozen=True, slots=True)
class CourseWords:
    """All that a person reads of a course. A panel is its title and the (label, what is said) of each row."""

    title: str
    clinic: str
    session: tuple[str, tuple[tuple[str, str], ...]]
    course: tuple[str, tuple[tuple[str, str], ...]]
    sources: tuple[str, ...]
    note: str


def course_from(knowledge: Knowledge) -> Course:
    """The course that the claims describe. Raises LookupError where the knowledge lacks one of them in the form that is drawn."""
    roles = knowledge.course
    if roles is None:
        raise LookupError("this knowledge has no course of a treatment; timeline.yaml names it")
    session = [_row(knowledge, role) for role in roles.session[:2]]
    if any(row.bar is None or row.bar.begins for row in session):
        raise LookupError("a session is drawn from figures in minutes or hours; the knowledge has words only")
    last = roles.session[2]
    driving = _claim(knowledge, last.claim)
    figure = _quantity(driving, last.quantities[0])
    if not figure.words:
        raise LookupError(f"the claim {last.claim} has a figure; the picture knows the rest of the day only")
    shown = (figure.shown(knowledge.grammar),)
    row = CourseRow(last.row, last.claim, shown, driving.hedge, driving.place, None)
    session.append(_with_stricter(row, knowledge))
    return Course(tuple(session), tuple(_row(knowledge, role) for role in roles.course))


def words(course: Course, knowledge: Knowledge) -> CourseWords:
    """What ``course`` says, in the words of the knowledge and with the clinic's name."""
    messages = sentences(knowledge)
    labels = {
        "infusion": "course_infusion",
        "effects": "course_effects",
        "driving": "course_driving",
        "onset": "course_onset",
        "single": "course_single",
        "series": "course_series",
        "depression": "course_depression",
        "pain": "course_pain",
        "maintenance": "course_maintenance",
    }
    said = {
        "infusion": "course_infusion_said",
        "effects": "course_effects_said",
        "driving": "course_driving_said",
        "onset": "course_onset_said",
        "single": "course_single_said",
        "series": "course_series_said",
        "depression": "course_depression_said",
        "pain": "course_pain_said",
        "maintenance": "course_maintenance_said",
    }
    label_of = {id: messages[key] for id, key in labels.items()}
    said_of = {id: messages[key] for id, key in said.items()}

    def read(rows: Sequence[CourseRow]) -> tuple[tuple[str, str], ...]:
        # A row of two figures says how many and for how long; all others have one.
        slots_of = {1: ("figure",), 2: ("count", "figure")}
        filled = [dict(zip(slots_of[len(row.figures)], row.figures, strict=True)) for row in rows]
        told = [(row, fill(said_of[row.id], slots)) for row, slots in zip(rows, filled, strict=True)]
        return tuple((label_of[row.id], _stricter_or(row, said, messages)) for row, said in told)

    return CourseWords(
        title=messages["course_title"],
        clinic=knowledge.clinic.name or "",
        session=(messages["course_session"], read(course.session)),
        course=(messages["course_whole"], read(course.course)),
        sources=_sources([knowledge.claims[id].place for id in course.claims], knowledge),
        note=messages["course_note"],
    )


def as_text(course: Course, knowledge: Knowledge) -> str:
    """The same content as the picture, a line for each row, for those who hear it and for a caption."""
    told = words(course, knowledge)
    messages = sentences(knowledge)
    row = messages["course_row"]
    panels = [
        [title, *(fill(row, {"label": label, "said": said}) for label, said in rows)]
        for title, rows in (told.session, told.course)
    ]
    heading = [told.title, told.clinic] if told.clinic else [told.title]
    return "\n\n".join("\n".join(lines) for lines in (heading, *panels, [told.note, *told.sources]))


def as_json(course: Course) -> dict[str, object]:
    """``course`` as plain values; bars in seconds."""
    rows = {name: [asdict(row) for row in panel] for name, panel in (("session", course.session), ("course", course.course))}
    return {**rows, "claims": list(course.claims)}


def sentences(knowledge: Knowledge) -> dict[str, str]:
    """The messages with the clinic's contact data, which an editor may use in each of them."""
    clinic = knowledge.clinic
    contact = {
        "emergency": clinic.emergency,
        "crisis": clinic.crisis,
        "contact": clinic.contact or "",
        "clinic": clinic.name or "",
    }
    return {key: fill(text, contact) for key, text in knowledge.messages.items() if key.startswith("course_")}


def next_unit(seconds: float) -> float:
    """The unit that follows the one of ``seconds``: where "days" end, weeks begin."""
    return next((length for _, length in UNITS if length > seconds), _AFTER_YEARS)


# -- claims to bars -------------------------------------------------------------------------------------------------


def _claim(knowledge: Knowledge, id: str) -> Claim:
    if id not in knowledge.claims:
        raise LookupError(f"this knowledge has no claim {id}; the picture needs it")
    return knowledge.claims[id]


def _quantity(claim: Claim, name: str) -> Quantity:
    for quantity in claim.quantities:
        if quantity.name == name:
            return quantity
    raise LookupError(f"the claim {claim.id} has no quantity {name}; the picture needs it")


def _row(knowledge: Knowledge, role: RowRole) -> CourseRow:
    claim = _claim(knowledge, role.claim)
    quantities = [_quantity(claim, name) for name in role.quantities]
    figures = tuple(quantity.shown(knowledge.grammar) for quantity in quantities)
    row = CourseRow(role.row, role.claim, figures, claim.hedge, claim.place, _bar(claim, quantities[-1], knowledge.grammar))
    return _with_stricter(row, knowledge)


def _with_stricter(row: CourseRow, knowledge: Knowledge) -> CourseRow:
    """A row with what the clinic's own claims make stricter of it, the strictest first; its bar is as long as that."""
    claims = knowledge.stricter(row.claim)
    told = [(quantity, _bar(claim, quantity, knowledge.grammar)) for claim in claims for quantity in claim.quantities[:1]]
    told.sort(key=lambda one: one[1].until if one[1] is not None else 0, reverse=True)
    bar = row.bar and max((row.bar, *(bar for _, bar in told if bar is not None)), key=lambda bar: bar.until)
    figures = tuple(quantity.shown(knowledge.grammar) for quantity, _ in told)
    return replace(row, bar=bar, stricter=tuple(claim.id for claim in claims), stricter_figures=figures)


def _stricter_or(row: CourseRow, said: str, messages: Mapping[str, str]) -> str:
    """What is said of a row; where the clinic has a stricter rule, that alone: nobody shall read the laxer beside it."""
    return fill(messages["course_stricter"], {"figure": row.stricter_figures[0]}) if row.stricter_figures else said


def _bar(claim: Claim, quantity: Quantity, grammar: Grammar) -> Bar | None:
    if quantity.words:
        named = [_SECONDS[unit] for unit in units_in(quantity.first, grammar) if unit in _DRAWN]
        # "Hours or days" is all of the hours and all of the days, and no length in them is surer than another.
        return Bar(min(named), min(named), next_unit(max(named)), vague=True) if named else None
    ends = ends_of(quantity.first, quantity.last, grammar)
    try:
        spans = [span for end in ends or () for span in _spans(end, grammar)]
    except (KeyError, ValueError):
        spans = []
    lengths = [seconds for seconds, _ in spans]
    if not lengths or min(lengths) <= 0 or math.isinf(max(lengths)):
        raise LookupError(f"the claim {claim.id} has no time in its figure {quantity.name}; the picture needs one")
    return Bar(0.0, min(lengths), max(lengths), vague=any(vague for _, vague in spans))


def _spans(end: End, grammar: Grammar) -> list[tuple[float, bool]]:
    """(seconds, whether they are a guess) for each amount of one end. Raises KeyError for what is no unit of time."""
    amounts, unit = end
    length = _SECONDS[unit]
    # A few days are more than one and less than a week: the middle of the two, on an axis where each column is a unit.
    few = math.sqrt(length * next_unit(length))
    return [(few, True) if amount in grammar.figures.few else (_amount(amount, grammar) * length, False) for amount in amounts]


def _amount(text: str, grammar: Grammar) -> float:
    return 2.0 if text in grammar.figures.pair else float(text)


def _sources(places: Sequence[Place], knowledge: Knowledge) -> tuple[str, ...]:
    """One line for each document, with all the places in it."""
    messages = sentences(knowledge)
    lines = []
    for document in knowledge.documents:
        found = sorted({place for place in places if place.document == document.id}, key=lambda place: place.paragraph)
        named = []
        for section in document.sections:
            paragraphs = [str(place.paragraph) for place in found if place.section == section.id]
            if paragraphs:
                named.append(fill(messages["course_place"], {"section": section.title, "paragraphs": ", ".join(paragraphs)}))
        if named:
            lines.append(fill(messages["course_source"], {"title": document.title, "places": "; ".join(named)}))
    return tuple(lines)
