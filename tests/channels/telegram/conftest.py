"""The channel as it runs: the real client over a socket, the fake Bot API at its other end, an inbox in memory between."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

import pytest
from telegram import Bot

from bot.channels.telegram.api.pace import Pace
from bot.channels.telegram.api.sender import Sender
from bot.channels.telegram.api.transport import AiohttpRequest
from bot.channels.telegram.chat import NO_CAMPAIGNS, Campaigns, HandlerContext, Staff
from bot.channels.telegram.handler import Telegram
from bot.channels.telegram.settings import NAME, USUAL_TERMS, BusinessTerms
from bot.channels.telegram.updates.intake import incoming_from
from bot.delivery.handoff.handoffs import Handoffs, Places
from bot.delivery.handoff.watch import HandoffWatch
from bot.delivery.inbox import Delivery, Limits
from bot.delivery.service import Rated, Service
from bot.delivery.storage import Storage
from bot.delivery.storage.open import open_storage
from bot.dialogue.conversation import ConversationKey
from bot.dialogue.policy import Dialogue
from bot.dialogue.state import ChatState, load_state
from tests.fakes.botapi import TOKEN, Call, FakeBotApi, updates
from tests.fakes.botapi.state import Json
from tests.fakes.editions import editions_of, metrics_of

CLINIC = "default"
ANN, BEN, OWNER = updates.user(1001, "Ann"), updates.user(1002, "Ben"), updates.user(5001, "Clinic")
PICTURE = b"\x89PNG of a timeline"
_SEEN = ("sendmessage", "sendphoto", "copymessage", "editmessagetext", "editmessagereplymarkup", "answerinlinequery")


class Ratings:
    """What was said of answers, as (topic, verdict)."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def rated(self, rated: Rated) -> None:
        self.told += [(" ".join(rated.topics), verdict) for verdict in rated.verdicts]


class Clock:
    """The time of day in a zone, ahead by as much as a test says."""

    zone = ZoneInfo("America/Chicago")

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


async def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        await asyncio.sleep(0.002)


@dataclass
class Stage:
    """All parts of one process. ``counts`` are the events that the context and the sender told of, ``rated`` what was said of
    answers, as (topic, verdict).
    """

    api: FakeBotApi
    storage: Storage
    clock: Clock
    context: HandlerContext
    telegram: Telegram
    delivery: Delivery
    counts: Counter[str] = field(default_factory=Counter)
    watch: HandoffWatch = field(default_factory=HandoffWatch)
    rated: list[tuple[str, str]] = field(default_factory=list)

    async def tell(self, *told: Json) -> list[Call]:
        """``told`` comes in, as from Telegram; what was answered by the time that nothing waits any more."""
        before = len(self.api.calls())
        entries = self.api.inject(told, force=True)
        await self.delivery.take([incoming_from(entry.update, CLINIC, self.clock()) for entry in entries])
        await self.idle()
        return self.seen(before)

    async def idle(self) -> None:
        """Nothing waits in the inbox, nothing is being worked off."""
        end = time.monotonic() + 8
        await self.watch.drained()
        while self.delivery.busy or (await self.storage.counts()).waiting:
            assert time.monotonic() < end, "it is never done"
            await asyncio.sleep(0.002)

    async def later(self, seconds: float) -> list[Call]:
        """What is said when so much time goes by."""
        before = len(self.api.calls())
        self.clock.ahead += seconds
        # Two looks for work that waits: what is due comes into the inbox first.
        claimed, looks = self.storage.claim, 0

        async def look(limit: int, clinics: Sequence[str]) -> object:
            nonlocal looks
            found = await claimed(limit, clinics)
            looks += 1
            return found

        self.storage.claim = look  # type: ignore[method-assign, assignment]
        await until(lambda: looks >= 2)
        self.storage.claim = claimed  # type: ignore[method-assign]
        await self.idle()
        return self.seen(before)

    def seen(self, since: int) -> list[Call]:
        """What people saw of the calls after the first ``since``."""
        return [call for call in self.api.calls()[since:] if call.method in _SEEN and call.delivered]

    async def memory(self, chat: int = 1001) -> ChatState:
        return load_state(await self.storage.load(self.key(chat)))

    def key(self, chat: int = 1001, id: str = "") -> ConversationKey:
        return ConversationKey(CLINIC, NAME, id or str(chat))

    async def press(self, label: str, on: Call, who: Json = ANN, **more: object) -> list[Call]:
        """``who`` presses the button with that ``label`` under the message that ``on`` sent."""
        data = dict(buttons(on))[label]
        return await self.tell(updates.callback(data, who, of=self.message(on), **more))

    def message(self, call: Call) -> Json:
        """The message that a call sent or changed, as Telegram knows it now."""
        return self.api.state.messages[call.chat or 0, call.message or 0]

    def say(self, key: str, **values: str) -> str:
        return self.context.say(key, **values).strip()


