"""Every service as a process of its own, on real servers, with agencies that send assessments."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from services.agencies.registry import load_demonstration
from services.keyworkers.loading import load_place
from services.local.leash import Child, Leash
from services.local.ports import free_port
from tests.stack import TOKEN, Stack, eventually
from tests.system.forked import POSSIBLE, Forked, fork

SERVICES = ("agencies", "duplication", "keyworkers", "alerts", "operations")
PLACE_FOLDER = Path(__file__).parents[2] / "deploy/places/greater-manchester"
SCHOOL, POLICE, HOMES = "wigan-primary-school", "greater-manchester-police", "wigan-homes"


@dataclass
class Instance:
    """One process of one service."""

    service: str
    port: int
    child: Child | Forked
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@dataclass
class Town:
    """The running services of one test. ``credentials``: by agency; ``settings``: of every service,
    besides those that all tests have."""

    stack: Stack
    leash: Leash
    folder: Path
    credentials: dict[str, str]
    settings: dict[str, str] = field(default_factory=dict)
    instances: dict[str, list[Instance]] = field(default_factory=dict)
    begun: defaultdict[str, count[int]] = field(default_factory=lambda: defaultdict(count))
    client: httpx.AsyncClient = field(
        default_factory=lambda: httpx.AsyncClient(timeout=30, verify=False)
    )
    numbers: count[int] = field(default_factory=lambda: count(1))

    async def start(self, *services: str) -> None:
        """One more instance of each service, ready."""
        started = [self._spawn(service) for service in services]
        await asyncio.gather(*(self._ready(instance) for instance in started))

    def _spawn(self, service: str) -> Instance:
        port = free_port()
        log = self.folder / f"{service}-{port}.log"
        env = {
            **os.environ,
            "KITH_POSTGRES": self.stack.dsn,
            "KITH_KAFKA": self.stack.kafka,
            "KITH_NAMESPACE": self.stack.namespace,
            "KITH_SERVICE_TOKEN": TOKEN,
            "KITH_HTTP_PORT": str(port),
            "KITH_POOL_SIZE": "4",
            "KITH_LOCAL": "1",
            **self.settings,
            **self.stack.own.get(service, {}),
        }
        child: Child | Forked
        if POSSIBLE:
            child = fork(service, env, log, parent=next(self.begun[service]) % 2)
        else:
            with log.open("wb") as output:
                child = self.leash.spawn(
                    [sys.executable, "-m", f"services.{service}"], env=env, output=output
                )
        instance = Instance(service, port, child, log)
        self.instances.setdefault(service, []).append(instance)
        return instance

    async def _ready(self, instance: Instance) -> None:
        async def probe() -> bool:
            if not instance.child.alive:
                raise AssertionError(instance.log.read_text("utf-8")[-3000:])
            with contextlib.suppress(httpx.HTTPError):
                return (await self.client.get(f"{instance.url}/health/ready")).status_code == 200
            return False

        await eventually(probe, seconds=60)

    def kill(self, service: str) -> None:
        """``kill -9`` every instance of the service."""
        killed = self.instances.pop(service, [])
        for instance in killed:
            instance.child.signal(signal.SIGKILL)
        for instance in killed:
            instance.child.wait(60)

    def stop(self, service: str) -> None:
        """Have every instance of the service stop as it should."""
        for instance in self.instances.pop(service, []):
            instance.child.stop(20)

    def url(self, service: str, instance: int = 0) -> str:
        return self.instances[service][instance].url

    async def send(
        self, agency: str, assessment: dict[str, Any], instance: int = 0, patient: bool = False
    ) -> UUID:
        """Send one assessment as an agency; ``patient``: again and again until it is accepted."""

        async def post() -> httpx.Response | None:
            try:
                answer = await self.client.post(
                    f"{self.url('agencies', instance)}/v1/assessments",
                    json=assessment,
                    headers={"Authorization": f"Bearer {self.credentials[agency]}"},
                )
            except (httpx.HTTPError, KeyError):
                if not patient:
                    raise
                return None
            return answer if answer.status_code < 500 or not patient else None

        answer = await eventually(post, lambda a: a is not None, seconds=60)
        assert answer is not None
        assert answer.status_code == 202, answer.text
        return UUID(answer.json()["assessment_id"])

    async def put_webhook(self, agency: str, url: str) -> str:
        """Have the agency told there; its signing secret."""
        answer = await self.client.put(
            f"{self.url('agencies')}/v1/webhook",
            json={"url": url},
            headers={"Authorization": f"Bearer {self.credentials[agency]}"},
        )
        answer.raise_for_status()
        return str(answer.json()["secret"])

    async def outcome(self, agency: str, assessment_id: UUID) -> dict[str, Any]:
        """What the agency is told of its assessment now."""
        answer = await self.client.get(
            f"{self.url('agencies')}/v1/assessments/{assessment_id}",
            headers={"Authorization": f"Bearer {self.credentials[agency]}"},
        )
        found: dict[str, Any] = answer.json()
        return found

    async def get(self, service: str, path: str) -> Any:
        """One of a service's internal pages."""
        answer = await self.client.get(
            f"{self.url(service)}{path}", headers={"Authorization": f"Bearer {TOKEN}"}
        )
        answer.raise_for_status()
        return answer.json()

    async def settled(self, agency: str, assessment_id: UUID) -> dict[str, Any]:
        """The outcome once it is one that names somebody."""
        return await eventually(
            lambda: self.outcome(agency, assessment_id),
            lambda o: o.get("status") in {"opened", "routed", "queued"},
            seconds=60,
        )

    async def rows(self, sql: str, *arguments: Any) -> list[asyncpg.Record]:
        """What a service's store says: tests look past the APIs to check invariants."""
        connection = await asyncpg.connect(self.stack.dsn)
        try:
            return await connection.fetch(sql, *arguments)
        finally:
            await connection.close()

    def assessment(self, **changes: Any) -> dict[str, Any]:
        """An assessment of Danielle Ashworth and Riley at 14 Orchard Row."""
        return household("Danielle", "Riley", "Ashworth", f"T-{next(self.numbers)}") | changes


