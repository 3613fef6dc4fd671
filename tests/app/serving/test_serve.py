"""One process that serves: what it refuses, its start and its end."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import re
import signal
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from bot.app import config
from bot.app.config import Settings
from bot.app.live import first
from bot.app.live.clinic import LiveClinic, open_clinic
from bot.app.live.learner import learn
from bot.app.serving import serve, wiring
from bot.app.serving.process import Served
from bot.channels.declaration import ConfigError
from bot.delivery import logs
from bot.delivery.counting.reading import Counted
from bot.delivery.gaps.records import listed
from bot.delivery.storage.open import open_storage
from bot.dialogue.reviews import reviewables
from bot.version import __version__
from tests import folders
from tests.delivery.test_inbox import until
from tests.delivery.test_logs import kept_logging
from tests.fakes.botapi import TOKEN, FakeBotApi, updates
from tests.fakes.editions import editions_of

if TYPE_CHECKING:
    from bot.dialogue.policy import Dialogue

SECRET = "a-secret-for-tests"  # noqa: S105  # opens nothing
# The poller's module says so itself when it is imported; here each test has filters of its own.
pytestmark = pytest.mark.filterwarnings("ignore:Please use 'Bot.getUpdates'")


def settings(folder: Path, **given: str) -> Settings:
    """``given`` by the names of variables, in lower case."""
    variables = {
        "telegram_bot_token": TOKEN,
        "data_dir": str(folder),
        "port": "0",
        "timezone": "UTC",
        "log_level": "error",
        **given,
    }
    return config.read_settings({}, {"HOME": str(folder), **{name.upper(): text for name, text in variables.items() if text}})


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a process does to itself is not done to this one: its logs, its collector, its warming up for seconds."""
    monkeypatch.setattr(serve, "_warm", lambda _: None)
    with kept_logging():
        yield


# -- what is refused ----------------------------------------------------------------------------------------------


def served(given: Settings, dialogue: Dialogue, live: Sequence[LiveClinic] = ()) -> Served:
    return Served(((given, ""),), editions_of(dialogue), tuple(live))


def run(given: Settings, dialogue: Dialogue) -> int:
    return serve.run(given, served(given, dialogue))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"webhook_url": "https://bot.test"}, "WEBHOOK_SECRET is not set"),
    ],
    ids=["a webhook without a secret"],
)
def test_what_cannot_be_served_is_refused(tmp_path: Path, dialogue: Dialogue, given: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        wiring.check(settings(tmp_path, **given).serving)
    with pytest.raises(ConfigError, match=says):
        run(settings(tmp_path, **given), dialogue)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"telegram_bot_token": ""},
        {"webhook_secret": SECRET},
        {"webhook_url": "https://bot.test", "webhook_secret": SECRET},
        {"telegram_bot_token": "", "webhook_url": "https://bot.test"},
    ],
)
def test_what_can_be_served_is_not(tmp_path: Path, given: dict[str, str]) -> None:
    wiring.check(settings(tmp_path, **given).serving)


def test_a_port_that_is_taken_is_named(tmp_path: Path, dialogue: Dialogue) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"HOST, PORT: cannot listen on 127\.0\.0\.1:{port} \(.*in use.*\)"):
            run(settings(tmp_path, port=str(port)), dialogue)


def test_an_address_that_is_not_ours_is_named(tmp_path: Path, dialogue: Dialogue) -> None:
    with pytest.raises(ConfigError, match=r"HOST, PORT: cannot listen on nowhere\.invalid:0"):
        run(settings(tmp_path, host="nowhere.invalid"), dialogue)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_it_listens_where_it_should(tmp_path: Path, host: str) -> None:
    if host == "::1" and not Path("/proc/net/if_inet6").exists():
        pytest.skip("no IPv6 here")
    listener = serve._listener(settings(tmp_path, host=host).serving)
    assert listener.getsockname()[0] == host
    listener.close()


