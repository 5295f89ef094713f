"""A consumer stops, whatever its fetcher is at; a task, whatever becomes of the cancellation."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest

from services.kit.deliverer import Deliverer
from services.kit.deliveries import Delivery, Result
from services.kit.kafka import PatientConsumer
from services.kit.settings import DeliverySettings
from services.local.shared import Addresses
from tests.kit.probe import event, probe
from tests.stack import PLACE, Stack


@pytest.mark.timeout(30)
async def test_a_fetcher_that_takes_no_notice_once_is_told_again(servers: Addresses) -> None:
    consumer = PatientConsumer(bootstrap_servers=servers.kafka_bootstrap)
    await consumer.start()
    own = consumer._fetcher._fetch_task
    own.cancel()
    heard = asyncio.Event()

    async def deaf_once() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            heard.set()
        await asyncio.Event().wait()

    deaf = asyncio.create_task(deaf_once())
    await asyncio.sleep(0)
    consumer._fetcher._fetch_task = deaf
    await consumer.stop()
    assert heard.is_set()
    assert deaf.cancelled()


def deaf() -> tuple[asyncio.Event, Callable[..., Awaitable[None]]]:
    """What takes no notice of being cancelled once, as ``asyncio.wait_for`` before Python 3.12 when
    its answer is there at that moment; and an event that says that it is under way."""
    begun = asyncio.Event()

    async def wait(*_: object) -> None:
        if begun.is_set():
            return
        begun.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()

    return begun, wait


@pytest.mark.timeout(30)
async def test_a_service_stops_though_a_turn_of_its_takes_no_notice(stack: Stack) -> None:
    begun, wait = deaf()
    service = probe(stack)
    service.every(0.01, "deaf", wait)
    async with service:
        await begun.wait()


@pytest.mark.timeout(30)
async def test_a_service_stops_though_its_relay_takes_no_notice(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, wait = deaf()
    service = probe(stack)
    async with service:
        monkeypatch.setattr(service.relay, "_send", wait)
        async with service.work() as work:
            said = event()
            work.emit(said, place_id=PLACE, journey_id=said.assessment_id, cause=uuid4())
        await begun.wait()


@pytest.mark.timeout(30)
async def test_a_service_stops_though_committing_offsets_takes_no_notice(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, wait = deaf()
    service = probe(stack)
    [subscription] = service._subscriptions.values()
    async with service:
        monkeypatch.setattr(subscription, "_commit", wait)
        await begun.wait()


@pytest.mark.timeout(30)
async def test_a_service_stops_though_its_deliverer_takes_no_notice(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, wait = deaf()
    service = probe(stack)

    async def nobody(delivery: Delivery) -> Result:
        raise AssertionError(f"nothing is due, and {delivery.id} was sent")

    settings = stack.settings(DeliverySettings, delivery_seconds=0.01)
    deliverer = Deliverer(service, settings, nobody)
    monkeypatch.setattr(deliverer, "_take_up", wait)
    service.deliver(deliverer)
    async with service:
        await begun.wait()


@pytest.mark.timeout(30)
async def test_a_service_stops_though_measuring_it_takes_no_notice(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, wait = deaf()
    service = probe(stack, metrics_seconds=0.01)
    ask = service.status

    async def status() -> dict[str, Any]:
        await wait()
        return await ask()

    monkeypatch.setattr(service, "status", status)
    monkeypatch.setattr("services.kit.app.measuring", lambda: True)
    async with service:
        await begun.wait()
