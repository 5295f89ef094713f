"""Who of the key worker's team could take a household over, in the order of the ranking."""

from __future__ import annotations

from datetime import datetime

from services.keyworkers import store
from services.keyworkers.assigning import ranking_for
from services.keyworkers.gathering import add_loads
from services.keyworkers.ranking import Ranked
from services.keyworkers.roster import Roster
from services.keyworkers.situation import Load, Situation
from services.kit.db import Connection, Row


async def rank_takers(
    connection: Connection, roster: Roster, engagement: Row, now: datetime
) -> list[tuple[Ranked, Load]]:
    """The others of the team, with what each carries. ``engagement``: of
    :func:`services.keyworkers.store_handovers.find_engagements`."""
    referral = await store.load_referral(connection, engagement["referral_id"])
    team_id = roster.key_workers[engagement["key_worker_id"]].team
    known = {engagement["household_id"], *referral.known_households}
    situation = Situation(roster, engagements=await store.load_engagements(connection, known))
    await add_loads(connection, {roster.place.id: situation}, {roster.place.id: {team_id}})
    return [
        (ranked, situation.loads.get(ranked.key_worker_id, Load()))
        for ranked in ranking_for(situation, referral, now, team_id=team_id)
        if ranked.key_worker_id != engagement["key_worker_id"]
    ]


async def first_taker(
    connection: Connection, roster: Roster, engagement: Row, now: datetime
) -> str | None:
    """The first of them who can take a household now."""
    takers = await rank_takers(connection, roster, engagement, now)
    return next((ranked.key_worker_id for ranked, _ in takers if ranked.eligible), None)