def household(
    adult: str, child: str, family: str, reference: str, **address: str
) -> dict[str, Any]:
    """A household of two as an agency would send it."""
    seed = sum(map(ord, adult + child + family))
    return {
        "reference": reference,
        "recorded_at": datetime.now(UTC).isoformat(),
        "people": [
            {
                "given_name": adult,
                "family_name": family,
                "date_of_birth": f"19{70 + seed % 25}-{1 + seed % 12:02}-{1 + seed % 28:02}",
                "sex": "female",
                "relationship": "parent",
            },
            {
                "given_name": child,
                "family_name": family,
                "date_of_birth": f"20{10 + seed % 12}-{1 + seed % 11:02}-{1 + seed % 27:02}",
                "relationship": "child",
            },
        ],
        "address": {
            "lines": [f"{1 + seed % 90} Orchard Row"],
            "town": "Wigan",
            "postcode": "WN1 2AB",
            **address,
        },
        "needs": ["family_relationships"],
        "strengths": ["They eat together every evening"],
        "lawful_basis": "children_act_2004_s10",
        "purpose": "early_help",
    }


async def invariants(town: Town, accepted: Sequence[UUID]) -> None:
    """Nothing lost; exactly one outcome; one active engagement, one open referral per household."""

    async def lost() -> list[asyncpg.Record]:
        # Operations lets its batches grow: it may see a journey after its agency does.
        return await town.rows(
            "select a from unnest($1::uuid[]) a where not exists"
            " (select from operations.journey j where j.id = a and j.matched_at is not null)",
            list(accepted),
        )

    await eventually(lost, lambda found: found == [])
    for sql in (
        "select household_id from keyworkers.engagement where ended_at is null"
        " group by 1 having count(*) > 1",
        "select household_id from keyworkers.referral where closed_at is null"
        " group by 1 having count(*) > 1",
    ):
        assert await town.rows(sql) == []


@asynccontextmanager
async def open_town(
    stack: Stack, folder: Path, *services: str, **settings: str
) -> AsyncIterator[Town]:
    """The place loaded and one instance of each service up."""
    credentials = await load_demonstration(stack.dsn, PLACE_FOLDER / "agencies.json")
    await load_place(stack.dsn, PLACE_FOLDER / "place.json")
    with Leash() as leash:
        town = Town(stack, leash, folder, credentials, settings)
        try:
            await town.start(*(services or SERVICES))
            yield town
        finally:
            for service in list(town.instances):
                town.kill(service)
            await town.client.aclose()
