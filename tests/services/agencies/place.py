"""Three agencies of a small place, their credentials, and assessments to send."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from services.agencies.registry import load_demonstration
from services.kit.app import Service

SCHOOL, POLICE, HOMES = "wigan-primary-school", "greater-manchester-police", "wigan-homes"
AGENCIES = {
    "place_id": "greater-manchester",
    "agencies": [
        {"id": SCHOOL, "name": "Wigan Primary School", "kind": "school", "locality": "wigan"},
        {"id": POLICE, "name": "GMP", "kind": "police", "locality": "greater-manchester"},
        {"id": HOMES, "name": "Wigan Homes", "kind": "housing", "locality": "wigan"},
    ],
}


@dataclass
class Place:
    """A running agencies service and a client for its API."""

    service: Service
    client: httpx.AsyncClient
    credentials: dict[str, str]
    dsn: str
    as_school: dict[str, str] = field(init=False)
    as_police: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.as_school = self.headers(SCHOOL)
        self.as_police = self.headers(POLICE)

    def headers(self, agency_id: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self.credentials[agency_id]}"}

    async def post(self, body: Any, agency: str = SCHOOL, **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(
            "/v1/assessments", content=content, headers=self.headers(agency) | names
        )

    async def get(self, path: str, agency: str = SCHOOL, **params: Any) -> httpx.Response:
        return await self.client.get(path, headers=self.headers(agency), params=params)

    async def fetch(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.dsn, server_settings={"search_path": "agencies"})
        try:
            return await connection.fetch(sql, *args)
        finally:
            await connection.close()

    async def count(self, table: str) -> int:
        return int((await self.fetch(f"select count(*) from {table}"))[0][0])


def submission(reference: str = "WPS-1", **changes: Any) -> dict[str, Any]:
    """An assessment by a school, as JSON."""
    return {
        "reference": reference,
        "recorded_at": datetime(2026, 3, 2, 9, 30, tzinfo=UTC).isoformat(),
        "people": [
            {"given_name": "Aoife", "family_name": "Byrne", "date_of_birth": "2015-04-XX"},
            {"given_name": "Niamh", "family_name": "Byrne", "relationship": "parent"},
        ],
        "address": {"lines": ["4 Mesnes Street"], "town": "Wigan", "postcode": "WN1 1QP"},
        "needs": ["education"],
        "lawful_basis": "children_act_2004_s10",
        "purpose": "early_help",
    } | changes


async def register(dsn: str, folder: Path) -> dict[str, str]:
    """The three agencies in the store; their credentials."""
    file = folder / "agencies.json"
    file.write_text(json.dumps(AGENCIES), "utf-8")
    return await load_demonstration(dsn, file)
