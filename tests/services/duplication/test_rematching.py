"""Another model carried out on real servers: each move once, whatever comes meanwhile."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from contracts.links import HouseholdsSeparatedV1, LinkProposedV1
from contracts.topics import HOUSEHOLDS
from contracts.vocabulary_changes import LinkCause
from services.duplication.handlers import on_assessments
from services.duplication.model import load, read
from services.duplication.model_in_force import keep, model_for
from services.duplication.rematching import look
from services.kit.consume import Received
from services.kit.db import lock_places
from tests.services.duplication.building import START, recorded
from tests.services.duplication.carrying_out import (
    OTHERS,
    WHO,
    a_borough,
    as_kith_2,
    carrying,
    load_of,
    nobody,
    strict,
)
from tests.services.duplication.running import AGAIN, KNOWN, Running
from tests.services.duplication.test_linking import FAR, OTHER, THIRD, WIDE, check, post
from tests.stack import PLACE


async def test_a_model_is_carried_out_once_and_every_move_is_a_change_on_record(
    running: Running,
) -> None:
    await a_borough(running)
    before = await running.rows(WHO)
    assert await running.rows("select count(distinct household_id) from assessment") == [(3,)]
    came_to = await carrying(running, strict()).carry_out()
    assert set(came_to) == {"done"}
    assert await running.rows("select count(distinct household_id) from assessment") == [(7,)]
    assert await running.rows("select count(distinct person_id) from mention") == [(7,)]
    changes = await running.rows(
        "select distinct cause, decided_by, purpose, kind from change order by kind"
    )
    assert changes == [
        ("new_model", "ops-1", "a better model", "people_separation"),
        ("new_model", "ops-1", "a better model", "separation"),
    ]
    assert await running.rows("select 1 from cannot_link union all select 1 from must_link") == []
    told = await running.stack.read(
        HOUSEHOLDS,
        lambda found: sum(isinstance(e, HouseholdsSeparatedV1) for _, e in found) >= 4,
    )
    apart = [e for _, e in told if isinstance(e, HouseholdsSeparatedV1)]
    assert {e.cause for e in apart} == {LinkCause.NEW_MODEL}
    assert {m.evidence.model_version for e in apart for m in e.moved} == {"strict"}
    await check(running, [row[1] for row in before])
    after = await running.rows(WHO)
    assert await carrying(running, strict()).carry_out() == {}
    assert await running.rows(WHO) == after
    # Back under a model that recognises them: the same people and households as at first.
    await carrying(running, as_kith_2()).carry_out()
    again = await running.rows(WHO)
    for column in (1, 2):
        assert len({row[column] if column == 1 else tuple(row[2]) for row in again}) == 3
    assert await running.rows("select count(*) from rematch where ended_at is null") == [(0,)]
    await check(running, [row[1] for row in before])


async def test_the_model_decides_from_then_on_and_decisions_keep_theirs(
    running: Running,
) -> None:
    await a_borough(running)
    await carrying(running, strict()).carry_out()
    await running.take(recorded(8, KNOWN))
    assert await running.rows(
        "select model_version, count(*) from decision group by 1 order by 1"
    ) == [("kith-2", 7), ("strict", 1)]
    shown = await running.get(f"/v1/decisions/{recorded(2, KNOWN).assessment_id}")
    assert shown["model_version"] == "kith-2"
    (again,) = shown["again"]
    assert (again["model_version"], again["detail"]["thresholds"]["link"]) == ("strict", 400.0)
    other = strict() | {"review_hours": {"routine": 1, "urgent": 1, "immediate": 1}}
    with pytest.raises(ValueError, match="needs a version of its own"):
        await carrying(running, other).carry_out()


async def test_a_model_with_other_blocking_rules_finds_those_who_were_there_before(
    running: Running,
) -> None:
    await a_borough(running)
    data = read() | {"version": "other-rules"}
    data["blocking"] = {"candidates": 40, "rules": [{"share": ["birth", "postcode"], "most": 50}]}
    keys = await running.rows("select count(*) from block_key")
    await carrying(running, data).carry_out()
    assert (await running.rows("select count(*) from block_key")) < keys
    await running.take(recorded(8, AGAIN))
    rows = await running.rows(
        "select household_id, model_version from decision order by decided_at, id"
    )
    assert await running.rows("select count(distinct household_id) from assessment") == [(3,)]
    assert ("other-rules") in {row[1] for row in rows}


@pytest.mark.parametrize("seed", [11, 12, 13])
async def test_what_people_said_is_never_crossed_whatever_model_comes(
    running: Running,
    seed: int,
) -> None:
    chance = random.Random(seed)
    people = [KNOWN, AGAIN, OTHER, THIRD, *OTHERS]
    for n in range(1, 25):
        await running.take(
            recorded(n, chance.choice(people), address=chance.choice([FAR, WIDE, None]))
        )
    bound: list[tuple[UUID, UUID]] = []
    for step in range(30):
        households = [
            r[0]
            for r in await running.rows("select distinct household_id from assessment order by 1")
        ]
        if len(households) > 1 and chance.random() < 0.5:
            body: dict[str, Any] = {"household_ids": [str(h) for h in chance.sample(households, 2)]}
            answer = await running.client.post("/v1/links", json=body)
        else:
            rows = await running.rows("select id, household_id from assessment order by id")
            assessment, household = chance.choice(rows)
            body = {"household_id": str(household), "assessment_ids": [str(assessment)]}
            answer = await running.client.post("/v1/separations", json=body)
        if answer.status_code == 200 and chance.random() < 0.3:
            done = answer.json()
            await running.client.post(f"/v1/{done['kind']}s/{done['id']}/undo")
        if step % 10 == 9:
            bound = [tuple(row) for row in await running.rows(
                "select m.review_id, a.id from must_link m join assessment a"
                " on a.household_id = m.other join decision d on d.assessment_id = a.id"
                " where d.decided_at <= m.said_at order by 1, 2"
            )]  # fmt: skip
            data = strict(f"strict-{step}") if step % 20 == 9 else as_kith_2()
            said = await running.rows("select one, other from cannot_link order by 1, 2")
            await carrying(running, data).carry_out()
            words = await running.rows("select one, other from cannot_link")
            assert set(said) <= set(words)
            await check(running, households)
            of = {row[0]: row[1] for row in await running.rows(WHO)}
            linked: dict[UUID, set[UUID]] = {}
            for word, assessment in bound:
                linked.setdefault(word, set()).add(of[assessment])
            assert all(len(found) == 1 for found in linked.values())
            who = await running.rows(WHO)
            assert "done" not in await carrying(running, data).carry_out()
            assert await running.rows(WHO) == who
    assert bound


async def test_two_with_key_workers_are_asked_about_and_not_linked(
    running: Running,
) -> None:
    await a_borough(running)
    await carrying(running, strict()).carry_out()
    households = frozenset(r[0] for r in await running.rows("select household_id from assessment"))

    async def all_of_them(asked: Sequence[UUID]) -> frozenset[UUID]:
        return frozenset(asked)

    before = await running.rows(WHO)
    came_to = await carrying(running, as_kith_2(), with_key_workers=all_of_them).carry_out()
    assert set(came_to) == {"asked"}
    assert await running.rows(WHO) == before
    cases = await running.get("/v1/reviews")
    assert len(cases) == came_to["asked"] == 4
    assert {case["why"] for case in cases} == {"another_model"}
    told = await running.stack.read(
        HOUSEHOLDS, lambda found: sum(isinstance(e, LinkProposedV1) for _, e in found) >= 4
    )
    asked = [e for _, e in told if isinstance(e, LinkProposedV1)]
    assert {e.evidence.rule for e in asked} == {"another_model"}
    assert all(set(e.household_ids) <= households for e in asked)
    assert await carrying(running, as_kith_2(), with_key_workers=all_of_them).carry_out() == {}
    assert len(await running.get("/v1/reviews")) == 4
    await post(running, f"/v1/reviews/{cases[0]['id']}", {"verdict": "same"})
    assert await running.rows("select count(distinct household_id) from assessment") == [(6,)]


async def test_who_speaks_meanwhile_is_not_overruled(running: Running) -> None:
    await a_borough(running)
    looked = await look(running.service.pool, PLACE, load_of(strict()), nobody, lambda *_: None)
    rows = await running.rows("select id, household_id from assessment order by received_at")
    body = {"household_ids": [str(rows[0][1]), str(rows[3][1])]}
    spoken = await post(running, "/v1/links", body)
    came_to = await carrying(running, strict()).carry_out(looked)
    assert came_to["overtaken"] >= 3
    of = {row[0]: row[1] for row in await running.rows(WHO)}
    first, fourth = (recorded(n, KNOWN).assessment_id for n in (1, 4))
    assert of[first] == of[fourth] == UUID(spoken["household_id"])


async def test_assessments_that_arrive_before_the_switch_are_decided_again_too(
    running: Running,
) -> None:
    await a_borough(running)
    looked = await look(running.service.pool, PLACE, load_of(strict()), nobody, lambda *_: None)
    await running.take(recorded(9, KNOWN))
    came_to = await carrying(running, strict()).carry_out(looked)
    assert came_to["done"] >= 10
    assert await running.rows("select count(distinct household_id) from assessment") == [(8,)]


async def test_two_who_carry_out_one_run_take_each_step_once(
    running: Running,
) -> None:
    await a_borough(running)
    looked = await look(running.service.pool, PLACE, load_of(strict()), nobody, lambda *_: None)
    async with running.service.work() as work:
        await keep(work.connection, strict(), work.now)
    run = await carrying(running, strict())._begin(looked)
    assert run is not None
    await asyncio.gather(*(carrying(running, strict()).carry_out() for _ in range(3)))
    steps = await running.rows("select count(*), count(change_id) from rematch_step")
    assert steps[0][0] == steps[0][1]
    assert await running.rows("select count(*) from change") == [(steps[0][1],)]


async def test_a_batch_is_decided_by_one_model_and_a_switch_waits_for_it(
    running: Running,
) -> None:
    await a_borough(running)
    held, go = asyncio.Event(), asyncio.Event()

    async def batch() -> None:
        async with running.service.work() as work:
            await lock_places(work.connection, "duplication", {PLACE})
            events = [recorded(n, KNOWN) for n in (20, 21)]
            items = [Received(running.stack.envelope(e), e, START) for e in events]
            handle = on_assessments(load())
            work.outgoing += await handle(work.connection, items[:1])
            held.set()
            await go.wait()
            work.outgoing += await handle(work.connection, items[1:])

    deciding = asyncio.create_task(batch())
    await held.wait()
    switching = asyncio.create_task(carrying(running, strict()).carry_out())
    while not await running.rows(
        "select 1 from pg_locks where locktype = 'advisory' and not granted"
    ):
        await asyncio.sleep(0.01)
    go.set()
    await asyncio.gather(deciding, switching)
    models = await running.rows(
        "select d.model_version from decision d join assessment a on a.id = d.assessment_id"
        " order by a.received_at desc limit 2"
    )
    assert models == [("kith-2",), ("kith-2",)]
    async with running.service.pool.acquire() as connection:
        assert (await model_for(connection, PLACE, load())).version == "strict"
