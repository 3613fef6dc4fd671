"""What a process is made of: its clinics, apart from each other at one port and in one store."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from bot.app import config
from bot.app.editions import LoadedEditions
from bot.app.serving import serve
from bot.app.serving.clinics import PREFIX, open_clinics, served_together
from bot.app.serving.process import Served, open_process, storage_of
from bot.channels.clinic_page.access.sessions import Sessions
from bot.channels.declaration import ConfigError
from tests import folders

NAMES = ("hill", "lake")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """Two clinics whose texts name them, and a third whose logo is gone."""
    folder = folders.write(tmp_path / "bread")
    clinics = tmp_path / "clinics"
    clinics.mkdir()
    for name in (*NAMES, "gone"):
        own = f"name: Baker at the {name}\ncontact: Write to {name}@{name}.example.\n"
        (clinics / f"{name}.yaml").write_text(folders.CLINIC.replace("default", name) + own)
        (clinics / f"{name}.env").write_text(f"WEB_ORIGINS=https://{name}.example\nAPI_RATE={9 if name == 'hill' else 1000}\n")
    with (clinics / "gone.env").open("a") as file:
        file.write("WEB_LOGO=/nowhere/logo.svg\n")
    places = {"KNOWLEDGE": folder, "CLINICS": clinics, "CACHE_DIR": tmp_path / "cache", "DATA_DIR": tmp_path / "data"}
    return {"HOME": str(tmp_path), "MODEL": "off", "PORT": "0", "TIMEZONE": "UTC"} | {k: str(v) for k, v in places.items()}


@asynccontextmanager
async def running(env: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    found = open_clinics(served_together({}, env), {}, env, lambda _: None)
    clinics = tuple((one.settings, f"{PREFIX}{one.name}") for one in found.live)
    served = Served(clinics, LoadedEditions(one.edition for one in found.live), tuple(found.live), found.failed)
    async with open_process(config.read_settings({}, env), served) as process:
        work = asyncio.create_task(serve._work(process))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(serve._app(process)), base_url="http://bot.test") as client:
            while not process.delivery.started:
                await asyncio.sleep(0.01)
            yield client
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        await process.delivery.stop(1)


def test_a_database_that_is_none_is_named_without_its_password(env: dict[str, str]) -> None:
    given = config.read_settings({}, {**env, "DATABASE_URL": "mysql://me:zanzibar@db/x"})
    with pytest.raises(ConfigError, match="DATABASE_URL: ") as found:
        storage_of(given, "one")
    assert "zanzibar" not in str(found.value)


async def test_clinics_at_one_port_are_apart(env: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    async with running(env) as client:
        tokens, seen = {}, {}
        for name in NAMES:
            root = f"{PREFIX}{name}"
            made = await client.post(f"{root}/api/v1/conversations")
            tokens[name] = made.json()["conversation"]
            asked = {"question": "how much is the flour", "conversation": tokens[name]}
            answers = [
                await client.get(f"{root}/"),
                await client.get(f"{root}/widget.js"),
                await client.post(f"{root}/api/v1/ask", json={"question": "i want to speak to a person"}),
                await client.post(f"{root}/api/v1/ask", json=asked),
            ]
            assert [answer.status_code for answer in answers] == [200] * 4
            seen[name] = "".join(answer.text for answer in answers)
        for name, other in (NAMES, NAMES[::-1]):
            assert f"Baker at the {name}" in seen[name]
            assert other not in seen[name]
            # A conversation of one is none of the other's.
            strange = {"question": "and then?", "conversation": tokens[other]}
            assert (await client.post(f"{PREFIX}{name}/api/v1/ask", json=strange)).status_code == 404
        counted = (await client.get("/metrics")).text
        for name in NAMES:
            assert f'infusion_bot_answer_seconds_count{{channel="web",clinic="{name}"}} 2.0' in counted
        assert 'infusion_bot_clinic_serves{clinic="gone"} 0.0' in counted


async def test_limits_of_one_are_not_those_of_another(env: dict[str, str]) -> None:
    async with running(env) as client:
        asked: dict[str, list[int]] = {name: [] for name in NAMES}
        for _ in range(12):
            for name in NAMES:
                asked[name].append((await client.get(f"{PREFIX}{name}/api/v1/topics")).status_code)
        assert 429 in asked["hill"]
        assert set(asked["lake"]) == {200}


async def test_one_whose_channel_does_not_open_leaves_the_others_and_is_named(env: dict[str, str]) -> None:
    async with running(env) as client:
        ready = await client.get("/readyz")
        assert ready.status_code == 200
        assert ready.json()["clinics"] == {
            "hill": {},
            "lake": {},
            "gone": {"failed": "WEB_LOGO: /nowhere/logo.svg cannot be read (No such file or directory)"},
        }
        assert (await client.get(f"{PREFIX}gone/")).status_code == 404


async def test_what_is_outside_of_every_clinic_tells_of_none(env: dict[str, str]) -> None:
    async with running(env) as client:
        for path in ("/", "/clinics", "/clinics/", "/api/v1/topics", "/widget.js", f"{PREFIX}nobody/"):
            answer = await client.get(path)
            assert answer.status_code == 404
            assert not any(name in answer.text for name in NAMES)
        entered = await client.get(f"{PREFIX}lake?theme=dark")
        assert (entered.status_code, entered.headers["location"]) == (308, "lake/?theme=dark")
        document = json.loads((await client.get(f"{PREFIX}lake/api/v1/openapi.json")).text)
        assert "hill" not in json.dumps(document)


async def test_the_clinics_page_shows_its_own_health_and_what_it_could_not_answer(env: dict[str, str]) -> None:
    with (Path(env["CLINICS"]) / "hill.env").open("a") as file:
        file.write("GAPS=on\n")
    given = {**env, "CLOCK_SCALE": "50"}
    async with running(given) as client:
        for _ in range(3):
            asked = {"question": "do you sell blue bicycles", "conversation": await _conversation(client, "hill")}
            assert (await client.post("/clinics/hill/api/v1/ask", json=asked)).status_code == 200
        eva = {name: await _signed_in(client, given, name) for name in NAMES}
        async with asyncio.timeout(20):
            while "blue bicycles" not in (shown := (await client.get("/clinics/hill/clinic/gaps", headers=eva["hill"])).text):
                await asyncio.sleep(0.05)
        assert "3 times, 3 people or more" in shown
        other = (await client.get("/clinics/lake/clinic/gaps", headers=eva["lake"])).text
        assert "blue bicycles" not in other
        assert "Switched off" in other
        health = (await client.get("/clinics/hill/clinic/health", headers=eva["hill"])).text
        assert "All of it works." in health
        assert "Web chat" in health
        assert (await client.get("/clinics/lake/clinic/health", headers=eva["hill"])).status_code == 401


async def _conversation(client: httpx.AsyncClient, clinic: str) -> str:
    return str((await client.post(f"/clinics/{clinic}/api/v1/conversations")).json()["conversation"])


async def _signed_in(client: httpx.AsyncClient, env: dict[str, str], clinic: str) -> dict[str, str]:
    """The header of somebody's browser, who opened a link that a command made beside."""
    store = storage_of(config.read_settings({}, env), "two")
    await store.start()
    secret = await Sessions(store, clinic).link("staff", "Eva")
    await store.close()
    entered = await client.post(f"/clinics/{clinic}/clinic/enter", data={"link": secret}, headers={"Origin": "http://bot.test"})
    return {"Cookie": entered.headers["set-cookie"].partition(";")[0]}