# -- running ------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def running(
    given: Settings, dialogue: Dialogue, live: Sequence[LiveClinic] = ()
) -> AsyncIterator[tuple[str, asyncio.Task[int]]]:
    """The whole, in this process: its address and its task. It ends by SIGTERM."""
    listener = serve._listener(given.serving)
    task = asyncio.create_task(serve._serve(given, served(given, dialogue, live), listener))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        await until(lambda: task.done() or _signals())
        yield url, task
        if not task.done():
            os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(10):
            assert await task == 0
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _signals() -> bool:
    """Whether SIGTERM is taken care of; else it would end the tests."""
    return signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL


async def _get(url: str, path: str) -> tuple[int, Any]:
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        for _ in range(400):
            try:
                answer = await client.get(f"{url}{path}")
            except httpx.TransportError:
                await asyncio.sleep(0.01)  # it does not listen yet
                continue
            return answer.status_code, answer.json() if "json" in answer.headers["content-type"] else answer.text
    raise AssertionError("nobody listens")


async def _ready(url: str, status: int, **parts: str) -> Any:
    """What is told of the parts, once it is told with ``status`` and of ``parts`` as they are given."""
    async with asyncio.timeout(8):
        while True:
            found = await _get(url, "/readyz")
            if found[0] == status and parts.items() <= found[1].items():
                return found[1]
            await asyncio.sleep(0.01)


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    async with FakeBotApi() as fake:
        yield fake


async def test_it_polls_answers_and_ends_with_all_done(
    tmp_path: Path, dialogue: Dialogue, api: FakeBotApi, capsys: pytest.CaptureFixture[str]
) -> None:
    api.inject(updates.text("how long does an infusion take?"))  # it waited before the bot was there
    async with running(settings(tmp_path, telegram_base_url=api.base_url), dialogue) as (url, _):
        await until(lambda: api.calls("sendMessage"))
        assert "40 minutes to an hour" in api.calls("sendMessage")[0].text
        await _ready(url, 200, store="fine", telegram="polling")
        assert await _get(url, "/livez") == (200, {"status": "alive"})
        assert 'infusion_bot_events_total{clinic="default",event="answered"} 1.0' in (await _get(url, "/metrics"))[1]
        assert (await _get(url, "/hooks/telegram"))[0] == 404
    assert capsys.readouterr().out.startswith("listening on http://127.0.0.1:")
    assert (tmp_path / "infusion-bot.db").exists()


@pytest.mark.parametrize(("days", "counted"), [("400", {"infusion_length": 1}), ("0", {})])
async def test_what_was_counted_is_written_at_its_end(
    tmp_path: Path, dialogue: Dialogue, api: FakeBotApi, days: str, counted: dict[str, int]
) -> None:
    given = settings(tmp_path, telegram_base_url=api.base_url, counts_days=days)
    async with running(given, dialogue) as (url, _):
        api.inject(updates.text("how long does an infusion take?"))
        await until(lambda: api.calls("sendMessage"))
        await _ready(url, 200, store="fine")
    storage = open_storage(given.serving.database_url, owner="after")
    await storage.start()
    today = datetime.now(UTC).date()
    found = await Counted(storage, lambda _: UTC).between("default", today - timedelta(days=1), today)
    await storage.close()
    assert {one.topic: one.count for one in found.topics} == counted


@pytest.mark.parametrize(("gaps", "kept"), [("on", ["which socks suit the drip, [name] asks"]), ("off", [])])
async def test_what_was_not_answered_is_kept_where_that_is_wanted(
    tmp_path: Path, dialogue: Dialogue, api: FakeBotApi, caplog: pytest.LogCaptureFixture, gaps: str, kept: list[str]
) -> None:
    given = settings(tmp_path, telegram_base_url=api.base_url, gaps=gaps)
    with caplog.at_level(logging.DEBUG):
        async with running(given, dialogue) as (url, _):
            api.inject(updates.text("which socks suit the drip, Philomena Canary asks"))
            await until(lambda: api.calls("sendMessage"))
            metrics = (await _get(url, "/metrics"))[1]
            await _ready(url, 200, store="fine")
    storage = open_storage(given.serving.database_url, owner="after")
    await storage.start()
    found = await storage.run(lambda: listed("default", 0))
    await storage.close()
    assert [one.text for one in found] == kept
    assert b"Canary" not in given.serving.data_dir.joinpath("infusion-bot.db").read_bytes()
    logged = [str(record.__dict__) for record in caplog.records if record.name.startswith("bot")]
    assert [line for line in (metrics, *logged) if "Canary" in line] == []


