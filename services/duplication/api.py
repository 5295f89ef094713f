"""Duplication over HTTP, for the portal: households, decisions, reviews. Every look is audited."""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.duplication.changes import LINK
from services.duplication.known import best_known
from services.duplication.model import Model
from services.duplication.quality import load_quality
from services.duplication.store import reading
from services.duplication.verdicts import give_verdict, preview_verdict, take
from services.duplication.views import (
    AgainView,
    BriefView,
    DecisionView,
    HouseholdView,
    LinksBody,
    LinksView,
    MemberView,
    Named,
    Preview,
    QualityView,
    ReviewDetailView,
    ReviewView,
    SideView,
    TakenView,
    VerdictBody,
    VerdictView,
    deciding_fields,
    label,
    one_line,
    review_view,
)
from services.kit.app import Service
from services.kit.auth import CallingActor
from services.kit.db import Connection, Row
from services.kit.errors import Problem

_MOST_IDS = 500


def create_router(service: Service, model: Model) -> APIRouter:
    """The routes under ``/v1``."""
    router = APIRouter(prefix="/v1", tags=["duplication"])

    @router.get("/households")
    async def list_households(actor: CallingActor, ids: Annotated[str, Query()]) -> list[BriefView]:
        """What households are called. ``ids``: up to 500, with commas between."""
        asked = _ids(ids)
        async with service.work() as work:
            current = await reading.find_current(work.connection, asked)
            rows = await reading.find_households(work.connection, list(set(current.values())))
            by_id = {row["id"]: row for row in rows}
            looks = [(row["id"], row["place_id"]) for row in rows]
            await reading.save_looks(
                work.connection, work.now, actor.id, actor.purpose, "household", looks
            )
        return [
            BriefView(
                id=one,
                household_id=current[one],
                label=label(by_id[current[one]]),
                restricted=bool(by_id[current[one]]["restrictions"]),
            )
            for one in asked
            if one in current
        ]

    @router.get("/households/{household_id}")
    async def get_household(
        household_id: UUID, actor: CallingActor, named: Named = False
    ) -> HouseholdView:
        """A household by any id it ever had. Restricted ones show people to the named only."""
        async with service.work() as work:
            current = await reading.find_current(work.connection, [household_id])
            rows = await reading.find_households(work.connection, list(current.values()))
            if not rows:
                raise Problem(HTTPStatus.NOT_FOUND, "There is no such household.")
            row = rows[0]
            look = [(row["id"], row["place_id"])]
            await reading.save_looks(
                work.connection, work.now, actor.id, actor.purpose, "household", look
            )
            return await _household(work.connection, row, named)

    @router.get("/decisions/{assessment_id}")
    async def get_decision(assessment_id: UUID, actor: CallingActor) -> DecisionView:
        """Why an assessment is of its household: weights field by field, runner-up, model."""
        async with service.work() as work:
            row = await reading.find_decision(work.connection, assessment_id)
            if row is None:
                raise Problem(HTTPStatus.NOT_FOUND, "That assessment is not decided (yet).")
            look = [(assessment_id, row["place_id"])]
            await reading.save_looks(
                work.connection, work.now, actor.id, actor.purpose, "decision", look
            )
            again = await reading.find_redecisions(work.connection, assessment_id)
        return DecisionView(
            id=row["id"],
            assessment_id=assessment_id,
            household_id=row["current_household_id"],
            decision=row["outcome"],
            rule=row["rule"],
            weight=row["weight"],
            model_version=row["model_version"],
            decided_at=row["decided_at"],
            fields=deciding_fields(row["detail"]),
            detail=row["detail"],
            again=tuple(AgainView.model_validate(dict(found)) for found in again),
        )

    @router.post("/resolutions")
    async def post_resolutions(_: CallingActor, body: LinksBody) -> list[LinksView]:
        """Which people and household assessments are of, by opaque ids: for evaluation."""
        async with service.pool.acquire() as connection:
            rows = await reading.find_links(connection, body.assessment_ids)
        return [LinksView.model_validate(dict(row)) for row in rows]

    @router.get("/reviews")
    async def list_reviews(
        _: CallingActor,
        place_id: Annotated[str | None, Query(max_length=63)] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> list[ReviewView]:
        """Possible matches that nobody has looked at, the first due first. No personal data."""
        async with service.pool.acquire() as connection:
            rows = await reading.find_reviews(connection, place_id, limit)
        return [review_view(row) for row in rows]

    @router.get("/reviews/{review_id}")
    async def get_review(
        review_id: UUID, actor: CallingActor, named: Named = False
    ) -> ReviewDetailView:
        """A possible match, both sides of it."""
        async with service.work() as work:
            row = await reading.find_review(work.connection, review_id)
            if row is None:
                raise Problem(HTTPStatus.NOT_FOUND, "There is no such review.")
            look = [(review_id, row["place_id"])]
            await reading.save_looks(
                work.connection, work.now, actor.id, actor.purpose, "review", look
            )
            return await _review(work.connection, row, named)

    @router.post("/reviews/{review_id}")
    async def post_verdict(
        review_id: UUID, body: VerdictBody, actor: CallingActor, preview: Preview = False
    ) -> VerdictView:
        """Say whether it is the same household. The matcher never goes against the answer."""
        async with service.work() as work:
            if preview:
                return await preview_verdict(work, model, review_id, body, actor)
            return await give_verdict(work, model, review_id, body, actor)

    @router.post("/reviews/{review_id}/take")
    async def take_review(review_id: UUID, actor: CallingActor) -> TakenView:
        """Say that you look at it. Problem 409 where somebody else does, or it is closed."""
        async with service.work() as work:
            return await take(work, review_id, actor, actor.id)

    @router.post("/reviews/{review_id}/give-back")
    async def give_back_review(review_id: UUID, actor: CallingActor) -> TakenView:
        """Leave it to the others. Problem 409 where somebody else has it."""
        async with service.work() as work:
            return await take(work, review_id, actor, None)

    @router.get("/quality")
    async def get_quality(
        _: CallingActor, place_id: Annotated[str | None, Query(max_length=63)] = None
    ) -> QualityView:
        """How well matching does: what people said of it, and how complete what agencies send is.
        Counts only."""
        async with service.pool.acquire() as connection:
            return await load_quality(connection, place_id, service.clock().date())

    return router


def _ids(text: str) -> list[UUID]:
    try:
        found = [UUID(part) for part in text.split(",") if part]
    except ValueError:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, "'ids' is a list of UUIDs with commas between."
        ) from None
    if len(found) > _MOST_IDS:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"Ask for at most {_MOST_IDS} at a time.")
    return list(dict.fromkeys(found))


