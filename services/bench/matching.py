"""Matching alone against an index of so many people, PostgreSQL included: what a decision costs.

The index is filled from a simulated borough, each person once, as a first assessment would file
them. Then the assessments that the borough sends next are decided by the service's own handler,
each batch one transaction: large ones for the rate, single ones for the delay.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from statistics import fmean
from urllib.parse import urlsplit, urlunsplit

import psutil

from contracts.assessments import AssessmentRecordedV1, Submission
from contracts.envelope import Envelope, derive_id
from contracts.vocabulary import AgencyKind, Channel
from services.bench import store
from services.bench.beside import Beside, as_record, measure_splink
from services.bench.crowds import Crowd, crowds
from services.bench.index import BEGIN, PLACE, ROOT, Told, fill, found
from services.bench.trial import Quantiles, quantiles
from services.duplication.handlers import on_assessments
from services.duplication.model import Model
from services.duplication.normalise import submission_profiles
from services.duplication.profile import Profile
from services.kit import heap
from services.kit.consume import Received
from services.kit.db import Pool, create_pool, migrate, temporary_database
from services.simulator.stream import Simulation

ARRIVALS = 12_000
"""Assessments that a kept index has to be decided against it."""
_WARM_UP = 400
_DAYS = 3650


@dataclass(frozen=True, slots=True)
class CrowdCost:
    """What people cost whom no key tells apart: ``cpu_ms`` of Kith's own process for each in a
    batch, ``single_ms`` one at a time, ``most_candidates``: compared with any of them."""

    name: str
    cpu_ms: float
    single_ms: Quantiles
    most_candidates: int


@dataclass(frozen=True, slots=True)
class Measured:
    """Against an index of ``people``. ``cpu_share``: of one core, Kith's own process while in
    batches, and ``cpu_ms`` of each decision; ``database_ms``: processor time of PostgreSQL's own
    process for each, where it runs here; ``single_ms``: one assessment in a transaction of its
    own, commit included; ``candidates``: compared, for each person of an assessment."""

    people: int
    batch: int
    decisions: int
    per_second: float
    cpu_share: float
    cpu_ms: float
    database_ms: float | None
    single_ms: Quantiles
    candidates: float
    bytes_per_person: float
    filled_seconds: float
    people_per_assessment: float
    splink: Beside | None = None
    crowds: tuple[CrowdCost, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure. ``keep``: leave the filled index on the server, for another time;
    ``splink``: let Splink decide the same against the same index."""

    people: int
    decisions: int
    singles: int
    batch: int
    seed: int
    keep: bool = False
    splink: bool = False


async def measure(admin_dsn: str, model: Model, plan: Plan, told: Told) -> Measured:
    """Decide against an index in a database of its own, which is dropped afterwards."""
    async with _index(admin_dsn, model, plan, told) as (pool, arrivals, seconds):
        heap.settle()
        beside = await _beside(pool, arrivals, told) if plan.splink else None
        size = await store.find_index_bytes(pool)
        delays = await _singly(pool, model, arrivals, plan, told)
        rate = await _in_batches(pool, model, arrivals[_WARM_UP + plan.singles :], plan, told)
        candidates = await store.find_candidates(pool)
        return Measured(
            plan.people,
            plan.batch,
            plan.decisions,
            *rate,
            quantiles(delays),
            candidates,
            size / plan.people,
            seconds,
            fmean(
                len(one.event.submission.people)
                for one in arrivals
                if isinstance(one.event, AssessmentRecordedV1)
            ),
            beside,
            tuple([await _crowd(pool, model, crowd, plan, told) for crowd in crowds(plan.seed)]),
        )


async def _crowd(pool: Pool, model: Model, crowd: Crowd, plan: Plan, told: Told) -> CrowdCost:
    """File the crowd; then half of what arrives in a batch, and the other half one at a time."""
    told("crowds", 0, 1)
    filed, arriving = (
        [_received(f"{crowd.name} {what} {n}", "bench", one) for n, one in enumerate(some)]
        for what, some in (("filed", crowd.filed), ("arriving", crowd.arriving))
    )
    for start in range(0, len(filed), plan.batch):
        await decide(pool, model, filed[start : start + plan.batch])
    half = len(arriving) // 2
    spent = time.process_time()
    await decide(pool, model, arriving[:half])
    spent = time.process_time() - spent
    delays = []
    for item in arriving[half:]:
        began = time.perf_counter()
        await decide(pool, model, [item])
        delays.append(1000 * (time.perf_counter() - began))
    told("crowds", 1, 1)
    ids = [item.envelope.journey_id for item in arriving]
    return CrowdCost(
        crowd.name,
        1000 * spent / half,
        quantiles(delays),
        await store.find_most_candidates(pool, ids),
    )


async def _beside(pool: Pool, arrivals: Sequence[Received], told: Told) -> Beside:
    told("Splink", 0, 1)
    known = [
        as_record(id_, Profile.load(stored)) async for id_, stored in store.find_profiles(pool)
    ]
    arriving = [
        as_record(f"{number}.{place}", profile)
        for number, one in enumerate(arrivals)
        if isinstance(one.event, AssessmentRecordedV1)
        for place, profile in enumerate(submission_profiles(one.event.submission))
    ]
    found = measure_splink(known, arriving)
    told("Splink", 1, 1)
    return found


