"""Fixtures of every test. ``servers``: a real PostgreSQL and a real Kafka broker."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager

import pytest

from services.local.shared import Addresses, shared_servers
from tests import stack as stacks


@pytest.fixture(scope="session")
def servers() -> Iterator[Addresses]:
    """The addresses of one pair of servers, which all xdist workers of a test run share.

    ``KITH_POSTGRES`` and ``KITH_KAFKA`` name others to use instead.
    """
    with shared_servers(
        os.environ.get("PYTEST_XDIST_TESTRUNUID") or f"tests-{os.getpid()}"
    ) as pair:
        yield pair
        asyncio.run(stacks.drop_templates())


StackFactory = Callable[..., AbstractAsyncContextManager[stacks.Stack]]


@pytest.fixture
def open_stack(servers: Addresses) -> StackFactory:
    """``async with open_stack("alerts") as stack``: see :mod:`tests.stack`."""

    def factory(*services: str, topics: bool = True) -> AbstractAsyncContextManager[stacks.Stack]:
        return stacks.open_stack(
            servers.postgres_dsn, servers.kafka_bootstrap, services, topics=topics
        )

    return factory