async def _household(connection: Connection, row: Row, named: bool) -> HouseholdView:
    hidden = bool(row["restrictions"]) and not named
    members = [] if hidden else await reading.find_members(connection, row["id"])
    assessments = await reading.find_assessments(connection, row["id"])
    return HouseholdView(
        id=row["id"],
        place_id=row["place_id"],
        label=label(row),
        address=None if hidden else one_line(row["address"]),
        provisional=row["provisional"],
        restricted=bool(row["restrictions"]),
        restrictions=tuple(row["restrictions"]),
        members=tuple(
            MemberView(
                person_id=member["person_id"],
                **asdict(best_known(member["words"])),
                since=member["since"],
                until=member["until"],
            )
            for member in members
        ),
        assessment_ids=() if hidden else tuple(a["id"] for a in assessments),
    )


async def _review(connection: Connection, row: Row, named: bool) -> ReviewDetailView:
    hidden = bool(row["restrictions"]) and not named
    offered = [UUID(c["household_id"]) for c in row["candidates"]]
    current = await reading.find_current(connection, offered)
    sides = await _sides(connection, list(current.values()), named)
    if row["kind"] == LINK:
        here = await reading.find_current(connection, [row["household_id"]])
        (left,) = await _sides(connection, list(here.values()), named)
    else:
        mentions = [] if hidden else await reading.find_mentions(connection, row["assessment_id"])
        left = SideView(
            household_id=row["household_id"],
            label=None,
            people=tuple(m["as_given"] for m in mentions),
            address=None if hidden else one_line(row["address"]),
        )
    return ReviewDetailView(
        **review_view(row).model_dump(), left=left, right=tuple(sides), detail=row["detail"]
    )


async def _sides(connection: Connection, household_ids: list[UUID], named: bool) -> list[SideView]:
    """Households as sides of a question, in this order."""
    sides = []
    for row in await reading.find_households(connection, household_ids):
        side = await _household(connection, row, named)
        sides.append(
            SideView(
                household_id=side.id,
                label=side.label,
                people=tuple(m.model_dump(mode="json") for m in side.members),
                address=side.address,
            )
        )
    return sorted(sides, key=lambda side: household_ids.index(side.household_id))
