"""One running portal for all tests; the services behind it are as new for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.services.portal.installation import Installation, fill, install


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    with install() as found:
        yield found


@pytest.fixture
def portal(installation: Installation) -> Installation:
    fill(installation.behind)
    return installation
