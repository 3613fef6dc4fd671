"""The types of the API: what comes in is read by them, and the document of the API is made from all of them.

Replies are written from plain objects; a test holds them against these types.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from bot.dialogue import events
from bot.dialogue.conversation import Choice, Kind
from bot.dialogue.ratings import Reason
from bot.dialogue.trace import TraceStep
from bot.knowledge.model import Place
from bot.timeline.course import CourseRow

LARGEST = 1 << 16  # bytes of a body
# Characters of a question: more than the dialogue reads for what is asked would be answered by half. They fit into a body however
# they are escaped.
LONGEST = events.LONGEST

# What is told of a body that breaks the rule on several fields.
ONE_OF = "Give exactly one of question, choice and ended"
Token = Annotated[str, Meta(max_length=64, description="from POST /conversations", examples=["Zk3xq0cWQ2yM8w1nX5b7Ug"])]
# The limit is not the reader's: what is urgent is found in a longer text, too.
Question = Annotated[
    str,
    Meta(
        description="what the person wrote",
        examples=["How long does it last?"],
        extra_json_schema={"maxLength": LONGEST},
    ),
]
Id = Annotated[str, Meta(max_length=200, description="of an entry or a boundary topic", examples=["infusion_length"])]
Moment = Annotated[
    datetime,
    Meta(tz=True, description="when an infusion ended", examples=["2026-03-01T14:10:00-06:00"]),
]
# No limit of the reader's, as with a question: whatever is wrong with it, what was said may be urgent.
ZoneName = Annotated[
    str,
    Meta(
        description="whose clock shows the times of the reply, as an IANA name; without one, or with one that is not known, the "
        "offset of `ended` holds, else the clinic's clock",
        examples=["America/Chicago"],
    ),
]


ReplyKind = Annotated[
    Kind,
    Meta(
        description="urgent: danger, to be shown first and loudest; support: said to somebody who may be in danger or is in "
        "despair, without an alarm; it may ask whether they are safe, with choices"
    ),
]
Alarmed = Annotated[
    str | None,
    Meta(
        description="of an urgent reply, how danger was heard: plain_ and its kind (in plain words), heard_ and its kind "
        "(learned from examples), not_safe (the answer to whether they are safe), check_in (it goes on)",
        examples=["plain_self_harm"],
    ),
]
Helpline = Annotated[bool, Meta(description="whether numbers to call stand in the text that are no part of the answer")]
Language = Annotated[
    str, Meta(description="of the text, as a BCP 47 tag: an alarm is said in the language of the danger", examples=["en"])
]

Forgets = Annotated[
    bool, Meta(description="whether it says that what was remembered is forgotten: who keeps what was said forgets that as well")
]

# -- what comes in --------------------------------------------------------------------------------------------------


class Start(Struct, forbid_unknown_fields=True):
    """A conversation is asked for."""

    clinic: Annotated[str, Meta(max_length=60, examples=["default"])] | UnsetType = UNSET


class Ask(Struct, forbid_unknown_fields=True):
    """Exactly one of ``question``, ``choice`` and ``ended``; without ``conversation`` nothing is remembered."""

    question: Question | UnsetType = UNSET
    choice: Id | UnsetType = UNSET
    ended: Moment | UnsetType = UNSET
    timezone: ZoneName | UnsetType = UNSET
    conversation: Token | UnsetType = UNSET
    # Without a default of its own: generated clients then let it be left out.
    debug: Annotated[bool, Meta(description="whether to tell how the reply came about; false if left out")] | UnsetType = UNSET

    def __post_init__(self) -> None:
        if (self.question, self.choice, self.ended).count(UNSET) != 2:
            raise ValueError(ONE_OF)


class Feedback(Struct, forbid_unknown_fields=True):
    """Whether an answer helped: the one on ``topics``, else the last; and if not, why. Each counts once."""

    conversation: Token
    helped: bool
    reason: (
        Annotated[
            Reason, Meta(description="why it did not help, unheeded where it did; may follow by itself, with the same topics")
        ]
        | UnsetType
    ) = UNSET
    topics: (
        Annotated[
            list[Id], Meta(max_length=8, description="the entries and boundary topics of the answer's parts, in their order")
        ]
        | UnsetType
    ) = UNSET


class Session(Struct, forbid_unknown_fields=True):
    """Which conversation is meant."""

    conversation: Token


# -- what goes out --------------------------------------------------------------------------------------------------


class ClinicShown(Struct):
    id: str
    name: str | None
    contact: str | None
    emergency: str
    crisis: str


class Started(Struct):
    """``conversation`` opens the conversation, and nobody else may see it; ``expires_in``: seconds of silence.

    ``question_limit``: characters of a question; a longer one is refused.
    """

    conversation: str
    expires_in: int
    question_limit: int
    greeting: str
    examples: list[Choice]
    clinic: ClinicShown


class TextBlock(Struct, tag_field="type", tag="text"):
    text: str


class ListBlock(Struct, tag_field="type", tag="list"):
    items: list[str]


class CitedPlace(Struct):
    """A section that is named; ``link`` opens it."""

    place: str
    link: str


class SourceBlock(Struct, tag_field="type", tag="source"):
    """``lead`` and ``places`` are what stands before and behind the title; ``link`` opens the first place, ``cited`` has each."""

    lead: str
    title: str
    places: str
    link: str
    cited: list[CitedPlace]


class PhoneLink(Struct):
    """``href`` is a tel: or sms: address."""

    label: str
    href: str


class Display(Struct):
    """The reply laid out for a page: its text without what stands on buttons, and what can be done next."""

    blocks: list[TextBlock | ListBlock | SourceBlock]
    calls: list[PhoneLink]
    ended: datetime | None
    picture: bool
    feedback: bool
    handoff: bool


class PartShown(Struct):
    """One answered piece: an entry with its claims, or a boundary topic."""

    confidence: float
    entry: str | UnsetType = UNSET
    claims: list[str] | UnsetType = UNSET
    boundary: str | UnsetType = UNSET


class TopicTraced(Struct):
    """A topic that competed."""

    topic: str
    confidence: float


class Debug(Struct):
    """How a reply came about: the lines of the terminal's ``--explain``, and as values what they say. For developers."""

    lines: list[str]
    topics: list[TopicTraced]
    notes: list[TraceStep]


