"""The Helm chart, its alerts and its dashboard agree with the code; `make deploy-check` renders and validates them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
import yaml

from bot.app.variables import SETTINGS
from bot.channels.helpdesk.chatwoot import webhook as chatwoot
from bot.channels.helpdesk.generic import webhook as generic
from bot.channels.telegram.updates import webhook as telegram
from bot.channels.web.api.app import ROOT as API
from bot.delivery.metrics import EVENTS, Metrics
from bot.version import __version__
from tests.places import ROOT

CHART = ROOT / "deploy" / "chart"
TEMPLATES = {path.name: path.read_text("utf-8") for path in sorted((CHART / "templates").iterdir())}
ALERTS = yaml.safe_load((CHART / "files" / "alerts.yaml").read_text("utf-8"))["groups"][0]["rules"]
BOARD = json.loads((CHART / "files" / "dashboard.json").read_text("utf-8"))
SECRETS = {one.variable.lower() for one in SETTINGS.values() if one.secret}


def _queries() -> Iterator[str]:
    yield from (rule["expr"] for rule in ALERTS)
    yield from (target["expr"] for panel in BOARD["panels"] for target in panel["targets"])
    yield from (variable["query"]["query"] for variable in BOARD["templating"]["list"] if variable["type"] == "query")


def _metrics() -> set[str]:
    """The names of all that is counted, as Prometheus sees them."""
    metrics = Metrics(["web"])
    metrics.watch_server(lambda: 0, lambda: 0)
    metrics.watch_store(lambda: False)
    metrics.introduce("1", "default", "a")
    metrics.campaign("default", "poster")
    found = re.findall(r"^(?:# HELP )?(infusion_bot_\w+)", metrics.rendered().decode(), re.MULTILINE)
    return {name for name in found if not name.endswith("_created")}


@pytest.mark.parametrize("query", sorted(set(_queries())))
def test_what_alerts_and_dashboard_ask_for_is_counted(query: str) -> None:
    asked = set(re.findall(r"\binfusion_bot_\w+", query))
    assert asked <= _metrics()
    for pattern in re.findall(r'\bevent=~?"([^"]+)"', query):
        for event in pattern.split("|"):
            assert any(re.fullmatch(event, known) for known in EVENTS), event


def test_what_autoscaling_asks_for_is_counted() -> None:
    assert set(re.findall(r"name: (infusion_bot_\w+)", TEMPLATES["scaling.yaml"])) <= _metrics()


def test_every_metric_is_on_the_dashboard() -> None:
    shown = " ".join(target["expr"] for panel in BOARD["panels"] for target in panel["targets"])
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in _metrics()}
    assert {name for name in families if name not in shown} == set()


def test_every_alert_is_tried_and_each_panel_has_an_id_of_its_own() -> None:
    tried = (CHART / "files" / "alerts_test.yaml").read_text("utf-8")
    assert {rule["alert"] for rule in ALERTS} == set(re.findall(r"alertname: (\w+)", tried))
    ids = [panel["id"] for panel in BOARD["panels"]]
    assert len(ids) == len(set(ids))


def test_the_chart_is_of_this_version() -> None:
    assert yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))["appVersion"] == __version__


def test_the_chart_knows_what_a_secret_is() -> None:
    (listed,) = re.findall(r'\(list ((?:"\w+" ?)+)\)', TEMPLATES["deployment.yaml"])
    assert set(re.findall(r"\w+", listed)) == SECRETS
    values = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
    assert set(values["secrets"]["keys"]) <= SECRETS
    assert not {name.lower() for name in values["settings"]} & SECRETS


def test_the_chart_sets_only_what_is_a_setting() -> None:
    known = {one.variable for one in SETTINGS.values()}
    assert set(re.findall(r'set \$set "([A-Z_]+)"', TEMPLATES["settings.yaml"])) <= known


def test_ingress_leads_to_what_is_for_the_outside_alone() -> None:
    exact, prefixes = (re.findall(r'"(/[^"]*)"', line) for line in re.findall(r"range list (.*) \}\}", TEMPLATES["network.yaml"]))
    outside = ["/", "/widget.js", "/web/x", f"{API}/ask", telegram.PATH, generic.PATH, chatwoot.PATH]
    for path, reached in [*((path, True) for path in outside), *((path, False) for path in ("/metrics", "/readyz", "/livez"))]:
        assert (path in exact or any(path == one or path.startswith(f"{one}/") for one in prefixes)) is reached, path


def test_a_pod_may_write_nothing_but_its_data() -> None:
    text = TEMPLATES["deployment.yaml"]
    assert (
        text.count("readOnlyRootFilesystem: true") == text.count("securityContext:") - 1 == 2
    )  # each container's; one is the pod's
    assert text.count("capabilities: { drop: [ALL] }") == 2
    assert "runAsNonRoot: true" in text
    assert "automountServiceAccountToken: false" in text
