"""Who may import whom. The table is the rule: an arrow that is not in it fails, and so does one that nobody uses."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = {
    ".".join(path.relative_to(ROOT / "bot").with_suffix("").parts).removesuffix(".__init__"): ast.parse(
        path.read_text("utf-8"), str(path)
    )
    for path in sorted((ROOT / "bot").rglob("*.py"))
}

# Inner modules first. Imports inside functions count.
ALLOWED: dict[str, set[str]] = {
    "matching.align": {"language.letters"},
    "channels.telegram.actions.addressing": {"channels.telegram.updates.types"},
    "channels.telegram.api.transport": {"channels.telegram.updates.types"},
    "channels.telegram.api.client": {"channels.telegram.api.transport"},
    "channels.telegram.api.sender": {
        "delivery.journal",
        "channels.telegram.api.pace",
        "channels.telegram.api.errors",
        "channels.telegram.api.transport",
    },
    "channels.web.api.responses": {"channels.web.api.problems"},
    "app.config": {"app.paths", "app.variables"},
    "safety.danger": {"matching.semantic", "language.text"},
    "language.vocabulary": {"language.text"},
    "knowledge.fields": {"knowledge.yamlfile"},
    "language.text": {"language.letters"},
    "delivery.storage.schema.migrations.env": {"delivery.storage.schema.tables"},
    "safety.urgent": {"safety.patterns", "language.text"},
    "matching.cache": {"matching.arrays", "matching.semantic"},
    "matching.weights": {"matching.semantic"},
    "app.commands.model": {"app.config", "matching.weights"},
    "knowledge.model": {"language.text", "safety.urgent"},
    "knowledge.schema": {"knowledge.fields", "safety.urgent"},
    "knowledge.build": {"knowledge.model", "knowledge.fields", "language.text"},
    "channels": {"knowledge.model"},
    "channels.helpdesk.handover": {"knowledge.model"},
    "channels.layout": {"knowledge.model"},
    "channels.web.api.sessions": {"channels.web", "knowledge.model"},
    "dialogue.replies": {"knowledge.messages", "knowledge.model", "safety.urgent", "version"},
    "knowledge.checks": {"language.quantities", "knowledge.model", "knowledge.fields", "language.text", "knowledge.yamlfile"},
    "timeline.course": {"language.quantities", "knowledge.messages", "knowledge.model"},
    "dialogue.followups": {"language.vocabulary", "knowledge.model", "language.text"},
    "matching.matcher": {
        "matching.align",
        "matching.linear",
        "safety.danger",
        "matching.guards",
        "language.vocabulary",
        "knowledge.model",
        "matching.semantic",
        "language.text",
    },
    "delivery.metrics": {"knowledge.model"},
    "dialogue.state": {"knowledge.model"},
    "dialogue.replyjson": {"knowledge.model"},
    "authoring.score": {"knowledge.model"},
    "dialogue.smalltalk": {"language.vocabulary", "knowledge.model", "language.text"},
    "delivery.storage": {"knowledge.model"},
    "delivery.storage.operations.steps": {"knowledge.model"},
    "timeline.hours": {"language.quantities", "knowledge.messages", "knowledge.model"},
    "authoring.verify": {"language.quantities", "knowledge.model"},
    "authoring.calibrate": {"matching.matcher", "knowledge.model", "authoring.score"},
    "channels.batch": {"channels", "app.config", "knowledge.model", "dialogue.replyjson"},
    "channels.helpdesk.chatwoot.events": {"channels.helpdesk.chatwoot", "knowledge.model", "delivery.storage"},
    "channels.helpdesk.chatwoot.notes": {"channels.helpdesk.handover", "dialogue.replies", "knowledge.model", "dialogue.state"},
    "channels.helpdesk.state": {"dialogue.state"},
    "channels.telegram.updates.intake": {"channels.telegram.updates.types", "knowledge.model", "delivery.storage"},
    "channels.telegram.account": {"dialogue.replies", "knowledge.model"},
    "channels.telegram.render": {"channels.layout", "knowledge.model"},
    "channels.terminal": {"channels", "dialogue.replies", "knowledge.model"},
    "channels.web.api.keys": {"delivery.storage"},
    "channels.web.api.schema": {"channels.web.api.problems", "timeline.course", "knowledge.model"},
    "channels.rendering": {"channels.layout", "channels.calls", "timeline.course", "knowledge.messages", "knowledge.model"},
    "dialogue.choosing": {"matching.matcher", "knowledge.model", "language.text"},
    "delivery.inbox": {"channels", "delivery.metrics", "delivery.storage"},
    "timeline.drawing": {"timeline.course", "knowledge.messages", "knowledge.model"},
    "timeline.end_time": {"language.text", "timeline.hours"},
    "matching.training": {
        "matching.arrays",
        "matching.linear",
        "safety.danger",
        "matching.matcher",
        "knowledge.model",
        "matching.semantic",
        "matching.cache",
        "matching.weights",
    },
    "knowledge.load": {
        "knowledge.build",
        "knowledge.checks",
        "knowledge.messages",
        "knowledge.model",
        "knowledge.schema",
        "knowledge.fields",
        "safety.urgent",
        "knowledge.yamlfile",
    },
    "authoring.lint": {"dialogue.replies", "language.quantities", "matching.matcher", "knowledge.model", "authoring.verify"},
    "delivery.logs": {"channels"},
    "dialogue.questions": {"matching.matcher", "dialogue.smalltalk"},
    "delivery.storage.operations.leases": {"knowledge.model", "delivery.storage", "delivery.storage.operations.steps"},
    "delivery.storage.schema.upgrade": {"delivery.storage"},
    "app.health": {"delivery.metrics"},
    "dialogue.aftercare": {"dialogue.replies", "timeline.end_time", "knowledge.model", "language.text", "timeline.hours"},
    "channels.helpdesk.chatwoot.webhook": {
        "channels.helpdesk.chatwoot.events",
        "channels.helpdesk.signatures",
        "delivery.storage",
        "app.health",
    },
    "channels.helpdesk.generic.questions": {
        "channels.helpdesk.generic",
        "channels.helpdesk.handover",
        "channels.helpdesk.state",
        "knowledge.model",
        "dialogue.replyjson",
    },
    "channels.helpdesk.client": {"delivery.journal", "delivery.inbox"},
    "channels.telegram.updates.webhook": {
        "channels.telegram.updates.intake",
        "channels.telegram.api.transport",
        "delivery.storage",
        "app.health",
    },
    "channels.telegram.updates.polling": {
        "channels",
        "channels.telegram.updates.intake",
        "channels.telegram.api.transport",
        "delivery.storage",
    },
    "channels.telegram.chat": {
        "delivery.journal",
        "channels.telegram.updates.intake",
        "channels.telegram.api.sender",
        "channels.telegram.render",
        "channels.telegram.updates.types",
        "knowledge.model",
        "dialogue.state",
    },
    "channels.web.api.public": {
        "channels.web.api.responses",
        "channels.web.api.problems",
        "channels.rendering",
        "dialogue.replies",
        "timeline.course",
        "knowledge.model",
    },
    "channels.web.api.openapi": {"channels.web.api.responses", "channels.web.api.problems", "channels.web.api.schema", "version"},
    "timeline.picture": {"timeline.course", "timeline.drawing", "knowledge.model"},
    "authoring.held_out": {"authoring.calibrate", "matching.matcher", "knowledge.model", "authoring.score", "language.text"},
    "delivery.storage.operations.grouped": {
        "knowledge.model",
        "delivery.storage",
        "delivery.storage.operations.leases",
        "delivery.storage.operations.steps",
    },
    "delivery.storage.operations.single": {
        "knowledge.model",
        "delivery.storage",
        "delivery.storage.operations.leases",
        "delivery.storage.operations.steps",
    },
    "channels.helpdesk.chatwoot.api": {"channels.helpdesk.client", "delivery.journal", "delivery.inbox", "knowledge.model"},
    "dialogue.turn": {"safety.danger", "knowledge.model", "safety.urgent"},
    "dialogue.policy": {
        "dialogue.aftercare",
        "dialogue.choosing",
        "dialogue.replies",
        "safety.danger",
        "timeline.end_time",
        "dialogue.followups",
        "matching.matcher",
        "dialogue.cache",
        "knowledge.model",
        "dialogue.questions",
        "dialogue.smalltalk",
        "language.text",
        "dialogue.turn",
        "safety.urgent",
    },
    "delivery.storage.group_commit": {"delivery.storage", "delivery.storage.operations.grouped"},
    "app.python_api": {
        "app.config",
        "dialogue.policy",
        "matching.training",
        "knowledge.load",
        "knowledge.model",
        "dialogue.state",
    },
    "app.commands.evaluate": {
        "authoring.calibrate",
        "app.config",
        "dialogue.policy",
        "matching.training",
        "knowledge.load",
        "matching.matcher",
        "knowledge.model",
        "authoring.held_out",
        "authoring.score",
    },
    "delivery.service": {"dialogue.policy", "delivery.metrics", "knowledge.model", "dialogue.state"},
    "delivery.storage.postgres": {
        "delivery.storage",
        "delivery.storage.group_commit",
        "delivery.storage.operations.steps",
        "delivery.storage.schema.upgrade",
    },
    "delivery.storage.sqlite": {
        "delivery.storage",
        "delivery.storage.group_commit",
        "delivery.storage.operations.steps",
        "delivery.storage.schema.upgrade",
    },
    "delivery.storage.store": {
        "knowledge.model",
        "delivery.storage",
        "delivery.storage.operations.grouped",
        "delivery.storage.group_commit",
        "delivery.storage.operations.single",
        "delivery.storage.operations.steps",
        "delivery.storage.schema.upgrade",
    },
    "__init__": {"app.config", "app.python_api", "knowledge.load", "knowledge.model", "dialogue.replyjson", "version"},
    "channels.helpdesk.chatwoot.handler": {
        "channels.helpdesk.chatwoot",
        "channels.helpdesk.chatwoot.api",
        "channels.helpdesk.chatwoot.events",
        "channels.helpdesk.chatwoot.notes",
        "channels.helpdesk.handover",
        "channels.helpdesk.state",
        "delivery.journal",
        "channels.layout",
        "delivery.inbox",
        "knowledge.model",
        "dialogue.state",
        "delivery.service",
        "delivery.storage",
    },
    "channels.helpdesk.generic.webhook": {
        "channels.helpdesk.generic",
        "channels.helpdesk.generic.questions",
        "channels.helpdesk.handover",
        "channels.helpdesk.state",
        "channels.helpdesk.signatures",
        "knowledge.model",
        "delivery.service",
        "delivery.storage",
        "app.health",
    },
    "channels.telegram.desk": {
        "delivery.journal",
        "channels.telegram.chat",
        "channels.telegram.api.sender",
        "channels.telegram.render",
        "knowledge.model",
        "dialogue.state",
        "delivery.service",
        "delivery.storage",
    },
    "channels.web.api.context": {"delivery.metrics", "delivery.service", "delivery.storage"},
    "app.commands.kb": {
        "authoring.calibrate",
        "app.config",
        "knowledge.load",
        "authoring.lint",
        "app.commands.evaluate",
        "app.paths",
        "knowledge.schema",
        "authoring.verify",
    },
    "delivery.storage.open": {
        "delivery.storage",
        "delivery.storage.operations.single",
        "delivery.storage.postgres",
        "delivery.storage.sqlite",
        "delivery.storage.store",
    },
    "channels.helpdesk.generic.handler": {
        "channels.helpdesk.generic",
        "channels.helpdesk.generic.webhook",
        "channels.helpdesk.generic.questions",
        "channels.helpdesk.client",
        "channels.helpdesk.state",
        "channels.helpdesk.signatures",
        "delivery.inbox",
        "knowledge.model",
        "delivery.service",
        "delivery.storage",
    },
    "channels.telegram.actions.commands": {
        "delivery.journal",
        "channels.telegram.desk",
        "channels.telegram.updates.intake",
        "channels.telegram.chat",
        "channels.telegram.render",
        "timeline.course",
        "dialogue.state",
        "delivery.storage",
    },
    "channels.telegram.actions.inline": {
        "channels.telegram.desk",
        "channels.telegram.updates.intake",
        "channels.telegram.api.sender",
        "channels.telegram.render",
        "channels.telegram.updates.types",
        "knowledge.model",
        "dialogue.state",
        "delivery.storage",
    },
    "channels.telegram.actions.reminders": {
        "delivery.journal",
        "channels.telegram.desk",
        "channels.telegram.updates.intake",
        "channels.telegram.chat",
        "channels.telegram.render",
        "dialogue.state",
        "delivery.storage",
        "timeline.hours",
    },
    "channels.web.api.access": {
        "channels.web.api.responses",
        "channels.web.api.keys",
        "channels.web.api.context",
        "channels.web.api.problems",
        "channels.web.api.rates",
        "delivery.storage",
    },
    "channels.web.api.conversations": {
        "channels.web",
        "channels.web.api.context",
        "channels.web.api.problems",
        "channels.web.api.sessions",
        "knowledge.model",
        "dialogue.state",
        "delivery.storage",
    },
    "channels.telegram.actions.buttons": {
        "delivery.journal",
        "channels.telegram.actions.commands",
        "channels.telegram.desk",
        "channels.telegram.updates.intake",
        "channels.telegram.actions.reminders",
        "channels.telegram.chat",
        "channels.telegram.api.sender",
        "channels.telegram.render",
        "channels.telegram.updates.types",
        "dialogue.state",
        "delivery.storage",
    },
    "channels.web.api.endpoints": {
        "channels.web",
        "channels.web.api.responses",
        "channels.web.api.public",
        "channels.web.api.context",
        "channels.web.api.openapi",
        "channels.web.api.problems",
        "channels.web.api.schema",
        "channels.rendering",
        "channels.web.api.conversations",
        "dialogue.cache",
        "knowledge.model",
        "dialogue.replyjson",
        "version",
    },
    "channels.web.page": {"channels.calls", "channels.web.api.access", "knowledge.messages", "knowledge.model"},
    "channels.telegram.handler": {
        "delivery.journal",
        "channels.telegram.actions.commands",
        "channels.telegram.desk",
        "channels.telegram.actions.addressing",
        "channels.telegram.actions.inline",
        "channels.telegram.updates.intake",
        "channels.telegram.actions.buttons",
        "channels.telegram.actions.reminders",
        "channels.telegram.chat",
        "channels.telegram.api.sender",
        "channels.telegram.render",
        "channels.telegram.updates.types",
        "delivery.inbox",
        "dialogue.state",
        "delivery.storage",
    },
    "channels.web.api.app": {
        "channels",
        "channels.web",
        "channels.web.api.responses",
        "channels.web.api.endpoints",
        "channels.web.api.access",
        "channels.web.api.context",
        "channels.web.api.openapi",
        "channels.web.api.problems",
        "channels.web.api.schema",
        "app.health",
    },
    "app.wiring": {
        "channels.helpdesk.chatwoot",
        "channels.helpdesk.chatwoot.api",
        "channels.helpdesk.chatwoot.handler",
        "channels.helpdesk.chatwoot.webhook",
        "channels.helpdesk.generic",
        "channels.helpdesk.generic.handler",
        "channels.helpdesk.generic.webhook",
        "channels.helpdesk.client",
        "channels.telegram.handler",
        "channels.telegram.api.client",
        "channels.telegram.desk",
        "channels.telegram.updates.webhook",
        "channels.telegram.updates.intake",
        "channels.telegram.api.pace",
        "channels.telegram.updates.polling",
        "channels.telegram.api.sender",
        "channels.web",
        "channels.web.api.app",
        "channels.web.api.public",
        "channels.web.api.context",
        "channels.web.page",
        "channels.rendering",
        "app.config",
        "timeline.course",
        "delivery.inbox",
        "delivery.metrics",
        "timeline.picture",
        "delivery.service",
        "delivery.storage",
    },
    "app.serve": {
        "app.config",
        "delivery.inbox",
        "dialogue.policy",
        "delivery.metrics",
        "delivery.storage.instance",
        "delivery.service",
        "delivery.storage",
        "delivery.storage.open",
        "app.health",
        "app.wiring",
    },
    "app.commands.operate": {
        "channels.telegram.api.client",
        "channels.telegram.account",
        "channels.web.api.keys",
        "app.config",
        "dialogue.policy",
        "matching.training",
        "knowledge.load",
        "delivery.logs",
        "app.serve",
        "delivery.storage",
        "app.variables",
        "app.wiring",
    },
    "app.commands.main": {
        "channels.batch",
        "channels.terminal",
        "dialogue.replies",
        "app.config",
        "timeline.course",
        "dialogue.policy",
        "timeline.end_time",
        "matching.training",
        "app.commands.model",
        "app.commands.kb",
        "knowledge.load",
        "knowledge.model",
        "app.commands.operate",
        "timeline.picture",
        "dialogue.replyjson",
        "timeline.hours",
        "version",
    },
    "__main__": {"app.commands.main"},
}

# The core is pure: it knows no file, no clock, no chance, no socket, and no format that content is written in.
CORE = {
    "dialogue.aftercare",
    "matching.align",
    "dialogue.choosing",
    "matching.linear",
    "dialogue.replies",
    "timeline.course",
    "safety.danger",
    "dialogue.policy",
    "timeline.drawing",
    "timeline.end_time",
    "language.quantities",
    "dialogue.followups",
    "matching.guards",
    "language.vocabulary",
    "language.letters",
    "matching.matcher",
    "dialogue.cache",
    "knowledge.messages",
    "knowledge.model",
    "safety.patterns",
    "dialogue.questions",
    "authoring.score",
    "matching.semantic",
    "dialogue.smalltalk",
    "language.text",
    "timeline.hours",
    "dialogue.turn",
    "safety.urgent",
    "version",
}
IMPURE = {"asyncio", "http", "logging", "os", "pathlib", "random", "socket", "sqlite3", "time", "yaml"}
# Outside packages that are used in these places alone.
RESERVED = {
    "rapidfuzz": {"matching.align", "matching.matcher", "language.text"},
    "PIL": {"timeline.picture"},
    "aiohttp": {"channels.helpdesk.client", "channels.telegram.api.transport"},
    "alembic": {
        "delivery.storage.schema.migrations.env",
        "delivery.storage.schema.migrations.versions.r0001_inbox",
        "delivery.storage.schema.migrations.versions.r0002_api_keys",
        "delivery.storage.schema.upgrade",
    },
    "asyncpg": {"delivery.storage.postgres"},
    "prometheus_client": {"delivery.metrics"},
    "sqlalchemy": {
        "delivery.storage.schema.migrations.versions.r0001_inbox",
        "delivery.storage.schema.migrations.versions.r0002_api_keys",
        "delivery.storage.schema.tables",
        "delivery.storage.schema.upgrade",
    },
    "sqlite3": {"delivery.storage.sqlite", "delivery.storage.schema.upgrade"},
    "uvicorn": {"app.serve"},
}


def _imported(tree: ast.AST) -> Iterator[str]:
    """Full names of all that ``tree`` imports: ``from bot import text`` is ``bot.text``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole way"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def _arrows(tree: ast.AST) -> set[str]:
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


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_what_the_table_says(module: str) -> None:
    assert _arrows(MODULES[module]) == ALLOWED.get(module, set())


def test_the_table_names_modules_that_exist() -> None:
    assert ALLOWED.keys() - MODULES.keys() == set()
    assert CORE - MODULES.keys() == set()


@pytest.mark.parametrize("module", sorted(CORE))
def test_the_core_imports_the_core_and_nothing_impure(module: str) -> None:
    assert _outside(MODULES[module]) & IMPURE == set()
    assert _arrows(MODULES[module]) - CORE == set()


@pytest.mark.parametrize("package", RESERVED)
def test_a_reserved_package_is_used_in_its_places_alone(package: str) -> None:
    assert {module for module, tree in MODULES.items() if package in _outside(tree)} <= RESERVED[package]


def test_the_environment_is_read_in_one_place() -> None:
    assert {module for module, tree in MODULES.items() if _reads_environment(tree)} <= {"app.config"}


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
    assert _arrows(tree) == arrows
    assert _reads_environment(tree) is environment
