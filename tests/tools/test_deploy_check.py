"""``make deploy-check``: what a tool says is told, one that is missing is named, and queries are such as Prometheus reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import deploy_check


def test_what_a_program_says_is_told_where_it_does_not_end_well(tmp_path: Path) -> None:
    assert list(deploy_check.run("true")) == []
    assert list(deploy_check.run("false")) == ["exit code 1"]
    assert "nowhere" in " ".join(deploy_check.run("ls", "nowhere", cwd=tmp_path))
    with pytest.raises(FileNotFoundError):
        list(deploy_check.run("no-such-tool-at-all"))


def test_no_variable_of_grafana_s_is_left_in_a_query() -> None:
    found = list(deploy_check.expressions())
    assert len(found) > 10
    assert not [text for text in found if "$" in text]


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_a_tool_that_is_missing_is_named_and_is_a_mistake_in_ci(
    ci: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nothing() -> Iterator[str]:
        return iter(())

    for name in ("lint_chart", "validate_manifests", "refuse_values", "check_compose", "check_unit"):
        monkeypatch.setattr(deploy_check, name, nothing)
    monkeypatch.setattr(deploy_check, "check_rules", lambda: deploy_check.run("no-such-tool-at-all"))
    monkeypatch.setattr("shutil.which", lambda name: "/bin/true" if name in {"hadolint", "shellcheck"} else None)
    monkeypatch.setenv("CI", ci)
    assert deploy_check.main() == code
    assert "NOT LOOKED AT: promtool (no-such-tool-at-all is not installed)" in capsys.readouterr().out
