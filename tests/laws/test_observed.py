"""docs/metrics.md tells of every metric, every event and every line of the log, and of none besides."""

from __future__ import annotations

import ast
import re

from bot.delivery.logs import FIELDS
from bot.delivery.metrics import EVENTS, Metrics
from tests.places import ROOT

PAGE = (ROOT / "docs" / "metrics.md").read_text("utf-8")
# Said with a level that is chosen there.
CHOSEN = ["info", "warning"]
# What goes along in a mapping that is made elsewhere.
ELSEWHERE = {
    "serving": {"version", "clinic", "knowledge"},
    "knowledge is live": {"clinic", "knowledge", "seconds"},
    "knowledge refused, the last good one serves": {"clinic", "knowledge", "count", "reason"},
}


def _rows(heading: str) -> list[list[str]]:
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("| `")]


def _listed(cell: str) -> set[str]:
    return {word.strip() for word in cell.split(",") if word.strip()}


def _logged() -> dict[str, tuple[set[str], set[str]]]:
    """What the code logs: words (… for what is filled in), levels, and what goes along."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    for path in sorted((ROOT / "bot").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "_log":
                level, words = node.func.attr, node.args[node.func.attr == "log"]
                if level == "debug":
                    continue
                assert isinstance(words, ast.Constant), f"{path}:{node.lineno}: the words of a line are written out"
                levels, fields = found.setdefault(re.sub(r"%[sd]", "…", str(words.value)), (set(), set()))
                levels.update(CHOSEN if level == "log" else ["error" if level == "exception" else level])
                extra = [one.value for one in node.keywords if one.arg == "extra"]
                dicts = [one for value in extra for one in ast.walk(value) if isinstance(one, ast.Dict)]
                fields.update(str(key.value) for one in dicts for key in one.keys if isinstance(key, ast.Constant))
    return {words: (levels, fields | ELSEWHERE.get(words, set())) for words, (levels, fields) in found.items()}


def test_every_metric_is_told_with_its_labels() -> None:
    metrics = Metrics(["web"])
    metrics.watch_server(lambda: 0, lambda: 0)
    metrics.watch_store(lambda: False)
    labels = {one._name: set(one._labelnames) for one in metrics._registry._collector_to_names}  # type: ignore[attr-defined]
    there = {
        f"{metric.name}_total" if metric.type == "counter" else metric.name: (metric.type, labels[metric.name])
        for metric in metrics._registry.collect()
    }
    assert {row[0].strip("`"): (row[1], _listed(row[2])) for row in _rows("Metrics")} == there


def test_every_event_is_told() -> None:
    told = [row[0].strip("`") for row in _rows("Events")]
    assert sorted(told) == sorted(EVENTS)


def test_every_line_of_the_log_is_told_with_what_goes_along() -> None:
    told = {row[0].strip("`"): (_listed(row[1]), _listed(row[2])) for row in _rows("Log")}
    assert told == _logged()


def test_nothing_goes_along_that_the_log_drops() -> None:
    assert {field for _, fields in _logged().values() for field in fields} <= set(FIELDS)


def test_every_span_is_told() -> None:
    opened = {
        str(node.args[0].value)
        for path in sorted((ROOT / "bot").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "span" and isinstance(node.args[0], ast.Constant)
    }
    assert {row[0].strip("`") for row in _rows("Spans")} == opened
