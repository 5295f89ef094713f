"""Where many people share a key, through the real handler on real PostgreSQL: what is compared and
what is asked of the database stay bounded, and what is decided stays right."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from datetime import date
from itertools import islice
from typing import Any

import pytest
from rapidfuzz.distance import OSA

from contracts.assessments import Address, AssessmentRecordedV1
from contracts.duplication import HouseholdMatchedV1
from contracts.envelope import Event
from contracts.vocabulary import Decision
from services.duplication.fold import assessed, resolve
from services.duplication.frequencies import POPULATION
from services.duplication.handlers import on_assessments
from services.duplication.model import load
from services.duplication.state import State
from services.duplication.store.matching import salt
from services.kit import db
from services.kit.consume import Received
from services.simulator.stream import simulate
from tests.conftest import StackFactory
from tests.services.duplication.building import START, person, recorded
from tests.stack import PLACE, Stack

HOSTEL = {"lines": ["Bridge House", "1 Station Road"], "town": "Bolton", "postcode": "BL1 1AA"}
OTHERS = 100_000
LETTERS = "ABDEFGHJLNPQRSTUWXYZ"


def names(count: int, seed: int) -> list[str]:
    """So many names, none of which is another misspelt."""
    rng, made = random.Random(seed), list[str]()
    while len(made) < count:
        one = "".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(4)).title()
        if all(OSA.distance(one, other) > 3 for other in made):
            made.append(one)
    return made


STREETS = names(400, 5)
TOWNS = names(40, 6)


def home(number: int) -> dict[str, Any]:
    """A house of one's own, each in another street of the city."""
    area = ("M", "BL", "OL", "SK", "WN")[number % 5]
    district, unit = number // 5 % 40 + 1, LETTERS[number % 20] + LETTERS[number // 20]
    code = f"{area}{district} {number % 7 + 1}{unit}"
    lines = [f"{number % 90 + 1} {STREETS[number]} Road"]
    return {"lines": lines, "town": TOWNS[number % 40], "postcode": code}


class Crowd:
    """A place, batch after batch. ``statements``: how many the last took."""

    def __init__(self, stack: Stack, pool: db.Pool) -> None:
        self.stack, self.pool = stack, pool
        self.statements = 0

    async def take(self, *events: AssessmentRecordedV1) -> list[Event]:
        """Decide these in one transaction; what was said of each."""
        self.statements = 0

        def count(_: object) -> None:
            self.statements += 1

        async with self.pool.acquire() as connection, connection.transaction():
            connection.add_query_logger(count)
            received = [Received(self.stack.envelope(e), e, START) for e in events]
            told = await on_assessments(load())(connection, received)
            connection.remove_query_logger(count)
        return [outgoing.event for outgoing in told]

    async def people_of(self, event: AssessmentRecordedV1) -> list[Any]:
        rows = await self.pool.fetch(
            "select person_id from mention where assessment_id = $1 order by position",
            event.assessment_id,
        )
        return [row["person_id"] for row in rows]

    async def compared_of(self, event: AssessmentRecordedV1) -> list[int]:
        """With how many people each mention was compared."""
        detail = await self.pool.fetchval(
            "select detail from decision where assessment_id = $1", event.assessment_id
        )
        return [one["candidates"] for one in detail["people"]]

    async def compared(self) -> int:
        """The most people that any mention was compared with."""
        found = await self.pool.fetchval(
            "select max((p->>'candidates')::int)"
            " from decision, jsonb_array_elements(detail->'people') p"
        )
        return int(found)


@pytest.fixture
async def crowd(open_stack: StackFactory) -> AsyncIterator[Crowd]:
    async with open_stack("duplication", topics=False) as stack:
        pool = await db.create_pool(stack.dsn, "duplication", 1)
        # A city, as far as the odds that two of a name are one go.
        await pool.execute(
            "insert into term_frequency values ($1, $2)", POPULATION ^ salt(PLACE), OTHERS
        )
        yield Crowd(stack, pool)
        await pool.close()


async def file(crowd: Crowd, known: Sequence[AssessmentRecordedV1]) -> int:
    """All of them, in batches; the statements that one alone took."""
    await crowd.take(known[0])
    alone = crowd.statements
    for start in range(1, len(known), 100):
        await crowd.take(*known[start : start + 100])
        assert crowd.statements <= alone + MAYBE
    return alone


MAYBE = 4
"""People, households, spells that end, reviews: what is asked only where there are any."""


async def check(
    crowd: Crowd,
    known: Sequence[AssessmentRecordedV1],
    again: AssessmentRecordedV1,
    of: AssessmentRecordedV1,
    stranger: AssessmentRecordedV1,
) -> None:
    """``again`` is the person of ``of``, who is known; ``stranger`` is nobody known."""
    alone = await file(crowd, known)
    assert await crowd.pool.fetchval("select count(*) from person") == len(known)
    (matched,) = await crowd.take(again)
    assert crowd.statements <= alone + MAYBE
    (new,) = await crowd.take(stranger)
    assert isinstance(matched, HouseholdMatchedV1)
    assert isinstance(new, HouseholdMatchedV1)
    assert (matched.decision, new.decision) == (Decision.MATCHED, Decision.NEW)
    assert await crowd.people_of(again) == await crowd.people_of(of)
    assert 1 < await crowd.compared() <= load().candidates


