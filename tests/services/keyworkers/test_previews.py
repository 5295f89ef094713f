"""What would follow from a reviewer's word is found by following it, and nothing of it stays."""

from __future__ import annotations

from typing import Any

from contracts.envelope import Event
from services.kit.app import Service
from tests.services.keyworkers.building import linked, matched, reviewed
from tests.services.keyworkers.conftest import Clock, client_of, handled, running, table
from tests.stack import PLACE, Stack

EVERYTHING = (
    "select 'e', engagement_id::text, household_id::text, ended_at::text from engagement union all"
    " select 'r', referral_id::text, household_id::text, closed_at::text from referral union all"
    " select 'a', assessment_id::text, household_id::text, state from assessment_route union all"
    " select 'o', id::text, '', '' from outbox order by 1, 2"
)


async def look(service: Service, event: Event, place: str = PLACE) -> Any:
    async with client_of(service) as client:
        says = [{"type": event.TYPE, "event": event.model_dump(mode="json")}]
        return await client.post("/v1/previews", json={"place_id": place, "says": says})


async def test_a_match_would_be_routed_or_open_a_referral(stack: Stack, clock: Clock) -> None:
    async with running(stack, clock) as service:
        await stack.publish(matched(1, "known"))
        await handled(service, 1)
        before = await table(service, EVERYTHING)
        (routed,) = (await look(service, reviewed(2, "known"))).json()
        assert routed["kind"] == "assessment.routed"
        assert routed["who"]
        follows = (await look(service, reviewed(2, "new"))).json()
        assert [one["kind"] for one in follows] == ["referral.opened", "keyworker.assigned"]
        assert follows[1]["who"]
        assert await table(service, EVERYTHING) == before


async def test_of_two_engagements_the_one_that_would_stay_is_named(
    stack: Stack, clock: Clock
) -> None:
    async with running(stack, clock) as service:
        await stack.publish(matched(1, "one"), matched(2, "two", 5))
        await handled(service, 2)
        names = {
            row["household_id"]: row["key_worker_id"]
            for row in await table(service, "select household_id, key_worker_id from engagement")
        }
        assert len(set(names.values())) == 2
        before = await table(service, EVERYTHING)
        (ended,) = (await look(service, linked("two", "one", 10))).json()[-1:]
        assert (ended["kind"], ended["goes_on"]) == ("engagement.ended", True)
        assert ended["who"] != ended["former"]
        assert await table(service, EVERYTHING) == before
        await stack.publish(linked("two", "one", 10))
        await handled(service, 3)
        (left,) = await table(service, "select household_id from engagement where ended_at is null")
        assert str(left["household_id"]) == ended["household_id"]


async def test_what_nothing_follows_from_is_refused(stack: Stack, clock: Clock) -> None:
    async with running(stack, clock) as service:
        assert (await look(service, matched(1, "known"))).status_code == 422
        assert (await look(service, reviewed(1, "known"), "nowhere")).status_code in {404, 409}
        async with client_of(service) as client:
            wrong = {"place_id": PLACE, "says": [{"type": "no.such.v1", "event": {}}]}
            assert (await client.post("/v1/previews", json=wrong)).status_code == 422


async def test_who_has_a_key_worker_is_said_of_many_at_once(stack: Stack, clock: Clock) -> None:
    async with running(stack, clock) as service:
        await stack.publish(matched(1, "one"))
        await handled(service, 1)
        asked = [str(matched(1, name).household_id) for name in ("one", "nobody")]
        async with client_of(service) as client:
            answer = await client.post("/v1/engagements/find", json={"household_ids": asked})
        assert [one["household_id"] for one in answer.json()] == asked[:1]
