"""What was erased: which ids, when and why, and how many rows went here. Every service keeps it.

Invariant: an id that was erased stays known as such, so that nothing that is repeated, replayed or
late brings it back. Who asks is told that it was erased, when and why, and nothing of what it was.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeAlias
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from contracts.erasure import AssessmentsErasedV1
from contracts.vocabulary_erasure import ErasureReason
from services.kit.auth import CallingActor
from services.kit.consume import Received
from services.kit.db import Connection
from services.kit.errors import Problem
from services.kit.officers import find_offices

if TYPE_CHECKING:
    from services.kit.app import Service

Offices: TypeAlias = Callable[[Connection, str], Awaitable[Collection[str]]]
"""The places whose privacy officer somebody is, as the service knows it."""

Erase: TypeAlias = Callable[[Connection, AssessmentsErasedV1], Awaitable[Mapping[str, int]]]
"""Deletes what a service keeps of what was erased; how many rows of which table went."""

WHY: Final[Mapping[ErasureReason, str]] = {
    ErasureReason.RETENTION: "it had been kept for as long as the place keeps its records",
    ErasureReason.WITHDRAWN: "the agency that had sent it took it back",
    ErasureReason.IN_ERROR: "it had been recorded in error",
    ErasureReason.UNLAWFUL: "there was no lawful basis for keeping it",
    ErasureReason.OBJECTION: "somebody whom it was about had objected to its being kept",
    ErasureReason.COURT_ORDER: "a court or the Information Commissioner had ordered it",
}


@dataclass(frozen=True, slots=True)
class Erased:
    """That something was erased. ``erased_at``: when duplication did, by whom all others go."""

    erasure_id: UUID
    reason: ErasureReason
    erased_at: datetime

    def sentence(self) -> str:
        """When and why, as people are told: ``This was erased on 3 March 2031, because ...``."""
        day = f"{self.erased_at.day} {self.erased_at:%B %Y}"
        return f"This was erased on {day}, because {WHY[self.reason]}."


class ErasureView(BaseModel):
    """What one erasure took here. ``counts``: rows by table, of nobody knows whom."""

    model_config = ConfigDict(frozen=True)

    erasure_id: UUID
    reason: ErasureReason
    erased_at: datetime
    counts: dict[str, int]


async def keep_erased(
    connection: Connection,
    event: AssessmentsErasedV1,
    place_id: str,
    counts: Mapping[str, int],
) -> None:
    """Keep that all of the event's ids are erased. ``counts``: rows that went here, by table. A
    second time changes nothing, and leaves what was counted the first time."""
    await keep_all_erased(connection, place_id, [(event, counts)])


async def keep_all_erased(
    connection: Connection,
    place_id: str,
    erased: Sequence[tuple[AssessmentsErasedV1, Mapping[str, int]]],
) -> None:
    """The same of several events of a place, each with what was counted of it."""
    ids = [
        (id_, event.erasure_id)
        for event, _ in erased
        for id_ in (*event.assessment_ids, *event.household_ids, *event.person_ids)
    ]
    await connection.execute(
        "with kept as (insert into erasure (erasure_id, place_id, reason, erased_at, counts)"
        " select e.id, $1, e.reason, e.at, e.counts from unnest($2::uuid[], $3::text[],"
        " $4::timestamptz[], $5::jsonb[]) as e(id, reason, at, counts) on conflict do nothing)"
        " insert into erased_id (id, erasure_id)"
        " select * from unnest($6::uuid[], $7::uuid[]) on conflict do nothing",
        place_id,
        [event.erasure_id for event, _ in erased],
        [event.reason.value for event, _ in erased],
        [event.erased_at for event, _ in erased],
        [dict(counts) for _, counts in erased],
        [id_ for id_, _ in ids],
        [erasure for _, erasure in ids],
    )


async def follow_erasures(
    connection: Connection, received: Sequence[Received], erase: Erase
) -> None:
    """Have ``erase`` do what each of these events says that is to be done.

    The ids are kept first, so that rows that only grow go where their own are among them. One by
    one: each is counted by itself, and there are few.
    """
    for item in received:
        if isinstance(item.event, AssessmentsErasedV1):
            await keep_erased(connection, item.event, item.envelope.place_id, {})
            await _save_counts(connection, item.event, await erase(connection, item.event))


async def _save_counts(
    connection: Connection, event: AssessmentsErasedV1, counts: Mapping[str, int]
) -> None:
    await connection.execute(
        "update erasure set counts = $2 where erasure_id = $1 and counts = '{}'",
        event.erasure_id,
        {table: rows for table, rows in counts.items() if rows},
    )


async def find_erased(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, Erased]:
    """Those of the ids, of whatever they are, that were erased."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    rows = await connection.fetch(
        "select i.id, e.erasure_id, e.reason, e.erased_at from erased_id i"
        " join erasure e using (erasure_id) where i.id = any($1::uuid[])",
        wanted,
    )
    return {
        row["id"]: Erased(row["erasure_id"], ErasureReason(row["reason"]), row["erased_at"])
        for row in rows
    }


async def forget_samples(connection: Connection) -> None:
    """Have PostgreSQL read anew what it knows of each table for its plans: values that are frequent
    in a column, and some of the others. Only where something was erased since it did."""
    stale = await connection.fetch(
        "select quote_ident(schemaname) || '.' || quote_ident(relname) as name"
        " from pg_stat_user_tables where schemaname = current_schema()"
        " and greatest(last_analyze, last_autoanalyze) < (select max(kept_at) from erasure)"
    )
    if stale:
        await connection.execute("analyze " + ", ".join(row["name"] for row in stale))


def create_erasure_routes(
    service: Service, prefix: str = "/v1", offices: Offices = find_offices
) -> APIRouter:
    """``GET {prefix}/erasures/{erasure_id}``, for privacy officers of the place. ``offices``: for a
    service that knows who they are by other means than the chassis' own table."""
    router = APIRouter(prefix=prefix, tags=["erasures"])

    @router.get("/erasures/{erasure_id}")
    async def show(erasure_id: UUID, actor: CallingActor) -> ErasureView:
        """When and why, and how many rows of which table."""
        async with service.pool.acquire() as connection:
            places = await offices(connection, actor.id)
            if not places:
                raise Problem(
                    HTTPStatus.FORBIDDEN,
                    "What was erased is shown to the place's privacy officers alone. Who they are "
                    "stands in the place file (privacy_officers).",
                )
            row = await connection.fetchrow(
                "select erasure_id, reason, erased_at, counts from erasure"
                " where erasure_id = $1 and place_id = any($2::text[])",
                erasure_id,
                list(places),
            )
        if row is None:
            raise Problem(
                HTTPStatus.NOT_FOUND,
                "Nothing has been erased here under this id. Where it was ordered a moment ago, "
                "ask again soon: each service erases once matching has.",
            )
        return ErasureView.model_validate(dict(row))

    return router
