"""What another model moved is taken back: one change, or a whole run, also half way."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import pytest

from services.duplication.model import load, read
from services.duplication.model_in_force import model_for
from services.duplication.rematch_undoing import Taking
from services.duplication.rematching import CannotRematch
from tests.services.duplication.building import recorded
from tests.services.duplication.carrying_out import (
    NOBODY,
    WHO,
    a_borough,
    carrying,
    strict,
)
from tests.services.duplication.running import KNOWN, Running
from tests.services.duplication.test_linking import post
from tests.stack import PLACE


async def test_a_change_of_a_model_is_taken_back_like_any_other(
    running: Running,
) -> None:
    await a_borough(running)
    await carrying(running, strict()).carry_out()
    (first, *_), *_ = await running.rows(
        "select id from change where kind = 'separation' order by decided_at, id"
    )
    undone = await post(running, f"/v1/separations/{first}/undo")
    assert undone["undoes"] == str(first)
    before = await running.rows(WHO)
    assert await carrying(running, strict("strict-2")).carry_out() == {}
    assert await running.rows(WHO) == before


async def test_a_run_is_taken_back_as_a_whole_even_if_that_is_stopped_half_way(
    running: Running,
) -> None:
    await a_borough(running)
    before = await running.rows(WHO)
    await carrying(running, strict()).carry_out()
    assert await running.rows(WHO) != before
    left = [3]

    async def stops(_: Sequence[UUID]) -> frozenset[UUID]:
        left[0] -= 1
        if not left[0]:
            raise TimeoutError
        return NOBODY

    with pytest.raises(TimeoutError):
        await Taking(carrying(running, read(), with_key_workers=stops)).take_back()
    stand = "select count(*) from change where cause = 'new_model' and undone_by is null"
    ((half,),) = await running.rows(stand)
    assert 0 < half < 8
    came_to = await Taking(carrying(running, read())).take_back()
    assert came_to == {"done": half}
    assert await running.rows(WHO) == before
    assert await running.rows("select 1 from cannot_link union all select 1 from must_link") == []
    async with running.service.pool.acquire() as connection:
        assert (await model_for(connection, PLACE, load())).version == "kith-2"
    with pytest.raises(CannotRematch, match="nothing was carried out"):
        await Taking(carrying(running, read())).take_back()
    assert await running.rows("select taken_back_by from rematch") == [("ops-1",)]
    await running.take(recorded(8, KNOWN))
    assert await running.rows("select count(distinct household_id) from assessment") == [(3,)]


async def test_what_has_a_key_worker_or_was_spoken_of_since_is_not_taken_back_silently(
    running: Running,
) -> None:
    await a_borough(running)
    await carrying(running, strict()).carry_out()
    rows = await running.rows("select id, household_id from assessment order by received_at")
    body = {"household_ids": [str(rows[1][1]), str(rows[3][1])]}
    spoken = await post(running, "/v1/links", body)

    async def all_of_them(asked: Sequence[UUID]) -> frozenset[UUID]:
        return frozenset(asked)

    taking = Taking(carrying(running, read(), with_key_workers=all_of_them))
    came_to = await taking.take_back()
    assert came_to["asked"] >= 2
    assert came_to["overtaken"] >= 1
    of = {row[0]: row[1] for row in await running.rows(WHO)}
    assert of[rows[1][0]] == of[rows[3][0]] == UUID(spoken["household_id"])
    assert {case["why"] for case in await running.get("/v1/reviews")} == {"another_model"}