class ReplyShown(Struct):
    """What the terminal's ``--json`` gives, and how a page shows it. ``debug``: only where it was asked for."""

    kind: ReplyKind
    text: str
    parts: list[PartShown]
    confidence: float
    claims: list[str]
    safety: list[str]
    boundary: str | None
    choices: list[Choice]
    related: list[Choice]
    sources: list[Place]
    urgent: Alarmed
    helpline: Helpline
    language: Language
    forgets: Forgets
    stamp: dict[str, str]
    shown: Display
    debug: Debug | UnsetType = UNSET


class Topic(Struct):
    id: str
    question: str
    kind: Literal["entry", "boundary"]
    group: Annotated[str, Meta(description="the section of the source that an entry rests on; empty for a boundary topic")]


class Topics(Struct):
    topics: list[Topic]


class ClaimShown(Struct):
    """``statement`` has its figures in it."""

    id: str
    statement: str
    place: Place


class Link(Struct):
    """Where a claim stands; ``link`` opens the place."""

    document: str
    title: str
    publisher: str
    section: str
    paragraph: int
    link: str


class EntryShown(Struct):
    id: str
    question: str
    answer: str
    detail: str | None
    claims: list[ClaimShown]
    safety: list[ClaimShown]
    sources: list[Link]
    related: list[Choice]
    reviewed: date | None
    review_by: date | None


class Timeline(Struct):
    """Bars are in seconds: around the end of a session, or from a begin of their own."""

    session: list[CourseRow]
    course: list[CourseRow]
    claims: list[str]
    text: str


class Health(Struct):
    status: Literal["ready"]
    version: str
    knowledge: str


class ProblemShown(Struct):
    """RFC 9457. Nothing that was sent is repeated in it."""

    type: str
    title: str
    status: int
    detail: str
