"""What duplication has erased is erased here, stays known as erased, and nothing brings it back."""

from __future__ import annotations

from pathlib import Path

from contracts.envelope import Event, new_id
from contracts.erasure import AssessmentsErasedV1
from contracts.handovers import EngagementEndedV1, ReferralClosedV1
from contracts.keyworkers import FrontDoorNotifiedV1, KeyWorkerAssignedV1
from contracts.restrictions import LiftingClosedV1
from contracts.vocabulary import Harm
from contracts.vocabulary_erasure import ErasureReason
from tests.services.keyworkers.building import (
    MONDAY_TEN,
    linked,
    matched,
    review,
    reviewed,
    separated,
    uid,
)
from tests.services.keyworkers.conftest import Clock, declare_conflict, handled, table
from tests.services.keyworkers.relationship import other_than, spoken
from tests.services.keyworkers.restricting import STATED, restricted, said
from tests.services.keyworkers.retaining import (
    OFFICER,
    STAYS,
    YEARS,
    A,
    B,
    erased,
    holding,
    ordered,
    put_policy,
    quiet_household,
)
from tests.stack import Stack

MUM, SON = uid("person", "mum"), uid("person", "son")
WHOLE: tuple[Event, ...] = (
    restricted(A),
    matched(
        1, "a", person_ids=(MUM, SON), apart_household_ids=(uid("household", "x"),),
        significant_harm=(Harm.CHILD_SIGNIFICANT_HARM,), **STATED,
    ),
    matched(2, "b", 1, person_ids=(MUM,), apart_household_ids=(uid("household", "y"),)),
    review(3, "a", 2, person_ids=(MUM,)),
    reviewed(3, "a", 3, person_ids=(MUM,)),
    linked("a", "b", 5),
)  # fmt: skip


