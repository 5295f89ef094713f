"""How well matching does: what people said of it, and how complete what arrives is. Counts only."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from services.duplication.completeness import Counted
from services.duplication.drift import Compared
from services.kit.db import Connection, Row

KINDS = ("match", "link")
"""Of what reviewers are asked about: a possible match, a proposed link."""
_OF_PEOPLE = ("given_name", "family_name", "date_of_birth", "identifiers", "phones", "emails")
_COUNTED = (
    "select a.place_id, a.agency_id, (a.received_at at time zone 'UTC')::date as day, f.field,"
    " count(*) filter (where f.has)::int as carried, count(*)::int as of_all"
)
_BETWEEN = " where a.received_at >= $1 and a.received_at < $2 group by 1, 2, 3, 4"
_COUNT = (
    f"{_COUNTED} from assessment a join mention m on m.assessment_id = a.id"
    " cross join lateral (values "
    + ", ".join(f"('{field}', m.as_given ? '{field}')" for field in _OF_PEOPLE)
    + f") f(field, has){_BETWEEN}"
    f" union all {_COUNTED} from assessment a cross join lateral (values"
    " ('postcode', coalesce(a.address ? 'postcode', false)),"
    " ('uprn', coalesce(a.address ? 'uprn', false))) f(field, has)"
    f"{_BETWEEN}"
)


async def find_quality(connection: Connection, place_id: str | None) -> dict[str, Any]:
    """Counts of decisions, verdicts, "not this household" and weights, of one place or all."""
    counts: dict[str, dict[str, int]] = {}
    for what, sql in (
        ("outcomes", "select outcome as k, count(*) as n from decision"),
        ("verdicts", "select coalesce(verdict, 'open') as k, count(*) as n from review_case"),
        ("answers", "select cause as k, count(*) as n from change"),
        (
            "weights",
            "select coalesce((floor(weight / 5) * 5)::int::text, 'none') as k, count(*) as n"
            " from decision",
        ),
    ):
        rows = await connection.fetch(
            sql + " where $1::text is null or place_id = $1 group by 1 order by 1", place_id
        )
        counts[what] = {row["k"]: row["n"] for row in rows}
    matched, wrong = counts["outcomes"].get("matched", 0), counts["answers"].get("practitioner", 0)
    return {
        "decisions": sum(counts["outcomes"].values()),
        "outcomes": counts["outcomes"],
        "reviews_open": counts["verdicts"].pop("open", 0),
        "verdicts": counts["verdicts"],
        "not_this_household": wrong,
        "not_this_household_per_thousand": round(1000 * wrong / matched, 2) if matched else None,
        "weights": counts["weights"],
    }


async def find_answers(connection: Connection, place_id: str | None) -> list[Row]:
    """Answers to reviews by kind, verdict, and weight of the likeliest candidate in steps of five
    bits."""
    return await connection.fetch(
        "select kind, verdict, (floor((candidates->0->>'weight')::float8 / 5) * 5)::int as weight,"
        " (candidates->0->>'weight')::float8 >= 0 as leaned, count(*)::int as number"
        " from review_case where verdict is not null and ($1::text is null or place_id = $1)"
        " group by 1, 2, 3, 4 order by 3, 1, 2",
        place_id,
    )


async def find_recent_answers(
    connection: Connection, place_id: str | None, first: date, first_of_week: date
) -> dict[tuple[str, str], Compared]:
    """By place and kind: of the reviews decided since ``first``, and of the week's, how many were
    decided as the weight of the likeliest candidate leans."""
    rows = await connection.fetch(
        "select place_id, kind, count(*) filter (where agreed and this_week)::int as agreed,"
        " count(*) filter (where this_week)::int as decided,"
        " count(*) filter (where agreed and not this_week)::int as agreed_before,"
        " count(*) filter (where not this_week)::int as decided_before"
        " from (select place_id, kind, reviewed_at >= $3 as this_week,"
        " (verdict = 'same') = ((candidates->0->>'weight')::float8 >= 0) as agreed"
        " from review_case where verdict in ('same', 'different') and reviewed_at >= $2"
        " and ($1::text is null or place_id = $1)) decided group by 1, 2",
        place_id,
        _at(first),
        _at(first_of_week),
    )
    return {
        (row["place_id"], row["kind"]): Compared(
            row["agreed"], row["decided"], row["agreed_before"], row["decided_before"]
        )
        for row in rows
    }


async def find_completeness(
    connection: Connection, place_id: str | None, first: date
) -> list[Counted]:
    """Days from ``first`` on: those that are over as they were counted, the others as they are."""
    filled = await connection.fetchval("select max(day) from completeness_day")
    since = first if filled is None else max(first, filled + timedelta(days=1))
    kept = await connection.fetch(
        "select agency_id, day, field, carried, of_all from completeness"
        " where day >= $2 and day < $3 and ($1::text is null or place_id = $1)",
        place_id,
        first,
        since,
    )
    live = await connection.fetch(
        f"select * from ({_COUNT}) c where $3::text is null or place_id = $3",  # noqa: S608
        _at(since),
        datetime.max.replace(tzinfo=UTC),
        place_id,
    )
    return [
        Counted(row["agency_id"], row["day"], row["field"], row["carried"], row["of_all"])
        for row in (*kept, *live)
    ]


async def find_last_filled(connection: Connection) -> date | None:
    """The last day that was counted for good."""
    day: date | None = await connection.fetchval("select max(day) from completeness_day")
    return day


async def fill_day(connection: Connection, day: date) -> None:
    """Count a day that is over, for good."""
    await connection.execute(
        "insert into completeness (place_id, agency_id, day, field, carried, of_all)"  # noqa: S608
        f" select place_id, agency_id, day, field, carried, of_all from ({_COUNT}) c"
        " on conflict do nothing",
        _at(day),
        _at(day + timedelta(days=1)),
    )
    await connection.execute(
        "insert into completeness_day (day) values ($1) on conflict do nothing", day
    )


async def find_places(connection: Connection) -> list[str]:
    """Places that something was counted of."""
    rows = await connection.fetch("select distinct place_id from completeness order by 1")
    return [row["place_id"] for row in rows]


async def forget_days(connection: Connection, before: date) -> None:
    """Days that no comparison needs any more."""
    await connection.execute("delete from completeness where day < $1", before)
    await connection.execute(
        "delete from completeness_day where day < $1"
        " and day < (select max(day) from completeness_day)",
        before,
    )


def _at(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
