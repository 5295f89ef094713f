"""Conflicts of interest: the household goes to others, nobody learns why or is left without."""

from __future__ import annotations

from typing import Any

import httpx

from contracts.handovers import HandoverProposedV1, HandoverRefusedV1, KeyWorkerChangedV1
from contracts.vocabulary_alerts import RecipientKind
from contracts.vocabulary_changes import ChangeReason, RefusalReason
from services.kit.app import Service
from tests.services.keyworkers.building import day, uid
from tests.services.keyworkers.conftest import (
    Clock,
    client_of,
    declare_conflict,
    events_of,
    running,
    table,
)
from tests.services.keyworkers.relationship import engagement, held_household, other_than
from tests.stack import Stack

LEAD = "leigh-east"
HOUSEHOLD = {"household_id": str(uid("household", "a"))}


async def declare(client: httpx.AsyncClient, who: str, by: str | None = None) -> dict[str, Any]:
    answer = await declare_conflict(client, who, HOUSEHOLD["household_id"], by)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def listed(
    client: httpx.AsyncClient, who: str, asks: str | None = None, others: int = 0
) -> list[dict[str, Any]]:
    """Those of ``who`` that ``asks`` is shown; themselves where it is not said who asks."""
    path = f"/v1/keyworkers/{who}/conflicts"
    found = (await client.get(path, headers={"Kith-Actor": asks or who})).json()
    assert found["others"] == others
    return list(found["conflicts"])


async def handovers(service: Service) -> list[dict[str, Any]]:
    return await table(service, "select * from handover where state = 'proposed'")


async def test_their_own_household_stays_theirs_until_another_has_accepted_and_is_not_told_why(
    stack: Stack, clock: Clock
) -> None:
    async with held_household(stack, clock) as (service, client, held):
        mine = held["key_worker_id"]
        other = other_than(mine)
        look = await client.post(
            f"/v1/keyworkers/{mine}/conflicts/look", json=HOUSEHOLD, headers={"Kith-Actor": mine}
        )
        want = {"declared": False, "is_theirs": True, "asked": other.title()}
        assert look.json() == HOUSEHOLD | want | {"waits_for_them": False}
        assert (await listed(client, mine), await handovers(service)) == ([], [])
        assert (await declare(client, mine))["asked"] == other.title()
        [asked] = await handovers(service)
        assert (asked["to_key_worker_id"], asked["proposed_by"]) == (other, mine)
        assert (await engagement(service))["key_worker_id"] == mine
        [shown] = await listed(client, mine)
        assert (shown["is_theirs"], shown["declared_by"]) == (True, mine)
        again = await declare(client, mine)
        assert (again["asked"], len(await handovers(service))) == (other.title(), 1)
        events = await events_of(stack, 4)
    assert isinstance(events[-1], HandoverProposedV1)
    assert events[-1].reason is ChangeReason.REQUESTED


async def test_whoever_has_a_conflict_is_not_asked_to_introduce_who_took_the_household_over(
    stack: Stack, clock: Clock
) -> None:
    async with held_household(stack, clock) as (service, client, held):
        mine = held["key_worker_id"]
        await declare(client, mine)
        [asked] = await handovers(service)
        accepted = await client.post(
            f"/v1/handovers/{asked['handover_id']}/accept",
            headers={"Kith-Actor": asked["to_key_worker_id"]},
        )
        assert accepted.status_code == 200, accepted.text
        events = await events_of(stack, 5)
    assert isinstance(events[-1], KeyWorkerChangedV1)
    assert (events[-1].previous, events[-1].asked) == (None, None)


async def test_a_conflict_is_declared_and_seen_by_the_key_worker_and_their_lead_alone(
    stack: Stack, clock: Clock
) -> None:
    """What follows from one says whose the household is, and asks another to take it over."""
    async with held_household(stack, clock) as (service, client, held):
        mine = held["key_worker_id"]
        path = f"/v1/keyworkers/{mine}/conflicts"
        for nobody in (other_than(mine), "cat", "leigh-west", "reviewer", "operations", "service"):
            who = {"Kith-Actor": nobody}
            for refused in (
                await client.get(path, headers=who),
                await client.post(path, json=HOUSEHOLD, headers=who),
                await client.post(f"{path}/look", json=HOUSEHOLD, headers=who),
                await client.post(f"{path}/{HOUSEHOLD['household_id']}/withdraw", headers=who),
            ):
                assert (refused.status_code, nobody) == (403, nobody)
        assert await handovers(service) == []
        assert (await declare(client, mine, by=LEAD))["asked"] == other_than(mine).title()
        [shown] = await listed(client, mine)
        assert shown["declared_by"] == LEAD


