"""The migration "homes" on real PostgreSQL: what the release before it kept is gone on with."""

from __future__ import annotations

import json
from importlib.resources import files
from uuid import UUID, uuid4

import asyncpg

from contracts.vocabulary import OutcomeKind
from services.agencies.engagement_store import load_engagements
from services.agencies.facts import Known
from services.agencies.outcomes import decided, stand
from services.kit import db
from tests.conftest import StackFactory
from tests.services.agencies.events import contact, minute

AGENCIES = files("services.agencies") / "migrations"
KIT = files("services.kit") / "migrations"


def named(household: UUID, name: str, referral: UUID, at: int) -> dict[str, object]:
    return {
        "at": minute(at).isoformat(),
        "event_id": str(uuid4()),
        "household_id": str(household),
        "contact": contact(name).model_dump(mode="json"),
        "referral_id": str(referral),
    }


async def test_engagements_begin_with_what_was_assigned_also_while_the_release_before_still_runs(
    open_stack: StackFactory,
) -> None:
    household, other, waits, referral, later = (uuid4() for _ in range(5))
    begun, since = uuid4(), uuid4()
    assigned = named(household, "Kim", referral, 1) | {
        "engagement_id": str(begun),
        "assessment_id": str(uuid4()),
    }
    insert = (
        "insert into assignment (referral_id, household_id, assessment_id, known)"
        " values ($1, $2, $3, $4)"
    )
    async with open_stack(topics=False) as stack:
        connection = await asyncpg.connect(stack.dsn, server_settings={"search_path": "old"})
        await connection.execute("create schema old")
        scripts = sorted(f.name for f in AGENCIES.iterdir() if f.name.endswith(".sql"))
        homes = next(n for n, name in enumerate(scripts) if name.endswith("_homes.sql"))
        for script in sorted(KIT.iterdir(), key=lambda f: f.name):
            await connection.execute(script.read_text("utf-8"))
        for name in scripts[:homes]:
            await connection.execute((AGENCIES / name).read_text("utf-8"))
        await connection.execute(insert, referral, household, uuid4(), json.dumps(assigned))
        await connection.execute(
            "insert into outcome (assessment_id, agency_id, household_id, referral_id, known, kind,"
            " contact) values ($1, 'wigan-police', $2, $3, $4, 'opened', $5)",
            waits,
            household,
            referral,
            json.dumps({"restricted": False, "queued": named(household, "Lead", referral, 0)}),
            json.dumps(assigned["contact"]),
        )
        for name in scripts[homes:]:
            await connection.execute((AGENCIES / name).read_text("utf-8"))
        as_before = named(other, "Sam", later, 5) | {
            "engagement_id": str(since),
            "assessment_id": str(uuid4()),
        }
        await connection.execute(insert, later, other, uuid4(), json.dumps(as_before))
        known = Known.model_validate_json(
            await connection.fetchval("select known from outcome where assessment_id = $1", waits)
        )
        await connection.close()
        pool = await db.create_pool(stack.dsn, "old", 1)
        async with pool.acquire() as held:
            found = {
                e.engagement_id: e
                for e in await load_engagements(held, household_ids=[household, other])
            }
        await pool.close()
    held_by = {id_: one.held_now.contact.name for id_, one in found.items() if one.held_now}
    assert held_by == {begun: "Kim", since: "Sam"}
    assert decided(known).kind is OutcomeKind.OPENED
    standing = stand(waits, known, found, ())
    assert standing.engagement_id == begun
    assert standing.contact is not None
    assert standing.contact.name == "Kim"
