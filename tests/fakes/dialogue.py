"""A dialogue that needs no matcher: a channel's tests are about carrying words in and replies out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.dialogue.conversation import Choice, Conversation, Reply, Watch
from bot.dialogue.events import Chosen, Event, Said
from bot.dialogue.trace import trace_of

RELATED = (Choice("rising", "How long does it rise?"), Choice("rolls", "And rolls?"))


@dataclass(slots=True)
class FakeDialogue:
    """Remembers what it was asked. The words of an utterance decide what comes back; a new conversation is greeted."""

    heard: list[tuple[str, str, Conversation, datetime]] = field(default_factory=list)

    def turn(self, event: Event, conversation: Conversation, now: datetime) -> tuple[Reply, Conversation]:
        match event:
            case Said(text):
                self.heard.append(("said", text, conversation, now))
                reply = _reply(text, conversation)
                watched = replace(conversation, watch=Watch(("self_harm",))) if reply.kind == "urgent" else conversation
                return self._greet(reply, watched)
            case Chosen(id):
                self.heard.append(("chosen", id, conversation, now))
                return self._greet(Reply(kind="answer", text=f"pressed {id}"), conversation)
            case _:
                return Reply(kind="timeline", text="when?"), replace(conversation, asked_end=True)

    def _greet(self, reply: Reply, conversation: Conversation) -> tuple[Reply, Conversation]:
        topics = (*conversation.topics, "turn")
        if not conversation.greeted:
            reply = replace(reply, text=f"hello; {reply.text}")
        return reply, replace(conversation, greeted=True, topics=topics)


def _reply(utterance: str, conversation: Conversation) -> Reply:
    if "die" in utterance:
        return Reply(kind="urgent", text="call now", urgent="rule")
    if "low" in utterance:
        return Reply(kind="support", text="somebody listens", helpline=True)
    if "boom" in utterance:
        raise RuntimeError(utterance)
    if "related" in utterance:
        labels = " ".join(choice.label for choice in RELATED)
        return Reply(kind="answer", text=f"see\n\nAlso: {labels}\n\nsource", related=RELATED, trace=trace_of("line", "because"))
    if "which" in utterance:
        return Reply(kind="clarify", text="which?\n1. one", choices=(Choice("one", "one"),), related=RELATED)
    return Reply(kind="answer", text=f"turn {len(conversation.topics) + 1}", trace=trace_of("line", "because"))