async def test_about_whom_a_conflict_is_a_lead_is_told_of_those_they_declared_alone(
    stack: Stack, clock: Clock
) -> None:
    """Of the others how many there are; the key worker is told of both."""
    theirs, leads = uid("household", "b"), uid("household", "c")
    async with running(stack, clock) as service, client_of(service) as client:
        await declare_conflict(client, "ann", theirs)
        clock.turn(minutes=1)
        await declare_conflict(client, "ann", leads, by=LEAD)
        [shown] = await listed(client, "ann", LEAD, others=1)
        assert (shown["household_id"], shown["declared_by"]) == (str(leads), LEAD)
        own = await listed(client, "ann")
        assert [one["household_id"] for one in own] == [str(leads), str(theirs)]


async def test_where_nobody_can_take_the_household_over_the_team_lead_is_told(
    stack: Stack, clock: Clock
) -> None:
    async with held_household(stack, clock) as (service, client, held):
        mine = held["key_worker_id"]
        await declare(client, other_than(mine), by=LEAD)
        assert (await declare(client, mine))["asked"] is None
        assert await handovers(service) == []
        assert (await engagement(service))["key_worker_id"] == mine
        events = await events_of(stack, 5)
    refused = events[-1]
    assert isinstance(refused, HandoverRefusedV1)
    assert refused.reason is RefusalReason.NOBODY_CAN
    assert refused.told is not None
    assert (refused.told.kind, refused.told.id) == (RecipientKind.TEAM_LEAD, "leigh-east")
    assert "conflict" not in refused.model_dump_json()


async def test_one_that_is_withdrawn_holds_no_longer_and_both_are_kept(
    stack: Stack, clock: Clock
) -> None:
    async with held_household(stack, clock) as (service, client, held):
        mine = held["key_worker_id"]
        other = other_than(mine)
        await declare(client, other, by=LEAD)
        path = f"/v1/keyworkers/{other}/conflicts/{HOUSEHOLD['household_id']}/withdraw"
        look = await client.get(f"/v1/households/{HOUSEHOLD['household_id']}/handing-over")
        assert [c["eligible"] for c in look.json()["candidates"]] == [False]
        theirs = await client.post(path, headers={"Kith-Actor": other})
        assert (theirs.status_code, "talk to them" in theirs.text) == (403, True)
        lead = {"Kith-Actor": LEAD}
        assert (await client.post(path, headers=lead)).status_code == 204
        assert (await client.post(path, headers=lead)).status_code == 404
        assert await listed(client, other) == []
        look = await client.get(f"/v1/households/{HOUSEHOLD['household_id']}/handing-over")
        assert [c["eligible"] for c in look.json()["candidates"]] == [True]
        [kept] = await table(service, "select * from conflict_withdrawn")
        assert (kept["declared_by"], kept["withdrawn_by"]) == (LEAD, LEAD)


async def test_whom_to_ask_is_ranked_with_room_and_nobody_learns_of_a_conflict(
    stack: Stack, clock: Clock
) -> None:
    async with held_household(stack, clock) as (_, client, held):
        mine = held["key_worker_id"]
        other = other_than(mine)
        path = f"/v1/households/{HOUSEHOLD['household_id']}/handing-over"
        look = (await client.get(path)).json()
        assert (look["key_worker_id"], look["asked"]) == (mine, None)
        [candidate] = look["candidates"]
        assert (candidate["key_worker_id"], candidate["eligible"]) == (other, True)
        assert (candidate["caseload"], candidate["capacity"]) == (0, 3)
        assert "has room: holds 0 of at most 3 households" in candidate["reasons"]
        first = str(day("2026-03-02"))
        await client.post(f"/v1/keyworkers/{other}/leave", json={"first": first, "last": first})
        [candidate] = (await client.get(path)).json()["candidates"]
        assert candidate["reasons"] == ["is on leave until 2 March 2026"]
        await declare(client, other)
        answer = await client.get(path)
        assert "conflict" not in answer.text
        assert answer.json()["candidates"][0]["reasons"] == ["cannot take this household"]
        nobody = await client.get(f"/v1/households/{uid('household', 'unknown')}/handing-over")
        assert (nobody.status_code, "no key worker" in nobody.json()["detail"]) == (409, True)
