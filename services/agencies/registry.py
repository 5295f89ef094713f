"""Registering agencies and giving them credentials: for the command line and ``kith run``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from contracts.vocabulary import AgencyKind
from services.agencies import registry_store
from services.agencies.agreement import Agency
from services.agencies.credentials import Credential, new_credential, read_credential
from services.agencies.defaults import default_agreement
from services.kit.work import command_work

KAFKA_KINDS = frozenset({AgencyKind.POLICE, AgencyKind.NHS_TRUST})
"""In the demonstration place, these write to Kafka as well."""


def read_agencies(agencies_json: Path) -> list[Agency]:
    """The agencies of a place's file, each with its default agreement."""
    place = json.loads(agencies_json.read_text("utf-8"))
    return [
        Agency(
            listed["id"],
            place["place_id"],
            listed["name"],
            kind := AgencyKind(listed["kind"]),
            listed["locality"],
            default_agreement(listed["id"], kind),
            writes_to_kafka=kind in KAFKA_KINDS,
        )
        for listed in place["agencies"]
    ]


async def load_demonstration(
    dsn: str, agencies_json: Path, known: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Register the place's agencies with default agreements; a credential that works for each.

    ``dsn``: of the agencies service's role. ``known``: credentials from an earlier run, by agency;
    those that still work stay, and only missing ones are made. Idempotent.
    """
    agencies = read_agencies(agencies_json)

    async with command_work("agencies", dsn) as work:
        await registry_store.add_agencies(work.connection, agencies)
        hashes = await registry_store.load_secrets(work.connection)
        credentials: dict[str, str] = {}
        made: dict[str, Credential] = {}
        for agency in agencies:
            old = read_credential((known or {}).get(agency.id, ""))
            kept = hashes.get((agency.id, old.prefix)) if old else None
            if old is None or kept is None or not old.is_kept_as(kept):
                old = made[agency.id] = new_credential()
            credentials[agency.id] = str(old)
        await registry_store.add_credentials(work.connection, made, "demonstration")
    return credentials


async def give_credentials(dsn: str, agencies_json: Path, credentials: Mapping[str, str]) -> int:
    """Register the place's agencies and make the credentials work that they are to have.

    ``credentials``: by agency, made elsewhere. One that was known before is left as it is, also
    where it was revoked. How many were new. Raises ``ValueError`` for what is no credential.
    """
    agencies = read_agencies(agencies_json)
    given: dict[str, Credential] = {}
    for agency in agencies:
        if agency.id in credentials:
            credential = read_credential(credentials[agency.id])
            if credential is None:
                raise ValueError(f"what {agency.id} is to have is not a credential of Kith")
            given[agency.id] = credential
    async with command_work("agencies", dsn) as work:
        await registry_store.add_agencies(work.connection, agencies)
        known = await registry_store.find_prefixes(
            work.connection, [credential.prefix for credential in given.values()]
        )
        new = {agency: c for agency, c in given.items() if c.prefix not in known}
        await registry_store.add_credentials(work.connection, new, "installation")
    return len(new)