async def test_the_commonest_surname_and_birth_date_stay_bounded(crowd: Crowd) -> None:
    known = [
        recorded(n, person(given, "Smith", "1984-06-21"), address=home(n))
        for n, given in enumerate(names(300, 1))
    ]
    of = known[107]
    given = of.submission.people[0].given_name
    again = recorded(900, person(given, "Smyth", "1984-06-21"), address=home(107))
    stranger = recorded(901, person("Ixqoy", "Smith", "1984-06-21"), address=home(399))
    await check(crowd, known, again, of, stranger)


async def test_a_hostel_with_400_residents_stays_bounded(crowd: Crowd) -> None:
    born = [date.fromordinal(date(1955, 1, 2).toordinal() + 37 * n) for n in range(400)]
    known = [
        recorded(n, person(given, family, str(day)), address=HOSTEL)
        for n, (given, family, day) in enumerate(
            zip(names(400, 2), names(400, 3), born, strict=True)
        )
    ]
    of = known[250]
    one = of.submission.people[0]
    again = recorded(
        900, person(one.given_name, one.family_name, one.date_of_birth), address=HOSTEL
    )
    stranger = recorded(901, person("Ixqoy", "Quuxby", "1990-02-03"), address=HOSTEL)
    await check(crowd, known, again, of, stranger)


async def test_unknown_unknown_is_nobody_however_often_it_comes(crowd: Crowd) -> None:
    unknown = person("Unknown", "UNKNOWN")
    known = [recorded(n, unknown, address=None) for n in range(120)]
    known += [recorded(200 + n, unknown, address=HOSTEL) for n in range(120)]
    alone = await file(crowd, known)
    (new,) = await crowd.take(recorded(900, unknown, address=None))
    (there,) = await crowd.take(recorded(901, unknown, address=HOSTEL))
    assert crowd.statements <= alone + MAYBE
    assert isinstance(new, HouseholdMatchedV1)
    assert isinstance(there, HouseholdMatchedV1)
    assert new.decision == there.decision == Decision.NEW
    assert await crowd.compared() <= load().candidates
    assert await crowd.pool.fetchval("select count(*) from person") == len(known) + 2


async def test_a_batch_decides_what_each_alone_would_decide(crowd: Crowd) -> None:
    """What the service loads and compares ahead of its turn, against a place that is all there."""
    model, state = load(), State(population=OTHERS, counts={POPULATION: OTHERS})
    made = [
        recorded(n, *one.submission.people, address=_as_given(one.submission.address))
        for n, one in enumerate(islice(simulate(4, 150, date(2026, 1, 1), 600), 600))
    ]
    for start in range(0, len(made), 150):
        await crowd.take(*made[start : start + 150])
    for event in made:
        taken = assessed(model, event.assessment_id, event.submission, event.received_at)
        resolution = resolve(model, state, taken)
        assert await crowd.people_of(event) == [link.person_id for link in resolution.links]


def _as_given(address: Address | None) -> dict[str, Any] | None:
    return address.model_dump() if address else None


async def test_who_is_wanted_only_because_of_what_the_batch_changed_is_read_too(
    crowd: Crowd,
) -> None:
    """Amy is known beyond doubt, so that nobody who shares one key with her is read: until the
    batch itself learns that she is called Beth, whom the next assessment sees beside her."""
    amy, beth = (person(name, "Smith", "1984-06-21") for name in ("Amy", "Beth"))
    phone = {"phones": ("07700 900123",)}
    known = [
        recorded(1, person("Amy", "Smith", "1984-06-21", **phone), address=home(1)),
        recorded(2, person("Ixqoy", "Quuxby", "1950-02-03", **phone), address=home(2)),
        recorded(5, person("Wulfgar", "Tebbitt", "1931-12-08", **phone), address=home(5)),
    ]
    both = person("Amy", "Smith", "1984-06-21", known_as=["Beth"])
    coming = [
        recorded(3, both, address=home(1)),
        recorded(4, amy.model_copy(update=phone), beth, address=home(1)),
    ]
    await crowd.take(*known)
    await crowd.take(*coming)
    compared = await crowd.compared_of(coming[1])
    model, state = load(), State(population=OTHERS, counts={POPULATION: OTHERS})
    for event in (*known, *coming):
        taken = assessed(model, event.assessment_id, event.submission, event.received_at)
        resolution = resolve(model, state, taken)
        assert await crowd.people_of(event) == [link.person_id for link in resolution.links]
    assert compared == [link.choice.compared for link in resolution.links]
    assert compared == [3, 1]
