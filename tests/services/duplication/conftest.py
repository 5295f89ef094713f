"""A running duplication service on a stack of its own; and two, to compare what they know."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.conftest import StackFactory
from tests.services.duplication.erasures import Place, open_place
from tests.services.duplication.running import Running, run


@pytest.fixture
async def running(open_stack: StackFactory) -> AsyncIterator[Running]:
    async with run(open_stack) as found:
        yield found


@pytest.fixture
async def places(open_stack: StackFactory) -> AsyncIterator[tuple[Place, Place]]:
    async with AsyncExitStack() as opened:
        yield (
            await opened.enter_async_context(open_place(open_stack)),
            await opened.enter_async_context(open_place(open_stack)),
        )
