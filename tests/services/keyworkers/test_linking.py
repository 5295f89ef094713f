"""Two households found to be one: who stays, and what becomes of who does not (rule 8)."""

from __future__ import annotations

from contracts.handovers import EngagementEndedV1, HandoverProposedV1
from contracts.keyworkers import KeyWorkerAssignedV1
from tests.services.keyworkers.building import linked, matched, separated, uid
from tests.services.keyworkers.conftest import (
    Clock,
    client_of,
    declare_conflict,
    handled,
    of,
    running,
    table,
)
from tests.services.keyworkers.relationship import active, spoken
from tests.stack import Stack

A, B = (uid("household", name) for name in "ab")


async def test_rule_8_whoever_does_not_stay_is_asked_to_hand_over(
    stack: Stack, clock: Clock
) -> None:
    await stack.publish(matched(1, "a"), matched(2, "b", 5), linked("b", "a", 10))
    async with running(stack, clock) as service:
        await handled(service, 3)
        events = await spoken(service)
    first, second = of(events, KeyWorkerAssignedV1)
    [ended] = of(events, EngagementEndedV1)
    assert ended.previous == second.key_worker
    assert ended.key_worker == first.key_worker
    assert ended.cause == second.cause
    assert ended.asked.escalation[0].kind == "team_lead"
    assert first.key_worker.contact.name in ended.reasons[-1]


async def test_rule_8_who_has_a_conflict_of_interest_with_either_does_not_stay(
    stack: Stack, clock: Clock
) -> None:
    await stack.publish(matched(1, "a"), matched(2, "b", 5))
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 2)
        before = await active(service)
        longer = before[A]
        assert (await declare_conflict(client, longer, B)).status_code == 201
        link = linked("b", "a", 10)
        await stack.publish(link)
        await handled(service, 3)
        assert await active(service) == {B: before[B]}
        await stack.publish(separated("b", "a", 30, 1, undoes=link.link_id))
        await handled(service, 4)
        assert await active(service) == before
        rows = await table(service, "select household_id from conflict_of_interest")
    assert [row["household_id"] for row in rows] == [B]


async def test_rule_8_who_has_a_conflict_of_interest_after_a_link_is_relieved_by_a_handover(
    stack: Stack, clock: Clock
) -> None:
    await stack.publish(matched(1, "a"))
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 1)
        [theirs] = (await active(service)).values()
        assert (await declare_conflict(client, theirs, B)).status_code == 201
        await stack.publish(linked("b", "a", 10))
        await handled(service, 2)
        assert await active(service) == {B: theirs}  # until it is accepted
        [asked] = of(await spoken(service), HandoverProposedV1)
    assert (asked.household_id, asked.from_key_worker.id) == (B, theirs)
    assert asked.to_key_worker.id == ({"ann", "ben"} - {theirs}).pop()
    assert asked.proposed_by == "leigh-east"  # that there is a conflict is nobody else's to know
