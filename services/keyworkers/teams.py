"""Which neighbourhood team answers for a household. Pure."""

from __future__ import annotations

from uuid import UUID

from contracts.duplication import RoutingFacts
from services.keyworkers.situation import Situation


def team_for(situation: Situation, household_id: UUID | None, facts: RoutingFacts) -> str:
    """The neighbourhood team: by area; else the one that knew the household; else the place's."""
    roster = situation.roster
    if team := roster.team_of_area(facts.area):
        return team
    last = situation.last(household_id) if household_id else None
    if last is not None and last.team_id in roster.teams:
        return last.team_id
    return roster.place.no_area_team
