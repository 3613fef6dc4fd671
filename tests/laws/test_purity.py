"""What is pure stays pure, and what leans on the world outside does so in few places. Who may import whom: test_layers.py."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.places import ROOT

MODULES = {
    ".".join(path.relative_to(ROOT / "bot").with_suffix("").parts).removesuffix(".__init__"): ast.parse(
        path.read_text("utf-8"), str(path)
    )
    for path in sorted((ROOT / "bot").rglob("*.py"))
}

# These packages know no file, no clock, no chance, no socket, and no format that content is written in.
PURE_PACKAGES = {"language", "safety", "matching", "timeline", "dialogue"}
PURE_MODULES = {
    "knowledge.care",
    "knowledge.model",
    "knowledge.messages",
    "knowledge.overlay.clinic",
    "knowledge.overlay.logo",
    "authoring.score",
    "channels.rendering",
    "version",
}
IMPURE_MODULES = {
    "matching.cache",
    "matching.training",
    "matching.weights",
    "timeline.picture",
}
IMPURE = {"asyncio", "http", "logging", "os", "pathlib", "random", "socket", "sqlite3", "time", "yaml"}
PURE = {module for module in MODULES if (module.partition(".")[0] in PURE_PACKAGES or module in PURE_MODULES)} - IMPURE_MODULES
# Outside packages that are used in these places alone.
RESERVED = {
    "rapidfuzz": {"language.nearest", "language.spelling", "matching.align", "matching.matcher"},
    "PIL": {"timeline.picture"},
    "aiohttp": {"channels.helpdesk.client", "channels.probe", "channels.telegram.api.transport"},
    "alembic": {
        "delivery.storage.schema.migrations.env",
        "delivery.storage.schema.migrations.versions.r0001_inbox",
        "delivery.storage.schema.migrations.versions.r0002_api_keys",
        "delivery.storage.schema.migrations.versions.r0003_keys_of_clinics",
        "delivery.storage.schema.migrations.versions.r0005_counts",
        "delivery.storage.schema.migrations.versions.r0006_handoffs",
        "delivery.storage.schema.migrations.versions.r0007_clinic_page",
        "delivery.storage.schema.migrations.versions.r0008_gaps",
        "delivery.storage.schema.upgrade",
    },
    "asyncpg": {"delivery.storage.postgres", "delivery.storage.copying.postgres_tables"},
    "prometheus_client": {"delivery.metrics"},
    "sqlalchemy": {
        "delivery.storage.schema.migrations.versions.r0001_inbox",
        "delivery.storage.schema.migrations.versions.r0002_api_keys",
        "delivery.storage.schema.migrations.versions.r0003_keys_of_clinics",
        "delivery.storage.schema.migrations.versions.r0005_counts",
        "delivery.storage.schema.migrations.versions.r0006_handoffs",
        "delivery.storage.schema.migrations.versions.r0007_clinic_page",
        "delivery.storage.schema.migrations.versions.r0008_gaps",
        "delivery.storage.schema.counts",
        "delivery.storage.schema.handoffs",
        "delivery.storage.schema.clinic_page",
        "delivery.storage.schema.gaps",
        "delivery.storage.schema.tables",
        "delivery.storage.schema.upgrade",
    },
    "sqlite3": {"delivery.storage.sqlite", "delivery.storage.copying.sqlite_tables", "delivery.storage.schema.upgrade"},
    "uvicorn": {"app.http.protocol", "app.http.server"},
}


def _imported(tree: ast.AST) -> Iterator[str]:
    """Full names of all that ``tree`` imports: ``from bot import text`` is ``bot.text``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole way"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def _inside(tree: ast.AST) -> set[str]:
    """The modules of the bot that ``tree`` imports, without ``bot.``; a name of the package itself is ``__init__``."""
    inside = {name.removeprefix("bot.") for name in _imported(tree) if name.split(".")[0] == "bot"}
    return {name if name in MODULES else name.rpartition(".")[0] or "__init__" for name in inside}


def _outside(tree: ast.AST) -> set[str]:
    return {name.split(".")[0] for name in _imported(tree)} - {"bot"}


def _reads_environment(tree: ast.AST) -> bool:
    names = {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    return bool((names | set(_imported(tree))) & {"os.environ", "os.environb", "os.getenv"})


def test_the_lists_name_modules_that_exist() -> None:
    assert (PURE_MODULES | IMPURE_MODULES).union(*RESERVED.values()) - MODULES.keys() == set()
    assert {module.partition(".")[0] for module in MODULES} >= PURE_PACKAGES


@pytest.mark.parametrize("module", sorted(PURE))
def test_what_is_pure_imports_nothing_impure(module: str) -> None:
    assert _outside(MODULES[module]) & IMPURE == set()
    assert _inside(MODULES[module]) - PURE == set()


@pytest.mark.parametrize("package", RESERVED)
def test_a_reserved_package_is_used_in_its_places_alone(package: str) -> None:
    assert {module for module, tree in MODULES.items() if package in _outside(tree)} <= RESERVED[package]


def test_the_environment_is_read_in_one_place() -> None:
    """Settings are; what systemd says to a process it started is none."""
    assert {module for module, tree in MODULES.items() if _reads_environment(tree)} <= {"app.config", "app.http.supervisor"}


def test_the_dialogue_loads_no_yaml_and_nothing_that_waits() -> None:
    loaded = "import sys, bot.dialogue.policy; print(*sorted({'asyncio', 'socket', 'sqlite3', 'yaml'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize(
    ("source", "arrows", "environment"),
    [
        pytest.param("import bot.version", {"version"}, False, id="import"),
        pytest.param("from bot import __main__, version as v", {"__main__", "version"}, False, id="modules-of-the-package"),
        pytest.param("from bot.version import __version__", {"version"}, False, id="name-of-a-module"),
        pytest.param("from bot import __version__", {"__init__"}, False, id="name-of-the-package"),
        pytest.param("def f():\n    from bot import version", {"version"}, False, id="inside-a-function"),
        pytest.param("import os\nos.environ['A']", set(), True, id="environment"),
        pytest.param("from os import getenv", set(), True, id="environment-by-name"),
        pytest.param("import os, botany\nos.replace('a', 'b')", set(), False, id="something-else"),
    ],
)
def test_imports_are_read_from_the_source(source: str, arrows: set[str], environment: bool) -> None:
    tree = ast.parse(source)
    assert _inside(tree) == arrows
    assert _reads_environment(tree) is environment
