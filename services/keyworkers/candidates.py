"""Who could take a household over, in the order of the ranking: of the key worker's own team, or,
asked for by name or locality, of another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.keyworkers import store
from services.keyworkers.assigning import ranking_for
from services.keyworkers.gathering import add_loads
from services.keyworkers.ranking import Ranked
from services.keyworkers.roster import Roster
from services.keyworkers.situation import Load, Situation
from services.kit.db import Connection, Row

Taker = tuple[Ranked, Load]
"""Somebody with their place in the ranking, and what they carry."""


async def rank_takers(
    connection: Connection,
    roster: Roster,
    engagement: Row,
    now: datetime,
    elsewhere: Sequence[str] = (),
) -> tuple[list[Taker], list[Taker]]:
    """The others of the key worker's own team, best first; and those of the teams ``elsewhere``,
    team by team.

    ``engagement``: of :func:`services.keyworkers.store_handovers.find_engagements`.
    """
    own = roster.key_workers[engagement["key_worker_id"]].team
    referral = await store.load_referral(connection, engagement["referral_id"])
    teams = [own, *elsewhere]
    known = {engagement["household_id"], *referral.known_households}
    situation = Situation(roster, engagements=await store.load_engagements(connection, known))
    await add_loads(connection, {roster.place.id: situation}, {roster.place.id: set(teams)})

    def of(team_id: str) -> list[Taker]:
        return [
            (ranked, situation.loads.get(ranked.key_worker_id, Load()))
            for ranked in ranking_for(situation, referral, now, team_id=team_id)
            if ranked.key_worker_id != engagement["key_worker_id"]
        ]

    return of(own), [taker for team_id in elsewhere for taker in of(team_id)]


def teams_elsewhere(
    roster: Roster, own: str, moved_to: str | None, locality_id: str | None, name: str
) -> list[str]:
    """Other teams in which to look: the one where the household lives now, those of a locality, and
    those in which somebody is of that name. Where it lives first, then its own locality's, then by
    locality and name."""
    wanted = set()
    if moved_to is not None:
        wanted.add(moved_to)
    for team in roster.place.teams:
        if (locality_id and team.locality == locality_id) or (
            name and any(is_called(member.name, name) for member in roster.members[team.id])
        ):
            wanted.add(team.id)
    near = roster.teams[moved_to or own].locality
    return sorted(
        wanted - {own},
        key=lambda id_: (
            id_ != moved_to,
            roster.teams[id_].locality != near,
            roster.teams[id_].locality or "",
            roster.teams[id_].name,
        ),
    )


def is_called(name: str, asked: str) -> bool:
    """Whether each word that is asked for begins a word of the name."""
    words = name.casefold().split()
    return all(any(word.startswith(part) for word in words) for part in asked.casefold().split())


async def first_taker(
    connection: Connection, roster: Roster, engagement: Row, now: datetime
) -> str | None:
    """The first of them who can take a household now."""
    takers, _ = await rank_takers(connection, roster, engagement, now)
    return next((ranked.key_worker_id for ranked, _ in takers if ranked.eligible), None)