async def test_a_supervisor_is_told_when_it_listens_that_it_lives_and_that_it_stops(
    tmp_path: Path, dialogue: Dialogue, api: FakeBotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(str(tmp_path / "notify"))
        supervisor.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "100000")
        loop = asyncio.get_running_loop()
        async with running(settings(tmp_path, telegram_base_url=api.base_url), dialogue) as (url, _):
            told = [await asyncio.wait_for(loop.sock_recv(supervisor, 99), 8) for _ in range(3)]
            assert (await _get(url, "/livez"))[0] == 200
        while told[-1] != b"STOPPING=1":
            told.append(await asyncio.wait_for(loop.sock_recv(supervisor, 99), 8))
    assert told[0] == b"READY=1"
    assert set(told[1:-1]) == {b"WATCHDOG=1"}


async def test_it_takes_updates_at_its_webhook(tmp_path: Path, dialogue: Dialogue, api: FakeBotApi) -> None:
    hooked = settings(tmp_path, telegram_base_url=api.base_url, webhook_url="https://bot.test", webhook_secret=SECRET)
    async with running(hooked, dialogue) as (url, _):
        api.route("https://bot.test", [url])
        await until(lambda: api.info()["webhook"]["url"])
        api.inject([updates.text("can I drive home?"), updates.text("how long does an infusion take?", updates.user(1002))])
        await until(lambda: len(api.calls("sendMessage")) == 2)
        told = {"ready": True, "store": "fine", "telegram": "set"}
        assert await _ready(url, 200, telegram="set") == told
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.post(f"{url}/hooks/telegram", json={"update_id": 1})).status_code == 403
    assert api.calls("getUpdates") == []
    assert api.info()["webhook"]["url"]  # it stays: what comes while the bot is away waits at Telegram


async def test_a_request_has_one_id_from_the_hook_to_the_reply(tmp_path: Path, dialogue: Dialogue, api: FakeBotApi) -> None:
    given, out = "4bf92f3577b34da6a3ce929d0e0e4736", io.StringIO()
    hooked = {"telegram_base_url": api.base_url, "webhook_url": "https://bot.test", "webhook_secret": SECRET}
    async with running(settings(tmp_path, **hooked), dialogue) as (url, _):
        logs.start("debug", out)
        await _ready(url, 200, store="fine")
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "X-Request-ID": given}
        async with httpx.AsyncClient(trust_env=False) as client:
            update = {"update_id": 1, **updates.text("how long does an infusion take?")}
            answer = await client.post(f"{url}/hooks/telegram", headers=headers, json=update)
        assert answer.headers["x-request-id"] == given
        await until(lambda: api.calls("sendMessage"))
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(one["kind"], one["request"]) for one in lines if one["event"] == "turn"] == [("answer", given)]


async def test_a_webhook_that_somebody_deletes_is_set_again(tmp_path: Path, dialogue: Dialogue, api: FakeBotApi) -> None:
    api.settings(time_scale=100)
    hooked = settings(
        tmp_path, telegram_base_url=api.base_url, webhook_url="https://bot.test", webhook_secret=SECRET, clock_scale="100"
    )
    async with running(hooked, dialogue) as (url, _):
        api.route("https://bot.test", [url])
        await until(lambda: api.info()["webhook"]["url"])
        async with httpx.AsyncClient(trust_env=False) as client:
            await client.post(f"{api.base_url}{TOKEN}/deleteWebhook")
        api.inject(updates.text("can I drive home?"))
        await until(lambda: len(api.calls("sendMessage")) == 1)
        assert 'infusion_bot_events_total{clinic="default",event="webhook_changed"} 1.0' in (await _get(url, "/metrics"))[1]


