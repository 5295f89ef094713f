"""Matching alone against an index of so many people, PostgreSQL included: what a decision costs.

The index is filled from a simulated borough, each person once, as a first assessment would file
them. Then the assessments that the borough sends next are decided by the service's own handler,
each batch one transaction: large ones for the rate, single ones for the delay.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from uuid import UUID

from contracts.assessments import AssessmentRecordedV1
from contracts.envelope import Envelope, derive_id
from contracts.vocabulary import AgencyKind, Channel
from services.bench.store import find_candidates, find_index_bytes
from services.bench.trial import Quantiles, quantiles
from services.duplication import addresses
from services.duplication.blocking import block_keys
from services.duplication.frequencies import POPULATION, terms
from services.duplication.handlers import on_assessments
from services.duplication.model import Model
from services.duplication.normalise import submission_profiles
from services.duplication.state import HouseholdState, PersonState, State
from services.duplication.store.matching import save_state
from services.kit import heap
from services.kit.consume import Received
from services.kit.db import Pool, create_pool, temporary_database
from services.simulator.assessing import Assessed
from services.simulator.stream import simulate

PLACE = "bench"
_ROOT = UUID("6b697468-0000-4000-8000-00000000be7c")
_CHUNK = 2000
_WARM_UP = 100
_BEGIN = date(2024, 1, 1)


@dataclass(frozen=True, slots=True)
class Measured:
    """Against an index of ``people``. ``cpu_share``: of one core, Kith's own process while in
    batches; ``single_ms``: one assessment in a transaction of its own, commit included."""

    people: int
    batch: int
    decisions: int
    per_second: float
    cpu_share: float
    cpu_ms: float
    single_ms: Quantiles
    candidates: float
    bytes_per_person: float


async def measure(
    admin_dsn: str,
    model: Model,
    people: int,
    *,
    decisions: int,
    singles: int,
    batch: int,
    seed: int,
    told: Callable[[str, int, int], None],
) -> Measured:
    """Fill an index in a database of its own, decide against it, and drop it."""
    made = simulate(seed, people, _BEGIN, 3650)
    async with temporary_database(admin_dsn, ["duplication"]) as dsn:
        pool = await create_pool(dsn, "duplication", size=1)
        try:
            await _fill(pool, model, made, people, told)
            heap.settle()
            size = await find_index_bytes(pool)
            items = [_received(n, one) for n, one in enumerate(_next(made, singles + decisions))]
            handle = on_assessments(model)

            async def decide(received: Sequence[Received]) -> None:
                async with pool.acquire() as connection, connection.transaction():
                    await handle(connection, received)

            for start in range(0, _WARM_UP, batch):
                await decide(items[start : min(_WARM_UP, start + batch)])
            alone = items[_WARM_UP : _WARM_UP + singles]
            delays = []
            for number, item in enumerate(alone):
                began = time.perf_counter()
                await decide([item])
                delays.append(1000 * (time.perf_counter() - began))
                told("one at a time", number + 1, singles)
            rest = items[_WARM_UP + singles :]
            began, spent = time.perf_counter(), time.process_time()
            for start in range(0, len(rest), batch):
                await decide(rest[start : start + batch])
                told("in batches", min(start + batch, len(rest)), len(rest))
            took, spent = time.perf_counter() - began, time.process_time() - spent
            return Measured(
                people,
                batch,
                len(rest),
                len(rest) / took,
                spent / took,
                1000 * spent / len(rest),
                quantiles(delays),
                await find_candidates(pool),
                size / people,
            )
        finally:
            await pool.close()


def _next(made: Iterator[Assessed], count: int) -> Iterator[Assessed]:
    return islice(made, count + _WARM_UP)


async def _fill(
    pool: Pool,
    model: Model,
    made: Iterator[Assessed],
    people: int,
    told: Callable[[str, int, int], None],
) -> None:
    """File people until there are so many, in chunks, and let PostgreSQL know its tables."""
    seen: set[str] = set()
    state = State()
    while len(seen) < people:
        one = next(made)
        _file(model, state, one, seen)
        if len(state.people) >= _CHUNK or len(seen) >= people:
            async with pool.acquire() as connection, connection.transaction():
                await save_state(connection, PLACE, state, one.submission.recorded_at)
            state = State()
            told("filling", min(len(seen), people), people)
    await pool.execute("vacuum analyze")


def _file(model: Model, state: State, one: Assessed, seen: set[str]) -> None:
    """Whoever of an assessment is not there yet, as a household of their own."""
    new = [
        (row, profile)
        for row, profile in zip(one.truth, submission_profiles(one.submission), strict=True)
        if row.person_id not in seen
    ]
    if not new:
        return
    household = HouseholdState(derive_id(_ROOT, "household", len(seen)))
    household.seen_at(addresses.home(one.submission.address))
    state.households[household.id] = household
    state.changed_households[household.id] = None
    for row, profile in new:
        seen.add(row.person_id)
        person_id = derive_id(_ROOT, "person", row.person_id)
        household.members = (*household.members, person_id)
        state.people[person_id] = PersonState(person_id, profile, (household.id,), 1)
        state.changed_people[person_id] = None
        state.index(block_keys(model.rules, profile), person_id)
        state.count([POPULATION, *terms(profile)])


def _received(number: int, one: Assessed) -> Received:
    event = AssessmentRecordedV1(
        assessment_id=derive_id(_ROOT, "assessment", number),
        agency_id=one.agency_id,
        agency_kind=AgencyKind.SCHOOL,
        channel=Channel.HTTP,
        received_at=one.submission.recorded_at,
        submission=one.submission,
    )
    now = datetime.now(UTC)
    envelope = Envelope(
        derive_id(event.assessment_id, "event"),
        event.TYPE,
        "/bench",
        now,
        event.subject(),
        event.assessment_id,
        PLACE,
    )
    return Received(envelope, event, now)
