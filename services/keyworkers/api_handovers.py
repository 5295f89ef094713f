"""The JSON API of handovers: propose, accept, decline, withdraw, and what is open."""

from __future__ import annotations

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from contracts.envelope import new_id
from contracts.vocabulary_changes import ChangeReason, HandoverOutcome, RefusalReason
from services.keyworkers import handovers, store_handovers, store_linking, store_reading
from services.keyworkers.candidates import Taker, is_called, rank_takers, teams_elsewhere
from services.keyworkers.eligibility import KEPT_TO_THEMSELVES, absence
from services.keyworkers.guarding import admit, hidden_in
from services.keyworkers.handlers import Handlers
from services.keyworkers.place import KeyWorker
from services.keyworkers.ranking import Ranked
from services.keyworkers.roster import Roster
from services.keyworkers.situation import Load
from services.kit.app import Service
from services.kit.auth import CallingActor
from services.kit.db import Row
from services.kit.errors import Problem
from services.kit.work import Work

_MOST_ELSEWHERE = 30


class Proposal(BaseModel):
    """Who should take the household over, and why."""

    to_key_worker_id: str
    reason: ChangeReason = ChangeReason.REQUESTED


class HandoverView(BaseModel):
    """One proposal. ``state``: proposed, accepted, declined, withdrawn or expired. ``hidden``:
    whoever asks may not know of the household, and is told only what they are asked."""

    handover_id: UUID
    engagement_id: UUID
    household_id: UUID
    from_key_worker_id: str
    to_key_worker_id: str
    reason: ChangeReason
    state: str
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    hidden: bool = False


class CandidateView(BaseModel):
    """Somebody of the team. ``reasons``: why this place in the ranking, or why they cannot;
    ``caseload`` and ``capacity`` in households; ``away``: why not at work now."""

    key_worker_id: str
    name: str
    eligible: bool
    caseload: float
    capacity: int
    away: str | None
    reasons: list[str]


class ElsewhereView(CandidateView):
    """Somebody of another team."""

    team_id: str
    team_name: str
    locality_name: str | None


class Named(BaseModel):
    """A locality, or a team."""

    id: str
    name: str


class HandingOver(BaseModel):
    """Whom a household's key worker could ask, the best first. ``asked``: who has been already.

    ``moved_to``: the team of where the household was seen last, where that is another one;
    ``elsewhere``: its members, and whoever of other teams was asked for by name or locality.
    """

    household_id: UUID
    engagement_id: UUID
    key_worker_id: str
    team_id: str
    asked: str | None
    candidates: list[CandidateView]
    moved_to: Named | None
    localities: list[Named]
    elsewhere: list[ElsewhereView]


