"""Cover: who stands in is told while the key worker is away, and what is open goes back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from contracts.alerts import AlertEscalatedV1, AlertMovedV1
from contracts.handovers import CoverArrangedV1
from contracts.topics import ALERTS
from contracts.vocabulary_alerts import RecipientKind
from tests.services.alerts.conftest import Clock, Served
from tests.services.alerts.examples import (
    COVER,
    KEY_WORKER,
    MONDAY_TEN,
    assigned,
    front_door,
    plan,
    recipient,
    routed,
)
from tests.stack import Stack, eventually

STAND_IN = recipient(RecipientKind.KEY_WORKER, "kw-dana")
_COVER_ID = UUID("5e3ad20c-3c1a-4b39-9df4-53f9d8f0a001")


def _cover(**changes: Any) -> CoverArrangedV1:
    values: dict[str, Any] = {
        "cover_id": _COVER_ID,
        "key_worker_id": KEY_WORKER.id,
        "cover": STAND_IN,
        "starts_at": MONDAY_TEN + timedelta(hours=1),
        "ends_at": MONDAY_TEN + timedelta(days=7),
    }
    return CoverArrangedV1(**(values | changes))


async def _turn(served: Served) -> None:
    [task] = [p for p in served.service._periodic if p.name == "cover"]
    assert await task.turn()


async def _arranged(stack: Stack, served: Served, *events: CoverArrangedV1) -> None:
    """Until the service has taken the arrangement in."""
    after = routed(key_worker=recipient(RecipientKind.KEY_WORKER, f"kw-{uuid4().hex[:8]}"))
    await stack.publish(*events, after)
    await served.alerts(1, after.key_worker.id)


async def test_the_cover_is_told_of_what_is_open_and_of_what_comes_while_they_are_away(
    stack: Stack, served: Served, clock: Clock
) -> None:
    await stack.publish(assigned(), front_door())
    [before] = await served.alerts(1)
    await _arranged(stack, served, _cover())
    await _turn(served)
    assert await served.alerts(0, STAND_IN.id) == []  # not away yet
    clock.turn(hours=2)
    await _turn(served)
    await _turn(served)
    [alert] = await served.alerts(1, STAND_IN.id)
    assert alert["id"] == before["id"]
    assert [e["recipient"]["id"] for e in alert["escalations"]] == [STAND_IN.id]
    await stack.publish(routed())
    await served.alerts(2)  # theirs all the same
    await _turn(served)
    assert len(await served.alerts(2, STAND_IN.id)) == 2
    said = await served.acknowledge(alert["id"], actor=STAND_IN.id)
    assert said.json()["acknowledged_by"] == STAND_IN.id
    assert len(await served.alerts(1)) == 1
    steps = [
        e
        for _, e in await stack.read(ALERTS, lambda found: len(found) >= 7)
        if isinstance(e, AlertEscalatedV1)
    ]
    assert [step.recipient for step in steps] == [STAND_IN, STAND_IN]


async def test_after_the_cover_what_is_open_is_the_key_workers_alone_and_due_anew(
    stack: Stack, served: Served, clock: Clock
) -> None:
    await stack.publish(assigned())
    await served.alerts(1)
    await _arranged(stack, served, _cover())
    clock.turn(hours=2)
    await _turn(served)
    await served.alerts(1, STAND_IN.id)
    clock.turn(days=7)
    await _turn(served)
    await _turn(served)
    assert await served.alerts(0, STAND_IN.id) == []
    [back] = await served.alerts(1)
    assert back["due_at"] > clock.now.isoformat()
    moved = [
        e
        for _, e in await stack.read(ALERTS, lambda found: len(found) >= 4)
        if isinstance(e, AlertMovedV1)
    ]
    assert [m.recipient for m in moved] == [KEY_WORKER]
    await stack.publish(routed())
    await served.alerts(2)
    await _turn(served)
    assert await served.alerts(0, STAND_IN.id) == []


async def test_back_early_ends_the_cover(stack: Stack, served: Served, clock: Clock) -> None:
    await stack.publish(assigned())
    await served.alerts(1)
    cover = _cover()
    sent = (stack.envelope(cover), cover)
    await stack.publish(sent)
    await _arranged(stack, served)
    clock.turn(hours=2)
    await _turn(served)
    await served.alerts(1, STAND_IN.id)
    await stack.publish(_cover(cover=None, ends_at=clock.now), sent)
    await _arranged(stack, served)
    await _turn(served)
    assert await served.alerts(0, STAND_IN.id) == []
    await eventually(served.inbox, lambda page: len(page["alerts"]) == 1)


async def test_the_next_in_the_plan_are_told_after_the_cover(
    stack: Stack, served: Served, clock: Clock
) -> None:
    await stack.publish(assigned(alert=plan()))
    await served.alerts(1)
    await _arranged(stack, served, _cover())
    clock.turn(hours=2)
    await _turn(served)
    clock.turn(hours=3)
    [late] = [p for p in served.service._periodic if p.name == "escalate"]
    assert await late.turn()
    [alert] = await served.alerts(1, COVER.id)
    assert [e["recipient"]["id"] for e in alert["escalations"]] == [STAND_IN.id, COVER.id]
