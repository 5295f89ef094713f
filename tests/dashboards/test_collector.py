"""The collector's configuration, on a real OpenTelemetry Collector that a running Kith feeds.

Needs ``KITH_COLLECTOR``: the program, with the components that the configuration names.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from services.local.leash import Leash
from services.local.ports import free_port
from tests.conftest import StackFactory
from tests.dashboards.test_generated import ROOT
from tests.otlp import Received, receiver
from tests.stack import eventually
from tests.system.town import SCHOOL, SERVICES, household, open_town

CONFIG = ROOT / "deploy/otel/collector.yaml"
ELSEWHERE = {
    "0.0.0.0:4318": "http",
    "0.0.0.0:4317": "grpc",
    "0.0.0.0:13133": "health",
}

pytestmark = [pytest.mark.prometheus, pytest.mark.timeout(300)]


def program() -> str:
    told = os.environ.get("KITH_COLLECTOR")
    if not told:
        pytest.skip("KITH_COLLECTOR names no OpenTelemetry Collector")
    assert Path(told).is_file(), f"there is no collector at {told}"
    return told


def test_the_configuration_is_valid() -> None:
    done = subprocess.run(
        [program(), "validate", f"--config={CONFIG}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@contextmanager
def collecting(folder: Path, traces: Received, metrics: Received) -> Iterator[tuple[str, str]]:
    """The collector as it is configured, but for addresses and for how long and how much it
    samples. Where it takes OTLP, and where it says how it is."""
    ports = {name: free_port() for name in ELSEWHERE.values()}
    text = CONFIG.read_text("utf-8")
    for before, name in ELSEWHERE.items():
        assert before in text
        text = text.replace(before, f"127.0.0.1:{ports[name]}")
    for before, after in (
        ("http://tempo:4318", traces.url),
        ("http://prometheus:9090/api/v1/otlp", metrics.url),
        ("decision_wait: 30s", "decision_wait: 1s"),
        ("sampling_percentage: 10}", "sampling_percentage: 100}"),
    ):
        assert before in text
        text = text.replace(before, after)
    (folder / "collector.yaml").write_text(text, "utf-8")
    with Leash() as leash, (folder / "collector.out").open("wb") as output:
        leash.spawn([program(), f"--config={folder}/collector.yaml"], output=output)
        yield f"http://127.0.0.1:{ports['http']}", f"http://127.0.0.1:{ports['health']}"


async def test_a_journey_and_its_measures_go_through_it(
    open_stack: StackFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        receiver() as traces,
        receiver() as metrics,
        collecting(tmp_path, traces, metrics) as (otlp, health),
    ):

        async def is_well() -> bool:
            try:
                return (await client.get(health)).status_code == 200
            except httpx.TransportError:
                return False

        async with httpx.AsyncClient(trust_env=False) as client:
            await eventually(is_well, seconds=30)
        monkeypatch.setenv("KITH_OTLP_ENDPOINT", otlp)
        monkeypatch.setenv("KITH_TRACE_SECONDS", "0.2")
        monkeypatch.setenv("KITH_METRICS_SECONDS", "1")
        async with open_stack(*SERVICES) as stack, open_town(stack, tmp_path) as town:
            journey = await town.send(SCHOOL, household("Danielle", "Riley", "Ashworth", "S-1"))

            async def services() -> set[str]:
                return {service for service, _ in traces.of_journey(journey)}

            async def measured() -> set[str]:
                return metrics.metrics

            told = {f"kith-{name}" for name in SERVICES} - {"kith-portal"}
            await eventually(services, lambda found: told <= found, seconds=60)
            wanted = {"kith.assessments", "kith.consumer.lag", "kith.caseload"}
            await eventually(measured, lambda found: wanted <= found, seconds=60)
    assert not traces.metrics
    assert not metrics.spans
