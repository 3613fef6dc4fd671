"""What stands in a clinic's file: the fields, and how they look."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.knowledge.fields import Day, Id, Kind, ListOf, MapOf, Matching, OneOf, RecordKind, Sentences, Text
from bot.knowledge.yamlfile import Fields, Mistakes, Value

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = "|".join(DAYS)
_WEEKDAYS = re.compile(rf"(?:{_DAY})(?:-(?:{_DAY}))?")
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d"
_TIMES = rf"{_TIME}-(?:{_TIME}|24:00)(?:, ?{_TIME}-(?:{_TIME}|24:00))*"
_TIMES_WANTED = "times such as 09:00-12:00, 13:00-17:00: two digits each, hours to 24; leave out a day that is closed"
UNREVIEWED = ("answer", "ask_clinic")


@dataclass(frozen=True, slots=True)
class Located:
    """What was read, and the line that it stands in."""

    value: Any
    line: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class LocatedKind:
    """``kind``, with the line of each value: mistakes that show later name it."""

    kind: Kind

    def read(self, file: str, value: Value, mistakes: Mistakes) -> Located | None:
        read = self.kind.read(file, value, mistakes)
        return None if read is None else Located(read, value.line)

    def schema(self) -> dict[str, Any]:
        return self.kind.schema()


@dataclass(frozen=True, slots=True)
class TextOrRecord:
    """A text alone, or a mapping where more is said of it."""

    text: Kind
    record: RecordKind

    def read(self, file: str, value: Value, mistakes: Mistakes) -> Any:
        return (self.record if isinstance(value, Fields) else self.text).read(file, value, mistakes)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [self.text.schema(), self.record.schema()]}


def _one_day_or_several(values: Mapping[str, Any]) -> str | None:
    given = {key for key in ("on", "from", "to") if key in values}
    if given not in ({"on"}, {"from", "to"}):
        return f"a holiday has on, or from and to; here: {', '.join(sorted(given)) or 'none of them'}"
    if "from" in values and values["to"] < values["from"]:
        return f"this holiday ends ({values['to']}) before it begins ({values['from']})"
    return None


_HOLIDAY = RecordKind("a holiday", {"name": Text(80)}, {"on": Day(), "from": Day(), "to": Day()}, _one_day_or_several)
_HOURS = RecordKind(
    "the hours",
    {"week": MapOf(Matching(_TIMES, _TIMES_WANTED), _WEEKDAYS, "a day or some, such as mon-fri")},
    {"holidays": ListOf(_HOLIDAY)},
)


def clinic_kind(numbers: Mapping[str, Kind], place: Kind, review: Kind) -> RecordKind:
    """The file of a clinic. ``numbers``: those to call; ``place``: where something stands in a document; ``review``: a review."""
    text = RecordKind("a text of the clinic", {"text": Sentences()}, {"source": place, "reviewed": review, "review_by": Day()})
    return RecordKind(
        "a clinic",
        {"id": Id()},
        {
            "name": Text(80),
            "contact": Text(300),
            "country": Matching(r"[A-Z]{2}", "a country code such as US"),
            **numbers,
            "timezone": Matching(r"[A-Za-z_ ]+(/[A-Za-z0-9_+-]+)*", "a time zone such as America/New_York"),
            "languages": ListOf(Matching(r"[a-z]{2,3}", "a language code such as en"), least=1, most=20),
            "hours": _HOURS,
            "logo": Matching(r"[\w-][\w. -]*\.(?:png|svg|jpg|webp)", "the name of a picture beside this file, such as logo.png"),
            "colour": Matching(r"#[0-9a-fA-F]{6}", 'a colour such as "#175b66"'),
            "caution": OneOf(("low", "normal", "high")),
            "unreviewed": OneOf(UNREVIEWED),
            "boundaries": MapOf(LocatedKind(TextOrRecord(Text(), text))),
            "safety": MapOf(ListOf(Id("a claim"), least=1)),
            "phrases": MapOf(ListOf(LocatedKind(Text(200)), least=1)),
            "messages": MapOf(LocatedKind(Text(1500))),
            "disabled": ListOf(LocatedKind(Id("an entry or boundary topic"))),
        },
    )


_WORDS_OF = ListOf(Text(60), least=1)
_TRUE = OneOf(("true", "false"))
_ACT = RecordKind(
    "an act",
    {"words": _WORDS_OF},
    {
        "claim": Id("a claim"),
        "with": _WORDS_OF,
        "aside": _WORDS_OF,
        "deny": _TRUE,
        "permits": _WORDS_OF,
        "softens": _WORDS_OF,
        "weakens": _WORDS_OF,
        "only_weakens": _TRUE,
        "bounds": _WORDS_OF,
        "unless": _WORDS_OF,
        "topics": ListOf(Id("a boundary topic"), least=1),
        "strict": _TRUE,
        "negated": _TRUE,
    },
)
FLOOR = RecordKind(
    "the floor",
    {
        "tone": ListOf(Id("a message or small talk"), least=1),
        "never_disabled": ListOf(Id("a topic")),
        "permits": _WORDS_OF,
        "asks": _WORDS_OF,
        "forbids": _WORDS_OF,
        "acts": MapOf(_ACT),
        "figures": MapOf(ListOf(_WORDS_OF, least=1)),
    },
    {},
)