def buttons(call: Call) -> list[tuple[str, str]]:
    """Label and data of each button, in order."""
    rows = json.loads(call.params.get("reply_markup", "{}")).get("inline_keyboard", [])
    return [(one["text"], one["callback_data"]) for row in rows for one in row]


@asynccontextmanager
async def open_bot(api: FakeBotApi) -> AsyncIterator[Bot]:
    request = AiohttpRequest(read_timeout=2.0)
    await request.initialize()
    try:
        yield Bot(TOKEN, base_url=api.base_url, request=request, get_updates_request=request)
    finally:
        await request.shutdown()


@asynccontextmanager
async def open_stage(
    api: FakeBotApi,
    dialogue: Dialogue,
    url: str = "memory:",
    clock: Clock | None = None,
    patience: float = 30_000,
    terms: BusinessTerms = USUAL_TERMS,
    owner: str = "one",
    campaigns: Campaigns = NO_CAMPAIGNS,
    group: int | None = None,
) -> AsyncIterator[Stage]:
    """``patience`` of the sender, in seconds of a clock that is 1000 times quicker. ``group``: of the staff."""
    clock, counts, metrics = clock or Clock(), Counter[str](), metrics_of(CLINIC)
    storage = open_storage(url, owner=owner, clock=clock, scrub_seconds=0.01)
    await storage.start()
    handoffs = Handoffs(storage, CLINIC, Places(frozenset({NAME}), NAME), clock) if group is not None else None
    watch = HandoffWatch()
    if handoffs is not None:
        watch.add(handoffs, 300, 900)
    ratings = Ratings()
    service = Service(metrics, [watch], [ratings])
    editions = editions_of(dialogue, CLINIC, Clock.zone, png=PICTURE)

    def count(event: str) -> None:
        metrics.count(event)
        counts[event] += 1

    async with open_bot(api) as bot:
        sender = Sender(bot, Pace(speed=1000), lambda event: count(f"send_{event}"), patience=patience)
        telegram = Telegram(
            editions,
            CLINIC,
            service,
            sender,
            count,
            24,
            storage,
            terms,
            clock,
            campaigns,
            Staff(handoffs, group) if handoffs is not None else None,
        )
        delivery = Delivery(storage, {(CLINIC, NAME): telegram}, metrics, Limits(again=0.01, sweep=0.01, clean=60), clock)
        delivery.start()
        try:
            yield Stage(api, storage, clock, telegram.context(), telegram, delivery, counts, watch, ratings.told)
        finally:
            await delivery.stop(1)
            await storage.close()
            service.close()


@pytest.fixture(scope="session")
def clinical(dialogue: Dialogue) -> Dialogue:
    """The dialogue of a clinic that has set a contact."""
    clinic = replace(dialogue.knowledge.clinic, name="Lakeside", contact="Call 555 0100.")
    return Dialogue(replace(dialogue.knowledge, clinic=clinic), dialogue.matcher)


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    async with FakeBotApi() as fake:
        yield fake


@pytest.fixture
async def stage(api: FakeBotApi, dialogue: Dialogue) -> AsyncIterator[Stage]:
    async with open_stage(api, dialogue) as found:
        yield found
