"""Undoing a link, in whatever order: each household has its own, and nobody is left alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from contracts.handovers import (
    AssessmentsMovedV1,
    HouseholdMovedV1,
    RoutingReversedV1,
)
from contracts.keyworkers import (
    AssessmentRoutedV1,
    FrontDoorNotifiedV1,
    KeyWorkerAssignedV1,
    ReferralOpenedV1,
)
from contracts.vocabulary import Harm
from contracts.vocabulary_changes import ReversalReason
from tests.services.keyworkers.building import (
    key_worker,
    linked,
    matched,
    place_document,
    review,
    separated,
    uid,
)
from tests.services.keyworkers.conftest import (
    Clock,
    client_of,
    declare_conflict,
    handled,
    of,
    put_place,
    running,
    table,
)
from tests.services.keyworkers.relationship import active, end, spoken, strays
from tests.stack import Stack

HARM: dict[str, Any] = {"significant_harm": (Harm.CHILD_SIGNIFICANT_HARM,)}
A, B, C = (uid("household", name) for name in "abc")


async def test_undoing_a_link_opens_a_referral_for_what_would_be_left_with_nobody(
    stack: Stack, clock: Clock
) -> None:
    link = linked("b", "a", 10)
    async with running(stack, clock) as service:
        await stack.publish(matched(1, "b"))
        await handled(service, 1)
        await end(service, B)
        await stack.publish(
            matched(2, "a", 5), link, matched(3, "b", 20, **HARM), matched(4, "b", 21)
        )
        await handled(service, 5)
        assert set(await active(service)) == {B}
        await stack.publish(separated("b", "a", 30, 2, undoes=link.link_id))
        await handled(service, 6)
        now = await active(service)
        events = await spoken(service)
        assert await strays(service) == []
    assert set(now) == {A, B}
    taken_back = of(events, RoutingReversedV1)
    assert [e.assessment_id for e in taken_back] == [uid("assessment", n) for n in (3, 4)]
    assert {e.household_id for e in taken_back} == {B}
    opened = of(events, ReferralOpenedV1)[-1]
    assert (opened.household_id, opened.cause.assessment_id) == (B, uid("assessment", 3))
    assert opened.re_referral
    routed = of(events, AssessmentRoutedV1)[-1]
    assert (routed.household_id, routed.cause.assessment_id) == (B, uid("assessment", 4))
    assert len(of(events, FrontDoorNotifiedV1)) == 1  # once, however often it is decided


async def test_undoing_a_link_tells_the_key_worker_who_is_back_of_what_came_meanwhile(
    stack: Stack, clock: Clock
) -> None:
    link = linked("b", "a", 10)
    await stack.publish(matched(1, "a"), matched(2, "b", 5), link, matched(3, "b", 20, **HARM))
    async with running(stack, clock) as service:
        await handled(service, 4)
        await stack.publish(separated("b", "a", 30, 1, undoes=link.link_id))
        await handled(service, 5)
        now = await active(service)
        events = await spoken(service)
        assert await strays(service) == []
    ours, theirs = (e.engagement_id for e in reversed(of(events, KeyWorkerAssignedV1)))
    [taken_back] = of(events, RoutingReversedV1)
    assert (taken_back.assessment_id, taken_back.engagement_id) == (uid("assessment", 3), theirs)
    resumed, back = of(events, HouseholdMovedV1)[-2:]
    [_, went] = of(events, AssessmentsMovedV1)
    assert (went.household_id, went.assessment_ids) == (A, (uid("assessment", 1),))
    assert (resumed.household_id, resumed.engagement_id) == (B, ours)
    assert (back.household_id, back.engagement_id) == (A, theirs)
    assert resumed.key_worker is not None
    assert resumed.alert is not None
    assert resumed.key_worker.id == now[B]
    last = of(events, AssessmentRoutedV1)[-1]
    assert (last.cause.assessment_id, last.engagement_id) == (uid("assessment", 3), ours)
    # Taken back before the household's alerts move, and said anew after.
    order = [type(e) for e in events]
    assert order.index(RoutingReversedV1) < order.index(HouseholdMovedV1, 6)


async def test_work_that_ended_while_linked_is_not_begun_again_by_undoing_the_link(
    stack: Stack, clock: Clock
) -> None:
    link = linked("b", "a", 10)
    async with running(stack, clock) as service:
        await stack.publish(matched(2, "a"), link)
        await handled(service, 2)
        await end(service, B)
        await stack.publish(separated("b", "a", 30, 2, undoes=link.link_id))
        await handled(service, 3)
        assert await active(service) == {}
        assert len(of(await spoken(service), ReferralOpenedV1)) == 1


async def test_links_are_undone_in_any_order(stack: Stack, clock: Clock) -> None:
    first, second = linked("b", "a", 10), linked("c", "b", 11)
    await stack.publish(matched(1, "a"), matched(2, "b", 1), matched(3, "c", 2, area="BL1"))
    async with running(stack, clock) as service:
        await handled(service, 3)
        begun = [
            (row["household_id"], row["engagement_id"])
            for row in await table(service, "select * from engagement order by started_at")
        ]
        await stack.publish(first, second)
        await handled(service, 5)
        assert set(await active(service)) == {C}
        await stack.publish(separated("c", "a", 30, 1, undoes=first.link_id))
        await handled(service, 6)
        assert set(await active(service)) == {A, C}
        await stack.publish(separated("c", "b", 40, 2, undoes=second.link_id))
        await handled(service, 7)
        rows = await table(service, "select * from engagement order by started_at")
        assert [(row["household_id"], row["engagement_id"]) for row in rows] == begun
        assert all(row["ended_at"] is None for row in rows)
        assert await strays(service) == []


async def test_what_a_link_ended_is_taken_up_when_a_later_link_is_undone_after_it(
    stack: Stack, clock: Clock
) -> None:
    """b had to yield to a, and both to c; a goes first, and b finds what it had when it goes."""
    first, second = linked("b", "a", 10), linked("c", "b", 11)
    await stack.publish(
        matched(1, "c", area="BL1"), matched(2, "a", 1), matched(3, "b", 2), first, second
    )
    async with running(stack, clock) as service:
        await handled(service, 5)
        await stack.publish(separated("c", "a", 30, 2, undoes=first.link_id))
        await handled(service, 6)
        [*_, goes_back] = of(await spoken(service), AssessmentsMovedV1)
        assert (goes_back.household_id, goes_back.assessment_ids) == (A, (uid("assessment", 2),))
        await stack.publish(separated("c", "b", 40, 3, undoes=second.link_id))
        await handled(service, 7)
        assert set(await active(service)) == {A, B, C}
        assert len(await table(service, "select * from referral")) == 3
        assert await strays(service) == []


async def test_nobody_who_has_left_is_given_a_household_back(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    link = linked("b", "a", 10)
    await stack.publish(matched(1, "a"), matched(2, "b", 5), link)
    async with running(stack, clock) as service:
        await handled(service, 3)
        [kept] = (await active(service)).values()
        gone = "ben" if kept == "ann" else "ann"
        people = [
            one | ({"left_on": "2026-03-01"} if one["id"] == gone else {})
            for one in place_document()["key_workers"]
        ]
        await put_place(stack, tmp_path, key_workers=[*people, key_worker("gil")])
        await stack.publish(separated("b", "a", 30, 1, undoes=link.link_id))
        await handled(service, 4)
        now = await active(service)
        assert await strays(service) == []
    assert set(now) == {A, B}
    assert gone not in now.values()


async def test_conflicts_and_acquaintance_go_back_with_whom_they_are_about(
    stack: Stack, clock: Clock
) -> None:
    link = linked("b", "a", 10)
    he, she = uid("person", "he"), uid("person", "she")
    await stack.publish(matched(1, "a", person_ids=(he,)), matched(2, "b", 5, person_ids=(she,)))
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 2)
        await declare_conflict(client, "eve", A)
        clock.turn(minutes=15)
        await stack.publish(link)
        await handled(service, 3)
        await declare_conflict(client, "fay", B)
        clock.turn(minutes=15)
        await stack.publish(separated("b", "a", 30, 1, undoes=link.link_id, person_ids=(he,)))
        await handled(service, 4)
        conflicts = await table(service, "select * from conflict_of_interest order by 2, 3")
        seen = await table(service, "select * from household_person")
    assert {(row["key_worker_id"], row["household_id"]) for row in conflicts} == {
        ("eve", A),
        ("fay", A),  # declared while they were one
        ("fay", B),
    }
    assert {(row["household_id"], row["person_id"]) for row in seen} == {(A, he), (B, she)}


async def test_rule_3_harm_under_review_goes_back_to_the_key_worker_of_the_likeliest(
    stack: Stack, clock: Clock
) -> None:
    link = linked("b", "a", 10)
    await stack.publish(
        matched(1, "b"), matched(2, "a", 1), link, review(3, "a", 20, due=600, **HARM)
    )
    async with running(stack, clock) as service:
        await handled(service, 4)
        await stack.publish(separated("b", "a", 30, 2, undoes=link.link_id))
        await handled(service, 5)
        now = await active(service)
        events = await spoken(service)
    told = [e for e in of(events, AssessmentRoutedV1) if e.provisional]
    assert [e.household_id for e in told] == [B, A]
    assert told[-1].key_worker.id == now[A]
    [taken_back] = of(events, RoutingReversedV1)
    assert (taken_back.household_id, taken_back.reason) == (B, ReversalReason.SEPARATED)
