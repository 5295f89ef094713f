"""Who looked at the list of a household, for a privacy officer and nobody else."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from contracts.topics import EVERY_PLACE
from tests.services.keyworkers.building import separated
from tests.services.keyworkers.conftest import Clock, handled, table, turn
from tests.services.keyworkers.relationship import other_than
from tests.services.keyworkers.restricting import (
    DESK,
    LEAD,
    OFFICER,
    A,
    Asking,
    B,
    link,
    restricted_household,
)
from tests.stack import Stack


async def looks(ask: Asking, household: UUID = A, **query: str) -> list[dict[str, Any]]:
    answer = await ask.get(OFFICER, f"/v1/households/{household}/looks", **query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["looks"]
    return found


def told(found: list[dict[str, Any]]) -> list[tuple[str, str, bool]]:
    return [(x["actor"], x["what"], x["shown"]) for x in found]


async def test_audit_looks_at_the_list_and_at_who_works_with_them_are_told(
    stack: Stack, clock: Clock
) -> None:
    async with restricted_household(stack, clock) as (_service, ask, mine):
        other = other_than(mine)
        await ask.get(mine, f"/v1/households/{A}/engagement")
        clock.turn(minutes=1)
        await ask.get(other, f"/v1/households/{A}/engagement")
        clock.turn(minutes=1)
        await ask.get(LEAD, f"/v1/households/{A}/access/history")
        clock.turn(minutes=1)
        assert told(await looks(ask)) == [
            (OFFICER, "looks", True),
            (LEAD, "access history", True),
            (other, "engagement", False),
            (mine, "engagement", True),
        ]
        page = await ask.get(OFFICER, f"/v1/households/{A}/looks", most="1")
        assert (len(page.json()["looks"]), page.json()["more"]) == (2, True), "of one moment"
        before = page.json()["looks"][-1]["at"]
        assert told(await looks(ask, before=before))[0] == (LEAD, "access history", True)


async def test_audit_who_sat_at_a_desk_is_kept_beside_the_desk(stack: Stack, clock: Clock) -> None:
    async with restricted_household(stack, clock) as (_service, ask, mine):
        headers = {"Kith-Actor": "wigan", "Kith-Person": "jo-marsh"}
        await ask.client.get(f"/v1/households/{A}/engagement", headers=headers)
        clock.turn(minutes=1)
        await ask.get(mine, f"/v1/households/{A}/engagement")
        found = [(x["actor"], x["person"]) for x in await looks(ask) if x["what"] == "engagement"]
        assert found == [(mine, None), ("wigan", "jo-marsh")]


async def test_audit_nobody_else_is_told_who_looked_at_a_list_and_their_look_is_kept(
    stack: Stack, clock: Clock
) -> None:
    async with restricted_household(stack, clock) as (service, ask, mine):
        for who in (mine, LEAD, DESK, "reviewer", "operations", "service"):
            refused = await ask.get(who, f"/v1/households/{A}/looks")
            assert refused.status_code == 403
            assert "privacy officers alone" in refused.json()["detail"]
        kept = await table(service, "select actor, shown from access_look where what = 'looks'")
        assert len(kept) == 6
        assert not any(row["shown"] for row in kept)
        assert (await looks(ask, uuid4()))[0]["actor"] == OFFICER, "of nothing there is nothing"
        await service.pool.execute("update restricted_household set place_id = 'elsewhere'")
        assert (await ask.get(OFFICER, f"/v1/households/{A}/looks")).status_code == 404


async def test_audit_an_officer_with_a_conflict_of_interest_is_told_nothing_of_a_list(
    stack: Stack, clock: Clock
) -> None:
    async with restricted_household(stack, clock) as (service, ask, mine):
        await ask.get(mine, f"/v1/households/{A}/engagement")
        await service.pool.execute(
            "insert into conflict_of_interest (place_id, key_worker_id, household_id, declared_by,"
            " declared_at) select place_id, $1, household_id, $1, now() from restricted_household",
            OFFICER,
        )
        refused = await ask.get(OFFICER, f"/v1/households/{A}/looks")
        assert refused.status_code == 404
        assert mine not in refused.text


async def test_audit_looks_at_a_list_follow_a_link_and_back(stack: Stack, clock: Clock) -> None:
    async with restricted_household(stack, clock) as (service, ask, _mine):
        clock.turn(minutes=10)
        await stack.publish(link(10))
        await handled(service, 3)
        clock.turn(minutes=1)
        await ask.get("while", f"/v1/households/{B}/engagement")
        assert ("while", "engagement", False) in told(await looks(ask, B))
        clock.turn(minutes=5)
        await stack.publish(separated("a", "b", 16, undoes=link(10).link_id))
        await handled(service, 4)
        clock.turn(minutes=1)
        await ask.get("after", f"/v1/households/{A}/engagement")
        assert {(x["actor"], x["linked"]) for x in await looks(ask, B)} == {
            ("while", True), (OFFICER, True), (OFFICER, False),
        }  # fmt: skip
        assert {x["actor"] for x in await looks(ask)} == {"while", "after", OFFICER}


async def test_audit_looks_at_lists_are_sealed_as_part_of_no_place(
    stack: Stack, clock: Clock
) -> None:
    """A seal is of every place, of which there is no file: lists are kept place by place."""
    async with restricted_household(stack, clock) as (service, ask, mine):
        await ask.get(mine, f"/v1/households/{A}/engagement")
        await turn(service, "seal access_look")
        sealed = await table(service, "select look_table, number from look_seal")
        said = await table(service, "select place_id from outbox where type like '%seal%'")
    assert sealed == [{"look_table": "access_look", "number": 1}]
    assert said == [{"place_id": EVERY_PLACE}]