def create_handover_routes(service: Service, handlers: Handlers) -> APIRouter:
    """The routes under ``/v1``. Only Kith's own services may call them."""
    router = APIRouter(prefix="/v1", tags=["handovers"])

    async def locked(work: Work, place_id: str) -> Roster:
        await work.lock_place(place_id)
        return (await handlers.rosters.load(work.connection, [place_id]))[place_id]

    async def found(work: Work, handover_id: UUID) -> tuple[Roster, Row]:
        row = await store_handovers.find_handover(work.connection, handover_id)
        if row is None:
            raise Problem(HTTPStatus.NOT_FOUND, "There is no handover with this id.")
        return await locked(work, row["place_id"]), row

    async def shown(work: Work, handover_id: UUID) -> HandoverView:
        row = await store_handovers.find_handover(work.connection, handover_id)
        return HandoverView.model_validate(dict(row or {}))

    @router.post("/engagements/{engagement_id}/handovers", status_code=HTTPStatus.CREATED)
    async def propose(actor: CallingActor, engagement_id: UUID, asked: Proposal) -> HandoverView:
        """Ask another key worker to take the household over. They have five days to answer.

        The household's key worker proposes it, or the lead of their team; 403 for anybody else.
        """
        no_engagement = Problem(HTTPStatus.NOT_FOUND, "There is no active engagement with this id.")
        async with service.work() as work:
            engagement = await store_handovers.find_engagement(work.connection, engagement_id)
            if engagement is None:
                raise no_engagement
            roster = await locked(work, engagement["place_id"])
            # It may have ended, or changed hands, while the lock was waited for.
            engagement = await store_handovers.find_engagement(work.connection, engagement_id)
            if engagement is None:
                raise no_engagement
            if why := handovers.refusal_of_asker(roster, engagement, actor.id):
                raise handovers.problem(why)
            to = asked.to_key_worker_id
            if why := handovers.refusal(roster, engagement, to, work.now):
                raise handovers.problem(why)
            proposed = handovers.proposed(
                roster, engagement, new_id(), to, asked.reason, actor.id, work.now
            )
            if not await store_handovers.add_handovers(
                work.connection, roster.place.id, [proposed], work.now
            ):
                raise handovers.problem(RefusalReason.ASKED_ALREADY)
            handovers.emit(work, roster, proposed, proposed.handover_id, engagement)
            return await shown(work, proposed.handover_id)

    @router.get("/households/{household_id}/handing-over")
    async def look(
        actor: CallingActor,
        household_id: UUID,
        name: Annotated[str, Query(max_length=100)] = "",
        locality_id: Annotated[str | None, Query(max_length=100)] = None,
    ) -> HandingOver:
        """Whom to ask to take the household over: the others of the key worker's team, ranked; of
        another where it has moved; and whoever is asked for, of any team of the place."""
        async with service.pool.acquire() as connection:
            kept = await store_linking.find_current(connection, household_id)
            await admit(connection, actor, kept, service.clock())
            active = await store_handovers.find_active_of_household(connection, kept)
            row = await store_handovers.find_engagement(connection, active) if active else None
            if row is None:
                raise handovers.problem(RefusalReason.NOBODY_TO_HAND_OVER)
            roster = (await handlers.rosters.load(connection, [row["place_id"]]))[row["place_id"]]
            own = roster.key_workers[row["key_worker_id"]].team
            moved_to = roster.team_of_area(await store_reading.find_last_area(connection, kept))
            moved_to = moved_to if moved_to != own else None
            asked_for = " ".join(name.split())
            teams = teams_elsewhere(roster, own, moved_to, locality_id, asked_for)
            takers, others = await rank_takers(connection, roster, row, service.clock(), teams)
            open_now = await store_handovers.find_open(connection, [row["key_worker_id"]])
        day = roster.working_day(service.clock())

        def wanted(member: KeyWorker) -> bool:
            """Everybody of where they moved to, or of the locality; of others by name alone."""
            in_locality = locality_id and roster.teams[member.team].locality == locality_id
            if asked_for and not is_called(member.name, asked_for):
                return False
            return bool(member.team == moved_to or in_locality or asked_for)

        def shown(found: list[Taker]) -> list[tuple[KeyWorker, dict[str, Any]]]:
            people = [(roster.key_workers[r.key_worker_id], r, load) for r, load in found]
            return [
                (person, _candidate(roster, person, ranked, load, kept, day))
                for person, ranked, load in people
                if person.left_on is None or person.left_on >= day
            ]

        return HandingOver(
            household_id=kept,
            engagement_id=row["engagement_id"],
            key_worker_id=row["key_worker_id"],
            team_id=own,
            moved_to=Named(id=moved_to, name=roster.teams[moved_to].name) if moved_to else None,
            localities=[Named(id=one.id, name=one.name) for one in roster.place.localities],
            asked=next(
                (
                    roster.key_workers[one["to_key_worker_id"]].name
                    for one in open_now
                    if one["engagement_id"] == row["engagement_id"]
                    and one["to_key_worker_id"] in roster.key_workers
                ),
                None,
            ),
            candidates=[CandidateView(**values) for _, values in shown(takers)],
            elsewhere=[
                ElsewhereView(
                    **values,
                    team_id=person.team,
                    team_name=roster.teams[person.team].name,
                    locality_name=roster.locality_name(person.team),
                )
                for person, values in shown(others)
                if wanted(person)
            ][:_MOST_ELSEWHERE],
        )

    @router.post("/handovers/{handover_id}/accept")
    async def accept(actor: CallingActor, handover_id: UUID) -> HandoverView:
        """Take the household. Only the key worker who was asked can."""
        async with service.work() as work:
            roster, row = await found(work, handover_id)
            _only(actor.id, row["to_key_worker_id"])
            team_id = await handovers.accept(work, roster, row, actor.id)
            await handlers.serve_waiting(work, roster.place.id, [team_id])
            return await shown(work, handover_id)

    @router.post("/handovers/{handover_id}/decline")
    async def decline(actor: CallingActor, handover_id: UUID) -> HandoverView:
        """Not now. Only the key worker who was asked can."""
        async with service.work() as work:
            roster, row = await found(work, handover_id)
            _only(actor.id, row["to_key_worker_id"])
            await handovers.close(work, roster, row, HandoverOutcome.DECLINED, actor.id)
            return await shown(work, handover_id)

    @router.post("/handovers/{handover_id}/withdraw")
    async def withdraw(actor: CallingActor, handover_id: UUID) -> HandoverView:
        """Take the question back: whoever asked it, or the household's key worker."""
        async with service.work() as work:
            roster, row = await found(work, handover_id)
            _only(actor.id, row["proposed_by"], row["from_key_worker_id"])
            await handovers.close(work, roster, row, HandoverOutcome.WITHDRAWN, actor.id)
            return await shown(work, handover_id)

    @router.get("/handovers")
    async def list_open(
        actor: CallingActor, key_worker_id: str | None = None, team_id: str | None = None
    ) -> list[HandoverView]:
        """Open proposals that a key worker, or any of a team, has made or been made.

        The first to expire first.
        """
        if (team_id is None) == (key_worker_id is None):
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "Name either team_id or key_worker_id.")
        async with service.pool.acquire() as connection:
            members = [key_worker_id] if key_worker_id else []
            if team_id is not None:
                for roster in (await handlers.rosters.load_all(connection)).values():
                    members += [member.id for member in roster.members.get(team_id, ())]
            rows = await store_handovers.find_open(connection, members)
            hidden = await hidden_in(connection, actor, rows, service.clock())
        views = [
            HandoverView.model_validate(dict(row) | {"hidden": row["household_id"] in hidden})
            for row in rows
        ]
        return [
            view
            for view in views
            if not view.hidden
            or actor.id
            in {view.to_key_worker_id, view.from_key_worker_id, view.proposed_by, team_id}
        ]

    return router


def _candidate(
    roster: Roster, person: KeyWorker, ranked: Ranked, load: Load, household_id: UUID, day: date
) -> dict[str, Any]:
    """The fields of a :class:`CandidateView`."""
    return {
        "key_worker_id": person.id,
        "name": person.name,
        "eligible": ranked.eligible,
        "caseload": load.households,
        "capacity": roster.limit_of(person),
        "away": absence(person, day),
        "reasons": [KEPT_TO_THEMSELVES] if household_id in load.conflicts else list(ranked.reasons),
    }


def _only(actor: str, *allowed: str) -> None:
    if actor not in allowed:
        raise Problem(HTTPStatus.FORBIDDEN, "Only the people whom this handover is about can.")
