"""What each team carries and what is on notice, for the dashboards. Sums over a team or place:
nobody's own figure leaves."""

from __future__ import annotations

from services.keyworkers import store_places, store_reading, store_retention
from services.keyworkers.loading import Rosters
from services.kit.periodic import Task
from services.kit.telemetry_metrics import measuring, record
from services.kit.work import Work


def measuring_teams(rosters: Rosters) -> Task:
    """The periodic task that says what every team of every place carries, and may at most."""

    async def measure(work: Work) -> None:
        if not measuring():
            return
        for place_id, roster in (await rosters.load_all(work.connection)).items():
            held = await store_reading.find_caseloads(work.connection, place_id)
            for team, members in roster.members.items():
                carried = sum(held.get(member.id, 0.0) for member in members)
                limit = sum(roster.limit_of(member) for member in members)
                record("kith.caseload", carried, place=place_id, team=team)
                record("kith.caseload.limit", limit, place=place_id, team=team)

    return measure


async def measuring_retention(work: Work) -> None:
    """The periodic task that says how many households of every place are on notice."""
    if not measuring():
        return
    counts = await store_retention.count_notices(work.connection)
    for place_id in await store_places.find_places(work.connection):
        record("kith.retention.on_notice", counts.get(place_id, 0), place=place_id)
