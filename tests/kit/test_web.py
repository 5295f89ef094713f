"""The chassis over HTTP: problem details that never echo values, health, parked records."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import httpx
import pytest
from fastapi import Request
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource
from pydantic import BaseModel
from starlette.types import Message

from services.kit import telemetry_metrics
from services.kit.app import Service
from services.kit.consume import Received
from services.kit.db import Connection
from services.kit.errors import Reject
from services.kit.outbox import Outgoing
from tests.kit.probe import event, make_table, probe, record, seen
from tests.stack import TOKEN, Stack, eventually


class Born(BaseModel):
    date_of_birth: date


@asynccontextmanager
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(service.api, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://probe") as http:
        http.headers["Authorization"] = f"Bearer {TOKEN}"
        yield http


async def test_invalid_body_names_field_and_rule_and_not_the_value(stack: Stack) -> None:
    service = probe(stack)

    @service.api.post("/born")
    async def born(_: Born) -> None: ...

    async with client(service) as http:
        answer = await http.post("/born", json={"date_of_birth": "31/02/Secretname"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] == "date_of_birth"
    assert "Secretname" not in answer.text


@pytest.mark.parametrize(
    ("error", "status"),
    [(Reject("no such thing"), 409), (ConnectionRefusedError("x"), 503), (KeyError("secret"), 500)],
)
async def test_errors_say_what_to_do_and_nothing_else(
    stack: Stack, error: Exception, status: int
) -> None:
    service = probe(stack)

    @service.api.get("/fail")
    async def fail() -> None:
        raise error

    async with client(service) as http:
        answer = await http.get("/fail")
    assert answer.status_code == status
    assert answer.json()["status"] == status
    assert "secret" not in answer.text


async def test_a_server_that_does_not_answer_is_measured_as_503_and_logged_in_a_line(
    stack: Stack, caplog: pytest.LogCaptureFixture
) -> None:
    service, reader = probe(stack), InMemoryMetricReader()

    @service.api.get("/fail")
    async def fail() -> None:
        raise ConnectionRefusedError("a surname")

    telemetry_metrics.configure([reader], Resource.create({}))
    try:
        # Raises what the server would log with its trace.
        transport = httpx.ASGITransport(service.api, raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url="http://probe") as http:
            assert (await http.get("/fail")).status_code == 503
    finally:
        telemetry_metrics.forget()
    assert [r.getMessage() for r in caplog.records] == ["answered 503: ConnectionRefusedError"]
    found = reader.get_metrics_data()
    assert found is not None
    [measured] = [m for r in found.resource_metrics for s in r.scope_metrics for m in s.metrics]
    [point] = measured.data.data_points
    assert point.attributes is not None
    assert point.attributes["http.response.status_code"] == 503


@pytest.mark.parametrize("token", ["", "Basic x", "Bearer wrong"])
async def test_internal_pages_need_the_services_credential(stack: Stack, token: str) -> None:
    await make_table(stack)
    async with probe(stack) as service, client(service) as http:
        answer = await http.get("/parked", headers={"Authorization": token})
        assert answer.status_code == 401


@pytest.mark.parametrize("header", ["kith-actor", "kith-purpose"])
async def test_on_whose_behalf_and_why_is_said_in_at_most_a_hundred_characters(
    stack: Stack, header: str
) -> None:
    async with probe(stack) as service, client(service) as http:
        assert (await http.get("/parked", headers={header: "w" * 100})).status_code == 200
        answer = await http.get("/parked", headers={header: "w" * 101})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [f"header.{header}"]
    assert "www" not in answer.text


def test_a_connection_is_kept_for_longer_than_kiths_own_clients_keep_theirs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Closed by the one as the other asks again, a question fails, of a service that is well."""
    options: dict[str, Any] = {}
    monkeypatch.setattr("services.kit.app.configure_logging", lambda *_: None)
    monkeypatch.setattr("services.kit.app.telemetry.configure", lambda *_: lambda: None)
    monkeypatch.setattr("services.kit.app.heap.settle", lambda: None)
    monkeypatch.setattr("services.kit.app.uvicorn.run", lambda _, **given: options.update(given))
    probe(Stack("", "127.0.0.1:1", "test.", "postgresql://nobody@127.0.0.1/none")).run()
    kept = httpx.Limits().keepalive_expiry
    assert kept is not None
    assert options["timeout_keep_alive"] > 2 * kept


async def test_ready_says_what_is_missing_and_recovers(stack: Stack) -> None:
    async with probe(stack) as service, client(service) as http:
        answer = await eventually(lambda: http.get("/health/ready"), lambda a: a.status_code == 200)
        assert answer.json() == {"faults": []}
        await service.relay.stop()
        answer = await http.get("/health/live")
        assert (answer.status_code, answer.json()["faults"]) == (
            503,
            ["the outbox relay has ended"],
        )