async def _singly(
    pool: Pool, model: Model, arrivals: Sequence[Received], plan: Plan, told: Told
) -> list[float]:
    """Milliseconds of each; a number of others come first, to warm up."""
    await decide(pool, model, arrivals[: _WARM_UP // 2])
    delays = []
    alone = arrivals[_WARM_UP // 2 : _WARM_UP + plan.singles]
    for number, item in enumerate(alone):
        began = time.perf_counter()
        await decide(pool, model, [item])
        delays.append(1000 * (time.perf_counter() - began))
        told("one at a time", number + 1, len(alone))
    return delays[_WARM_UP // 2 :]


async def _in_batches(
    pool: Pool, model: Model, arrivals: Sequence[Received], plan: Plan, told: Told
) -> tuple[float, float, float, float | None]:
    """A second, share of a core, milliseconds of processor time of each, and PostgreSQL's."""
    server = await _server(pool)
    before = server.cpu_times() if server else None
    began, spent = time.perf_counter(), time.process_time()
    for start in range(0, len(arrivals), plan.batch):
        await decide(pool, model, arrivals[start : start + plan.batch])
        told("in batches", min(start + plan.batch, len(arrivals)), len(arrivals))
    took, spent = time.perf_counter() - began, time.process_time() - spent
    database = None
    if server and before:
        after = server.cpu_times()
        seconds = after.user + after.system - before.user - before.system
        database = 1000 * seconds / len(arrivals)
    return len(arrivals) / took, spent / took, 1000 * spent / len(arrivals), database


async def _server(pool: Pool) -> psutil.Process | None:
    """PostgreSQL's process for the pool's one connection; None where it is on another machine."""
    pid, local = await store.find_server(pool)
    if not local:
        return None
    try:
        return psutil.Process(pid)
    except psutil.Error:
        return None


async def decide(pool: Pool, model: Model, received: Sequence[Received]) -> None:
    """Decide these as the service does: one transaction."""
    async with pool.acquire() as connection, connection.transaction():
        await on_assessments(model)(connection, received)


@asynccontextmanager
async def _index(
    admin_dsn: str, model: Model, plan: Plan, told: Told
) -> AsyncIterator[tuple[Pool, list[Received], float]]:
    """The index, what is to be decided against it, and how long it took to fill."""
    count = _WARM_UP + plan.singles + plan.decisions
    if plan.keep:
        name = f"kith_bench_{plan.people}_{plan.seed}"
        seconds = await _keep(admin_dsn, model, plan, name, told)
        async with (
            store.copied_database(admin_dsn, name) as dsn,
            _pool(dsn) as pool,
        ):
            made = await store.find_arrivals(pool, count)
            yield pool, [_received(n, *one) for n, one in enumerate(made)], seconds
        return
    async with temporary_database(admin_dsn, ["duplication"]) as dsn, _pool(dsn) as pool:
        began = time.perf_counter()
        arrivals = await _fill(pool, model, plan, count, told)
        seconds = time.perf_counter() - began
        yield pool, [_received(n, *one) for n, one in enumerate(arrivals)], seconds


async def _keep(admin_dsn: str, model: Model, plan: Plan, name: str, told: Told) -> float:
    """Fill the index that is kept, unless it is there; the seconds that took."""
    dsn = urlunsplit(urlsplit(admin_dsn)._replace(path=f"/{name}"))
    if await store.has_database(admin_dsn, name):
        await migrate(dsn, "duplication")
        return 0.0
    began = time.perf_counter()
    async with temporary_database(admin_dsn, ["duplication"]) as filling:
        async with _pool(filling) as pool:
            arrivals = await _fill(pool, model, plan, ARRIVALS, told)
            await store.save_arrivals(pool, arrivals)
        await store.rename_database(admin_dsn, filling, name)
    return time.perf_counter() - began


async def _fill(
    pool: Pool, model: Model, plan: Plan, count: int, told: Told
) -> list[tuple[str, Submission]]:
    world = found(plan.seed, plan.people, told)
    await fill(pool, model, world, plan.seed, told)
    made = Simulation(world, plan.seed, BEGIN).run(_DAYS)
    return [(one.agency_id, one.submission) for one in islice(made, count)]


@asynccontextmanager
async def _pool(dsn: str) -> AsyncIterator[Pool]:
    pool = await create_pool(dsn, "duplication", size=1)
    try:
        yield pool
    finally:
        await pool.close()


def _received(number: int | str, agency_id: str, submission: Submission) -> Received:
    event = AssessmentRecordedV1(
        assessment_id=derive_id(ROOT, "assessment", number),
        agency_id=agency_id,
        agency_kind=AgencyKind.SCHOOL,
        channel=Channel.HTTP,
        received_at=submission.recorded_at,
        submission=submission,
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
