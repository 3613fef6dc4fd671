"""A clinic's first day: the bot as a process of its own, a Chatwoot beside it, and the examples of the documentation."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys

import aiohttp
import pytest

from tests.places import ROOT
from tests.scenarios.conftest import Opener
from tests.scenarios.desks import WHSEC, ChatwootDesk
from tests.scenarios.environment import Environment, until
from tests.scenarios.patients import DANGER

LONG = "how long does an infusion take?"
PATH_SECRET = "a-secret-in-a-path-of-40-characters-_-_-_"  # noqa: S105  # opens nothing
EXAMPLES = dict(
    re.findall(r"```(?:sh|python)\n# example: (\w+)\n(.*?)```", (ROOT / "docs/helpdesk.md").read_text("utf-8"), re.DOTALL)
)
RUN = {"curl": ["sh", "-eu", "-c"], "Python": [sys.executable, "-c"]}


def chatwoot(stage: Environment) -> ChatwootDesk:
    assert isinstance(stage.desk, ChatwootDesk)
    return stage.desk


@pytest.mark.slow
async def test_pending_open_resolved_and_back(stage: Opener) -> None:
    async with stage(desk_kind="chatwoot") as here:
        bot = await here.start()
        desk = chatwoot(here).fake
        talk = desk.starts()

        async def said(words: str, more: int) -> str:
            before = len(talk.shown)
            desk.writes(talk, words)
            await until(here.idle, 10)
            assert len(talk.shown) == before + more
            return talk.shown[-1].content or ""

        assert "minutes" in await said(LONG, 1)
        bot.kill()
        await bot.gone()
        await bot.start()
        await said("I want to talk to a person", 1)
        assert (talk.status, len(talk.notes)) == ("open", 1)
        assert "How long" in talk.notes[0]  # it knew, although it had died meanwhile
        desk.agent(talk, "This is the nurse. What can I do?")
        await said("can I drive home?", 0)
        assert here.talk.help in await said(DANGER, 1)
        assert talk.priority == "urgent"
        desk.sets(talk, "resolved")
        await said("can I drive home?", 1)
        assert talk.status == "pending"
        counted = {event: await here.counted(event) for event in ("handed_over", "stayed_silent", "refused_signature", "dead")}
    assert counted == {"handed_over": 1, "stayed_silent": 1, "refused_signature": 0, "dead": 0}
    for word in ("Pat", "Canary", "example.org", "5550001111", "drive home"):
        assert word not in bot.log()


@pytest.mark.slow
async def test_an_old_chatwoot_comes_in_by_its_path_alone(stage: Opener) -> None:
    async with stage(desk_kind="chatwoot", settings={"CHATWOOT_PATH_SECRET": PATH_SECRET}) as here:
        bot = await here.start()
        desk = chatwoot(here).fake
        desk.webhooks.secret = None
        plain = desk.starts()
        desk.writes(plain, LONG)
        await until(here.idle, 10)
        assert plain.shown == []
        assert plain.status == "open"  # Chatwoot gave it to a person
        desk.webhooks.urls = [f"{bot.url}/hooks/chatwoot/{PATH_SECRET}"]
        talk = desk.starts()
        desk.writes(talk, LONG)
        await until(here.idle, 10)
        assert len(talk.shown) == 1
        assert PATH_SECRET not in bot.log()


@pytest.mark.slow
async def test_readiness_says_what_chatwoot_refuses(stage: Opener) -> None:
    async with stage(desk_kind="chatwoot") as here:
        bot = await here.start()
        desk = chatwoot(here).fake
        await until(lambda: here.says(bot, "chatwoot", "fine"), 10)
        token, desk.token = desk.token, "another"
        await until(lambda: here.says(bot, "chatwoot", "refused: 401 Invalid Access Token"), 20)
        await until(lambda: here.says(bot, "ready", False), 10)
        desk.token = token
        await until(lambda: here.says(bot, "ready", True), 20)
        secret, desk.webhooks.secret = desk.webhooks.secret, "another-secret"
        for _ in range(3):
            desk.writes(desk.starts(), LONG)
        await until(lambda: here.says(bot, "chatwoot", "its webhooks are refused: another secret, or a wrong clock"), 10)
        desk.webhooks.secret = secret
        desk.writes(desk.starts(), LONG)
        await until(lambda: here.says(bot, "chatwoot", "fine"), 10)
    assert '"reason": "Invalid Access Token"' in bot.log()
    assert token not in bot.log()


@pytest.mark.slow
async def test_what_is_not_set_does_not_exist(stage: Opener) -> None:
    async with stage() as here:
        bot = await here.start()
        async with aiohttp.ClientSession() as http:
            for path in ("/hooks/chatwoot", f"/hooks/chatwoot/{PATH_SECRET}", "/hooks/generic"):
                async with http.post(f"{bot.url}{path}", data=b"{}") as answer:
                    assert answer.status in {404, 405}


@pytest.mark.slow
@pytest.mark.parametrize("name", RUN)
async def test_the_examples_of_the_documentation_work(stage: Opener, name: str) -> None:
    async with stage(settings={"GENERIC_SECRET": WHSEC}) as here:
        bot = await here.start()
        process = await asyncio.create_subprocess_exec(
            *RUN[name],
            EXAMPLES[name],
            env={"PATH": os.environ["PATH"], "BOT": bot.url, "GENERIC_SECRET": WHSEC},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(30):
            output, errors = await process.communicate()
    assert (process.returncode, errors.decode()) == (0, "")
    text = json.loads(output)["reply"]["text"] if name == "curl" else output.decode()
    assert here.talk.marks[0] in text
