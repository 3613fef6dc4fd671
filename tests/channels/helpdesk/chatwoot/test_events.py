"""Which events are of concern, to whom they belong, and under which id they are known."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.channels.helpdesk.chatwoot import events
from bot.channels.helpdesk.chatwoot.events import ChatwootEvent
from tests.fakes.chatwoot import FakeChatwoot, Message
from tests.fakes.chatwoot.state import AGENT, BOT, PATIENT


def told(message: Message | None = None, event: str = "message_created", **change: Any) -> bytes:
    talk = FakeChatwoot().starts()
    talk.messages.append(Message(999, "before", "incoming", PATIENT))
    data = talk.told(message) if message is not None else talk.data()
    return json.dumps({**data, "event": event, **change}).encode()


def said(**how: Any) -> Message:
    return Message(**{"id": 1000, "content": "hello", "direction": "incoming", "sender": PATIENT, **how})


ITEM = {"title": "Driving", "value": "driving"}
CHOSEN = said(direction="outgoing", sender=BOT, content_type="input_select", attributes={"submitted_values": [ITEM]})


@pytest.mark.parametrize(
    ("body", "event", "id"),
    [
        pytest.param(
            told(said()), ChatwootEvent("said", 1, 1, "pending", "Channel::WebWidget", 1000, "hello"), "1000", id="said"
        ),
        pytest.param(
            told(said(content=None, attachments=[{"file_type": "image"}])),
            ChatwootEvent("said", 1, 1, "pending", "Channel::WebWidget", 1000, "", True),
            "1000",
            id="file",
        ),
        pytest.param(
            told(said(direction="outgoing", sender=AGENT)),
            ChatwootEvent("taken", 1, 1, "pending", "Channel::WebWidget", 1000),
            "1000",
            id="staff",
        ),
        pytest.param(
            told(said(direction="outgoing", sender=None, attributes={"external_echo": True})),
            ChatwootEvent("taken", 1, 1, "pending", "Channel::WebWidget", 1000),
            "1000",
            id="phone",
        ),
        pytest.param(
            told(said(direction="outgoing", sender={}, content_type="sticker", attributes={"external_echo": True})),
            ChatwootEvent("taken", 1, 1, "pending", "Channel::WebWidget", 1000),
            "1000",
            id="sticker from the phone",
        ),
        pytest.param(
            told(said(direction="outgoing", sender=None)),
            ChatwootEvent("taken", 1, 1, "pending", "Channel::WebWidget", 1000),
            "1000",
            id="Meta's inbox",
        ),
        pytest.param(
            told(CHOSEN, "message_updated"),
            ChatwootEvent("chosen", 1, 1, "pending", "Channel::WebWidget", 1000, "driving"),
            None,
            id="chosen",
        ),
        pytest.param(
            told(None, "conversation_resolved", status="resolved"),
            ChatwootEvent("resolved", 1, 1, "resolved"),
            None,
            id="resolved",
        ),
        pytest.param(
            told(None, "conversation_status_changed", status="resolved"),
            ChatwootEvent("resolved", 1, 1, "resolved"),
            None,
            id="status",
        ),
        pytest.param(
            told(None, "conversation_status_changed", changed_attributes=[{"status": {"previous_value": "open"}}]),
            ChatwootEvent("waiting", 1, 1, "pending", "Channel::WebWidget", 999, "before"),
            "waiting:999",
            id="given to the bot",
        ),
        pytest.param(
            told(None, "conversation_updated", changed_attributes=[{"assignee_agent_bot_id": {"current_value": 2}}]),
            ChatwootEvent("waiting", 1, 1, "pending", "Channel::WebWidget", 999, "before"),
            "waiting:999",
            id="assigned to the bot",
        ),
    ],
)
def test_what_is_of_concern(body: bytes, event: ChatwootEvent, id: str | None) -> None:
    found = events.parse_event(body, "default", 5.0)
    assert found is not None
    assert events.decode(found.payload) == event
    assert (found.key.clinic, found.key.channel, found.key.id) == ("default", "chatwoot", "1:1")
    assert id is None or found.id == id
    again = events.parse_event(body, "default", 9.0)
    assert again is not None
    assert again.id == found.id


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(told(said(private=True)), id="private"),
        pytest.param(told(said(direction="outgoing", sender=AGENT, private=True)), id="note"),
        pytest.param(told(said(direction="outgoing", sender=BOT)), id="our own"),
        pytest.param(told(said(direction="outgoing", sender=None, attributes={"automation_rule_id": 7})), id="automation"),
        pytest.param(told(said(direction="outgoing", sender=AGENT), additional_attributes={"campaign_id": 3}), id="campaign"),
        pytest.param(told(said(direction="template", sender=None)), id="template"),
        pytest.param(told(said(direction="activity", sender=None)), id="activity"),
        pytest.param(told(said(), "message_updated"), id="changed"),
        pytest.param(told(said(direction="outgoing", sender=BOT), "message_updated"), id="read"),
        pytest.param(told(None, "conversation_opened", status="open"), id="opened"),
        pytest.param(told(None, "conversation_status_changed", status="open"), id="status open"),
        pytest.param(told(None, "conversation_updated"), id="updated"),
        pytest.param(told(None, "webwidget_triggered"), id="widget"),
        pytest.param(told(None, "of_a_later_release"), id="unknown"),
        pytest.param(told(said(direction="outgoing", sender=None, content_type="form")), id="form"),
        pytest.param(told(None, "conversation_updated", changed_attributes=[{"waiting_since": {}}]), id="waiting since"),
        pytest.param(
            told(None, "conversation_status_changed", changed_attributes=[{"status": {"previous_value": "resolved"}}]),
            id="pending after the end",
        ),
        pytest.param(told(said(), account=None), id="no account"),
        pytest.param(told(said(), conversation=[1]), id="no conversation"),
        pytest.param(told(said(), id=True), id="no id"),
        pytest.param(told(said(), id=1 << 64), id="huge id"),
        pytest.param(told(None, "conversation_resolved", messages=[]), id="nothing to forget"),
    ],
)
def test_what_is_not(body: bytes) -> None:
    assert events.parse_event(body, "default", 5.0) is None


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"x"', b"{}", b'{"event": 1}', b"\xff\xfe", b"[" * 100_000, b'{"event":"\xed\xa0\x80"}']
)
def test_what_is_no_event(body: bytes) -> None:
    with pytest.raises(events.NoEvent):
        events.parse_event(body, "default", 5.0)


def test_two_choices_of_one_message_are_two_events() -> None:
    other = said(
        direction="outgoing",
        sender=BOT,
        content_type="input_select",
        attributes={"submitted_values": [{"title": "x", "value": "cost"}]},
    )
    one, two = (
        events.parse_event(told(CHOSEN, "message_updated"), "c", 1.0),
        events.parse_event(told(other, "message_updated"), "c", 1.0),
    )
    assert one is not None
    assert two is not None
    assert one.id != two.id


@pytest.mark.parametrize(
    ("meta", "assigned"),
    [
        pytest.param({"assignee": None}, False, id="nobody"),
        pytest.param({"assignee": {"id": 4, "name": "Nurse"}}, True, id="of-an-old-release"),
        pytest.param({"assignee": AGENT, "assignee_type": "User"}, True, id="person"),
        pytest.param({"assignee": BOT, "assignee_type": "AgentBot"}, False, id="bot"),
        pytest.param({"assignee": {"id": 2}, "assignee_type": "AgentBot"}, False, id="bot-of-no-kind"),
        pytest.param({"assignee": {"id": 4, "type": "captain_assistant"}}, False, id="other-assistant"),
        pytest.param([], False, id="strange"),
    ],
)
def test_whom_a_conversation_is_assigned_to(meta: Any, assigned: bool) -> None:
    body = json.loads(told(said()))
    body["conversation"]["meta"] = meta
    found = events.parse_event(json.dumps(body).encode(), "default", 5.0)
    assert found is not None
    assert events.decode(found.payload).assigned is assigned
