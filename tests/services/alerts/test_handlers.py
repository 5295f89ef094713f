"""Raising, acknowledging and escalating, over a real broker and database."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest

from contracts.alerts import (
    AlertAcknowledgedV1,
    AlertAnsweredV1,
    AlertEscalatedV1,
    AlertRaisedV1,
)
from contracts.envelope import Event
from contracts.handovers import RoutingReversedV1
from contracts.topics import ALERTS, ASSIGNMENTS
from contracts.vocabulary import Severity
from contracts.vocabulary_alerts import AlertAnswer
from contracts.vocabulary_changes import ReversalReason
from tests.services.alerts.conftest import Clock, Served, serve
from tests.services.alerts.examples import (
    DESK,
    FRONT_DOOR,
    KEY_WORKER,
    LEAD,
    MONDAY_TEN,
    assigned,
    front_door,
    opened,
    plan,
    queued,
    routed,
)
from tests.stack import Stack, eventually


async def _sent(stack: Stack, count: int) -> list[Event]:
    found = await stack.read(ALERTS, lambda events: len(events) >= count)
    assert len(found) == count
    return [event for _, event in sorted(found, key=lambda pair: pair[0].time)]


async def test_each_assignment_alerts_whom_it_names(stack: Stack, served: Served) -> None:
    await stack.publish(
        assigned(), opened(), routed(), routed(provisional=True), queued(), front_door()
    )
    kinds = {a["kind"] for a in await served.alerts(3)}
    assert kinds == {"assigned", "routed", "possible_match"}
    assert [a["kind"] for a in await served.alerts(1, LEAD.id)] == ["queued"]
    [door] = await served.alerts(1, FRONT_DOOR.id)
    assert (door["kind"], door["severity"]) == ("front_door", "immediate")
    assert door["grounds"] == ["child_significant_harm"]
    raised = await _sent(stack, 5)
    assert all(isinstance(event, AlertRaisedV1) for event in raised)


async def test_alerts_are_shown_once_however_often_their_event_comes(
    stack: Stack, served: Served
) -> None:
    events = [assigned(), routed(), queued(), front_door()]
    sent = [(stack.envelope(event), event) for event in events]
    await stack.publish(*sent, *sent)
    await served.alerts(2)
    # Even where the record of what was consumed has been lost.
    await served.service.pool.execute("delete from consumed_event")
    last = routed()
    await stack.publish(*sent, last)
    await served.alerts(3)
    assert await served.service.pool.fetchval("select count(*) from alert") == 5
    assert len(await _sent(stack, 5)) == 5


async def test_poison_in_the_middle_keeps_no_alert_back(stack: Stack, served: Served) -> None:
    await stack.publish(assigned())
    await stack.publish_raw(ASSIGNMENTS, b'{"half":', [("ce_id", b"no uuid")])
    await stack.publish(assigned())
    await served.alerts(2)
    parked = await eventually(
        lambda: served.service.pool.fetchval("select count(*) from parked_record")
    )
    assert parked == 1


async def test_alerts_that_are_late_go_to_cover_then_lead_then_duty_desk(
    stack: Stack, clock: Clock, served: Served
) -> None:
    event = assigned(alert=plan(Severity.IMMEDIATE))
    await stack.publish(_at(stack, event))
    [alert] = await served.alerts(1)
    sweep = next(p for p in served.service._periodic if p.name == "escalate")

    await sweep.turn()
    assert (await served.alerts(1))[0]["escalations"] == []
    for hours in (1, 0.5, 0.5, 0.5, 10):
        clock.turn(hours=hours)
        await sweep.turn()
    [late] = await served.alerts(1)
    assert [e["recipient"]["id"] for e in late["escalations"]] == ["kw-ben", LEAD.id, DESK.id]
    assert [e["step"] for e in late["escalations"]] == [1, 2, 3]
    assert (late["late"], late["next_step_at"]) == (True, None)
    assert [a["id"] for a in await served.alerts(1, "kw-ben")] == [alert["id"]]
    sent = await _sent(stack, 4)
    steps = [e for e in sent if isinstance(e, AlertEscalatedV1)]
    assert [(s.step, s.recipient) for s in steps] == [
        (1, plan().escalation[0]), (2, LEAD), (3, DESK),
    ]  # fmt: skip
    assert steps[0].due_at == MONDAY_TEN + timedelta(hours=1.5)


async def test_acknowledged_alert_is_never_escalated(
    stack: Stack, clock: Clock, served: Served
) -> None:
    await stack.publish(_at(stack, assigned()))
    [alert] = await served.alerts(1)
    assert (await served.acknowledge(alert["id"])).status_code == 200
    clock.turn(days=30)
    await next(p for p in served.service._periodic if p.name == "escalate").turn()
    assert await served.service.pool.fetchval("select count(*) from escalation") == 0


async def test_second_acknowledgement_answers_the_first(
    stack: Stack, clock: Clock, served: Served
) -> None:
    await stack.publish(_at(stack, assigned()))
    [alert] = await served.alerts(1)
    first = await served.acknowledge(alert["id"])
    clock.turn(hours=1)
    second = await served.acknowledge(alert["id"], actor="somebody-else")
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert first.json()["acknowledged_by"] == KEY_WORKER.id
    assert first.json()["state"] == "acknowledged"
    sent = await _sent(stack, 2)
    said = [e for e in sent if isinstance(e, AlertAcknowledgedV1)]
    assert [(e.acknowledged_by, e.late) for e in said] == [(KEY_WORKER.id, False)]


async def test_only_those_who_were_told_may_acknowledge(
    stack: Stack, clock: Clock, served: Served
) -> None:
    await stack.publish(_at(stack, assigned(alert=plan(Severity.IMMEDIATE))))
    [alert] = await served.alerts(1)
    assert (await served.acknowledge(alert["id"], actor="kw-ben")).status_code == 403
    clock.turn(hours=2)
    await next(p for p in served.service._periodic if p.name == "escalate").turn()
    answer = await served.acknowledge(alert["id"], actor="kw-ben")
    assert answer.status_code == 200
    assert (answer.json()["acknowledged_by"], answer.json()["late"]) == ("kw-ben", True)


async def test_team_lead_answers_for_the_team(stack: Stack, served: Served) -> None:
    await stack.publish(queued())
    [alert] = await served.alerts(1, LEAD.id)
    answer = await served.acknowledge(alert["id"], actor="lead-carol", as_recipient=LEAD.id)
    assert answer.json()["acknowledged_by"] == "lead-carol"


async def test_a_failure_before_the_commit_loses_and_doubles_nothing(
    stack: Stack, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    await stack.publish(*(assigned() for _ in range(20)))
    connection = await asyncpg.connect(stack.dsn)
    try:
        # The first attempt fails as it would if the server went away before the commit.
        await connection.execute("alter table alerts.inbox rename to inbox_away")
        async with serve(stack, clock) as served:
            await eventually(lambda: _told_of_waiting(caplog))
            await connection.execute("alter table alerts.inbox_away rename to inbox")
            await served.alerts(20)
            assert len(await _sent(stack, 20)) == 20
    finally:
        await connection.close()


async def _told_of_waiting(caplog: pytest.LogCaptureFixture) -> bool:
    return "waits" in caplog.text


def _at(stack: Stack, event: Event):
    """The event, made at the test's hour."""
    from dataclasses import replace

    return replace(stack.envelope(event), time=MONDAY_TEN), event


