"""Erasures outside the policy: two people, and nothing that somebody works with."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from contracts.vocabulary_erasure import ErasureReason, ErasureRefusal
from tests.services.keyworkers.building import MONDAY_TEN, linked, matched, uid
from tests.services.keyworkers.conftest import (
    Clock,
    client_of,
    declare_conflict,
    handled,
    put_place,
    running,
    table,
)
from tests.services.keyworkers.relationship import end
from tests.services.keyworkers.restricting import LEAD, Asking
from tests.services.keyworkers.retaining import (
    OFFICER,
    OTHER,
    YEARS,
    A,
    B,
    erased,
    noticed,
    orders,
    put_policy,
    quiet_household,
    refused,
)
from tests.stack import Stack


async def request(
    ask: Asking, who: str = OFFICER, reason: str = "in_error", household: Any = A
) -> httpx.Response:
    return await ask.post(who, "/v1/erasures", household_id=str(household), reason=reason)


async def asked(ask: Asking, reason: str = "in_error") -> str:
    """The id of an erasure that an officer has asked for."""
    answer = await request(ask, reason=reason)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["asked"]["erasure_id"])


async def answer(ask: Asking, who: str, word: str, erasure: str) -> httpx.Response:
    return await ask.post(who, f"/v1/erasures/{erasure}/{word}")


async def register(ask: Asking, who: str = OFFICER, **query: str) -> dict[str, Any]:
    found = await ask.get(who, "/v1/erasures", **query)
    assert found.status_code == 200, found.text
    page: dict[str, Any] = found.json()
    return page


@pytest.mark.parametrize("second", [OTHER, LEAD])
async def test_one_asks_and_another_officer_or_the_teams_lead_agrees(
    stack: Stack, clock: Clock, tmp_path: Path, second: str
) -> None:
    async with quiet_household(stack, clock, tmp_path, until_youngest_is=25) as (service, ask):
        erasure = await asked(ask, "court_order")
        assert (await request(ask, OTHER)).status_code == 409, "it is asked once"
        assert await orders(service) == []
        refusal = await answer(ask, OFFICER, "agree", erasure)
        assert refusal.status_code == 403
        assert "yourself" in refusal.json()["detail"]
        for nobody, status in (("ann", 403), ("reviewer", 403), ("leigh-west", 404)):
            for word in ("agree", "decline", "withdraw"):
                assert (await answer(ask, nobody, word, erasure)).status_code == status, nobody
        clock.turn(hours=1)
        page = await answer(ask, second, "agree", erasure)
        assert page.status_code == 200, page.text
        [order] = await orders(service)
        assert str(order.erasure_id) == erasure
        assert (order.ordered_by, order.agreed_by) == (OFFICER, second)
        assert order.reason is ErasureReason.COURT_ORDER
        assert order.until_youngest_is is None, "a court's order asks for nobody's age"
        assert order.assessment_ids == (uid("assessment", 1),)
        assert (await answer(ask, second, "agree", erasure)).status_code == 409
        [one] = (await register(ask))["erasures"]
        assert (one["came"], one["asked_by"], one["answered_by"]) == ("ordered", OFFICER, second)
        clock.turn(minutes=1)
        await stack.publish(erased(order, clock))
        await handled(service, 2)
        [one] = (await register(ask))["erasures"]
        assert one["came"] == "erased"
        assert one["counts"]["assessment_route"] == 1
        for kept in ("erasure_asked", "erasure_answer", "erasure_refusal"):
            with pytest.raises(asyncpg.PostgresError):
                await service.pool.execute(f"delete from {kept}")


async def test_what_is_declined_or_taken_back_is_not_ordered_and_may_be_asked_again(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    async with quiet_household(stack, clock, tmp_path) as (service, ask):
        first = await asked(ask)
        assert (await answer(ask, OTHER, "withdraw", first)).status_code == 403
        assert (await answer(ask, OTHER, "decline", first)).status_code == 200
        clock.turn(hours=1)
        second = await asked(ask)
        assert (await answer(ask, OFFICER, "withdraw", second)).status_code == 200
        clock.turn(hours=1)
        third = await asked(ask)
        assert (await answer(ask, OFFICER, "decline", third)).status_code == 200
        assert await orders(service) == []
        page = await register(ask)
        assert [one["came"] for one in page["erasures"]] == ["withdrawn", "withdrawn", "declined"]
        assert page["waiting"] == []


async def test_nobody_asks_about_what_somebody_works_with_or_what_waits_or_is_held(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    await put_policy(stack, tmp_path)
    heard = [matched(n, f"h{n}", n, area="BL1") for n in range(4)]
    await stack.publish(*heard)
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 4)
        ask = Asking(client)
        held, waits = uid("household", "h0"), uid("household", "h3")
        working = await request(ask, household=held)
        assert working.status_code == 409
        assert "End the work" in working.json()["detail"]
        waiting = await request(ask, household=waits)
        assert waiting.status_code == 409
        assert "waits for a key worker" in waiting.json()["detail"]
        clock.turn(days=1)
        await end(service, held)
        body = {"reason": "inquiry", "until": str(clock.now + timedelta(days=9))}
        await ask.post(OFFICER, "/v1/retention/holds", household_id=str(held), **body)
        kept = await request(ask, household=held)
        assert kept.status_code == 409
        assert "held" in kept.json()["detail"]
        assert (await request(ask, household=uid("nobody"))).status_code == 404


async def test_what_has_happened_since_it_was_asked_is_looked_at_when_it_is_agreed_to(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    async with quiet_household(stack, clock, tmp_path) as (service, ask):
        erasure = await asked(ask)
        await stack.publish(matched(2, "a", 60 * 24 * 2))
        await handled(service, 2)
        refusal = await answer(ask, OTHER, "agree", erasure)
        assert refusal.status_code == 409
        assert "End the work" in refusal.json()["detail"]
        assert await orders(service) == []
        clock.turn(days=2)
        await end(service, A)
        assert (await answer(ask, OTHER, "agree", erasure)).status_code == 200
        [order] = await orders(service)
        assert len(order.assessment_ids) == 2, "as it is now, not as it was when it was asked"


@pytest.mark.parametrize(("kept", "retired"), [("a", "b"), ("b", "a")])
async def test_what_was_linked_to_it_since_it_was_asked_is_not_erased_with_it(
    stack: Stack, clock: Clock, tmp_path: Path, kept: str, retired: str
) -> None:
    events = (matched(1, "a"), matched(2, "b", 1))
    async with quiet_household(stack, clock, tmp_path, *events) as (service, ask):
        erasure = await asked(ask)
        # Decided before it was asked, and heard after: the lag of a moment.
        await stack.publish(linked(kept, retired, 60 * 24 - 1))
        await handled(service, 3)
        refusal = await answer(ask, OTHER, "agree", erasure)
        assert refusal.status_code == 409
        assert "linked to another" in refusal.json()["detail"]
        assert await orders(service) == []
        assert (await answer(ask, OTHER, "decline", erasure)).status_code == 200
        erasure = await asked(ask)
        assert (await answer(ask, OTHER, "agree", erasure)).status_code == 200
        [order] = await orders(service)
        assert set(order.household_ids) == {A, B}


async def test_where_nobody_else_could_agree_it_cannot_be_asked(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    """The only officer of the place leads the household's team as well."""
    async with quiet_household(stack, clock, tmp_path) as (_, ask):
        await put_policy(stack, tmp_path, officers=[LEAD])
        page = (await ask.get(LEAD, f"/v1/households/{A}/retention")).json()
        assert page["may_ask"] is False
        refusal = await request(ask, LEAD)
        assert refusal.status_code == 409
        assert "Nobody but you" in refusal.json()["detail"]
        await put_policy(stack, tmp_path, officers=[LEAD, OFFICER])
        assert (await request(ask, LEAD)).status_code == 201


