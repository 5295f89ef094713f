"""A webhook whose endpoint is gone, moved, removed or paused: what waits, and what is given up."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from services.local.ports import free_port
from tests.http_receiver import HttpReceiver
from tests.services.agencies import events as told
from tests.services.agencies.place import POLICE, SCHOOL, Place
from tests.services.agencies.webhooks.conftest import Clock, put, send, settled, webhook
from tests.stack import TOKEN, Stack, eventually


async def test_an_endpoint_that_is_gone_is_disabled_at_once_and_enabled_by_putting_it_again(
    place: Place, stack: Stack, receiver: HttpReceiver, clock: Clock
) -> None:
    await put(place, receiver.url)
    receiver.answers.append(410)
    first = await send(place, "WPS-1")
    await stack.publish(told.review(first))
    await settled(place, state="given_up")
    shown = await webhook(place)
    assert shown["state"] == "disabled"
    assert shown["statement"].startswith("The endpoint answered 410 Gone on ")
    assert "PUT /v1/webhook" in shown["statement"]
    await stack.publish(told.routed(first, uuid4()))
    await eventually(lambda: place.get("/v1/outcomes"), lambda a: len(a.json()["outcomes"]) == 2)
    assert len((await place.get("/v1/webhook/deliveries")).json()["deliveries"]) == 1
    again = await put(place, receiver.url)
    assert (again.status_code, again.json()["state"]) == (200, "enabled")
    assert "secret" not in again.json()
    await stack.publish(told.routed(await send(place, "WPS-2"), uuid4()))
    await settled(place, state="delivered")


async def test_an_endpoint_nothing_reaches_for_three_days_is_disabled_with_a_statement(
    place: Place, stack: Stack, clock: Clock
) -> None:
    await put(place, f"http://127.0.0.1:{free_port()}")
    first, second = await send(place, "WPS-1"), await send(place, "WPS-2")
    await stack.publish(told.routed(first, uuid4()))
    await settled(place, last_status="could not connect")
    clock.turn(days=2)
    await stack.publish(told.routed(second, uuid4()))
    await settled(place, assessment_id=str(second), last_status="could not connect")
    clock.turn(days=1.01)
    found = await settled(place, state="given_up")
    assert [one["state"] for one in found] == ["given_up", "given_up"]
    assert found[0]["last_status"] == "could not connect"
    assert found[1]["last_status"] == "the endpoint was disabled"
    shown = await webhook(place)
    assert shown["state"] == "disabled"
    assert "the last answer: could not connect" in shown["statement"]
    assert "GET /v1/outcomes" in shown["statement"]


async def test_a_new_address_gets_at_once_what_the_old_one_did_not(
    place: Place, stack: Stack, receiver: HttpReceiver, clock: Clock
) -> None:
    await put(place, f"http://127.0.0.1:{free_port()}")
    await stack.publish(told.routed(await send(place), uuid4()))
    await settled(place, last_status="could not connect")
    clock.turn(hours=-1)  # the next attempt is due in an hour
    [waiting] = await settled(place, last_status="could not connect")
    await put(place, receiver.url)
    await receiver.got(1)
    await settled(place, state="delivered", attempts=waiting["attempts"] + 1)


async def test_a_removed_webhook_is_told_nothing_and_each_agency_sees_its_own(
    place: Place, stack: Stack, receiver: HttpReceiver
) -> None:
    assert (await place.get("/v1/webhook")).status_code == 404
    await put(place, receiver.url)
    receiver.answers.append(500)
    await stack.publish(told.routed(await send(place), uuid4()))
    await settled(place, last_status="500")
    assert (await place.get("/v1/webhook", POLICE)).status_code == 404
    assert (await place.get("/v1/webhook/deliveries", POLICE)).json()["deliveries"] == []
    gone = await place.client.delete("/v1/webhook", headers=place.as_school)
    assert gone.status_code == 204
    [delivery] = await settled(place, state="given_up")
    assert delivery["last_status"] == "the endpoint was removed"
    assert (await place.get("/v1/webhook")).status_code == 404
    assert await place.count("webhook_endpoint") == 0


async def test_operations_pause_a_webhook_and_nothing_is_lost(
    place: Place, receiver: HttpReceiver, clock: Clock, stack: Stack
) -> None:
    """What comes meanwhile waits however long, is not given up, and arrives in order."""
    await put(place, f"{receiver.url}/secret-path")
    kith = {"Authorization": f"Bearer {TOKEN}", "Kith-Actor": "operations"}

    async def see() -> dict[str, Any]:
        answer = await place.client.get("/internal/webhooks", headers=kith)
        assert "secret-path" not in answer.text, "what follows the host may be a secret"
        [found] = answer.json()
        return dict(found)

    async def do(what: str) -> int:
        path = f"/internal/webhooks/{SCHOOL}/{what}"
        return (await place.client.post(path, headers=kith)).status_code

    first, household = await send(place), uuid4()
    await stack.publish(told.review(first))
    await receiver.got(1)
    assert await do("pause") == 200
    assert await do("pause") == 409
    mine = (await place.client.get("/v1/webhook", headers=place.headers(SCHOOL))).json()
    assert (mine["state"], "Nothing is lost" in mine["statement"]) == ("paused", True)
    await stack.publish(told.routed(first, household, "Sam"))
    await eventually(see, lambda found: found["waiting"] == 1)
    clock.turn(days=10)
    await put(place, f"{receiver.url}/secret-path")
    # What is taken up all the same, as by whoever did not see it paused, is held and not given up.
    await place.service.pool.execute(
        "update delivery set next_attempt_at = now() where state = 'waiting'"
    )

    async def held() -> list[Any]:
        return await place.service.pool.fetch(
            "select 1 from delivery where state = 'waiting' and next_attempt_at = 'infinity'"
        )

    await eventually(held, lambda rows: len(rows) == 1)
    found = await see()
    assert (found["state"], found["paused_by"], found["host"]) == (
        "paused",
        "operations",
        "127.0.0.1",
    )
    assert len(receiver.requests) == 1
    assert await do("go-on") == 200
    assert await do("go-on") == 409
    requests = await receiver.got(2)
    assert b'"routed"' in requests[1].body
    await eventually(see, lambda found: found["waiting"] == 0 and found["state"] == "enabled")
