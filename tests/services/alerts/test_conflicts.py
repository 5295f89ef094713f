"""A conflict of interest: what its key worker was told last goes on to whoever is next at once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from contracts.restrictions import AccessChangedV1
from tests.services.alerts.conftest import Clock, Served
from tests.services.alerts.examples import (
    COVER,
    DESK,
    FRONT_DOOR,
    KEY_WORKER,
    LEAD,
    MONDAY_TEN,
    assigned,
    routed,
)
from tests.stack import Stack

HOUSEHOLD = UUID("0c1ddc5b-6a0c-4d55-8fd2-0fd0a3b1c001")


def _declared(version: int, *barred: str) -> AccessChangedV1:
    return AccessChangedV1(
        household_id=HOUSEHOLD,
        version=version,
        restricted=False,
        readers=(),
        barred=barred,
        desk=DESK.contact,
        front_door=FRONT_DOOR.contact,
        changed_at=MONDAY_TEN + timedelta(minutes=version),
    )


async def _turn(served: Served) -> None:
    [task] = [p for p in served.service._periodic if p.name == "escalate"]
    assert await task.turn()


async def test_an_alert_of_whoever_declares_a_conflict_waits_for_them_no_longer(
    stack: Stack, served: Served, clock: Clock
) -> None:
    await stack.publish(assigned(household_id=HOUSEHOLD), routed())
    await served.alerts(2)
    clock.turn(minutes=2)
    for version in (1, 2):  # said again, as with each change of the list: once is enough
        await stack.publish(_declared(version, KEY_WORKER.id), routed())
        await served.alerts(2 + version)
        await _turn(served)
    [passed_on] = await served.alerts(1, COVER.id)
    assert passed_on["household_id"] == str(HOUSEHOLD)
    assert await served.alerts(0, LEAD.id) == []
    await served.acknowledge(passed_on["id"], actor=COVER.id)
    await served.alerts(3)
