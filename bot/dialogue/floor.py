"""Who has the floor, the bot or the staff: when a person has to take over, and how the floor is taken and given back.

The same in every channel; what a channel does about it, such as opening a ticket, is its own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from bot.dialogue.conversation import Conversation, Floor, Reply
from bot.knowledge.model import Knowledge
from bot.language.grammar import Grammar
from bot.language.text import normalise, raw_words, sentences

# ``failed`` is told by who calls: there is no reply then that could say so.
Reason = Literal["urgent", "person", "lost", "failed"]
_CHOSEN = 1.0  # the confidence of what was picked, and not guessed
_MOST = 2  # times in a row that the bot could not help


def count_unhelped(reply: Reply, before: int, knowledge: Knowledge) -> int:
    """How often in a row the bot could not help, with ``reply``. To say that only the clinic knows is no help."""
    if reply.kind == "fallback":
        return before + 1
    if reply.kind == "boundary":
        topic = knowledge.boundaries.get(reply.boundary or "")
        return 0 if topic is not None and topic.clinic_text else before + 1
    return before if reply.kind in {"smalltalk", "urgent", "support"} else 0


def reason_for(reply: Reply, after: Conversation) -> Reason | None:
    """Why ``reply`` is the last before a person answers; None where it is not. ``after`` is the conversation with it."""
    if reply.kind == "urgent":
        return "urgent"
    if reply.kind == "handoff":
        return "person"
    return "lost" if after.unhelped >= _MOST else None


def is_for_bot(text: str, reply: Reply, before: Conversation, knowledge: Knowledge) -> bool:
    """Whether ``reply`` to ``text`` is worth saying where people talk and the bot only helps: to a question that it can answer.

    Or to one of the choices that it gave itself.

    Never to a courtesy, to what tells something or is understood by half, and not to say that only the clinic knows: there it
    is the clinic that is asked.
    """
    if reply.kind == "boundary":
        topic = knowledge.boundaries.get(reply.boundary or "")
        if topic is None or not topic.clinic_text:
            return False
    elif reply.kind == "answer" and before.choices and reply.confidence == _CHOSEN:
        return True
    elif reply.kind not in {"answer", "clarify", "timeline"}:
        return False
    return any(_asks(sentence, knowledge.grammar) for sentence in sentences(normalise(text)))


def _asks(sentence: str, grammar: Grammar) -> bool:
    first = raw_words(sentence)[:1]
    return "?" in sentence or not grammar.asking.isdisjoint(first) or grammar.requests.search(sentence) is not None


def was_to_staff(message: int, floor: Floor) -> bool:
    """Whether ``message`` (as ``Floor.since`` counts) is from before the staff got the floor, or what they got it with."""
    return message <= floor.since


def hand_over(conversation: Conversation, message: int) -> Conversation:
    """The bot gives the floor to the staff with ``message``. Once they give it back, it begins anew to count."""
    return replace(take_over(conversation, message), unhelped=0)


def take_over(conversation: Conversation, message: int) -> Conversation:
    """The staff take the floor themselves with ``message``; never with an earlier one than before."""
    return replace(conversation, floor=Floor("staff", max(conversation.floor.since, message)))


def give_back(conversation: Conversation) -> Conversation:
    """The bot answers again."""
    return replace(conversation, floor=Floor("bot", conversation.floor.since))


def with_floor(conversation: Conversation, unhelped: int, floor: Floor) -> Conversation:
    """``conversation`` with these two."""
    if conversation.unhelped == unhelped and conversation.floor == floor:
        return conversation  # nearly always, and a copy takes as long as to find the outcome
    return replace(conversation, unhelped=unhelped, floor=floor)
