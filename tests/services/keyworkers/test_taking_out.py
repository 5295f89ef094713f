"""A single assessment is erased, as where its agency took it back: the household stays."""

from __future__ import annotations

from pathlib import Path

from contracts.envelope import Event, new_id
from contracts.erasure import AssessmentsErasedV1
from contracts.handovers import EngagementEndedV1, ReferralClosedV1, RoutingReversedV1
from contracts.restrictions import LiftingClosedV1
from contracts.vocabulary import Harm, Urgency
from contracts.vocabulary_changes import ReversalReason
from contracts.vocabulary_erasure import ErasureReason
from services.kit.app import Service
from tests.services.keyworkers.building import linked, matched, review, uid
from tests.services.keyworkers.conftest import Clock, client_of, handled, running, table
from tests.services.keyworkers.relationship import engagement
from tests.services.keyworkers.restricting import OFFICER, STATED, Asking, restricted, said
from tests.services.keyworkers.retaining import STAYS, A, B, holding, put_policy
from tests.stack import Stack

MUM, SON, GRAN = (uid("person", name) for name in ("mum", "son", "gran"))
FULL = [matched(f"full{n}", f"full{n}", n, area="BL1") for n in range(3)]
"""What takes up all the room of a team of one."""


def taken_out(clock: Clock, *assessments: object) -> AssessmentsErasedV1:
    return AssessmentsErasedV1(
        erasure_id=new_id(),
        assessment_ids=tuple(uid("assessment", one) for one in assessments),
        person_ids=(GRAN,),
        reason=ErasureReason.WITHDRAWN,
        erased_at=clock.now,
    )


async def opened(service: Service, household: object) -> dict[str, object]:
    [row] = await table(
        service, f"select * from referral where household_id = '{household}' and closed_at is null"
    )
    return row


async def test_its_route_is_taken_back_and_the_key_worker_stays(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    await put_policy(stack, tmp_path)
    harm = (Harm.CHILD_SIGNIFICANT_HARM,)
    heard: tuple[Event, ...] = (
        matched(1, "a", person_ids=(MUM, GRAN), languages=("ur",), significant_harm=harm),
        matched(2, "a", 1, person_ids=(MUM, SON), languages=("pl",)),
        matched(3, "a", 2, person_ids=(MUM,)),
    )
    await stack.publish(*heard)
    async with running(stack, clock) as service:
        await handled(service, 3)
        held = await engagement(service)
        await stack.publish(taken_out(clock, 1))
        await handled(service, 4)
        assert await engagement(service) == held
        [reversed_] = await said(service, RoutingReversedV1)
        assert (reversed_.household_id, reversed_.reason) == (A, ReversalReason.ERASED)
        assert reversed_.assessment_id == uid("assessment", 1)
        assert reversed_.engagement_id == held["engagement_id"]
        assert await said(service, EngagementEndedV1, ReferralClosedV1) == []
        assert await holding(service, uid("assessment", 1), GRAN) - STAYS == set()
        referral = await opened(service, A)
        assert referral["assessment_id"] == uid("assessment", 2), "the first of what is left"
        assert referral["languages"] == ["pl"]
        people = await table(service, "select person_id from household_person")
        assert {row["person_id"] for row in people} == {MUM, SON}
        [kept] = await table(service, "select reason, counts from erasure")
        assert kept["reason"] == "withdrawn"
        assert kept["counts"]["assessment_route"] == 1
        # Repeated and replayed: nothing of it comes back, nor is anything said again.
        await stack.publish(heard[0], taken_out(clock, 1))
        await handled(service, 6)
        assert await holding(service, uid("assessment", 1)) - STAYS == set()
        assert len(await said(service, RoutingReversedV1)) == 1


async def test_a_referral_with_which_nothing_waits_any_more_is_closed_and_another_goes_on(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    await put_policy(stack, tmp_path)
    await stack.publish(
        *FULL,
        matched(1, "a", 5, area="BL1"),
        matched(2, "b", 6, area="BL1", urgency=Urgency.URGENT),
        matched(3, "b", 7, area="BL1"),
    )
    async with running(stack, clock) as service:
        await handled(service, 6)
        assert (await opened(service, B))["severity"] == "urgent"
        await stack.publish(taken_out(clock, 1), taken_out(clock, 2))
        await handled(service, 8)
        [closed] = await said(service, ReferralClosedV1)
        assert (closed.household_id, closed.reason) == (A, ReversalReason.NO_ASSESSMENT_LEFT)
        waits = await table(service, "select household_id, severity, severity_order, assessment_id"
                            " from waiting_list")  # fmt: skip
        assert waits == [
            {
                "household_id": B,
                "severity": "routine",
                "severity_order": 2,
                "assessment_id": uid("assessment", 3),
            }
        ]
        gone = uid("assessment", 1), uid("assessment", 2)
        assert await holding(service, *gone) - STAYS == set()


async def test_a_possible_match_that_is_taken_out_is_nobodys_to_look_at(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    await put_policy(stack, tmp_path)
    await stack.publish(
        matched(1, "a"), review(2, "a", 1, urgency=Urgency.URGENT), review(3, "a", 2)
    )
    async with running(stack, clock) as service:
        await handled(service, 3)
        await stack.publish(taken_out(clock, 2, 3))
        await handled(service, 4)
        [reversed_] = await said(service, RoutingReversedV1)
        assert reversed_.assessment_id == uid("assessment", 2), "of the other nobody was told"
        assert await table(service, "select * from pending_review") == []
        rows = await table(service, "select assessment_id from assessment_route")
        assert [row["assessment_id"] for row in rows] == [uid("assessment", 1)]


async def test_whether_a_restriction_that_it_stated_be_lifted_is_asked_no_more(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    """Asked of the household by an id that it has no more."""
    await put_policy(stack, tmp_path)
    await stack.publish(restricted(B), matched(1, "b", **STATED), matched(2, "b", 1, **STATED))
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 3)
        ask = Asking(client)
        await ask.add(OFFICER, OFFICER, B)
        answer = await ask.post(OFFICER, f"/v1/households/{B}/liftings", reason="safe_now")
        assert answer.status_code == 201, answer.text
        await stack.publish(restricted(A, 4), matched(3, "a", 4), linked("a", "b", 5))
        await stack.publish(taken_out(clock, 1))
        await handled(service, 7)
        [closed] = await said(service, LiftingClosedV1)
        assert closed.closed_by is None
        page = (await ask.get(OFFICER, f"/v1/households/{A}/access")).json()
        assert page["restricted"]
        assert page["asked"] is None
        assert await table(service, "select * from parked_record") == []
