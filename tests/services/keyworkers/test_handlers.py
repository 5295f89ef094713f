"""The whole service over a real PostgreSQL and a real broker."""

from __future__ import annotations

from contracts.keyworkers import (
    AssessmentRoutedV1,
    FrontDoorNotifiedV1,
    HouseholdQueuedV1,
    KeyWorkerAssignedV1,
    ReferralOpenedV1,
)
from contracts.topics import HOUSEHOLDS
from contracts.vocabulary import Harm
from tests.services.keyworkers.building import matched, review, reviewed, uid
from tests.services.keyworkers.conftest import Clock, client_of, put_place, running, said, turn
from tests.stack import Stack, eventually


async def test_first_assessment_opens_and_the_next_is_routed(stack: Stack, clock: Clock) -> None:
    await stack.publish(matched(1, "a"), matched(2, "a", 5))
    async with running(stack, clock):
        events = [event for _, event in await said(stack, 3)]
    opened, assigned, routed = events
    assert isinstance(opened, ReferralOpenedV1)
    assert isinstance(assigned, KeyWorkerAssignedV1)
    assert isinstance(routed, AssessmentRoutedV1)
    assert routed.engagement_id == assigned.engagement_id
    assert routed.key_worker == assigned.key_worker
    assert routed.referral_avoided
