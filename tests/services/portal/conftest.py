"""A running portal for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.services.portal.installation import Installation, install


@pytest.fixture
def portal() -> Iterator[Installation]:
    with install() as installation:
        yield installation
