"""Every query of every dashboard and rule, on a real Prometheus 3 fed by a running Kith.

Needs ``KITH_PROMETHEUS``: the program, or its folder; ``promtool`` beside it or on the path.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.dashboards.panels import BOARDS
from services.dashboards.rules import ALERTS, RECORDED
from services.local.leash import Leash
from services.local.ports import free_port
from tests.conftest import StackFactory
from tests.dashboards.test_generated import ROOT, names_said
from tests.http_receiver import http_receiver
from tests.stack import TOKEN, eventually
from tests.system.town import POLICE, SCHOOL, SERVICES, Town, household, open_town

pytestmark = [pytest.mark.prometheus, pytest.mark.timeout(400)]


def program(name: str) -> str:
    """Prometheus or promtool. Skips where nobody said where, fails where it is not there."""
    told = os.environ.get("KITH_PROMETHEUS")
    if not told:
        pytest.skip("KITH_PROMETHEUS names no Prometheus")
    where = Path(told)
    folder = where if where.is_dir() else where.parent
    found = shutil.which(str(folder / name)) if where.exists() else shutil.which(name)
    assert found, f"{name} is not at {told} nor on the path"
    return found


def test_rules_and_configuration_are_valid_and_alerts_fire_when_they_should() -> None:
    promtool = program("promtool")
    for arguments in (
        ("check", "config", "deploy/prometheus/prometheus.yml"),
        ("test", "rules", "tests/dashboards/alerts.test.yml"),
    ):
        done = subprocess.run(
            [promtool, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[str]:
    """The URL of one with Kith's rules, that evaluates them every second."""
    binary, port = program("prometheus"), free_port()
    text = (ROOT / "deploy/prometheus/prometheus.yml").read_text("utf-8")
    (tmp_path / "prometheus.yml").write_text(text.replace("interval: 15s", "interval: 1s"), "utf-8")
    shutil.copytree(ROOT / "deploy/prometheus/rules", tmp_path / "rules")
    with Leash() as leash, (tmp_path / "prometheus.out").open("wb") as output:
        leash.spawn(
            [
                binary,
                f"--config.file={tmp_path}/prometheus.yml",
                f"--storage.tsdb.path={tmp_path}/data",
                f"--web.listen-address=127.0.0.1:{port}",
                "--web.enable-otlp-receiver",
            ],
            output=output,
        )
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
async def town(
    prometheus: str, open_stack: StackFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Town]:
    monkeypatch.setenv("KITH_OTLP_METRICS_ENDPOINT", f"{prometheus}/api/v1/otlp/v1/metrics")
    monkeypatch.setenv("KITH_METRICS_SECONDS", "1")
    monkeypatch.setenv("KITH_QUALITY_SECONDS", "1")
    monkeypatch.setenv("KITH_SEAL_CHECK_SECONDS", "1")
    async with (
        open_stack(*SERVICES) as stack,
        open_town(stack, tmp_path) as town,
        http_receiver() as agency,
    ):
        await town.put_webhook(SCHOOL, agency.url)
        yield town


async def test_every_query_returns_series(town: Town, prometheus: str) -> None:
    await live(town)

    async def series(expr: str) -> list[Any]:
        try:
            answer = await town.client.get(
                f"{prometheus}/api/v1/query", params={"query": expr.replace("$__range", "5m")}
            )
        except httpx.TransportError:
            return []
        assert answer.status_code == 200, f"{expr}: {answer.text}"
        found: list[Any] = answer.json()["data"]["result"]
        return found

    asked = [q.expr for board in BOARDS for panel in board.panels for q in panel.queries]
    asked += [*RECORDED, *RECORDED.values()]
    asked += sorted(set().union(*(names_said(alert.expr) for alert in ALERTS)))
    without: list[str] = []
    for expr in asked:
        try:
            await eventually(partial(series, expr), seconds=2 if without else 40)
        except TimeoutError:
            without.append(expr)
    assert without == []


async def live(town: Town) -> None:
    """A week in a minute: one opened, one routed, one acknowledged, one that a reviewer answers."""
    first = await town.send(SCHOOL, household("Danielle", "Riley", "Ashworth", "S-1"))
    await town.settled(SCHOOL, first)
    second = await town.send(POLICE, household("Danielle", "Riley", "Ashworth", "P-1"))
    await town.settled(POLICE, second)
    [alert, *_] = await eventually(
        lambda: town.rows("select * from alerts.alert"), lambda rows: len(rows) >= 2
    )
    answer = await town.client.post(
        f"{town.url('alerts')}/v1/alerts/{alert['id']}/acknowledge",
        json={"as_recipient": json.loads(alert["recipient"])["id"]},
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    assert answer.status_code == 200, answer.text
    await town.settled(SCHOOL, await town.send(SCHOOL, alone("S-2", "12 Milton Road", "WN1 2AB")))
    await town.send(SCHOOL, alone("S-3", "7 Poolstock Lane", "WN3 5DJ"))
    [case] = await eventually(partial(town.get, "duplication", "/v1/reviews"))
    answer = await town.client.post(
        f"{town.url('duplication')}/v1/reviews/{case['id']}",
        json={"verdict": "same"},
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    assert answer.status_code == 200, answer.text


def alone(reference: str, line: str, postcode: str) -> dict[str, Any]:
    """Somebody alone: seen at two addresses, a person says whether it is one household."""
    sent = household("Catherine", "Nobody", "Holroyd", reference)
    address = {"lines": [line], "town": "Wigan", "postcode": postcode}
    return sent | {"people": sent["people"][:1], "address": address}
