"""What is due is put on notice, and ordered to be erased when the notice has run out."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.vocabulary_erasure import ErasureReason, ErasureRefusal
from services.keyworkers import retaining
from services.keyworkers.retention import Record
from services.keyworkers.store_retention import end_notices, load_records
from services.kit.app import Service
from tests.services.keyworkers.building import MONDAY_TEN, linked, matched, review, uid
from tests.services.keyworkers.conftest import (
    Clock,
    client_of,
    handled,
    put_place,
    running,
    table,
    turn,
)
from tests.services.keyworkers.relationship import answer, engagement, other_than, propose
from tests.services.keyworkers.restricting import STATED, restricted
from tests.services.keyworkers.retaining import (
    YEARS,
    A,
    B,
    noticed,
    ordered,
    orders,
    put_policy,
    quiet_household,
    refused,
)
from tests.stack import Stack, eventually

TEN_DAYS = 10 * 24 * 60


async def known(service: Service, clock: Clock, household: Any = A) -> Record:
    async with service.pool.acquire() as connection:
        [record] = await load_records(connection, [household], clock.now)
    return record


async def test_nobody_having_worked_with_it_for_six_years_it_is_noticed_and_then_ordered(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    async with quiet_household(stack, clock, tmp_path, until_youngest_is=25) as (service, _):
        clock.turn(days=6 * 365)
        assert await noticed(service) == [], "there were leap years among them"
        clock.turn(days=3)
        assert await noticed(service) == [A]
        [notice] = await table(service, "select * from retention_notice")
        assert notice["since"] == clock.now
        assert notice["erases_at"] == clock.now + timedelta(days=30)
        assert notice["last_contact_at"] == MONDAY_TEN + timedelta(days=1)
        clock.turn(days=29)
        assert await noticed(service) == [A]
        assert await orders(service) == []
        clock.turn(days=1)
        assert await noticed(service) == []
        [order] = await orders(service)
        assert order.household_ids == (A,)
        assert order.assessment_ids == (uid("assessment", 1),)
        assert (order.reason, order.until_youngest_is) == (ErasureReason.RETENTION, 25)
        assert (order.ordered_by, order.agreed_by) == (None, None)
        clock.turn(days=40)
        assert await noticed(service) == [], "it is ordered, and waits for its answer"
        assert len(await orders(service)) == 1


async def test_a_place_without_a_policy_erases_nothing_and_one_that_takes_it_back_no_more(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    async with quiet_household(stack, clock, tmp_path) as (service, _):
        clock.turn(days=YEARS)
        assert await noticed(service) == [A]
        await put_place(stack, tmp_path)
        clock.turn(days=31)
        assert await noticed(service) == []
        assert await orders(service) == []
        await put_policy(stack, tmp_path, years_after_last_contact=7)
        assert await noticed(service) == [], "nor one that keeps them for longer"
        await put_policy(stack, tmp_path, notice_days=7)
        assert await noticed(service) == [A], "with the whole of a notice before it"
        clock.turn(days=6)
        assert await noticed(service) == [A]


async def test_a_household_that_is_seen_again_is_on_notice_no_more_whenever_it_comes(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    async with quiet_household(stack, clock, tmp_path) as (service, _):
        clock.turn(days=YEARS)
        assert await noticed(service) == [A]
        clock.turn(days=31)
        # An hour before the turn that would have ordered it.
        minute = (clock.now - MONDAY_TEN).total_seconds() / 60 - 60
        await stack.publish(matched(2, "a", minute))
        await handled(service, 2)
        assert await noticed(service) == []
        assert await orders(service) == []


async def test_many_are_noticed_and_ordered_in_steps_and_no_more_than_a_turn_may(
    stack: Stack, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retaining, "STEP", 2)
    monkeypatch.setattr(retaining, "MOST_ORDERED", 3)
    heard = [matched(n, f"h{n}", n) for n in range(5)]
    async with quiet_household(stack, clock, tmp_path, *heard) as (service, _):
        # The team holds six: all five were given a key worker, and are well since.
        clock.turn(days=YEARS)
        assert len(await noticed(service)) == 5
        clock.turn(days=30)
        assert len(await noticed(service)) == 2
        assert len(await orders(service)) == 3
        assert await noticed(service) == []
        assert len({order.erasure_id for order in await orders(service)}) == 5


async def test_what_is_kept_for_another_reason_is_found_without_holding_the_place(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    """The turn comes to its end while somebody else holds the place."""
    async with quiet_household(stack, clock, tmp_path, until_youngest_is=25) as (service, _):
        order = await ordered(service, clock)
        day = date(clock.now.year + 9, 1, 1)
        await stack.publish(refused(order, clock, ErasureRefusal.TOO_YOUNG, day))
        await handled(service, 2)
        async with service.work() as other:
            await other.lock_place("greater-manchester")
            assert await asyncio.wait_for(noticed(service), 20) == []


async def test_a_turn_that_dies_before_it_commits_orders_the_same_erasure_once(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    async with quiet_household(stack, clock, tmp_path) as (service, _):
        first = await ordered(service, clock)
        # As if the notice had come back from a backup: the order of that notice stands already.
        await service.pool.execute(
            "insert into retention_notice select household_id, place_id, $1, $2, $3"
            " from erasure_asked",
            MONDAY_TEN,
            clock.now - timedelta(days=30),
            clock.now,
        )
        assert await noticed(service) == []
        assert [one.erasure_id for one in await orders(service)] == [first.erasure_id]


async def test_linked_households_are_ordered_as_one_by_every_id_that_they_had(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    events = (matched(1, "a"), matched(2, "b", 1), linked("a", "b", 2))
    async with quiet_household(stack, clock, tmp_path, *events) as (service, _):
        order = await ordered(service, clock)
        assert order.household_id == A
        assert order.household_ids == (A, B)
        assert set(order.assessment_ids) == {uid("assessment", 1), uid("assessment", 2)}
        assert (await known(service, clock, B)).linked_into == A


async def test_what_was_linked_to_it_since_is_not_erased_by_its_notice(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    """Whoever looked at the notice saw one household, and not what belongs to it since."""
    events = (matched(1, "a"), matched(2, "b", 1))
    async with quiet_household(stack, clock, tmp_path, *events) as (service, _):
        clock.turn(days=YEARS)
        assert await noticed(service) == sorted([A, B])
        await service.pool.execute("delete from retention_notice where household_id = $1", B)
        clock.turn(days=29)
        await stack.publish(linked("a", "b", 3))
        await handled(service, 3)
        clock.turn(days=1)
        assert await noticed(service) == [A], "anew"
        assert await orders(service) == []
        clock.turn(days=30)
        assert await noticed(service) == []
        [order] = await orders(service)
        assert set(order.household_ids) == {A, B}


async def test_a_notice_that_ends_while_the_place_is_waited_for_orders_nothing(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    """As of a household that is held meanwhile, and is not any more."""
    async with quiet_household(stack, clock, tmp_path) as (service, _):
        clock.turn(days=YEARS)
        assert await noticed(service) == [A]
        clock.turn(days=30)
        async with service.work() as other:
            await other.lock_place("greater-manchester")
            waiting = asyncio.create_task(turn(service, "retention"))
            await eventually(
                lambda: other.connection.fetchval(
                    "select count(*) from pg_locks where locktype = 'advisory' and not granted"
                    " and database = (select oid from pg_database"
                    "  where datname = current_database())"
                )
            )
            await end_notices(other.connection, [A])
        await waiting
        assert await orders(service) == []
        [notice] = await table(service, "select since from retention_notice")
        assert notice["since"] == clock.now, "anew"


async def test_what_is_refused_is_due_anew_by_its_own_dates_or_not_before_a_day(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    async with quiet_household(stack, clock, tmp_path, until_youngest_is=25) as (service, _):
        order = await ordered(service, clock)
        await stack.publish(refused(order, clock, ErasureRefusal.ASKED_ABOUT))
        await handled(service, 2)
        assert await noticed(service) == [A], "a whole notice again"
        clock.turn(days=30)
        await noticed(service)
        again = (await orders(service))[-1]
        assert again.erasure_id != order.erasure_id
        day = date(clock.now.year + 2, 1, 1)
        await stack.publish(refused(again, clock, ErasureRefusal.TOO_YOUNG, day))
        await handled(service, 3)
        assert await noticed(service) == []
        clock.now = clock.now.replace(year=day.year - 1, month=12, day=31)
        assert await noticed(service) == []
        clock.turn(days=1)
        assert await noticed(service) == [A]
        rows = await table(service, "select refusal from erasure_refusal order by refused_at")
        assert [row["refusal"] for row in rows] == ["asked_about", "too_young"]


async def test_an_assessment_of_it_that_was_received_last_counts(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    events = (matched(1, "a"), matched(2, "a", TEN_DAYS))
    async with quiet_household(stack, clock, tmp_path, *events) as (service, _):
        record = await known(service, clock)
        assert record.assessed_at == MONDAY_TEN + timedelta(days=10)
        assert record.referral_closed_at == record.engagement_ended_at == clock.now
        clock.turn(days=YEARS)
        assert await noticed(service) == []
        clock.turn(days=9)
        assert await noticed(service) == [A]


async def test_that_it_has_a_key_worker_or_waits_for_one_counts_however_long_it_is(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    await put_policy(stack, tmp_path)
    heard = [matched(n, f"h{n}", n, area="BL1") for n in range(4)]
    await stack.publish(*heard, review(9, "h3", 20))
    async with running(stack, clock) as service:
        await handled(service, 5)
        clock.turn(days=2 * YEARS)
        assert await noticed(service) == []
        held = await known(service, clock, uid("household", "h0"))
        assert (held.worked_with, held.waits, held.possible_match) == (True, True, False)
        waits = await known(service, clock, uid("household", "h3"))
        assert (waits.worked_with, waits.waits, waits.possible_match) == (False, True, True)


@pytest.mark.parametrize("told", [False, True])
async def test_a_possible_match_that_nobody_has_decided_counts(
    stack: Stack, clock: Clock, tmp_path: Path, told: bool
) -> None:
    async with quiet_household(stack, clock, tmp_path) as (service, _):
        await stack.publish(review(2, "a", 10))
        await handled(service, 2)
        if told:
            clock.turn(hours=2)
            await turn(service, "untold reviews")
        [row] = await table(service, "select state from pending_review")
        assert row["state"] == ("told" if told else "pending")
        clock.turn(days=YEARS)
        assert await noticed(service) == []
        assert (await known(service, clock)).possible_match


async def test_a_handover_that_was_decided_last_counts_wherever_the_engagement_went_since(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    """Decided of one household that was linked into another since."""
    await put_policy(stack, tmp_path)
    await stack.publish(matched(1, "b"))
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 1)
        held = await engagement(service)
        other = other_than(held["key_worker_id"])
        proposed = (await propose(client, held, other)).json()
        clock.turn(hours=1)
        assert (await answer(client, proposed, "decline", other)).status_code == 200
        await stack.publish(linked("a", "b", 70))
        await handled(service, 2)
        assert (await known(service, clock)).handover_decided_at == clock.now


async def test_a_question_about_its_restriction_counts_while_it_is_open_and_when_it_was_decided(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    events = (restricted(A), matched(1, "a", **STATED))
    async with quiet_household(stack, clock, tmp_path, *events) as (service, ask):
        path = f"/v1/households/{A}/liftings"
        # By an officer who has put themselves on the list, of the other one.
        await ask.add("privacy-officer", "privacy-officer")
        answer = await ask.post("privacy-officer", path, reason="safe_now")
        assert answer.status_code == 201, answer.text
        lifting = answer.json()["asked"]["lifting_id"]
        clock.turn(days=YEARS)
        assert await noticed(service) == []
        assert (await known(service, clock)).lifting_asked
        answer = await ask.post("second-officer", f"{path}/{lifting}/agree")
        assert answer.status_code == 200, answer.text
        record = await known(service, clock)
        assert (record.lifting_asked, record.restriction_asked_at) == (False, clock.now)
        agreed = clock.now
        clock.turn(hours=1)
        assert (
            await ask.post("privacy-officer", f"/v1/households/{A}/restrict")
        ).status_code == 200
        assert (await known(service, clock)).restriction_asked_at == clock.now > agreed
