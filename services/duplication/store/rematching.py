"""A place's history for deciding it again, what people said of it, and runs that carry it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.kit.db import Connection, Row


async def find_places(connection: Connection) -> list[str]:
    """Every place that has assessments."""
    rows = await connection.fetch("select distinct place_id from assessment order by 1")
    return [row["place_id"] for row in rows]


async def find_history(connection: Connection, place_id: str) -> list[Row]:
    """Assessments as they came: address, people in the agencies' words and by id, the household
    now, and when they were decided."""
    return await connection.fetch(
        "select a.id, a.received_at, a.address, a.household_id, a.restrictions, d.decided_at,"
        " m.people, m.person_ids from assessment a join decision d on d.assessment_id = a.id"
        " cross join lateral (select array_agg(as_given order by position) as people,"
        " array_agg(person_id order by position) as person_ids from mention"
        " where assessment_id = a.id) m where a.place_id = $1 order by a.received_at, a.id",
        place_id,
    )


async def find_words(connection: Connection, place_id: str, what: str) -> list[Row]:
    """What people said is one (``must_link``) or is not (``cannot_link``): pairs, and when."""
    if what not in {"must_link", "cannot_link"}:
        raise ValueError(what)
    return await connection.fetch(
        f"select one, other, said_at from {what} where place_id = $1 order by one, other",  # noqa: S608
        place_id,
    )


async def find_changes_by_people(connection: Connection, place_id: str) -> list[Row]:
    """Links and separations by people that are in force, and what they took back, if they did."""
    return await connection.fetch(
        "select c.kind, c.household_id, c.other_household_id, c.other_person_id, c.person_id,"
        " c.moves, c.decided_at, u.kind as undone_kind from change c"
        " left join change u on u.id = c.undoes where c.place_id = $1"
        " and c.cause not in ('new_model', 'evidence')"
        " and c.undone_by is null order by c.decided_at, c.id",
        place_id,
    )


async def find_questions(connection: Connection, place_id: str) -> list[Row]:
    """Every question to reviewers: of which households, and what was answered."""
    return await connection.fetch(
        "select kind, household_id, verdict,"
        " array(select (c->>'household_id')::uuid from jsonb_array_elements(candidates) c)"
        " as candidates from review_case where place_id = $1 order by id",
        place_id,
    )


async def find_under_way(connection: Connection, place_id: str) -> Row | None:
    """The run of the place that has begun and not ended."""
    return await connection.fetchrow(
        "select r.*, m.data from rematch r join model m on m.version = r.version"
        " where r.place_id = $1 and r.ended_at is null",
        place_id,
    )


async def save_run(
    connection: Connection,
    run: tuple[UUID, str, str, str, str],
    former: str,
    now: datetime,
    *,
    files_anew: bool,
) -> None:
    """Begin a run: its id, place, model's version, by whom and for what. ``former``: the model that
    decided before; ``files_anew``: it has other blocking rules."""
    await connection.execute(
        "insert into rematch (id, place_id, version, decided_by, purpose, began_at, files_anew,"
        " former) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        *run,
        now,
        files_anew,
        former,
    )


async def files_anew(connection: Connection, run: UUID) -> bool:
    """Whether the run's model has other blocking rules than the one before."""
    found: bool = await connection.fetchval("select files_anew from rematch where id = $1", run)
    return found


async def save_steps(
    connection: Connection, run: UUID, steps: Sequence[tuple[int, Mapping[str, Any]]]
) -> None:
    """What a run is to do, by number."""
    await connection.execute(
        "insert into rematch_step (rematch_id, number, step)"
        " select $1, * from unnest($2::int[], $3::jsonb[])",
        run,
        [number for number, _ in steps],
        [step for _, step in steps],
    )


async def find_next_number(connection: Connection, run: UUID) -> int:
    """The first number that no step of the run has."""
    found: int = await connection.fetchval(
        "select coalesce(max(number) + 1, 0) from rematch_step where rematch_id = $1", run
    )
    return found


