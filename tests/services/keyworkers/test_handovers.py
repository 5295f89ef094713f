"""Handing over: the household has its key worker until the next has accepted, and one only."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from contracts.handovers import HandoverDeclinedV1, HandoverProposedV1, KeyWorkerChangedV1
from contracts.keyworkers import AssessmentRoutedV1
from services.keyworkers import store
from services.keyworkers.situation import Referral
from services.kit.db import Connection
from tests.services.keyworkers.building import matched, uid
from tests.services.keyworkers.conftest import (
    Clock,
    declare_conflict,
    events_of,
    handled,
    table,
    turn,
)
from tests.services.keyworkers.relationship import (
    answer,
    engagement,
    held_household,
    other_than,
    propose,
)
from tests.stack import Stack


async def test_assigning_a_handover_takes_effect_once_it_is_accepted(
    stack: Stack, clock: Clock
) -> None:
    async with held_household(stack, clock) as (service, client, before):
        to = other_than(before["key_worker_id"])
        asked = await propose(client, before, to)
        assert asked.status_code == 201, asked.text
        assert (await engagement(service))["key_worker_id"] == before["key_worker_id"]
        assert (await propose(client, before, to)).status_code == 409
        handover = asked.json()
        [open_now] = (await client.get("/v1/handovers", params={"key_worker_id": to})).json()
        assert open_now == handover
        assert (await answer(client, handover, "accept", "somebody")).status_code == 403
        taken = await answer(client, handover, "accept", to)
        assert (taken.status_code, taken.json()["state"]) == (200, "accepted")
        assert (await answer(client, handover, "decline", to)).status_code == 409
        await stack.publish(matched(2, "a", 60))
        await handled(service, 2)
        after = await engagement(service)
        events = await events_of(stack, 5)
    assert (after["engagement_id"], after["key_worker_id"]) == (before["engagement_id"], to)
    proposed, changed, routed = events[2:]
    assert isinstance(proposed, HandoverProposedV1)
    assert isinstance(changed, KeyWorkerChangedV1)
    assert changed.previous_key_worker_id == before["key_worker_id"]
    assert isinstance(routed, AssessmentRoutedV1)
    assert routed.key_worker.id == to


async def test_assigning_a_handover_is_proposed_by_the_key_worker_or_their_teams_lead_alone(
    stack: Stack, clock: Clock
) -> None:
    async with held_household(stack, clock) as (service, client, held):
        mine, team = held["key_worker_id"], held["team_id"]
        colleague = other_than(mine)
        for role, who in {
            "whoever would take it": colleague,
            "another team's key worker": "cat",
            "another team's lead": "leigh-west",
            "the locality's desk": "wigan",
            "the place's desk": "greater-manchester",
            "a reviewer": "reviewer",
            "a privacy officer": "privacy-officer",
            "operations": "operations",
            "a service for nobody": "service",
        }.items():
            refused = await propose(client, held, colleague, who)
            assert (refused.status_code, role) == (403, role)
            assert "their team lead can hand it over" in refused.json()["detail"]
        assert await table(service, "select * from handover") == []
        for who in (team, mine):
            asked = await propose(client, held, colleague, who)
            assert (asked.status_code, asked.json()["proposed_by"]) == (201, who), asked.text
            assert (await answer(client, asked.json(), "withdraw", who)).status_code == 200
        asked = await propose(client, held, "dan", team)
        assert (await answer(client, asked.json(), "accept", "dan")).status_code == 200
        for before in (mine, team):
            assert (await propose(client, held, mine, before)).status_code == 403
        assert (await propose(client, held, mine, "leigh-west")).status_code == 201


async def test_a_handover_that_nobody_answers_expires_and_changes_nothing(
    stack: Stack, clock: Clock
) -> None:
    async with held_household(stack, clock) as (service, client, before):
        to = other_than(before["key_worker_id"])
        await propose(client, before, to)
        clock.turn(days=6)
        await turn(service, "handovers")
        events = await events_of(stack, 4)
        assert await engagement(service) == before
        assert (await client.get("/v1/handovers", params={"key_worker_id": to})).json() == []
    assert isinstance(events[-1], HandoverDeclinedV1)
    assert events[-1].decided_by is None


async def test_nobody_is_asked_who_has_a_conflict_of_interest(stack: Stack, clock: Clock) -> None:
    async with held_household(stack, clock) as (_, client, before):
        to = other_than(before["key_worker_id"])
        await declare_conflict(client, to, uid("household", "a"))
        assert (await propose(client, before, to)).status_code == 409
        assert (await propose(client, before, "nobody")).status_code == 422


async def test_a_conflict_declared_since_they_were_asked_keeps_them_from_accepting(
    stack: Stack, clock: Clock
) -> None:
    async with held_household(stack, clock) as (service, client, before):
        to = other_than(before["key_worker_id"])
        handover = (await propose(client, before, to)).json()
        await declare_conflict(client, to, uid("household", "a"))
        refused = await answer(client, handover, "accept", to)
        assert (refused.status_code, "Decline it" in refused.text) == (409, True)
        assert await engagement(service) == before
        assert (await answer(client, handover, "decline", to)).status_code == 200


async def test_assigning_who_handed_a_household_over_is_still_known_to_it(
    stack: Stack, clock: Clock
) -> None:
    """After it ended, whoever held it last comes first, and whoever held it before is next."""
    async with held_household(stack, clock) as (service, client, held):
        first, last = held["key_worker_id"], other_than(held["key_worker_id"])
        asked = (await propose(client, held, last)).json()
        clock.turn(days=1)
        await answer(client, asked, "accept", last)
        clock.turn(days=1)
        path = f"/v1/engagements/{held['engagement_id']}/close"
        closed = await client.post(path, json={"reason": "ended"})
        assert closed.status_code == 200, closed.text
        clock.turn(days=1)
        await stack.publish(matched(2, "a", 3 * 24 * 60))
        await handled(service, 2)
        page = (await client.get(f"/v1/households/{uid('household', 'a')}/engagement")).json()
    assert page["key_worker_id"] == last
    ranking = page["active"]["ranking"]
    assert [one["key_worker_id"] for one in ranking] == [last, first]
    assert all("has known this household" in str(one["reasons"]) for one in ranking)


async def test_assigning_who_could_take_a_household_that_moved_is_found_in_other_teams(
    stack: Stack, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Own team first; then where it lives now; others by name or locality. They accept alike."""
    load, read = store.load_referral, []

    async def load_referral(connection: Connection, referral_id: UUID) -> Referral:
        read.append(referral_id)
        return await load(connection, referral_id)

    monkeypatch.setattr(store, "load_referral", load_referral)
    moved = matched(1, "a"), matched(2, "a", 1, area="BL1 4")
    async with held_household(stack, clock, *moved) as (service, client, held):
        path = f"/v1/households/{uid('household', 'a')}/handing-over"

        async def look(**query: str) -> tuple[list[str], list[tuple[str, str | None]], Any]:
            found = (await client.get(path, params=query)).json()
            own = [one["key_worker_id"] for one in found["candidates"]]
            others = [(one["key_worker_id"], one["locality_name"]) for one in found["elsewhere"]]
            return own, others, found["moved_to"]

        colleague = other_than(held["key_worker_id"])
        halliwell = {"id": "halliwell", "name": "Halliwell"}
        assert await look() == ([colleague], [("eve", "Bolton")], halliwell)
        assert len(read) == 1, "for both teams together"
        own, others, _ = await look(name="da")
        assert (own, others) == ([colleague], [("dan", "Wigan")])
        _, others, _ = await look(locality_id="wigan")
        assert others == [("eve", "Bolton"), ("cat", "Wigan"), ("dan", "Wigan")]
        assert (await look(name="nobody at all"))[1] == []
        asked = await propose(client, held, "eve")
        [theirs] = (await client.get("/v1/handovers", params={"team_id": "halliwell"})).json()
        assert theirs["to_key_worker_id"] == "eve", "their own team sees what is asked of them"
        assert (await answer(client, asked.json(), "accept", "eve")).status_code == 200
        after = await engagement(service)
        assert (after["key_worker_id"], after["team_id"]) == ("eve", "halliwell")
        assert (await look())[0] == [], "nobody else is in that team"
        assert (await look())[2] is None
