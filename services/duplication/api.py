"""Duplication over HTTP, for the portal: households, decisions, reviews. Every look is audited."""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from services.duplication.absent import absent
from services.duplication.changes import LINK
from services.duplication.guarding import admit, hidden_from, shown_detail
from services.duplication.known import best_known, family_names
from services.duplication.model import Model
from services.duplication.quality import load_quality
from services.duplication.quality_views import QualityView
from services.duplication.review_views import (
    ReviewDetailView,
    ReviewView,
    SideView,
    SinceView,
    TakenView,
    VerdictBody,
    VerdictView,
    review_view,
    sides_of,
)
from services.duplication.since import load_since
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
    Preview,
    deciding_fields,
    label,
    one_line,
)
from services.kit.access import Hidden
from services.kit.app import Service
from services.kit.auth import Actor, CallingActor
from services.kit.db import Connection, Row
from services.kit.errors import Problem
from services.kit.work import Work

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
            hidden = await hidden_from(work.connection, actor, list(by_id), work.now)
            looks = [(row["id"], row["place_id"]) for row in rows]
            await reading.save_looks(work.connection, work.now, actor, "household", looks, hidden)
        return [
            BriefView(
                id=one,
                household_id=current[one],
                label=None if current[one] in hidden else label(by_id[current[one]]),
                restricted=bool(by_id[current[one]]["restrictions"]),
                hidden=current[one] in hidden,
            )
            for one in asked
            if one in current
        ]

    @router.get("/households/{household_id}")
    async def get_household(household_id: UUID, actor: CallingActor) -> HouseholdView:
        """A household by any id it ever had; nothing but that, to those who may not know of it."""
        async with service.work() as work:
            current = await reading.find_current(work.connection, [household_id])
            rows = await reading.find_households(work.connection, list(current.values()))
            if not rows:
                raise await absent(work.connection, [household_id], "There is no such household.")
            row = rows[0]
            hidden = await hidden_from(work.connection, actor, [row["id"]], work.now)
            look = [(row["id"], row["place_id"])]
            await reading.save_looks(work.connection, work.now, actor, "household", look, hidden)
            return await _household(work.connection, row, hidden.get(row["id"]))

    @router.get("/decisions/{assessment_id}")
    async def get_decision(assessment_id: UUID, actor: CallingActor) -> DecisionView:
        """Why an assessment is of its household: weights field by field, runner-up, model."""
        async with service.work() as work:
            row = await reading.find_decision(work.connection, assessment_id)
            if row is None:
                raise await absent(
                    work.connection, [assessment_id], "That assessment is not decided (yet)."
                )
            household_id = row["current_household_id"]
            hidden = household_id in await hidden_from(
                work.connection, actor, [household_id], work.now
            )
            look = [(assessment_id, row["place_id"])]
            await reading.save_looks(
                work.connection,
                work.now,
                actor,
                "decision",
                look,
                [assessment_id] if hidden else (),
            )
            detail: dict[str, Any] = (
                {}
                if hidden
                else await shown_detail(work.connection, actor, row["detail"], work.now)
            )
            again = []
            if not hidden:
                for found in await reading.find_redecisions(work.connection, assessment_id):
                    since = dict(found)
                    since["detail"] = await shown_detail(
                        work.connection, actor, since["detail"], work.now
                    )
                    again.append(since)
        return DecisionView(
            id=row["id"],
            assessment_id=assessment_id,
            household_id=None if hidden else household_id,
            hidden=hidden,
            decision="hidden" if hidden else row["outcome"],
            rule="hidden" if hidden else row["rule"],
            weight=None if hidden else row["weight"],
            model_version=row["model_version"],
            decided_at=row["decided_at"],
            fields=deciding_fields(detail),
            detail=detail,
            again=tuple(AgainView.model_validate(found) for found in again),
        )

    @router.post("/resolutions")
    async def post_resolutions(_: CallingActor, body: LinksBody) -> list[LinksView]:
        """Which people and household assessments are of, by opaque ids: for evaluation."""
        async with service.pool.acquire() as connection:
            rows = await reading.find_links(connection, body.assessment_ids)
        return [LinksView.model_validate(dict(row)) for row in rows]

    @router.get("/reviews")
    async def list_reviews(
        actor: CallingActor,
        place_id: Annotated[str | None, Query(max_length=63)] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> list[ReviewView]:
        """Possible matches that nobody has looked at, the first due first. No personal data."""
        async with service.pool.acquire() as connection:
            rows = await reading.find_reviews(connection, place_id, limit)
            sides = {id_ for row in rows for id_ in sides_of(row)}
            hidden = await hidden_from(connection, actor, sides, service.clock())
        return [review_view(row, hidden) for row in rows]

    @router.get("/reviews/{review_id}")
    async def get_review(review_id: UUID, actor: CallingActor) -> ReviewDetailView:
        """A possible match, both sides of it: as much of each as whoever asks may know."""
        async with service.work() as work:
            row = await reading.find_review(work.connection, review_id)
            if row is None:
                raise await absent(work.connection, [review_id], "There is no such review.")
            hidden = await hidden_from(work.connection, actor, sides_of(row), work.now)
            look = [(review_id, row["place_id"])]
            await reading.save_looks(
                work.connection,
                work.now,
                actor,
                "review",
                look,
                [review_id] if hidden else (),
            )
            detail: dict[str, Any] = (
                {}
                if hidden
                else await shown_detail(work.connection, actor, row["detail"], work.now)
            )
            return await _review(work.connection, row, hidden, detail)

    @router.post("/reviews/{review_id}")
    async def post_verdict(
        review_id: UUID, body: VerdictBody, actor: CallingActor, preview: Preview = False
    ) -> VerdictView:
        """Say whether it is the same household. The matcher never goes against the answer."""
        async with service.work() as work:
            await _admit_to(work, actor, review_id)
            if preview:
                return await preview_verdict(work, model, review_id, body, actor)
            return await give_verdict(work, model, review_id, body, actor)

    @router.post("/reviews/{review_id}/take")
    async def take_review(review_id: UUID, actor: CallingActor) -> TakenView:
        """Say that you look at it. Problem 409 where somebody else does, or it is closed."""
        async with service.work() as work:
            await _admit_to(work, actor, review_id)
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


async def _admit_to(work: Work, actor: Actor, review_id: UUID) -> None:
    """Problem 403 for whoever may not know of both sides: nobody decides what they cannot see."""
    row = await reading.find_review(work.connection, review_id)
    if row is not None:
        await admit(work.connection, actor, sides_of(row), work.now)


async def _household(connection: Connection, row: Row, hidden: Hidden | None) -> HouseholdView:
    if hidden is not None:
        return HouseholdView(
            id=row["id"],
            place_id=row["place_id"],
            label=None,
            address=None,
            provisional=row["provisional"],
            restricted=hidden.restricted,
            restrictions=(),
            hidden=True,
            call=hidden.desk,
        )
    members = await reading.find_members(connection, row["id"])
    names = family_names(words for member in members for words in member["words"])
    assessments = await reading.find_assessments(connection, row["id"])
    return HouseholdView(
        id=row["id"],
        place_id=row["place_id"],
        label=label(row),
        address=one_line(row["address"]),
        provisional=row["provisional"],
        restricted=bool(row["restrictions"]),
        restrictions=tuple(row["restrictions"]),
        members=tuple(
            MemberView(
                person_id=member["person_id"],
                **asdict(best_known(member["words"], names)),
                since=member["since"],
                until=member["until"],
                alleged_perpetrator=member["alleged"],
            )
            for member in members
        ),
        assessment_ids=tuple(a["id"] for a in assessments),
    )


async def _review(
    connection: Connection, row: Row, hidden: dict[UUID, Hidden], detail: dict[str, Any]
) -> ReviewDetailView:
    """As much of it as whoever asks may know: of a household they may not know of, nothing that is
    asked about it either, since that would say who or where it may be."""
    case = review_view(row, hidden).model_dump()
    if hidden:
        left = SideView(household_id=row["household_id"], hidden=True)
        return ReviewDetailView(**case, left=left, right=(), detail={})
    offered = [UUID(c["household_id"]) for c in row["candidates"]]
    current = await reading.find_current(connection, offered)
    sides = await _sides(connection, list(current.values()))
    since: tuple[SinceView, ...] = ()
    if row["kind"] == LINK:
        here = await reading.find_current(connection, [row["household_id"]])
        (left,) = await _sides(connection, list(here.values()))
    else:
        mentions = await reading.find_mentions(connection, row["assessment_id"])
        left = SideView(
            household_id=row["household_id"],
            people=tuple(m["as_given"] for m in mentions),
            address=one_line(row["address"]),
        )
        since = await load_since(connection, row, mentions, list(current.values()))
    return ReviewDetailView(**case, left=left, right=tuple(sides), detail=detail, since=since)


async def _sides(connection: Connection, household_ids: list[UUID]) -> list[SideView]:
    """Households as sides of a question, in this order."""
    sides = []
    for row in await reading.find_households(connection, household_ids):
        side = await _household(connection, row, None)
        sides.append(
            SideView(
                household_id=side.id,
                label=side.label,
                people=tuple(m.model_dump(mode="json") for m in side.members),
                address=side.address,
            )
        )
    return sorted(sides, key=lambda side: household_ids.index(side.household_id))
