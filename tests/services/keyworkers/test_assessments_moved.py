"""Of which household each assessment is, is said outright; what waits, waits for one that does."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID

from contracts.codec import decode_event
from contracts.handovers import (
    AssessmentsMovedV1,
    EngagementEndedV1,
    HouseholdMovedV1,
    ReferralClosedV1,
)
from contracts.keyworkers import KeyWorkerAssignedV1
from contracts.vocabulary_changes import ReversalReason
from services.kit.app import Service
from tests.services.keyworkers.building import linked, matched, separated, uid
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
from tests.services.keyworkers.relationship import active, end
from tests.stack import Stack

A, B, C = (uid("household", name) for name in "abc")
FULL: dict[str, Any] = {"policy": {"caseload_limit": 1, "reserve_for_harm": 0}}
MIGRATION = files("services.keyworkers") / "migrations" / "0017_assessments_moved.sql"


async def spoken(service: Service, kind: type[Any]) -> list[Any]:
    """What the service has said of one kind, in order."""
    rows = await table(service, "select type, value from outbox order by id")
    return of([decode_event(row["type"], row["value"]) for row in rows], kind)


def ids(*numbers: int) -> tuple[UUID, ...]:
    return tuple(sorted((uid("assessment", n) for n in numbers), key=lambda one: one.bytes))


async def moves(service: Service) -> list[tuple[UUID, tuple[UUID, ...]]]:
    said = await spoken(service, AssessmentsMovedV1)
    return [(event.household_id, event.assessment_ids) for event in said]


async def test_what_links_and_undoing_move_is_named_though_nothing_of_it_is_open(
    stack: Stack, clock: Clock
) -> None:
    link = linked("b", "a", 10)
    await stack.publish(matched(1, "a"), matched(2, "a", 1), matched(3, "b", 2))
    async with running(stack, clock) as service:
        await handled(service, 3)
        await end(service, A)
        await stack.publish(link)
        await handled(service, 4)
        assert await moves(service) == [(B, ids(1, 2))]
        await stack.publish(separated("b", "a", 30, 1, 2, undoes=link.link_id))
        await handled(service, 5)
        assert await moves(service) == [(B, ids(1, 2)), (A, ids(1, 2))]
        assert await spoken(service, HouseholdMovedV1) == []


async def test_what_is_decided_anew_says_itself_where_it_is(stack: Stack, clock: Clock) -> None:
    await stack.publish(matched(1, "a"), matched(2, "a", 1), separated("a", "b", 5, 2))
    async with running(stack, clock) as service:
        await handled(service, 3)
        assert await moves(service) == []
        [_, anew] = await spoken(service, KeyWorkerAssignedV1)
        assert (anew.household_id, anew.cause.assessment_id) == (B, uid("assessment", 2))


async def test_what_links_had_moved_before_it_was_said_is_said_once(
    stack: Stack, clock: Clock
) -> None:
    first, second = linked("b", "a", 10), linked("c", "b", 11)
    await stack.publish(
        matched(1, "a"), matched(2, "b", 1), matched(3, "c", 2), matched(4, "d", 3), first, second,
        separated("c", "a", 30, 1, undoes=first.link_id),
    )  # fmt: skip
    async with running(stack, clock) as service:
        await handled(service, 7)
        async with service.pool.acquire() as connection:
            await connection.execute("delete from outbox")  # as the release before left it
            await connection.execute(MIGRATION.read_text("utf-8"))
        assert sorted(await moves(service)) == sorted([(A, ids(1)), (C, ids(2, 3))])


async def test_a_household_waits_for_the_first_of_its_assessments_that_waits(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    """Of what came before the work with it had ended, nobody is told whoever is named now."""
    await put_place(stack, tmp_path, **FULL)
    await stack.publish(matched(1, "a", area="BL1"))
    async with running(stack, clock) as service:
        await handled(service, 1)
        await end(service, A)
        await stack.publish(
            matched(9, "c", 1, area="BL1"), matched(2, "a", 2, area="BL1"),
            matched(3, "a", 3, area="BL1"), separated("a", "b", 5, 2, area="BL1"),
        )  # fmt: skip
        await handled(service, 5)
        waits = await table(service, "select household_id, assessment_id from waiting_list")
    assert {row["household_id"]: row["assessment_id"] for row in waits} == {
        A: uid("assessment", 3),
        B: uid("assessment", 2),
    }


async def test_a_referral_with_which_nothing_waits_any_more_is_closed(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    await put_place(stack, tmp_path, **FULL)
    await stack.publish(matched(1, "a", area="BL1"))
    async with running(stack, clock) as service:
        await handled(service, 1)
        await end(service, A)
        await stack.publish(
            matched(9, "c", 1, area="BL1"), matched(2, "a", 2, area="BL1"),
            separated("a", "b", 5, 2, area="BL1"),
        )  # fmt: skip
        await handled(service, 4)
        waits = await table(service, "select household_id from waiting_list")
        [closed] = await spoken(service, ReferralClosedV1)
    assert [row["household_id"] for row in waits] == [B]
    assert (closed.household_id, closed.reason) == (A, ReversalReason.NO_ASSESSMENT_LEFT)


async def test_what_a_link_ended_is_taken_up_though_something_had_waited_since(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    """What waited goes away with the undone link, so that nothing does any more."""
    await put_place(stack, tmp_path, **FULL)
    link = linked("b", "a", 10)
    await stack.publish(
        matched(9, "x", area="BL1"), matched(1, "a", 1), matched(2, "a", 2), matched(3, "b", 3),
        link,
    )  # fmt: skip
    async with running(stack, clock) as service:
        await handled(service, 5)
        [lost] = await spoken(service, EngagementEndedV1)
        clock.turn(minutes=15)
        await end(service, B)
        await stack.publish(
            separated("b", "y", 20, 2, area="BL1"), separated("y", "b", 21, 2, area="BL1")
        )
        await handled(service, 7)
        waits = await table(service, "select household_id from waiting_list")
        assert [row["household_id"] for row in waits] == [B]
        await stack.publish(separated("b", "a", 30, 1, 2, area="BL1", undoes=link.link_id))
        await handled(service, 8)
        assert (await active(service))[B] == lost.key_worker_id
        [*_, taken_up] = await spoken(service, HouseholdMovedV1)
        assert (taken_up.household_id, taken_up.engagement_id) == (B, lost.engagement_id)
        waits = await table(service, "select household_id from waiting_list")
        assert [row["household_id"] for row in waits] == [A]


async def test_nobody_is_left_where_a_link_had_ended_what_its_key_worker_may_not_take_up_again(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    """A referral is all that can be taken up, and nothing waits with it: what went to whoever has
    the conflict is decided anew, and waits with it."""
    await put_place(stack, tmp_path, **FULL)
    first, second, third = linked("b", "c", 10), linked("a", "b", 11), linked("c", "a", 40)
    await stack.publish(
        matched(9, "x", area="BL1"), matched(1, "a", 1, area="BL1"), matched(3, "c", 2),
        matched(2, "b", 3), first, second, separated("a", "c", 20, 3, undoes=first.link_id),
    )  # fmt: skip
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 7)
        theirs = (await active(service))[A]
        clock.turn(minutes=30)
        assert (await declare_conflict(client, theirs, A)).status_code == 201
        await stack.publish(third, separated("c", "a", 50, 1, 2, area="BL1", undoes=third.link_id))
        await handled(service, 9)
        waits = await table(service, "select household_id, assessment_id from waiting_list")
        assert A not in await active(service)
    assert waits == [{"household_id": A, "assessment_id": uid("assessment", 1)}]
