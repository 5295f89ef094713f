"""What operations answers: lists, impact, stalls, flow, latency, the live stream, the command."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from contracts.restrictions import HouseholdRestrictedV1
from contracts.vocabulary import Restriction
from contracts.vocabulary_alerts import AlertKind
from services.operations.cli import app
from tests.services.operations.conftest import Served
from tests.services.operations.examples import START, Sent, Tale, first_contact, later_contact
from tests.stack import TOKEN, Stack, eventually


async def _given(stack: Stack, served: Served, *tales: Tale) -> None:
    sent: list[Sent] = [event for tale in tales for event in tale.sent]
    await stack.publish(*sent)
    await served.has_seen(sent)


async def events(
    served: Served, last: str | None = None, **query: Any
) -> AsyncGenerator[tuple[str, str, Any], None]:
    """Name, id and data of each server-sent event."""
    headers = {"Last-Event-ID": last} if last else {}
    async with served.client.stream(
        "GET", "/v1/journeys/stream", headers=headers, params=query
    ) as response:
        event: dict[str, str] = {}
        async for line in response.aiter_lines():
            name, _, value = line.partition(": ")
            if line:
                event[name] = value
            elif "data" in event:
                yield event["event"], event["id"], json.loads(event["data"])
                event = {}


async def test_impact_counts_are_the_ledgers_rows(stack: Stack, served: Served) -> None:
    household, soon = uuid4(), START + timedelta(minutes=5)
    await _given(
        stack,
        served,
        first_contact(stack, household_id=household),
        later_contact(stack, household_id=household, agency="wigan-police", start=soon),
        later_contact(stack, household_id=household, agency="wigan-gp", start=soon),
        first_contact(stack),
        Tale(stack).recorded().matched().opened().queued(),
    )
    impact = await served.get("/v1/impact")
    ledger = (await served.get("/v1/ledger"))["entries"]
    assert impact["referrals_avoided"] == len(ledger) == 2
    assert sum(row["count"] for row in impact["avoided"]) == 2
    assert (impact["assessments"], impact["referrals_opened"]) == (5, 3)
    assert (impact["later_assessments"], impact["later_routed_share"]) == (2, 1.0)
    assert (impact["waiting_for_room"], impact["households"]) == (1, 3)
    assert impact["households_by_assessments"] == {"1": 2, "3": 1}
    assert impact["households_by_agencies"] == {"1": 2, "3": 1}
    assert 0 < impact["median_minutes_to_alert"] < impact["median_minutes_to_acknowledgement"]
    assert (await served.get("/v1/impact", place="elsewhere"))["assessments"] == 0
    for entry in ledger:
        assert (entry["household_id"], entry["acknowledged_by"]) == (str(household), "kw-asha")


async def test_lists_go_on_where_they_stopped_and_can_be_narrowed(
    stack: Stack, served: Served
) -> None:
    tales = [later_contact(stack, start=START + timedelta(minutes=n)) for n in range(3)]
    tales += [later_contact(stack, agency="wigan-police"), Tale(stack).recorded().matched()]
    tales += [Tale(stack, agency="wigan-police").recorded()]
    await _given(stack, served, *tales)
    first = await served.get("/v1/journeys", limit=3)
    rest = await served.get("/v1/journeys", limit=4, after=first["next"])
    found = [j["id"] for j in (*first["journeys"], *rest["journeys"])]
    assert rest["next"] is None
    assert len(found) == len(tales) == 6
    assert sorted(found) == sorted(str(tale.id) for tale in tales)
    for query, count in (({"state": "matched"}, 1), ({"agency": "wigan-police"}, 1)):
        assert len((await served.get("/v1/journeys", **query))["journeys"]) == count
    for bad in ("nonsense", "2026-01-01_x", f"2026-01-01T00:00:00_{uuid4()}"):
        assert (await served.client.get("/v1/ledger", params={"after": bad})).status_code == 422
    assert (await served.client.get(f"/v1/journeys/{uuid4()}")).status_code == 404


async def test_stalls_say_what_is_waited_for(stack: Stack, served: Served) -> None:
    waiting = {
        "match": Tale(stack).recorded(),
        "decision": Tale(stack).recorded().matched(),
        "alert": Tale(stack).recorded().matched().routed().told(),
        "outcome": Tale(stack).recorded().matched().routed().alerted(),
        "front_door": later_contact(stack).front_door(),
    }
    long_ago = START - timedelta(days=2)
    waiting["review"] = Tale(stack, start=long_ago).recorded().review_requested()
    waiting["room"] = Tale(stack, start=long_ago).recorded().matched().queued()
    waiting["room"].alerted(AlertKind.QUEUED)
    waiting["acknowledgement"] = Tale(stack, start=long_ago).recorded().matched().routed()
    waiting["acknowledgement"].alerted().told()
    await _given(stack, served, *waiting.values(), later_contact(stack))
    found = await served.get("/v1/stalls")
    assert {s["stage"]: s["id"] for s in found} == {k: str(v.id) for k, v in waiting.items()}
    assert len(found) == len(waiting)
    assert all(s["waits_for"] and s["late_seconds"] > 0 for s in found)


async def test_flow_and_latency(stack: Stack, served: Served) -> None:
    await _given(stack, served, *(later_contact(stack) for _ in range(4)))
    flow = {f["topic"]: f["last_minute"] for f in await served.get("/v1/flow")}
    assert (flow["agencies.assessments"], flow["alerts.alerts"]) == (4, 8)
    stages = (await served.get("/v1/latency", since=START.isoformat()))["stages"]
    assert stages["accepted_to_alerted"] == {
        "journeys": 4, "p50": 3000.0, "p95": 3000.0, "p99": 3000.0, "max": 3000.0,
    }  # fmt: skip
    assert (await served.get("/v1/latency"))["stages"] == {}


async def test_the_live_page_is_sent_what_changed_and_resumes(stack: Stack, served: Served) -> None:
    stream = events(served)
    assert (await anext(stream))[0] == "ready"
    tale = Tale(stack).recorded()
    await stack.publish(*tale.sent)
    async with asyncio.timeout(60):
        name, last, changed = await anext(stream)
    assert (name, [(j["id"], j["state"]) for j in changed]) == (
        "journeys", [(str(tale.id), "accepted")],
    )  # fmt: skip
    await stream.aclose()
    tale.matched()
    other = Tale(stack).recorded()
    await _given(stack, served, tale, other)
    again = events(served, last=last)
    assert (await anext(again))[0] == "ready"
    async with asyncio.timeout(60):
        _, _, missed = await anext(again)
    assert {(j["id"], j["state"]) for j in missed} == {
        (str(tale.id), "matched"), (str(other.id), "accepted"),
    }  # fmt: skip
    await again.aclose()


async def test_rule_6_until_its_household_is_known_no_agency_is_shown_whatever_was_stated(
    stack: Stack, served: Served
) -> None:
    """Under review it is of no household, so of none whose list says who may know: what states no
    restriction may yet be of a restricted household."""
    few: dict[str, Any] = {"restrictions": (Restriction.DOMESTIC_ABUSE,)}
    stated = Tale(stack, **few).recorded()
    doubted = Tale(stack, **few).review_requested()
    plain = Tale(stack).recorded().review_requested()
    stream = events(served)
    assert (await anext(stream))[0] == "ready"
    await _given(stack, served, stated, doubted, plain)
    sent: dict[str, str | None] = {}
    async with asyncio.timeout(10):
        while len(sent) < 3:
            sent |= {j["id"]: j["agency_id"] for j in (await anext(stream))[2]}
    await stream.aclose()
    shown = {j["id"]: j["agency_id"] for j in (await served.get("/v1/journeys"))["journeys"]}
    assert sent == shown == dict.fromkeys(str(t.id) for t in (stated, doubted, plain))
    for tale, hidden in ((stated, True), (plain, False)):
        one = await served.get(f"/v1/journeys/{tale.id}")
        assert (one["hidden"], one["agency_id"]) == (hidden, None)
    late = await served.get("/v1/stalls")
    assert late, "it stalls"
    assert {stall["agency_id"] for stall in late} == {None}
    assert (await served.get("/v1/journeys", agency="wigan-schools"))["journeys"] == []
    closed = HouseholdRestrictedV1(
        household_id=(closing := uuid4()),
        restrictions=(Restriction.DOMESTIC_ABUSE,),
        decided_at=START,
    )
    elsewhere = Tale(stack).recorded().review_requested().reviewed(closing)
    await stack.publish(closed, *elsewhere.sent, *plain.reviewed(uuid4()).sent)
    await eventually(
        lambda: served.get(f"/v1/journeys/{plain.id}"),
        lambda one: one["agency_id"] == "wigan-schools",
    )
    found = await eventually(
        lambda: served.get(f"/v1/journeys/{elsewhere.id}"), lambda one: one["hidden"]
    )
    assert found["agency_id"] is None


async def test_what_commits_late_is_not_missed(stack: Stack, served: Served) -> None:
    """Transactions commit in another order than they begin."""
    stream = events(served)
    await anext(stream)
    early, late = Tale(stack).recorded(), Tale(stack).recorded()
    async with served.service.pool.acquire() as connection, connection.transaction():
        # Begins first, writes, and commits after the other has been shown.
        await connection.execute(
            "insert into journey (id, place_id, started_at) values ($1, 'p', $2)",
            late.id,
            START,
        )
        await connection.execute(
            "insert into journey_event (event_id, journey_id, type, time, topic, partition,"
            " \"offset\", subject) values ($1, $2, 't', $3, 't', 0, 0, 's')",
            uuid4(),
            late.id,
            START,
        )
        await stack.publish(*early.sent)
        async with asyncio.timeout(60):
            assert [j["id"] for j in (await anext(stream))[2]] == [str(early.id)]
    async with asyncio.timeout(60):
        assert [j["id"] for j in (await anext(stream))[2]] == [str(late.id)]
    await stream.aclose()


async def test_every_route_wants_a_services_credential(served: Served) -> None:
    served.client.headers["Authorization"] = "Bearer wrong"
    for name in ("journeys", "journeys/stream", "ledger", "impact", "stalls", "flow", "latency"):
        assert (await served.client.get(f"/v1/{name}")).status_code == 401, name


@pytest.mark.parametrize("arguments", [[], ["--stalled"], ["--impact"], ["ID"]])
async def test_the_command_tells_it_in_tables_and_in_json(
    stack: Stack, served: Served, arguments: list[str]
) -> None:
    tale = later_contact(stack)
    stuck = Tale(stack).recorded()
    await _given(stack, served, tale, stuck)
    arguments = [str(tale.id) if a == "ID" else a for a in arguments]
    url = str(served.client.base_url)
    environ = {"KITH_SERVICE_TOKEN": TOKEN, "COLUMNS": "200"}

    def run(*more: str):
        return CliRunner().invoke(app, [*arguments, "--url", url, *more], env=environ)

    told = await asyncio.to_thread(run)
    assert told.exit_code == 0, told.output
    assert told.output.strip()
    scripted = await asyncio.to_thread(run, "--json")
    assert json.loads(scripted.output)


def test_the_command_says_in_a_sentence_what_is_wrong(tmp_path) -> None:
    nobody = CliRunner().invoke(
        app, ["--url", "http://127.0.0.1:9", "--json"], env={"KITH_SERVICE_TOKEN": "x"}
    )
    assert nobody.exit_code == 1
    assert "does not answer" in nobody.stderr
    without = CliRunner().invoke(app, ["--folder", str(tmp_path)], env={"KITH_SERVICE_TOKEN": None})
    assert without.exit_code == 1
    assert "KITH_SERVICE_TOKEN" in without.stderr
