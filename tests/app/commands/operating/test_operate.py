"""The commands of who runs the bot, on a real SQLite file and against a Bot API on loopback."""

from __future__ import annotations

import asyncio
import base64
import os
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.app.commands import main
from bot.channels.helpdesk import signatures
from bot.channels.helpdesk.generic.questions import WebhookQuestion
from bot.channels.web.api.conversations import conversation_key
from bot.delivery.storage import Incoming, Storage
from bot.delivery.storage.open import open_storage
from bot.dialogue.conversation import ConversationKey
from tests.delivery.test_logs import kept_logging
from tests.fakes.botapi import TOKEN, FakeBotApi, updates

ANN = ConversationKey("default", "telegram", "1001")
CANARY = "zanzibar-canary"


@pytest.fixture(autouse=True)
def _logs() -> Iterator[None]:
    with kept_logging():
        yield


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith(("TELEGRAM_", "WEBHOOK_", "DATABASE_", "DATA_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'infusion-bot.db'}"


async def _with(url: str, *ids: str, buried: int = 0) -> None:
    """Updates that wait; the first ``buried`` of them are dead letters."""
    storage: Storage = open_storage(url, owner="gone")
    await storage.start()
    _, leases = await storage.take([Incoming(ANN, id, CANARY.encode(), 1_764_000_000.0) for id in ids])
    lease = leases[0] if leases else None
    for _ in range(buried):
        assert lease is not None
        lease = await storage.bury(lease, lease.work[0], "tries")
    if lease is not None:
        await storage.release([lease])
    await storage.close()


# -- inbox --------------------------------------------------------------------------------------------------------


def test_an_inbox_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["inbox", "list"]) == 0
    assert capsys.readouterr().out == "0 waiting; 0 dead letters; 0 reminders\n"


def test_what_waits_and_what_was_given_up_is_listed_without_a_word(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(_with(url, "7", "8", "9", buried=2))
    assert main.run(["inbox", "list"]) == 0
    out = capsys.readouterr().out
    head, *letters = out.splitlines()
    assert head == "1 waiting, the oldest since 2025-11-24 16:00:00 UTC; 2 dead letters; 0 reminders"
    assert {line.split("  ")[0] for line in letters} == {"telegram 7", "telegram 8"}
    assert all("  tries, 1 tries, given up 20" in line and line.endswith(" UTC") for line in letters)
    assert CANARY not in out
    assert main.run(["inbox", "list", "--limit", "1"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_dead_letters_are_put_back(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(_with(url, "7", "8", "9", buried=3))
    assert main.run(["inbox", "requeue", "8", "9"]) == 0
    assert capsys.readouterr().out == "2 of 2 put back\n"
    assert main.run(["inbox", "requeue", "7", "8", "nothing"]) == 1
    assert capsys.readouterr().out == "1 of 3 put back\n"
    assert main.run(["inbox", "list"]) == 0
    assert capsys.readouterr().out.startswith("3 waiting, the oldest since 2025-11-24 16:00:00 UTC; 0 dead")


def test_a_channel_has_its_own_letters(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(_with(url, "7", buried=1))
    assert main.run(["inbox", "requeue", "7", "--channel", "web"]) == 1
    assert capsys.readouterr().out == "0 of 1 put back\n"


@pytest.mark.parametrize("place", ["flag", "variable", "file"])
def test_the_store_is_the_one_that_is_set(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    url = f"sqlite:///{tmp_path / 'another.db'}"
    asyncio.run(_with(url, "7"))
    flags = ["--database-url", url] if place == "flag" else []
    if place == "variable":
        monkeypatch.setenv("DATABASE_URL", url)
    if place == "file":
        (tmp_path / "settings").write_text(f"DATABASE_URL={url}\n", "utf-8")
        flags = ["--config", str(tmp_path / "settings")]
    assert main.run(["inbox", "list", *flags]) == 0
    assert capsys.readouterr().out.startswith("1 waiting")


@pytest.mark.parametrize(
    "bad",
    [f"mysql://me:{CANARY}@db/x", f"postgresql://me:{CANARY}@127.0.0.1:9/x", f"sqlite:////proc/{CANARY}/x.db"],
    ids=["another kind", "nobody there", "no place for it"],
)
def test_a_store_that_cannot_be_opened_is_named_without_its_password(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, bad: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", bad)
    assert main.run(["inbox", "list"]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("DATABASE_URL: ")
    assert captured.out == ""
    assert f"me:{CANARY}" not in captured.err
    assert "Traceback" not in captured.err


@pytest.mark.parametrize(
    "argv",
    [
        ["inbox"],
        ["telegram"],
        ["inbox", "requeue"],
        ["inbox", "list", "--limit", "x"],
        ["telegram", "x"],
        ["inbox", "requeue", "7", "--channel", "pigeon"],
    ],
)
def test_usage_is_a_mistake_of_its_own(capsys: pytest.CaptureFixture[str], argv: list[str]) -> None:
    assert main.run(argv) == 2
    assert "usage:" in capsys.readouterr().err


# -- forget -------------------------------------------------------------------------------------------------------


def test_a_conversation_is_forgotten_by_its_name_when_that_is_meant(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(_with(url, "7", "8", "9", buried=2))
    asked = ["forget", "--channel", "telegram", "--conversation", "1001"]
    assert main.run(asked) == 0
    shown = "nothing of what was spoken of, 1 messages that wait, 0 reminders, 2 dead letters, 0 lines of a talk with the staff, "
    shown += "0 unanswered questions of this month that may be theirs"
    assert capsys.readouterr().out.splitlines() == [shown, "Nothing is changed. With --apply it is deleted."]
    assert main.run([*asked, "--apply"]) == 0
    assert "Deleted." in capsys.readouterr().out
    assert main.run(["inbox", "list"]) == 0
    assert capsys.readouterr().out == "0 waiting; 0 dead letters; 0 reminders\n"
    for again in (asked, [*asked, "--apply"]):  # whoever looks whether there is something is told that there is not
        assert main.run(again) == 1
        assert capsys.readouterr().out.startswith("nothing is kept under that name: is it right?")


@pytest.mark.parametrize("channel", ["web", "chatwoot", "generic"])
def test_a_conversation_of_each_channel_is_found_by_the_name_that_people_know(
    url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, channel: str
) -> None:
    secret = "whsec_" + base64.b64encode(b"x" * 32).decode()
    monkeypatch.setenv("GENERIC_SECRET", secret)
    name = {"web": "a-token-of-a-browser-1", "chatwoot": "1:42", "generic": "+1 555 0100"}[channel]
    key = {
        "web": lambda: conversation_key("default", name),
        "chatwoot": lambda: ConversationKey("default", "chatwoot", name),
        "generic": lambda: WebhookQuestion(name).key("default", signatures.key_of(secret)),
    }[channel]()

    async def save() -> None:
        storage = open_storage(url, owner="gone")
        await storage.start()
        await storage.save(key, "{}")
        await storage.close()

    asyncio.run(save())
    asked = ["forget", "--channel", channel, "--conversation", name]
    assert main.run(asked) == 0
    assert capsys.readouterr().out.startswith("what was spoken of, 0 messages")
    assert main.run([*asked, "--apply"]) == 0
    assert main.run([*asked, "--apply"]) == 1


def test_a_help_desks_conversation_is_not_found_without_its_secret(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["forget", "--channel", "generic", "--conversation", "x"]) != 0
    assert "GENERIC_SECRET is not set" in capsys.readouterr().err


# -- keys ---------------------------------------------------------------------------------------------------------


def test_a_key_is_made_listed_and_revoked(url: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main.run(["keys", "add", "booking"]) == 0
    secret = capsys.readouterr().out.strip()
    assert re.fullmatch(r"ib_[A-Za-z0-9_-]{43}", secret)
    assert main.run(["keys", "list"]) == 0
    listed = capsys.readouterr().out
    assert re.fullmatch(r"booking  made \d{4}-\d\d-\d\d [\d:]+ UTC\n", listed)
    assert secret not in listed
    assert main.run(["keys", "revoke", "booking"]) == 0
    assert capsys.readouterr().out == "booking is revoked\n"
    assert main.run(["keys", "list"]) == 0
    assert ", revoked 2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["add", "booking"], "there is a key of that name"),
        (["add", "two words"], "a name has 1 to 60 of"),
        (["revoke", "nobody"], "there is no valid key called 'nobody'"),
    ],
    ids=["a name that is taken", "no name", "nothing to revoke"],
)
def test_a_key_that_cannot_be_had_is_told(url: str, capsys: pytest.CaptureFixture[str], argv: list[str], says: str) -> None:
    assert main.run(["keys", "add", "booking"]) == 0
    capsys.readouterr()
    assert main.run(["keys", *argv]) == 2
    captured = capsys.readouterr()
    assert says in captured.err
    assert captured.out == ""


def test_no_key_is_made_for_a_clinic_that_is_not_there(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["keys", "add", "booking", "--clinic", "auorra"]) != 0
    captured = capsys.readouterr()
    assert "clinics/auorra.yaml:1: there is no such clinic; choose one with --clinic: " in captured.err
    assert captured.out == ""
    assert main.run(["keys", "list", "--clinic", "auorra"]) == 0
    assert capsys.readouterr().out == ""


# -- telegram -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("argv", [["telegram", "setup"], ["telegram", "setup", "--apply"], ["telegram", "status"]])
def test_without_a_token_it_says_so(capsys: pytest.CaptureFixture[str], argv: list[str]) -> None:
    assert main.run(argv) == 2
    assert capsys.readouterr().err.startswith("TELEGRAM_BOT_TOKEN is not set")


@pytest.fixture
async def api(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeBotApi]:
    async with FakeBotApi() as fake:
        monkeypatch.setenv("TELEGRAM_BASE_URL", fake.base_url)
        monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
        yield fake


async def _run(*argv: str) -> int:
    """The command, in a thread: it brings a loop of its own, and the Bot API needs this one."""
    return await asyncio.to_thread(main.run, argv)


async def test_setup_shows_and_then_sets(api: FakeBotApi, capsys: pytest.CaptureFixture[str]) -> None:
    assert await _run("telegram", "setup") == 0
    assert "description: would be set" in capsys.readouterr().out
    assert not api.calls("setMyCommands")
    assert await _run("telegram", "setup", "--apply") == 0
    assert "description: set" in capsys.readouterr().out
    assert len(api.calls("setMyCommands")) == 4
    assert await _run("telegram", "setup") == 0
    assert "would be set" not in capsys.readouterr().out


async def test_setup_of_a_clinic_is_its_own(api: FakeBotApi, capsys: pytest.CaptureFixture[str]) -> None:
    assert await _run("telegram", "setup", "--clinic", "example") == 0
    assert "Lakeside Infusion Clinic" in capsys.readouterr().out


async def test_status(api: FakeBotApi, capsys: pytest.CaptureFixture[str]) -> None:
    api.inject(updates.text("hello"))
    assert await _run("telegram", "status") == 0
    out = capsys.readouterr().out
    assert "updates that wait: 1" in out
    assert TOKEN not in out


async def test_a_bot_api_that_is_away_is_told_without_the_token(api: FakeBotApi, capsys: pytest.CaptureFixture[str]) -> None:
    await api.down()
    assert await _run("telegram", "status") == 1
    captured = capsys.readouterr()
    assert "does not answer" in captured.out
    assert TOKEN not in captured.out + captured.err


async def test_a_token_that_is_refused_is_told_without_it(
    api: FakeBotApi, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", f"1:{CANARY}")
    assert await _run("telegram", "status") == 1
    assert await _run("telegram", "setup") == 1
    captured = capsys.readouterr()
    assert CANARY not in captured.out + captured.err
