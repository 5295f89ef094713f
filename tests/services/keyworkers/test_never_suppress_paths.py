"""Rule 3 over the real store: on every path the front door and the key worker, or where there is
none the team lead, are told in the transaction that decides it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from contracts.codec import decode_event
from contracts.envelope import Event
from contracts.keyworkers import (
    AssessmentRoutedV1,
    FrontDoorNotifiedV1,
    HouseholdQueuedV1,
    KeyWorkerAssignedV1,
)
from contracts.vocabulary import Harm, Restriction, Severity
from services.keyworkers.__main__ import create_service
from services.keyworkers.settings import KeyWorkersSettings
from services.kit.app import Service
from services.kit.db import create_pool
from services.kit.outbox import Relay
from tests.conftest import StackFactory
from tests.services.keyworkers.building import (
    linked,
    matched,
    place_document,
    review,
    reviewed,
    separated,
    uid,
)
from tests.services.keyworkers.conftest import Clock, put_place
from tests.services.keyworkers.records import record_of
from tests.stack import Stack

HARM: dict[str, Any] = {"significant_harm": (Harm.CHILD_SIGNIFICANT_HARM,)}
TOLD = (AssessmentRoutedV1, KeyWorkerAssignedV1, HouseholdQueuedV1)
A_DAY_LATER = 24 * 60
A_LINK = linked("b", "a", 5)
KNOWN = (matched(1, "a"),)
FULL = tuple(matched(n, n, n, area="BL1") for n in (7, 8))
"""Halliwell has one key worker, with room for one and, for harm, one more: for two in all."""
SHARED = {"restrictions": tuple(Restriction)}

PATHS: dict[str, tuple[Sequence[Event], Event, type[Event]]] = {
    "a household that nobody knew": ((), matched(9, "a", 9, **HARM), KeyWorkerAssignedV1),
    "a household with a key worker": (KNOWN, matched(9, "a", 9, **HARM), AssessmentRoutedV1),
    "restricted": (KNOWN, matched(9, "a", 9, **HARM, **SHARED), AssessmentRoutedV1),
    "restricted, and nobody knew it": (
        (),
        matched(9, "a", 9, **HARM, **SHARED),
        KeyWorkerAssignedV1,
    ),
    "under review": (KNOWN, review(9, "a", 9, due=900, **HARM), AssessmentRoutedV1),
    "under review, with nobody": ((), review(9, "a", 9, due=900, **HARM), HouseholdQueuedV1),
    "the review says so": (KNOWN, reviewed(9, "a", 9, **HARM), AssessmentRoutedV1),
    "by a retired id": (
        (matched(1, "b"), A_LINK),
        matched(9, "a", 9, **HARM),
        AssessmentRoutedV1,
    ),
    "under review, by a retired id": (
        (matched(1, "b"), A_LINK),
        review(9, "a", 9, due=900, **HARM),
        AssessmentRoutedV1,
    ),
    "the key worker is away": (
        (matched(1, "a", area="WN7 3"),),
        matched(9, "a", A_DAY_LATER, area="WN7 3", **HARM),
        AssessmentRoutedV1,
    ),
    "offered to a team": (
        (matched(1, "a", area="WN1 1"),),
        matched(9, "a", 9, area="WN1 1", **HARM),
        KeyWorkerAssignedV1,
    ),
    "nobody has room but for harm": (
        FULL[:1],
        matched(9, "a", 9, area="BL1", **HARM),
        KeyWorkerAssignedV1,
    ),
    "it waits already": (
        (*FULL[:1], matched(1, "a", 5, area="BL1")),
        matched(9, "a", 9, area="BL1", **HARM),
        KeyWorkerAssignedV1,
    ),
    "nobody has room at all": (
        (FULL[0], matched(2, "z", 2, area="BL1", **HARM)),
        matched(9, "a", 9, area="BL1", **HARM),
        HouseholdQueuedV1,
    ),
    "separated from another household": (
        (matched(1, "a"), matched(2, "c", 1), matched(9, "a", 2)),
        separated("a", "c", 9, 9, **HARM),
        AssessmentRoutedV1,
    ),
    "separated, with nobody": (
        (matched(1, "a"), matched(9, "a", 2)),
        separated("a", "c", 9, 9, **HARM),
        KeyWorkerAssignedV1,
    ),
}  # fmt: skip
LATER: dict[str, tuple[Sequence[Event], Event]] = {
    "the likeliest household is given a key worker": (
        (review(9, "a", 1, due=900, **HARM),),
        matched(2, "a", 9),
    ),
    "the likeliest household is linked into one with a key worker": (
        (matched(1, "b"), review(9, "a", 1, due=900, **HARM)),
        A_LINK,
    ),
    "the likeliest household has its own key worker again": (
        (matched(1, "b"), matched(2, "a", 1), A_LINK, review(9, "a", 6, due=900, **HARM)),
        separated("b", "a", 9, 2, undoes=A_LINK.link_id),
    ),
    "the household in which it waits is linked into one with a key worker": (
        (
            matched(1, "b"),
            FULL[0],
            matched(2, "z", 2, area="BL1", **HARM),
            matched(9, "a", 3, area="BL1", **HARM),
        ),
        A_LINK,
    ),
}


@pytest.fixture
async def stack(open_stack: StackFactory, tmp_path: Path) -> AsyncIterator[Stack]:
    async with open_stack("keyworkers", topics=False) as stack:
        document = place_document(policy={"caseload_limit": 1, "reserve_for_harm": 1})
        document["teams"][0] |= {"covers": ["WN7"]}
        document["teams"].append(
            document["teams"][0]
            | {"id": "wigan-town", "name": "Wigan", "covers": ["WN1"], "assignment": "offer"}
        )
        document["key_workers"].append(
            document["key_workers"][0]
            | {"id": "gil", "name": "Gil", "team": "wigan-town", "email": "gil@example.org"}
        )
        for person in document["key_workers"]:  # cat has gone on leave with a household of hers
            if person["id"] in {"cat", "dan"}:
                person["leave"] = [{"first": "2026-03-03", "last": "2026-03-09"}]
        await put_place(stack, tmp_path, **document)
        yield stack


@pytest.fixture
async def service(stack: Stack, clock: Clock) -> AsyncIterator[Service]:
    settings = stack.settings(KeyWorkersSettings)
    service = create_service(settings, clock)
    service.pool = await create_pool(stack.dsn, "keyworkers", 2)
    service.relay = Relay(service.pool, settings.kafka_access, "keyworkers", settings.namespace)
    yield service
    await service.pool.close()


async def said_at_once(stack: Stack, service: Service, event: Event) -> list[Event]:
    """What follows from one event about assessment 9, in the transaction that handles it."""
    consumer = service.consumer(f"keyworkers.{event.TOPIC}")
    last = await service.pool.fetchval("select coalesce(max(id), 0) from outbox")
    await consumer.on_records([record_of(stack, event)])
    rows = await service.pool.fetch(
        "select type, value, xmin::text as written_by from outbox where id > $1"
        " and journey_id = $2 order by id",
        last,
        uid("assessment", 9),
    )
    assert len({row["written_by"] for row in rows}) == 1
    return [decode_event(row["type"], row["value"]) for row in rows]


async def hear(stack: Stack, service: Service, events: Sequence[Event]) -> None:
    consumer = service.consumer("keyworkers.duplication.households")
    for event in events:
        await consumer.on_records([record_of(stack, event)])
    assert await service.pool.fetchval("select count(*) from parked_record") == 0


@pytest.mark.parametrize("path", PATHS)
async def test_rule_3_in_one_transaction_on_every_path(
    stack: Stack, service: Service, path: str
) -> None:
    before, event, told = PATHS[path]
    await hear(stack, service, before)
    said = await said_at_once(stack, service, event)
    [door] = [e for e in said if isinstance(e, FrontDoorNotifiedV1)]
    assert door.alert.severity is Severity.IMMEDIATE
    # What waited before it says so too: the harm's own event is the last.
    found = [e for e in said if isinstance(e, TOLD)]
    if told is KeyWorkerAssignedV1 and path in {"it waits already", "offered to a team"}:
        told = AssessmentRoutedV1  # the referral, and so its assignment, follows from the first
    assert isinstance(found[-1], told)
    assert found[-1].alert.severity is Severity.IMMEDIATE
    assert found[-1].alert.escalation
    assert found[-1].alert.away == (path == "the key worker is away")  # the cover is told as well


@pytest.mark.parametrize("change", LATER)
async def test_rule_3_who_becomes_the_key_worker_later_is_told_in_that_transaction(
    stack: Stack, service: Service, change: str
) -> None:
    before, event = LATER[change]
    await hear(stack, service, before)
    said = await said_at_once(stack, service, event)
    told = said[-1]
    assert isinstance(told, AssessmentRoutedV1)
    assert told.alert.severity is Severity.IMMEDIATE
    held = await service.pool.fetchval(
        "select household_id from engagement where engagement_id = $1 and ended_at is null",
        told.engagement_id,
    )
    assert held == told.household_id
