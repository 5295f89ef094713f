"""Rule 6: two people lift the restriction of a household, and one may restrict it again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from contracts.restrictions import (
    AccessChangedV1,
    LiftingAskedV1,
    LiftingClosedV1,
    RestrictionLiftedV1,
    RestrictionRestoredV1,
)
from contracts.vocabulary import LiftingOutcome, LiftingReason, RecipientKind, Restriction
from services.keyworkers.lifting import Lifting, Position, whom_to_ask, why_not_agree
from services.kit.app import Service
from tests.services.keyworkers import restricting
from tests.services.keyworkers.building import MONDAY_TEN, matched, uid
from tests.services.keyworkers.conftest import (
    Clock,
    client_of,
    handled,
    put_place,
    running,
    table,
    turn,
)
from tests.services.keyworkers.restricting import (
    DESK,
    LEAD,
    OFFICER,
    A,
    Asking,
    B,
    link,
    opened,
    restricted,
    said,
    versions,
)
from tests.services.keyworkers.test_following import linked, separated
from tests.services.keyworkers.test_handovers import other_than
from tests.services.keyworkers.test_separating import end
from tests.stack import Stack

STATED: dict[str, Any] = {"restrictions": (Restriction.DOMESTIC_ABUSE,)}
THEIRS = "halliwell"
_ONE, _TWO = uid("assessment", 1), uid("assessment", 2)


class Lifts(Asking):
    """The API of liftings as somebody calls it."""

    async def ask(self, who: str, reason: str = "safe_now", household: UUID = A) -> httpx.Response:
        return await self.post(who, f"/v1/households/{household}/liftings", reason=reason)

    async def answer(self, who: str, answer: str, lifting: str) -> httpx.Response:
        return await self.post(who, f"/v1/households/{A}/liftings/{lifting}/{answer}")

    async def restrict(self, who: str, household: UUID = A) -> httpx.Response:
        return await self.post(who, f"/v1/households/{household}/restrict")

    async def asked(self, who: str = OFFICER) -> str:
        found = (await self.get(who)).json()["asked"]
        return str(found["lifting_id"])


@asynccontextmanager
async def restricted_household(
    stack: Stack, clock: Clock
) -> AsyncIterator[tuple[Service, Lifts, str]]:
    """A started service that knows one restricted household, the API, and its key worker's id."""
    async with restricting.restricted_household(stack, clock, **STATED) as (service, ask, mine):
        yield service, Lifts(ask.client), mine


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


async def test_rule_6_who_may_give_the_second_word_is_asked_for_it_and_told_once_it_is_given(
    stack: Stack, clock: Clock
) -> None:
    async with restricted_household(stack, clock) as (service, lifts, mine):
        await lifts.ask(mine)
        [asked] = await said(service, LiftingAskedV1)
        assert (asked.asked_by, asked.household_id, asked.cause.assessment_id) == (mine, A, _ONE)
        assert (asked.told.kind, asked.told.id) == (RecipientKind.TEAM_LEAD, LEAD)
        assert [(r.kind, r.id) for r in asked.alert.escalation] == [
            (RecipientKind.PRIVACY_OFFICER, OFFICER)
        ], "and no desk, which could not answer"
        lifting = await lifts.asked()
        await lifts.answer(mine, "decline", lifting)
        # A lead who asks is not asked themselves.
        await lifts.ask(LEAD)
        await lifts.answer(OFFICER, "decline", await lifts.asked())
        await lifts.add(OFFICER, OFFICER)
        await lifts.ask(mine)
        await lifts.answer(LEAD, "agree", await lifts.asked())
        _, second, third = await said(service, LiftingAskedV1)
        assert (second.told.id, second.alert.escalation) == (OFFICER, ())
        assert third.told.id == LEAD
        closed = await said(service, LiftingClosedV1)
        assert [(one.outcome, one.closed_by) for one in closed] == [
            (LiftingOutcome.WITHDRAWN, mine),
            (LiftingOutcome.DECLINED, OFFICER),
            (LiftingOutcome.AGREED, LEAD),
        ]
        assert [one.lifting_id for one in closed] == [
            asked.lifting_id, second.lifting_id, third.lifting_id,
        ]  # fmt: skip
        # And whoever asked hears what another answered; what they took back themselves they know.
        assert [one.told and (one.told.kind, one.told.id) for one in closed] == [
            None, (RecipientKind.TEAM_LEAD, LEAD), (RecipientKind.KEY_WORKER, mine),
        ]  # fmt: skip
        assert [one.cause and one.cause.assessment_id for one in closed] == [None, _ONE, _ONE]
        plans = [one.alert and one.alert.escalation for one in closed]
        assert plans == [None, (), ()], "nobody else is told, should they not look"


async def test_rule_6_whoever_has_a_conflict_of_interest_since_hears_no_answer(
    stack: Stack, clock: Clock
) -> None:
    async with restricted_household(stack, clock) as (service, lifts, mine):
        await lifts.ask(mine)
        lifting = await lifts.asked()
        await lifts.post(mine, f"/v1/keyworkers/{mine}/conflicts", household_id=str(A))
        assert (await lifts.answer(OFFICER, "decline", lifting)).status_code == 200
        [closed] = await said(service, LiftingClosedV1)
        assert (closed.outcome, closed.told) == (LiftingOutcome.DECLINED, None)


