"""``make deploy-check``: what stands in deploy/, looked at by the tools of its trade. Exit code 1 where one finds something.

Runs in an environment of its own (requirements-deploy.txt). Nothing is started, and no cluster or engine is asked. A tool that is
not there is named at the end, and is a mistake in CI.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path(__file__).parents[1] / "deploy"
CHART = DEPLOY / "chart"
FILES = CHART / "files"
# The oldest that the chart names, and the newest that there are schemas of.
KUBERNETES = ("1.28", "1.37")
HOOK = {"telegram": {"webhookUrl": "https://bot.clinic.example"}}
# What is rendered: how people run it.
RENDERED: Mapping[str, Mapping[str, Any]] = {
    "as it comes": {},
    "a webhook": HOOK,
    "without Telegram": {"secrets": {"name": "bot", "keys": ["database_url"]}},
    "with all of it": {
        **HOOK,
        "autoscaling": {"enabled": True},
        "clinics": {"configMap": "clinics", "name": "aurora"},
        "cache": {"existingClaim": "learned"},
        "image": {"digest": f"sha256:{'0' * 64}"},
        "imagePullSecrets": [{"name": "registry"}],
        "ingress": {"enabled": True, "className": "nginx", "tlsSecret": "tls", "annotations": {"a": "b"}},
        "knowledge": {"image": f"knowledge@sha256:{'0' * 64}"},
        "monitoring": {"enabled": True, "labels": {"release": "prometheus"}},
        "nodeSelector": {"a": "b"},
        "podAnnotations": {"a": "b"},
        "podLabels": {"a": "b"},
        "settings": {"LOG_LEVEL": "debug", "PORT": 8080, "WEB_EXAMPLE": False},
        "tolerations": [{"key": "a", "operator": "Exists"}],
    },
}
# What must not be rendered, and a word of why.
REFUSED: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "a secret among the settings": ({"settings": {"TELEGRAM_BOT_TOKEN": "x"}}, "a secret"),
    "a secret's file among the settings": ({"settings": {"GENERIC_SECRET_FILE": "/x"}}, "a secret"),
    "a webhook without its secret": ({**HOOK, "secrets": {"name": "x", "keys": ["database_url"]}}, "webhook_secret"),
    "no database": ({"secrets": {"name": "x", "keys": ["webhook_secret"]}}, "contain"),
    "a value that is none": ({"replica": 3}, "replica"),
    "a webhook with a path": ({"telegram": {"webhookUrl": "https://a.example/b"}}, "webhookUrl"),
}


def main() -> int:
    checks: Mapping[str, Callable[[], Iterator[str]]] = {
        "helm lint": lint_chart,
        "helm template, Kubernetes' schemas": validate_manifests,
        "helm template, what it refuses": refuse_values,
        "promtool": check_rules,
        "docker compose config": check_compose,
        "hadolint": lambda: run("hadolint", str(DEPLOY / "Dockerfile")),
        "shellcheck": lambda: run("shellcheck", *map(str, sorted(DEPLOY.glob("*.sh")))),
        "systemd-analyze verify": check_unit,
    }
    missing, found = [], 0
    for name, check in checks.items():
        try:
            wrong = list(check())
        except FileNotFoundError as error:
            missing.append(f"{name} ({error.filename} is not installed)")
            continue
        print(f"{'ok   ' if not wrong else 'WRONG'} {name}")
        for line in wrong:
            print(f"      {line}")
        found += len(wrong)
    if missing:
        print(f"NOT LOOKED AT: {', '.join(missing)}")
    return 1 if found or (missing and os.environ.get("CI") == "true") else 0


def run(program: str, *arguments: str, cwd: Path | None = None) -> Iterator[str]:
    """What ``program`` says, where it does not end well. Packages put theirs beside our Python."""
    beside = Path(sys.executable).parent / program
    path = str(beside) if beside.is_file() else shutil.which(program)
    if path is None:
        raise FileNotFoundError(2, "not installed", program)
    command = [path, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=cwd)
    if done.returncode:
        yield from (done.stdout + done.stderr).strip().splitlines() or [f"exit code {done.returncode}"]


def lint_chart() -> Iterator[str]:
    import helm_python  # noqa: PLC0415  # the other checks go on without it

    report = helm_python.lint(str(CHART), strict=True)
    yield from report["errors"]
    yield from (f"{one['path']}: {one['error']}" for one in report["messages"] if one["severity"] > 1)


def render(values: Mapping[str, Any]) -> dict[str, str]:
    import helm_python  # noqa: PLC0415  # as above

    with helm_python.Chart.load(str(CHART)) as chart:
        chart.validate_schema(values)
        manifests: dict[str, str] = chart.render(values, name="trial", namespace="bots")
    return manifests


def validate_manifests() -> Iterator[str]:
    import kubernetes_validate  # noqa: PLC0415  # as above

    for name, values in RENDERED.items():
        for document in documents(values):
            if document["apiVersion"].startswith("monitoring.coreos.com/"):
                continue  # there is no schema of the operator's here; what is in its rules, promtool reads
            for version in KUBERNETES:
                try:
                    kubernetes_validate.validate(document, version, strict=True)
                except kubernetes_validate.ValidationError as error:
                    yield f"{name}, {document['kind']}, {version}: {error.message} at {list(error.path)}"
        yield from pinned(name, values)


def documents(values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for path, text in render(values).items():
        yield from (one for one in yaml.safe_load_all(text) if one is not None) if path.endswith(".yaml") else ()


def pinned(name: str, values: Mapping[str, Any]) -> Iterator[str]:
    """Who polls is alone; who does not has company, and is not disturbed all at once."""
    kinds = {one["kind"]: one for one in documents(values)}
    spec = kinds["Deployment"]["spec"]
    polls = "telegram" not in values and "secrets" not in values
    shape = (spec.get("replicas"), spec["strategy"]["type"], "PodDisruptionBudget" in kinds)
    scaled = "autoscaling" in values
    if shape != ((1, "Recreate", False) if polls else (None if scaled else 2, "RollingUpdate", True)):
        yield f"{name}: replicas, strategy, disruption budget are {shape}"
    if ("HorizontalPodAutoscaler" in kinds) != scaled:
        yield f"{name}: autoscaling is not as it was asked for"


def refuse_values() -> Iterator[str]:
    import helm_python  # noqa: PLC0415  # as above

    for name, (values, why) in REFUSED.items():
        try:
            render(values)
        except helm_python.HelmError as error:
            if why not in str(error):
                yield f"{name}: refused, but it says: {error}"
        else:
            yield f"{name} is taken"


def check_rules() -> Iterator[str]:
    yield from run("promtool", "check", "rules", "alerts.yaml", cwd=FILES)
    yield from run("promtool", "test", "rules", "alerts_test.yaml", cwd=FILES)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "dashboard.yaml"
        rules = [{"record": f"panel:{number}", "expr": text} for number, text in enumerate(expressions())]
        file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}), "utf-8")
        yield from run("promtool", "check", "rules", str(file))
        rendered = Path(folder) / "rendered.yaml"
        (rule,) = [one for one in documents(RENDERED["with all of it"]) if one["kind"] == "PrometheusRule"]
        rendered.write_text(yaml.safe_dump(rule["spec"]), "utf-8")
        yield from run("promtool", "check", "rules", str(rendered))


def expressions() -> Iterator[str]:
    """The queries of the dashboard, with something in the place of Grafana's variables."""
    board = json.loads((FILES / "dashboard.json").read_text("utf-8"))
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield re.sub(r"\$\w+", ".*", re.sub(r"\[\$\w+\]", "[5m]", target["expr"]))


def check_compose() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copyfile(DEPLOY / "compose.yaml", folder / "compose.yaml")
        shutil.copyfile(DEPLOY / "env.example", folder / "env")
        for profiles in ([], ["postgresql"], ["tls"], ["postgresql", "tls"]):
            chosen = [part for profile in profiles for part in ("--profile", profile)]
            yield from run("docker-compose", "--file", "compose.yaml", *chosen, "config", "--quiet", cwd=folder)


def check_unit() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        unit = Path(folder) / "infusion-bot.service"
        text = (DEPLOY / "infusion-bot.service").read_text("utf-8")
        unit.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.MULTILINE), "utf-8")
        yield from run("systemd-analyze", "verify", str(unit))


if __name__ == "__main__":
    raise SystemExit(main())
