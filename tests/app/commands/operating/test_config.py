"""``infusion-bot config``, and what every command says of settings that are wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.app.variables import SETTINGS
from tests.app.commands.conftest import Run

CANARY = "canary_of_config"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for one in SETTINGS.values():
        for name in (one.variable, f"{one.variable}_FILE"):
            monkeypatch.delenv(name, raising=False)


def test_it_shows_what_holds_and_why(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"1:{CANARY}", "utf-8")
    (tmp_path / "env").write_text(f"PORT=81\nTELEGRAM_BOT_TOKEN_FILE={tmp_path / 'token'}\n", "utf-8")
    monkeypatch.setenv("HOST", "::1")
    code, out, err = run("config", "--config", str(tmp_path / "env"), "--clinic", "lakeside")
    rows = {line.split("  ")[0].strip(): line for line in out.splitlines()}
    assert (code, err) == (0, "")
    assert rows["PORT"].endswith(f"  81{rows['PORT'].split('81')[1].split('file')[0]}file {tmp_path / 'env'}")
    assert rows["HOST"].endswith("environment")
    assert rows["CLINIC"].endswith("flag --clinic")
    assert rows["TELEGRAM_BOT_TOKEN"].endswith(f"TELEGRAM_BOT_TOKEN_FILE={tmp_path / 'token'}")
    assert rows["LOG_LEVEL"].split() == ["LOG_LEVEL", "info", "default"]
    assert out.splitlines()[-1] == "channels: telegram, web, clinic_page"
    assert CANARY not in out


def test_only_what_was_given_is_shown_where_that_is_wanted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KNOWLEDGE", raising=False)
    monkeypatch.delenv("CACHE_DIR", raising=False)
    assert run("config", "--given", "--port", "9")[1] == "PORT  9  flag --port\nchannels: web, clinic_page\n"
    assert run("config", "--given")[1] == "nothing is set: the defaults hold\nchannels: web, clinic_page\n"


def test_all_of_it_as_json(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_ORIGIN", "https://clinic.example")
    monkeypatch.setenv("WEBHOOK_SECRET", CANARY)
    code, out, _ = run("config", "--json")
    told = json.loads(out)
    assert code == 1
    assert {one["variable"] for one in told["settings"]} == {one.variable for one in SETTINGS.values()}
    assert told["unknown"] == ["WEB_ORIGIN: is no setting; is WEB_ORIGINS meant?"]
    assert (told["channels"], told["wrong"]) == (["web", "clinic_page"], [])
    assert CANARY not in out


def test_all_that_is_wrong_is_told_beside_what_was_given(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "high")
    monkeypatch.setenv("MODEL", "huge")
    code, out, err = run("config")
    assert (code, [line.split(":")[0] for line in err.splitlines()]) == (2, ["MODEL", "PORT"])
    assert "high" in out
    assert out.endswith("channels: none, as the settings are wrong\n")


def test_several_clinics_are_named_and_each_shows_its_own(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("north", "south"):
        (tmp_path / f"{name}.yaml").write_text(f"id: {name}\n", "utf-8")
        (tmp_path / f"{name}.env").write_text(f"TELEGRAM_BOT_TOKEN=1:{CANARY}\n", "utf-8")
    monkeypatch.setenv("CLINICS", str(tmp_path))
    code, out, err = run("config", "--given")
    assert (code, err, out.splitlines()[-1]) == (0, "", "clinics: north, south; --clinic NAME shows what holds for one")
    code, out, _ = run("config", "--given", "--clinic", "north")
    (row,) = (line for line in out.splitlines() if line.startswith("TELEGRAM_BOT_TOKEN"))
    assert (code, row.endswith(f"file {tmp_path / 'north.env'}"), CANARY in out) == (0, True, False)
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", f"1:{CANARY}")
    code, out, err = run("config")
    assert (code, "each clinic has its own" in err) == (2, True)


def test_a_channel_that_is_configured_by_half_is_wrong(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATWOOT_URL", "https://desk.example")
    code, _, err = run("config")
    assert (code, err.split()[0]) == (2, "CHATWOOT_TOKEN")


@pytest.mark.parametrize("command", [("inbox", "list"), ("serve",), ("keys", "list")])
def test_a_misspelt_variable_stops_what_serves(run: Run, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]) -> None:
    monkeypatch.setenv("TELEGRAM_TOKEN", CANARY)
    code, out, err = run(*command)
    assert (code, out, err.splitlines()[0]) == (2, "", "TELEGRAM_TOKEN: is no setting; is TELEGRAM_BOT_TOKEN meant?")


@pytest.mark.parametrize("variable", [one.variable for one in SETTINGS.values() if one.secret])
def test_no_secret_is_a_flag(run: Run, variable: str) -> None:
    flag = f"--{variable.lower().replace('_', '-')}"
    code, out, err = run("config", flag, f"postgresql://me:{CANARY}@db/bot")
    assert (code, out) == (2, "")
    assert f"{flag} may hold a secret, and others read flags: set {variable}, or {variable}_FILE" in err
    assert CANARY not in err
    assert flag not in run("config", "--help")[1]
