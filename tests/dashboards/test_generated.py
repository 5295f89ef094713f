"""What is checked in is what the code writes; each alert has its page, each query its metric."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from contracts.metrics import METRICS, Kind, Metric
from services.dashboards.panels import BOARDS
from services.dashboards.rules import ALERTS, RECORDED
from services.dashboards.writing import files

ROOT = Path(__file__).parents[2]
_NAME = re.compile(r"\b(?:kith|http)_[a-z_]+\b")


def names_in_prometheus(metric: Metric) -> set[str]:
    """As Prometheus's OTLP receiver names it."""
    name = metric.name.replace(".", "_") + ("_seconds" if metric.unit == "s" else "")
    if metric.kind is Kind.COUNTER:
        return {name + "_total"}
    return {name + part for part in ("_bucket", "_count", "_sum")} | {name}


def names_said(expr: str) -> set[str]:
    """The metrics (and labels like them) in PromQL, without what rules record."""
    return set(_NAME.findall(re.sub(r"kith:[a-z_0-9]+:[a-z_0-9]+", "", expr)))


def test_dashboards_and_rules_are_what_the_code_writes() -> None:
    for name, text in files().items():
        assert (ROOT / name).read_text("utf-8") == text, name
    found = {p.stem for p in (ROOT / "deploy/grafana/dashboards").glob("*.json")}
    assert found == {board.uid for board in BOARDS}


def test_every_metric_asked_for_is_declared() -> None:
    declared = set().union(*map(names_in_prometheus, METRICS))
    labels = {attribute.replace(".", "_") for m in METRICS for attribute in m.attributes}
    asked = [q.expr for board in BOARDS for panel in board.panels for q in panel.queries]
    for expr in [*asked, *RECORDED.values(), *(alert.expr for alert in ALERTS)]:
        assert names_said(expr) <= declared | labels, expr


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_every_alert_has_a_page_that_says_what_to_do_and_its_annotation_names_it(alert) -> None:
    assert f'"runbook": "{alert.runbook}"' in files()["deploy/prometheus/rules/alerts.yml"]
    page = (ROOT / alert.runbook).read_text("utf-8")
    assert page.startswith(f"# {alert.name}\n")
    for heading in ("What it means", "What people notice", "What to do", "When it is over"):
        assert f"**{heading}" in page
    index = (ROOT / "docs/runbooks/README.md").read_text("utf-8")
    assert f"({alert.name}.md)" in index


def test_every_alert_has_a_unit_test() -> None:
    text = (ROOT / "tests/dashboards/alerts.test.yml").read_text("utf-8")
    assert {alert.name for alert in ALERTS} == set(re.findall(r"alertname: (\w+)", text))
