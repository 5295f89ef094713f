"""A running agencies service on a stack of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from services.agencies.app import create_service
from services.agencies.settings import AgenciesSettings
from tests.conftest import StackFactory
from tests.services.agencies.place import Place, register
from tests.stack import Stack


@pytest.fixture
async def stack(open_stack: StackFactory) -> AsyncIterator[Stack]:
    async with open_stack("agencies") as stack:
        yield stack


@pytest.fixture
async def place(stack: Stack, tmp_path: Path) -> AsyncIterator[Place]:
    credentials = await register(stack.dsn, tmp_path)
    service = create_service(
        stack.settings(AgenciesSettings, credential_seconds=0.0, topics_seconds=0.5)
    )
    transport = httpx.ASGITransport(app=service.api, raise_app_exceptions=False)
    async with (
        service,
        httpx.AsyncClient(transport=transport, base_url="http://agencies.test") as client,
    ):
        yield Place(service, client, credentials, stack.dsn)
