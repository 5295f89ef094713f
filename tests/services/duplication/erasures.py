"""Orders to erase, and what a place knows, told by what was seen: so that two can be compared
that came to know the same by other ways, under other ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.assessments import AssessmentRecordedV1
from contracts.envelope import Event, derive_id
from contracts.erasure import AssessmentsErasedV1, ErasureOrderedV1
from contracts.vocabulary_erasure import ErasureReason
from services.duplication import cohabitation, strangers
from services.duplication.handlers import on_assessments, on_assignments
from services.duplication.model import load
from services.duplication.residence import load_residents
from services.duplication.store.erasing import find_asked
from services.duplication.store.matching import salt
from services.kit.consume import Received
from services.kit.db import Pool, begin, lock_places
from services.kit.outbox import save_outgoing
from tests.conftest import StackFactory
from tests.services.duplication.building import START
from tests.services.duplication.running import WARY, Running, run
from tests.stack import PLACE, Stack

HABITS = frozenset(term ^ salt(PLACE) for term in (*cohabitation.COUNTED, *strangers.COUNTED))
"""Ten counts of how a place's agencies see its households: of nobody, and of no value."""


def order(
    household_ids: Sequence[UUID], assessment_ids: Iterable[UUID], **changes: Any
) -> ErasureOrderedV1:
    """An order about the first of these, with everything that stands for it."""
    values: dict[str, Any] = {
        "erasure_id": derive_id(household_ids[0], "erasure"),
        "household_id": household_ids[0],
        "household_ids": tuple(household_ids),
        "assessment_ids": tuple(assessment_ids),
        "reason": ErasureReason.RETENTION,
        "ordered_at": START,
    }
    return ErasureOrderedV1(**(values | changes))


async def order_of(pool: Pool, household_id: UUID, **changes: Any) -> ErasureOrderedV1:
    """An order of all that is known of a household."""
    family = await pool.fetch(
        "select retired_id from household_redirect where household_id = $1 order by 1", household_id
    )
    assessments = await pool.fetch(
        "select id from assessment where household_id = $1 order by 1", household_id
    )
    ids = [household_id, *(row[0] for row in family)]
    return order(ids, [row[0] for row in assessments], **changes)


async def give(pool: Pool, stack: Stack, *orders: Event, now: datetime = START) -> list[Event]:
    """Have the service take these in one batch; what it says."""
    received = [Received(stack.envelope(one), one, now) for one in orders]
    async with begin(pool) as connection:
        await lock_places(connection, "duplication", {PLACE})
        said = await on_assignments(load())(connection, received)
        await save_outgoing(connection, "/kith/duplication", said)
    return [one.event for one in said]


class Place:
    """A running service's store, with a way to have assessments decided and erased there."""

    def __init__(self, run: Running) -> None:
        self.run, self.pool, self.stack = run, run.service.pool, run.stack

    async def take(self, *events: AssessmentRecordedV1, wary: bool = False) -> None:
        """Decide these, each under the id of its own event, as agencies has it."""
        for event in events:
            envelope = replace(
                self.stack.envelope(event), id=derive_id(event.assessment_id, event.TYPE)
            )
            async with self.run.service.work() as work:
                await work.lock_place(PLACE)
                handle = on_assessments(WARY if wary else load())
                work.outgoing += await handle(work.connection, [Received(envelope, event, START)])

    async def home_of(self, event: AssessmentRecordedV1) -> UUID:
        """The household that an assessment is of now."""
        found: UUID = await self.pool.fetchval(
            "select household_id from assessment where id = $1", event.assessment_id
        )
        return found

    async def person_in(self, event: AssessmentRecordedV1, position: int = 0) -> UUID:
        """Who somebody in an assessment is now."""
        found: UUID = await self.pool.fetchval(
            "select person_id from mention where assessment_id = $1 and position = $2",
            event.assessment_id,
            position,
        )
        return found

    async def asked(self) -> set[UUID]:
        """All about which somebody is being asked."""
        async with self.pool.acquire() as connection:
            return await find_asked(connection, PLACE)

    async def give(self, *orders: Event, now: datetime = START) -> list[Event]:
        """Have the service take these in one batch; what it says."""
        return await give(self.pool, self.stack, *orders, now=now)

    async def erase(self, *events: AssessmentRecordedV1) -> list[AssessmentsErasedV1]:
        """Erase the households of these, whole."""
        return await self.erase_homes(
            *dict.fromkeys([await self.home_of(event) for event in events])
        )

    async def erase_homes(self, *homes: UUID) -> list[AssessmentsErasedV1]:
        """Erase these households, whole."""
        said = await self.give(*[await order_of(self.pool, home) for home in homes])
        erased = [one for one in said if isinstance(one, AssessmentsErasedV1)]
        assert len(erased) == len(homes), said
        return erased


