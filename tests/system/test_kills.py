"""Whichever service is killed under load: nothing lost, one engagement, one open referral."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.conftest import StackFactory
from tests.stack import eventually
from tests.system.town import SERVICES, Town, invariants, open_town
from tests.system.week import FAMILIES, all_settled, send_week

pytestmark = pytest.mark.timeout(300)  # the machine that runs this may be a busy one


# Whoever has a name goes on at once, as `kith run` has it; without, after the session of the dead.
@pytest.mark.parametrize(
    ("victim", "name"), [*((service, "1") for service in SERVICES), ("duplication", "")]
)
async def test_invariant_1_killed_service_under_load_loses_nothing(
    open_stack: StackFactory, tmp_path: Path, victim: str, name: str
) -> None:
    async with (
        open_stack(*SERVICES) as stack,
        open_town(stack, tmp_path, KITH_INSTANCE=name) as town,
    ):
        await _kill_under_load(town, victim)


async def _kill_under_load(town: Town, victim: str) -> None:
    sending = asyncio.create_task(send_week(town, patient=True))
    journeys = "select * from operations.journey"
    await eventually(lambda: town.rows(journeys), lambda r: len(r) >= 3, seconds=60)
    town.kill(victim)
    await town.start(victim)
    accepted = await sending
    await all_settled(town, accepted)
    assert len(await town.rows("select * from keyworkers.engagement")) == len(FAMILIES)
    assert len(await town.rows("select * from keyworkers.referral")) == len(FAMILIES)
    await invariants(town, accepted)
