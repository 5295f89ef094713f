"""A service with nothing in it but one table that counts what its handler did."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.conftest import StackFactory
from tests.stack import Stack


@pytest.fixture
async def stack(open_stack: StackFactory) -> AsyncIterator[Stack]:
    async with open_stack("probe") as stack:
        yield stack
