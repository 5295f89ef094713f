"""Rule 6: of whom it is asked that a restriction be lifted, and who is told what was answered."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from contracts.restrictions import (
    LiftingAskedV1,
    LiftingClosedV1,
)
from contracts.vocabulary_access import LiftingOutcome
from contracts.vocabulary_alerts import RecipientKind
from services.keyworkers.lifting import whom_to_ask
from services.kit.app import Service
from tests.services.keyworkers.building import linked, matched, separated, uid
from tests.services.keyworkers.conftest import (
    Clock,
    client_of,
    handled,
    put_place,
    running,
    turn,
)
from tests.services.keyworkers.lifting import Lifts, restricted_household
from tests.services.keyworkers.relationship import end
from tests.services.keyworkers.restricting import (
    DESK,
    LEAD,
    OFFICER,
    STATED,
    A,
    B,
    opened,
    restricted,
    said,
)
from tests.stack import Stack

THEIRS = "halliwell"
_ONE = uid("assessment", 1)


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
        assert closed.told is not None
        assert closed.told.id == mine, "whoever asked waits for no answer"
        assert (closed.cause and closed.cause.assessment_id) == _ONE
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
