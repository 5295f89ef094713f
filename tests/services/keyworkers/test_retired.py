"""A retired id stands for the household it was linked with, in whatever event it still turns up."""

from __future__ import annotations

import pytest

from contracts.duplication import Candidate
from contracts.envelope import Event
from contracts.keyworkers import AssessmentRoutedV1, KeyWorkerAssignedV1, ReferralOpenedV1
from contracts.vocabulary import Urgency
from services.keyworkers.routing import Consumed
from tests.services.keyworkers.building import linked, matched, review, reviewed, separated, uid
from tests.services.keyworkers.conftest import (
    Clock,
    client_of,
    declare_conflict,
    events_of,
    handled,
    of,
    running,
    table,
)
from tests.services.keyworkers.relationship import active
from tests.stack import Stack


@pytest.mark.parametrize("late", [matched(3, "a", 20), reviewed(3, "a", 20)])
@pytest.mark.parametrize("together", [True, False])
async def test_invariant_4_a_late_event_that_names_a_retired_id_opens_no_second_referral(
    stack: Stack, clock: Clock, late: Consumed, together: bool
) -> None:
    before: tuple[Event, ...] = (matched(1, "b"), matched(2, "a", 5), linked("b", "a", 10))
    async with running(stack, clock) as service:
        if together:
            await stack.publish(*before, late)
        else:
            await stack.publish(*before)
            await handled(service, 3)
            await stack.publish(late)
        await handled(service, 4)
        events = await events_of(stack, 7)
        now = await active(service)
        routes = await table(
            service,
            f"select household_id from assessment_route where assessment_id = "
            f"'{uid('assessment', 3)}'",
        )
    assert len(of(events, ReferralOpenedV1)) == 2
    assert set(now) == {uid("household", "b")}
    [routed] = of(events, AssessmentRoutedV1)
    assert routed.household_id == uid("household", "b")
    assert routed.engagement_id == of(events, KeyWorkerAssignedV1)[0].engagement_id
    assert [row["household_id"] for row in routes] == [uid("household", "b")]


async def test_invariant_4_a_retired_id_resolves_through_every_link_in_force(
    stack: Stack, clock: Clock
) -> None:
    first, second = linked("b", "a", 10), linked("c", "b", 11)
    await stack.publish(
        matched(1, "a"), matched(2, "b", 1), matched(3, "c", 2), first, second, matched(4, "a", 20)
    )
    async with running(stack, clock) as service:
        await handled(service, 6)
        [routed] = of(await events_of(stack, 13), AssessmentRoutedV1)
        assert routed.household_id == uid("household", "c")
        await stack.publish(
            separated("c", "b", 30, 1, 2, undoes=second.link_id), matched(5, "a", 40)
        )
        await handled(service, 8)
        routed = of(await events_of(stack, 19), AssessmentRoutedV1)[-1]
    assert routed.cause.assessment_id == uid("assessment", 5)
    assert routed.household_id == uid("household", "b")


async def test_a_possible_match_with_a_retired_id_goes_to_the_key_worker_of_the_one_kept(
    stack: Stack, clock: Clock
) -> None:
    asked = review(2, "a", 20, urgency=Urgency.URGENT)
    asked = asked.model_copy(
        update={
            "candidates": (
                *asked.candidates,
                Candidate(household_id=uid("household", "z"), weight=1.0),
            )
        }
    )
    await stack.publish(matched(1, "b"), linked("b", "a", 10), asked)
    async with running(stack, clock) as service:
        await handled(service, 3)
        told = (await events_of(stack, 3))[-1]
    assert isinstance(told, AssessmentRoutedV1)
    assert (told.provisional, told.household_id) == (True, uid("household", "b"))


async def test_a_previous_household_by_its_retired_id_counts_for_continuity(
    stack: Stack, clock: Clock
) -> None:
    """Who knew somebody under an id that was retired since has known them."""
    await stack.publish(
        matched(1, "x"),  # ann's, so that ben has the most room
        matched(2, "b", 1),
        matched(3, "y", 2),
        linked("b", "a", 3),
        matched(4, "new", 4, previous_household_ids=(uid("household", "a"),)),
    )
    async with running(stack, clock) as service:
        await handled(service, 5)
        events = await events_of(stack, 8)
        held = await active(service)
    last = of(events, KeyWorkerAssignedV1)[-1]
    assert last.key_worker.id == held[uid("household", "b")]
    assert "has known somebody of this household before" in last.reasons


async def test_conflicts_and_look_ups_by_a_retired_id_are_about_the_one_kept(
    stack: Stack, clock: Clock
) -> None:
    await stack.publish(matched(1, "b"), linked("b", "a", 10))
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 2)
        page = (await client.get(f"/v1/households/{uid('household', 'a')}/engagement")).json()
        assert page["key_worker_id"] == "ann"
        assert page["household_id"] == str(uid("household", "b"))
        await declare_conflict(client, "dan", uid("household", "a"))
        rows = await table(service, "select household_id from conflict_of_interest")
    assert [row["household_id"] for row in rows] == [uid("household", "b")]
