"""Households that wait for a key worker, linked and separated: each for what is its own."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from contracts.keyworkers import KeyWorkerAssignedV1
from contracts.vocabulary import Urgency
from tests.services.keyworkers.building import MONDAY_TEN, linked, matched, separated, uid
from tests.services.keyworkers.conftest import Clock, handled, put_place, running, table
from tests.services.keyworkers.relationship import end, spoken, strays
from tests.stack import Stack

A, B, C = (uid("household", name) for name in "abc")


async def test_what_waited_with_a_link_waits_with_its_own_again(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    await put_place(stack, tmp_path, policy={"caseload_limit": 1, "reserve_for_harm": 0})
    link = linked("b", "a", 10)
    await stack.publish(
        matched(8, "x"), matched(9, "y", 1), matched(1, "a", 2), matched(2, "b", 3), link,
        matched(3, "b", 12, urgency=Urgency.URGENT),
        separated("b", "a", 30, 1, undoes=link.link_id),
    )  # fmt: skip
    async with running(stack, clock) as service:
        await handled(service, 7)
        waiting = await table(service, "select household_id, assessment_id from waiting_list")
        assert await strays(service) == []
    assert {(row["household_id"], row["assessment_id"]) for row in waiting} == {
        (A, uid("assessment", 1)),
        (B, uid("assessment", 2)),
    }
    assert clock.now - MONDAY_TEN == timedelta()


async def test_a_household_that_waits_does_so_for_an_assessment_of_its_own(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    """The one that opened its referral is found to be another household's: whoever is named for it
    is told of the next, and the agency of the first nothing of this household."""
    await put_place(stack, tmp_path, policy={"caseload_limit": 1, "reserve_for_harm": 0})
    await stack.publish(
        matched(1, "c", area="BL1"), matched(2, "a", 1, area="BL1"), matched(3, "a", 2, area="BL1")
    )
    async with running(stack, clock) as service:
        await handled(service, 3)
        await stack.publish(separated("a", "b", 5, 2, area="BL1"))
        await handled(service, 4)
        rows = await table(
            service,
            "select household_id, assessment_id, cause from waiting_list order by opened_at",
        )
        waits = {row["household_id"]: row for row in rows}
        await end(service, C)
        said = await spoken(service)
    assert {one: row["assessment_id"] for one, row in waits.items()} == {
        A: uid("assessment", 3),
        B: uid("assessment", 2),
    }
    assert waits[A]["cause"]["assessment_id"] == str(uid("assessment", 3))
    [*_, assigned] = [event for event in said if isinstance(event, KeyWorkerAssignedV1)]
    about = {A: uid("assessment", 3), B: uid("assessment", 2)}
    assert assigned.cause.assessment_id == about[assigned.household_id]
