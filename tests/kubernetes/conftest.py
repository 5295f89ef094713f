"""Each overlay, built once."""

from __future__ import annotations

import pytest

from tests.kubernetes.rendering import OWN, Rendered, render


@pytest.fixture(scope="session", params=["trial", "production", OWN])
def rendered(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    return render(tmp_path_factory.mktemp(request.param), request.param)
