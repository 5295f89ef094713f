"""For Kith's other services: what assessments say, each look kept in an append-only table."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from contracts.assessments import Submission
from services.agencies import outcome_store, registry_store, store
from services.kit.access import find_hidden, find_lifted, find_restricted
from services.kit.app import Service
from services.kit.auth import Actor, CallingActor
from services.kit.db import Row
from services.kit.errors import Problem
from services.kit.work import Work

_MOST = 200
_SHOWN = (
    "needs",
    "strengths",
    "good_day",
    "urgency",
    "significant_harm",
    "restrictions",
    "purpose",
    "would_have_referred_for",
)
"""The fields of a submission that are shown. People and addresses are duplication's to show."""


class Wanted(BaseModel):
    """Which assessment: as its agency calls it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agency_id: str = Field(min_length=1, max_length=63)
    reference: str = Field(min_length=1, max_length=64)


def _ids(listed: list[str]) -> list[UUID]:
    try:
        ids = [UUID(part) for text in listed for part in text.split(",") if part]
    except ValueError:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "'ids' is a list of UUIDs.") from None
    if not 1 <= len(ids) <= _MOST:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"Ask for 1 to {_MOST} ids.")
    return ids


def _shown(row: Row) -> dict[str, Any]:
    submission = Submission.model_validate(row["submission"])
    return {
        "assessment_id": row["assessment_id"],
        "agency_id": row["agency_id"],
        "agency_name": row["agency_name"],
        "agency_kind": row["agency_kind"],
        "place_id": row["place_id"],
        "channel": row["channel"],
        "recorded_at": row["recorded_at"],
        "received_at": row["received_at"],
        "status": row["status"],
    } | submission.model_dump(mode="json", include=set(_SHOWN))


async def hidden_among(work: Work, actor: Actor, rows: Iterable[Row]) -> set[UUID]:
    """The assessments that ``actor`` may not read: those of households they may not know of, and
    restricted ones of no household on whose list they are."""
    by_id = {row["assessment_id"]: row for row in rows}
    homes = await outcome_store.find_homes(work.connection, list(by_id))
    ids = {home for home in homes.values() if home is not None}
    hidden = await find_hidden(work.connection, actor.id, ids, work.now)
    restricted = await find_restricted(work.connection, ids)
    stated = {id_ for id_, row in by_id.items() if row["submission"].get("restrictions")}
    stated -= await find_lifted(work.connection, stated)
    return {
        id_
        for id_ in by_id
        if (home := homes.get(id_)) in hidden or (id_ in stated and home not in restricted)
    }


def internal_api(service: Service) -> APIRouter:
    """The routes. Every one asks for the service token and says on whose behalf it is."""
    router = APIRouter(prefix="/internal", tags=["internal"])

    @router.get("/assessments")
    async def get_assessments(
        actor: CallingActor, ids: Annotated[list[str], Query()]
    ) -> dict[str, Any]:
        """What those assessments say, without people and addresses, in the order asked for.

        ``ids``: 1 to 200, comma separated or repeated. Unknown ones are left out, and those of
        households that whoever asks may not know of.
        """
        wanted = _ids(ids)
        async with service.work() as work:
            rows = {
                row["assessment_id"]: row
                for row in await store.find_submissions(work.connection, wanted)
            }
            hidden = await hidden_among(work, actor, rows.values())
            rows = {id_: row for id_, row in rows.items() if id_ not in hidden}
            who = (work.now, actor)
            if rows:
                await store.save_disclosure(work.connection, *who, list(rows), _SHOWN)
            if hidden:
                await store.save_disclosure(
                    work.connection, *who, sorted(hidden), _SHOWN, shown=False
                )
        return {"assessments": [_shown(rows[i]) for i in dict.fromkeys(wanted) if i in rows]}

    @router.post("/assessments/find")
    async def find_assessment(actor: CallingActor, wanted: Wanted) -> dict[str, UUID | None]:
        """The id of the assessment an agency sent under its reference; None where there is none.

        By POST, so that a reference is in no address or access log.
        """
        key = (wanted.agency_id, wanted.reference)
        async with service.work() as work:
            known = (await store.find_known(work.connection, [key])).get(key)
            if known is not None:
                await store.save_disclosure(
                    work.connection,
                    work.now,
                    actor,
                    [known.assessment_id],
                    ("assessment_id",),
                )
        return {"assessment_id": known.assessment_id if known else None}

    @router.get("/agencies")
    async def get_agencies(_: CallingActor) -> dict[str, Any]:
        """Every agency that takes part."""
        async with service.pool.acquire() as connection:
            agencies = await registry_store.list_agencies(connection)
        return {
            "agencies": [
                {
                    "agency_id": agency.id,
                    "place_id": agency.place_id,
                    "name": agency.name,
                    "kind": agency.kind,
                    "locality": agency.locality,
                    "writes_to_kafka": agency.writes_to_kafka,
                }
                for agency in agencies
            ]
        }

    return router
