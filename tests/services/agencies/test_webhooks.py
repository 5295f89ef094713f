"""Outcomes by signed webhook to a real server: slow, failing, gone, refused, and killed midway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
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
from services.local.ports import free_port
from tests.http_receiver import DROP, HANG, HttpReceiver, http_receiver
from tests.services.agencies import events as told
from tests.services.agencies.place import POLICE, SCHOOL, Place, register, submission
from tests.stack import TOKEN, Stack, eventually


class Clock:
    """The time, and what the test has turned it on by."""

    def __init__(self) -> None:
        self.on = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.on

    def turn(self, **by: float) -> None:
        self.on += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


LOCAL: dict[str, Any] = {"local": True, "delivery_seconds": 0.05, "delivery_timeout_seconds": 5}


@pytest.fixture
async def place(stack: Stack, tmp_path: Path, clock: Clock) -> AsyncIterator[Place]:
    credentials = await register(stack.dsn, tmp_path)
    service = create_service(stack.settings(AgenciesSettings, **LOCAL), clock)
    transport = httpx.ASGITransport(app=service.api, raise_app_exceptions=False)
    async with (
        service,
        httpx.AsyncClient(transport=transport, base_url="http://agencies.test") as client,
    ):
        yield Place(service, client, credentials, stack.dsn)


@pytest.fixture
async def receiver() -> AsyncIterator[HttpReceiver]:
    async with http_receiver() as receiver:
        yield receiver


async def put(place: Place, url: str, agency: str = SCHOOL, **more: Any) -> httpx.Response:
    return await place.client.put(
        "/v1/webhook", json={"url": url, **more}, headers=place.headers(agency)
    )


async def send(place: Place, reference: str = "WPS-1") -> UUID:
    return UUID((await place.post(submission(reference))).json()["assessment_id"])


async def settled(place: Place, agency: str = SCHOOL, **want: Any) -> list[dict[str, Any]]:
    """The agency's deliveries, once the last is as wanted."""

    async def ask() -> list[dict[str, Any]]:
        found = (await place.get("/v1/webhook/deliveries", agency)).json()["deliveries"]
        return [dict(one) for one in found]

    return await eventually(ask, lambda found: bool(found) and want.items() <= found[-1].items())


async def webhook(place: Place) -> dict[str, Any]:
    return dict((await place.get("/v1/webhook")).json())


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


async def test_while_a_secret_is_changed_both_verify_and_then_only_the_new(
    place: Place, stack: Stack, receiver: HttpReceiver
) -> None:
    old = (await put(place, receiver.url)).json()["secret"]
    new = (await put(place, receiver.url, new_secret=True)).json()["secret"]
    assert old != new
    await stack.publish(told.routed(await send(place, "WPS-1"), uuid4()))
    [request] = await receiver.got(1)
    for secret in (old, new):
        Webhook(secret).verify(request.body, request.headers)
    await place.fetch("update webhook_endpoint set previous_until = now() - interval '1 second'")
    await stack.publish(told.routed(await send(place, "WPS-2"), uuid4()))
    request = (await receiver.got(2))[1]
    Webhook(new).verify(request.body, request.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(request.body, request.headers)


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


@pytest.mark.parametrize(("url", "rule"), [
    ("http://agency.example/kith", "https://"),
    ("http://127.0.0.1:9000", "https://"),
    ("https://127.0.0.1", "public"),
    ("https://localhost", "public"),
    ("https://10.1.2.3/kith", "public"),
    ("https://[::ffff:192.168.0.1]/", "public"),
    ("https://169.254.169.254/latest", "public"),
    ("https://kith:secret@agency.example", "password"),
    ("not a url", "cannot have"),
    ("https://nowhere.invalid/kith", "cannot be found"),
])  # fmt: skip
async def test_outside_local_use_only_public_https_addresses_are_taken(
    stack: Stack, tmp_path: Path, url: str, rule: str
) -> None:
    credentials = await register(stack.dsn, tmp_path)
    service = create_service(stack.settings(AgenciesSettings, local=False))
    service.pool = await asyncpg.create_pool(
        stack.dsn, min_size=1, max_size=2, server_settings={"search_path": "agencies"}
    )
    transport = httpx.ASGITransport(app=service.api)
    async with httpx.AsyncClient(transport=transport, base_url="http://agencies.test") as client:
        place = Place(service, client, credentials, stack.dsn)
        answer = await put(place, url)
    await service.pool.close()
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["field"] == "url"
    assert rule in error["rule"]
    assert url not in error["rule"]


async def test_the_deliverer_that_died_is_a_fault(place: Place) -> None:
    assert place.service.faults() == []
    deliverer = place.service._deliverer
    assert deliverer is not None
    assert deliverer._task is not None
    deliverer._task.cancel()
    await asyncio.wait([deliverer._task])
    assert place.service.faults() == ["the task that delivers has ended"]


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
