"""The services of the machine, over one PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from services.agencies.app import create_service as create_agencies
from services.agencies.settings import AgenciesSettings
from services.alerts.__main__ import create_service as create_alerts
from services.alerts.settings import AlertsSettings
from services.keyworkers.__main__ import create_service as create_key_workers
from services.keyworkers.settings import KeyWorkersSettings
from services.kit.db import create_pool
from services.kit.outbox import Relay
from services.operations.__main__ import create_service as create_operations
from services.operations.settings import OperationsSettings
from tests.conftest import StackFactory
from tests.model.world import Clock, World
from tests.services.keyworkers.building import MONDAY_TEN, place_document
from tests.services.keyworkers.conftest import put_place


@pytest.fixture
def world(open_stack: StackFactory, tmp_path: Path) -> Iterator[World]:
    loop = asyncio.new_event_loop()
    opening = open_stack("keyworkers", "alerts", "agencies", "operations", topics=False)
    stack = loop.run_until_complete(opening.__aenter__())
    teams = place_document()["teams"]
    teams[0]["assignment"] = "offer"
    policy = {"caseload_limit": 2, "reserve_for_harm": 1}
    officers = ["privacy-officer", "second-officer"]
    placing = put_place(stack, tmp_path, teams=teams, policy=policy, privacy_officers=officers)
    loop.run_until_complete(placing)
    clock = Clock(MONDAY_TEN)
    services = {
        "keyworkers": create_key_workers(stack.settings(KeyWorkersSettings), clock),
        "alerts": create_alerts(stack.settings(AlertsSettings), clock),
        "agencies": create_agencies(stack.settings(AgenciesSettings), clock),
        "operations": create_operations(stack.settings(OperationsSettings), clock),
    }
    for name, service in services.items():
        service.pool = loop.run_until_complete(create_pool(stack.dsn, name, 2))
        service.relay = Relay(service.pool, stack.access, name, stack.namespace)
    read = loop.run_until_complete(asyncpg.connect(stack.dsn))
    yield World(stack, services, clock, loop, read)
    loop.run_until_complete(read.close())
    for service in services.values():
        loop.run_until_complete(service.pool.close())
    loop.run_until_complete(opening.__aexit__(None, None, None))
    loop.close()