async def test_whoever_has_a_conflict_of_interest_neither_asks_nor_agrees_nor_sees_it(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    async with quiet_household(stack, clock, tmp_path) as (service, ask):
        await put_policy(stack, tmp_path, officers=[OFFICER, OTHER, "eve"])
        await declare_conflict(ask.client, "eve", A)
        assert (await request(ask, "eve")).status_code == 403
        erasure = await asked(ask)
        assert (await register(ask, "eve")) == {"waiting": [], "erasures": [], "next": None}
        for word in ("agree", "decline", "withdraw"):
            assert (await answer(ask, "eve", word, erasure)).status_code == 404
        await answer(ask, OTHER, "agree", erasure)
        [order] = await orders(service)
        await stack.publish(erased(order, clock))
        await handled(service, 2)
        assert (await register(ask, "eve"))["erasures"] == [], "nor when it is erased"
        assert len((await register(ask))["erasures"]) == 1


async def test_a_policy_reason_or_a_withdrawal_is_nobodys_to_ask_for(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    async with quiet_household(stack, clock, tmp_path) as (_, ask):
        for reason in ("retention", "withdrawn", "because"):
            assert (await request(ask, reason=reason)).status_code == 422
        assert (await request(ask, LEAD)).status_code == 403, "a lead gives the second word alone"


async def test_what_duplication_refuses_stands_in_the_register_and_may_be_asked_again(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    async with quiet_household(stack, clock, tmp_path) as (service, ask):
        erasure = await asked(ask)
        await answer(ask, OTHER, "agree", erasure)
        [order] = await orders(service)
        again = await request(ask)
        assert again.status_code == 409
        assert "ordered already" in again.json()["detail"]
        await stack.publish(refused(order, clock, ErasureRefusal.SEEN_SINCE))
        await handled(service, 2)
        [one] = (await register(ask))["erasures"]
        assert (one["came"], one["refusal"]["refusal"]) == ("refused", "seen_since")
        assert (await request(ask)).status_code == 201


async def test_what_the_policy_erases_while_it_is_asked_waits_for_nobody_any_more(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    async with quiet_household(stack, clock, tmp_path) as (service, ask):
        erasure = await asked(ask)
        clock.turn(days=YEARS)
        await noticed(service)
        clock.turn(days=30)
        await noticed(service)
        [order] = await orders(service)
        await stack.publish(erased(order, clock))
        await handled(service, 2)
        page = await register(ask)
        assert page["waiting"] == []
        came = {one["erasure_id"]: one["came"] for one in page["erasures"]}
        assert came == {erasure: "withdrawn", str(order.erasure_id): "erased"}
        assert (await answer(ask, OTHER, "agree", erasure)).status_code == 410


async def test_the_register_is_read_page_by_page_with_what_was_erased_without_an_order(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    heard = [matched(n, f"h{n}", n) for n in range(4)]
    async with quiet_household(stack, clock, tmp_path, *heard) as (service, ask):
        for n in range(3):
            clock.turn(minutes=1)
            assert (await request(ask, household=uid("household", f"h{n}"))).status_code == 201
        clock.turn(minutes=1)
        await service.pool.execute(
            "insert into erasure values ($1, 'greater-manchester', 'withdrawn', $2, '{}')",
            uid("erasure"),
            clock.now,
        )
        pages, after = [], None
        while True:
            page = await register(ask, most="2", **({"after": after} if after else {}))
            pages.append([(one["household_id"], one["came"]) for one in page["erasures"]])
            after = page["next"]
            if after is None:
                break
        ids = [str(uid("household", f"h{n}")) for n in (2, 1, 0)]
        assert pages == [
            [(None, "erased"), (ids[0], "waiting")],
            [(ids[1], "waiting"), (ids[2], "waiting")],
            [],
        ]
        assert (await ask.get(OFFICER, "/v1/erasures", after="x")).status_code == 422
        looks = await table(service, "select count(*) as n from access_look where what='erasures'")
        assert looks[0]["n"] > 0


async def test_what_is_due_and_held_is_shown_to_officers_alone_and_the_look_is_kept(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    heard = [matched(n, f"h{n}", n) for n in range(4)]
    async with quiet_household(stack, clock, tmp_path, *heard, until_youngest_is=18) as (
        service,
        ask,
    ):
        first = (
            await ask.get(OFFICER, f"/v1/households/{uid('household', 'h0')}/retention")
        ).json()
        assert (first["kept"], first["due_on"]) == ("recent", "2032-03-03")
        clock.turn(days=YEARS)
        await noticed(service)
        body = {"reason": "complaint", "until": str(clock.now + timedelta(days=9))}
        held = str(uid("household", "h3"))
        await ask.post(OFFICER, "/v1/retention/holds", household_id=held, **body)
        for nobody in ("ann", LEAD, "reviewer", "greater-manchester"):
            assert (await ask.get(nobody, "/v1/retention")).status_code == 403, nobody
        page = (await ask.get(OFFICER, "/v1/retention", most="2")).json()
        assert page["places"] == [
            {
                "place_id": "greater-manchester",
                "place_name": "Greater Manchester",
                "policy": {
                    "years_after_last_contact": 6,
                    "until_youngest_is": 18,
                    "notice_days": 30,
                },
                "on_notice": 3,
                "held": 1,
                "waiting": 0,
            }
        ]
        [one, _] = page["notices"]
        assert one["last_contact_at"] == (MONDAY_TEN + timedelta(days=1)).isoformat().replace(
            "+00:00", "Z"
        )
        assert (one["kept"], one["refusal"]) == (None, None)
        rest = (await ask.get(OFFICER, "/v1/retention", notices_after=page["notices_next"])).json()
        assert len(rest["notices"]) == 1
        assert rest["notices_next"] is None
        assert [(h["household_id"], h["reason"]) for h in page["held"]] == [(held, "complaint")]
        minute = (clock.now - MONDAY_TEN).total_seconds() / 60 - 60
        again = next(n for n in range(3) if str(uid("household", f"h{n}")) == one["household_id"])
        await stack.publish(matched(9, f"h{again}", minute))
        await handled(service, 5)
        page = (await ask.get(OFFICER, "/v1/retention")).json()
        shown = {n["household_id"]: n["kept"] for n in page["notices"]}
        assert shown[one["household_id"]] == "worked_with", "before the next turn ends its notice"
        looks = await table(
            service, "select distinct household_id from access_look where what = 'retention'"
        )
        assert len(looks) == 4
        await put_place(stack, tmp_path, privacy_officers=[OFFICER])
        page = (await ask.get(OFFICER, "/v1/retention")).json()
        assert page["places"][0]["policy"] is None
