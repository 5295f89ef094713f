"""What is held about the households of one person, while they were in them, for a privacy officer
who answers their request: who walked beside them, what became of the assessments that name them.

Nobody else of a household is here, and no key worker but those who were chosen. Why a key worker
was changed is told, but not that somebody declared a conflict of interest: that is theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts.keyworkers import WorkContact
from contracts.vocabulary_changes import ChangeReason
from services.keyworkers import store_access
from services.keyworkers import store_subject_access as store
from services.keyworkers.guarding import hidden_in
from services.keyworkers.handlers import Handlers
from services.keyworkers.place import Retention
from services.keyworkers.roster import Roster
from services.kit.access import find_hidden
from services.kit.app import Service
from services.kit.auth import CallingActor
from services.kit.db import Row
from services.kit.errors import Problem
from services.kit.officers import not_an_officer


class Spell(BaseModel):
    """A household, and when the person was in it, as far as assessments show."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    household_id: UUID
    since: AwareDatetime
    until: AwareDatetime | None = None


class Wanted(BaseModel):
    """Where one person was, and the assessments that name them: matching knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    place_id: Annotated[str, Field(min_length=1, max_length=63)]
    households: Annotated[tuple[Spell, ...], Field(max_length=500)]
    assessment_ids: Annotated[tuple[UUID, ...], Field(max_length=1000)]


class WorkerView(BaseModel):
    """Somebody at work. ``contact``: as the place has it now; None for whoever has left."""

    name: str
    contact: WorkContact | None


class EngagementView(BaseModel):
    """A key worker of a household. ``reasons``: why they were chosen; ``end_reason``: in the words
    of whoever ended it. ``ended_at``: None also where the person had left the household by then."""

    engagement_id: UUID
    household_id: UUID
    team_name: str
    key_worker: WorkerView
    since: datetime
    ended_at: datetime | None
    reasons: tuple[str, ...]
    end_reason: str | None


class HandoverView(BaseModel):
    """A key worker handed the household over to another. ``reason``: None where it is not told."""

    engagement_id: UUID
    from_key_worker: WorkerView
    to_key_worker: WorkerView
    reason: ChangeReason | None
    at: datetime


class ReferralView(BaseModel):
    """A referral that an assessment opened."""

    assessment_id: UUID
    team_name: str
    re_referral: bool
    opened_at: datetime
    assigned_at: datetime | None
    closed_at: datetime | None


class RouteView(BaseModel):
    """What became of an assessment. ``front_door``: it was told to the statutory front door."""

    assessment_id: UUID
    state: str
    referral_avoided: bool
    front_door: bool
    received_at: datetime


class LooksView(BaseModel):
    """How often it was looked at, for what."""

    purpose: str
    looks: int
    first_at: datetime
    last_at: datetime


class HeldView(BaseModel):
    """``office``: whom a person asks about their data; None where the place file names nobody.
    ``retention``: how long the place keeps what is held; None where its file does not say, and
    nothing is erased by policy."""

    place_name: str
    key_worker_title: str
    office: WorkContact | None
    retention: Retention | None
    engagements: tuple[EngagementView, ...]
    handovers: tuple[HandoverView, ...]
    referrals: tuple[ReferralView, ...]
    routes: tuple[RouteView, ...]
    looks: tuple[LooksView, ...]


def create_subject_access_routes(service: Service, handlers: Handlers) -> APIRouter:
    """The route under ``/v1``. Only Kith's own services may call it, for a privacy officer."""
    router = APIRouter(prefix="/v1", tags=["subject access"])

    @router.post("/subject-access")
    async def hold(actor: CallingActor, wanted: Wanted) -> HeldView:
        """All of it, or none: Problem 403 where one household may not be shown."""
        ids = [spell.household_id for spell in wanted.households]
        since = [spell.since for spell in wanted.households]
        until = [spell.until for spell in wanted.households]
        async with service.work() as work:
            connection = work.connection
            rosters = await handlers.rosters.load_all(connection)
            roster = rosters.get(wanted.place_id)
            if roster is None or actor.id not in roster.place.privacy_officers:
                raise not_an_officer()
            engagements = await store.find_engagements(connection, ids, since, until)
            routes = await store.find_routes(connection, wanted.assessment_ids)
            hidden = await find_hidden(connection, actor.id, ids, work.now)
            hidden |= await hidden_in(
                connection, actor, [row for row in routes if row["household_id"]], work.now
            )
            if hidden:
                raise Problem(
                    HTTPStatus.FORBIDDEN,
                    "One of these households is restricted, and you are not on its list.",
                )
            handovers = await store.find_handovers(
                connection, [row["engagement_id"] for row in engagements]
            )
            referrals = await store.find_referrals(connection, ids, wanted.assessment_ids)
            looks = await store.count_looks(connection, ids, since, until)
            await store_access.save_look(connection, work.now, actor, "export", ids, shown=True)
        left = _left(wanted.households)
        gone = {row["engagement_id"]: left[row["household_id"]] for row in engagements}
        later = [
            row for row in handovers if _is_later(row["decided_at"], gone[row["engagement_id"]])
        ]
        held = {row["engagement_id"]: row["from_key_worker_id"] for row in reversed(later)}
        return HeldView(
            place_name=roster.place.name,
            key_worker_title=roster.place.key_worker_title,
            office=roster.place.privacy_contact,
            retention=roster.place.policy.retention,
            engagements=tuple(
                _engagement(
                    roster,
                    row,
                    gone[row["engagement_id"]],
                    held.get(row["engagement_id"], row["key_worker_id"]),
                )
                for row in engagements
            ),
            handovers=tuple(_handover(roster, row) for row in handovers if row not in later),
            referrals=tuple(
                ReferralView(**dict(row), team_name=_team(roster, row["team_id"]))
                for row in referrals
            ),
            routes=tuple(RouteView.model_validate(dict(row)) for row in routes),
            looks=tuple(LooksView.model_validate(dict(row)) for row in looks),
        )

    return router


