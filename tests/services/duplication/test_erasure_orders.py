"""What the key-worker service orders to be erased is erased or refused as a whole, once, and
answered the same however often it comes; and nobody is told more of it than when and why."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.envelope import Event
from contracts.erasure import AssessmentsErasedV1, ErasureRefusedV1
from contracts.topics import HOUSEHOLDS
from contracts.vocabulary_erasure import ErasureReason, ErasureRefusal
from services.duplication.rematch_plan import Kind, Step
from services.duplication.store import rematching as rematch_store
from tests.services.duplication.building import FAR, START, person, recorded
from tests.services.duplication.erasures import Place, order, order_of, pointing_at
from tests.services.duplication.running import AGAIN, KNOWN, Running
from tests.services.duplication.test_erasing import FARIDA, PARTNER, YUSUF
from tests.services.duplication.test_linking import post
from tests.services.duplication.test_looks import OFFICER
from tests.services.duplication.test_subject_access import names_officers
from tests.stack import PLACE

GONE = "This was erased on 5 January 2026, because it had been kept for as long as the place keeps"


@pytest.fixture
def place(running: Running) -> Place:
    return Place(running)


async def refusal(
    place: Place, household: UUID, **changes: Any
) -> tuple[ErasureRefusal, date | None]:
    """Why an order is refused; and that everything is still there."""
    before = await everything(place)
    [said] = await place.give(await order_of(place.pool, household, **changes))
    assert isinstance(said, ErasureRefusedV1), said
    assert (said.household_id, said.refused_at) == (household, START)
    assert await everything(place) == before
    return said.refusal, said.not_before


async def everything(place: Place) -> list[Any]:
    tables = ("assessment", "mention", "decision", "person", "household", "membership", "block_key",
              "term_frequency", "review_case", "cannot_link", "must_link", "change")  # fmt: skip
    return [sorted(map(str, await place.pool.fetch(f"select * from {one}"))) for one in tables]


async def gone(run: Running, path: str, **body: Any) -> str:
    """What is told of something that was erased."""
    answer = await (run.client.post(path, json=body) if body else run.client.get(path))
    assert answer.status_code == HTTPStatus.GONE, (path, answer.text)
    found: str = answer.json()["detail"]
    return found


async def test_what_is_ordered_is_erased_said_once_and_nothing_of_it_is_kept(place: Place) -> None:
    first = recorded(1, KNOWN, PARTNER)
    await place.take(first, recorded(2, AGAIN), recorded(3, FARIDA, address=FAR))
    home, people = await place.home_of(first), [await place.person_in(first, n) for n in (0, 1)]
    one = await order_of(place.pool, home)
    [said] = await place.give(one)
    assert said == AssessmentsErasedV1(
        erasure_id=one.erasure_id,
        household_ids=(home,),
        assessment_ids=one.assessment_ids,
        person_ids=tuple(sorted(people)),
        reason=ErasureReason.RETENTION,
        erased_at=START,
    )
    assert await pointing_at(place.pool, [home, *people, *one.assessment_ids]) == {}
    for word in ("Holroyd", "holroyd", "Catherine", "Sean"):
        found = await place.pool.fetchval(
            "select count(*) from mention m, person p where m.as_given::text like $1"
            " or p.profile like $1", f"%{word}%",
        )  # fmt: skip
        assert found == 0
    assert await place.pool.fetchval("select count(*) from assessment") == 1


async def test_an_order_that_comes_again_is_answered_the_same_and_so_is_another_of_it(
    place: Place,
) -> None:
    first = recorded(1, KNOWN, PARTNER)
    await place.take(first)
    home = await place.home_of(first)
    one = await order_of(place.pool, home)
    [said] = await place.give(one)
    later = START.replace(year=2027)
    assert await place.give(one, now=later) == [said]
    another = one.model_copy(update={"erasure_id": uuid4(), "reason": ErasureReason.UNLAWFUL})
    [again] = await place.give(another, now=later)
    assert again == said.model_copy(
        update={"erasure_id": another.erasure_id, "reason": ErasureReason.UNLAWFUL}
    )
    assert await place.give(one, one, another) == [said, said, again]


async def test_an_order_is_heard_once_however_often_the_log_says_it(place: Place) -> None:
    first, other = recorded(1, KNOWN), recorded(2, FARIDA, address=FAR)
    await place.take(first, other)
    one, two = [await order_of(place.pool, await place.home_of(e)) for e in (first, other)]
    (envelope,) = await place.stack.publish(one)
    await place.stack.publish((envelope, one), two)
    told = await place.stack.read(
        HOUSEHOLDS, lambda found: any(two.erasure_id == _erasure(e) for _, e in found)
    )
    erased = [event for _, event in told if isinstance(event, AssessmentsErasedV1)]
    assert [event.erasure_id for event in erased] == [one.erasure_id, two.erasure_id]
    assert await place.pool.fetchval("select count(*) from assessment") == 0


def _erasure(event: Event) -> UUID | None:
    return event.erasure_id if isinstance(event, AssessmentsErasedV1) else None


async def test_two_orders_of_one_household_in_a_batch_erase_it_once(place: Place) -> None:
    first = recorded(1, KNOWN)
    await place.take(first)
    one = await order_of(place.pool, await place.home_of(first))
    other = one.model_copy(update={"erasure_id": uuid4()})
    said, again = await place.give(one, other)
    assert isinstance(said, AssessmentsErasedV1)
    assert again == said.model_copy(update={"erasure_id": other.erasure_id})


async def test_what_was_erased_and_comes_again_is_passed_over(place: Place) -> None:
    first = recorded(1, KNOWN)
    await place.take(first)
    await place.erase(first)
    await place.take(first)
    assert await place.pool.fetchval("select count(*) from assessment") == 0
    await place.take(recorded(2, KNOWN))
    assert await place.pool.fetchval("select count(*) from person") == 1


async def test_a_household_seen_since_linked_or_separated_is_kept(place: Place) -> None:
    first, other = recorded(1, KNOWN), recorded(3, FARIDA, address=FAR)
    await place.take(first, other)
    home, far = await place.home_of(first), await place.home_of(other)
    before = await order_of(place.pool, home)
    await place.take(recorded(2, AGAIN))
    [said] = await place.give(before)
    assert isinstance(said, ErasureRefusedV1)
    assert said.refusal is ErasureRefusal.SEEN_SINCE
    kept, retired = await order_of(place.pool, home), await order_of(place.pool, far)
    await post(place.run, "/v1/links", {"household_ids": [str(home), str(far)]})
    for one in (kept, retired, order([uuid4()], [uuid4()]), order([uuid4()], [])):
        [said] = await place.give(one)
        assert isinstance(said, ErasureRefusedV1)
        assert said.refusal is ErasureRefusal.SEEN_SINCE
    [said] = await place.give(await order_of(place.pool, home))
    assert isinstance(said, AssessmentsErasedV1)
    assert set(said.household_ids) == {home, far}
    # What was said of them for some days yet: ids alone.
    assert await pointing_at(place.pool, said.household_ids, but=["outbox"]) == {}


async def test_a_household_about_which_a_reviewer_is_asked_is_kept_until_they_answer(
    place: Place,
) -> None:
    first, second, third = recorded(1, KNOWN), recorded(2, AGAIN), recorded(3, KNOWN, address=FAR)
    await place.take(first, recorded(4, FARIDA, address=FAR))
    await place.take(second, wary=True)
    for event in (first, second):
        found = await refusal(place, await place.home_of(event))
        assert found == (ErasureRefusal.ASKED_ABOUT, None)
    [case] = await place.run.get("/v1/reviews")
    await post(place.run, f"/v1/reviews/{case['id']}", {"verdict": "different"})
    erased = await place.erase(second)
    assert "erased on" in await gone(place.run, f"/v1/reviews/{case['id']}")
    assert await pointing_at(place.pool, erased[0].household_ids, but=["outbox"]) == {}
    await place.take(third)


async def test_the_id_of_what_was_in_doubt_goes_with_the_household_that_it_was(
    place: Place,
) -> None:
    """The key-worker service never heard of it, so its orders cannot name it."""
    first, second = recorded(1, KNOWN), recorded(2, AGAIN)
    await place.take(first)
    await place.take(second, wary=True)
    [case] = await place.run.get("/v1/reviews")
    home, doubtful = await place.home_of(first), await place.home_of(second)
    await post(place.run, f"/v1/reviews/{case['id']}", {"verdict": "same"})
    one = order([home], [first.assessment_id, second.assessment_id])
    [said] = await place.give(one)
    assert isinstance(said, AssessmentsErasedV1)
    assert set(said.household_ids) == {home, doubtful}
    assert (await gone(place.run, f"/v1/households/{doubtful}")).startswith(GONE)
    assert await place.give(one) == [said]
    assert await place.pool.fetchval("select count(*) from person") == 0


async def test_a_household_of_a_link_that_is_asked_about_is_kept(place: Place) -> None:
    one = recorded(1, KNOWN, PARTNER)
    other = recorded(2, FARIDA, YUSUF, address=FAR)
    await place.take(one, other, recorded(3, KNOWN, PARTNER, FARIDA, YUSUF))
    [case] = await place.run.get("/v1/reviews")
    assert case["kind"] == "link"
    for event in (one, other):
        assert (await refusal(place, await place.home_of(event)))[0] is ErasureRefusal.ASKED_ABOUT
    await post(place.run, f"/v1/reviews/{case['id']}", {"verdict": "different"})
    await place.erase(other)
    assert "erased on" in await gone(place.run, f"/v1/reviews/{case['id']}")


async def test_a_household_that_a_run_under_way_is_about_is_kept(place: Place) -> None:
    first = recorded(1, KNOWN)
    await place.take(first, recorded(2, FARIDA, address=FAR))
    home = await place.home_of(first)
    await place.pool.execute(
        "insert into model values ('kith-2', '', '{}', now());"
        "insert into rematch (id, place_id, version, decided_by, purpose, began_at, files_anew)"
        f" values ('{uuid4()}', '{PLACE}', 'kith-2', 'ops', 'x', now(), false)"
    )
    run = await place.pool.fetchval("select id from rematch")
    step = Step(Kind.MOVE, home, None, (first.assessment_id,))
    async with place.pool.acquire() as connection:
        await rematch_store.save_steps(connection, run, [(0, step.dump())])
    assert (await refusal(place, home))[0] is ErasureRefusal.ASKED_ABOUT
    async with place.pool.acquire() as connection:
        await rematch_store.save_outcome(connection, run, 0, "overtaken", None, START)
        await rematch_store.save_end(connection, run, START)
    await place.erase(first)
    assert await place.pool.fetchval("select count(*) from rematch_step") == 0


async def test_a_child_keeps_the_household_and_a_year_is_all_that_is_said(place: Place) -> None:
    first = recorded(1, KNOWN, person("Amy", "Holroyd", "2004-09-30"))
    await place.take(first)
    home = await place.home_of(first)
    assert await refusal(place, home, until_youngest_is=25) == (
        ErasureRefusal.TOO_YOUNG,
        date(2030, 1, 1),
    )
    [said] = await place.give(await order_of(place.pool, home, until_youngest_is=21))
    assert isinstance(said, AssessmentsErasedV1)


async def test_who_asks_for_what_was_erased_is_told_when_and_why(place: Place) -> None:
    first, other = recorded(1, KNOWN), recorded(2, FARIDA, address=FAR)
    await place.take(first, other)
    home, who = await place.home_of(first), await place.person_in(first)
    far, whose = await place.home_of(other), await place.person_in(other)
    await place.erase(first)
    run = place.run
    for path in (
        f"/v1/households/{home}",
        f"/v1/households/{home}/people",
        f"/v1/households/{home}/changes",
        f"/v1/decisions/{first.assessment_id}",
    ):
        assert (await gone(run, path)).startswith(GONE)
    await gone(run, "/v1/links", household_ids=[str(far), str(home)])
    await gone(run, "/v1/people/links", person_ids=[str(whose), str(who)])
    await gone(
        run, "/v1/separations", household_id=str(home), assessment_ids=[str(first.assessment_id)]
    )
    await gone(
        run, "/v1/separations", household_id=str(far), to_household_id=str(home),
        assessment_ids=[str(other.assessment_id)],
    )  # fmt: skip
    assert await run.get("/v1/households", ids=str(home)) == []
    unknown = await run.client.get(f"/v1/households/{uuid4()}")
    assert unknown.status_code == HTTPStatus.NOT_FOUND
    await names_officers(run)
    answer = await run.client.post(
        "/v1/subject-access", json={"person_id": str(who)}, headers=OFFICER
    )
    assert answer.status_code == HTTPStatus.GONE


async def test_why_others_were_decided_as_they_were_shows_nobody_who_was_erased(
    place: Place,
) -> None:
    first = recorded(1, KNOWN)
    alike = recorded(2, AGAIN)
    await place.take(first)
    await place.take(alike, wary=True)

    async def weighed() -> list[Any]:
        shown = await place.run.get(f"/v1/decisions/{alike.assessment_id}")
        [one] = shown["detail"]["people"]
        return [side["person_id"] for side in (one["best"], one["runner_up"]) if side]

    assert await weighed() == [str(await place.person_in(first))]
    [case] = await place.run.get("/v1/reviews")
    await post(place.run, f"/v1/reviews/{case['id']}", {"verdict": "different"})
    await place.erase(first)
    assert await weighed() == []


async def test_what_an_erasure_took_is_told_to_privacy_officers_in_counts(place: Place) -> None:
    first = recorded(1, KNOWN, PARTNER)
    await place.take(first, recorded(2, AGAIN))
    [said] = await place.erase(first)
    path = f"/v1/erasures/{said.erasure_id}"
    assert (await place.run.client.get(path)).status_code == HTTPStatus.FORBIDDEN
    await names_officers(place.run)
    answer = await place.run.client.get(path, headers=OFFICER)
    assert answer.status_code == HTTPStatus.OK
    counts = answer.json()["counts"]
    assert counts.pop("block_key") > 10
    assert counts == {
        "assessment": 2, "mention": 3, "decision": 2, "person": 2, "household": 1, "membership": 2,
    }  # fmt: skip


async def test_who_looked_is_told_of_a_household_that_was_erased(place: Place) -> None:
    first, other = recorded(1, KNOWN), recorded(2, FARIDA, address=FAR)
    await place.take(first, other)
    run, home = place.run, await place.home_of(first)
    await names_officers(run)
    await run.get(f"/v1/households/{home}")
    await run.get(f"/v1/decisions/{first.assessment_id}")
    await run.get(f"/v1/households/{await place.home_of(other)}")
    link = await post(
        run, "/v1/links", {"household_ids": [str(home), str(await place.home_of(other))]}
    )
    await place.erase(first)
    for id_ in (home, link["other_household_id"]):
        answer = await run.client.get(f"/v1/households/{id_}/looks", headers=OFFICER)
        assert answer.status_code == HTTPStatus.OK, answer.text
        looks = answer.json()
        assert looks["household_id"] == str(home)
        assert {one["what"] for one in looks["looks"]} >= {"household", "decision", "looks"}
        assert len([one for one in looks["looks"] if one["what"] == "household"]) == 4
    refused = await run.client.get(f"/v1/households/{home}/looks")
    assert refused.status_code == HTTPStatus.FORBIDDEN
    for named in (
        {"id": str(home)},
        {"id": str(first.assessment_id)},
        {"reference": str(home)[-12:]},
        {"reference": str(first.assessment_id)[-12:]},
    ):
        answer = await run.client.post("/v1/looks/find", json=named, headers=OFFICER)
        assert answer.json() == {"household_ids": [str(home)]}, named
