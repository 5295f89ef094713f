"""Rows and rosters into the JSON of the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.keyworkers.eligibility import absence
from services.keyworkers.place import KeyWorker, Team
from services.keyworkers.roster import Roster
from services.keyworkers.views import (
    Days,
    EngagementView,
    HouseholdPage,
    KeyWorkerPage,
    KeyWorkerView,
    PlaceView,
    RankedView,
    ReferralView,
    RouteView,
    TeamPage,
    TeamView,
    WaitingView,
)
from services.kit.db import Row


def key_worker_view(
    roster: Roster, key_worker: KeyWorker, caseloads: Mapping[str, float], now: datetime
) -> KeyWorkerView:
    return KeyWorkerView(
        id=key_worker.id,
        name=key_worker.name,
        place_id=roster.place.id,
        team_id=key_worker.team,
        team_name=roster.teams[key_worker.team].name,
        caseload=caseloads.get(key_worker.id, 0.0),
        capacity=roster.limit_of(key_worker),
        away=absence(key_worker, roster.working_day(now)),
    )


def key_worker_page(
    roster: Roster, key_worker: KeyWorker, rows: Sequence[Row], now: datetime
) -> KeyWorkerPage:
    view = key_worker_view(roster, key_worker, {key_worker.id: float(len(rows))}, now)
    return KeyWorkerPage(
        **view.model_dump(),
        contact=roster.key_worker(key_worker.id).contact,
        languages=list(key_worker.languages),
        skills=list(key_worker.skills),
        working_days=list(key_worker.working_days),
        leave=[
            Days(first=leave.first, last=leave.last)
            for leave in sorted(key_worker.leave, key=lambda leave: leave.first)
            if leave.last >= roster.working_day(now)
        ],
        engagements=[engagement_view(roster, row) for row in rows],
    )


def engagement_view(roster: Roster, row: Row) -> EngagementView:
    ranking = [
        RankedView(name=_name(roster, entry["key_worker_id"]), **entry) for entry in row["ranking"]
    ]
    chosen = [r.reasons for r in ranking if r.key_worker_id == row["key_worker_id"]]
    known = row["key_worker_id"] in roster.key_workers
    return EngagementView(
        engagement_id=row["engagement_id"],
        household_id=row["household_id"],
        referral_id=row["referral_id"],
        team_id=row["team_id"],
        team_name=_team_name(roster, row["team_id"]),
        key_worker_id=row["key_worker_id"],
        key_worker=roster.key_worker(row["key_worker_id"]).contact if known else None,
        since=row["started_at"],
        ended_at=row["ended_at"],
        end_reason=row["end_reason"],
        reasons=chosen[0] if chosen else [],
        ranking=ranking,
        intensity=row["intensity"],
        intensity_reason=row["intensity_reason"],
        intensity_since=row["intensity_since"],
    )


def team_view(
    roster: Roster, team: Team, caseloads: Mapping[str, float], waiting: Mapping[str, int]
) -> TeamView:
    members = [m for m in roster.members[team.id] if m.left_on is None]
    names = {locality.id: locality.name for locality in roster.place.localities}
    return TeamView(
        id=team.id,
        name=team.name,
        place_id=roster.place.id,
        covers=list(team.covers),
        assignment=team.assignment,
        size=len(members),
        locality_id=team.locality,
        locality_name=names.get(team.locality) if team.locality else None,
        lead=team.lead,
        caseload=sum(caseloads.get(m.id, 0.0) for m in roster.members[team.id]),
        capacity=sum(roster.limit_of(m) for m in members),
        waiting=waiting.get(team.id, 0),
    )


def team_page(
    roster: Roster,
    team: Team,
    caseloads: Mapping[str, float],
    waiting: Mapping[str, int],
    rows: Sequence[Row],
    now: datetime,
) -> TeamPage:
    return TeamPage(
        **team_view(roster, team, caseloads, waiting).model_dump(),
        members=[key_worker_view(roster, m, caseloads, now) for m in roster.members[team.id]],
        waiting_list=[waiting_view(roster, row) for row in rows],
    )


def waiting_view(roster: Roster, row: Row) -> WaitingView:
    return WaitingView(
        referral_id=row["referral_id"],
        household_id=row["household_id"],
        team_id=row["team_id"],
        team_name=_team_name(roster, row["team_id"]),
        assessment_id=row["assessment_id"],
        severity=row["severity"],
        waiting_since=row["opened_at"],
        re_referral=row["re_referral"],
        reasons=row["reasons"],
    )


def household_page(
    household_id: UUID,
    rosters: Mapping[str, Roster],
    engagements: Sequence[Row],
    referrals: Sequence[Row],
    routes: Sequence[Row],
) -> HouseholdPage:
    views = [engagement_view(rosters[row["place_id"]], row) for row in engagements]
    active = next((v for v in views if v.ended_at is None), None)
    waiting = next(
        (r for r in referrals if r["closed_at"] is None and r["engagement_id"] is None), None
    )
    team_id = active.team_id if active else waiting["team_id"] if waiting else None
    place_id = referrals[0]["place_id"] if referrals else None
    return HouseholdPage(
        household_id=household_id,
        key_worker=active.key_worker if active else None,
        key_worker_id=active.key_worker_id if active else None,
        team_id=team_id,
        team_name=_team_name(rosters[place_id], team_id) if team_id and place_id else None,
        since=active.since if active else None,
        reasons=active.reasons if active else [],
        waiting_since=waiting["opened_at"] if waiting else None,
        referrals_avoided=sum(row["referral_avoided"] for row in routes),
        active=active,
        history=[v for v in views if v.ended_at is not None],
        referrals=[referral_view(row) for row in referrals],
        assessments=[RouteView.model_validate(dict(row)) for row in routes],
    )


def referral_view(row: Row) -> ReferralView:
    if row["closed_at"] is not None:
        state = "closed"
    else:
        state = "waiting" if row["engagement_id"] is None else "assigned"
    return ReferralView.model_validate({**row, "state": state})


def place_view(roster: Roster) -> PlaceView:
    place = roster.place
    return PlaceView.model_validate(
        {
            **place.model_dump(include=set(PlaceView.model_fields)),
            "version": roster.version,
            **place.policy.model_dump(),
        }
    )


def _name(roster: Roster, key_worker_id: str) -> str:
    """A key worker who is no longer in the place's file is shown by id."""
    known = roster.key_workers.get(key_worker_id)
    return known.name if known else key_worker_id


def _team_name(roster: Roster, team_id: str) -> str:
    known = roster.teams.get(team_id)
    return known.name if known else team_id