async def test_alert_taken_back_is_in_nobodys_inbox_and_never_escalated(
    stack: Stack, clock: Clock, served: Served
) -> None:
    event = assigned()
    await stack.publish(_at(stack, event))
    await served.alerts(1)
    back = RoutingReversedV1(
        assessment_id=event.cause.assessment_id,
        household_id=event.household_id,
        reason=ReversalReason.NOT_THIS_HOUSEHOLD,
    )
    await stack.publish(_at(stack, back), _at(stack, back))
    sent = await _sent(stack, 2)
    assert [type(e).__name__ for e in sent] == ["AlertRaisedV1", "AlertWithdrawnV1"]
    assert await served.alerts(0) == []
    clock.turn(days=30)
    await next(p for p in served.service._periodic if p.name == "escalate").turn()
    assert await served.service.pool.fetchval("select count(*) from escalation") == 0


async def test_not_this_household_is_said_and_acknowledges(
    stack: Stack, clock: Clock, served: Served
) -> None:
    await stack.publish(_at(stack, assigned()))
    [alert] = await served.alerts(1)
    answer = await served.acknowledge(alert["id"], answer="not_this_household")
    assert answer.json()["answer"] == "not_this_household"
    sent = await _sent(stack, 3)
    said = [e for e in sent if isinstance(e, AlertAnsweredV1)]
    assert [s.answer for s in said] == [AlertAnswer.NOT_THIS_HOUSEHOLD]
    assert [type(e).__name__ for e in sent].count("AlertAcknowledgedV1") == 1
