"""Editions that serve: those of two clinics in one process, on every channel; and one that is swapped amid a thousand turns."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import pytest
import uvicorn
from aiohttp import web

from bot.app import config
from bot.app.channels import CHANNELS
from bot.app.editions import LoadedEditions, edition_of, open_dialogue
from bot.app.http.health import app
from bot.app.serving import wiring
from bot.channels.channel import Channel
from bot.channels.declaration import ConfigError
from bot.channels.edition import Edition
from bot.channels.helpdesk.chatwoot.webhook import PATH as CHATWOOT_PATH
from bot.delivery.handler import Handler
from bot.delivery.inbox import Delivery, Limits
from bot.delivery.metrics import Metrics
from bot.delivery.service import Service
from bot.delivery.storage import Storage
from bot.delivery.storage.open import open_storage
from bot.dialogue.policy import Dialogue
from bot.knowledge.model import Knowledge
from tests import folders
from tests.fakes.botapi import TOKEN, FakeBotApi, updates
from tests.fakes.chatwoot import SECRET, FakeChatwoot
from tests.scenarios.desks import GenericDesk

pytestmark = pytest.mark.filterwarnings("ignore:Please use 'Bot.getUpdates'")

CLINICS = ("aurora", "borealis")
SCALE = 40.0
SAID = (
    "How long does an infusion take?",
    "why?",
    "tell me more",
    "Can I drive home afterwards?",
    "how long",
    "What will it cost?",
    "thank you",
    "I want to kill myself",
    "the weather in Spain",
    "I need a human",
)
_MARK = re.compile(r"§(\w+)§")


def marked(dialogue: Dialogue, mark: str) -> Dialogue:
    """The same dialogue, where all that it says shows from which edition it is."""

    def with_mark(text: str) -> str:
        return f"§{mark}§ {text}"

    def each(texts: Mapping[str, str]) -> dict[str, str]:
        return {key: with_mark(text) for key, text in texts.items()}

    def some(texts: Sequence[str]) -> tuple[str, ...]:
        return tuple(map(with_mark, texts))

    knowledge: Knowledge = dialogue.knowledge
    care = knowledge.care
    lists = ("check", "check_body", "despair", "safe", "unsafe", "today")
    said: dict[str, Any] = {key: some(getattr(care, key)) for key in lists}
    return Dialogue(
        replace(
            knowledge,
            version=mark,
            messages=each(knowledge.messages),
            claims={id: replace(one, statement=with_mark(one.statement)) for id, one in knowledge.claims.items()},
            entries={id: replace(one, answer=with_mark(one.answer)) for id, one in knowledge.entries.items()},
            boundaries={id: replace(one, reply=with_mark(one.reply)) for id, one in knowledge.boundaries.items()},
            smalltalk=tuple(replace(one, reply=with_mark(one.reply)) for one in knowledge.smalltalk),
            care=replace(
                care,
                **said,  # lists of texts by key
                alarm={language: each(texts) for language, texts in care.alarm.items()},
                also={language: each(texts) for language, texts in care.also.items()},
                follow={kind: some(texts) for kind, texts in care.follow.items()},
                obstacles=tuple(replace(one, text=with_mark(one.text)) for one in care.obstacles),
                numbers=with_mark(care.numbers),
            ),
            languages=tuple(replace(one, sorry=with_mark(one.sorry)) for one in knowledge.languages),
        ),
        dialogue.matcher,
        dialogue.detector,
    )


def marks(text: str) -> set[str]:
    """The editions that ``text`` is from."""
    return set(_MARK.findall(text))


class _Desk(GenericDesk):
    """Keeps all that it is told, with how a screen shows it."""

    def __init__(self) -> None:
        super().__init__(SCALE, lambda _: None)
        self.bodies: list[str] = []

    async def _receive(self, request: web.Request) -> web.Response:
        self.bodies.append((await request.read()).decode())
        return await super()._receive(request)


@dataclass
class OneClinic:
    """A clinic with a bot of its own at each channel's far end. ``seen``: what its patients and staff saw, by channel."""

    name: str
    api: FakeBotApi
    chatwoot: FakeChatwoot
    desk: _Desk
    url: str = ""
    seen: dict[str, list[str]] = field(default_factory=dict)

    def settings(self, folder: Path) -> config.Settings:
        return config.read_settings(
            {},
            {
                "HOME": str(folder),
                "CLINIC": self.name,
                "CLOCK_SCALE": str(SCALE),
                "TELEGRAM_BOT_TOKEN": TOKEN,
                "TELEGRAM_BASE_URL": self.api.base_url,
                "CHATWOOT_URL": self.chatwoot.base_url,
                "CHATWOOT_TOKEN": self.chatwoot.token,
                "CHATWOOT_SECRET": SECRET,
                **self.desk.settings,
            },
        )

    async def ask_web(self, questions: tuple[str, ...]) -> None:
        seen = self.seen.setdefault("web", [])
        async with aiohttp.ClientSession(f"{self.url}/api/v1/") as http:
            for path in ("topics", "timeline.txt", "entries/infusion-duration", "openapi.json", "../../"):
                async with http.get(path) as answer:
                    if path in {"timeline.txt", "entries/infusion-duration", "../../"}:
                        seen.append(await answer.text())
            async with http.post("conversations", json={}) as answer:
                conversation = (await answer.json())["conversation"]
            for question in questions:
                async with http.post("ask", json={"question": question, "conversation": conversation}) as answer:
                    assert answer.status == 200, await answer.text()
                    seen.append(await answer.text())

    def ask_elsewhere(self, questions: tuple[str, ...]) -> None:
        self.api.inject([updates.text(text) for text in ("/start", "/topics", "/timeline", *questions)])
        self.api.inject(updates.inline("how long does it last"))
        for number, question in enumerate(questions):
            self.chatwoot.writes(self.chatwoot.starts(), question)  # one each, as a person takes what the bot hands over
            self.desk.ask(number % 3, question)

    def gather(self) -> None:
        calls = [call for call in self.api.calls() if call.delivered]
        said = [call for call in calls if call.method in {"sendmessage", "sendphoto", "editmessagetext", "answerinlinequery"}]
        self.seen["telegram"] = [json.dumps(call.params, ensure_ascii=False) for call in said]
        talks = self.chatwoot.conversations.values()
        self.seen["chatwoot"] = [text for talk in talks for text in (*(one.content or "" for one in talk.shown), *talk.notes)]
        self.seen["generic"] = list(self.desk.bodies)


