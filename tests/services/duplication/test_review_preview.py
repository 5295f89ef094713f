"""What an answer to a review would do is found by doing it, and nothing of that stays."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from contracts.codec import decode_event
from contracts.duplication import MatchReviewedV1
from contracts.links import HouseholdsLinkedV1
from contracts.topics import HOUSEHOLDS
from tests.services.duplication.building import recorded
from tests.services.duplication.running import AGAIN, KNOWN, Running
from tests.services.duplication.test_joining import BOTH, FIRST, SECOND

EVERYTHING = (
    "select 'a', id::text, household_id::text from assessment union all"
    " select 'm', assessment_id::text, person_id::text from mention union all"
    " select 'c', one::text, other::text from cannot_link union all"
    " select 'l', one::text, other::text from must_link union all"
    " select 'h', id::text, members::text || provisional from household union all"
    " select 'p', id::text, profile || households::text from person union all"
    " select 'r', id::text, coalesce(verdict, '') from review_case union all"
    " select 'o', id::text, '' from outbox order by 1, 2, 3"
)


async def look(run: Running, case: dict[str, Any], verdict: str) -> dict[str, Any]:
    answer = await run.client.post(
        f"/v1/reviews/{case['id']}", params={"preview": "true"}, json={"verdict": verdict}
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("verdict", ["same", "different", "cannot_tell"])
async def test_a_look_at_an_answer_says_what_the_answer_does_and_does_nothing(
    running: Running,
    verdict: str,
) -> None:
    await running.take(recorded(1, KNOWN))
    await running.take(recorded(2, AGAIN), wary=True)
    (case,) = await running.get("/v1/reviews")
    before = await running.rows(EVERYTHING)
    shown = await look(running, case, verdict)
    assert await running.rows(EVERYTHING) == before
    assert shown["preview"]
    assert (shown["people_linked"], bool(shown["retired_household_id"])) == (
        (1, True) if verdict == "same" else (0, False)
    )
    assert bool(shown["cannot_links"]) is (verdict == "different")
    given = await running.client.post(f"/v1/reviews/{case['id']}", json={"verdict": verdict})
    assert given.json()["household_id"] == shown["household_id"]
    told = await running.stack.read(
        HOUSEHOLDS, lambda found: any(isinstance(e, MatchReviewedV1) for _, e in found)
    )
    (really,) = [e for _, e in told if isinstance(e, MatchReviewedV1)]
    (said,) = shown["says"]
    foretold = decode_event(said["type"], _bytes(said["event"]))
    assert isinstance(foretold, MatchReviewedV1)
    assert foretold.model_copy(update={"reviewed_at": really.reviewed_at}) == really


async def test_a_look_at_a_proposed_link_says_which_household_keeps_its_id(
    running: Running,
) -> None:
    await running.take(FIRST, SECOND, BOTH)
    (case,) = await running.get("/v1/reviews")
    before = await running.rows(EVERYTHING)
    shown = await look(running, case, "same")
    assert await running.rows(EVERYTHING) == before
    (said,) = shown["says"]
    linked = decode_event(said["type"], _bytes(said["event"]))
    assert isinstance(linked, HouseholdsLinkedV1)
    assert linked.retired_household_id == UUID(shown["retired_household_id"])
    assert linked.household_id == UUID(shown["household_id"])
    assert (await look(running, case, "different"))["says"] == []


async def test_a_link_by_hand_is_looked_at_by_doing_it(running: Running) -> None:
    await running.take(FIRST, SECOND)
    rows = await running.rows("select household_id::text from assessment order by received_at")
    before = await running.rows(EVERYTHING)
    answer = await running.client.post(
        "/v1/links?preview=true", json={"household_ids": [rows[0][0], rows[1][0]]}
    )
    (said,) = answer.json()["says"]
    assert said["event"]["retired_household_id"] == rows[1][0]
    assert await running.rows(EVERYTHING) == before


def _bytes(event: dict[str, Any]) -> bytes:

    return json.dumps(event).encode()
