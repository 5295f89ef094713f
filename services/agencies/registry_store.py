"""Agencies, their sharing agreements and their credentials, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contracts.vocabulary import AgencyKind
from services.agencies.agreement import Agency, Agreement
from services.agencies.credentials import Credential
from services.kit.db import Connection, Pool, Row

_AGENCY = (
    "select a.agency_id, a.place_id, a.name, a.kind, a.locality, a.writes_to_kafka,"
    " s.reference as agreement, s.lawful_bases, s.purposes, s.field_groups, s.valid_from,"
    " s.valid_until from agency a left join sharing_agreement s using (agency_id)"
)


def _agency(row: Row) -> Agency:
    agreement = None
    if row["agreement"] is not None:
        agreement = Agreement(
            row["agreement"],
            frozenset(row["lawful_bases"]),
            frozenset(row["purposes"]),
            frozenset(row["field_groups"]),
            row["valid_from"],
            row["valid_until"],
        )
    return Agency(
        row["agency_id"],
        row["place_id"],
        row["name"],
        AgencyKind(row["kind"]),
        row["locality"],
        agreement,
        row["writes_to_kafka"],
    )


async def find_callers(pool: Pool, prefixes: Sequence[str]) -> dict[str, tuple[bytes, Agency]]:
    """By prefix: the credential's hash, and its agency. Revoked and unknown ones are left out."""
    rows = await pool.fetch(
        "select c.prefix, c.secret_sha256, x.* from credential c"  # noqa: S608
        f" join ({_AGENCY} where a.left_at is null) x using (agency_id)"
        " where c.prefix = any($1::text[]) and c.revoked_at is null",
        list(prefixes),
    )
    return {row["prefix"]: (row["secret_sha256"], _agency(row)) for row in rows}


async def find_agencies(connection: Connection, agency_ids: Sequence[str]) -> dict[str, Agency]:
    """Those of the agencies that take part, by id."""
    rows = await connection.fetch(
        f"{_AGENCY} where a.left_at is null and a.agency_id = any($1::text[])", list(agency_ids)
    )
    return {row["agency_id"]: _agency(row) for row in rows}


async def list_agencies(connection: Connection) -> list[Agency]:
    """Every agency that takes part, by id."""
    rows = await connection.fetch(f"{_AGENCY} where a.left_at is null order by a.agency_id")
    return [_agency(row) for row in rows]


async def add_agencies(connection: Connection, agencies: Sequence[Agency]) -> list[str]:
    """Add those not there yet, with their agreements; their ids. Those there stay as they are."""
    added = await connection.fetch(
        "insert into agency (agency_id, place_id, name, kind, locality, writes_to_kafka)"
        " select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],"
        " $6::boolean[]) on conflict (agency_id) do nothing returning agency_id",
        [a.id for a in agencies],
        [a.place_id for a in agencies],
        [a.name for a in agencies],
        [a.kind for a in agencies],
        [a.locality for a in agencies],
        [a.writes_to_kafka for a in agencies],
    )
    ids = {row["agency_id"] for row in added}
    await connection.executemany(
        "insert into sharing_agreement (agency_id, reference, lawful_bases, purposes,"
        " field_groups, valid_from, valid_until) values ($1, $2, $3, $4, $5, $6, $7)",
        [
            (
                a.id,
                g.reference,
                sorted(g.lawful_bases),
                sorted(g.purposes),
                sorted(g.field_groups),
                g.valid_from,
                g.valid_until,
            )
            for a in agencies
            if a.id in ids and (g := a.agreement)
        ],
    )
    return sorted(ids)


async def load_secrets(connection: Connection) -> dict[tuple[str, str], bytes]:
    """Hashes of the credentials that work, by agency and prefix."""
    rows = await connection.fetch(
        "select agency_id, prefix, secret_sha256 from credential where revoked_at is null"
    )
    return {(r["agency_id"], r["prefix"]): r["secret_sha256"] for r in rows}


async def find_prefixes(connection: Connection, prefixes: Sequence[str]) -> set[str]:
    """Those of the prefixes that a credential has, or had before it was revoked."""
    rows = await connection.fetch(
        "select prefix from credential where prefix = any($1::text[])", list(prefixes)
    )
    return {row["prefix"] for row in rows}


async def add_credentials(
    connection: Connection, credentials: Mapping[str, Credential], label: str
) -> None:
    """Keep the hash of a new credential for each of those agencies."""
    await connection.executemany(
        "insert into credential (prefix, agency_id, secret_sha256, label) values ($1, $2, $3, $4)",
        [(c.prefix, agency_id, c.secret_sha256, label) for agency_id, c in credentials.items()],
    )


async def revoke_credential(connection: Connection, prefix: str) -> bool:
    """Make the credential of that prefix worthless; False when none of that prefix works."""
    answer = await connection.execute(
        "update credential set revoked_at = now() where prefix = $1 and revoked_at is null", prefix
    )
    return answer == "UPDATE 1"


async def save_writes_to_kafka(connection: Connection, agency_id: str, *, writes: bool) -> bool:
    """Say whether an agency writes to Kafka as well; False when none is called so."""
    answer = await connection.execute(
        "update agency set writes_to_kafka = $2 where agency_id = $1 and left_at is null",
        agency_id,
        writes,
    )
    return answer == "UPDATE 1"