@dataclass
class Process:
    editions: LoadedEditions
    metrics: Metrics
    delivery: Delivery
    storage: Storage
    clinics: dict[str, OneClinic]

    async def idle(self) -> None:
        async with asyncio.timeout(30):
            while self.delivery.busy or (await self.storage.counts()).waiting or not self._quiet:
                await asyncio.sleep(0.01)

    @property
    def _quiet(self) -> bool:
        return all(
            one.chatwoot.webhooks.quiet
            and one.desk.quiet
            and not any(entry.acknowledged is None for entry in one.api.state.injected)
            for one in self.clinics.values()
        )


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def _served(metrics: Metrics, channels: tuple[Channel, ...], delivery: Delivery) -> AsyncIterator[str]:
    routes = [route for one in channels for route in one.routes(delivery)]
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1024)
        server = _Server(uvicorn.Config(app(metrics, dict, routes), log_config=None, access_log=False, lifespan="off"))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


@asynccontextmanager
async def process(dialogue: Dialogue, folder: Path) -> AsyncIterator[Process]:
    """The wiring of a process that serves both clinics: one store, one inbox, and the channels of each."""
    editions = LoadedEditions([Edition(name, marked(dialogue, name), UTC) for name in CLINICS])
    metrics = Metrics([one.name for one in CHANNELS], CLINICS)
    service, storage = Service(metrics), open_storage(f"sqlite:///{folder / 'bot.db'}", owner="one")
    handlers: dict[tuple[str, str], Handler] = {}
    delivery = Delivery(storage, handlers, metrics, Limits(again=1 / SCALE, sweep=0.02))
    clinics, listening = {}, []
    async with contextlib.AsyncExitStack() as stack:
        for name in CLINICS:
            desk = _Desk()
            await desk.open()
            stack.push_async_callback(desk.close)
            api = await stack.enter_async_context(FakeBotApi(time_scale=SCALE))
            one = OneClinic(name, api, await stack.enter_async_context(FakeChatwoot(scale=SCALE)), desk)
            settings = one.settings(folder)
            shared = wiring.shared(settings, storage, metrics, service, editions)
            channels = await stack.enter_async_context(wiring.channels(settings.serving, shared))
            assert [channel.name for channel in channels] == [channel.name for channel in CHANNELS]
            handlers.update({(name, channel.name): channel.handler for channel in channels if channel.handler is not None})
            one.url = await stack.enter_async_context(_served(metrics, channels, delivery))
            one.chatwoot.webhooks.urls = [one.url + CHATWOOT_PATH]
            desk.route([one.url])
            listening += [asyncio.create_task(channel.listen(delivery)) for channel in channels if channel.listen is not None]
            clinics[name] = one
        await storage.start()
        delivery.start()
        try:
            yield Process(editions, metrics, delivery, storage, clinics)
        finally:
            for task in listening:
                task.cancel()
            await asyncio.gather(*listening, return_exceptions=True)
            await delivery.stop(2)
            await storage.close()
            service.close()


