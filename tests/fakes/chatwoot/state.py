"""Conversations and messages, and how they read in a webhook."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
STATUSES = ("open", "resolved", "pending", "snoozed")
TYPES = {"incoming": 0, "outgoing": 1, "activity": 2, "template": 3}
ACCOUNT = 1
INBOX = 7
PATIENT = {
    "account": {"id": ACCOUNT, "name": "Clinic"},
    "additional_attributes": {},
    "avatar": "",
    "custom_attributes": {},
    "email": "pat@example.org",
    "id": 31,
    "identifier": None,
    "name": "Pat Canary",
    "phone_number": "+15550001111",
    "thumbnail": "",
    "blocked": False,
}
AGENT = {"id": 4, "name": "Nurse", "email": "nurse@example.org", "type": "user"}
BOT = {"id": 2, "name": "Infusion bot", "type": "agent_bot"}
OWNERS = {"user": "User", "agent_bot": "AgentBot"}


@dataclass(slots=True)
class Message:
    id: int
    content: str | None
    direction: str  # incoming, outgoing, activity, template
    sender: Json | None
    private: bool = False
    content_type: str = "text"
    attributes: Json = field(default_factory=dict)
    attachments: list[Json] = field(default_factory=list)
    created: float = field(default_factory=time.time)


@dataclass(slots=True)
class Conversation:
    """``id`` counts within the account."""

    id: int
    channel: str
    status: str = "pending"
    priority: str | None = None
    messages: list[Message] = field(default_factory=list)
    assignee: Json | None = None  # AGENT, BOT or nobody

    @property
    def shown(self) -> list[Message]:
        """What the patient sees of the bot."""
        return [one for one in self.messages if one.sender is BOT and not one.private]

    @property
    def notes(self) -> list[str]:
        """What the bot told the staff."""
        return [one.content or "" for one in self.messages if one.sender is BOT and one.private]

    def data(self) -> Json:
        public = [one for one in self.messages if not one.private and one.direction != "activity"]
        return {
            "additional_attributes": {},
            "can_reply": True,
            "channel": self.channel,
            "contact_inbox": {"id": 1, "contact_id": PATIENT["id"], "inbox_id": INBOX, "source_id": "b1946ac9"},
            "id": self.id,
            "inbox_id": INBOX,
            "messages": [self._last(one) for one in public[-1:]],
            "labels": [],
            "meta": {
                "sender": {**PATIENT, "type": "contact"},
                "assignee": self.assignee,
                "assignee_type": OWNERS[self.assignee["type"]] if self.assignee else None,
                "team": None,
                "hmac_verified": False,
            },
            "status": self.status,
            "custom_attributes": {},
            "snoozed_until": None,
            "unread_count": 1,
            "first_reply_created_at": None,
            "priority": self.priority,
            "waiting_since": int(time.time()),
            "agent_last_seen_at": 0,
            "contact_last_seen_at": 0,
            "last_activity_at": int(time.time()),
            "timestamp": int(time.time()),
            "created_at": int(time.time()),
            "updated_at": time.time(),
        }

    def _last(self, message: Message) -> Json:
        found: Json = {
            "id": message.id,
            "content": message.content,
            "account_id": ACCOUNT,
            "inbox_id": INBOX,
            "conversation_id": self.id,
            "message_type": TYPES[message.direction],
            "created_at": int(message.created),
            "private": message.private,
            "content_type": message.content_type,
            "content_attributes": message.attributes,
            "sender": message.sender,
        }
        if message.attachments:
            found["attachments"] = message.attachments
        return found

    def told(self, message: Message) -> Json:
        """The data of an event about ``message``."""
        found: Json = {
            "account": {"id": ACCOUNT, "name": "Clinic"},
            "additional_attributes": {},
            "content_attributes": message.attributes,
            "content_type": message.content_type,
            "content": message.content,
            "conversation": self.data(),
            "created_at": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(message.created)),
            "id": message.id,
            "inbox": {"id": INBOX, "name": "Site"},
            "message_type": message.direction,
            "private": message.private,
            "sender": message.sender,
            "source_id": None,
        }
        if message.attachments:
            found["attachments"] = message.attachments
        return found
