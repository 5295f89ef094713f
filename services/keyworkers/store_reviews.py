"""SQL of reviews that somebody must be told of: those past their deadline, and those of which only
a team lead knows while the likeliest household has been given a key worker since."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from contracts.duplication import Candidate, MatchEvidence, RoutingFacts
from services.keyworkers.situation import PendingReview
from services.kit.db import Connection, Row

_TO_TELL = """
    from pending_review p
    cross join lateral (
        with recursive chain(id, step) as (
            select (p.candidates -> 0 ->> 'household_id')::uuid, 0
            union all
            select l.household_id, c.step + 1 from chain c
            join household_link l on l.retired_household_id = c.id and l.undone_at is null
            where c.step < 100
        )
        select id from chain order by step desc limit 1
    ) as likeliest
    where (p.state = 'pending' and p.due_at <= $1)
    or (p.state = 'told'
        and exists (select from assessment_route a where a.assessment_id = p.assessment_id
            and a.state = 'provisional' and a.engagement_id is null)
        and exists (select from engagement e where e.household_id = likeliest.id
            and e.ended_at is null))
"""
"""``likeliest``: the first candidate, by the id that it goes by since it was linked."""


async def load_places_to_tell(connection: Connection, now: datetime) -> list[str]:
    """Places with a review that somebody must be told of."""
    rows = await connection.fetch(f"select distinct p.place_id {_TO_TELL} order by 1", now)
    return [row["place_id"] for row in rows]


async def load_to_tell(connection: Connection, place_id: str, now: datetime) -> list[PendingReview]:
    """Reviews of a place that somebody must be told of, at most 200, most overdue first."""
    rows = await connection.fetch(
        "select * from (select p.*, likeliest.id as likeliest"  # noqa: S608
        f" {_TO_TELL}) as r where r.place_id = $2 order by r.due_at, r.review_id limit 200",
        now,
        place_id,
    )
    return [_review(row) for row in rows]


def _review(row: Row) -> PendingReview:
    first, *others = (Candidate.model_validate(c) for c in row["candidates"])
    likeliest: UUID = row["likeliest"]
    return PendingReview(
        row["review_id"],
        row["assessment_id"],
        row["due_at"],
        (first.model_copy(update={"household_id": likeliest}), *others),
        RoutingFacts.model_validate(row["facts"]),
        MatchEvidence.model_validate(row["evidence"]),
        row["traceparent"],
    )
