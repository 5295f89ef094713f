"""A town for each test: all services as processes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import StackFactory
from tests.system.town import SERVICES, Town, open_town


@pytest.fixture
async def town(open_stack: StackFactory, tmp_path: Path) -> AsyncIterator[Town]:
    async with open_stack(*SERVICES) as stack, open_town(stack, tmp_path) as town:
        yield town