async def find_tried(connection: Connection, run: UUID) -> list[dict[str, Any]]:
    """Steps of the run that came to something else than being done."""
    rows = await connection.fetch(
        "select step from rematch_step where rematch_id = $1 and came_to <> 'done'", run
    )
    return [row["step"] for row in rows]


async def save_redecisions(
    connection: Connection,
    run: UUID,
    version: str,
    again: Sequence[tuple[UUID, str, float | None, dict[str, Any]]],
    now: datetime,
) -> None:
    """Decisions of the run's model: assessment, rule, weight, detail. Of what was erased since it
    looked, none."""
    await connection.execute(
        "insert into redecision (assessment_id, rematch_id, rule, weight, model_version, detail,"
        " decided_at) select r.a, $1, r.r, r.w, $2, r.d, $3"
        " from unnest($4::uuid[], $5::text[], $6::float8[], $7::jsonb[]) as r(a, r, w, d)"
        " join assessment a on a.id = r.a"
        " on conflict (assessment_id, rematch_id) do update set rule = excluded.rule,"
        " weight = excluded.weight, detail = excluded.detail, decided_at = excluded.decided_at",
        run,
        version,
        now,
        [a for a, _, _, _ in again],
        [rule for _, rule, _, _ in again],
        [weight for _, _, weight, _ in again],
        [detail for _, _, _, detail in again],
    )


async def count_steps(connection: Connection, run: UUID) -> tuple[int, int]:
    """How many steps a run has, and how many of them have come to something."""
    row = await connection.fetchrow(
        "select count(*) as every, count(came_to) as ended from rematch_step where rematch_id = $1",
        run,
    )
    return (row["every"], row["ended"]) if row else (0, 0)


async def count_outcomes(connection: Connection, run: UUID) -> dict[str, int]:
    """What a run's steps came to."""
    rows = await connection.fetch(
        "select came_to, count(*) as n from rematch_step"
        " where rematch_id = $1 and came_to is not null group by 1 order by 1",
        run,
    )
    return {row["came_to"]: row["n"] for row in rows}


async def find_next(connection: Connection, run: UUID) -> Row | None:
    """The first step that has come to nothing yet."""
    return await connection.fetchrow(
        "select number, step from rematch_step where rematch_id = $1 and came_to is null"
        " order by number limit 1",
        run,
    )


async def lock_step(connection: Connection, run: UUID, number: int) -> bool:
    """Hold a step until the transaction ends; whether it has come to nothing yet."""
    row = await connection.fetchrow(
        "select came_to from rematch_step where rematch_id = $1 and number = $2 for update",
        run,
        number,
    )
    return row is not None and row["came_to"] is None


async def find_last_run(connection: Connection, place_id: str) -> Row | None:
    """The place's last run that is not taken back, with its model and how many changes stand."""
    return await connection.fetchrow(
        "select r.*, m.data, (select count(*) from rematch_step s join change c"
        " on c.id = s.change_id where s.rematch_id = r.id and c.undone_by is null) as stand"
        " from rematch r join model m on m.version = r.version"
        " where r.place_id = $1 and r.taken_back_at is null order by r.began_at desc limit 1",
        place_id,
    )


async def find_standing(connection: Connection, run: UUID) -> list[UUID]:
    """Changes of a run that are in force, the last first."""
    rows = await connection.fetch(
        "select c.id from rematch_step s join change c on c.id = s.change_id"
        " where s.rematch_id = $1 and c.undone_by is null order by s.number desc",
        run,
    )
    return [row["id"] for row in rows]


async def save_taking_back(connection: Connection, run: UUID, by: str, now: datetime) -> None:
    """A run is being taken back: what is left of it is not done any more."""
    await connection.execute(
        "update rematch set taken_back_by = $2, ended_at = coalesce(ended_at, $3) where id = $1",
        run,
        by,
        now,
    )


async def save_taken_back(connection: Connection, run: UUID, now: datetime) -> None:
    """A run has been taken back."""
    await connection.execute("update rematch set taken_back_at = $2 where id = $1", run, now)


