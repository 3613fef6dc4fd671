"""``infusion-bot doctor`` as a whole: on a small folder, a real file, a Bot API on loopback."""

from __future__ import annotations

import json
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.app.variables import SETTINGS
from tests import folders
from tests.app.commands.conftest import Run
from tests.delivery.test_logs import kept_logging
from tests.fakes.botapi import RemoteBotApi

CANARY = "canary_of_the_doctor"


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for one in SETTINGS.values():
        for name in (one.variable, f"{one.variable}_FILE"):
            monkeypatch.delenv(name, raising=False)
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PORT", "0")
    with kept_logging():
        yield


@pytest.fixture
def doctor(run: Run, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Its exit code, and what it found, by part."""

    def once(**env: str) -> tuple[int, dict[str, list[dict[str, str]]]]:
        for name, value in {"MODEL": "off", **env}.items():
            monkeypatch.setenv(name, value)
        code, out, _ = run("doctor", "--json")
        assert CANARY not in out
        found: dict[str, list[dict[str, str]]] = {}
        for one in json.loads(out):
            found.setdefault(one["part"], []).append(one)
            assert one["mend"] or one["state"] == "ok", one
        return code, found

    return once


def test_nothing_is_wrong_and_nothing_is_made(doctor: Any, tmp_path: Path) -> None:
    code, found = doctor(TIMEZONE="America/Chicago")
    states = {part: {one["state"] for one in some} for part, some in found.items() if part not in {"user", "reviews"}}
    parts = "settings knowledge model data cache port open_files time_zone database web"
    assert (code, states) == (0, {part.replace("_", " "): {"ok"} for part in parts.split()})
    assert not (tmp_path / "data").exists()


def test_it_is_told_line_by_line(run: Run) -> None:
    code, out, err = run("doctor", "--model", "off")
    assert (code, err) == (0, "")
    assert out.splitlines()[0].startswith("ok       settings ")
    assert out.splitlines()[-1].startswith("0 wrong, ")
    assert "\n         " in out
    assert "-> set TIMEZONE" in out


def test_wrong_settings_are_told_and_nothing_else_is_looked_at(doctor: Any) -> None:
    code, found = doctor(PORT="high", LOG_LEVEL="loud")
    assert (code, list(found), len(found["settings"])) == (2, ["settings"], 2)
    code, found = doctor(PORT="0", LOG_LEVEL="info", WEB_ORIGIN="https://clinic.example")
    assert (code, found["settings"][0]["said"]) == (2, "WEB_ORIGIN: is no setting; is WEB_ORIGINS meant?")


def test_texts_that_nobody_signed_are_warned_of(doctor: Any, tmp_path: Path) -> None:
    bread = folders.BREAD.replace("  reviewed: {by: A Tester, on: 2026-01-01}\n  review_by: 2027-01-01\n", "", 1)
    code, found = doctor(KNOWLEDGE=str(folders.write(tmp_path / "knowledge", bread=bread)))
    typed, unsigned = found["reviews"]
    assert (code, typed["state"], typed["said"]) == (0, "warning", "4 texts, by hand: feeding, baking, price, storage")
    assert (unsigned["state"], "unsigned: starter" in unsigned["said"]) == ("warning", True)


def test_wrong_knowledge_is_told_by_its_lines(doctor: Any, tmp_path: Path) -> None:
    folder = folders.write(tmp_path / "knowledge", bread="- id: [\n", calm="")
    code, found = doctor(KNOWLEDGE=str(folder))
    assert (code, {one["state"] for one in found["knowledge"]}) == (1, {"wrong"})
    assert any("topics/bread.yaml:" in one["said"] for one in found["knowledge"])
    assert "kb check" in found["knowledge"][0]["mend"]


def test_a_model_that_is_not_there_is_wrong_where_it_is_wanted(doctor: Any, tmp_path: Path) -> None:
    code, found = doctor(MODEL=str(tmp_path))
    assert (code, found["model"][0]["state"]) == (1, "wrong")


def test_a_database_that_is_none_is_told_by_its_kind(doctor: Any, tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"postgresql://me:{CANARY}@127.0.0.1:{nobody.getsockname()[1]}/bot"
        code, found = doctor(DATABASE_URL=url)
    assert (code, found["database"][0]["state"]) == (1, "wrong")
    assert "whether it runs" in found["database"][0]["mend"]
    file = tmp_path / "newer.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript("CREATE TABLE alembic_version (version_num); INSERT INTO alembic_version VALUES ('9999')")
    code, found = doctor(DATABASE_URL=f"sqlite:///{file}")
    assert (code, "newer version" in found["database"][0]["said"]) == (1, True)
    code, found = doctor(DATABASE_URL="memory:")
    assert (code, found["database"][0]["state"]) == (0, "warning")
    code, found = doctor(DATABASE_URL=f"mysql://me:{CANARY}@db/x")
    assert (code, found["database"][0]["state"]) == (1, "wrong")


def test_a_picture_that_cannot_be_read_is_told(doctor: Any, tmp_path: Path) -> None:
    code, found = doctor(WEB_LOGO=str(tmp_path / "none.png"))
    assert (code, found["web"][0]["state"]) == (1, "wrong")


def test_each_of_several_clinics_is_looked_at(doctor: Any, tmp_path: Path) -> None:
    clinics = tmp_path / "clinics"
    clinics.mkdir()
    for name in ("north", "south"):
        (clinics / f"{name}.yaml").write_text(folders.CLINIC.replace("id: default", f"id: {name}"), "utf-8")
        (clinics / f"{name}.env").write_text("WEB_ORIGINS=https://clinic.example\n", "utf-8")
    code, found = doctor(CLINICS=str(clinics), TIMEZONE="America/Chicago")
    assert code == 0
    assert {f"{name}: {part}" for name in ("north", "south") for part in ("knowledge", "time zone", "web")} <= found.keys()
    assert len(found["database"]) == 1
    (clinics / "south.env").write_text("CHATWOOT_URL=https://desk.example\n", "utf-8")
    code, found = doctor()
    assert (code, found["south: settings"][0]["state"], found["north: web"][0]["state"]) == (1, "wrong", "ok")


async def test_channels_that_are_configured_are_looked_at(doctor: Any) -> None:
    async with RemoteBotApi() as api:
        code, found = await _beside(doctor, TELEGRAM_BOT_TOKEN=api.token, TELEGRAM_BASE_URL=api.base_url)
        assert (code, found["telegram"][0]["state"], found["webhook"][0]["state"]) == (0, "ok", "ok")
        code, found = await _beside(doctor, TELEGRAM_BOT_TOKEN=f"123456789:{CANARY}{CANARY}")
        assert (code, found["telegram"][0]["state"]) == (1, "wrong")


async def _beside(doctor: Any, **env: str) -> Any:
    """The command has a loop of its own."""
    import asyncio  # noqa: PLC0415  # for this alone

    return await asyncio.to_thread(doctor, **env)
