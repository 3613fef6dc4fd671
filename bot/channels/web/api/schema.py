"""The types of the API: what comes in is read by them (``bodies.py``), and the document of the API is made from all of them.

Replies are written from plain objects; a test holds them against these types.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from bot.channels.web.api.fields import (
    Alarmed,
    Forgets,
    Helpline,
    Id,
    Language,
    MessageId,
    Moment,
    Question,
    ReplyKind,
    Token,
    ZoneName,
)
from bot.dialogue.conversation import Choice
from bot.dialogue.ratings import Reason
from bot.dialogue.trace import TraceStep
from bot.knowledge.model import Place
from bot.timeline.course import CourseRow

# What is told of a body that breaks the rule on several fields.
ONE_OF = "Give exactly one of question, choice and ended"

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
    message: MessageId | UnsetType = UNSET
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


class Agreement(Struct, forbid_unknown_fields=True):
    """The person agrees that the staff read ``question``, the last one that the page shows, and what they write from then on."""

    conversation: Token
    message: MessageId
    question: Question | UnsetType = UNSET


class Since(Struct, forbid_unknown_fields=True):
    """``after``: the ``seq`` of the last message that is known; 0: none is."""

    conversation: Token
    after: Annotated[float, Meta(ge=0, le=2**53 - 1)] | UnsetType = UNSET  # as numbers of JSON are, which may say 42.0


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


class FloorShown(Struct):
    """Who answers, where the clinic's staff do. ``passed``: what was said went to them; the bot answers danger alone then.

    ``note``: when they are back, where they are away just now.
    """

    state: Annotated[
        Literal["offered", "open", "claimed", "closed"],
        Meta(
            description="offered: POST /handoff/agree would bring it to them; open: it is with them; claimed: by one of them; "
            "closed: the bot answers again"
        ),
    ]
    passed: bool
    note: str


class StaffTold(Struct):
    """``handoff``: how it stands from now on; ``text``: what the person is to read."""

    handoff: FloorShown
    text: str


class StaffMessage(Struct):
    """``text``: what somebody of the clinic wrote, or what became of it, in words that the person is to read."""

    seq: int
    kind: Literal["message", "claimed", "late", "closed"]
    text: str
    at: datetime


class StaffMessages(Struct):
    """``again``: seconds in which to ask anew; less while somebody writes, more where many wait."""

    handoff: FloorShown
    messages: list[StaffMessage]
    again: float


class ClinicText(Struct):
    """A text of the clinic's."""

    text: str


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
    handoff: Annotated[FloorShown, Meta(description="only where the clinic's staff answer in conversations")] | UnsetType = UNSET


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