async def test_rule_6_whoever_is_on_the_list_is_told_as_what_they_are(
    stack: Stack, clock: Clock
) -> None:
    """A desk by its duty contact; a reviewer, who has no inbox, sees it on the list's page."""
    async with restricted_household(stack, clock) as (service, lifts, _):
        for who in (DESK, "reviewer"):
            await lifts.add(LEAD, who)
            assert (await lifts.ask(who)).status_code == 201, who
            await lifts.answer(OFFICER, "decline", await lifts.asked())
        told = [one.told for one in await said(service, LiftingClosedV1)]
        assert told[0] is not None
        assert (told[0].kind, told[0].id) == (RecipientKind.DUTY_DESK, DESK)
        assert told[1] is None


async def test_rule_6_whoever_is_asked_may_answer_wherever_the_household_goes(
    stack: Stack, clock: Clock
) -> None:
    """Linked into another team's household, back, and without a key worker: each time it is asked
    of who may answer now, under the household's id by now."""
    joined = linked("b", "a", 5)
    async with running(stack, clock) as service, client_of(service) as client:
        await stack.publish(matched(2, "b", area="BL1"))
        await handled(service, 1)
        clock.turn(minutes=1)
        await stack.publish(restricted(A), matched(1, "a", **STATED))
        await handled(service, 3)
        lifts = Lifts(client)
        [mine] = await lifts.readers()
        await lifts.ask(mine)
        clock.turn(minutes=5)
        await stack.publish(restricted(B, 5), joined)
        await handled(service, 5)
        assert await asked_of(service) == [(A, [LEAD, OFFICER]), (B, [THEIRS, OFFICER])]
        lifting = await lifts.asked()
        refused = await lifts.answer(LEAD, "decline", lifting)
        assert refused.status_code == 403, "who was asked before may answer no more"
        [listed] = (await lifts.get(THEIRS, "/v1/restricted")).json()
        assert (listed["household_id"], listed["asked"]) == (str(B), True)
        clock.turn(minutes=5)
        undone = separated("b", "a", 10, 1, undoes=joined.link_id, **STATED)
        await stack.publish(restricted(A, 10), undone, opened(B, 10))
        await handled(service, 8)
        assert (await asked_of(service))[2:] == [(A, [LEAD, OFFICER])]
        await end(service, A)
        assert (await asked_of(service))[3:] == [(A, [OFFICER])]
        assert (await lifts.answer(OFFICER, "decline", lifting)).status_code == 200
        await turn(service, "who may know")
        assert len(await asked_of(service)) == 4, "what is answered is asked of nobody"


async def asked_of(service: Service) -> list[tuple[UUID, list[str]]]:
    """Each time that it was asked: of which household, and of whom, in order."""
    return [
        (one.household_id, [one.told.id, *(r.id for r in one.alert.escalation)])
        for one in await said(service, LiftingAskedV1)
    ]


async def test_rule_6_nothing_is_asked_that_nobody_else_could_answer(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    await put_place(stack, tmp_path, privacy_officers=[])
    async with restricted_household(stack, clock) as (service, lifts, mine):
        refused = await lifts.ask(LEAD)
        assert (refused.status_code, "Nobody but you" in refused.json()["detail"]) == (409, True)
        assert await said(service, LiftingAskedV1) == []
        assert (await lifts.ask(mine)).status_code == 201


async def test_rule_6_what_is_restricted_no_longer_anyway_need_not_be_answered(
    stack: Stack, clock: Clock
) -> None:
    """As where the assessment that stated it turned out to be another household's."""
    async with restricted_household(stack, clock) as (service, lifts, mine):
        await lifts.ask(mine)
        await stack.publish(opened(A, 5))
        await handled(service, 3)
        [closed] = await said(service, LiftingClosedV1)
        assert (closed.outcome, closed.closed_by) == (LiftingOutcome.WITHDRAWN, None)
        history = (await lifts.get(OFFICER, f"/v1/households/{A}/access/history")).json()
        assert [one["answer"] for one in history["liftings"]] == ["withdrawn"]


@pytest.mark.parametrize(
    ("asked_by", "readers", "barred", "expected"),
    [
        ("kw", {"kw"}, set(), ["lead", "officer", "second"]),
        ("lead", {"kw"}, set(), ["officer", "second"]),
        ("lead", {"kw", "second"}, set(), ["second", "officer"]),
        ("second", {"kw", "second"}, set(), ["lead", "officer"]),
        ("kw", {"kw"}, {"lead", "officer"}, ["second"]),
        ("kw", {"kw"}, {"lead", "officer", "second"}, []),
    ],
)
def test_rule_6_who_is_asked_first_that_a_restriction_be_lifted(
    asked_by: str, readers: set[str], barred: set[str], expected: list[str]
) -> None:
    found = whom_to_ask(
        asked_by, leads=["lead"], officers=["officer", "second"], readers=readers, barred=barred
    )
    assert found == expected


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
