"""Somebody who was two people until an assessment fits both: linked by what it shows, and not where
anything speaks against it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

import pytest

from contracts.assessments import AssessmentRecordedV1
from contracts.envelope import derive_id
from contracts.vocabulary import Restriction
from services.duplication.fold import Resolution, assessed, resolve
from services.duplication.model import load
from services.duplication.rematch import Past, replay
from services.duplication.rematch_plan import Kind, Said, make_plan
from services.duplication.state import State
from services.simulator.stream import simulate
from tests.services.duplication.building import ROOT, person, recorded
from tests.services.duplication.running import Running
from tests.services.duplication.test_crowds import Crowd, crowd, home, names  # noqa: F401
from tests.services.duplication.test_linking import post

PHONE: dict[str, Any] = {"phones": ("07700 900123",)}
BEFORE = recorded(1, person("Harriet", "Bloom", "1984-06-21"), address=home(1))
"""As she was known before she married and moved."""
AFTER = recorded(2, person("Harriet", "Keane", **PHONE), address=home(2))
"""As somebody new: nothing but a given name agrees."""
KEANE = person("Harriet", "Keane", "1984-06-21", previous_family_names=("Bloom",), **PHONE)
BOTH = recorded(3, KEANE, address=home(2))
"""Whoever wrote this knew both."""


def decide(state: State, *events: AssessmentRecordedV1) -> list[Resolution]:
    model = load()
    return [
        resolve(model, state, assessed(model, e.assessment_id, e.submission, e.received_at))
        for e in events
    ]


def person_of(resolution: Resolution) -> UUID:
    return resolution.links[0].person_id


def test_who_fits_two_people_shows_them_to_be_one_and_their_households_are_asked_about() -> None:
    state = State()
    before, after, both = decide(state, BEFORE, AFTER, BOTH)
    assert person_of(before) != person_of(after) == person_of(both)
    (one,) = both.same
    assert (one.kept, one.other) == (person_of(after), person_of(before))
    assert one.weight >= load().thresholds.join
    assert list(state.people) == [one.kept]
    known = state.people[one.kept]
    assert (known.mentions, known.profile.family) == (3, ("bloom", "keane"))
    assert known.households == (before.household_id, after.household_id)
    assert state.households[before.household_id].members == ()
    (joined,) = both.joins
    assert (joined.household_id, joined.other_household_id) == known.households[::-1]


def test_whoever_is_linked_is_found_again_by_what_either_was_known_by() -> None:
    state = State()
    *_, both = decide(state, BEFORE, AFTER, BOTH)
    again, there = decide(
        state,
        recorded(4, person("Harriet", "Bloom", "1984-06-21"), address=home(1)),
        recorded(5, person("Harriet", "Keane", **PHONE), address=home(2)),
    )
    assert person_of(again) == person_of(there) == person_of(both)


def _seen_together() -> list[AssessmentRecordedV1]:
    two = (BEFORE.submission.people[0], AFTER.submission.people[0])
    return [recorded(1, *two, address=home(2)), BOTH]


def _two_numbers() -> list[AssessmentRecordedV1]:
    def of(number: int, number_there: str, event: AssessmentRecordedV1) -> AssessmentRecordedV1:
        known = {"scheme": "nhs_number", "value": number_there}
        one = event.submission.people[0].model_dump() | {"identifiers": [known]}
        return recorded(number, person(one.pop("given_name"), one.pop("family_name"), **one),
                        address=home(number))  # fmt: skip

    return [of(1, "9990000018", BEFORE), of(2, "9990000026", AFTER), BOTH]


def _restricted() -> list[AssessmentRecordedV1]:
    kept = recorded(
        1,
        BEFORE.submission.people[0],
        address=home(1),
        restrictions=(Restriction.DOMESTIC_ABUSE,),
    )
    return [kept, AFTER, BOTH]


@pytest.mark.parametrize(
    "events",
    [
        pytest.param(_seen_together(), id="seen together"),
        pytest.param(_two_numbers(), id="two NHS numbers"),
        pytest.param(_restricted(), id="a restricted household"),
        pytest.param(
            [
                BEFORE,
                AFTER,
                recorded(3, KEANE, address=home(2), restrictions=(Restriction.DOMESTIC_ABUSE,)),
            ],
            id="restricted from now on",
        ),
    ],
)
def test_nobody_is_linked_where_something_speaks_against_it(
    events: list[AssessmentRecordedV1],
) -> None:
    *_, last = decide(State(), *events)
    likely = [c for c in last.links[0].choice.candidates if c.score.weight >= 5]
    assert len(likely) == 2, "the last assessment has to fit both, or this tests nothing"
    assert last.same == ()


def test_whom_somebody_said_to_be_two_stays_two() -> None:
    state = State()
    before, after = decide(state, BEFORE, AFTER)
    state.apart.add((person_of(before), person_of(after)))
    (both,) = decide(state, BOTH)
    assert both.same == ()


def test_while_a_reviewer_is_asked_who_somebody_is_nothing_answers_for_them() -> None:
    state = State()
    before, _ = decide(state, BEFORE, AFTER)
    state.households[before.household_id].provisional = True
    (both,) = decide(state, BOTH)
    assert both.same == ()


def test_deciding_history_again_by_the_same_model_changes_nothing() -> None:
    events = (BEFORE, AFTER, BOTH)
    decided = decide(State(), *events)
    who, model = person_of(decided[-1]), load()
    history = [
        Past(
            assessed(model, e.assessment_id, e.submission, e.received_at),
            one.household_id,
            (who,),
            e.received_at,
        )
        for e, one in zip(events, decided, strict=True)
    ]
    plan = make_plan(derive_id(ROOT, "run"), history, replay(model, history), Said(), frozenset())
    assert plan.steps == ()
    apart = [replace(history[0], people=(person_of(decided[0]),)), *history[1:]]
    plan = make_plan(derive_id(ROOT, "run"), apart, replay(model, apart), Said(), frozenset())
    assert [step.kind for step in plan.steps] == [Kind.MOVE_PEOPLE]


async def test_the_service_links_them_says_why_and_asks_about_the_households(
    running: Running,
) -> None:
    await running.take(BEFORE, AFTER, BOTH)
    assert await running.rows("select count(distinct person_id) from mention") == [(1,)]
    ((person_id, household),) = await running.rows(
        "select m.person_id, a.household_id from mention m join assessment a"
        f" on a.id = m.assessment_id where a.id = '{BOTH.assessment_id}'"
    )
    (change,) = await running.get(f"/v1/households/{household}/changes")
    assert (change["kind"], change["cause"], change["decided_by"]) == (
        "people_link",
        "evidence",
        None,
    )
    shown = await running.get(f"/v1/decisions/{BOTH.assessment_id}")
    (same,) = shown["detail"]["same"]
    assert same["person_id"] == str(person_id)
    assert await running.rows("select 1 from must_link union all select 1 from cannot_link") == []
    (review,) = await running.get("/v1/reviews")
    assert (review["kind"], review["why"], review["weight"]) == (
        "link",
        "one_person",
        same["weight"],
    )


async def test_rule_6_that_somebody_is_known_to_a_restricted_household_too_is_not_shown(
    running: Running,
) -> None:
    await running.take(BEFORE, AFTER, BOTH)
    ((first,),) = await running.rows(
        f"select household_id from assessment where id = '{BEFORE.assessment_id}'"
    )
    await running.may_know(first, "kw-8")
    shown = await running.get(f"/v1/decisions/{BOTH.assessment_id}")
    assert shown["detail"]["people"]
    assert shown["detail"]["same"] == []


async def test_what_an_assessment_linked_is_taken_back_by_a_person_for_good(
    running: Running,
) -> None:
    await running.take(BEFORE, AFTER, BOTH)
    ((change,),) = await running.rows("select id from change")
    await post(running, f"/v1/people/links/{change}/undo")
    assert await running.rows("select count(distinct person_id) from mention") == [(2,)]
    await running.take(recorded(4, KEANE, address=home(2)))
    assert await running.rows("select count(distinct person_id) from mention") == [(2,)]


def _as_given(event: Any) -> dict[str, Any] | None:
    address = event.submission.address
    return address.model_dump() if address else None


@pytest.mark.parametrize("size", [1, 40])
async def test_a_batch_and_a_whole_place_in_memory_come_to_the_same_people(
    crowd: Crowd,  # noqa: F811
    size: int,
) -> None:
    made = [
        recorded(n, *one.submission.people, address=_as_given(one))
        for n, one in enumerate(islice(simulate(11, 60, date(2026, 1, 1), 900), 300))
    ]
    await crowd.pool.execute("delete from term_frequency")
    for start in range(0, len(made), size):
        await crowd.take(*made[start : start + size])
    state, now = State(), dict[UUID, UUID]()
    decided = decide(state, *made)
    for resolution in decided:
        now |= {one.other: one.kept for one in resolution.same}
    assert len(now) == 2, "the borough has to have somebody who was two, or this tests nothing"
    for event, resolution in zip(made, decided, strict=True):
        people = [link.person_id for link in resolution.links]
        assert await crowd.people_of(event) == [now.get(one, one) for one in people]
    rows = await crowd.pool.fetch(
        "select id, profile, households, mentions from person where retired_into is null"
    )
    assert {row["id"]: tuple(row)[1:] for row in rows} == {
        id_: (one.profile.dump(), list(one.households), one.mentions)
        for id_, one in state.people.items()
    }


async def test_a_key_that_a_link_leaves_room_under_finds_people_again_in_the_same_batch(
    crowd: Crowd,  # noqa: F811
) -> None:
    """51 share a phone, one more than are looked up by it, until two of them turn out to be one."""
    first, second = (
        person(one.given_name, one.family_name, born, **PHONE)
        for one, born in ((BEFORE.submission.people[0], "1984-06-21"), (KEANE, None))
    )
    others = [
        recorded(10 + n, person(given, family, f"{1940 + n}-03-05", **PHONE), address=home(10 + n))
        for n, (given, family) in enumerate(zip(names(49, 31), names(49, 32), strict=True))
    ]
    known = [recorded(1, first, address=home(1)), recorded(2, second, address=home(2)), *others]
    last = recorded(99, person("Ludovic", "Zammit", "2001-09-09", **PHONE), address=home(99))
    await crowd.pool.execute("delete from term_frequency")
    await crowd.take(*known)
    await crowd.take(BOTH, last)
    *_, both, alone = decide(State(), *known, BOTH, last)
    assert len(both.same) == 1
    assert alone.links[0].choice.compared == load().candidates
    assert await crowd.compared_of(last) == [load().candidates]
