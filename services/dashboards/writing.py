"""Dashboards as Grafana's JSON, rules as Prometheus's YAML (JSON is YAML). Pure."""

from __future__ import annotations

import json
from typing import Any

from grafana_foundation_sdk.builders import dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DataSourceRef

from services.dashboards.panels import BOARDS, Board, Panel
from services.dashboards.rules import ALERTS, RECORDED

DASHBOARDS, RULES = "deploy/grafana/dashboards", "deploy/prometheus/rules"
_SOURCE = DataSourceRef(type_val="prometheus", uid="prometheus")


def files() -> dict[str, str]:
    """Every generated file by its path in the repository."""
    made = {f"{DASHBOARDS}/{board.uid}.json": _board(board) for board in BOARDS}
    made[f"{RULES}/recording.yml"] = _groups(
        "kith-service-levels", [{"record": n, "expr": e} for n, e in RECORDED.items()]
    )
    made[f"{RULES}/alerts.yml"] = _groups(
        "kith-alerts",
        [
            {
                "alert": alert.name,
                "expr": alert.expr,
                "for": alert.lasting,
                "labels": {"severity": alert.severity},
                "annotations": {"summary": alert.summary, "runbook": alert.runbook},
            }
            for alert in ALERTS
        ],
    )
    return made


def _groups(name: str, rules: list[dict[str, Any]]) -> str:
    return json.dumps({"groups": [{"name": name, "rules": rules}]}, indent=2) + "\n"


def _board(board: Board) -> str:
    built = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .tags(["kith"])
        .refresh("30s")
        .time("now-6h", "now")
        .timezone("browser")
        .readonly()
    )
    for panel in board.panels:
        built = built.with_panel(_panel(panel))
    made = json.loads(JSONEncoder(sort_keys=True).encode(built.build()))
    return json.dumps(made, indent=2, sort_keys=True) + "\n"


def _panel(panel: Panel) -> Any:
    built: Any = stat.Panel() if panel.single else timeseries.Panel()
    built = (
        built.title(panel.title)
        .description(panel.meaning)
        .datasource(_SOURCE)
        .unit(panel.unit)
        .height(6 if panel.single else 8)
        .span(6 if panel.single else 12)
    )
    for letter, query in zip("ABCDEF", panel.queries, strict=False):
        asked = prometheus.Dataquery().ref_id(letter).expr(query.expr)
        built = built.with_target(asked.legend_format(query.legend))
    return built
