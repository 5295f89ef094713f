"""Offer and claim: a team is asked, any member takes the household, and nothing waits for ever."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.handovers import HouseholdOfferedV1
from contracts.keyworkers import (
    AssessmentRoutedV1,
    FrontDoorNotifiedV1,
    HouseholdQueuedV1,
    KeyWorkerAssignedV1,
    ReferralOpenedV1,
)
from contracts.vocabulary import Harm, Urgency
from services.keyworkers.place import Place
from services.keyworkers.working_time import Calendar
from services.kit.app import Service
from tests.services.keyworkers.building import (
    MONDAY_TEN,
    key_worker,
    matched,
    place_document,
    small_place,
    uid,
)
from tests.services.keyworkers.conftest import (
    Clock,
    client_of,
    declare_conflict,
    events_of,
    handled,
    put_place,
    running,
    table,
    turn,
)
from tests.services.keyworkers.folding import fold, fresh, known
from tests.stack import Stack

HARM: dict[str, Any] = {"significant_harm": (Harm.ADULT_SAFEGUARDING,)}


def offering(**changes: Any) -> dict[str, Any]:
    """The small place, whose team Leigh East offers its households."""
    teams = place_document()["teams"]
    teams[0]["assignment"] = "offer"
    return {"teams": teams, **changes}


def place(**changes: Any) -> Place:
    return small_place(**offering(**changes))


def kinds(events: list[Any]) -> list[str]:
    return [type(event).__name__ for event in events]


# -- the rules, without a store --------------------------------------------------------------


def test_a_team_that_offers_is_asked_and_the_referral_is_open_at_once() -> None:
    opened, offered = fold(fresh(place()), matched(1, "a"))
    assert isinstance(opened, ReferralOpenedV1)
    assert isinstance(offered, HouseholdOfferedV1)
    assert (offered.referral_id, offered.team_id) == (opened.referral_id, "leigh-east")
    assert offered.offered_to.id == "leigh-east"
    assert offered.claim_by == MONDAY_TEN + timedelta(hours=2)


def test_the_team_next_door_gives_its_households_as_before() -> None:
    events = fold(fresh(place()), matched(1, "a", area="WN7 3"))
    assert kinds(events) == ["ReferralOpenedV1", "KeyWorkerAssignedV1"]


def test_an_assessment_meanwhile_joins_the_offer_and_opens_no_second_referral() -> None:
    situation = fresh(place())
    _, first, second = fold(situation, matched(1, "a"), matched(2, "a", 5))
    assert isinstance(first, HouseholdOfferedV1)
    assert isinstance(second, HouseholdOfferedV1)
    assert (second.referral_id, second.claim_by) == (first.referral_id, first.claim_by)
    assert situation.routes[uid("assessment", 2)].referral_avoided


@pytest.mark.parametrize("urgent", [{"urgency": Urgency.IMMEDIATE}, HARM])
def test_what_cannot_wait_is_not_offered(urgent: dict[str, Any]) -> None:
    events = fold(fresh(place()), matched(1, "a", **urgent))
    assert kinds(events)[-2:] == ["ReferralOpenedV1", "KeyWorkerAssignedV1"]


def test_harm_goes_to_the_front_door_and_ends_an_offer() -> None:
    situation = fresh(place())
    events = fold(situation, matched(1, "a"), matched(2, "a", 5, **HARM), matched(3, "a", 6))
    assert kinds(events)[2:] == [
        FrontDoorNotifiedV1.__name__,
        KeyWorkerAssignedV1.__name__,
        AssessmentRoutedV1.__name__,
        AssessmentRoutedV1.__name__,
    ]
    assert situation.waiting == {}


def test_what_nobody_could_claim_is_not_offered_but_waits() -> None:
    full = place(policy={"caseload_limit": 1, "reserve_for_harm": 0}, key_workers=_one_in_leigh())
    events = fold(fresh(full), matched(1, "a", **HARM), matched(2, "b", 1), matched(3, "c", 2))
    assert kinds(events)[-3:] == ["HouseholdQueuedV1", "ReferralOpenedV1", "HouseholdQueuedV1"]


def test_whoever_has_known_the_household_is_named_in_the_offer() -> None:
    situation = fresh(place())
    situation.engagements = known("a", "ben", days=90, ended=40)
    *_, offered = fold(situation, matched(1, "a"))
    assert isinstance(offered, HouseholdOfferedV1)
    assert offered.reasons[-1] == "Ben has known this household"


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-03-02T10:00", 120, "2026-03-02T12:00"),
        ("2026-03-02T16:00", 120, "2026-03-03T10:00"),
        ("2026-03-06T18:00", 60, "2026-03-09T10:00"),  # a Friday evening
        ("2026-03-27T16:30", 60, "2026-03-30T08:30"),  # summer time begins: 9:30 there
        ("2026-04-02T16:30", 600, "2026-04-08T10:00"),  # Good Friday and Easter Monday
    ],
)
def test_an_offers_time_is_the_places_working_time(start: str, minutes: int, end: str) -> None:
    calendar = Calendar.model_validate_json('{"bank_holidays": ["2026-04-03", "2026-04-06"]}')
    at = MONDAY_TEN.fromisoformat(f"{start}+00:00")
    assert calendar.after(at, minutes) == MONDAY_TEN.fromisoformat(f"{end}+00:00")


# -- the service -----------------------------------------------------------------------------


def _one_in_leigh() -> list[dict[str, Any]]:
    return [
        key_worker("ann"),
        key_worker("cat", "leigh-west"),
        key_worker("eve", "halliwell"),
        key_worker("fay", "no-fixed-abode"),
    ]


async def _offer(service: Service) -> dict[str, Any]:
    async with client_of(service) as client:
        [offer] = (await client.get("/v1/offers", params={"team_id": "leigh-east"})).json()
    assert isinstance(offer, dict)
    return offer


async def _claim(client: httpx.AsyncClient, offer: dict[str, Any], who: str) -> httpx.Response:
    return await client.post(f"/v1/offers/{offer['offer_id']}/claim", headers={"Kith-Actor": who})


async def test_assigning_by_offer_the_first_of_the_team_to_claim_has_the_household(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    await put_place(stack, tmp_path, **offering())
    await stack.publish(matched(1, "a"), matched(2, "a", 5))
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 2)
        await turn(service, "waiting list")
        assert await table(service, "select * from engagement") == []
        offer = await _offer(service)
        assert (await client.get("/v1/waiting-list")).json() == []
        assert (await _claim(client, offer, "cat")).status_code == 403
        answers = await asyncio.gather(*(_claim(client, offer, who) for who in ("ann", "ben")))
        assert sorted(a.status_code for a in answers) == [200, 409]
        winner = next(a for a in answers if a.status_code == 200).json()["key_worker_id"]
        assert (await client.get("/v1/offers", params={"key_worker_id": winner})).json() == []
        [row] = await table(service, "select * from engagement")
        assert row["key_worker_id"] == winner
        events = await events_of(stack, 5)
    assigned, routed = events[-2:]
    assert isinstance(assigned, KeyWorkerAssignedV1)
    assert (assigned.claimed, assigned.key_worker.id) == (True, winner)
    assert isinstance(routed, AssessmentRoutedV1)
    assert routed.cause.assessment_id == uid("assessment", 2)


async def test_who_has_no_room_or_a_conflict_cannot_claim(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    workers = place_document()["key_workers"]
    workers[0]["caseload_limit"] = 0
    await put_place(stack, tmp_path, **offering(key_workers=workers))
    await stack.publish(matched(1, "a"))
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 1)
        offer = await _offer(service)
        refused = await _claim(client, offer, "ann")
        assert (refused.status_code, "has no room" in refused.text) == (409, True)
        await declare_conflict(client, "ben", offer["household_id"])
        assert (await client.get("/v1/offers", params={"key_worker_id": "ben"})).json() == []
        assert (await _claim(client, offer, "ben")).status_code == 409
        assert (await _claim(client, {"offer_id": uid("none")}, "ben")).status_code == 404
        assert (await client.get("/v1/offers")).status_code == 422


async def test_assigning_by_offer_what_nobody_claims_in_time_is_assigned_by_the_ranking(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    await put_place(stack, tmp_path, **offering())
    await stack.publish(matched(1, "a"))
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 1)
        offer = await _offer(service)
        clock.turn(minutes=119)
        await turn(service, "offers")
        assert await table(service, "select * from engagement") == []
        clock.turn(minutes=1)
        await turn(service, "offers")
        await turn(service, "offers")
        [row] = await table(service, "select * from engagement")
        assert row["key_worker_id"] == "ann"
        assert (await _claim(client, offer, "ben")).status_code == 409
        events = await events_of(stack, 3)
    assert isinstance(events[-1], KeyWorkerAssignedV1)
    assert not events[-1].claimed


async def test_what_nobody_claims_and_nobody_has_room_for_waits_visibly(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    one = offering(key_workers=_one_in_leigh(), policy={"caseload_limit": 1, "reserve_for_harm": 0})
    await put_place(stack, tmp_path, **one)
    await stack.publish(matched(1, "a"), matched(2, "b", 1, **HARM))
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 2)
        clock.turn(hours=2)
        await turn(service, "offers")
        await turn(service, "offers")
        [waits] = (await client.get("/v1/waiting-list")).json()
        assert waits["household_id"] == str(uid("household", "a"))
        events = await events_of(stack, 6)
    told = [e for e in events if isinstance(e, HouseholdQueuedV1)]
    assert [e.reasons[0] for e in told] == ["nobody claimed it in time"]


async def test_redelivery_of_what_was_offered_changes_nothing(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    await put_place(stack, tmp_path, **offering())
    event = matched(1, "a")
    sent = await stack.publish(event)
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 1)
        offer = await _offer(service)
        await _claim(client, offer, "ben")
        await stack.publish(*zip(sent, [event], strict=True), event, matched(9, "z", 9))
        await handled(service, 4)
        events = await events_of(stack, 5)
    assert kinds(events) == [
        "ReferralOpenedV1",
        "HouseholdOfferedV1",
        "KeyWorkerAssignedV1",
        "ReferralOpenedV1",
        "HouseholdOfferedV1",
    ]