async def test_a_webhook_that_is_refused_is_seen_in_readiness(tmp_path: Path, dialogue: Dialogue, api: FakeBotApi) -> None:
    api.fault("refusal", methods="setWebhook", status=400, text="Bad Request: bad webhook: failed to resolve host")
    hooked = settings(tmp_path, telegram_base_url=api.base_url, webhook_url="https://bot.test", webhook_secret=SECRET)
    async with running(hooked, dialogue) as (url, _):
        await _ready(url, 503, telegram="refused: Bad webhook: failed to resolve host")
        api.clear_faults()
        await _ready(url, 200, telegram="set")


async def test_a_store_that_is_away_at_the_start_is_waited_for(tmp_path: Path, dialogue: Dialogue, api: FakeBotApi) -> None:
    (tmp_path / "store").write_text("no folder yet")
    away = settings(tmp_path, telegram_base_url=api.base_url, database_url=f"sqlite:///{tmp_path / 'store' / 'bot.db'}")
    api.inject(updates.text("how long does an infusion take?"))
    async with running(away, dialogue) as (url, _):
        await _ready(url, 503, store="failing")
        assert (await _get(url, "/livez"))[0] == 200
        assert api.calls("sendMessage") == []
        (tmp_path / "store").unlink()
        (tmp_path / "store").mkdir()
        await _ready(url, 200)
        await until(lambda: api.calls("sendMessage"))


async def test_an_api_that_is_away_at_the_start_is_waited_for(tmp_path: Path, dialogue: Dialogue, api: FakeBotApi) -> None:
    await api.down()
    quick = settings(tmp_path, telegram_base_url=api.base_url, clock_scale="20")
    async with running(quick, dialogue) as (url, _):
        await _ready(url, 200, telegram="unreachable")
        await api.up()
        api.inject(updates.text("how long does an infusion take?"))
        await until(lambda: api.calls("sendMessage"))


async def test_a_second_poller_is_seen_in_readiness(tmp_path: Path, dialogue: Dialogue, api: FakeBotApi) -> None:
    text = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    api.fault("refusal", methods="getUpdates", status=409, text=text)
    async with running(settings(tmp_path, telegram_base_url=api.base_url), dialogue) as (url, _):
        assert (await _ready(url, 503, telegram="conflict", store="fine"))["ready"] is False


async def test_a_stop_gives_back_what_is_stuck_within_its_time(tmp_path: Path, dialogue: Dialogue, api: FakeBotApi) -> None:
    api.fault("hang", methods="sendMessage", seconds=60)
    stuck = settings(tmp_path, telegram_base_url=api.base_url, drain_seconds="0.1")
    async with running(stuck, dialogue):
        api.inject(updates.text("how long does an infusion take?"))
        await until(lambda: api.calls("sendMessage"))
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 5


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", r"http://127\.0\.0\.1:\d+"), ("::1", r"http://\[::1\]:\d+")])
def test_the_address_is_shown_as_a_browser_takes_it(tmp_path: Path, host: str, shown: str) -> None:
    if host == "::1" and not Path("/proc/net/if_inet6").exists():
        pytest.skip("no IPv6 here")
    with serve._listener(settings(tmp_path, host=host).serving) as listener:
        assert re.fullmatch(shown, serve._url(listener))


async def test_the_first_line_and_the_metrics_say_what_answers(
    tmp_path: Path, dialogue: Dialogue, api: FakeBotApi, caplog: pytest.LogCaptureFixture
) -> None:
    polling = settings(tmp_path, telegram_base_url=api.base_url)
    with caplog.at_level(logging.INFO, "bot"):
        async with running(polling, dialogue) as (url, _):
            await _ready(url, 200)
            page = (await _get(url, "/metrics"))[1]
    first = caplog.records[0]
    knowledge = dialogue.knowledge.version
    told = [getattr(first, name) for name in ("version", "clinic", "knowledge", "channel")]
    assert (first.message, told) == ("serving", [__version__, "default", knowledge, "telegram web clinic_page"])
    assert f'infusion_bot_info{{clinic="default",knowledge="{knowledge}",version="{__version__}"}} 1.0' in page
    unsigned = len(reviewables(dialogue.knowledge))
    (warned,) = [one for one in caplog.records if "without a signature" in one.message]
    assert (warned.levelname, warned.clinic, warned.count) == ("WARNING", "default", unsigned)  # type: ignore[attr-defined]
    assert f'infusion_bot_unsigned_texts{{clinic="default",state="unsigned"}} {unsigned}.0' in page
    assert 'infusion_bot_unsigned_texts{clinic="default",state="overdue"} 0.0' in page
    assert "infusion_bot_store_failing 0.0" in page
    assert re.search(r"^infusion_bot_connections [1-9]", page, re.MULTILINE)
    assert re.search(r"^infusion_bot_requests 1\.0", page, re.MULTILINE)


