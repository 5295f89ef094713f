"""Alerts over HTTP: pages, counts, and what is refused."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from contracts.vocabulary import Severity
from tests.services.alerts.conftest import Clock, Served
from tests.services.alerts.examples import KEY_WORKER, assigned, plan, routed
from tests.stack import Stack


async def test_open_alerts_come_first_due_first_in_pages(stack: Stack, served: Served) -> None:
    severities = (Severity.ROUTINE, Severity.IMMEDIATE, Severity.URGENT)
    await stack.publish(*(assigned(alert=plan(severity)) for severity in severities * 2))
    await served.alerts(6)
    found: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        page = await served.inbox(limit=4, **after)
        found += page["alerts"]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert len({alert["id"] for alert in found}) == 6
    assert [a["due_at"] for a in found] == sorted(a["due_at"] for a in found)
    assert {a["severity"] for a in found[:2]} == {"immediate"}


async def test_state_tells_open_from_acknowledged(stack: Stack, served: Served) -> None:
    await stack.publish(assigned(), routed())
    one, other = await served.alerts(2)
    await served.acknowledge(one["id"])
    assert [a["id"] for a in (await served.inbox())["alerts"]] == [other["id"]]
    done = (await served.inbox(state="acknowledged"))["alerts"]
    assert [(a["id"], a["state"]) for a in done] == [(one["id"], "acknowledged")]
    everything = (await served.inbox(state="all", limit=1))["alerts"]
    assert everything[0]["id"] == one["id"]  # the last changed
    read = (await served.client.get(f"/v1/alerts/{other['id']}")).json()
    assert read == other


async def test_counts_are_of_everybody_or_of_one(
    stack: Stack, clock: Clock, served: Served
) -> None:
    await stack.publish(assigned(), assigned(), routed())
    alerts = await served.alerts(3)
    await served.acknowledge(alerts[0]["id"])
    for query in ({}, {"recipient": KEY_WORKER.id}):
        counts = (await served.client.get("/v1/counts", params=query)).json()
        assert (counts["open"], counts["acknowledged_last_day"]) == (2, 1)
        assert sum(counts["open_by_kind"].values()) == 2
        assert counts["open_by_severity"] == {"urgent": 2}
    nobody = await served.client.get("/v1/counts", params={"recipient": "kw-nobody"})
    assert nobody.json()["open"] == 0


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/alerts", 422),
        ("/v1/alerts?recipient=x&state=shut", 422),
        ("/v1/alerts?recipient=x&after=nonsense", 422),
        ("/v1/alerts?recipient=x&state=all&after=-1", 422),
        ("/v1/alerts/00000000-0000-4000-8000-000000000000", 404),
        ("/v1/alerts/not-an-id", 422),
    ],
)
async def test_what_makes_no_sense_is_a_problem_in_words(
    served: Served, path: str, status: int
) -> None:
    answer = await served.client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


async def test_every_route_wants_a_services_credential(served: Served) -> None:
    served.client.headers["Authorization"] = "Bearer wrong"
    for path in ("/v1/alerts?recipient=x", "/v1/alerts/stream?recipient=x", "/v1/counts"):
        assert (await served.client.get(path)).status_code == 401
    answer = await served.client.post(f"/v1/alerts/{uuid4()}/acknowledge")
    assert answer.status_code == 401
