"""A running duplication service on a stack of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.conftest import StackFactory
from tests.services.duplication.running import Running, run


@pytest.fixture
async def running(open_stack: StackFactory) -> AsyncIterator[Running]:
    async with run(open_stack) as found:
        yield found