async def test_parked_record_is_handled_again_once_its_cause_is_mended(stack: Stack) -> None:
    await make_table(stack)
    broken = True

    async def handle(connection: Connection, batch: Sequence[Received]) -> list[Outgoing]:
        if broken:
            raise Reject("not yet")
        return await record(connection, batch)

    await stack.publish(event("later"))
    async with probe(stack, handle) as service, client(service) as http:
        parked = await eventually(lambda: listed(http))
        still = await http.post(f"/parked/{parked[0]['id']}/retry")
        assert (still.status_code, still.json()["detail"]) == (409, "not yet")
        broken = False
        retried = (await http.post(f"/parked/{parked[0]['id']}/retry")).json()
        assert retried == {"state": "retried", "records": 1, "left": 0}
        assert await seen(stack) == ["later"]
        assert await listed(http) == []
        assert (await http.post(f"/parked/{parked[0]['id']}/retry")).status_code == 404


async def test_discarded_record_is_gone_and_who_did_so_is_kept(stack: Stack) -> None:
    await make_table(stack)
    await stack.publish(event("poison"))
    async with probe(stack) as service, client(service) as http:
        parked = await eventually(lambda: listed(http))
        await http.post(f"/parked/{parked[0]['id']}/discard", headers={"Kith-Actor": "ops-1"})
        assert await listed(http) == []
        assert await service.pool.fetchval("select decided_by from parked_record") == "ops-1"


async def test_whoever_hangs_up_while_asking_is_no_fault_of_the_services(stack: Stack) -> None:
    service = probe(stack)

    @service.api.post("/slow")
    async def slow(request: Request) -> None:
        await request.body()

    async def hung_up() -> Message:
        return {"type": "http.disconnect"}

    said: list[Message] = []

    async def send(message: Message) -> None:
        said.append(message)

    scope = {"type": "http", "method": "POST", "path": "/slow", "headers": [], "query_string": b""}
    await service.api(scope, hung_up, send)  # raises what the server would log with its trace
    assert said[0]["status"] == 400


async def test_parked_records_that_are_alike_are_tried_again_together(stack: Stack) -> None:
    await make_table(stack)
    never, broken = "never", True

    async def handle(connection: Connection, batch: Sequence[Received]) -> list[Outgoing]:
        names = [getattr(r.event, "acknowledged_by", "?") for r in batch]
        if broken or never in names:
            raise Reject("no area" if broken else "no such team")
        return await record(connection, batch)

    names = ["first", never, "third", "fourth"]
    await stack.publish(*(event(name) for name in names))
    async with probe(stack, handle) as service, client(service) as http:
        await eventually(lambda: listed(http), lambda found: len(found) == 4)
        [alike] = (await http.get("/parked/alike")).json()
        assert (alike["reason"], alike["records"]) == ("no area", 4)
        assert (await http.post(f"/parked/{alike['id']}/retry?alike=true")).status_code == 409
        broken = False
        answer = await http.post(f"/parked/{alike['id']}/retry?alike=true")
        assert answer.json() == {"state": "retried", "records": 3, "left": 1}
        assert await seen(stack) == [name for name in names if name != never]
        [left] = (await http.get("/parked/alike")).json()
        assert (left["reason"], left["records"]) == ("no such team", 1)
        gone = await http.post(f"/parked/{alike['id']}/retry?alike=true")
        assert (gone.status_code, (await listed(http))[0]["id"]) == (404, left["id"])


async def test_parked_records_that_are_alike_are_let_go_together_and_no_others(
    stack: Stack,
) -> None:
    await make_table(stack)

    async def handle(connection: Connection, batch: Sequence[Received]) -> list[Outgoing]:
        for received in batch:
            raise Reject(f"no {getattr(received.event, 'acknowledged_by', '?')}")
        return await record(connection, batch)

    await stack.publish(*(event(name) for name in ("area", "team", "area", "area")))
    async with probe(stack, handle) as service, client(service) as http:
        await eventually(lambda: listed(http), lambda found: len(found) == 4)
        [first] = [a for a in (await http.get("/parked/alike")).json() if a["reason"] == "no area"]
        path = f"/parked/{first['id']}/discard?alike=true"
        answer = await http.post(path, headers={"Kith-Actor": "ops-1"})
        assert answer.json() == {"state": "discarded", "records": 3, "left": 0}
        assert [one["reason"] for one in await listed(http)] == ["no team"]
        rows = await service.pool.fetch(
            "select decided_by from parked_record where state = 'discarded'"
        )
        assert {row["decided_by"] for row in rows} == {"ops-1"}


async def listed(http: httpx.AsyncClient) -> list[dict[str, object]]:
    found: list[dict[str, object]] = (await http.get("/parked")).json()
    return found
