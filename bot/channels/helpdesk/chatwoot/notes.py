"""What the staff read: reviewed words, names of topics, kinds of replies and of danger; nothing that the patient wrote."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from bot.channels.helpdesk.state import WHO
from bot.dialogue.conversation import Reply, Watch
from bot.dialogue.floor import Reason
from bot.dialogue.replies import Composer
from bot.dialogue.state import ChatState
from bot.dialogue.trace import Trace, TraceStep
from bot.knowledge.model import Knowledge

# "repeats": the same e-mail came again and again.
HandOver = Reason | Literal["repeats"]


def summary(compose: Composer, knowledge: Knowledge, memory: ChatState, reason: HandOver, urgent: str | None = None) -> str:
    """The note beside a hand-over. ``urgent`` is how danger was heard, as ``Reply.urgent`` has it."""
    person = memory.participant(WHO)
    lines = [_opening(compose, reason, urgent, person.last)]
    if (watch := person.conversation.watch) is not None:
        lines.append(_watched(compose, watch))
    topics = person.conversation.topics
    questions = "; ".join(_questions(knowledge, (id for id in topics if id in knowledge.entries)))
    lines.append(
        compose.say("helpdesk_note_topics", questions=questions) if questions else compose.say("helpdesk_note_no_topics")
    )
    if refused := "; ".join(_questions(knowledge, (id for id in topics if id in knowledge.boundaries))):
        lines.append(compose.say("helpdesk_note_not_covered", questions=refused))
    if person.last is not None:
        lines.append(compose.say("helpdesk_note_last", kind=person.last.kind))
        figures = "; ".join(_figures(knowledge, person.last.trace))
        if figures:
            lines.append(compose.say("helpdesk_note_figures", questions=figures))
    return "\n".join(lines)


def heard_note(compose: Composer, reply: Reply) -> str | None:
    """The note beside ``reply`` where the bot keeps the floor, though the staff should know what it heard; None where nothing."""
    trace = reply.trace
    told = (_heard(compose, step) for step in (*trace.steps, *trace.guards))
    return next((note for note in told if note is not None), None)


def _opening(compose: Composer, reason: HandOver, urgent: str | None, last: Reply | None) -> str:
    match reason:
        case "urgent":
            return compose.say("helpdesk_note_urgent", kind=_danger(compose, urgent or "urgent"))
        case "person":
            # "Call the clinic today": nobody was asked for, and who reads this is the clinic.
            return (last and heard_note(compose, last)) or compose.say("helpdesk_note_person")
        case "lost":
            return compose.say("helpdesk_note_lost")
        case "failed":
            return compose.say("helpdesk_note_failed")
        case "repeats":
            return compose.say("helpdesk_note_repeats")


def _heard(compose: Composer, step: TraceStep) -> str | None:
    match step.name:
        case "check" if step.subject:
            return compose.say("helpdesk_heard_check", kind=_danger(compose, step.subject))
        case "check" | "check_in" | "obstacle":
            return compose.say("helpdesk_heard_check_in")
        case "safe":
            return compose.say("helpdesk_heard_safe")
        case "despair":
            return compose.say("helpdesk_heard_despair")
        case "today":
            return compose.say("helpdesk_heard_today")
        case _:
            return None


def _watched(compose: Composer, watch: Watch) -> str:
    kinds = [_danger(compose, kind) for kind in watch.kinds]
    kinds += [compose.say("helpdesk_danger_despair")] if watch.lows else []
    kinds += [compose.say("helpdesk_danger_today")] if watch.symptoms else []
    return compose.say("helpdesk_note_heard", kinds="; ".join(kinds), stage=_stage(compose, watch)).strip()


def _stage(compose: Composer, watch: Watch) -> str:
    match watch.stage:
        case "asked":
            return compose.say("helpdesk_stage_asked")
        case "alarm":
            return compose.say("helpdesk_stage_alarm")
        case "safe":
            return compose.say("helpdesk_stage_safe")
        case "low":
            return ""


def _danger(compose: Composer, rule: str) -> str:
    """In words for the staff: a kind of danger, or how it was heard."""
    words = {
        "self_harm": compose.say("helpdesk_danger_self_harm"),
        "someone_else": compose.say("helpdesk_danger_someone_else"),
        "harm_to_others": compose.say("helpdesk_danger_harm_to_others"),
        "violence": compose.say("helpdesk_danger_violence"),
        "child": compose.say("helpdesk_danger_child"),
        "overdose": compose.say("helpdesk_danger_overdose"),
        "medical": compose.say("helpdesk_danger_medical"),
        "accident": compose.say("helpdesk_danger_accident"),
        "psychosis": compose.say("helpdesk_danger_psychosis"),
        "not_safe": compose.say("helpdesk_danger_not_safe"),
        "check_in": compose.say("helpdesk_danger_check_in"),
    }
    return words.get(rule.removeprefix("plain_").removeprefix("heard_"), rule)


def _questions(knowledge: Knowledge, topics: Iterable[str]) -> Iterable[str]:
    return (question for id in topics if (question := _question(knowledge, id)) is not None)


def _figures(knowledge: Knowledge, trace: Trace) -> Iterable[str]:
    for one in trace.topics:
        question = _question(knowledge, one.topic)
        if question is not None:
            yield f"{question} {one.confidence:.2f}"


def _question(knowledge: Knowledge, id: str) -> str | None:
    """The question of a topic; None where the knowledge does not have it any more."""
    topic = knowledge.topic(id)
    return None if topic is None else topic.question
