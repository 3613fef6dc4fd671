"""An inbox behind both hooks, and requests that are signed as each of them wants it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

from bot.channels.helpdesk.chatwoot.webhook import ChatwootHook
from bot.channels.helpdesk.generic.webhook import Gate, TakingHook
from bot.channels.helpdesk.health import DeskHealth
from bot.delivery.storage import Incoming
from tests.channels.helpdesk.conftest import WHSEC
from tests.fakes.chatwoot import SECRET, FakeChatwoot, Message, signed
from tests.fakes.chatwoot.state import PATIENT

Headers = list[tuple[bytes, bytes]]
NOW = 1_790_000_000.5
QUESTION = json.dumps({"conversation": "c-1", "question": "how long?"}).encode()


def event() -> bytes:
    desk = FakeChatwoot()
    told = desk.starts().told(Message(1000, "how long?", "incoming", PATIENT))
    return json.dumps({"event": "message_created", **told}).encode()


class Taken:
    """An inbox that knows what it has, and how both hooks stand before it."""

    def __init__(self, secret: str | None = SECRET, path_secret: str | None = None) -> None:
        self.ids: set[tuple[str, str]] = set()
        self.new = 0
        self.counts: Counter[str] = Counter()
        self.health = DeskHealth("chatwoot")
        self.chatwoot = ChatwootHook(secret, path_secret, self.take, "default", self.count, self.health, lambda: NOW)
        self.generic = TakingHook(Gate(WHSEC, self.count, lambda: NOW), self.take, "default")

    def count(self, name: str) -> None:
        self.counts[name] += 1

    async def take(self, updates: Sequence[Incoming]) -> int:
        for update in updates:
            self.new += (update.key.channel, update.id) not in self.ids
            self.ids.add((update.key.channel, update.id))
        return 1


def of_chatwoot(body: bytes, secret: str = SECRET, moment: float = NOW) -> Headers:
    return [(name.lower().encode(), value.encode()) for name, value in signed(body, secret, moment).items()]


def of_standard(body: bytes, secret: str = WHSEC, moment: float = NOW, id: str = "msg_1") -> Headers:
    """Signed by the reference package."""
    signature = Webhook(secret).sign(id, datetime.fromtimestamp(int(moment), UTC), body.decode())
    shown = {"webhook-id": id, "webhook-timestamp": str(int(moment)), "webhook-signature": signature}
    return [(name.encode(), value.encode()) for name, value in shown.items()]
