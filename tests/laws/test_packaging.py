"""The built wheel works alone in an empty folder, and the locks hold what the project asks for, and no word more."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

from tests.places import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = [name for names in PROJECT["optional-dependencies"].values() for name in names]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT), cwd=folder)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of a fresh environment in which only the wheel is installed; the dependencies are borrowed from ours."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    _run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        str(wheel),
        cwd=folder,
    )
    # A path in a .pth file adds that folder alone: the editable install in it stays out of sight.
    packages = folder / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "infusion-bot"


def _run(*command: str, cwd: Path) -> str:
    # Nothing of our own environment may help: no PYTHONPATH, no settings, no cache of an earlier run.
    env = {"PATH": "/usr/bin:/bin", "HOME": str(cwd), "XDG_CACHE_HOME": str(cwd / "cache"), "LANG": "C.UTF-8", "MODEL": "off"}
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture
def learned(request: pytest.FixtureRequest, fitted_cache: Path, tmp_path: Path) -> None:
    """What is learned of the knowledge is in the cache of who asks, as at every start but the first."""
    request.getfixturevalue("matcher")
    request.getfixturevalue("detector")
    shutil.copytree(fitted_cache, tmp_path / "cache" / "infusion-bot")


# Half a minute of learning that `make trial` and `make scenarios` see through; that the wheel finds its knowledge shows without.
@pytest.mark.parametrize(
    "first", [pytest.param("learned", marks=pytest.mark.slow), pytest.param("", marks=pytest.mark.scenario, id="learning")]
)
def test_the_wheel_answers_in_an_empty_folder(
    installed: Path, tmp_path: Path, first: str, request: pytest.FixtureRequest
) -> None:
    if first:
        request.getfixturevalue(first)
    reply = json.loads(_run(str(installed), "ask", "How long does an infusion take?", "--json", cwd=tmp_path))
    assert reply["kind"] == "answer"
    assert "infusion_length" in reply["claims"]
    assert reply["text"]


@pytest.mark.slow
def test_the_wheel_helps_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    assert "ask" in _run(str(installed), "--help", cwd=tmp_path)


@pytest.mark.slow
def test_the_wheel_runs_its_own_code(installed: Path, tmp_path: Path) -> None:
    place = _run(str(installed.parent / "python"), "-c", "import bot; print(bot.__file__)", cwd=tmp_path)
    assert Path(place.strip()).is_relative_to(installed.parent.parent)


@pytest.mark.slow
def test_the_wheel_carries_the_whole_knowledge_and_no_tests(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    knowledge = {path.relative_to(ROOT / "knowledge").as_posix() for path in (ROOT / "knowledge").rglob("*") if path.is_file()}
    assert {name.removeprefix("bot/_knowledge/") for name in names if name.startswith("bot/_knowledge/")} == knowledge
    assert {name.split("/")[0].split("-")[0] for name in names} == {"bot", "infusion_bot"}


@pytest.mark.slow
def test_two_builds_are_the_same_to_the_byte_and_hold_nothing_that_was_filled_in(wheel: Path, tmp_path: Path) -> None:
    """The second: of a copy that somebody else made, at another time, and has filled in."""
    copy = tmp_path / "another"
    left_out = shutil.ignore_patterns(".git", ".venv*", ".*cache", ".hypothesis", "__pycache__", "node_modules", "dist")
    shutil.copytree(ROOT, copy, ignore=left_out, copy_function=shutil.copyfile)  # not the times, not the modes
    for path in (*copy.glob("bot/**/*.py"), *copy.glob("deploy/*")):
        path.chmod(0o755 if (ROOT / path.relative_to(copy)).stat().st_mode & 0o100 else 0o600)
    (copy / "deploy" / "secrets").mkdir(exist_ok=True)
    for name in ("env", "secrets/telegram_bot_token"):
        (copy / "deploy" / name).write_text("canary")
    build = (sys.executable, "-m", "build", "--no-isolation", "--outdir")
    _run(*build, str(tmp_path / "first"), "--sdist", str(ROOT), cwd=tmp_path)
    _run(*build, str(tmp_path / "second"), str(copy), cwd=tmp_path)
    (archive,) = (tmp_path / "first").glob("*.tar.gz")
    assert (tmp_path / "second" / archive.name).read_bytes() == archive.read_bytes()
    assert (tmp_path / "second" / wheel.name).read_bytes() == wheel.read_bytes()
    with tarfile.open(archive) as opened:
        names = {name.split("/", 1)[1] for name in opened.getnames()}
    assert {"deploy/env.example", "deploy/install.sh", "requirements.txt", "docs/architecture.md", "Makefile"} <= names
    assert not {name for name in names if name == "deploy/env" or name.startswith("deploy/secrets")}


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt", "requirements-deploy.txt"])
def test_a_lock_holds_pins_and_hashes_alone(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    pin = r"[a-z0-9-]+==[0-9a-z.]+( ; [^\\\n/:@]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+"
    assert re.fullmatch(rf"({pin}\n)+", text)


def test_the_lock_for_running_is_part_of_the_lock_for_development() -> None:
    assert _pins("requirements.txt").items() <= _pins("requirements-dev.txt").items()


@pytest.mark.parametrize(
    ("lock", "asked"),
    [
        pytest.param("requirements.txt", PROJECT["dependencies"], id="running"),
        pytest.param("requirements-dev.txt", [*PROJECT["dependencies"], *EXTRAS], id="development"),
    ],
)
def test_all_that_the_project_asks_for_is_locked(lock: str, asked: list[str]) -> None:
    names = {re.split(r"[^\w.-]", one)[0].lower().replace("_", "-") for one in asked}
    assert names - _pins(lock).keys() == set()


def _pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / lock).read_text("utf-8"), re.MULTILINE))
