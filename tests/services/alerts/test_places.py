"""The place file in force rules deadlines and working time, and may change while alerts runs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, time
from pathlib import Path
from typing import Any

from contracts.envelope import Envelope, Event
from contracts.places import PlaceInForceV1
from contracts.vocabulary import Severity
from services.alerts.deadlines import Allowance, Unit
from services.alerts.places import policy_of
from services.alerts.policy import PlacePolicy, Policies
from tests.services.alerts.conftest import Clock, Served, serve
from tests.services.alerts.examples import MONDAY_TEN
from tests.services.alerts.test_deadlines import at as moment
from tests.services.alerts.test_messages import alert
from tests.stack import PLACE, Stack, eventually


def in_force(version: int = 1, **changes: Any) -> PlaceInForceV1:
    values: dict[str, Any] = {
        "version": version,
        "time_zone": "Europe/London",
        "working_days": (0, 1, 2, 3, 4),
        "opens": time(9),
        "closes": time(17),
        "immediate_minutes": 60,
        "urgent_working_minutes": 240,
        "routine_working_minutes": 480,
    }
    return PlaceInForceV1(**(values | changes))


def test_a_place_file_that_says_nothing_of_its_own_is_as_england_is() -> None:
    policy, england = policy_of(in_force(), None), Policies().default
    for severity in Severity:
        for start in ("2026-11-23 10:00", "2026-12-24 16:00", "2026-03-27 16:30"):
            for by in ("acknowledge_by", "escalate_by", "remind_at"):
                ours, theirs = (getattr(p, by)(severity, moment(start)) for p in (policy, england))
                assert ours == theirs, (severity, start, by)


def test_the_bank_holidays_of_the_file_are_all_there_are() -> None:
    policy = policy_of(in_force(bank_holidays=(date(2026, 11, 24),)), None)
    by = policy.acknowledge_by(Severity.URGENT, moment("2026-11-23 16:00"))
    assert by == moment("2026-11-25 12:00")
    assert policy.acknowledge_by(Severity.URGENT, moment("2026-12-25 09:00")) == moment(
        "2026-12-25 13:00"
    )


def test_who_is_told_later_has_half_the_time_and_the_operators_own_word_holds() -> None:
    said = PlacePolicy(
        opens=time(8), acknowledge={Severity.ROUTINE: Allowance(2, Unit.WORKING_DAYS)}
    )
    policy = policy_of(in_force(urgent_working_minutes=60, closes=time(16)), said)
    assert (policy.opens, policy.closes) == (time(8), time(16))
    start = moment("2026-11-23 10:00")
    assert policy.acknowledge_by(Severity.URGENT, start) == moment("2026-11-23 11:00")
    assert policy.escalate_by(Severity.URGENT, start) == moment("2026-11-23 10:30")
    assert policy.acknowledge_by(Severity.ROUTINE, start) == moment("2026-11-25 10:00")


async def due(served: Served, stack: Stack, count: int) -> str:
    """When the alert that is raised now is due."""
    before = {a["id"] for a in (await served.inbox())["alerts"]}
    event = alert(Severity.URGENT)
    await stack.publish((replace(stack.envelope(event), time=MONDAY_TEN), event))
    [raised] = [a for a in await served.alerts(count) if a["id"] not in before]
    return str(raised["due_at"])


async def test_a_new_version_holds_for_the_next_alert_and_an_older_one_changes_nothing(
    stack: Stack, clock: Clock
) -> None:
    hour: tuple[Envelope, Event] = at_place(stack, in_force(2, urgent_working_minutes=60))
    async with serve(stack, clock) as served:
        assert await due(served, stack, 1) == "2026-11-23T14:00:00Z"
        await stack.publish(hour)
        assert await due(served, stack, 2) == "2026-11-23T11:00:00Z"
        await stack.publish(hour, at_place(stack, in_force(1, urgent_working_minutes=30)))
        assert await due(served, stack, 3) == "2026-11-23T11:00:00Z"
        await stack.publish(at_place(stack, in_force(3, opens=time(11))))
        assert await due(served, stack, 4) == "2026-11-23T15:00:00Z"
    # What was said is known to another process, and after a restart.
    async with serve(stack, clock) as served:
        assert await due(served, stack, 5) == "2026-11-23T15:00:00Z"


def at_place(stack: Stack, event: Event) -> tuple[Envelope, Event]:
    return stack.envelope(event), event


async def test_what_recipients_may_choose_follows_the_hours_in_force(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    (tmp_path / "policies.json").write_text(json.dumps({PLACE: {"digest_at": "07:45"}}))
    settings = {"place_policies": tmp_path / "policies.json"}
    async with serve(stack, clock, **settings) as served:
        await stack.publish(at_place(stack, in_force(opens=time(8), closes=time(20))))

        async def choices() -> dict[str, Any]:
            path = "/v1/message-choices"
            return dict((await served.client.get(path, params={"place_id": PLACE})).json())

        found = await eventually(choices, lambda found: found["opens"] == "08:00:00")
        assert (found["closes"], found["digest_at"]) == ("20:00:00", "07:45:00")
