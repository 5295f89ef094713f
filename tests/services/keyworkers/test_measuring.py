"""What dashboards are told of teams: what they carry and may, and of nobody alone."""

from __future__ import annotations

from typing import Any

from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource

from services.keyworkers.loading import Rosters
from services.keyworkers.measuring import measuring_teams
from services.kit import telemetry_metrics
from tests.services.keyworkers.building import matched
from tests.services.keyworkers.conftest import Clock, events_of, running
from tests.stack import PLACE, Stack


def figures(reader: InMemoryMetricReader, name: str) -> dict[str, float]:
    """Of one metric, by team."""
    data: Any = reader.get_metrics_data()
    metrics = data.resource_metrics[0].scope_metrics[0].metrics
    points = [p for m in metrics if m.name == name for p in m.data.data_points]
    assert all(set(point.attributes) == {"place", "team"} for point in points)
    assert {point.attributes["place"] for point in points} == {PLACE}
    return {point.attributes["team"]: point.value for point in points}


async def test_every_team_is_measured_by_what_it_carries_and_may(
    stack: Stack, clock: Clock
) -> None:
    await stack.publish(matched(1, "a"), matched(2, "b"))
    reader = InMemoryMetricReader()
    async with running(stack, clock) as service:
        await events_of(stack, 4)  # two referrals opened, two key workers named
        telemetry_metrics.configure([reader], Resource.create({}))
        try:
            async with service.work() as work:
                await measuring_teams(Rosters())(work)
            carried = figures(reader, "kith.caseload")
            limits = figures(reader, "kith.caseload.limit")
        finally:
            telemetry_metrics.forget()
    assert sum(carried.values()) == 2
    assert carried.keys() == limits.keys()
    assert len(carried) == 4
    assert all(limits[team] > carried[team] for team in carried)
