"""Outcomes over a real broker: told once per change, in order, whatever happens on the way."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from contracts.outcomes import AssessmentOutcomeV1
from contracts.restrictions import RestrictionLiftedV1, RestrictionRestoredV1
from contracts.topics import ASSIGNMENTS, OUTCOMES
from contracts.vocabulary import Restriction
from contracts.vocabulary_access import LiftingReason
from contracts.vocabulary_alerts import AlertKind
from services.agencies import handlers
from services.agencies.app import create_service
from services.agencies.settings import AgenciesSettings
from tests.services.agencies import events as told
from tests.services.agencies.place import HOMES, POLICE, Place, submission
from tests.stack import Stack, eventually


async def send(place: Place, reference: str = "WPS-1") -> UUID:
    return UUID((await place.post(submission(reference))).json()["assessment_id"])


async def status(place: Place, assessment_id: UUID, want: str) -> dict[str, Any]:
    async def ask() -> dict[str, Any]:
        return dict((await place.get(f"/v1/assessments/{assessment_id}")).json())

    return await eventually(ask, lambda found: found["status"] == want)


async def outcomes_until_acknowledged(stack: Stack) -> list[AssessmentOutcomeV1]:
    found = await stack.read(
        OUTCOMES, lambda f: bool(f) and getattr(f[-1][1], "acknowledged_at", None) is not None
    )
    return [event for _, event in found if isinstance(event, AssessmentOutcomeV1)]


async def test_an_assessment_is_reviewed_routed_and_acknowledged(
    place: Place, stack: Stack
) -> None:
    assessment, household = await send(place), uuid4()
    await stack.publish(told.review(assessment))
    await status(place, assessment, "under_review")
    await stack.publish(told.front_door(assessment), told.routed(assessment, household, "Sam"))
    found = await status(place, assessment, "routed")
    assert found["contact"]["name"] == "Sam"
    assert found["front_door"]["name"] == "Door"
    assert found["final"] is True
    await stack.publish(told.acknowledged(assessment, household, AlertKind.ROUTED, told.minute(3)))
    told_of = await outcomes_until_acknowledged(stack)
    assert told.brief(told_of[0]) == ("under_review", None)
    assert told.brief(told_of[-1]) == ("routed", "Sam")
    assert [o.version for o in told_of] == list(range(1, len(told_of) + 1))
    assert told_of[-1].acknowledged_at == told.minute(3)

    shown = (await place.get(f"/v1/assessments/{assessment}")).json()
    assert [h["version"] for h in shown["history"]] == [o.version for o in told_of]
    assert "the key worker knows" in shown["history"][-1]["reason"]


async def test_rule_6_a_restricted_assessment_under_review_is_told_the_places_own_front_door(
    place: Place, stack: Stack
) -> None:
    """Harm was told to the locality's door; the agency is told of the place's, which says nothing
    of where the household lives, before anybody has decided which household it is."""
    assessment = await send(place)
    await stack.publish(
        told.front_door(assessment, Restriction.DOMESTIC_ABUSE), told.review(assessment)
    )
    found = await status(place, assessment, "under_review")
    assert found["front_door"]["name"] == "The place's door"
    assert found["contact"] is None
    [said] = [
        event
        for _, event in await stack.read(OUTCOMES, bool)
        if isinstance(event, AssessmentOutcomeV1)
    ][-1:]
    assert said.front_door is not None
    assert said.front_door.name == "The place's door"


async def test_rule_6_lifted_its_agency_is_told_whom_to_call_and_again_not(
    place: Place, stack: Stack
) -> None:
    assessment, household = await send(place), uuid4()
    said_at = datetime.now(UTC)
    await stack.publish(
        told.front_door(assessment, Restriction.DOMESTIC_ABUSE),
        told.routed(assessment, household, "Sam"),
    )
    found = await status(place, assessment, "routed")
    assert (found["contact"], found["front_door"]["name"]) == (None, "The place's door")
    lifted = RestrictionLiftedV1(
        lifting_id=uuid4(),
        household_id=household,
        assessment_ids=(assessment,),
        reason=LiftingReason.SAFE_NOW,
        asked_by="sam",
        agreed_by="privacy-officer",
        agreed_at=said_at,
    )
    await stack.publish(lifted)
    found = await contact_of(place, assessment, "Sam")
    assert found["front_door"]["name"] == "Door"
    assert found["history"][-1]["reason"].startswith("there is somebody else to call")
    await stack.publish(
        RestrictionRestoredV1(
            household_id=household,
            assessment_ids=(assessment,),
            restored_by="sam",
            restored_at=said_at + timedelta(minutes=1),
        )
    )
    found = await contact_of(place, assessment, None)
    assert "Sam" not in str(found), "nor is it said in what was told before"


async def contact_of(place: Place, assessment: UUID, name: str | None) -> dict[str, Any]:
    """What the agency is told, once that person is whom to call."""

    async def ask() -> dict[str, Any]:
        return dict((await place.get(f"/v1/assessments/{assessment}")).json())

    return await eventually(ask, lambda found: (found["contact"] or {}).get("name") == name)


async def test_a_key_worker_resolves_every_assessment_that_waits(
    place: Place, stack: Stack
) -> None:
    first, second = await send(place, "WPS-1"), await send(place, "WPS-2")
    household, referral = uuid4(), uuid4()
    await stack.publish(
        told.queued(first, household, referral), told.queued(second, household, referral)
    )
    await status(place, second, "queued")
    assigned = told.assigned(first, household, referral, "Kim")
    await stack.publish(assigned, told.routed(second, household, "Kim"))
    for assessment, state in ((first, "opened"), (second, "routed")):
        assert (await status(place, assessment, state))["contact"]["name"] == "Kim"
    await stack.publish(
        told.acknowledged(first, household, AlertKind.ASSIGNED, told.minute(3)),
        told.acknowledged(second, household, AlertKind.ROUTED, told.minute(3)),
    )

    async def ask() -> list[object]:
        rows = await place.fetch("select acknowledged_at from outcome")
        return [row["acknowledged_at"] for row in rows]

    assert await eventually(ask, all) == [told.minute(3)] * 2


async def test_redelivery_changes_nothing(place: Place, stack: Stack) -> None:
    assessment, household, referral = await send(place), uuid4(), uuid4()
    sent = [
        told.queued(assessment, household, referral),
        told.assigned(assessment, household, referral),
    ]
    pairs = [(stack.envelope(event), event) for event in sent]
    await stack.publish(*pairs)
    await status(place, assessment, "opened")
    before = await place.fetch("select * from outcome_statement")
    await stack.publish(*pairs, *pairs)
    marker = await send(place, "WPS-2")
    await stack.publish(told.routed(marker, household))
    await status(place, marker, "routed")
    assert (
        await place.fetch("select * from outcome_statement where assessment_id = $1", assessment)
        == before
    )


async def test_poison_in_the_middle_keeps_nothing_back(place: Place, stack: Stack) -> None:
    first, second = await send(place, "WPS-1"), await send(place, "WPS-2")
    await stack.publish(told.routed(first, uuid4()))
    await stack.publish_raw(ASSIGNMENTS, b"{", [("ce_type", b"\xff")])
    await stack.publish(told.routed(second, uuid4()))
    await status(place, first, "routed")
    await status(place, second, "routed")
    assert await place.count("parked_record") == 1


async def test_a_crash_before_the_commit_loses_nothing(
    place: Place, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    assessment = await send(place)
    calls = 0
    state = handlers._state

    async def fail_once(*args):
        nonlocal calls
        calls += 1
        events = await state(*args)
        if calls == 1:
            raise asyncpg.ConnectionDoesNotExistError("the server went away")
        return events

    monkeypatch.setattr(handlers, "_state", fail_once)
    await stack.publish(told.routed(assessment, uuid4()))
    await status(place, assessment, "routed")
    assert calls == 2
    assert await place.count("outcome_statement") == 1


async def test_two_instances_state_once(place: Place, stack: Stack) -> None:
    other = create_service(stack.settings(AgenciesSettings))
    async with other:
        ids = [await send(place, f"WPS-{n}") for n in range(20)]
        household, referral = uuid4(), uuid4()
        await stack.publish(*(told.queued(i, household, referral) for i in ids))
        await stack.publish(*(told.routed(i, household, "Kim") for i in ids))
        await asyncio.gather(*(status(place, i, "routed") for i in ids))
    rows = await place.fetch(
        "select assessment_id, count(*) n, max(version) v from outcome_statement group by 1"
    )
    assert len(rows) == 20
    assert all(row["n"] == row["v"] <= 2 for row in rows)


async def test_outcomes_are_polled_with_a_cursor_and_are_ones_own(
    place: Place, stack: Stack
) -> None:
    ids = [await send(place, f"WPS-{n}") for n in range(3)]
    for assessment in ids:
        await stack.publish(told.routed(assessment, uuid4()))
        await status(place, assessment, "routed")
    seen, after = [], "0"
    while True:
        page = (await place.get("/v1/outcomes", after=after, limit=2)).json()
        seen += [UUID(o["assessment_id"]) for o in page["outcomes"]]
        after = page["next"]
        if not page["outcomes"]:
            break
    assert seen == ids
    assert (await place.get("/v1/outcomes", POLICE)).json() == {"outcomes": [], "next": "0"}
    assert (await place.get("/v1/outcomes", HOMES)).json()["outcomes"] == []


async def test_statements_cannot_be_changed(place: Place, stack: Stack) -> None:
    assessment = await send(place)
    await stack.publish(told.routed(assessment, uuid4()))
    await status(place, assessment, "routed")
    for sql in (
        "update outcome_statement set reason = ''",
        "delete from outcome_statement",
        "truncate outcome_statement",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await place.fetch(sql)