async def test_nothing_of_one_clinic_is_seen_at_the_other(dialogue: Dialogue, tmp_path: Path) -> None:
    async with process(dialogue, tmp_path) as here:
        for one in here.clinics.values():
            one.ask_elsewhere(SAID)
        await asyncio.gather(*(one.ask_web(SAID) for one in here.clinics.values()))
        await here.idle()
        for name, one in here.clinics.items():
            one.gather()
            for channel, seen in one.seen.items():
                assert len(seen) >= len(SAID), f"{channel} of {name} answers all"
                assert {name} == set().union(*(marks(text) for text in seen)), f"{channel} of {name}"
        shown = here.metrics.rendered().decode()
    for name in CLINICS:
        for channel in here.clinics[name].seen:
            labels = rf'(?=[^}}]*channel="{channel}")(?=[^}}]*clinic="{name}")[^}}]*'
            assert re.search(rf"replies_total{{{labels}}} [1-9]", shown), f"{channel} of {name} is counted"


async def test_a_swap_amid_a_thousand_turns_mixes_no_two_versions(dialogue: Dialogue, tmp_path: Path) -> None:
    before = {name: marked(dialogue, name) for name in CLINICS}
    after = {name: marked(dialogue, f"{name}_new") for name in CLINICS}
    swapped, answers = 0, list[tuple[str, str]]()

    async def ask(one: OneClinic, http: aiohttp.ClientSession, number: int) -> None:
        async with http.post(f"{one.url}/api/v1/ask", json={"question": SAID[number % len(SAID)]}) as answer:
            answers.append((one.name, await answer.text()))

    async with process(dialogue, tmp_path) as here, aiohttp.ClientSession() as http:

        async def swap() -> None:
            nonlocal swapped
            while True:
                for name in CLINICS:
                    dialogues = after if swapped % 2 == 0 else before
                    here.editions.swap(Edition(name, dialogues[name], UTC))
                swapped += 1
                await asyncio.sleep(0.005)

        swapping = asyncio.create_task(swap())
        for one in here.clinics.values():
            one.ask_elsewhere(SAID * 3)
        await asyncio.gather(*(ask(one, http, number) for number in range(500) for one in here.clinics.values()))
        await here.idle()
        swapping.cancel()
        for one in here.clinics.values():
            one.gather()
            answers += [(one.name, text) for channel in ("telegram", "chatwoot", "generic") for text in one.seen[channel]]
    assert len(answers) > 1100
    assert swapped > 20
    found = {frozenset(marks(text)) for _, text in answers}
    assert all(len(marks(text)) == 1 and text.count(f"§{name}") for name, text in answers if marks(text))
    assert found - {frozenset()} == {frozenset({f"{name}{end}"}) for name in CLINICS for end in ("", "_new")}


@pytest.mark.parametrize(
    ("clinic_zone", "chosen", "warned"),
    [(None, None, True), ("America/Chicago", None, False), (None, "Asia/Tokyo", False)],
    ids=["none", "the-clinics", "chosen"],
)
def test_it_is_said_at_the_start_where_no_zone_is_set(
    dialogue: Dialogue, caplog: pytest.LogCaptureFixture, clinic_zone: str | None, chosen: str | None, warned: bool
) -> None:
    clinic = replace(dialogue.knowledge.clinic, timezone=clinic_zone)
    settings = config.read_settings({"tz": chosen} if chosen else {}, {})
    edition_of(settings, cast("Dialogue", SimpleNamespace(knowledge=replace(dialogue.knowledge, clinic=clinic))))
    assert any("no time zone is set" in record.message for record in caplog.records) is warned


def test_a_model_that_is_named_and_not_there_is_a_mistake_of_the_settings(tmp_path: Path) -> None:
    given = {"knowledge": folders.write(tmp_path / "knowledge"), "model": tmp_path, "cache_dir": tmp_path / "cache"}
    settings = config.read_settings(given, {"HOME": str(tmp_path)})
    with pytest.raises(ConfigError, match=r"MODEL: .* is missing; .*or leave MODEL out to go without"):
        open_dialogue(settings, lambda _: None)
