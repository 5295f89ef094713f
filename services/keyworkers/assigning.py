"""Giving a household to a key worker: candidates, the choice, and the event that says so."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from contracts.envelope import derive_id
from contracts.keyworkers import KeyWorkerAssignedV1
from services.keyworkers.eligibility import ineligible
from services.keyworkers.ranking import Candidate, Ranked, rank
from services.keyworkers.situation import Emission, Engagement, Load, Referral, Situation


def ranking_for(
    situation: Situation,
    referral: Referral,
    at: datetime,
    *,
    reserve: int = 0,
    team_id: str | None = None,
) -> tuple[Ranked, ...]:
    """The team's members in order for this referral.

    ``reserve``: how far above their limit members may go. ``team_id``: the referral's, unless the
    household has gone to another since.
    """
    roster = situation.roster
    day = roster.working_day(at)
    knew_household = last_known(situation, {referral.household_id}, at)
    knew_member = last_known(situation, referral.known_households - {referral.household_id}, at)
    candidates = []
    for member in roster.members[team_id or referral.team_id]:
        load = situation.loads.get(member.id, Load())
        limit = roster.limit_of(member) + reserve
        candidates.append(
            Candidate(
                member,
                caseload=load.households,
                limit=limit,
                obstacle=ineligible(
                    member,
                    day,
                    caseload=load.households,
                    limit=limit,
                    household_id=referral.household_id,
                    conflicts=load.conflicts,
                ),
                knew_household_until=knew_household.get(member.id),
                knew_member_until=knew_member.get(member.id),
                last_assigned_at=load.last_assigned_at,
            )
        )
    return rank(candidates, referral.languages, referral.skills)


def last_known(
    situation: Situation, households: Collection[UUID], at: datetime
) -> dict[str, datetime]:
    """By key worker: until when they worked with any of these households; those who handed it over
    until then."""
    known: dict[str, datetime] = {}
    for household in households:
        for engagement in situation.engagements.get(household, ()):
            held = (engagement.key_worker_id, engagement.ended_at or at)
            for who, until in (*engagement.held_before, held):
                known[who] = max(until, known.get(who, until))
    return known


def assign(
    situation: Situation,
    referral: Referral,
    at: datetime,
    *,
    reserve: int = 0,
) -> tuple[Engagement, Emission] | None:
    """Give the referral's household its key worker; None when nobody may have it now.

    Ids follow from the referral, so that replaying gives the same engagement.
    """
    ranking = ranking_for(situation, referral, at, reserve=reserve)
    best = ranking[0] if ranking else None
    if best is None or not best.eligible:
        return None
    return give(situation, referral, best, ranking, at)


def give(
    situation: Situation,
    referral: Referral,
    chosen: Ranked,
    ranking: tuple[Ranked, ...],
    at: datetime,
    *,
    claimed: bool = False,
) -> tuple[Engagement, Emission]:
    """Give the referral's household to whom was chosen, or who claimed it."""
    engagement = Engagement(
        engagement_id=derive_id(referral.referral_id, "engagement"),
        household_id=referral.household_id,
        referral_id=referral.referral_id,
        team_id=referral.team_id,
        key_worker_id=chosen.key_worker_id,
        started_at=at,
    )
    situation.put_engagement(engagement, ranking)
    situation.put_referral(
        replace(referral, engagement_id=engagement.engagement_id, assigned_at=at, claim_by=None)
    )
    event = KeyWorkerAssignedV1(
        engagement_id=engagement.engagement_id,
        referral_id=referral.referral_id,
        household_id=referral.household_id,
        team_id=referral.team_id,
        key_worker=situation.roster.key_worker(chosen.key_worker_id),
        cause=referral.cause,
        alert=situation.roster.alert_plan(chosen.key_worker_id, referral.severity, at),
        reasons=_in_words(situation, referral.team_id, chosen, ranking, claimed),
        claimed=claimed,
    )
    return engagement, Emission(
        derive_id(referral.referral_id, event.TYPE),
        event,
        referral.cause.assessment_id,
        referral.traceparent,
    )


def _in_words(
    situation: Situation, team_id: str, chosen: Ranked, ranking: tuple[Ranked, ...], claimed: bool
) -> tuple[str, ...]:
    team = situation.roster.teams[team_id].name
    if claimed:
        name = situation.roster.key_workers[chosen.key_worker_id].name
        return (f"{name} claimed what was offered to {team}", *chosen.reasons)
    able = sum(r.eligible for r in ranking)
    return (f"first of {able} in {team} who can take a household", *chosen.reasons)
