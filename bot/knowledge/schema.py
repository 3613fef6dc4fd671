"""What stands in each file of a knowledge folder: the fields, which of them are needed, and how they look."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, get_args

from bot.knowledge import care
from bot.knowledge.fields import Day, Id, Kind, ListOf, MapOf, Matching, OneOf, RecordKind, Sentences, Share, Text, Whole
from bot.knowledge.messages import SLOTS
from bot.knowledge.model import Act
from bot.knowledge.overlay.schema import FLOOR, clinic_kind
from bot.language.languages import GRAMMARS
from bot.safety.heard import DANGERS

_WORDS = re.compile(r"[a-z0-9' $£€%-]{1,60}")
# The rows of the picture: each has its words in messages.yaml (course_<row>, course_<row>_said).
_SESSION_ROWS = ("infusion", "effects", "driving")
_COURSE_ROWS = ("onset", "single", "series", "depression", "pain", "maintenance")
_SILENT_ACTS = frozenset({"handoff", "more", "why", "complaint"})
_FLAG = OneOf(("true", "false"))


def _one_form_of_quantity(values: Mapping[str, Any]) -> str | None:
    given = {key for key in ("value", "from", "to", "words") if key in values}
    if given in ({"value"}, {"words"}, {"from", "to"}):
        return None
    return f"a quantity has value, or from and to, or words; here: {', '.join(sorted(given)) or 'none of them'}"


def _as_many_figures_as_slots(values: Mapping[str, Any]) -> str | None:
    row, given = values["row"], len(values["quantities"])
    wanted = len(SLOTS[f"course_{row}_said"])
    return None if given == wanted else f"the row {row} shows {wanted} of its claim's quantities; here: {given}"


def _each_row_once(values: Mapping[str, Any]) -> str | None:
    if tuple(row.get("row") for row in values["session"]) != _SESSION_ROWS:
        return f"a session has the rows {', '.join(_SESSION_ROWS)}, in this order"
    rows = [row.get("row") for row in values["course"]]
    twice = next((row for row in rows if rows.count(row) > 1), None)
    return None if twice is None else f"the row {twice} stands here twice; keep one"


NUMBERS = ("emergency", "crisis", "crisis_spanish", "poison", "violence", "child")


def _numbers(*names: str) -> dict[str, Kind]:
    return {name: Text(120) for name in names}


REVIEW = RecordKind("a review", {"by": Text(80), "on": Day()}, {})
SIGNATURE = RecordKind(
    "a signature",
    {"by": Text(80), "on": Day(), "text": Matching(r"[0-9a-f]{16}", "the hash of what was signed (16 digits)")},
    {"review_by": Day()},
    lambda values: (
        "review_by is the day of the next review; write a later day than that of this one"
        if values.get("review_by", date.max) <= values["on"]
        else None
    ),
)
_PLACE = RecordKind("a source", {"document": Id("a document"), "section": Id("a section"), "paragraph": Whole()}, {})
_FIGURE = Text(60, "a figure with its unit, such as 40 minutes")
_QUANTITY = RecordKind(
    "a quantity",
    {"near": ListOf(Text(60), least=1)},
    {"value": _FIGURE, "from": _FIGURE, "to": _FIGURE, "words": Text(60)},
    _one_form_of_quantity,
)
DOCUMENT = RecordKind(
    "a document",
    {
        "id": Id(),
        "title": Text(200),
        "publisher": Text(100),
        "sections": ListOf(
            RecordKind(
                "a section",
                {
                    "id": Id(),
                    "title": Text(200),
                    "paragraphs": ListOf(
                        Matching(r"[0-9a-f]{64}|\S+\s[\s\S]+", "a SHA-256 hash (64 digits), or the paragraph"), least=1
                    ),
                },
                {"heading": Text(200)},
            ),
            least=1,
        ),
    },
    {
        "link": Matching(r"https?://\S{3,300}", "a link (https://...)"),
        "retrieved": Day(),
        "needs_signature": OneOf(("true", "false")),
    },
)
CLAIM = RecordKind(
    "a claim",
    {"id": Id(), "claim": Sentences(400), "scope": Text(200), "source": _PLACE},
    {"quantities": MapOf(_QUANTITY), "hedge": ListOf(Text(40), least=1), "tightens": Id("a claim of the base")},
)
ENTRY = RecordKind(
    "an entry",
    {
        "id": Id(),
        "question": Text(120),
        "phrases": ListOf(Text(200), least=1),
        "answer": Sentences(),
        "claims": ListOf(Id("a claim"), least=1, most=3),
    },
    {
        "reviewed": REVIEW,
        "review_by": Day(),
        "detail": Sentences(),
        "safety": ListOf(Id("a claim")),
        "related": ListOf(Id("an entry or boundary topic"), most=4),
        "about": MapOf(Id()),
        "why": Id("an entry"),
    },
)
BOUNDARY = RecordKind(
    "a boundary topic",
    {
        "id": Id(),
        "question": Text(120),
        "phrases": ListOf(Text(200), least=1),
        "reply": Sentences(),
    },
    {
        "reviewed": REVIEW,
        "review_by": Day(),
        "related": ListOf(Id("an entry or boundary topic"), most=4),
        "safety": ListOf(Id("a claim")),
        "about": MapOf(Id()),
        "helpline": _FLAG,
        "first": _FLAG,
        "outside": _FLAG,
        "hours": _FLAG,
    },
)
SMALLTALK = RecordKind(
    "small talk",
    {
        "id": Id(),
        "act": OneOf(get_args(Act)),
        "phrases": ListOf(Text(80), least=1),
    },
    {"reply": Sentences()},
    lambda values: (
        None if "reply" in values or values["act"] in _SILENT_ACTS else f"small talk that does {values['act']} needs a reply"
    ),
)
_SLOT_WORDS = ListOf(Text(60), least=1)
SLOT_RULES = RecordKind(
    "the slots",
    {
        "rules": MapOf(MapOf(_SLOT_WORDS)),
        "redirects": ListOf(
            RecordKind(
                "a redirect",
                {"when": MapOf(ListOf(Id(), least=1)), "topics": ListOf(Id("a topic or a group"), least=1), "to": Id("a topic")},
                {},
            )
        ),
    },
    {"carried": ListOf(Id("a slot")), "of_context": ListOf(Id("a slot")), "groups": MapOf(ListOf(Id("a topic"), least=1))},
)
LEXICON = RecordKind(
    "the lexicon",
    {"synonyms": MapOf(ListOf(Text(60), least=1), _WORDS)},
    {
        "language": OneOf(tuple(GRAMMARS)),
        "opening": ListOf(Text(60)),
        "closing": ListOf(Text(60)),
        "ordinary": ListOf(Text(4000)),
        "foreign": ListOf(Text(4000)),
        "subject": ListOf(Text(60)),
        "no_quantity": ListOf(Text(40)),
        "implied": MapOf(Id()),
        "facets": MapOf(MapOf(ListOf(Text(60), least=1))),
        "medical_terms": ListOf(Text(60)),
    },
)


def _rows(rows: tuple[str, ...]) -> ListOf:
    kinds: Mapping[str, Kind] = {
        "row": OneOf(rows),
        "claim": Id("a claim"),
        "quantities": ListOf(Id("a quantity of the claim"), least=1, most=2),
    }
    return ListOf(RecordKind("a row", kinds, {}, _as_many_figures_as_slots), least=1, most=len(rows))


TIMELINE = RecordKind(
    "the timeline",
    {},
    {
        "hours": RecordKind(
            "the hours",
            {"wear_off": Id("a claim"), "driving": Id("a claim")},
            {
                "ride_home": Id("a claim"),
                "topic": Id("an entry"),
                "phase": Id("a phase that entries are about"),
                "first": ListOf(Id("an entry"), least=1),
            },
        ),
        "course": RecordKind("the course", {"session": _rows(_SESSION_ROWS), "course": _rows(_COURSE_ROWS)}, {}, _each_row_once),
    },
    lambda values: None if values else "the timeline has hours, a course or both; delete the file where there is neither",
)
SHEET_SECTIONS = ("before", "during", "after", "call")
_LEAFLET_LINE = RecordKind("a line", {"text": Sentences(400)}, {"claims": ListOf(Id("a claim"), least=1)})
_LEAFLET_LINES = ListOf(_LEAFLET_LINE, least=1, most=8, unique=False)
_LEAFLET_SECTION = RecordKind("a section", {"id": OneOf(SHEET_SECTIONS), "title": Text(40), "lines": _LEAFLET_LINES}, {})
SHEET = RecordKind(
    "the leaflet",
    {"title": Text(80), "sections": ListOf(_LEAFLET_SECTION, least=1, most=4, unique=False)},
    {"topic": Id("an entry or boundary topic"), "rules": ListOf(Id("a claim"), least=1)},
)
_THRESHOLDS = RecordKind(
    "thresholds", {"answer": Share(), "boundary": Share(), "clarify": Share(), "lead": Share()}, {"sure": Share()}
)
_CHOSEN: Mapping[str, Kind] = {"weights": MapOf(Share(-1000, 1000)), "thresholds": _THRESHOLDS}
# Thresholds are those of normal caution; the others stand beside them.
_CAUTIONS: Mapping[str, Kind] = {
    "cautions": RecordKind("the thresholds of the other cautions", {"low": _THRESHOLDS, "high": _THRESHOLDS}, {})
}
_MORE: Mapping[str, Kind] = {**_CAUTIONS, "boundary_weights": MapOf(Share(-1000, 1000))}
CALIBRATION = RecordKind(
    "the calibration",
    _CHOSEN,
    {
        **_MORE,
        "with_meaning": RecordKind("the calibration with the sentence model", _CHOSEN, _MORE),
        "with_large": RecordKind("the calibration with the large sentence model", _CHOSEN, _MORE),
        "method": Text(2000),
        "chosen_on": ListOf(Matching(r"[0-9a-f]{64}", "a SHA-256 hash (64 digits)")),
    },
)
CLINIC = clinic_kind(_numbers(*NUMBERS), _PLACE, REVIEW)
PLAIN = RecordKind(
    "the plain words",
    {"languages": MapOf(MapOf(ListOf(Text(500), least=1)))},
    {"groups": MapOf(ListOf(Text(400), least=1)), "rewrite": MapOf(Text(60), re.compile(r"[a-z0-9']{1,20}"))},
)
HEARING = RecordKind(
    "the thresholds of what is heard",
    {level: Share() for level in ("alarm", "check", "despair", "care", "today")},
    {},
    lambda values: None if values["check"] <= values["alarm"] else "check is greater than alarm; what is no alarm would be more",
)
# Lists of texts, of which some follow an alarm; and of words, by which what a person says is known.
CARE_SAID, AFTER_SAID = care.CARE_SAID, care.AFTER_SAID
CARE_WORDS = (
    *("safe_words", "helped_words", "well_words", "unsafe_words", "denial_words", "no_words", "yes_words"),
    *("low_words", "around_words", "taking_back"),
)
_SAID = ListOf(Sentences(600), least=1)
_WORDS_SAID = ListOf(Matching(r"[^\W_]+( [^\W_]+)*", "plain words in small letters, without signs"), least=1)
_OBSTACLE = RecordKind("an obstacle", {"id": Id(), "words": _WORDS_SAID, "text": Sentences(600)}, {})
# What follows an alarm: of the kinds that have steps of their own, of the other kinds of danger to the body, and of all others.
FOLLOWED = ("self_harm", "someone_else", "overdose", "body", "other")
_FOLLOW = RecordKind("what follows", dict.fromkeys(FOLLOWED, _SAID), {})
_LINES = RecordKind("the lines of a kind", {}, {kind: Sentences(200) for kind in DANGERS})
_AFTER = RecordKind(
    "what follows in a language",
    {**dict.fromkeys(AFTER_SAID, _SAID), "follow": _FOLLOW, "lines": _LINES, "numbers": Sentences(300)},
    {},
)
REPLIES = RecordKind(
    "the replies to danger",
    {
        "alarm": MapOf(RecordKind("the alarms of a language", {kind: Sentences(700) for kind in DANGERS}, {})),
        "also": MapOf(RecordKind("the second kinds of a language", {kind: Sentences(200) for kind in DANGERS}, {})),
        **dict.fromkeys(CARE_SAID, _SAID),
        **dict.fromkeys(CARE_WORDS, _WORDS_SAID),
        "check_choices": RecordKind("the choices", {key: Text(20) for key in ("safe", "unsure", "unsafe")}, {}),
        "follow": _FOLLOW,
        "lines": _LINES,
        "obstacles": ListOf(_OBSTACLE, least=1),
        "numbers": Sentences(300),
    },
    {"told": MapOf(_AFTER)},
)
_COUNTRY = RecordKind(
    "a country",
    {"name": Text(60), **_numbers("emergency", "crisis")},
    {**_numbers(*NUMBERS[2:]), "clock": OneOf(("12", "24"))},
)
_COUNTRY_CODE = Matching(r"[A-Z]{2}", "a country code such as US")
COUNTRIES = RecordKind("the countries", {"default": _COUNTRY_CODE, "countries": MapOf(_COUNTRY, re.compile(r"[A-Z]{2}"))}, {})
_FOREIGN = RecordKind(
    "a language",
    {
        "name": Text(60),
        "common": ListOf(Text(30)),
        **{key: Text(400) for key in ("sorry", "help", "urgent", "medical")},
    },
    {"or": Text(20)},
)
FOREIGN_LANGUAGES = MapOf(_FOREIGN)
MESSAGES = MapOf(Text(1500))
REVIEWS = MapOf(SIGNATURE, re.compile(r"[a-z][a-z0-9_.-]{0,99}"))

# file name -> what one item of it is, and whether the file is a list of such items or the item itself
FILES: Mapping[str, tuple[Kind, bool]] = {
    "sources": (DOCUMENT, True),
    "claims": (CLAIM, True),
    "topics": (ENTRY, True),
    "boundaries": (BOUNDARY, True),
    "smalltalk": (SMALLTALK, True),
    "lexicon": (LEXICON, False),
    "timeline": (TIMELINE, False),
    "messages": (MESSAGES, False),
    "slots": (SLOT_RULES, False),
    "calibration": (CALIBRATION, False),
    "reviews": (REVIEWS, False),
    "sheet": (SHEET, False),
    "clinic": (CLINIC, False),
    "floor": (FLOOR, False),
    "plain": (PLAIN, False),
    "hearing": (HEARING, False),
    "replies": (REPLIES, False),
    "countries": (COUNTRIES, False),
    "languages": (FOREIGN_LANGUAGES, False),
}

# The files that a schema is of, as patterns within the folder. What lies in a clinic's folder is written as the base is.
_OF_BASE_AND_CLINICS = {"sources": "sources.yaml", "claims": "claims.yaml", "topics": "topics/*.yaml"}
PATHS: Mapping[str, tuple[str, ...]] = {
    **{name: (f"{name}.yaml",) for name in FILES},
    **{name: (f"safety/{name}.yaml",) for name in ("floor", "plain", "hearing", "replies", "countries", "languages")},
    **{name: (pattern, f"clinics/*/{pattern}") for name, pattern in _OF_BASE_AND_CLINICS.items()},
    "boundaries": ("safety/boundaries.yaml", "clinics/*/boundaries.yaml"),
    "clinic": ("clinics/*.yaml", "clinics/*/clinic.yaml"),
}


def json_schema(name: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the file ``name``, for editors that complete and check while one types."""
    kind, many = FILES[name]
    body = {"type": "array", "items": kind.schema()} if many else kind.schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": name, **body}