def _left(spells: Sequence[Spell]) -> dict[UUID, datetime | None]:
    """When the person left each household for the last time; None where they have not."""
    found: dict[UUID, datetime | None] = {}
    for spell in spells:
        before = found.get(spell.household_id, spell.until)
        if before is None or spell.until is None:
            found[spell.household_id] = None
        else:
            found[spell.household_id] = max(before, spell.until)
    return found


def _is_later(at: datetime, gone: datetime | None) -> bool:
    """Whether the person had left by then: what came after is of those who stayed."""
    return gone is not None and at > gone


def _engagement(
    roster: Roster, row: Row, gone: datetime | None, key_worker_id: str
) -> EngagementView:
    """``key_worker_id``: whose it was, as long as the person was there."""
    ended = row["ended_at"] is not None and not _is_later(row["ended_at"], gone)
    chosen = key_worker_id == row["key_worker_id"]
    return EngagementView(
        engagement_id=row["engagement_id"],
        household_id=row["household_id"],
        team_name=_team(roster, row["team_id"]),
        key_worker=_worker(roster, key_worker_id),
        since=row["started_at"],
        ended_at=row["ended_at"] if ended else None,
        reasons=tuple(row["reasons"] or ()) if chosen else (),
        end_reason=row["end_reason"] if ended else None,
    )


def _handover(roster: Roster, row: Row) -> HandoverView:
    reason = ChangeReason(row["reason"])
    return HandoverView(
        engagement_id=row["engagement_id"],
        from_key_worker=_worker(roster, row["from_key_worker_id"]),
        to_key_worker=_worker(roster, row["to_key_worker_id"]),
        reason=None if reason is ChangeReason.CONFLICT else reason,
        at=row["decided_at"],
    )


def _worker(roster: Roster, key_worker_id: str) -> WorkerView:
    if key_worker_id not in roster.key_workers:
        return WorkerView(name="Somebody who works here no more", contact=None)
    contact = roster.key_worker(key_worker_id).contact
    return WorkerView(name=contact.name, contact=contact)


def _team(roster: Roster, team_id: str) -> str:
    team = roster.teams.get(team_id)
    return team.name if team else "A team that is no more"
