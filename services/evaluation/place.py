"""A temporary place to evaluate in: its own database and topics, agencies and duplication running.

The services are the real ones, each in a process of its own; nothing of a running Kith is touched.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from contracts.topics import ALL_TOPICS
from services.agencies.registry import load_demonstration
from services.kit import db
from services.kit.kafka_security import KafkaAccess
from services.kit.topics import create_topics
from services.local.ports import free_port

AGENCY = "evaluation"
PLACE = "evaluation"
_SERVICES = ("agencies", "duplication")
_READY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class EvaluationPlace:
    """Where to send, read and ask."""

    agencies_url: str
    duplication_url: str
    credential: str
    service_token: str
    kafka: KafkaAccess
    namespace: str


@asynccontextmanager
async def evaluation_place(postgres_dsn: str, kafka: KafkaAccess) -> AsyncIterator[EvaluationPlace]:
    """A fresh place on these servers, removed at the end. Raises ``TimeoutError`` if not ready."""
    namespace, token = f"e{secrets.token_hex(4)}.", secrets.token_hex(24)
    async with AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(db.temporary_database(postgres_dsn, _SERVICES))
        processes: list[asyncio.subprocess.Process] = []
        stack.push_async_callback(_end, processes)
        await create_topics(kafka, ALL_TOPICS, namespace)
        credential = await _register(dsn)
        urls = []
        for service in _SERVICES:
            port = free_port()
            urls.append(f"http://127.0.0.1:{port}")
            environ = (
                os.environ
                | kafka.environment()
                | {
                    "KITH_POSTGRES": dsn,
                    "KITH_NAMESPACE": namespace,
                    "KITH_SERVICE_TOKEN": token,
                    "KITH_HTTP_PORT": str(port),
                    "KITH_LOG_LEVEL": "WARNING",
                }
            )
            processes.append(
                await asyncio.create_subprocess_exec(
                    sys.executable, "-m", f"services.{service}", env=environ
                )
            )
        await asyncio.gather(*map(_ready, urls))
        yield EvaluationPlace(urls[0], urls[1], credential, token, kafka, namespace)


async def _end(processes: list[asyncio.subprocess.Process]) -> None:
    for process in processes:
        if process.returncode is None:
            process.terminate()
    for process in processes:
        await process.wait()


async def _register(dsn: str) -> str:
    """The one agency that sends the file; its credential."""
    agency = {"id": AGENCY, "name": "Evaluation", "kind": "childrens_services", "locality": PLACE}
    with TemporaryDirectory() as folder:
        file = Path(folder) / "agencies.json"
        file.write_text(json.dumps({"place_id": PLACE, "agencies": [agency]}), "utf-8")
        return (await load_demonstration(dsn, file))[AGENCY]


async def _ready(url: str) -> None:
    async with asyncio.timeout(_READY_SECONDS), httpx.AsyncClient(base_url=url) as client:
        while True:
            try:
                if (await client.get("/health/ready")).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
