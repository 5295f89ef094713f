"""What was erased is gone here, its agency is told when and why, and nothing brings it back."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import pytest

from contracts.assessments import AssessmentRecordedV1
from contracts.envelope import derive_id
from contracts.erasure import AssessmentsErasedV1
from contracts.topics import inbound_topic
from contracts.vocabulary_alerts import AlertKind
from contracts.vocabulary_erasure import ErasureReason
from tests.services.agencies import events as told
from tests.services.agencies.place import HOMES, POLICE, SCHOOL, Place, submission
from tests.services.agencies.test_inbound import headers, rejections, write
from tests.stack import Stack, eventually

AT = datetime(2031, 3, 2, 10, tzinfo=UTC)
WHEN_AND_WHY = (
    "was erased on 2 March 2031, because it had been kept for as long as the place keeps its"
    " records."
)
_TABLES = (
    "assessment",
    "outcome",
    "outcome_statement",
    "acknowledgement",
    "engagement",
    "idempotency_key",
    "rejection",
    "delivery",
)


def erased(
    *assessment_ids: UUID,
    household_ids: tuple[UUID, ...] = (),
    reason: ErasureReason = ErasureReason.RETENTION,
) -> AssessmentsErasedV1:
    return AssessmentsErasedV1(
        erasure_id=uuid4(),
        household_ids=household_ids,
        assessment_ids=assessment_ids,
        reason=reason,
        erased_at=AT,
    )


async def send(place: Place, reference: str, agency: str = SCHOOL, **named: str) -> UUID:
    answer = await place.post(submission(reference), agency, **named)
    return UUID(answer.json()["assessment_id"])


async def gone(place: Place, assessment: UUID, agency: str = SCHOOL) -> str:
    """Once it is erased: what its agency is told."""

    async def ask() -> tuple[int, str]:
        answer = await place.get(f"/v1/assessments/{assessment}", agency)
        return answer.status_code, answer.json().get("detail", "")

    return (await eventually(ask, lambda found: found[0] == 410))[1]


async def is_decided(place: Place, assessment: UUID) -> None:
    async def ask() -> bool:
        return bool((await place.get(f"/v1/assessments/{assessment}")).json()["final"])

    await eventually(ask)


async def counts(place: Place) -> dict[str, int]:
    return {table: await place.count(table) for table in _TABLES}


async def outboxed(place: Place, assessment: UUID) -> int:
    event = derive_id(assessment, AssessmentRecordedV1.TYPE)
    return len(await place.fetch("select from outbox where event_id = $1", event))


async def test_all_of_it_goes_and_what_others_sent_stays(place: Place, stack: Stack) -> None:
    stays = await send(place, "STAYS", idempotency_key="stays")
    home = uuid4()
    await stack.publish(told.assigned(stays, home, uuid4()))
    await is_decided(place, stays)
    before = await counts(place)
    assert before["outcome_statement"] == before["engagement"] == before["idempotency_key"] == 1

    goes, household = await send(place, "GOES", idempotency_key="goes"), uuid4()
    await place.post(submission("GOES"), idempotency_key="goes-again")
    await place.client.put(
        "/v1/webhook", json={"url": "http://127.0.0.1:9/"}, headers=place.as_school
    )
    await stack.publish(
        told.assigned(goes, household, uuid4(), "Sam"),
        told.acknowledged(goes, household, AlertKind.ASSIGNED, told.minute(3)),
    )
    await is_decided(place, goes)
    assert await place.fetch("select from delivery where lane = $1", str(goes))
    assert await outboxed(place, goes)

    event = erased(goes, household_ids=(household,))
    await stack.publish(event)
    assert WHEN_AND_WHY in await gone(place, goes)
    assert await counts(place) == before
    assert (await outboxed(place, goes), await outboxed(place, stays)) == (0, 1)
    listed = (await place.get("/v1/assessments")).json()["assessments"]
    assert [row["reference"] for row in listed] == ["STAYS"]
    outcomes = (await place.get("/v1/outcomes")).json()["outcomes"]
    assert {row["reference"] for row in outcomes} == {"STAYS"}
    [row] = await place.fetch("select counts from erasure where erasure_id = $1", event.erasure_id)
    found = json.loads(row["counts"])
    assert (found["assessment"], found["idempotency_key"], found["outbox"]) == (1, 2, 1)


async def test_what_an_agency_was_told_is_not_deleted_otherwise(place: Place, stack: Stack) -> None:
    assessment = await send(place, "KEPT")
    await stack.publish(told.routed(assessment, uuid4(), "Kim"))
    await is_decided(place, assessment)
    for sql in (
        "delete from outcome_statement",
        "update outcome_statement set reason = ''",
        "truncate outcome_statement",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await place.fetch(sql)
    assert await place.count("outcome_statement")


async def test_nothing_that_is_late_or_comes_again_brings_it_back(
    place: Place, stack: Stack
) -> None:
    assessment, household = await send(place, "LATE"), uuid4()
    first = told.assigned(assessment, household, uuid4(), "Sam")
    [envelope] = await stack.publish(first)
    await is_decided(place, assessment)
    event = erased(assessment, household_ids=(household,))
    await stack.publish(event)
    await gone(place, assessment)

    probe, elsewhere = await send(place, "PROBE"), uuid4()
    await stack.publish(
        event,
        (replace(envelope, id=uuid4()), first),
        told.review(assessment),
        told.acknowledged(assessment, household, AlertKind.ASSIGNED, told.minute(3)),
        told.changed(first.engagement_id, household, "Kim"),
        told.assigned(probe, elsewhere, uuid4()),
        told.acknowledged(probe, elsewhere, AlertKind.ASSIGNED, told.minute(4)),
    )

    async def acknowledged() -> bool:
        answer = await place.get(f"/v1/assessments/{probe}")
        return answer.json()["acknowledged_at"] is not None

    await eventually(acknowledged)
    assert {row[0] for row in await place.fetch("select assessment_id from outcome")} == {probe}
    assert {row[0] for row in await place.fetch("select household_id from engagement")} == {
        elsewhere
    }
    assert {row[0] for row in await place.fetch("select assessment_id from acknowledgement")} == {
        probe
    }
    assert await place.count("erasure") == 1


async def test_it_is_erased_before_anything_else_was_said_of_it(place: Place, stack: Stack) -> None:
    assessment, probe = await send(place, "FIRST"), await send(place, "PROBE")
    await stack.publish(erased(assessment))
    await gone(place, assessment)
    await stack.publish(told.routed(assessment, uuid4(), "Sam"), told.routed(probe, uuid4(), "Kim"))
    await is_decided(place, probe)
    assert {row[0] for row in await place.fetch("select assessment_id from outcome")} == {probe}


async def test_the_same_reference_again_is_refused_on_every_way_in(
    place: Place, stack: Stack
) -> None:
    assessment = await send(place, "AGAIN", POLICE)
    await stack.publish(erased(assessment, reason=ErasureReason.WITHDRAWN))
    assert "the agency that had sent it took it back" in await gone(place, assessment, POLICE)

    for body in (submission("AGAIN"), submission("AGAIN", needs=["crime"])):
        answer = await place.post(body, POLICE, idempotency_key=f"key-{len(body['needs'][0])}")
        assert answer.status_code == 410
        assert "took it back" in answer.json()["detail"]
        assert "under a reference of its own" in answer.json()["detail"]
        assert [error["field"] for error in answer.json()["errors"]] == ["reference"]
    batch = await place.post([submission("FINE"), submission("AGAIN")], POLICE)
    assert batch.status_code == 422
    [error] = batch.json()["errors"]
    assert error["field"] == "assessments.1.reference"
    assert error["rule"].startswith("was erased on 2 March 2031")
    assert await place.count("assessment") == 0

    await write(stack, submission("AGAIN"), topic=inbound_topic(POLICE), with_headers=headers())
    [refused] = await rejections(place, 1)
    assert refused["reference"] == "AGAIN"
    assert refused["errors"][0]["rule"].startswith("was erased on 2 March 2031")
    assert await place.count("assessment") == 0


async def test_asked_by_its_reference_its_agency_is_told_so(place: Place, stack: Stack) -> None:
    assessment = await send(place, "BY-REFERENCE")
    await stack.publish(erased(assessment))
    await gone(place, assessment)
    answer = await place.get("/v1/assessments", reference="BY-REFERENCE")
    assert answer.status_code == 410
    assert WHEN_AND_WHY in answer.json()["detail"]


async def test_another_agency_learns_nothing_of_it(place: Place, stack: Stack) -> None:
    assessment = await send(place, "OURS")
    await stack.publish(erased(assessment))
    await gone(place, assessment)
    by_id = await place.get(f"/v1/assessments/{assessment}", HOMES)
    never = await place.get(f"/v1/assessments/{uuid4()}", HOMES)
    assert (by_id.status_code, by_id.json()) == (404, never.json())
    by_reference = await place.get("/v1/assessments", HOMES, reference="OURS")
    assert by_reference.json() == {"assessments": [], "next": None}
    assert (await place.post(submission("OURS"), HOMES)).status_code == 202


async def test_a_reference_that_is_sent_as_it_is_erased_is_not_taken_in(
    place: Place, stack: Stack
) -> None:
    """The one that sends waits for the one that erases, whose rows it does not see."""
    assessment = await send(place, "AT-ONCE")
    connection = await asyncpg.connect(stack.dsn, server_settings={"search_path": "agencies"})
    try:
        async with connection.transaction():
            await connection.execute(
                "insert into erased_assessment select assessment_id, agency_id,"
                " reference_digest(agency_id, reference) from assessment"
            )
            await connection.execute("delete from assessment")
            other = await asyncpg.connect(stack.dsn, server_settings={"search_path": "agencies"})
            sending = other.fetch(
                "insert into assessment (assessment_id, agency_id, place_id, reference, channel,"
                " recorded_at, received_at, content_sha256, submission)"
                " values (gen_random_uuid(), $1, 'p', 'AT-ONCE', 'http', now(), now(), '', '{}')"
                " on conflict (agency_id, reference) do nothing",
                SCHOOL,
            )
            task = asyncio.ensure_future(sending)

            async def waits() -> bool:
                return bool(
                    await connection.fetchval(
                        "select exists (select from pg_locks where not granted and pid = $1)",
                        other.get_server_pid(),
                    )
                )

            await eventually(waits)
        with pytest.raises(asyncpg.SerializationError):
            await task
        await other.close()
    finally:
        await connection.close()
    assert await place.fetch("select from erased_assessment where assessment_id = $1", assessment)
    assert await place.count("assessment") == 0


async def test_an_engagement_on_which_another_assessment_rests_stays(
    place: Place, stack: Stack
) -> None:
    goes, stays, household = await send(place, "GOES"), await send(place, "STAYS"), uuid4()
    begun = told.assigned(stays, household, uuid4(), "Sam")
    await stack.publish(begun, told.routed(goes, household, "Sam"))
    await is_decided(place, goes)
    await is_decided(place, stays)
    await stack.publish(erased(goes, household_ids=(household,)))
    await gone(place, goes)
    assert [row[0] for row in await place.fetch("select engagement_id from engagement")] == [
        begun.engagement_id
    ]
    shown = (await place.get(f"/v1/assessments/{stays}")).json()
    assert shown["contact"]["name"] == "Sam"
