"""One assessment from HTTP to its outcome, as an OTLP receiver sees it: every hop, and no name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.local.ports import free_port
from tests.conftest import StackFactory
from tests.http_receiver import http_receiver
from tests.otlp import Received, attributes, receiver
from tests.stack import TOKEN, eventually
from tests.system.town import SCHOOL, SERVICES, household, open_town

CANARY = "Zzyzxqvarnhold"
HOPS = (
    ("kith-agencies", "POST /v1/assessments"),
    ("kith-agencies", "send agencies.assessments"),
    ("kith-duplication", "process agencies.assessments"),
    ("kith-duplication", "send duplication.households"),
    ("kith-keyworkers", "process duplication.households"),
    ("kith-keyworkers", "send keyworkers.assignments"),
    ("kith-alerts", "process keyworkers.assignments"),
    ("kith-alerts", "send alerts.alerts"),
    ("kith-alerts", "POST /v1/alerts/{alert_id}/acknowledge"),
    ("kith-agencies", "process alerts.alerts"),
    ("kith-agencies", "send agencies.outcomes"),
    ("kith-agencies", "deliver webhook"),
    ("kith-operations", "process agencies.outcomes"),
)


async def test_every_hop_of_a_journey_is_seen_from_http_to_webhook_and_no_name_is(
    open_stack: StackFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiver() as seen:
        monkeypatch.setenv("KITH_OTLP_ENDPOINT", seen.url)
        monkeypatch.setenv("KITH_TRACE_SECONDS", "0.2")
        monkeypatch.setenv("KITH_METRICS_SECONDS", "1")
        monkeypatch.setenv("KITH_LOG_FORMAT", "json")
        monkeypatch.setenv("KITH_LOCAL", "1")
        async with (
            open_stack(*SERVICES) as stack,
            open_town(stack, tmp_path) as town,
            http_receiver() as agency,
        ):
            await town.put_webhook(SCHOOL, agency.url)
            journey = await town.send(SCHOOL, household("Danielle", "Riley", CANARY, "S-1"))
            alert = (await eventually(lambda: town.rows("select * from alerts.alert")))[0]
            answer = await town.client.post(
                f"{town.url('alerts')}/v1/alerts/{alert['id']}/acknowledge",
                json={"as_recipient": json.loads(alert["recipient"])["id"]},
                headers={"Authorization": f"Bearer {TOKEN}"},
            )
            assert answer.status_code == 200, answer.text

            async def hops() -> set[tuple[str, str]]:
                found = seen.of_journey(journey)
                return {(s, span.name.replace(stack.namespace, "")) for s, span in found}

            found = await eventually(hops, lambda f: set(HOPS) <= f)
            assert set(HOPS) <= found

            async def measured() -> set[str]:
                return seen.metrics

            wanted = {"kith.consumer.lag", "kith.outbox.age", "http.server.request.duration"}
            wanted |= {"kith.deliveries"}
            wanted |= {"kith.assessments", "kith.journey.to_alert", "kith.waiting_list"}
            await eventually(measured, lambda names: wanted <= names)

            async def unseen() -> list[str]:
                """Statements of which the agency has not heard, or whose sending is not seen."""
                stated = await town.rows("select version from agencies.outcome_statement")
                sent = {s.span_id.hex() for _, s in seen.of_journey(journey)}
                heard = [r.headers["traceparent"].split("-")[2] for r in agency.requests]
                return ["not sent"] * (len(stated) - len(heard)) + [
                    h for h in heard if h not in sent
                ]

            # What is on its way when a service is told to stop may be heard and not be seen.
            await eventually(unseen, lambda found: found == [])
        one_story(seen, journey)
        for request in agency.requests:
            goes_on_at(seen, journey, request.headers["traceparent"])
        assert all("journeyid" in attributes(span.attributes) for _, span in seen.spans)
        assert all("journeyid" in line for line in seen.logs)
        assert not any(CANARY.casefold().encode() in body.lower() for body in seen.raw)
        assert CANARY.casefold() not in lines(tmp_path).casefold()


async def test_without_a_collector_operations_draws_the_journey(
    open_stack: StackFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    monkeypatch.setattr("tests.system.town.free_port", ports(port))
    monkeypatch.setenv("KITH_SPAN_STORE", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("KITH_TRACE_SECONDS", "0.2")
    async with open_stack(*SERVICES) as stack, open_town(stack, tmp_path, "operations") as town:
        await town.start("agencies", "duplication", "keyworkers", "alerts")
        journey = await town.send(SCHOOL, household("Danielle", "Riley", CANARY, "S-1"))

        async def trace() -> dict[str, Any]:
            answer = await town.client.get(
                f"{town.url('operations')}/v1/journeys/{journey}/trace",
                headers={"Authorization": f"Bearer {TOKEN}"},
            )
            found: dict[str, Any] = answer.json()
            return found

        wanted = {"agencies", "duplication", "keyworkers", "alerts", "operations"}
        found = await eventually(trace, lambda t: wanted <= set(t["services"]))
        assert found["spans"][0]["name"] == "POST /v1/assessments"
        places = {span["span_id"]: n for n, span in enumerate(found["spans"])}
        for n, span in enumerate(found["spans"][1:], 1):
            assert places[span["parent_id"]] < n
            assert span["depth"] == found["spans"][places[span["parent_id"]]]["depth"] + 1
        assert any(span["detail"] and "insert" in span["detail"] for span in found["spans"])
        assert CANARY not in str(found)


def ports(first: int) -> Callable[[], int]:
    """The port that is known beforehand, then any."""
    waiting = [first]
    return lambda: waiting.pop() if waiting else free_port()


def lines(folder: Path) -> str:
    return "".join(log.read_text("utf-8") for log in folder.glob("*.log"))


def goes_on_at(seen: Received, journey: Any, traceparent: str) -> None:
    """What the agency received names the span that sent it, in the journey's trace."""
    _, trace, span, _ = traceparent.split("-")
    [sender] = [s for _, s in seen.of_journey(journey) if s.span_id.hex() == span]
    [root] = [s for _, s in seen.of_journey(journey) if s.name == "POST /v1/assessments"]
    assert sender.name == "deliver webhook"
    assert sender.trace_id.hex() == trace
    assert root.trace_id == sender.trace_id


def one_story(seen: Received, journey: Any) -> None:
    """One trace; each record's span hangs on the span that sent it; batches link to records."""
    spans = {span.span_id: span for _, span in seen.of_journey(journey)}
    [root] = [s for s in spans.values() if s.name == "POST /v1/assessments"]
    records = [
        s for s in spans.values()
        if s.trace_id == root.trace_id and s.name.startswith("process ")
    ]  # fmt: skip
    assert len(records) >= 8
    for record in records:
        about = attributes(record.attributes)
        assert about["messaging.system"] == "kafka"
        assert spans[record.parent_span_id].name == "send " + about["messaging.destination.name"]
        [batch] = [spans[link.span_id] for link in record.links]
        assert record.parent_span_id in {link.span_id for link in batch.links}
    queries = [s for s in spans.values() if "db.query.text" in attributes(s.attributes)]
    assert queries
