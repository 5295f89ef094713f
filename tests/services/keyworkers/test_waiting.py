"""The waiting list is drained as room appears, wherever it comes from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.kit.app import Service
from tests.services.keyworkers.building import key_worker, linked, matched, place_document, uid
from tests.services.keyworkers.conftest import (
    Clock,
    client_of,
    handled,
    put_place,
    running,
    table,
    turn,
)
from tests.services.keyworkers.relationship import active, end
from tests.stack import Stack

ONE_EACH = {"caseload_limit": 1, "reserve_for_harm": 0}
Makes = Callable[[Stack, Service, httpx.AsyncClient, Path], Awaitable[None]]


async def somebody_is_back_early(
    stack: Stack, service: Service, client: httpx.AsyncClient, folder: Path
) -> None:
    [leave] = (await client.get("/v1/keyworkers/ben/leave")).json()
    assert (await client.post(f"/v1/leave/{leave['leave_id']}/end")).status_code == 200


async def the_work_with_another_household_ends(
    stack: Stack, service: Service, client: httpx.AsyncClient, folder: Path
) -> None:
    await end(service, uid("household", 1))


async def somebody_new_is_in_the_place_file(
    stack: Stack, service: Service, client: httpx.AsyncClient, folder: Path
) -> None:
    people = [*place_document()["key_workers"], key_worker("gil")]
    await put_place(stack, folder, policy=ONE_EACH, key_workers=people)


async def the_place_lets_everybody_have_more(
    stack: Stack, service: Service, client: httpx.AsyncClient, folder: Path
) -> None:
    await put_place(stack, folder, policy=ONE_EACH | {"caseload_limit": 2})


async def two_households_turn_out_to_be_one(
    stack: Stack, service: Service, client: httpx.AsyncClient, folder: Path
) -> None:
    await stack.publish(linked("other", "1", 30))
    await handled(service, 4)


@pytest.mark.parametrize(
    "room_appears",
    [
        somebody_is_back_early,
        the_work_with_another_household_ends,
        somebody_new_is_in_the_place_file,
        the_place_lets_everybody_have_more,
        two_households_turn_out_to_be_one,
    ],
)
async def test_rule_5_who_waits_has_a_key_worker_as_soon_as_there_is_room(
    stack: Stack, clock: Clock, tmp_path: Path, room_appears: Makes
) -> None:
    await put_place(stack, tmp_path, policy=ONE_EACH)
    async with running(stack, clock) as service, client_of(service) as client:
        away = {"first": "2026-03-02", "last": "2026-03-06"}
        assert (await client.post("/v1/keyworkers/ben/leave", json=away)).status_code == 201
        # In another team, so that it is theirs to keep: what is linked into it makes room here.
        await stack.publish(matched(0, "other", area="BL1"))
        await handled(service, 1)
        await stack.publish(matched(1, 1, 1), matched(2, 2, 2))
        await handled(service, 3)
        await turn(service, "waiting list")
        assert uid("household", 2) not in await active(service)
        await room_appears(stack, service, client, tmp_path)
        await turn(service, "waiting list")
        assert uid("household", 2) in await active(service)
        assert await table(service, "select * from waiting_list") == []


async def test_assigning_weighs_caseloads_by_intensity(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    """A household that takes twice as much leaves room for one less, until it does not any more."""
    await put_place(stack, tmp_path, policy={"caseload_limit": 2, "reserve_for_harm": 0})
    await stack.publish(matched(1, 1, area="BL1"))
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 1)
        [first] = await table(service, "select engagement_id from engagement")
        path = f"/v1/engagements/{first['engagement_id']}/intensity"

        async def weigh(intensity: float, who: str = "eve", reason: str = "safety") -> Any:
            body = {"intensity": intensity, "reason": reason}
            return await client.put(path, json=body, headers={"Kith-Actor": who})

        assert (await weigh(2)).json()["caseload"] == 2
        assert (await weigh(5)).status_code == 422
        assert (await weigh(2, reason="they are difficult")).status_code == 422, "closed words"
        assert (await weigh(1, "ann")).status_code == 403, "neither its key worker nor their lead"
        page = (await client.get(f"/v1/households/{uid('household', 1)}/engagement")).json()
        assert (page["active"]["intensity"], page["active"]["intensity_reason"]) == (2, "safety")
        await stack.publish(matched(2, 2, 5, area="BL1"))
        await handled(service, 2)
        assert uid("household", 2) not in await active(service)
        clock.turn(minutes=10)
        assert (await weigh(1, "halliwell", "settled")).json()["caseload"] == 2
        assert uid("household", 2) in await active(service)  # given the room at once
        held = (await client.get("/v1/teams/halliwell/engagements")).json()
        assert [one["intensity"] for one in held] == [1, 1]
        kept = await table(
            service,
            "select intensity, reason, changed_by from intensity_change order by change_id",
        )
        assert [tuple(row.values()) for row in kept] == [
            (2.0, "safety", "eve"),
            (1.0, "settled", "halliwell"),
        ]
        await end(service, uid("household", 1))
        assert (await weigh(1)).status_code == 409