async def save_outcome(
    connection: Connection, run: UUID, number: int, came_to: str, change: UUID | None, now: datetime
) -> None:
    """What a step came to."""
    await connection.execute(
        "update rematch_step set came_to = $3, change_id = $4, ended_at = $5"
        " where rematch_id = $1 and number = $2",
        run,
        number,
        came_to,
        change,
        now,
    )


async def save_end(connection: Connection, run: UUID, now: datetime) -> None:
    """The run is done."""
    await connection.execute("update rematch set ended_at = $2 where id = $1", run, now)


async def has_spoken_since(
    connection: Connection,
    households: Sequence[UUID],
    people: Sequence[UUID],
    since: datetime,
    taking_back: UUID | None = None,
) -> bool:
    """Whether a person has said, or is asked, something of these households or people since; but
    for taking this run's changes back."""
    found: bool = await connection.fetchval(
        "select exists (select from change c where cause <> 'new_model' and decided_at >= $3"
        " and not exists (select from rematch_step s where s.rematch_id = $4"
        " and s.change_id = c.undoes)"
        " and (household_id = any($1::uuid[]) or other_household_id = any($1::uuid[])"
        " or person_id = any($2::uuid[]) or other_person_id = any($2::uuid[])))"
        " or exists (select from review_case r where r.kind = 'match'"
        " and (r.verdict is null or r.reviewed_at >= $3) and r.household_id = any($1::uuid[]))"
        " or exists (select from household_redirect d join review_case r"
        " on r.household_id = d.retired_id and r.kind = 'match' and r.reviewed_at >= $3"
        " where d.household_id = any($1::uuid[]))",
        households,
        people,
        since,
        taking_back,
    )
    return found


async def save_question(
    connection: Connection,
    place_id: str,
    id_: UUID,
    assessment_id: UUID,
    pair: tuple[UUID, UUID],
    weight: float | None,
    due_at: datetime,
    cause: UUID,
    now: datetime,
) -> bool:
    """Ask whether two households are one, because another model says so; whether that is new."""
    row = await connection.fetchval(
        "insert into review_case (id, assessment_id, place_id, household_id, candidates, urgency,"
        " opened_at, due_at, event_id, journey_id, kind, why)"
        " values ($1, $2, $3, $4, $5, 'routine', $6, $7, $8, $2, 'link', 'another_model')"
        " on conflict (id) do nothing returning id",
        id_,
        assessment_id,
        place_id,
        pair[0],
        [{"household_id": str(pair[1]), "weight": weight or 0.0}],
        now,
        due_at,
        cause,
    )
    return row is not None


async def find_decision_of(connection: Connection, assessment_id: UUID) -> Row | None:
    """An assessment's decision: its id, and the weight."""
    return await connection.fetchrow(
        "select id, weight from decision where assessment_id = $1", assessment_id
    )


async def find_people_after(connection: Connection, place_id: str, after: UUID) -> list[UUID]:
    """The next five hundred people of the place, by id."""
    rows = await connection.fetch(
        "select id from person where place_id = $1 and id > $2 and mentions > 0"
        " order by id limit 500",
        place_id,
        after,
    )
    return [row["id"] for row in rows]


async def find_people_touched(connection: Connection, place_id: str, since: datetime) -> list[UUID]:
    """People of assessments that were decided or moved since, and of reviews that were answered."""
    rows = await connection.fetch(
        "select distinct m.person_id from mention m join assessment a on a.id = m.assessment_id"
        " where a.place_id = $1 and (exists (select from decision d where d.assessment_id = a.id"
        " and d.decided_at >= $2) or a.household_id in (select household_id from change"
        " where decided_at >= $2 union select other_household_id from change"
        " where decided_at >= $2 union select d.household_id from household_redirect d"
        " where d.redirected_at >= $2))",
        place_id,
        since,
    )
    return [row["person_id"] for row in rows]
