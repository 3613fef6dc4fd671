"""What is counted of a reply, and of what somebody said of an answer: names of closed sets, none from what was written. Pure.

| measure | subject | detail |
|---|---|---|
| reply | its kind | "": something was written or picked; "pressed": it answers another button |
| topic | the id of an entry or a boundary topic that was told | entry, boundary |
| alarm | the kind of danger that was heard, once until it is over | |
| verdict | helped, not_helped, or a reason: wrong, unclear, not_asked, missing | |
| feedback | the id of an entry of the answer that it was said of | as the subject of a verdict |
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from bot.delivery.service import Rated, Turned
from bot.dialogue.conversation import Conversation, Reply
from bot.dialogue.events import Chosen, Said

Measure = Literal["reply", "topic", "alarm", "verdict", "feedback"]
MEASURES: Final[tuple[Measure, ...]] = ("reply", "topic", "alarm", "verdict", "feedback")
HOUR: Final = 3600
_PRESSED: Final = "pressed"


class CountKey(NamedTuple):
    """What a count is of. ``hour``: Unix time / 3600."""

    clinic: str
    measure: Measure
    hour: int
    channel: str
    subject: str
    detail: str = ""


def counted_in(turn: Turned) -> Iterator[CountKey]:
    """Each of them is to be counted once."""
    (clinic, channel), hour, reply = turn.key.place, int(turn.at // HOUR), turn.reply
    asked = isinstance(turn.event, Said | Chosen)
    yield CountKey(clinic, "reply", hour, channel, reply.kind, "" if asked else _PRESSED)
    for part in reply.parts:
        subject, detail = (part.entry, "entry") if part.entry is not None else (part.boundary or "", "boundary")
        yield CountKey(clinic, "topic", hour, channel, subject, detail)
    if reply.kind == "urgent" and not _goes_on(turn.before, turn.after):
        yield CountKey(clinic, "alarm", hour, channel, _danger(reply, turn.after))


def counted_of(rated: Rated) -> Iterator[CountKey]:
    """Each of them is to be counted once; of an answer with several entries it was said of each."""
    (clinic, channel), hour = rated.key.place, int(rated.at // HOUR)
    for verdict in rated.verdicts:
        yield CountKey(clinic, "verdict", hour, channel, verdict)
        for topic in rated.topics:
            yield CountKey(clinic, "feedback", hour, channel, topic, verdict)


def _goes_on(before: Conversation, after: Conversation) -> bool:
    """Whether the danger was heard before, in the same talk."""
    old, new = before.watch, after.watch
    return old is not None and new is not None and old.stage == "alarm" and new.kind in old.kinds


def _danger(reply: Reply, after: Conversation) -> str:
    """The kind of danger; where nothing of the conversation is known, that of the rule that heard it."""
    if after.watch is not None:
        return after.watch.kind
    return (reply.urgent or "").removeprefix("plain_").removeprefix("heard_")
