"""Outcomes by signed webhook: slow, failing, told to wait, killed midway, and never twice."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from services.agencies.app import create_service
from services.agencies.settings import AgenciesSettings
from services.agencies.shown import DeliveryPage, WebhookShown
from services.kit import deliverer, deliveries
from tests.http_receiver import DROP, HANG, HttpReceiver, http_receiver
from tests.services.agencies import events as told
from tests.services.agencies.place import POLICE, Place, register, submission
from tests.services.agencies.webhooks.conftest import LOCAL, Clock, put, send, settled, webhook
from tests.stack import Stack, eventually


async def test_an_outcome_is_sent_as_it_is_polled_and_the_library_verifies_it(
    place: Place, stack: Stack, receiver: HttpReceiver
) -> None:
    registered = await put(place, receiver.url + "/kith?of=school")
    assert registered.status_code == 201
    secret = registered.json()["secret"]
    assert secret.startswith("whsec_")
    WebhookShown.model_validate_json(registered.content)
    assert "secret" not in await webhook(place)
    WebhookShown.model_validate(await webhook(place))
    await stack.publish(told.routed(await send(place), uuid4(), "Sam"))
    [request] = await receiver.got(1)
    assert request.path == "/kith?of=school"
    body = Webhook(secret).verify(request.body, request.headers)
    [polled] = (await place.get("/v1/outcomes")).json()["outcomes"]
    assert polled["contact"]["name"] == "Sam"
    assert body == {
        "type": "assessment.outcome",
        "timestamp": polled["stated_at"],
        "data": polled,
    }
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(request.body + b" ", request.headers)
    [delivery] = await settled(place, state="delivered")
    DeliveryPage.model_validate_json((await place.get("/v1/webhook/deliveries")).content)
    assert (delivery["id"], delivery["attempts"]) == (request.id, 1)
    assert (delivery["version"], delivery["last_status"]) == (1, "204")
    assert (await webhook(place))["state"] == "enabled"


async def test_what_fails_is_sent_again_with_one_id_and_later_outcomes_wait(
    place: Place, stack: Stack, receiver: HttpReceiver, clock: Clock
) -> None:
    await put(place, receiver.url)
    receiver.answers.extend([500, DROP, 302])
    receiver.headers = {"Location": receiver.url + "/elsewhere"}
    assessment, other = await send(place, "WPS-1"), await send(place, "WPS-2")
    await stack.publish(told.review(assessment))
    await settled(place, last_status="500")
    assert (await webhook(place))["state"] == "failing"
    await stack.publish(told.routed(assessment, uuid4(), "Sam"))
    await settled(place, version=2)
    for failed, status in ((2, "RemoteProtocolError"), (3, "302 (redirects are not followed)")):
        clock.turn(hours=7)
        await receiver.got(failed)
        await first_status(place, status)
    # What waits of one assessment keeps nothing of another back.
    await stack.publish(told.routed(other, uuid4(), "Ola"))
    await receiver.got(4)
    assert receiver.requests[3].json()["data"]["reference"] == "WPS-2"
    clock.turn(hours=7)
    await receiver.got(6)
    of_first = [r for r in receiver.requests if r.json()["data"]["reference"] == "WPS-1"]
    assert [r.json()["data"]["version"] for r in of_first] == [1, 1, 1, 1, 2]
    assert len({r.id for r in of_first}) == 2
    await settled(place, state="delivered")
    assert (await webhook(place))["state"] == "enabled"
    assert all(r.path == "/" for r in receiver.requests)


async def first_status(place: Place, status: str) -> None:
    async def ask() -> str:
        found = (await place.get("/v1/webhook/deliveries")).json()["deliveries"]
        return str(found[0]["last_status"])

    await eventually(ask, lambda found: found == status)


async def test_a_receiver_that_asks_to_wait_is_left_alone_so_long(
    place: Place, stack: Stack, receiver: HttpReceiver, clock: Clock
) -> None:
    await put(place, receiver.url)
    receiver.answers.append(503)
    receiver.headers = {"Retry-After": "7200"}
    await stack.publish(told.routed(await send(place), uuid4()))
    [delivery] = await settled(place, last_status="503")
    waits = datetime.fromisoformat(delivery["next_attempt_at"]) - clock()
    assert timedelta(minutes=115) < waits <= timedelta(minutes=120)


async def test_a_slow_receiver_is_given_up_on_and_keeps_no_other_agency_waiting(
    stack: Stack, tmp_path: Path, receiver: HttpReceiver
) -> None:
    credentials = await register(stack.dsn, tmp_path)
    settings = stack.settings(AgenciesSettings, **LOCAL | {"delivery_timeout_seconds": 1})
    service = create_service(settings)
    transport = httpx.ASGITransport(app=service.api)
    async with (
        service,
        httpx.AsyncClient(transport=transport, base_url="http://agencies.test") as client,
        http_receiver() as other,
    ):
        place = Place(service, client, credentials, stack.dsn)
        receiver.default = HANG
        await put(place, receiver.url)
        await put(place, other.url, POLICE)
        ids = [await send(place, f"WPS-{n}") for n in range(6)]
        theirs = UUID((await place.post(submission("P-1"), POLICE)).json()["assessment_id"])
        event = told.routed(theirs, uuid4())
        cause = event.cause.model_copy(update={"agency_id": POLICE})
        await stack.publish(
            *(told.routed(i, uuid4()) for i in ids), event.model_copy(update={"cause": cause})
        )
        await other.got(1)
        assert len(receiver.requests) <= 4, "one agency takes up no more than its share"
        found = await settled(place, last_status="no answer in time")
        assert found[0]["state"] == "waiting"


async def test_a_crash_between_the_call_and_its_record_repeats_the_same_id(
    place: Place, stack: Stack, receiver: HttpReceiver, clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    save, crashes = deliveries.save_result, [True]

    async def crash_once(*args: Any, **options: Any) -> bool:
        if crashes:
            crashes.clear()
            raise asyncpg.ConnectionDoesNotExistError("the server went away")
        return await save(*args, **options)

    monkeypatch.setattr(deliverer, "save_result", crash_once)
    await put(place, receiver.url)
    await stack.publish(told.routed(await send(place), uuid4()))
    await receiver.got(1)
    [delivery] = await settled(place, state="waiting")
    clock.turn(seconds=61)
    requests = await receiver.got(2)
    assert {r.id for r in requests} == {delivery["id"]}
    assert len({r.body for r in requests}) == 1
    await settled(place, state="delivered", attempts=2)


async def test_redelivered_events_are_delivered_once_and_two_processes_share_the_work(
    place: Place, stack: Stack, receiver: HttpReceiver, clock: Clock
) -> None:
    await put(place, receiver.url)
    ids = [await send(place, f"WPS-{n}") for n in range(30)]
    events = [told.routed(i, uuid4()) for i in ids]
    sent = [(stack.envelope(event), event) for event in events]
    async with create_service(stack.settings(AgenciesSettings, **LOCAL), clock):
        await stack.publish(*sent, *sent)
        await eventually(
            lambda: place.count("delivery where state = 'delivered'"), lambda n: n == 30
        )
        await place.service.pool.execute("delete from consumed_event")
        marker = await send(place, "WPS-marker")
        await stack.publish(*sent, told.routed(marker, uuid4()))
        await receiver.got(31)
    references = [r.json()["data"]["reference"] for r in receiver.requests]
    assert sorted(references) == sorted({*references})
    assert await place.count("delivery") == 31


async def test_an_outcome_told_again_by_a_store_put_back_from_a_backup_has_the_id_it_had(
    place: Place, stack: Stack, receiver: HttpReceiver
) -> None:
    """Agencies know a repeat by its ``webhook-id``, which follows from the outcome."""
    await put(place, receiver.url)
    assessment = await send(place)
    event = told.routed(assessment, uuid4())
    sent = stack.envelope(event), event
    await stack.publish(sent)
    [before] = await receiver.got(1)
    await settled(place, state="delivered")
    async with place.service.pool.acquire() as connection, connection.transaction():
        # What was written after the backup is gone; statements cannot be deleted otherwise.
        await connection.execute("set local session_replication_role = replica")
        for table in ("delivery", "outcome_statement", "outcome", "consumed_event", "outbox"):
            await connection.execute(f"delete from {table}")
    await stack.publish(sent)
    [_, again] = await receiver.got(2)
    assert again.id == before.id
    assert again.json()["data"]["version"] == before.json()["data"]["version"]


async def test_the_deliverer_that_died_is_a_fault(place: Place) -> None:
    assert place.service.faults() == []
    deliverer = place.service._deliverer
    assert deliverer is not None
    assert deliverer._task is not None
    deliverer._task.cancel()
    await asyncio.wait([deliverer._task])
    assert place.service.faults() == ["the task that delivers has ended"]
