"""What was linked or separated, and is erased in part: what is left is known by itself alone, and
is taken back no more where too little is left of it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.assessments import AssessmentRecordedV1
from contracts.vocabulary import Restriction
from contracts.vocabulary_erasure import ErasureReason
from services.duplication.erasure import erase
from services.duplication.erasure_plan import Erasure
from services.duplication.model import load
from services.duplication.rematch_undoing import Taking
from services.duplication.rematching import look
from services.kit.db import begin
from tests.services.duplication.building import FAR, START, person, recorded
from tests.services.duplication.carrying_out import as_kith_2, carrying, load_of, nobody, strict
from tests.services.duplication.erasures import Place, known, pointing_at, same
from tests.services.duplication.running import AGAIN, KNOWN, Running
from tests.services.duplication.test_erasing import FARIDA, PARTNER, WIDE, YUSUF
from tests.services.duplication.test_linking import post
from tests.services.duplication.test_one_person import AFTER, BEFORE, BOTH
from tests.stack import PLACE

Two = tuple[Place, Place]
FIRST, SECOND, THIRD = recorded(1, KNOWN, PARTNER), recorded(2, AGAIN), recorded(3, KNOWN)
OTHERS = recorded(4, FARIDA, YUSUF, address=FAR)


async def erase_some(place: Place, *events: AssessmentRecordedV1) -> Any:
    """Erase these assessments alone: what their agency may want one day. What is said."""
    async with begin(place.pool) as connection:
        [said], restated = await erase(
            connection,
            load(),
            PLACE,
            [Erasure(uuid4(), ErasureReason.WITHDRAWN, tuple(e.assessment_id for e in events))],
            START,
        )
    return said, restated


async def separate(place: Place, event: AssessmentRecordedV1, **more: Any) -> Any:
    body = {
        "household_id": str(await place.home_of(event)),
        "assessment_ids": [str(event.assessment_id)],
    }
    return await post(place.run, "/v1/separations", body | more)


async def link(place: Place, one: AssessmentRecordedV1, other: AssessmentRecordedV1) -> Any:
    ids = [str(await place.home_of(event)) for event in (one, other)]
    return await post(place.run, "/v1/links", {"household_ids": ids})


async def link_people(place: Place, one: AssessmentRecordedV1, other: AssessmentRecordedV1) -> Any:
    ids = [str(await place.person_in(event)) for event in (one, other)]
    return await post(place.run, "/v1/people/links", {"person_ids": ids})


async def refused(place: Place, path: str) -> str:
    """Why something is not taken back; nothing of it is."""
    before = await known(place.pool)
    for preview in ("?preview=true", ""):
        answer = await place.run.client.post(path + preview)
        assert answer.status_code in {HTTPStatus.CONFLICT, HTTPStatus.GONE}, answer.text
    assert await known(place.pool) == before
    found: str = answer.json()["detail"]
    return found


@pytest.mark.parametrize("going", [0, 1])
async def test_of_two_that_were_separated_one_is_erased(places: Two, going: int) -> None:
    one, other = places
    await one.take(FIRST, SECOND)
    separation = await separate(one, SECOND)
    events = [FIRST, SECOND]
    [said] = await one.erase(events[going])
    await other.take(events[1 - going])
    await same(one, other)
    gone = [*said.household_ids, *said.person_ids, *said.assessment_ids]
    assert await pointing_at(one.pool, gone, but=["outbox", "decision", "change"]) == {}
    told = await refused(one, f"/v1/separations/{separation['id']}/undo")
    assert "erased" in told
    [change] = await one.run.get(f"/v1/households/{await one.home_of(events[1 - going])}/changes")
    assert change["id"] == separation["id"]
    assert str(events[going].assessment_id) not in str(change)


async def test_of_two_that_were_separated_both_are_erased_and_the_separation_with_them(
    places: Two,
) -> None:
    one, other = places
    await one.take(FIRST, SECOND, OTHERS)
    separation = await separate(one, SECOND)
    await one.erase(FIRST, SECOND)
    await other.take(OTHERS)
    await same(one, other)
    assert await one.pool.fetchval("select count(*) from change") == 0
    assert "was erased on" in await refused(one, f"/v1/separations/{separation['id']}/undo")


async def test_a_separation_taken_back_goes_with_what_took_it_back(places: Two) -> None:
    one, other = places
    await one.take(FIRST, SECOND, OTHERS)
    separation = await separate(one, SECOND)
    await post(one.run, f"/v1/separations/{separation['id']}/undo")
    [said] = await one.erase(FIRST)
    await other.take(OTHERS)
    await same(one, other)
    assert len(said.household_ids) == 2
    assert await one.pool.fetchval("select count(*) from change") == 0


async def test_linked_households_are_erased_as_one(places: Two) -> None:
    one, other = places
    await one.take(FIRST, OTHERS, recorded(5, *TWO, address=WIDE))
    await link(one, FIRST, OTHERS)
    [said] = await one.erase(FIRST)
    assert len(said.household_ids) == 2
    await other.take(recorded(5, *TWO, address=WIDE))
    await same(one, other)


TWO = (person("Gwen", "Pryce", "1961-02-07"), person("Idris", "Pryce", "1959-10-10"))


@pytest.mark.parametrize("going", [0, 1])
async def test_of_a_person_who_was_two_one_is_erased(places: Two, going: int) -> None:
    one, other = places
    events = [recorded(1, TWO[0], address=WIDE), recorded(2, FARIDA, YUSUF, address=FAR)]
    await one.take(*events)
    made = await link_people(one, *events)
    [said] = await one.erase(events[going])
    await other.take(events[1 - going])
    left, right = await known(one.pool), await known(other.pool)
    left.pop("together"), right.pop("together")
    assert left == right
    assert "erased" in await refused(one, f"/v1/people/links/{made['id']}/undo")
    # Whoever was retired into somebody who stays is known by that id for ever, if they are seen.
    retired = await one.pool.fetchval("select count(*) from person where retired_into is not null")
    assert retired == (1 if going == 0 else 0)
    assert (UUID(made["other_person_id"]) in said.person_ids) == (going == 1)


@pytest.mark.parametrize("going", [(BEFORE,), (AFTER, BOTH)])
async def test_somebody_whom_an_assessment_showed_to_be_one_is_seen_in_one_household_alone(
    places: Two, going: tuple[AssessmentRecordedV1, ...]
) -> None:
    one, other = places
    await one.take(BEFORE, AFTER, BOTH)
    [case] = await one.run.get("/v1/reviews")
    await post(one.run, f"/v1/reviews/{case['id']}", {"verdict": "different"})
    await one.erase(going[0])
    await other.take(*[e for e in (BEFORE, AFTER, BOTH) if e not in going])
    await same(one, other)


PARTS: dict[str, tuple[AssessmentRecordedV1, ...]] = {
    "the first": (FIRST,),
    "the middle": (SECOND,),
    "the last": (THIRD,),
    "all but one": (SECOND, THIRD),
}


@pytest.mark.parametrize("part", PARTS)
async def test_a_household_of_which_a_part_is_erased_stays_as_if_that_had_never_been(
    places: Two, part: str
) -> None:
    one, other = places
    await one.take(FIRST, SECOND, THIRD, OTHERS)
    home = await one.home_of(THIRD)
    said, restated = await erase_some(one, *PARTS[part])
    assert said.household_ids == ()
    assert restated == ([], [])
    left = [event for event in (FIRST, SECOND, THIRD) if event not in PARTS[part]]
    assert await one.home_of(left[0]) == home
    await other.take(*left, OTHERS)
    await same(one, other)


async def test_a_part_that_alone_restricted_a_household_opens_it_and_that_is_said(
    places: Two,
) -> None:
    one, other = places
    strict = recorded(3, KNOWN, restrictions=(Restriction.REFUGE,))
    await one.take(FIRST, strict)
    _, (closed, opened) = await erase_some(one, strict)
    assert closed == []
    assert [event.restrictions for event in opened] == [()]
    await other.take(FIRST)
    await same(one, other)


async def test_a_link_of_which_a_part_was_erased_is_taken_back_with_what_is_left(
    places: Two,
) -> None:
    one, other = places
    more = recorded(5, FARIDA, address=FAR)
    await one.take(FIRST, OTHERS, more)
    made = await link(one, FIRST, OTHERS)
    await erase_some(one, OTHERS)
    await post(one.run, f"/v1/links/{made['id']}/undo")
    assert str(await one.home_of(more)) == made["other_household_id"]
    await other.take(FIRST, more)
    left, right = await known(one.pool), await known(other.pool)
    left.pop("apart"), right.pop("apart")
    assert left == right


@pytest.mark.parametrize("going", [(FIRST,), (OTHERS,)])
async def test_a_link_of_which_one_side_was_erased_stays_what_it_is(
    places: Two, going: tuple[AssessmentRecordedV1, ...]
) -> None:
    one, _ = places
    await one.take(FIRST, OTHERS)
    made = await link(one, FIRST, OTHERS)
    said, _ = await erase_some(one, *going)
    assert said.household_ids == ()
    assert "erased since" in await refused(one, f"/v1/links/{made['id']}/undo")
    for side in ("household_id", "other_household_id"):
        shown = await one.run.get(f"/v1/households/{made[side]}")
        assert shown["id"] == made["household_id"]


async def test_whoever_moved_on_from_a_restricted_household_stays_kept_from_the_same_people(
    places: Two,
) -> None:
    """What is left is not quite as if nothing had been: it would tell somebody where they live."""
    one, _ = places
    fled = recorded(2, KNOWN, FARIDA, address=FAR)
    await one.take(
        recorded(1, KNOWN, PARTNER, restrictions=(Restriction.DOMESTIC_ABUSE,)),
        recorded(3, FARIDA, YUSUF, address=FAR),
        fled,
    )
    home = await one.home_of(fled)
    first = recorded(1, KNOWN)
    if home != await one.home_of(first):
        await one.erase(first)
    found = await one.pool.fetchval("select restrictions from household where id = $1", home)
    assert found == ["domestic_abuse"]


async def test_a_run_that_was_planned_before_an_erasure_passes_over_what_has_gone(
    running: Running,
) -> None:
    place = Place(running)
    await place.take(FIRST, SECOND, THIRD, OTHERS)
    carried = carrying(running, strict())
    looked = await look(running.service.pool, PLACE, load_of(strict()), nobody, lambda *_: None)
    assert looked.plan.steps
    await place.erase(FIRST)
    came_to = await carried.carry_out(looked)
    assert set(came_to) == {"overtaken"}
    assert await place.pool.fetchval("select count(*) from redecision") == 0
    assert await place.pool.fetchval("select count(*) from person") == 2


async def test_a_run_of_which_a_part_was_erased_since_is_taken_back_as_far_as_there_is_anything(
    running: Running,
) -> None:
    place = Place(running)
    again = recorded(5, FARIDA, YUSUF, address=FAR)
    await place.take(FIRST, SECOND, THIRD, OTHERS, again)
    await carrying(running, strict()).carry_out()
    assert await place.home_of(OTHERS) != await place.home_of(again)
    await place.erase(FIRST)
    came_to = await Taking(carrying(running, as_kith_2())).take_back()
    assert await place.home_of(OTHERS) == await place.home_of(again)
    assert came_to["done"] >= 1
    assert FIRST.assessment_id not in {
        row[0] for row in await place.pool.fetch("select id from assessment")
    }
