"""Labelled conversations and the replies to their turns. Pure: conversations in, what became of each turn out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from bot.dialogue.conversation import Choice, Conversation, Kind, Reply
from bot.dialogue.events import Said
from bot.dialogue.policy import Dialogue
from bot.knowledge.model import Knowledge
from bot.language.nearest import choice

# Labels of what a reply does beside its kind: a small talk of that id, or numbers to call in the text.
TALKS = ("source", "privacy")
_CHOSEN = "chosen:"


@dataclass(frozen=True, slots=True)
class LabelledConversation:
    """``turns``: utterances, each with the labels that are all right for the reply to it.

    A label is a claim, an entry, ``boundary:ID``, a kind of reply, ``source``, ``privacy``, ``helpline``, or ``chosen:N``
    (``last``, ``both``) for a choice of the reply before. ``now``: the moment of all turns.
    """

    id: str
    turns: tuple[tuple[str, tuple[str, ...]], ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class ScoredTurn:
    utterance: str
    labels: tuple[str, ...]
    reply: Reply
    right: bool


def score_conversation(conversation: LabelledConversation, dialogue: Dialogue) -> list[ScoredTurn]:
    """Every turn with its reply, in one conversation from its beginning."""
    state, scored = Conversation(greeted=True), []
    offered: tuple[Choice, ...] = ()
    for utterance, labels in conversation.turns:
        reply, state = dialogue.turn(Said(utterance), state, conversation.now)
        scored.append(ScoredTurn(utterance, labels, reply, any(is_right(label, reply, offered) for label in labels)))
        offered = reply.choices
    return scored


def is_right(label: str, reply: Reply, offered: Sequence[Choice] = ()) -> bool:
    """Whether ``reply`` is what ``label`` asks for; ``offered`` are the choices of the reply before."""
    if label.startswith(_CHOSEN):
        return _is_chosen(label.removeprefix(_CHOSEN), reply, offered)
    kind, _, id = label.partition(":")
    if kind == "boundary" and id:
        return any(part.boundary == id for part in reply.parts)
    if label == "helpline":
        return reply.helpline
    if label in TALKS:
        return any(step.name == "talk" and step.subject == label for step in reply.trace.steps)
    return label == reply.kind or label in reply.claims or any(part.entry == label for part in reply.parts)


def unknown_labels_of(conversations: Iterable[LabelledConversation], knowledge: Knowledge) -> list[str]:
    """Labels that no reply on ``knowledge`` can have, with the nearest that one can."""
    boundaries = [f"boundary:{id}" for id in knowledge.boundaries]
    known = (*knowledge.claims, *knowledge.entries, *boundaries, *get_args(Kind), *TALKS, "helpline")
    labels = {label: one.id for one in conversations for _, listed in one.turns for label in listed}
    return [
        f"{id}: there is no label {label}; {choice(label, known)}"
        for label, id in labels.items()
        if label not in known and not label.startswith(_CHOSEN)
    ]


def _is_chosen(which: str, reply: Reply, offered: Sequence[Choice]) -> bool:
    told = {part.entry or part.boundary for part in reply.parts}
    wanted = offered[:2] if which == "both" else offered[-1:] if which == "last" else offered[int(which) - 1 : int(which)]
    return bool(wanted) and all(choice.id in told for choice in wanted)


def conversation_figures(scored: Sequence[Sequence[ScoredTurn]]) -> dict[str, float]:
    """Counts and shares: turns right, conversations all of whose turns are right."""
    turns = [turn.right for one in scored for turn in one]
    whole = [all(turn.right for turn in one) for one in scored]
    return {
        "turns": len(turns),
        "turns right": sum(turns),
        "turns right share": sum(turns) / len(turns),
        "conversations": len(whole),
        "whole right": sum(whole),
        "whole right share": sum(whole) / len(whole),
    }
