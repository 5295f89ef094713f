"""SQL of reviews that somebody must be told of: those past their deadline, and those of which
others were told than the key worker whom the likeliest household has now."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from contracts.duplication import Candidate, MatchEvidence, RoutingFacts
from services.keyworkers.situation import PendingReview
from services.kit.db import Connection, Row


async def load_places_overdue(connection: Connection, now: datetime) -> list[str]:
    """Places with a review past its deadline, of which nobody has been told."""
    rows = await connection.fetch(
        "select distinct place_id from pending_review where state = 'pending' and due_at <= $1"
        " order by 1",
        now,
    )
    return [row["place_id"] for row in rows]


async def load_overdue(connection: Connection, place_id: str, now: datetime) -> list[PendingReview]:
    """A place's reviews past their deadline, at most 200, most overdue first."""
    rows = await connection.fetch(
        "select *, null::uuid as likeliest from pending_review where state = 'pending'"
        " and due_at <= $1 and place_id = $2 order by due_at, review_id limit 200",
        now,
        place_id,
    )
    return [_review(row) for row in rows]


async def load_told_otherwise(
    connection: Connection, household_ids: Collection[UUID]
) -> list[PendingReview]:
    """Possible matches with these households, or with what is linked into them, of which somebody
    else was told than the key worker that the household has now."""
    rows = await connection.fetch(
        "with recursive line(id, now, step) as ("
        " select h, h, 0 from unnest($1::uuid[]) h"
        " union all select l.retired_household_id, line.now, line.step + 1 from line"
        "  join household_link l on l.household_id = line.id and l.undone_at is null"
        "  where line.step < 100)"
        " select p.*, line.now as likeliest from line join pending_review p"
        "  on (p.candidates -> 0 ->> 'household_id')::uuid = line.id and p.state = 'told'"
        " join assessment_route a on a.assessment_id = p.assessment_id and a.state = 'provisional'"
        " left join engagement e on e.household_id = line.now and e.ended_at is null"
        " where a.household_id <> line.now"
        "  or (e.engagement_id is not null and a.engagement_id is distinct from e.engagement_id)"
        " order by p.due_at, p.review_id",
        list(household_ids),
    )
    return [_review(row) for row in rows]


def _review(row: Row) -> PendingReview:
    first, *others = (Candidate.model_validate(c) for c in row["candidates"])
    likeliest: UUID = row["likeliest"] or first.household_id
    return PendingReview(
        row["review_id"],
        row["assessment_id"],
        row["due_at"],
        (first.model_copy(update={"household_id": likeliest}), *others),
        RoutingFacts.model_validate(row["facts"]),
        MatchEvidence.model_validate(row["evidence"]),
        row["traceparent"],
    )
