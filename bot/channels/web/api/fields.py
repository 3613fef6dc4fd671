"""What the fields of the API mean, and their limits."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from bot.dialogue import events
from bot.dialogue.conversation import Kind

LARGEST = 1 << 16  # bytes of a body
# Characters of a question: more than the dialogue reads for what is asked would be answered by half. They fit into a body however
# they are escaped.
LONGEST = events.LONGEST

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


# No limit of the reader's, as above: it goes no further than into a hash.
MessageId = Annotated[
    str,
    Meta(
        description="made by who sends, new for each message and the same when it is sent again: what goes to the staff is then "
        "with them once",
        examples=["5f0c6f4e9d1b4a3f8a67c2d0e1f2a3b4"],
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
