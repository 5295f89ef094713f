"""A consumer stops, whatever its fetcher is at."""

from __future__ import annotations

import asyncio

import pytest

from services.kit.kafka import PatientConsumer
from services.local.shared import Addresses


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
