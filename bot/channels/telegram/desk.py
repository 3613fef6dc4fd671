"""What the parts of the Telegram channel share, and how a reply becomes messages with all of its buttons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from cachetools import LRUCache

from bot.channels.telegram import chat as scenes
from bot.channels.telegram.api.sender import Sender
from bot.channels.telegram.chat import Scene
from bot.channels.telegram.render import Button, Message, feedback, handoff, lay_out, show
from bot.delivery.journal import Journal
from bot.delivery.service import Service
from bot.delivery.storage import Outcome
from bot.dialogue.conversation import Reply
from bot.dialogue.state import dump

# Buttons beside those of ``show``: reminders for an infusion that ended at a Unix time, none, a page of the topics, minutes ago.
REMIND, UNREMIND, PAGE, AGO = "m:", "n:", "p:", "a:"


@dataclass(frozen=True, slots=True)
class Desk:
    """``count`` hears of events (see ``metrics.EVENTS``); ``picture`` draws the timeline; ``hours``: how long is remembered."""

    service: Service
    sender: Sender
    count: Callable[[str], None]
    picture: Callable[[], bytes]
    clinic: str
    hours: int
    acknowledged: LRUCache[str, None] = field(default_factory=lambda: LRUCache(1000))  # presses of late, by their ids

    def say(self, key: str, **values: str) -> str:
        """The bot's own sentence ``key``, filled in."""
        return self.service.dialogue.compose.say(key, **values)

    async def tell(self, scene: Scene, journal: Journal, reply: Reply) -> Outcome:
        """Sends ``reply``, and what it leaves behind."""
        messages = show(reply, self.service.knowledge.documents, self._rows(scene, reply))
        return await self.put(scene, journal, messages, urgent=reply.kind == "urgent")

    async def put(
        self,
        scene: Scene,
        journal: Journal,
        messages: tuple[Message, ...],
        picture: Callable[[], bytes] | None = None,
        urgent: bool = False,
    ) -> Outcome:
        """Sends ``messages``; who blocked the bot is reminded of nothing any more, and forgotten."""
        after = await scenes.post(self.sender, scene, journal, messages, picture, urgent)
        if after.gone:
            return Outcome(forget=True)
        return Outcome(dump(scene.memory), moved=after.key if after.moved else None)

    async def say_to(self, scene: Scene, journal: Journal, text: str, rows: tuple[tuple[Button, ...], ...] = ()) -> Outcome:
        """Sends a sentence of the bot's own, with buttons under it."""
        return await self.put(scene, journal, lay_out(text, rows))

    def _rows(self, scene: Scene, reply: Reply) -> tuple[tuple[Button, ...], ...]:
        rows: list[tuple[Button, ...]] = []
        if reply.ended is not None and scene.private and scene.business is None:
            rows.append((Button(self.say("button_remind"), f"{REMIND}{int(reply.ended.timestamp())}"),))
        if reply.kind in {"boundary", "fallback"} and self.service.knowledge.clinic.contact:
            rows.append(handoff(self.say("button_ask_clinic")))
        if reply.kind == "answer":
            rows.append(feedback(reply, self.say("button_helped"), self.say("button_not_helped")))
        return tuple(rows)
