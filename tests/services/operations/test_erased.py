"""What was erased is on no page and leads to nobody, and every figure is as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.erasure import AssessmentsErasedV1, ErasureOrderedV1, ErasureRefusedV1
from contracts.vocabulary_erasure import ErasureReason, ErasureRefusal
from services.operations.store.erasing import count_unanswered
from tests.services.operations.conftest import Served
from tests.services.operations.examples import (
    START,
    Sent,
    Tale,
    first_contact,
    later_contact,
    linked,
)
from tests.stack import Stack, eventually

_HOUR = timedelta(hours=1)


def erased(*tales: Tale, household_ids: tuple[UUID, ...] = ()) -> AssessmentsErasedV1:
    return AssessmentsErasedV1(
        erasure_id=uuid4(),
        household_ids=household_ids,
        assessment_ids=tuple(tale.id for tale in tales),
        reason=ErasureReason.RETENTION,
        erased_at=START,
    )


async def tell(stack: Stack, served: Served, *told: Tale | Sent) -> None:
    sent = [s for one in told for s in (one.sent if isinstance(one, Tale) else [one])]
    before = await served.service.pool.fetchval("select count(*) from journey_event")
    await stack.publish(*sent)
    await eventually(
        lambda: served.service.pool.fetchval("select count(*) from journey_event"),
        lambda count: count >= before + len(sent),
    )


async def is_erased(stack: Stack, served: Served, event: AssessmentsErasedV1) -> None:
    await stack.publish(event)
    await eventually(
        lambda: served.service.pool.fetchval(
            "select count(*) from erasure where erasure_id = $1", event.erasure_id
        )
    )


async def figures(served: Served) -> dict[str, Any]:
    found: dict[str, Any] = await served.get("/v1/impact")
    return found


def family(stack: Stack) -> tuple[Tale, Tale, Tale]:
    """A household with three assessments by three agencies, two of them routed."""
    first = first_contact(stack)
    ours = {"household_id": first.household_id, "engagement_id": first.engagement_id}
    return (
        first,
        later_contact(stack, agency="wigan-police", start=START + timedelta(minutes=5), **ours),
        later_contact(stack, agency="wigan-homes", start=START + timedelta(minutes=9), **ours),
    )


async def test_the_figures_are_as_they_were_and_no_row_leads_to_anybody(
    stack: Stack, served: Served
) -> None:
    ours, theirs = family(stack), family(stack)
    retired = uuid4()
    link = linked(stack, uuid4(), ours[0].household_id, retired)
    moved = later_contact(stack, household_id=retired, engagement_id=ours[0].engagement_id)
    await tell(stack, served, *ours, *theirs, link, moved)
    before = await figures(served)
    assert (before["referrals_avoided"], before["households"]) == (5, 2)
    event = erased(*ours, moved, household_ids=(ours[0].household_id, retired))
    await is_erased(stack, served, event)
    assert await figures(served) == before

    gone = {str(one) for one in (*event.assessment_ids, *event.household_ids)}
    gone.add(str(ours[0].engagement_id))
    gone |= {str(envelope.id) for tale in (*ours, moved) for envelope, _ in tale.sent}
    left = await served.everything()
    for table, rows in left.items():
        # That households were linked is an event of no journey: it names an opaque id.
        about = {str(v) for row in rows for k, v in row.items() if k != "subject"}
        assert not about & gone, table
    entries = (await served.get("/v1/ledger"))["entries"]
    assert [entry["erased"] for entry in entries].count(True) == 3
    for entry in entries:
        if entry["erased"]:
            assert entry["agency_id"] is entry["household_id"] is entry["household_now"] is None
            assert entry["key_worker_id"] is entry["acknowledged_by"] is None
            answer = await served.client.get(f"/v1/journeys/{entry['assessment_id']}")
            assert answer.status_code == 404


async def test_it_is_on_no_list_stalls_nowhere_and_who_asks_is_told_so(
    stack: Stack, served: Served
) -> None:
    waits = Tale(stack, start=START - _HOUR).recorded().matched()
    other = first_contact(stack)
    await tell(stack, served, waits, other)
    assert [stall["id"] for stall in await served.get("/v1/stalls")] == [str(waits.id)]
    await is_erased(stack, served, erased(waits, household_ids=(waits.household_id,)))
    assert await served.get("/v1/stalls") == []
    listed = (await served.get("/v1/journeys"))["journeys"]
    assert [journey["id"] for journey in listed] == [str(other.id)]
    answer = await served.client.get(f"/v1/journeys/{waits.id}")
    assert answer.status_code == 410
    assert answer.json()["detail"].startswith("This was erased on 23 November 2026, because")


async def test_what_waited_waits_no_more_in_any_figure(stack: Stack, served: Served) -> None:
    queued = Tale(stack).recorded().matched().opened().queued()
    doubted = Tale(stack).recorded().review_requested()
    await tell(stack, served, queued, doubted)
    found = await figures(served)
    assert (found["waiting_for_room"], found["under_review"]) == (1, 1)
    await is_erased(stack, served, erased(queued, doubted))
    found = await figures(served)
    assert (found["waiting_for_room"], found["under_review"]) == (0, 0)
    assert found["assessments"] == 2


async def test_nothing_late_makes_a_journey_of_it_again(stack: Stack, served: Served) -> None:
    late, probe, retired = first_contact(stack), first_contact(stack), uuid4()
    event = erased(late, household_ids=(late.household_id, retired))
    await is_erased(stack, served, event)
    link = linked(stack, uuid4(), late.household_id, retired)
    await stack.publish(*late.sent, link, event)
    await tell(stack, served, probe)
    await tell(stack, served, later_contact(stack, household_id=probe.household_id))
    found = await served.everything()
    assert str(late.id) not in str(found)
    assert str(retired) not in str(found)


async def test_an_assessment_of_a_household_that_stays_is_still_one_of_its_figures(
    stack: Stack, served: Served
) -> None:
    ours = family(stack)
    await tell(stack, served, *ours)
    before = await figures(served)
    assert before["households_by_assessments"] == {"3": 1}
    await is_erased(stack, served, erased(ours[1]))
    assert await figures(served) == before
    after = await served.get("/v1/ledger", household=str(ours[0].household_id))
    assert {entry["erased"] for entry in after["entries"]} == {True, False}
    stays = next(entry for entry in after["entries"] if not entry["erased"])
    assert stays["first_assessment_id"] == str(ours[0].id)


@pytest.mark.parametrize("answered", ["not", "erased", "refused"])
async def test_an_order_that_nobody_answers_is_counted(
    stack: Stack, served: Served, answered: str
) -> None:
    order = ErasureOrderedV1(
        erasure_id=uuid4(),
        household_id=uuid4(),
        household_ids=(uuid4(),),
        assessment_ids=(uuid4(),),
        reason=ErasureReason.RETENTION,
        ordered_at=START,
    )
    answers: dict[str, list[Any]] = {
        "not": [],
        "erased": [erased().model_copy(update={"erasure_id": order.erasure_id})],
        "refused": [
            ErasureRefusedV1(
                erasure_id=order.erasure_id,
                household_id=order.household_id,
                refusal=ErasureRefusal.SEEN_SINCE,
                refused_at=START,
            )
        ],
    }
    sent = [(replace(stack.envelope(one), time=START), one) for one in answers[answered]]
    await tell(stack, served, *sent, (stack.envelope(order), order))

    async def waiting(now: datetime) -> int:
        async with served.service.pool.acquire() as connection:
            return await count_unanswered(connection, now, _HOUR)

    assert await waiting(START + _HOUR) == 0
    assert await waiting(START + 2 * _HOUR) == (answered == "not")