async def test_danger_is_answered_while_the_first_learning_runs_and_questions_when_it_is_done(
    tmp_path: Path, api: FakeBotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, may_learn = folders.write(tmp_path / "bread"), asyncio.Event()

    async def learn_when_told(*given: Any) -> None:
        await may_learn.wait()
        await learn(*given)

    monkeypatch.setattr(first, "learn", learn_when_told)
    given = settings(
        tmp_path,
        telegram_base_url=api.base_url,
        knowledge=str(folder),
        cache_dir=str(tmp_path / "cache"),
        clock_scale="20",
        model="off",
    )
    clinic = open_clinic(given, lambda _: None, learns=False)
    api.inject(updates.text("how often should I feed my starter?", updates.user(1)))
    api.inject(updates.text("the kitchen is on fire", updates.user(2)))
    async with running(given, clinic.edition.dialogue, [clinic]) as (url, _):
        await until(lambda: api.calls("sendMessage"))
        assert [call.chat for call in api.calls("sendMessage")] == [2]
        told = (await _ready(url, 503, store="fine", telegram="polling"))["knowledge"]["default"]
        assert told["learning"] == "first"
        assert (await _get(url, "/livez"))[0] == 200
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            refused = await client.post("/api/v1/ask", json={"question": "how often should I feed my starter?"})
            assert (refused.status_code, refused.json()["type"]) == (503, "/problems/learning")
            assert int(refused.headers["retry-after"])
            alarm = await client.post("/api/v1/ask", json={"question": "the kitchen is on fire"})
            assert (alarm.status_code, alarm.json()["kind"]) == (200, "urgent")
            assert (await client.get("/api/v1/health")).status_code == 503
            assert (await client.get("/")).status_code == 200
        may_learn.set()
        await until(lambda: len(api.calls("sendMessage")) > 1, 20)
        assert [call.chat for call in api.calls("sendMessage")] == [2, 1]
        assert "learning" not in (await _ready(url, 200, store="fine"))["knowledge"]["default"]


async def test_sighup_ends_nothing_and_takes_what_was_edited(
    tmp_path: Path, api: FakeBotApi, caplog: pytest.LogCaptureFixture
) -> None:
    folder = folders.write(tmp_path / "bread")
    given = settings(
        tmp_path,
        telegram_base_url=api.base_url,
        knowledge=str(folder),
        cache_dir=str(tmp_path / "cache"),
        reload="off",
        model="off",
    )
    clinic = open_clinic(given, lambda _: None)
    before = clinic.version
    with caplog.at_level(logging.INFO, "bot"):
        async with running(given, clinic.edition.dialogue, [clinic]) as (url, task):
            await _ready(url, 200)
            (folder / "topics" / "oven.yaml").write_text(folders.OVEN.replace("phrases: [", "phrases: [crackle of the crust, "))
            os.kill(os.getpid(), signal.SIGHUP)
            await until(lambda: clinic.version != before, 10)
            told = (await _ready(url, 200))["knowledge"]["default"]
            assert told["version"] == clinic.version
            assert "refused" not in told
            (folder / "topics" / "oven.yaml").write_text("- id: [")
            os.kill(os.getpid(), signal.SIGHUP)
            await until(lambda: clinic.refused, 10)
            told = (await _ready(url, 200))["knowledge"]["default"]  # ready: the last good one serves
            assert told["refused"]["mistake"].startswith("topics/oven.yaml:1: the [ is not closed")
            assert not task.done()
