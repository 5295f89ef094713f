"""Offer and claim: a team that finds its households among itself is asked before it is told.

Pure. The referral is open from the start; an offer is a referral that waits with a time limit.
Nothing immediate is offered, and nothing that nobody could claim: those go the ordinary way.
"""

from __future__ import annotations

from dataclasses import replace

from contracts.envelope import derive_id
from contracts.handovers import HouseholdOfferedV1
from contracts.keyworkers import AlertPlan, HouseholdQueuedV1
from contracts.vocabulary import Severity
from services.keyworkers.assessment import Assessment, put_route
from services.keyworkers.assigning import last_known, ranking_for
from services.keyworkers.place import Assignment
from services.keyworkers.situation import Emission, Referral, RouteState, Situation


def offered(situation: Situation, referral: Referral) -> Referral:
    """The referral with a time limit where its team is to be asked; else as it is."""
    roster = situation.roster
    team = roster.teams[referral.team_id]
    if (
        team.assignment is not Assignment.OFFER
        or referral.severity is Severity.IMMEDIATE
        or referral.team_id in situation.crowded
        or not any(r.eligible for r in ranking_for(situation, referral, referral.opened_at))
    ):
        return referral
    minutes = roster.place.policy.offer_working_minutes
    claim_by = roster.place.calendar.after(referral.opened_at, minutes)
    return replace(referral, claim_by=claim_by)


def still_offered(referral: Referral) -> Referral:
    """The same after a further assessment: what has become immediate waits for nobody's claim."""
    return replace(referral, claim_by=None) if referral.severity is Severity.IMMEDIATE else referral


def offer(situation: Situation, assessment: Assessment, referral: Referral) -> Emission:
    """The team is asked; a further assessment joins the offer and opens no second referral."""
    assert referral.claim_by is not None
    roster = situation.roster
    joined = referral.cause.assessment_id != assessment.id
    at = assessment.facts.received_at
    able = {r.key_worker_id for r in ranking_for(situation, referral, at) if r.eligible}
    knew = last_known(situation, {referral.household_id}, at)
    first = max(able & knew.keys(), key=lambda k: (knew[k], k), default=None)
    reasons = (
        *(("this household has been offered already",) if joined else ()),
        f"{roster.teams[referral.team_id].name} claims its households",
        *((f"{roster.key_workers[first].name} has known this household",) if first else ()),
    )
    event = HouseholdOfferedV1(
        household_id=referral.household_id,
        referral_id=referral.referral_id,
        team_id=referral.team_id,
        offered_to=roster.team_lead(referral.team_id),
        claim_by=referral.claim_by,
        cause=assessment.cause,
        alert=AlertPlan(
            severity=assessment.severity, escalation=(roster.duty_desk(referral.team_id),)
        ),
        reasons=reasons,
    )
    put_route(
        situation,
        assessment,
        RouteState.QUEUED,
        household_id=referral.household_id,
        referral_id=referral.referral_id,
        referral_avoided=joined,
        reasons=reasons,
    )
    return assessment.emission(
        event, derive_id(assessment.id, event.TYPE, referral.household_id, *assessment.key)
    )


def unclaimed(situation: Situation, referral: Referral) -> Emission:
    """Nobody claimed it in time and nobody has room any more: it waits, and the lead is told."""
    roster = situation.roster
    event = HouseholdQueuedV1(
        household_id=referral.household_id,
        referral_id=referral.referral_id,
        team_id=referral.team_id,
        team_lead=roster.team_lead(referral.team_id),
        cause=referral.cause,
        alert=AlertPlan(
            severity=referral.severity, escalation=(roster.duty_desk(referral.team_id),)
        ),
        waiting_since=referral.opened_at,
        reasons=(
            "nobody claimed it in time",
            f"nobody in {roster.teams[referral.team_id].name} can take a household now",
        ),
    )
    return Emission(
        derive_id(referral.referral_id, event.TYPE, "unclaimed"),
        event,
        referral.cause.assessment_id,
        referral.traceparent,
    )
