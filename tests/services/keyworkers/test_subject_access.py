"""What keyworkers answers to a person's request: who walked beside them, while they were there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from tests.services.keyworkers.building import MONDAY_TEN, matched, uid
from tests.services.keyworkers.conftest import (
    Clock,
    client_of,
    declare_conflict,
    handled,
    running,
    table,
)
from tests.services.keyworkers.restricting import restricted_household
from tests.stack import PLACE, Stack

OFFICER = {"Kith-Actor": "privacy-officer", "Kith-Purpose": "subject-access"}
A = uid("household", "a")


def wanted(until: float | None = None, household: UUID = A) -> dict[str, Any]:
    left = None if until is None else (MONDAY_TEN + timedelta(minutes=until)).isoformat()
    return {
        "place_id": PLACE,
        "households": [
            {
                "household_id": str(household),
                "since": (MONDAY_TEN - timedelta(days=1)).isoformat(),
                "until": left,
            }
        ],
        "assessment_ids": [str(uid("assessment", 1)), str(uid("assessment", 2))],
    }


async def ask(client: httpx.AsyncClient, body: Any, who: str = "privacy-officer") -> httpx.Response:
    return await client.post("/v1/subject-access", json=body, headers=OFFICER | {"Kith-Actor": who})


async def test_who_walked_beside_them_and_what_became_of_their_assessments(
    stack: Stack, clock: Clock
) -> None:
    await stack.publish(matched(1, "a"), matched(2, "a", 1), matched(3, "b", 2))
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 3)
        answer = await ask(client, wanted())
        assert answer.status_code == 200, answer.text
        held = answer.json()
        (engagement,) = held["engagements"]
        rows = await table(service, f"select * from engagement where household_id = '{A}'")
        assert engagement["key_worker"]["contact"]["email"] == (
            f"{rows[0]['key_worker_id']}@example.org"
        )
        assert engagement["reasons"]
        assert [(one["state"], one["referral_avoided"]) for one in held["routes"]] == [
            ("opened", False),
            ("routed", True),
        ]
        assert len(held["referrals"]) == 1
        assert held["place_name"] == "Greater Manchester"
        assert held["retention"] is None
        assert str(uid("household", "b")) not in answer.text
        for who in ("reviewer", "leigh-east", rows[0]["key_worker_id"], "service"):
            assert (await ask(client, wanted(), who)).status_code == 403
        elsewhere = wanted() | {"place_id": "elsewhere"}
        assert (await ask(client, elsewhere)).status_code == 403
        looks = await table(service, "select actor, what, shown from access_look")
        assert looks == [{"actor": "privacy-officer", "what": "export", "shown": True}]


async def test_what_came_after_they_had_left_is_of_those_who_stayed(
    stack: Stack, clock: Clock
) -> None:
    await stack.publish(matched(1, "a"))
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 1)
        (row,) = await table(service, "select engagement_id, key_worker_id from engagement")
        giver = row["key_worker_id"]
        taker = "ben" if giver == "ann" else "ann"
        clock.turn(days=10)
        asked = await client.post(
            f"/v1/engagements/{row['engagement_id']}/handovers",
            json={"to_key_worker_id": taker},
            headers={"Kith-Actor": giver},
        )
        assert asked.status_code < 300, asked.text
        accepted = await client.post(
            f"/v1/handovers/{asked.json()['handover_id']}/accept", headers={"Kith-Actor": taker}
        )
        assert accepted.status_code == 200, accepted.text
        clock.turn(days=1)
        closed = await client.post(
            f"/v1/engagements/{row['engagement_id']}/close", json={"reason": "all is well"}
        )
        assert closed.status_code == 200
        there = (await ask(client, wanted())).json()
        gone = (await ask(client, wanted(until=60))).json()
        before = (await ask(client, wanted(until=-60))).json()
    (engagement,) = there["engagements"]
    assert engagement["key_worker"]["name"] == taker.title()
    assert engagement["end_reason"] == "all is well"
    assert [one["from_key_worker"]["name"] for one in there["handovers"]] == [giver.title()]
    (engagement,) = gone["engagements"]
    assert engagement["key_worker"]["name"] == giver.title()
    assert (engagement["ended_at"], engagement["end_reason"]) == (None, None)
    assert gone["handovers"] == []
    assert before["engagements"] == []


async def test_a_restricted_household_is_answered_to_an_officer_on_its_list_alone(
    stack: Stack, clock: Clock
) -> None:
    async with restricted_household(stack, clock) as (service, asking, key_worker):
        refused = await ask(asking.client, wanted())
        assert refused.status_code == 403
        assert key_worker not in refused.text
        assert (await asking.add("privacy-officer", "privacy-officer")).status_code == 201
        held = (await ask(asking.client, wanted())).json()
        assert len(held["engagements"]) == 1
        conflict = await declare_conflict(asking.client, key_worker, A)
        assert conflict.status_code < 300
        assert await table(service, "select actor, shown from access_look where what = 'export'")
