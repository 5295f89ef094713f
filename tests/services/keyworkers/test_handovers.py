"""Handing over: the household has its key worker until the next has accepted, and one only."""

from __future__ import annotations

from typing import Any

import httpx

from contracts.handovers import HandoverDeclinedV1, HandoverProposedV1, KeyWorkerChangedV1
from contracts.keyworkers import AssessmentRoutedV1
from services.kit.app import Service
from tests.services.keyworkers.building import matched, uid
from tests.services.keyworkers.conftest import (
    Clock,
    client_of,
    events_of,
    handled,
    running,
    table,
    turn,
)
from tests.stack import Stack


async def engagement(service: Service) -> dict[str, Any]:
    [row] = await table(service, "select * from engagement where ended_at is null")
    return row


def other_than(key_worker: str) -> str:
    return "ben" if key_worker == "ann" else "ann"


async def answer(
    client: httpx.AsyncClient, handover: dict[str, Any], word: str, who: str
) -> httpx.Response:
    return await client.post(
        f"/v1/handovers/{handover['handover_id']}/{word}", headers={"Kith-Actor": who}
    )


async def test_assigning_a_handover_takes_effect_once_it_is_accepted(
    stack: Stack, clock: Clock
) -> None:
    await stack.publish(matched(1, "a"))
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 1)
        before = await engagement(service)
        to = other_than(before["key_worker_id"])
        path = f"/v1/engagements/{before['engagement_id']}/handovers"
        asked = await client.post(path, json={"to_key_worker_id": to})
        assert asked.status_code == 201, asked.text
        assert (await engagement(service))["key_worker_id"] == before["key_worker_id"]
        assert (await client.post(path, json={"to_key_worker_id": to})).status_code == 409
        handover = asked.json()
        [open_now] = (await client.get("/v1/handovers", params={"key_worker_id": to})).json()
        assert open_now == handover
        assert (await answer(client, handover, "accept", "somebody")).status_code == 403
        taken = await answer(client, handover, "accept", to)
        assert (taken.status_code, taken.json()["state"]) == (200, "accepted")
        assert (await answer(client, handover, "decline", to)).status_code == 409
        await stack.publish(matched(2, "a", 60))
        await handled(service, 2)
        after = await engagement(service)
        events = await events_of(stack, 5)
    assert (after["engagement_id"], after["key_worker_id"]) == (before["engagement_id"], to)
    proposed, changed, routed = events[2:]
    assert isinstance(proposed, HandoverProposedV1)
    assert isinstance(changed, KeyWorkerChangedV1)
    assert changed.previous_key_worker_id == before["key_worker_id"]
    assert isinstance(routed, AssessmentRoutedV1)
    assert routed.key_worker.id == to


async def test_a_handover_that_nobody_answers_expires_and_changes_nothing(
    stack: Stack, clock: Clock
) -> None:
    await stack.publish(matched(1, "a"))
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 1)
        before = await engagement(service)
        to = other_than(before["key_worker_id"])
        await client.post(
            f"/v1/engagements/{before['engagement_id']}/handovers", json={"to_key_worker_id": to}
        )
        clock.turn(days=6)
        await turn(service, "handovers")
        events = await events_of(stack, 4)
        assert await engagement(service) == before
        assert (await client.get("/v1/handovers", params={"key_worker_id": to})).json() == []
    assert isinstance(events[-1], HandoverDeclinedV1)
    assert events[-1].decided_by is None


async def test_nobody_is_asked_who_has_a_conflict_of_interest(stack: Stack, clock: Clock) -> None:
    await stack.publish(matched(1, "a"))
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 1)
        before = await engagement(service)
        to = other_than(before["key_worker_id"])
        await client.post(
            f"/v1/keyworkers/{to}/conflicts", json={"household_id": str(uid("household", "a"))}
        )
        path = f"/v1/engagements/{before['engagement_id']}/handovers"
        assert (await client.post(path, json={"to_key_worker_id": to})).status_code == 409
        unknown = await client.post(path, json={"to_key_worker_id": "nobody"})
        assert unknown.status_code == 422


async def test_a_conflict_declared_since_they_were_asked_keeps_them_from_accepting(
    stack: Stack, clock: Clock
) -> None:
    await stack.publish(matched(1, "a"))
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 1)
        before = await engagement(service)
        to = other_than(before["key_worker_id"])
        path = f"/v1/engagements/{before['engagement_id']}/handovers"
        handover = (await client.post(path, json={"to_key_worker_id": to})).json()
        household = {"household_id": str(uid("household", "a"))}
        await client.post(f"/v1/keyworkers/{to}/conflicts", json=household)
        refused = await answer(client, handover, "accept", to)
        assert (refused.status_code, "Decline it" in refused.text) == (409, True)
        assert await engagement(service) == before
        assert (await answer(client, handover, "decline", to)).status_code == 200
