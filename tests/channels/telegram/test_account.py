"""The bot's account: what is shown, what is changed, and how it is doing; over a socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from telegram import BotCommandScopeAllGroupChats, BotCommandScopeAllPrivateChats

from bot.channels.telegram import account
from bot.channels.telegram.updates.intake import UPDATES
from tests.channels.telegram.conftest import open_bot, until
from tests.fakes.botapi import FakeBotApi, updates

if TYPE_CHECKING:
    from telegram import Bot

    from bot.knowledge.model import Knowledge

PARTS = ("commands in private chats", "commands in groups", "description", "short description")
WHAT = (*PARTS, *(f"{part} (es)" for part in PARTS))


@pytest.fixture
async def bot(api: FakeBotApi) -> AsyncIterator[Bot]:
    async with open_bot(api) as client:
        yield client


def _changing(api: FakeBotApi) -> list[str]:
    return [call.method for call in api.calls() if call.method.startswith("set")]


async def test_a_dry_run_changes_nothing(bot: Bot, api: FakeBotApi, knowledge: Knowledge) -> None:
    told: list[str] = []
    assert await account.set_up(bot, knowledge, False, told.append) == 0
    assert _changing(api) == []
    assert all(f"  {what}: would be set" in told for what in WHAT)
    assert any("--apply" in line for line in told)
    assert any("BotFather" in line for line in told)


async def test_apply_changes_and_a_second_time_there_is_nothing_to_change(
    bot: Bot, api: FakeBotApi, knowledge: Knowledge
) -> None:
    first: list[str] = []
    assert await account.set_up(bot, knowledge, True, first.append) == 0
    assert all(f"  {what}: set" in first for what in WHAT)
    assert {"setmycommands", "setmydescription", "setmyshortdescription"} <= set(_changing(api))
    again: list[str] = []
    number = len(_changing(api))
    assert await account.set_up(bot, knowledge, True, again.append) == 0
    assert len(_changing(api)) == number
    assert all(f"  {what}: as it should be" in again for what in (*WHAT, "menu"))


async def test_private_chats_and_groups_have_their_own_commands(bot: Bot, api: FakeBotApi, knowledge: Knowledge) -> None:
    await account.set_up(bot, knowledge, True, lambda _: None)
    private = [one.command for one in await bot.get_my_commands(scope=BotCommandScopeAllPrivateChats())]
    groups = [one.command for one in await bot.get_my_commands(scope=BotCommandScopeAllGroupChats())]
    assert private == [name for name, _ in account.commands(knowledge) if name != "ask"]
    assert sorted(groups) == ["ask", "help"]


async def test_who_reads_spanish_has_a_menu_in_spanish(bot: Bot, api: FakeBotApi, knowledge: Knowledge) -> None:
    await account.set_up(bot, knowledge, True, lambda _: None)
    for scope in (BotCommandScopeAllPrivateChats(), BotCommandScopeAllGroupChats()):
        plain = await bot.get_my_commands(scope)
        spanish = await bot.get_my_commands(scope, "es")
        assert [one.command for one in spanish] == [one.command for one in plain]
        assert not {one.description for one in spanish} & {one.description for one in plain}
    assert "emergencia (911)" in (await bot.get_my_description("es")).description
    assert "en inglés" in (await bot.get_my_short_description("es")).short_description
    assert (await bot.get_my_description("fr")).description == (await bot.get_my_description()).description


async def test_texts_are_as_long_as_telegram_takes(bot: Bot, api: FakeBotApi, knowledge: Knowledge) -> None:
    long = replace(knowledge, messages=dict.fromkeys(knowledge.messages, "long " * 200))
    assert await account.set_up(bot, long, True, lambda _: None) == 0
    assert len((await bot.get_my_description()).description) <= 512
    assert len((await bot.get_my_short_description()).short_description) <= 120


async def test_a_clinic_with_a_name_is_told_of_it(bot: Bot, knowledge: Knowledge) -> None:
    told: list[str] = []
    named = replace(knowledge, clinic=replace(knowledge.clinic, name="Lakeside"))
    await account.set_up(bot, named, False, told.append)
    assert any("Lakeside" in line for line in told)


async def test_a_failing_api_is_told(bot: Bot, api: FakeBotApi, knowledge: Knowledge) -> None:
    api.fault("refusal", methods="setMyCommands", status=400, text="Bad Request: BOT_COMMAND_INVALID")
    told: list[str] = []
    assert await account.set_up(bot, knowledge, True, told.append) == 1
    assert "BOT_COMMAND_INVALID" in told[-1].upper().replace(" ", "_")


async def test_the_status_of_a_bot_that_polls(bot: Bot, api: FakeBotApi) -> None:
    api.inject([updates.text("a"), updates.text("b")])
    told: list[str] = []
    assert await account.status(bot, told.append) == 0
    assert told == [
        f"@{updates.USERNAME} ({updates.BOT['id']}); inline mode on",
        "privacy in groups on",
        "no webhook: updates are polled",
        "updates that wait: 2",
        "no error in delivery",
    ]


async def test_the_status_of_a_webhook_that_fails(bot: Bot, api: FakeBotApi) -> None:
    api.route("https://bot.test", ["http://127.0.0.1:1"])
    await bot.set_webhook("https://bot.test/hooks/telegram", secret_token="abc")  # noqa: S106  # opens nothing
    api.inject(updates.text("a"))
    told: list[str] = []
    await until(lambda: api.info()["webhook"].get("last_error_date"))
    assert await account.status(bot, told.append, "https://bot.test") == 1
    assert "webhook: https://bot.test/hooks/telegram" in told
    assert told[-1].startswith("last error in delivery: 20")
    assert told[-1].endswith(": Connection refused")


@pytest.mark.parametrize(
    ("there", "more", "wanted", "said"),
    [
        ("", {}, "https://bot.test", "not as set (deleted): a running bot sets https://bot.test/hooks/telegram again"),
        ("https://other.test/x", {}, "https://bot.test", "not as set (another address)"),
        ("https://bot.test/hooks/telegram", {}, "https://bot.test", "not as set (other kinds of updates)"),
        ("https://bot.test/hooks/telegram", {"allowed_updates": UPDATES}, "https://bot.test", ""),
        ("https://bot.test/hooks/telegram", {"allowed_updates": UPDATES}, None, "WEBHOOK_URL is not set"),
        ("", {}, None, ""),
    ],
    ids=["deleted", "another", "other kinds", "as it should be", "polling is wanted", "polling"],
)
async def test_the_status_tells_whether_the_webhook_is_as_it_is_set(
    bot: Bot, there: str, more: dict[str, Any], wanted: str | None, said: str
) -> None:
    await bot.set_webhook(there, **more)
    told: list[str] = []
    assert await account.status(bot, told.append, wanted) == (1 if said else 0)
    assert told[-1].startswith(said or "no error")


async def test_the_status_of_an_api_that_is_away(bot: Bot, api: FakeBotApi) -> None:
    await api.down()
    told: list[str] = []
    assert await account.status(bot, told.append) == 1
    assert len(told) == 1
    assert api.token not in told[0]
