"""``infusion-bot sheet`` as somebody at a clinic types it."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest

from bot.app.commands import main
from tests import folders


def sheet(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    capsys.readouterr()
    return main.run(["sheet", *argv]), *capsys.readouterr()


@pytest.mark.parametrize(
    ("name", "begins"), [("a.pdf", b"%PDF-"), ("a.HTML", b"<!doctype html>")], ids=["pdf", "html-in-capitals"]
)
def test_it_writes_a_file_and_says_what_is_on_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, begins: bytes
) -> None:
    path = tmp_path / name
    code, out, err = sheet(capsys, "--clinic", "example", "--link", "https://t.me/lake_bot", "--output", str(path))
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        f"{path}: one page, letter; QR code to https://t.me/lake_bot?start=psychoactive_wear_off",
        "No clinician has signed this leaflet, and it says so. `infusion-bot kb sign --by NAME sheet` signs it.",
    ]
    assert path.read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("argv", "wrong"),
    [
        pytest.param(["--output", "a.doc"], "--output: 'a.doc' must end in .pdf or .html", id="another-format"),
        pytest.param(
            ["--language", "es"], "--language: there is no leaflet in 'es'; this knowledge folder speaks en", id="language"
        ),
        pytest.param(["--topic", "driving"], "--topic: the QR code needs the bot's address", id="a-topic-without-a-code"),
        pytest.param(["--link", "t.me/x"], "BOT_LINK (--link): 't.me/x' is no address", id="no-address"),
        pytest.param(["--link", "https://t.me/x", "--topic", "y"], "sheet: there is no entry or boundary topic y", id="no-topic"),
    ],
)
def test_what_cannot_be_printed_is_told(capsys: pytest.CaptureFixture[str], argv: list[str], wrong: str) -> None:
    code, out, err = sheet(capsys, *argv)
    assert (code, out) == (2, "")
    assert err.startswith(wrong)


def test_a_folder_without_a_leaflet_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = sheet(capsys, "--knowledge", str(folders.write(tmp_path / "bread")))
    assert (code, err) == (2, "sheet: this knowledge has no leaflet; sheet.yaml holds its lines\n")


@pytest.mark.parametrize(
    ("package", "argv", "what"), [("reportlab", [], "a PDF"), ("segno", ["--link", "https://t.me/x"], "a QR code")]
)
def test_without_the_extra_it_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], package: str, argv: list[str], what: str
) -> None:
    real = builtins.__import__

    def missing(name: str, *args: Any, **more: Any) -> Any:
        if name.split(".", maxsplit=1)[0] == package or "leaflet_pdf" in name:  # stands for an installation without the extra
            raise ModuleNotFoundError(f"No module named '{package}'")
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", missing)
    code, _, err = sheet(capsys, *argv)
    assert code == 2
    assert f"{what} needs a package that is not installed (No module named '{package}')" in err
    assert err.endswith("pip install 'infusion-bot[print]'\n")
