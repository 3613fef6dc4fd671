"""Links to the clinic's page, sessions and the log, from the command line."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from bot.app.commands import main
from bot.channels.clinic_page.access.sessions import Sessions
from bot.delivery.storage.open import open_storage
from tests import folders
from tests.delivery.test_logs import kept_logging

Tell = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    given = {"KNOWLEDGE": folders.write(tmp_path / "bread"), "DATA_DIR": tmp_path / "data"}
    for name, value in given.items():
        monkeypatch.setenv(name, str(value))
    with kept_logging():
        yield


def _within(tmp_path: Path, act: Callable[[Sessions], Awaitable[object]], clinic: str = "default") -> object:
    async def work() -> object:
        store = open_storage(f"sqlite:///{tmp_path / 'data' / 'infusion-bot.db'}", owner="one")
        await store.start()
        done = await act(Sessions(store, clinic))
        await store.close()
        return done

    return asyncio.run(work())


def _link(capsys: Tell, *more: str) -> tuple[str, str]:
    assert main.run(["clinic", "link", "--role", "editor", *more]) == 0
    url, _, secret = capsys.readouterr().out.strip().partition("#")
    return url, secret


def test_a_link_is_printed_that_opens_the_page(tmp_path: Path, capsys: Tell) -> None:
    url, secret = _link(capsys, "--name", "Eva")
    assert url == "http://127.0.0.1:8080/clinic/enter"
    entered = _within(tmp_path, lambda sessions: sessions.enter(secret))
    assert isinstance(entered, tuple)
    assert (entered[1].name, entered[1].role) == ("Eva", "editor")
    assert main.run(["clinic", "sessions"]) == 0
    listed = capsys.readouterr().out
    assert re.fullmatch(rf"{entered[1].id}  Eva \(editor\)  since .* UTC, seen .* UTC, until .* UTC\n", listed)
    assert main.run(["clinic", "sessions", "--revoke", entered[1].id]) == 0
    assert main.run(["clinic", "sessions", "--revoke", entered[1].id]) == 2
    assert main.run(["clinic", "sessions"]) == 0
    assert capsys.readouterr().out.endswith("nobody is signed in\n")
    assert main.run(["clinic", "audit"]) == 0
    done = [line.split("  ", 1)[1] for line in capsys.readouterr().out.splitlines()]
    assert done == ["command line  link made  Eva, editor", f"command line  session ended  Eva, {entered[1].id}"]
    assert secret not in "".join(done)


def test_all_sessions_are_ended_at_once(tmp_path: Path, capsys: Tell) -> None:
    for _ in range(2):
        _, secret = _link(capsys)
        _within(tmp_path, lambda sessions, secret=secret: sessions.enter(secret))  # type: ignore[misc]
    assert main.run(["clinic", "sessions", "--revoke", "all"]) == 0
    assert capsys.readouterr().out.count("editor is signed out") == 2


@pytest.mark.parametrize(
    ("env", "url"),
    [
        ({"CLINIC_PAGE_URL": "https://chat.clinic.example/clinic/"}, "https://chat.clinic.example/clinic/enter"),
        ({"HOST": "::1", "PORT": "9000"}, "http://[::1]:9000/clinic/enter"),
        ({"HOST": "0.0.0.0", "CLINIC_PAGE": "on"}, "http://127.0.0.1:8080/clinic/enter"),  # noqa: S104  # as an operator sets it
    ],
)
def test_it_leads_where_browsers_find_the_page(
    env: dict[str, str], url: str, monkeypatch: pytest.MonkeyPatch, capsys: Tell
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert _link(capsys)[0] == url


def test_of_clinics_that_are_served_together_each_has_its_own(
    tmp_path: Path, capsys: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "clinics").mkdir()
    monkeypatch.setenv("CLINICS", str(tmp_path / "clinics"))
    for name in ("lake", "hill"):
        (tmp_path / "clinics" / f"{name}.yaml").write_text(folders.CLINIC.replace("default", name))
        (tmp_path / "clinics" / f"{name}.env").write_text("API_RATE=9\n")
    url, secret = _link(capsys, "--clinic", "lake")
    assert url == "http://127.0.0.1:8080/clinics/lake/clinic/enter"
    assert _within(tmp_path, lambda sessions: sessions.enter(secret), "hill") is None
    assert _within(tmp_path, lambda sessions: sessions.enter(secret), "lake") is not None


@pytest.mark.parametrize(
    ("more", "env", "told"),
    [
        (["--name", " Eva"], {}, "--name ' Eva': a name has 1 to 60 characters"),
        ([], {"CLINIC_PAGE": "off"}, "CLINIC_PAGE: "),
        ([], {"PORT": "0"}, "PORT: "),
    ],
)
def test_what_would_open_nothing_is_told(
    more: list[str], env: dict[str, str], told: str, monkeypatch: pytest.MonkeyPatch, capsys: Tell
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert main.run(["clinic", "link", "--role", "viewer", *more]) == 2
    assert told in capsys.readouterr().err
