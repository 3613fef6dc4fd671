"""The clinic's page of a small clinic, as its people's browsers reach it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from bot.app.http.health import below
from bot.channels.channel import Shared
from bot.channels.clinic_page.access import Role
from bot.channels.clinic_page.access.sessions import Sessions
from bot.channels.clinic_page.open import open_channel
from bot.channels.clinic_page.settings import ClinicPageSettings
from bot.delivery.service import Service
from bot.delivery.storage import Storage
from bot.delivery.storage.open import open_storage
from bot.dialogue.policy import Dialogue
from tests.fakes.editions import editions_of, metrics_of

ORIGIN = "https://clinic.test"


class _Inbox:
    works = True

    async def take(self, updates: object) -> int:
        raise NotImplementedError


@dataclass
class Page:
    """A clinic's page below ``root``; each browser has cookies of its own."""

    app: Any
    sessions: Sessions
    root: str = "/clinic"
    origin: str = ORIGIN
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def browser(self, role: Role | None = None, name: str = "Eva") -> httpx.AsyncClient:
        """One that is signed in, for a ``role``."""
        transport = httpx.ASGITransport(self.app)
        client = await self.stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url=self.origin))
        client.headers["Origin"] = self.origin
        if role is not None:
            entered = await self.enter(client, await self.sessions.link(role, name))
            assert entered.status_code == 303, entered.text
        return client

    async def enter(self, client: httpx.AsyncClient, secret: str, **more: Any) -> httpx.Response:
        return await client.post(f"{self.root}/enter", data={"link": secret}, **more)


def csrf_of(answer: httpx.Response) -> str:
    (found,) = set(re.findall(r'name="csrf" value="([0-9a-f]+)"', answer.text))
    return str(found)


@pytest.fixture
async def store() -> AsyncIterator[Storage]:
    made = open_storage("memory:", owner="one")
    await made.start()
    yield made
    await made.close()


@pytest.fixture
def shared(sourdough: Dialogue, store: Storage) -> Shared:
    metrics = metrics_of()
    return Shared("default", 60, 30.0, 1.0, store, metrics.of("default"), Service(metrics), editions_of(sourdough))


@asynccontextmanager
async def page_of(shared: Shared, settings: ClinicPageSettings | None = None, **more: Any) -> AsyncIterator[Page]:
    async with open_channel(shared, settings or ClinicPageSettings(on=True)) as channel, AsyncExitStack() as stack:
        own: list[BaseRoute] = [*channel.routes(_Inbox())]
        app = Starlette(routes=below(shared.prefix, own) if shared.prefix else own)
        yield Page(app, Sessions(shared.storage, shared.clinic), f"{shared.prefix}/clinic", stack=stack, **more)


@pytest.fixture
async def page(shared: Shared) -> AsyncIterator[Page]:
    async with page_of(shared) as made:
        yield made


def of_clinic(shared: Shared, clinic: str, dialogue: Dialogue) -> Shared:
    """The same store behind another clinic, which is served together with others."""
    metrics = metrics_of(clinic)
    editions = editions_of(dialogue, clinic)
    return replace(shared, clinic=clinic, metrics=metrics.of(clinic), editions=editions, prefix=f"/clinics/{clinic}")
