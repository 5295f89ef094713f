"""Rule 6: two people lift the restriction of a household, and one may restrict it again."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest

from contracts.restrictions import (
    AccessChangedV1,
    RestrictionLiftedV1,
    RestrictionRestoredV1,
)
from contracts.vocabulary_access import LiftingReason
from services.keyworkers.lifting import Lifting, Position, why_not_agree
from tests.services.keyworkers.building import MONDAY_TEN, matched, uid
from tests.services.keyworkers.conftest import (
    Clock,
    client_of,
    handled,
    running,
    table,
)
from tests.services.keyworkers.lifting import Lifts, restricted_household
from tests.services.keyworkers.relationship import other_than
from tests.services.keyworkers.restricting import (
    DESK,
    LEAD,
    OFFICER,
    STATED,
    A,
    B,
    link,
    opened,
    restricted,
    said,
    versions,
)
from tests.stack import Stack

_ONE, _TWO = uid("assessment", 1), uid("assessment", 2)


async def test_rule_6_two_people_lift_a_restriction_one_of_whom_knows_the_household(
    stack: Stack, clock: Clock
) -> None:
    async with restricted_household(stack, clock) as (service, lifts, mine):
        other = other_than(mine)
        for nobody in (other, DESK, "reviewer", "leigh-west", "bolton"):
            assert (await lifts.ask(nobody)).status_code == 403, nobody
        assert (await lifts.ask(mine)).status_code == 201
        assert (await lifts.ask(OFFICER)).status_code == 409, "it is asked once"
        lifting = await lifts.asked()
        for nobody in (mine, other, DESK, "leigh-west"):
            assert (await lifts.answer(nobody, "agree", lifting)).status_code == 403, nobody
        assert (await lifts.get(mine)).json()["may_agree"] is False
        listed = (await lifts.get(OFFICER, "/v1/restricted")).json()
        assert [(one["asked"], one["lifted_at"]) for one in listed] == [(True, None)]
        clock.turn(minutes=5)
        answer = await lifts.answer(LEAD, "agree", lifting)
        assert answer.status_code == 200, answer.text
        assert (await lifts.get(other, f"/v1/households/{A}/engagement")).json()["hidden"], (
            "until duplication has stated anew why few may know"
        )
        [event] = await said(service, RestrictionLiftedV1)
        assert (event.asked_by, event.agreed_by) == (mine, LEAD)
        assert (event.assessment_ids, event.reason) == ((_ONE,), LiftingReason.SAFE_NOW)
        await stack.publish(opened(A, 6))
        await handled(service, 3)
        page = (await lifts.get(other, f"/v1/households/{A}/engagement")).json()
        assert (page["hidden"], page["key_worker_id"]) == (False, mine)
        assert page["lifted_at"] is not None
        for kept in ("lifting", "lifting_answer", "restriction_restored"):
            with pytest.raises(asyncpg.PostgresError):
                await service.pool.execute(f"delete from {kept}")


async def test_rule_6_lifted_and_restricted_again_both_are_in_the_lists_history(
    stack: Stack, clock: Clock
) -> None:
    async with restricted_household(stack, clock) as (service, lifts, mine):
        other = other_than(mine)
        await lifts.add(LEAD, "cat")
        await lifts.ask(mine, "protection_ended")
        await lifts.answer(OFFICER, "agree", await lifts.asked())
        clock.turn(minutes=5)
        await stack.publish(opened(A, 5))
        await handled(service, 3)
        shown = (await lifts.get(mine)).json()
        assert (shown["restricted"], shown["may_restrict"], shown["may_ask"]) == (
            False,
            True,
            False,
        )
        listed = (await lifts.get(LEAD, "/v1/restricted")).json()
        assert [one["lifted_at"] is None for one in listed] == [False]
        clock.turn(hours=1)
        assert (await lifts.restrict(other)).status_code == 403
        assert (await lifts.restrict(mine)).status_code == 200
        assert await lifts.readers() == {mine: "key_worker", "cat": "named"}, "who was on it is"
        bare = (await lifts.get(other, f"/v1/households/{A}/engagement")).json()
        assert bare["hidden"], "at once: nobody waits for duplication to say it"
        [event] = await said(service, RestrictionRestoredV1)
        assert (event.assessment_ids, event.restored_by) == ((_ONE,), mine)
        told = await said(service, AccessChangedV1)
        assert [one.restricted for one in told] == [True, True, False, True]
        history = (await lifts.get(OFFICER, f"/v1/households/{A}/access/history")).json()
        [one] = history["liftings"]
        assert (one["asked_by"], one["answered_by"], one["answer"]) == (mine, OFFICER, "agreed")
        assert [r["restored_by"] for r in history["restored"]] == [mine]
        assert [v["restricted"] for v in history["versions"]] == [True, False, True, True]
        # Duplication says the same a moment later, and it may be lifted another time.
        await stack.publish(restricted(A, 70))
        await handled(service, 4)
        assert len(await versions(service)) == 4, "which changes nothing"
        assert (await lifts.ask(mine)).status_code == 201


async def test_rule_6_what_was_stated_since_it_was_asked_is_not_lifted(
    stack: Stack, clock: Clock
) -> None:
    async with restricted_household(stack, clock) as (service, lifts, mine):
        await lifts.ask(mine)
        lifting = await lifts.asked()
        await stack.publish(matched(2, "a", 5, **STATED))
        await handled(service, 3)
        refused = await lifts.answer(OFFICER, "agree", lifting)
        assert refused.status_code == 403
        assert "another assessment" in refused.json()["detail"]
        assert (await lifts.answer(OFFICER, "decline", lifting)).status_code == 200
        assert (await lifts.answer(OFFICER, "agree", lifting)).status_code == 409
        assert (await lifts.ask(LEAD)).status_code == 201
        neither = await lifts.answer(OFFICER, "agree", await lifts.asked())
        assert neither.status_code == 403, "neither of the two knows the household"
        await lifts.answer(LEAD, "decline", await lifts.asked())
        await lifts.ask(mine)
        await lifts.answer(OFFICER, "agree", await lifts.asked())
        [event] = await said(service, RestrictionLiftedV1)
        assert set(event.assessment_ids) == {_ONE, _TWO}
        history = (await lifts.get(OFFICER, f"/v1/households/{A}/access/history")).json()
        answers = [one["answer"] for one in history["liftings"]]
        assert sorted(answers) == ["agreed", "declined", "withdrawn"]


async def test_rule_6_linked_with_a_restricted_household_what_was_lifted_stays_lifted_by_itself(
    stack: Stack, clock: Clock
) -> None:
    """The other's own statement is another: it is lifted by itself, or not."""
    async with restricted_household(stack, clock) as (service, lifts, mine):
        await lifts.ask(mine)
        await lifts.answer(OFFICER, "agree", await lifts.asked())
        clock.turn(minutes=5)
        await stack.publish(
            opened(A, 5), restricted(B, 6), matched(2, "b", 6, **STATED), restricted(A, 7), link(7)
        )
        await handled(service, 7)
        clock.turn(minutes=5)
        assert (await lifts.get(OFFICER)).json()["restricted"]
        keeps = await table(service, "select key_worker_id from engagement where ended_at is null")
        await lifts.ask(keeps[0]["key_worker_id"])
        await lifts.answer(OFFICER, "agree", await lifts.asked())
        events = await said(service, RestrictionLiftedV1)
        assert [set(event.assessment_ids) for event in events] == [{_ONE}, {_TWO}]


