"""Whatever goes wrong, at the chattiest level: no log has a word of a person, a name, a number or a secret in it."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from tests.fakes import postgres as harness
from tests.fakes.botapi import updates
from tests.scenarios.conftest import Opener
from tests.scenarios.environment import PUBLIC, Environment, until
from tests.scenarios.patients import DANGER

# With what is in the stage's database URL: its password begins with the same word.
TOKEN, SECRET, FORGED = "987654321:canary-token", "canary-secret-of-a-webhook", "canary-forged"
NAME, WORD = "Canaria", "canarybird"
CANARIES = ("canary", "canaria", "987654321", str(4_815_162_342))
PERSON = updates.user(4_815_162_342, NAME, last_name=f"{NAME}son", username=f"{WORD}42")
STRANGER = {"X-Telegram-Bot-Api-Secret-Token": FORGED}


def said(words: str) -> dict[str, object]:
    return updates.text(f"{words} {WORD} +1 555 4815 {NAME}", PERSON)


async def trouble(here: Environment) -> None:
    """Questions, danger, poison, floods, a failing API: one after the other, with the same person in each."""
    api = here.api
    api.inject([said("how long does an infusion take?"), said(DANGER), said("what is the"), said("/start")])
    api.inject([updates.inline(f"how long {WORD}", PERSON), updates.media("photo", PERSON, caption=WORD)])
    poison = updates.malformed_callback(WORD, PERSON)
    api.inject([poison, {"message": {"message_id": WORD, "date": WORD, "text": WORD}}, {"message": WORD}], force=True)
    await until(lambda: len(api.calls("sendMessage")) >= 5, 20)
    for kind, how in (
        ("error", {"status": 502}),
        ("drop", {}),
        ("flood", {"seconds": 1}),
        ("refusal", {"status": 400, "text": f"Bad Request: can't parse entities: {WORD}"}),
        ("refusal", {"status": 400, "text": f"Bad Request: NEW_{WORD}"}),
        ("refusal", {"status": 403, "text": "Forbidden: bot was blocked by the user"}),
    ):
        fault = api.fault(kind, methods="sendMessage", times=1, **how)
        api.inject(said("can I drive home?"))
        await until(partial(getattr, fault, "hits"), 20)


async def knock(here: Environment) -> None:
    """Who does not know the secret, and who sends what is no update."""
    url = f"{here.bots[0].url}/hooks/telegram"
    known = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    async with aiohttp.ClientSession() as http:
        for headers, body in ((STRANGER, WORD), (known, WORD), (known, f'{{"update_id": "{WORD}"}}'), (known, f'["{WORD}"]')):
            async with http.post(url, headers=headers, data=body) as answer:
                assert answer.status in {400, 403}
        async with http.get(f"{here.bots[0].url}/{WORD}?{WORD}") as answer:
            assert answer.status == 404


@pytest.mark.slow
@pytest.mark.parametrize(
    ("database", "webhook"),
    [
        pytest.param("sqlite", True, id="sqlite-webhook"),
        pytest.param("postgres", False, id="postgres-polling"),
        pytest.param("sqlite", False, id="sqlite-polling", marks=pytest.mark.scenario),
        pytest.param("postgres", True, id="postgres-webhook", marks=pytest.mark.scenario),
    ],
    indirect=["database"],
)
async def test_nothing_of_anybody_is_in_the_log(
    stage: Opener, database: str, webhook: bool, request: pytest.FixtureRequest
) -> None:
    settings = {"TELEGRAM_BOT_TOKEN": TOKEN, "LOG_LEVEL": "debug", "KEEP_DEAD_DAYS": "0"}
    if webhook:
        settings["WEBHOOK_SECRET"] = SECRET
    async with stage(database=database, webhook=webhook, settings=settings) as here:
        bot = await here.start()
        await trouble(here)
        if webhook:
            await knock(here)
        if database:
            server: harness.Server = request.getfixturevalue("postgres")
            await asyncio.to_thread(server.stop)
            here.api.inject([said("can I drive home?"), said(DANGER)])
            await until(lambda: here.says(bot, "store", "failing"), 20)
            await asyncio.to_thread(server.start)
        bot.kill()
        await bot.gone()
        await bot.start()
        await until(here.idle, 30)
        _, metrics = await here.get(bot, "/metrics")
        listed = (await here.run("inbox", "list"))[1]
        if here.file is not None:
            await until(lambda: not traces(here.file), 30, lambda: str(traces(here.file)))
        bot.terminate()
        await bot.gone()
    written = bot.log() + bot.output.decode() + metrics + listed
    assert '"event"' in written
    assert "listening" in written
    for canary in CANARIES:
        assert canary not in written.lower(), canary
    assert PUBLIC not in written


def traces(file: Path | None) -> list[str]:
    """The files of the database that hold a word of what was asked."""
    if file is None:
        return []
    return [part.name for part in file.parent.glob(f"{file.name}*") if WORD.encode() in part.read_bytes()]
