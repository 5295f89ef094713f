"""The JSON API, over the whole service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from contracts.keyworkers import (
    AssessmentRoutedV1,
    FrontDoorNotifiedV1,
    HouseholdQueuedV1,
    KeyWorkerAssignedV1,
)
from contracts.vocabulary import Harm, Urgency
from tests.services.keyworkers.building import (
    matched,
    uid,
)
from tests.services.keyworkers.conftest import (
    Clock,
    client_of,
    declare_conflict,
    events_of,
    handled,
    put_place,
    running,
    turn,
)
from tests.stack import PLACE, Stack

HARM: dict[str, Any] = {"significant_harm": (Harm.IMMEDIATE_DANGER,)}
ONE_EACH: dict[str, Any] = {"policy": {"caseload_limit": 1, "reserve_for_harm": 0}}


async def test_closing_gives_the_room_to_who_waits_and_to_all_who_asked(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    await put_place(stack, tmp_path, **ONE_EACH)
    await stack.publish(
        matched(1, "a"),
        matched(2, "b", 1),
        matched(3, "waits", 2),
        matched(4, "waits", 3, urgency=Urgency.URGENT, **HARM),
    )
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 4)
        await turn(service, "waiting list")
        team = (await client.get("/v1/teams/leigh-east")).json()
        assert (team["waiting"], team["caseload"], team["capacity"]) == (1, 2, 2)
        assert team["waiting_list"][0]["severity"] == "immediate"
        before = (await client.get(f"/v1/households/{uid('household', 'a')}/engagement")).json()
        engagement = before["active"]["engagement_id"]
        path = f"/v1/engagements/{engagement}/close"
        never = await client.post(path, json={"reason": "two are one", "kind": "linked"})
        assert never.status_code == 422  # which duplication says, and no person
        closed = await client.post(path, json={"reason": "goals reached"})
        assert closed.status_code == 200
        again = await client.post(path, json={"reason": "x"})
        assert again.status_code == 409
        after = (await client.get(f"/v1/households/{uid('household', 'waits')}/engagement")).json()
        gone = (await client.get(f"/v1/households/{uid('household', 'a')}/engagement")).json()
        events = await events_of(stack, 11)
        counts = (await client.get("/v1/counts")).json()
    assert after["key_worker_id"] == before["key_worker_id"]
    assert [a["state"] for a in after["assessments"]] == ["routed", "opened"]
    assert (gone["active"], gone["history"][0]["end_reason"]) == (None, "goals reached")
    assert gone["referrals"][0]["state"] == "closed"
    assigned, routed = events[-2:]
    assert isinstance(assigned, KeyWorkerAssignedV1)
    assert assigned.cause.assessment_id == uid("assessment", 3)
    assert isinstance(routed, AssessmentRoutedV1)
    assert routed.cause.assessment_id == uid("assessment", 4)
    assert [type(e) for e in events].count(FrontDoorNotifiedV1) == 1
    assert [type(e) for e in events].count(HouseholdQueuedV1) == 2
    assert (counts["referrals_opened"], counts["referrals_avoided"]) == (3, 1)
    assert (counts["waiting"], counts["queued"], counts["active_engagements"]) == (0, 0, 2)


async def test_assigning_is_shown_with_its_reasons(stack: Stack, clock: Clock) -> None:
    await stack.publish(matched(1, "a", area="WN7 3", languages=("ur",)), matched(2, "a", 1))
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 2)
        people = (await client.get("/v1/keyworkers")).json()
        page = (await client.get("/v1/keyworkers/cat")).json()
        household = (await client.get(f"/v1/households/{uid('household', 'a')}/engagement")).json()
        place = (await client.get(f"/v1/places/{PLACE}")).json()
        nobody = await client.get("/v1/keyworkers/nobody")
        stranger = await client.get("/v1/keyworkers", headers={"Authorization": "Bearer x"})
        conflict = await declare_conflict(client, "ann", uid("household", "b"))
        await stack.publish(matched(3, "b", 3))
        await handled(service, 3)
        other = (await client.get(f"/v1/households/{uid('household', 'b')}/engagement")).json()
    assert [p["id"] for p in people] == ["ann", "ben", "cat", "dan", "eve", "fay"]
    assert people[2] == {
        "id": "cat",
        "name": "Cat",
        "place_id": PLACE,
        "team_id": "leigh-west",
        "team_name": "Leigh West",
        "caseload": 1.0,
        "capacity": 3,
        "away": None,
    }
    assert [e["household_id"] for e in page["engagements"]] == [str(uid("household", "a"))]
    assert "speaks Urdu, as asked" in household["reasons"]
    assert [r["rank"] for r in household["active"]["ranking"]] == [1, 2]
    assert household["referrals_avoided"] == 1
    assert place["calendar"]["opens"] == "09:00:00"
    assert (nobody.status_code, stranger.status_code) == (404, 401)
    assert conflict.status_code == 201
    assert other["key_worker_id"] == "ben"


async def test_a_new_version_of_the_place_holds_at_once_and_every_version_is_listed(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    async with running(stack, clock) as service, client_of(service) as client:
        assert (await client.get(f"/v1/places/{PLACE}")).json()["version"] == 1
        await put_place(stack, tmp_path, key_worker_alias="Lead", **ONE_EACH)
        place = (await client.get(f"/v1/places/{PLACE}")).json()
        assert (place["version"], place["key_worker_alias"]) == (2, "Lead")
        assert (place["caseload_limit"], place["reserve_for_harm"]) == (1, 0)
        versions = (await client.get(f"/v1/places/{PLACE}/versions")).json()
        assert [(v["version"], v["in_force"]) for v in versions] == [(2, True), (1, False)]
        assert len({v["digest"] for v in versions}) == 2
        assert (await client.get("/v1/places/nowhere/versions")).status_code == 404
        team = (await client.get("/v1/teams/leigh-west")).json()
    assert (team["covers"], team["assignment"], team["size"]) == (["WN7 3"], "ranked", 2)
