"""A privacy officer holds a household: its records are kept whatever the policy says."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from services.keyworkers.store_retention import load_records
from tests.services.keyworkers.building import linked, matched, separated, uid
from tests.services.keyworkers.conftest import Clock, declare_conflict, handled, table
from tests.services.keyworkers.restricting import Asking
from tests.services.keyworkers.retaining import (
    OFFICER,
    OTHER,
    YEARS,
    A,
    B,
    erased,
    noticed,
    ordered,
    orders,
    put_policy,
    quiet_household,
)
from tests.stack import Stack


async def hold(ask: Asking, clock: Clock, who: str = OFFICER, **more: Any) -> httpx.Response:
    body = {"reason": "inquiry", "until": str(clock.now + timedelta(days=300))} | more
    return await ask.post(who, "/v1/retention/holds", **({"household_id": str(A)} | body))


async def test_what_is_held_is_not_due_and_is_given_a_whole_notice_after_it(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    async with quiet_household(stack, clock, tmp_path) as (service, ask):
        clock.turn(days=YEARS)
        assert await noticed(service) == [A]
        answer = await hold(ask, clock)
        assert answer.status_code == 201, answer.text
        page = answer.json()
        assert (page["kept"], page["erases_at"]) == ("held", None)
        [one] = page["holds"]
        assert (one["reason"], one["held_by"], one["ended_at"]) == ("inquiry", OFFICER, None)
        rows = await table(service, "select * from retention_notice")
        assert rows == [], "at once, whenever the next turn is"
        clock.turn(days=299)
        assert await noticed(service) == []
        clock.turn(days=2)
        assert await noticed(service) == [A]
        [notice] = await table(service, "select since from retention_notice")
        assert notice["since"] == clock.now, "anew: nothing of the first notice counts"


async def test_a_hold_is_ended_by_any_officer_and_stays_on_record(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    async with quiet_household(stack, clock, tmp_path) as (service, ask):
        hold_id = (await hold(ask, clock)).json()["holds"][0]["hold_id"]
        await hold(ask, clock, reason="complaint")
        end = f"/v1/retention/holds/{hold_id}/end"
        clock.turn(days=1)
        page = (await ask.post(OTHER, end)).json()
        assert page["kept"] == "held", "by the other one"
        ends = {one["reason"]: one["ended_by"] for one in page["holds"]}
        assert ends == {"inquiry": OTHER, "complaint": None}
        assert (await ask.post(OFFICER, end)).status_code == 409
        clock.turn(days=300)
        run_out = page["holds"][0 if page["holds"][0]["reason"] == "complaint" else 1]["hold_id"]
        gone = await ask.post(OFFICER, f"/v1/retention/holds/{run_out}/end")
        assert gone.status_code == 409, "it has run out"
        unknown = await ask.post(OFFICER, f"/v1/retention/holds/{uid('none')}/end")
        assert unknown.status_code == 404
        for kept in ("retention_hold", "retention_hold_end"):
            with pytest.raises(asyncpg.PostgresError):
                await service.pool.execute(f"delete from {kept}")


async def test_who_may_hold_what_and_for_how_long(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    async with quiet_household(stack, clock, tmp_path) as (service, ask):
        for nobody in ("ann", "reviewer", "greater-manchester", "leigh-east"):
            assert (await hold(ask, clock, nobody)).status_code == 403, nobody
        for until in (clock.now, clock.now + timedelta(days=367)):
            assert (await hold(ask, clock, until=str(until))).status_code == 422
        assert (await hold(ask, clock, reason="somehow")).status_code == 422
        unknown = await hold(ask, clock, household_id=str(uid("household", "none")))
        assert unknown.status_code == 404
        await put_policy(stack, tmp_path, officers=[OFFICER, "eve"])
        await declare_conflict(ask.client, "eve", A)
        assert (await hold(ask, clock, "eve")).status_code == 403
        seen = await ask.get("eve", f"/v1/households/{A}/retention")
        assert seen.status_code == 403
        assert await table(service, "select * from retention_hold") == []


async def test_by_any_id_that_the_household_had_and_wherever_it_is_linked_to(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    events = (matched(1, "a"), matched(2, "b", 1))
    async with quiet_household(stack, clock, tmp_path, *events) as (service, ask):
        clock.turn(days=YEARS)
        assert (await hold(ask, clock, household_id=str(B))).status_code == 201
        await stack.publish(linked("a", "b", 60))
        await handled(service, 3)
        page = (await ask.get(OFFICER, f"/v1/households/{B}/retention")).json()
        assert (page["household_id"], page["kept"]) == (str(A), "held")
        assert await noticed(service) == []
        clock.turn(days=301)
        assert await noticed(service) == [A]


async def test_what_is_held_is_held_in_both_parts_when_it_is_separated_again(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    link = linked("a", "b", 2)
    events = (matched(1, "a"), matched(2, "b", 1), link)
    async with quiet_household(stack, clock, tmp_path, *events) as (service, ask):
        assert (await hold(ask, clock)).status_code == 201
        over = (await hold(ask, clock, reason="complaint")).json()["holds"]
        over_id = next(one["hold_id"] for one in over if one["reason"] == "complaint")
        await ask.post(OTHER, f"/v1/retention/holds/{over_id}/end")
        undone = separated("a", "b", 60 * 24 + 1, 2, undoes=link.link_id)
        later = separated("a", "c", 60 * 24 + 2, 1)
        await stack.publish(undone, later)
        await handled(service, 5)
        async with service.pool.acquire() as connection:
            records = await load_records(connection, [A, B, uid("household", "c")], clock.now)
        assert len({record.held_until for record in records}) == 1
        assert records[0].held_until == clock.now + timedelta(days=300)
        page = (await ask.get(OTHER, f"/v1/households/{B}/retention")).json()
        assert [(one["reason"], one["held_by"]) for one in page["holds"]] == [("inquiry", OFFICER)]


async def test_what_is_ordered_cannot_be_held_and_what_is_erased_is_gone(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    async with quiet_household(stack, clock, tmp_path) as (service, ask):
        order = await ordered(service, clock)
        refused = await hold(ask, clock)
        assert refused.status_code == 409
        assert "ordered already" in refused.json()["detail"]
        await stack.publish(erased(order, clock))
        await handled(service, 2)
        assert (await hold(ask, clock)).status_code == 410
        assert len(await orders(service)) == 1
