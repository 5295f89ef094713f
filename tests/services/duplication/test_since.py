"""What was seen since a possible match was asked about, told to the reviewer, on real servers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from contracts.vocabulary import Restriction
from services.duplication.since import seen_since
from tests.services.duplication.building import person, recorded
from tests.services.duplication.case import ELSEWHERE
from tests.services.duplication.running import Running

RUTH = person("Ruth", "Ormerod", "1985-02-11", sex="female")
ALAN = person("Alan", "Ormerod", "1983-09-27", sex="male")
ELLA = person("Ella", "Ormerod", "2014-06-03", sex="female")
JOEL = person("Joel", "Ormerod", "2017-11-19", sex="male")
HOUSEHOLD, ONE, TWO, THREE, ASKED = (UUID(int=n) for n in range(5))
THEN = datetime(2026, 3, 1, tzinfo=UTC)


async def test_seen_again_with_two_of_the_household_says_the_same_and_answers_nothing(
    running: Running,
) -> None:
    await running.take(recorded(1, RUTH, ALAN, ELLA, JOEL))
    await running.take(recorded(2, RUTH, address=ELSEWHERE))
    (case,) = await running.get("/v1/reviews")
    assert case["rule"] == "member_seen_elsewhere"
    assert (await running.get(f"/v1/reviews/{case['id']}"))["since"] == []
    await running.take(recorded(3, RUTH, ELLA, JOEL), recorded(4, RUTH))
    shown = await running.get(f"/v1/reviews/{case['id']}")
    (since,) = shown["since"]
    assert since["household_id"] == case["candidates"][0]["household_id"]
    assert (since["people_together"], since["times_together"]) == (2, 1)
    assert since["last_together"] == "2026-01-05T09:03:00Z"
    assert (since["times_without"], since["last_without"]) == (1, "2026-01-05T09:04:00Z")
    assert since["says_same"]
    assert shown["verdict"] is None
    assert [one["id"] for one in await running.get("/v1/reviews")] == [case["id"]]


@pytest.mark.parametrize("restricted", [1, 2, 3])
async def test_of_a_restricted_household_nothing_is_said(
    running: Running,
    restricted: int,
) -> None:
    why = {"restrictions": (Restriction.WITNESS_PROTECTION,)}
    stated: list[dict[str, Any]] = [why if n == restricted else {} for n in range(1, 4)]
    await running.take(
        recorded(1, RUTH, ALAN, ELLA, JOEL, **stated[0]),
        recorded(2, RUTH, address=ELSEWHERE, **stated[1]),
        recorded(3, RUTH, ELLA, JOEL, **stated[2]),
    )
    households = await running.rows("select id from household order by id")
    for (household,) in households:
        await running.may_know(household, "kw-7")
    (case,) = await running.get("/v1/reviews")
    shown = await running.get(f"/v1/reviews/{case['id']}")
    assert not shown["hidden"]
    assert shown["since"] == []


def test_what_is_seen_once_with_one_of_them_says_nothing_yet() -> None:
    found = seen_since(HOUSEHOLD, {ASKED, ONE, TWO}, {ASKED}, [(THEN, {ASKED, ONE, THREE})])
    assert found is not None
    assert (found.people_together, found.says_same) == (1, False)


def test_who_is_under_review_does_not_speak_for_themselves() -> None:
    both = {ASKED, THREE}
    found = seen_since(HOUSEHOLD, {ASKED, THREE, ONE}, both, [(THEN, both)])
    assert found is not None
    assert (found.times_together, found.times_without, found.says_same) == (0, 1, False)


def test_nothing_seen_is_nothing_said() -> None:
    assert seen_since(HOUSEHOLD, {ONE}, {ASKED}, []) is None
