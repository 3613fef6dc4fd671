"""What the staff read when they take over: reviewed words, names of topics, kinds of replies; nothing that the patient wrote."""

from __future__ import annotations

from collections.abc import Iterable

from bot.channels.helpdesk.state import WHO
from bot.dialogue.floor import Reason
from bot.dialogue.replies import Composer
from bot.dialogue.state import ChatState
from bot.dialogue.trace import Trace
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
        figures = "; ".join(_figures(knowledge, person.last.trace))
        if figures:
            lines.append(compose.say("helpdesk_note_figures", questions=figures))
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
    return (question for id in topics if (question := _question(knowledge, id)) is not None)


def _figures(knowledge: Knowledge, trace: Trace) -> Iterable[str]:
    for one in trace.topics:
        question = _question(knowledge, one.topic)
        if question is not None:
            yield f"{question} {one.confidence:.2f}"


def _question(knowledge: Knowledge, id: str) -> str | None:
    """The question of a topic; None where the knowledge does not have it any more."""
    topic = knowledge.entries.get(id) or knowledge.boundaries.get(id)
    return None if topic is None else topic.question
