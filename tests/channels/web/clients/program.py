"""A program of somebody else's: it knows the API by the client that was generated from its document, and by nothing else."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

from infusion_bot_client import Client
from infusion_bot_client.api.conversations import ask, end_conversation, request_handoff, send_feedback, start_conversation
from infusion_bot_client.api.knowledge import get_entry, get_timeline_png, get_timeline_text, list_topics
from infusion_bot_client.api.service import get_health
from infusion_bot_client.models import (
    AskChoice,
    AskEnded,
    AskQuestion,
    Conversation,
    ConversationStart,
    ConversationToken,
    Entry,
    Feedback,
    Health,
    ListBlock,
    Problem,
    Reply,
    TopicList,
)
from infusion_bot_client.types import UNSET, File


def main(url: str) -> None:
    with Client(base_url=url) as client:

        def told(body: AskQuestion | AskChoice | AskEnded) -> Reply:
            reply = ask.sync(client=client, body=body)
            assert isinstance(reply, Reply)
            return reply

        started = start_conversation.sync(client=client, body=ConversationStart())
        assert isinstance(started, Conversation)
        token = started.conversation
        reply = told(AskQuestion("How long does an infusion take?", conversation=token))
        chosen = told(AskChoice("driving", conversation=token))
        ended = told(AskEnded(datetime.now(UTC), conversation=token))
        urgent = told(AskQuestion("I want to kill myself"))
        helped = send_feedback.sync_detailed(client=client, body=Feedback(token, helped=True))
        handoff = request_handoff.sync(client=client, body=ConversationToken(token))
        refused = ask.sync(client=client, body=AskChoice("none"))
        wrong = ask.sync(client=client, body=AskQuestion("x" * (started.question_limit + 1)))
        topics = list_topics.sync(client=client)
        entry = get_entry.sync("driving", client=client)
        text = get_timeline_text.sync(client=client)
        drawn = get_timeline_png.sync(client=client)
        health = get_health.sync(client=client)
        over = end_conversation.sync_detailed(client=client, body=ConversationToken(token))
        assert isinstance(handoff, Reply)
        assert isinstance(refused, Problem)
        assert isinstance(wrong, Problem)
        assert isinstance(topics, TopicList)
        assert isinstance(entry, Entry)
        assert isinstance(drawn, File)
        assert isinstance(health, Health)
        found = {
            "entries": [part.entry for part in (*reply.parts, *chosen.parts) if part.entry is not UNSET],
            "blocks": [len(one.items) if isinstance(one, ListBlock) else one.type_ for one in reply.shown.blocks],
            "ended": ended.shown.ended is not None,
            "urgent": [urgent.kind, urgent.shown.calls[0].href],
            "helped": helped.status_code,
            "handoff": handoff.kind,
            "refused": [refused.type_, refused.status],
            "wrong": wrong.type_,
            "topics": sum(one.kind == "entry" for one in topics.topics),
            "entry": len(entry.claims),
            "text": text,
            "drawn": len(drawn.payload.read()),
            "health": health.status,
            "over": over.status_code,
        }
    print(json.dumps(found))  # what the test reads


if __name__ == "__main__":
    main(sys.argv[1])