async def test_rule_6_what_is_under_review_is_not_lifted(stack: Stack, clock: Clock) -> None:
    await stack.publish(restricted(A))
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 1)
        refused = await Lifts(client).ask(OFFICER)
        assert refused.status_code == 409
        assert "reviewed" in refused.json()["detail"]


async def test_rule_6_whoever_has_a_conflict_of_interest_neither_asks_nor_agrees(
    stack: Stack, clock: Clock
) -> None:
    async with restricted_household(stack, clock) as (_, lifts, mine):
        await lifts.ask(mine)
        lifting = await lifts.asked()
        await lifts.post(mine, f"/v1/keyworkers/{mine}/conflicts", household_id=str(A))
        assert (await lifts.ask(mine)).status_code == 403
        refused = await lifts.answer(OFFICER, "agree", lifting)
        assert refused.status_code == 403, "who asked is not on the list any more"


@pytest.mark.parametrize(
    ("who", "asked_by", "readers", "stating", "why"),
    [
        (Position("lead", on_list=False, changes=True), "kw", {"kw"}, {1}, None),
        (Position("lead", on_list=True, changes=True), "officer", {"lead"}, {1}, None),
        (Position("lead", on_list=True, changes=True), "lead", {"lead"}, {1}, "yourself"),
        (Position("cat", on_list=True, changes=False), "kw", {"kw", "cat"}, {1}, "team lead"),
        (Position("lead", on_list=False, changes=True), "officer", {"kw"}, {1}, "Neither"),
        (Position("lead", on_list=False, changes=True), "kw", {"kw"}, {1, 2}, "Since"),
        (Position("lead", on_list=False, changes=True), "kw", {"kw"}, set(), None),
    ],
)
def test_rule_6_who_may_agree_that_a_restriction_is_lifted(
    who: Position, asked_by: str, readers: set[str], stating: set[int], why: str | None
) -> None:
    lifting = Lifting(
        uid("lifting"),
        A,
        (uid("assessment", 1),),
        LiftingReason.SAFE_NOW,
        asked_by,
        MONDAY_TEN + timedelta(minutes=1),
    )
    found = why_not_agree(who, lifting, readers, {uid("assessment", n) for n in stating})
    assert (found is None) if why is None else (found is not None and why in found)
