"""Rule 6: a restriction that two people lifted restricts nothing, until it is stated again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from contracts.assessments import AssessmentRecordedV1
from contracts.envelope import Event
from contracts.restrictions import (
    HouseholdRestrictedV1,
    RestrictionLiftedV1,
    RestrictionRestoredV1,
)
from contracts.vocabulary import Restriction
from contracts.vocabulary_access import LiftingReason
from services.duplication.handlers import on_access, on_assessments
from services.duplication.model import load
from services.kit.consume import Received
from services.kit.db import lock_places
from tests.services.duplication.building import START, person, recorded
from tests.services.duplication.running import KNOWN, Running
from tests.stack import PLACE

ABUSE: dict[str, Any] = {"restrictions": (Restriction.DOMESTIC_ABUSE,)}
ROBERT = person("Robert", "Holroyd", "1990-02-01", sex="male")
ELSEWHERE = {"lines": ["3 Mesnes Street"], "town": "Wigan", "postcode": "WN1 1QP"}


async def say(service: Running, minute: int, *events: Event) -> list[HouseholdRestrictedV1]:
    """Duplication hears these in one batch; what it says of who is restricted."""
    async with service.service.work() as work:
        await lock_places(work.connection, "duplication", {PLACE})
        now = START + timedelta(minutes=minute)
        items = [Received(service.stack.envelope(event), event, now) for event in events]
        work.outgoing += await on_access(work.connection, items)
    return [one.event for one in work.outgoing if isinstance(one.event, HouseholdRestrictedV1)]


def lifted(household: UUID, minute: int, *assessments: AssessmentRecordedV1) -> RestrictionLiftedV1:
    return RestrictionLiftedV1(
        lifting_id=uuid4(),
        household_id=household,
        assessment_ids=tuple(one.assessment_id for one in assessments),
        reason=LiftingReason.SAFE_NOW,
        asked_by="kw-7",
        agreed_by="privacy-officer",
        agreed_at=START + timedelta(minutes=minute),
    )


def restored(
    household: UUID, minute: int, *assessments: AssessmentRecordedV1
) -> RestrictionRestoredV1:
    return RestrictionRestoredV1(
        household_id=household,
        assessment_ids=tuple(one.assessment_id for one in assessments),
        restored_by="kw-7",
        restored_at=START + timedelta(minutes=minute),
    )


async def take(service: Running, minute: int, *events: AssessmentRecordedV1) -> None:
    """Assessments arrive, one by one."""
    for event in events:
        async with service.service.work() as work:
            await lock_places(work.connection, "duplication", {PLACE})
            now = START + timedelta(minutes=minute)
            item = Received(service.stack.envelope(event), event, now)
            work.outgoing += await on_assessments(load())(work.connection, [item])


async def home_of(service: Running, event: AssessmentRecordedV1) -> Any:
    [(home,)] = await service.rows(
        f"select household_id from assessment where id = '{event.assessment_id}'"
    )
    return home


async def asked_of(service: Running, event: AssessmentRecordedV1) -> list[str]:
    """The households of which an assessment may be, by the question that was asked."""
    rows = await service.rows(
        f"select candidates from review_case where assessment_id = '{event.assessment_id}'"
    )
    return [one["household_id"] for (candidates,) in rows for one in candidates]


async def test_rule_6_a_lifted_household_is_shown_and_found_by_family_name_again(
    running: Running,
) -> None:
    first = recorded(1, KNOWN, **ABUSE)
    before = recorded(2, ROBERT)
    await running.take(first, before)
    home = await home_of(running, first)
    assert await home_of(running, before) != home
    assert str(home) not in await asked_of(running, before), "never by family name"
    [opened] = await say(running, 10, lifted(home, 10, first))
    assert (opened.household_id, opened.restrictions) == (home, ())
    shown = await running.get(f"/v1/households/{home}")
    assert (shown["restricted"], shown["hidden"], shown["label"]) == (False, False, "Holroyd")
    after = recorded(3, person("Martin", "Holroyd", "1964-08-30", sex="male"))
    await take(running, 11, after)
    found = await asked_of(running, after)
    assert await home_of(running, after) == home or str(home) in found
    [closed] = await say(running, 20, restored(home, 20, first))
    assert (closed.household_id, closed.restrictions) == (home, (Restriction.DOMESTIC_ABUSE,))
    assert (await running.get(f"/v1/households/{home}"))["hidden"]


async def test_rule_6_what_states_it_again_restricts_it_again(running: Running) -> None:
    first = recorded(1, KNOWN, **ABUSE)
    await running.take(first)
    home = await home_of(running, first)
    await say(running, 10, lifted(home, 10, first))
    plain, again = recorded(2, KNOWN), recorded(3, KNOWN, **ABUSE)
    await take(running, 11, plain)
    assert not (await running.get(f"/v1/households/{home}"))["restricted"], (
        "an assessment that states nothing leaves it open"
    )
    await take(running, 12, again)
    assert await home_of(running, again) == home
    assert (await running.get(f"/v1/households/{home}"))["hidden"]


async def test_rule_6_lifted_for_one_statement_it_stays_restricted_by_another(
    running: Running,
) -> None:
    first = recorded(1, KNOWN, **ABUSE)
    second = recorded(2, KNOWN, restrictions=(Restriction.REFUGE,))
    await running.take(first, second)
    home = await home_of(running, first)
    assert await say(running, 10, lifted(home, 10, first)) == []
    assert (await running.get(f"/v1/households/{home}"))["hidden"]


async def test_rule_6_lifted_and_restored_in_one_batch_is_as_it_was(
    running: Running,
) -> None:
    first = recorded(1, KNOWN, **ABUSE)
    await running.take(first)
    home = await home_of(running, first)
    said = await say(running, 10, lifted(home, 10, first), restored(home, 11, first))
    assert said == [], "two statements of one moment would have no order"
    assert (await running.get(f"/v1/households/{home}"))["hidden"]


async def test_rule_6_a_separated_assessment_takes_along_that_it_was_lifted(
    running: Running,
) -> None:
    first = recorded(1, KNOWN, **ABUSE)
    second = recorded(2, KNOWN)
    await running.take(first, second)
    home = await home_of(running, first)
    await say(running, 10, lifted(home, 10, first))
    body = {"household_id": str(home), "assessment_ids": [str(first.assessment_id)]}
    answer = await running.client.post("/v1/separations", json=body)
    assert answer.status_code == 200, answer.text
    other = await home_of(running, first)
    assert other != home
    assert not (await running.get(f"/v1/households/{other}"))["restricted"]
    [(moved,)] = await running.rows(
        "select value from outbox where type like '%households.separated%'"
    )
    assert "domestic_abuse" not in str(moved), "nor is it said of it when it is routed again"
    said = await say(running, 20, restored(home, 20, first))
    assert other in {one.household_id for one in said}, "it is restricted where it is now"


async def test_rule_6_read_again_from_the_start_what_was_lifted_is_lifted(
    running: Running,
) -> None:
    first = recorded(1, KNOWN, **ABUSE)
    await say(running, 10, lifted(uuid4(), 10, first))
    await take(running, 11, first)
    home = await home_of(running, first)
    assert not (await running.get(f"/v1/households/{home}"))["restricted"]
    [said] = await say(running, 20, restored(home, 20, first))
    assert said.restrictions == (Restriction.DOMESTIC_ABUSE,)


async def test_rule_6_what_is_restricted_only_because_the_household_was_is_lifted_with_it(
    running: Running,
) -> None:
    """Also what came after it was agreed, and before this service heard of that."""
    first, plain = recorded(1, KNOWN, **ABUSE), recorded(2, KNOWN)
    await running.take(first, plain)
    home = await home_of(running, first)
    [said] = await say(running, 10, lifted(home, 10, first))
    assert said.restrictions == ()
    [again] = await say(running, 20, restored(home, 20, first))
    assert again.restrictions == (Restriction.DOMESTIC_ABUSE,)
    counted = await running.rows("select restrictions, lifted from assessment order by id")
    assert counted == [(["domestic_abuse"], [])] * 2