@asynccontextmanager
async def open_place(open_stack: StackFactory) -> AsyncIterator[Place]:
    """A place of its own."""
    async with run(open_stack) as found:
        yield Place(found)


async def known(pool: Pool) -> dict[str, Any]:
    """All that a place knows. People are called by the mentions they are in, households by their
    assessments; what nobody calls anything is told as it stands."""
    people, homes = await _people(pool), await _homes(pool)
    named: dict[Any, Any] = people | homes

    def call(id_: UUID) -> Any:
        return named.get(id_, ("unknown", id_))

    return {
        "people": {
            people[row["id"]]: (
                row["profile"],
                [call(h) for h in row["households"]],
                row["mentions"],
            )
            for row in await pool.fetch("select * from person where retired_into is null")
            if row["id"] in people or row["mentions"] or row["profile"]
        },
        "households": {
            call(row["id"]): (
                row["homes"],
                {
                    call(id_): one
                    for id_, one in load_residents(row["residents"], row["members"]).items()
                },
                row["provisional"],
                frozenset(row["restrictions"]),
                frozenset(call(p) for p in row["alleged"]),
            )
            for row in await pool.fetch(
                "select * from household h where not exists"
                " (select from household_redirect r where r.retired_id = h.id)"
            )
        },
        "spells": Counter(
            (call(r["household_id"]), call(r["person_id"]), r["since"], r["until"])
            for r in await pool.fetch("select * from membership")
        ),
        "keys": Counter(
            (row["key"], call(row["person_id"]))
            for row in await pool.fetch("select * from block_key")
        ),
        "terms": {
            row["term"]: row["count"]
            for row in await pool.fetch("select * from term_frequency")
            if row["term"] not in HABITS
        },
        "assessments": {
            row["id"]: (call(row["household_id"]), frozenset(row["restrictions"]))
            for row in await pool.fetch("select * from assessment")
        },
        "apart": Counter(
            (call(row["one"]), call(row["other"]))
            for row in await pool.fetch("select * from cannot_link")
        ),
        "together": Counter(
            (call(row["one"]), call(row["other"]))
            for row in await pool.fetch("select * from must_link")
        ),
    }


async def same(one: Place, other: Place) -> None:
    """Both know the same."""
    left, right = await known(one.pool), await known(other.pool)
    for what, found in right.items():
        assert left[what] == found, (what, differing(left[what], found))


def differing(left: Any, right: Any) -> Any:
    """What one of the two has and the other has not, or has otherwise."""
    return {
        key: (left.get(key), right.get(key))
        for key in {*left, *right}
        if left.get(key) != right.get(key)
    }


async def _people(pool: Pool) -> dict[UUID, frozenset[tuple[UUID, int]]]:
    rows = await pool.fetch(
        "select person_id, array_agg(assessment_id) as a, array_agg(position) as p"
        " from mention group by 1"
    )
    return {r["person_id"]: frozenset(zip(r["a"], r["p"], strict=True)) for r in rows}


async def _homes(pool: Pool) -> dict[UUID, frozenset[UUID]]:
    rows = await pool.fetch(
        "select household_id, array_agg(id) as a from assessment group by household_id"
    )
    return {row["household_id"]: frozenset(row["a"]) for row in rows}


async def pointing_at(
    pool: Pool, ids: Collection[UUID], but: Collection[str] = ()
) -> dict[str, int]:
    """By table: the rows in which any of these ids stands, in whatever column, as text; but in
    those that keep ids on purpose."""
    kept = {"access_audit", "subject_access_export", "erased_id", "erased_as", "erasure",
            "household_access", "consumed_event", "schema_migration"}  # fmt: skip
    tables = await pool.fetch(
        "select table_name from information_schema.tables where table_schema = 'duplication'"
    )
    found = {}
    for (table,) in tables:
        if table not in kept and table not in but:
            pattern = [f"%{one}%" for one in ids]
            text = "t::text"
            if table == "outbox":
                # But of what says that it was erased.
                text = "case when t.type like '%erased%' then '' else t.value::text end"
                pattern = [f"%{str(one).encode().hex()}%" for one in ids]
            count = await pool.fetchval(
                f'select count(*) from "{table}" t where {text} like any($1::text[])', pattern
            )
            if count:
                found[table] = count
    return found