async def test_everything_of_it_goes_but_what_only_grows_and_what_names_nobody(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    async with quiet_household(stack, clock, tmp_path, *WHOLE) as (service, ask):
        await ask.add(OFFICER, "cat")
        await declare_conflict(ask.client, "eve", A)
        await declare_conflict(ask.client, "fay", A)
        await ask.post("fay", f"/v1/keyworkers/fay/conflicts/{A}/withdraw")
        work = await table(
            service, "select key_worker_id, team_id, started_at from engagement order by started_at"
        )
        order = await ordered(service, clock)
        ids = (*order.household_ids, *order.assessment_ids, MUM, SON)
        before = await holding(service, *ids)
        assert before > STAYS - {"erased_id", "retention_hold", "restriction_restored", "lifting"}
        clock.turn(hours=1)
        await stack.publish(erased(order, clock, MUM, SON))
        await handled(service, 7)
        assert await holding(service, *ids) - STAYS == set()
        [kept] = await table(service, "select * from erasure")
        assert kept["erased_at"] == clock.now
        assert kept["reason"] == "retention"
        assert kept["counts"] == {
            "assessment_route": 3,
            "assignment_reason": 4,
            "conflict_of_interest": 1,
            "conflict_withdrawn": 1,
            "engagement": 2,
            "front_door_told": 1,
            "household_apart": 6,
            "household_person": 3,
            "pending_review": 1,
            "referral": 2,
            "restricted_household": 1,
        }
        left = await table(service, "select * from erased_engagement order by started_on")
        assert [(row["key_worker_id"], row["team_id"], row["started_on"]) for row in left] == [
            (row["key_worker_id"], row["team_id"], row["started_at"].date()) for row in work
        ]
        loaded = await ask.client.get(f"/v1/keyworkers/{work[0]['key_worker_id']}")
        assert loaded.status_code == 200


async def test_an_erased_id_is_answered_with_when_and_why_for_ever(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    async with quiet_household(stack, clock, tmp_path, *WHOLE) as (service, ask):
        await declare_conflict(ask.client, "eve", A)
        await put_policy(stack, tmp_path, officers=[OFFICER, "eve"])
        order = await ordered(service, clock)
        await stack.publish(erased(order, clock))
        await handled(service, 7)
        for household in (A, B):
            for path in ("engagement", "access", "access/history"):
                gone = await ask.get(OFFICER, f"/v1/households/{household}/{path}")
                assert gone.status_code == 410, path
                assert gone.json()["detail"] == (
                    "This was erased on 3 April 2032, because it had been kept for as long as the"
                    " place keeps its records."
                )
            assert (await declare_conflict(ask.client, "eve", household)).status_code == 410
            asked = await ask.post(
                OFFICER, f"/v1/households/{household}/liftings", reason="safe_now"
            )
            assert asked.status_code == 410
        looks = f"/v1/households/{A}/looks"
        kept = await ask.get(OFFICER, looks)
        assert kept.status_code == 200, "who looked is kept, and shown to privacy officers"
        assert (await ask.get("eve", looks)).status_code == 404


async def test_nothing_late_or_repeated_brings_anything_of_it_back(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    async with quiet_household(stack, clock, tmp_path, *WHOLE) as (service, _):
        order = await ordered(service, clock)
        event = erased(order, clock, MUM, SON)
        await stack.publish(event)
        await handled(service, 7)
        [kept] = await table(service, "select * from erasure")
        before = await table(service, "select count(*) as n from outbox")
        # Each with an id that was never consumed, as after a broker was filled again.
        await stack.publish(*WHOLE, separated("a", "b", 9, 2), event, event)
        await handled(service, 16)
        ids = (*order.household_ids, *order.assessment_ids, MUM, SON)
        assert await holding(service, *ids) - STAYS == set()
        assert await table(service, "select * from erasure") == [kept], "as it was counted first"
        assert await table(service, "select count(*) as n from outbox") == before
        assert await table(service, "select * from parked_record") == []


async def test_an_assessment_that_was_not_erased_reaches_somebody_whatever_was(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    """As where duplication alone was restored, and has the household again."""
    async with quiet_household(stack, clock, tmp_path) as (service, _):
        await stack.publish(erased(await ordered(service, clock), clock))
        await handled(service, 2)
        minute = (clock.now - MONDAY_TEN).total_seconds() / 60
        harm = (Harm.CHILD_SIGNIFICANT_HARM,)
        await stack.publish(matched(9, "a", minute, significant_harm=harm))
        await handled(service, 3)
        told = await said(service, FrontDoorNotifiedV1, KeyWorkerAssignedV1)
        of_it = [type(e) for e in told if e.cause.assessment_id == uid("assessment", 9)]
        assert sorted(of_it, key=str) == [FrontDoorNotifiedV1, KeyWorkerAssignedV1]


async def test_replayed_into_empty_stores_it_is_erased_again(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    """In one batch, with what came before, between and after it."""
    order = AssessmentsErasedV1(
        erasure_id=uid("erasure"),
        household_ids=(A, B),
        assessment_ids=tuple(uid("assessment", n) for n in (1, 2, 3)),
        person_ids=(MUM, SON),
        reason=ErasureReason.COURT_ORDER,
        erased_at=clock.now,
    )
    other = AssessmentsErasedV1(
        erasure_id=uid("erasure", 2),
        household_ids=(uid("household", "d"),),
        assessment_ids=(uid("assessment", 5),),
        reason=ErasureReason.IN_ERROR,
        erased_at=clock.now,
    )
    events = (*WHOLE, matched(5, "d", 6), order, other, matched(1, "a"), matched(4, "c", 7))
    async with quiet_household(stack, clock, tmp_path, *events) as (service, _):
        rows = await table(service, "select household_id from assessment_route")
        assert [row["household_id"] for row in rows] == [uid("household", "c")]
        assert await holding(service, A, B, uid("household", "d")) - STAYS == set()
        counts = await table(service, "select counts from erasure order by reason")
        assert [row["counts"]["assessment_route"] for row in counts] == [3, 1]


async def test_whoever_works_with_it_all_the_same_is_told_that_it_has_ended(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    """The order rules it out; a store that was restored from a backup may not know of the order."""
    async with quiet_household(
        stack, clock, tmp_path, restricted(A), matched(1, "a", **STATED)
    ) as (
        service,
        ask,
    ):
        await ask.add(OFFICER, OFFICER)
        await ask.post(OFFICER, f"/v1/households/{A}/liftings", reason="safe_now")
        await stack.publish(matched(2, "a", 60 * 24 * 2, **STATED))
        await handled(service, 3)
        event = AssessmentsErasedV1(
            erasure_id=new_id(),
            household_ids=(A,),
            assessment_ids=(uid("assessment", 1), uid("assessment", 2)),
            reason=ErasureReason.UNLAWFUL,
            erased_at=clock.now,
        )
        await stack.publish(event)
        await handled(service, 4)
        ended = [e for e in await spoken(service) if isinstance(e, EngagementEndedV1)]
        assert len(ended) == 2
        [closed] = await said(service, ReferralClosedV1)
        assert closed.household_id == A
        [lifting] = await said(service, LiftingClosedV1)
        assert lifting.closed_by is None
        assert await holding(service, A) - STAYS == set()


async def test_somebody_elses_household_stays_as_it_is(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    events = (matched(1, "a", person_ids=(MUM,)), matched(2, "c", 1, person_ids=(MUM, SON)))
    async with quiet_household(stack, clock, tmp_path, *events) as (service, _):
        clock.turn(days=YEARS)
        event = AssessmentsErasedV1(
            erasure_id=new_id(),
            household_ids=(A,),
            assessment_ids=(uid("assessment", 1),),
            reason=ErasureReason.RETENTION,
            erased_at=clock.now,
        )
        await stack.publish(event)
        await handled(service, 3)
        c = uid("household", "c")
        for name in ("assessment_route", "referral", "engagement"):
            rows = await table(service, f"select household_id from {name}")
            assert [row["household_id"] for row in rows] == [c], name
        people = await table(service, "select person_id, household_id from household_person")
        assert {(row["person_id"], row["household_id"]) for row in people} == {(MUM, c), (SON, c)}


async def test_whoever_was_given_a_household_that_is_erased_was_given_it_all_the_same(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    """The next goes to whoever has waited longest for one: not to them again."""
    async with quiet_household(stack, clock, tmp_path) as (service, _):
        [first] = await table(service, "select key_worker_id from engagement")
        event = AssessmentsErasedV1(
            erasure_id=new_id(),
            household_ids=(A,),
            assessment_ids=(uid("assessment", 1),),
            reason=ErasureReason.IN_ERROR,
            erased_at=clock.now,
        )
        await stack.publish(event, matched(2, "c", 60 * 48))
        await handled(service, 3)
        [second] = await table(service, "select key_worker_id from engagement")
        assert second["key_worker_id"] == other_than(first["key_worker_id"])
