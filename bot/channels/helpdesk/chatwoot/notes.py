"""What the staff read when they take over: reviewed words, names of topics, kinds of replies; nothing that the patient wrote."""

from __future__ import annotations

from collections.abc import Iterable

from bot.channels.helpdesk.handover import WHO, Reason
from bot.dialogue.replies import Composer
from bot.dialogue.state import ChatState
from bot.knowledge.model import Knowledge


def summary(compose: Composer, knowledge: Knowledge, memory: ChatState, reason: Reason, urgent: str | None = None) -> str:
    """The note beside a hand-over. ``urgent`` is the kind of danger."""
    person = memory.participant(WHO)
    lines = [_opening(compose, reason, urgent)]
    questions = "; ".join(_questions(knowledge, person.conversation.topics))
    lines.append(
        compose.say("helpdesk_note_topics", questions=questions) if questions else compose.say("helpdesk_note_no_topics")
    )
    if person.last is not None:
        lines.append(compose.say("helpdesk_note_last", kind=person.last.kind))
    return "\n".join(lines)


def _opening(compose: Composer, reason: Reason, urgent: str | None) -> str:
    match reason:
        case "urgent":
            return compose.say("helpdesk_note_urgent", kind=urgent or "urgent")
        case "person":
            return compose.say("helpdesk_note_person")
        case "lost":
            return compose.say("helpdesk_note_lost")
        case "failed":
            return compose.say("helpdesk_note_failed")


def _questions(knowledge: Knowledge, topics: Iterable[str]) -> Iterable[str]:
    for id in topics:
        topic = knowledge.entries.get(id) or knowledge.boundaries.get(id)
        if topic is not None:
            yield topic.question
