"""Fixtures of every test. ``servers``: a real PostgreSQL and a real Kafka broker.

Embedded ones by default; in containers with ``KITH_TEST_SERVERS=containers``; those that
``KITH_POSTGRES`` and ``KITH_KAFKA`` name, where they are set. The tests are the same.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack
from pathlib import Path

import pytest
from fastapi.dependencies import models
from hypothesis import HealthCheck, settings

from services.kit import heap
from services.local.shared import Addresses, shared_servers
from tests import stack as stacks

_CONTAINERS = ExitStack()
_LONGEST = (
    "system/test_kills.py",
    "load",
    "system",
    "browser",
    "services/local",
    "model",
    "services/agencies",
)
"""Where several workers share the work these begin, so that none is left with them at the end. The
agencies' service lists every topic that the broker has: it comes before most are made."""
# How long an example takes says how busy the machine is, and nothing of what is tested.
settings.register_profile("kith", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kith")


def pytest_configure(config: pytest.Config) -> None:
    """The process that leads a run starts the containers; its workers are told where they are."""
    chosen = os.environ.get("KITH_TEST_SERVERS", "embedded")
    if chosen not in {"embedded", "containers"}:
        raise pytest.UsageError("KITH_TEST_SERVERS is 'embedded' or 'containers'")
    if chosen == "containers" and not hasattr(config, "workerinput"):
        from tests import containers

        os.environ |= containers.start(_CONTAINERS)


def pytest_unconfigure() -> None:
    _CONTAINERS.close()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported and collected lasts as long as the run: as a service does, a worker leaves
    it out of every later collection of garbage, which would go through it some dozen times."""
    with heap.undisturbed():
        done = yield
    heap.settle()
    return done


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        here = Path(__file__).parent

        def place(item: pytest.Item) -> int:
            path = item.path.relative_to(here)
            return next((n for n, one in enumerate(_LONGEST) if path.is_relative_to(one)), 99)

        items.sort(key=place)


@pytest.fixture(scope="module", autouse=True)
def forgetting() -> Iterator[None]:
    """FastAPI remembers thousands of endpoints, and each has its service and all that it read: a
    heap of hundreds of services, which whoever looks for garbage goes through again and again."""
    yield
    for remembered in vars(models).values():
        if hasattr(remembered, "cache_clear"):
            remembered.cache_clear()


@pytest.fixture(scope="session")
def servers() -> Iterator[Addresses]:
    """The addresses of one pair of servers, which all xdist workers of a test run share."""
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
