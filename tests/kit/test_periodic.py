"""Things done every so often."""

from __future__ import annotations

import asyncio

from services.kit.work import Work
from tests.conftest import StackFactory
from tests.kit.probe import make_table, probe


async def test_a_task_that_is_rare_has_its_first_turn_soon_after_the_start_where_that_is_asked(
    open_stack: StackFactory,
) -> None:
    done = asyncio.Event()

    async def look(_: Work) -> None:
        done.set()

    async with open_stack("probe") as stack:
        await make_table(stack)
        service = probe(stack)
        service.every(3600.0, "rare", look, 0.01)
        async with service, asyncio.timeout(20):
            await done.wait()
