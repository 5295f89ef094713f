"""However the assessments of a place come together in batches, what is kept of them is the same."""

from __future__ import annotations

import random
import re
from collections.abc import AsyncIterator, Sequence
from datetime import date
from itertools import islice
from typing import Any
from uuid import NAMESPACE_OID

import pytest

from contracts.assessments import AssessmentRecordedV1
from contracts.envelope import derive_id
from contracts.restrictions import HouseholdRestrictedV1
from contracts.vocabulary import AgencyKind, Channel, Restriction
from services.duplication import near
from services.duplication.handlers import on_assessments
from services.duplication.model import load
from services.kit import db
from services.kit.consume import Received
from services.simulator.borough import Borough
from services.simulator.stream import Simulation
from tests.conftest import StackFactory
from tests.services.duplication.building import START, person, recorded, seen_in_parts
from tests.services.duplication.test_crowds import home, names
from tests.stack import Stack

KEPT = {
    "assessment": "*",
    "mention": "*",
    "decision": "id, assessment_id, household_id, outcome, rule, weight, detail",
    "review_case": "id, assessment_id, household_id, candidates, due_at, kind, why",
    "person": "*",
    "household": "id, homes, members, residents, provisional, restrictions, alleged",
    "membership": "*",
    "block_key": "*",
    "term_frequency": "*",
}
MANY = 330
"""More than three times as many as are loaded, and written, together."""

MIDDLE = re.compile(r"'level': 'exact', [^}]*'comparison': 'middle'")
OTHERS = list(zip(names(120, 31), names(120, 32), ["1970-05-06"] * 120, strict=True))


def sent(seed: int = 5, households: int = 40, many: int = MANY) -> list[AssessmentRecordedV1]:
    """What agencies send of a few households over the years: they move, part and come together."""
    simulated = Simulation(Borough(random.Random(seed), households), seed, date(2024, 1, 1))
    return [
        AssessmentRecordedV1(
            assessment_id=derive_id(NAMESPACE_OID, n),
            agency_id=one.agency_id,
            agency_kind=AgencyKind.SCHOOL,
            channel=Channel.HTTP,
            received_at=one.submission.recorded_at,
            submission=one.submission,
        )
        for n, one in enumerate(islice(simulated.run(2500), many))
    ]


async def kept(stack: Stack, batches: Sequence[Sequence[AssessmentRecordedV1]]) -> dict[str, Any]:
    """What is in the tables once these were decided, each batch in one transaction; how many
    candidates each was compared with, which may be others in a batch, left out."""
    pool = await db.create_pool(stack.dsn, "duplication", 1)
    try:
        handle = on_assessments(load())
        for batch in batches:
            async with pool.acquire() as connection, connection.transaction():
                await handle(connection, [Received(stack.envelope(e), e, START) for e in batch])
        found = {}
        for table, columns in KEPT.items():
            rows = await pool.fetch(f"select {columns} from {table}")
            found[table] = sorted(str(_without_candidates(dict(row))) for row in rows)
        return found
    finally:
        await pool.close()


def _without_candidates(row: dict[str, Any]) -> dict[str, Any]:
    for one in row["detail"]["people"] if "detail" in row else ():
        one.pop("candidates")
    return row


@pytest.fixture
async def twice(open_stack: StackFactory) -> AsyncIterator[tuple[Stack, Stack]]:
    async with (
        open_stack("duplication", topics=False) as one,
        open_stack("duplication", topics=False) as other,
    ):
        yield one, other


@pytest.mark.parametrize(("part", "end", "breath"), [(100, 25, 2), (5, 2, 1)])
async def test_a_batch_keeps_what_its_assessments_one_by_one_would(
    twice: tuple[Stack, Stack], part: int, end: int, breath: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In parts so small, and looking up so often, that nearly all is decided between others."""
    monkeypatch.setattr(near, "PART", part)
    monkeypatch.setattr(near, "_END", end)
    monkeypatch.setattr(near, "_BREATH", breath)
    events = sent()
    assert len(events) == MANY
    together = await kept(twice[0], [events])
    one_by_one = await kept(twice[1], [[event] for event in events])
    assert len(together["membership"]) > len(together["person"])  # some have moved
    for table, rows in one_by_one.items():
        assert together[table] == rows, table


async def test_two_who_turn_out_to_be_one_are_weighed_alike_in_a_batch_and_alone(
    twice: tuple[Stack, Stack],
) -> None:
    """By how common all is that is known of them, and not what is in the assessment alone."""
    events = sent(seed=14, households=25, many=450)
    together = await kept(twice[0], [events])
    one_by_one = await kept(twice[1], [[event] for event in events])
    assert any("'between'" in row for row in one_by_one["decision"])
    assert together["decision"] == one_by_one["decision"]


async def test_what_an_earlier_part_of_a_batch_learnt_of_somebody_counts_in_a_later_part(
    twice: tuple[Stack, Stack],
) -> None:
    """No key tells of a middle name: that the person has changed must."""
    known = recorded(0, person("Agnes", "Thistlewood", "1981-03-14"))
    middle = person("Agnes", "Thistlewood", "1981-03-14", middle_names="Rosalind")
    others = [recorded(n, person(*one), address=home(n)) for n, one in enumerate(OTHERS, 2)]
    batch = [recorded(1, middle), *others, recorded(MANY, middle)]
    together = await kept(twice[0], [[known], batch])
    one_by_one = await kept(twice[1], [[known], *([event] for event in batch)])
    assert any(MIDDLE.search(row) for row in one_by_one["decision"])
    assert together["decision"] == one_by_one["decision"]


async def test_strangers_at_a_home_are_asked_about_within_a_batch_as_one_by_one(
    twice: tuple[Stack, Stack],
) -> None:
    family = recorded(60, person("Ruth", "Ives", "1980-01-02"), person("Ada", "Ives", "2012-03-04"))
    strangers = recorded(61, person("Otto", "Marsh", "1971-05-06"))
    others = [recorded(n, person(*one), address=home(n)) for n, one in enumerate(OTHERS, 100)]
    batch = [*seen_in_parts(1), family, *others, strangers]
    together = await kept(twice[0], [batch])
    one_by_one = await kept(twice[1], [[event] for event in batch])
    assert [row for row in one_by_one["review_case"] if "'why': 'one_home'" in row]
    for table, rows in one_by_one.items():
        assert together[table] == rows, table


async def test_however_many_households_of_a_batch_few_may_know_of_that_is_kept_in_one_statement(
    twice: tuple[Stack, Stack],
) -> None:
    stack, _ = twice
    events = [
        recorded(n, person(*one), address=home(n), restrictions=(Restriction.REFUGE,))
        for n, one in enumerate(OTHERS[:40])
    ]
    pool = await db.create_pool(stack.dsn, "duplication", 1)
    said: list[str] = []
    async with db.begin(pool) as connection:
        connection.add_query_logger(lambda query: said.append(query.query))
        taken = [Received(stack.envelope(event), event, START) for event in events]
        told = await on_assessments(load())(connection, taken)
        kept = await connection.fetchval("select count(*) from household_access where restricted")
    await pool.close()
    news = [one for one in told if isinstance(one.event, HouseholdRestrictedV1)]
    assert (len(news), kept) == (40, 40)
    assert len([query for query in said if "into household_access" in query]) == 1
