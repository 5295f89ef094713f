"""Who is compared: those who share most keys, and the others only where nobody is sure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import islice
from uuid import uuid4

import pytest

from contracts.assessments import Address, AssessmentRecordedV1, Person
from services.duplication import comparing
from services.duplication.fold import Resolution, assessed, resolve
from services.duplication.model import load
from services.duplication.profile import EMPTY
from services.duplication.state import NotLoaded, PersonState, State
from services.simulator.stream import simulate
from tests.services.duplication.building import ROAD, ROOT, person, recorded

ELSEWHERE = {"lines": ["7 Elm Close"], "town": "Hindley", "postcode": "WN2 3CD"}
PHONE = {"phones": ("07700 900123",)}
MUM = person("Saoirse", "Quuxby", "1984-06-21", **PHONE)
OTHERS = [
    person("Ixqoy", "Brandish", "1950-02-03", **PHONE),
    person("Tamsin", "Oldroyd", "1999-10-17", **PHONE),
    person("Wulfgar", "Tebbitt", "1961-12-08", **PHONE),
]


def decided(*events: AssessmentRecordedV1) -> list[Resolution]:
    """Each, in order, from nothing."""
    model, state = load(), State()
    return [
        resolve(model, state, assessed(model, e.assessment_id, e.submission, e.received_at))
        for e in events
    ]


def alone(number: int, one: Person, address: Mapping[str, object]) -> AssessmentRecordedV1:
    return recorded(number, one, address=dict(address))


def birch(number: int) -> dict[str, object]:
    return {"lines": [f"{number} Birch Way"], "town": "Leeds", "postcode": f"LS{number + 1} 1AA"}


def known(*people: Person) -> list[AssessmentRecordedV1]:
    """Each at a home of their own."""
    return [alone(n, one, birch(n)) for n, one in enumerate(people)]


def compared(last: Resolution) -> list[int]:
    return [link.choice.compared for link in last.links]


def test_beside_somebody_known_beyond_doubt_only_the_runner_up_is_compared() -> None:
    *_, last = decided(*known(MUM, *OTHERS), alone(9, MUM, birch(0)))
    assert (last.links[0].new, compared(last)) == (False, [comparing.SHOWN])
    assert last.links[0].choice.runner_up is not None


def test_where_nobody_is_known_beyond_doubt_everybody_who_shares_a_key_is_compared() -> None:
    sister = person("Siobhan", "Quuxby", "1990-01-30", **PHONE)
    *_, last = decided(*known(MUM, *OTHERS), alone(9, sister, birch(0)))
    assert compared(last) == [4]


def test_a_child_known_by_name_alone_is_found_behind_a_mother_whose_address_it_shares(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(comparing, "FRACTION", 0.5)
    seen = recorded(1, MUM, person("Albie", "Quuxby"), address=None)
    again = recorded(2, MUM, person("Albei", "Quuxby", "2025-09-06"), address=ROAD)
    home = recorded(3, MUM, person("Eamon", "Quuxby", "1980-03-11"), address=ROAD)
    first, *_, last = decided(seen, home, again)
    assert [link.person_id for link in last.links] == [link.person_id for link in first.links]


def test_of_whoever_moved_those_who_live_at_the_new_home_are_compared_too() -> None:
    there = known(*OTHERS)
    *_, last = decided(alone(8, MUM, ROAD), *there, alone(9, MUM, ELSEWHERE))
    assert compared(last) == [4]


def test_whose_household_the_batch_did_not_load_ends_it_there() -> None:
    model, state = load(), State()
    (seen,) = known(MUM)
    resolve(model, state, assessed(model, seen.assessment_id, seen.submission, seen.received_at))
    again = assessed(model, ROOT, seen.submission, seen.received_at)
    state.asked = set(state.people)
    state.households.clear()
    with pytest.raises(NotLoaded):
        resolve(model, state, again)


def test_whoever_is_one_with_another_by_now_is_nobody_and_is_not_asked_for() -> None:
    kept, other = PersonState(uuid4(), EMPTY), PersonState(uuid4(), EMPTY)
    state = State(people={one.id: one for one in (kept, other)}, asked=set())
    state.hear_of_link(other.id, kept, set())
    assert state.known(kept.id) is kept
    assert state.known(other.id) is None
    with pytest.raises(NotLoaded):
        state.known(uuid4())


@pytest.mark.parametrize("seed", [4, 11])
def test_comparing_everybody_would_decide_nothing_otherwise(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [
        recorded(n, *one.submission.people, address=_as_given(one.submission.address))
        for n, one in enumerate(islice(simulate(seed, 100, date(2026, 1, 1), 900), 700))
    ]
    some = decided(*made)
    monkeypatch.setattr(comparing, "FRACTION", 0.0)
    everybody = decided(*made)
    assert outcomes(some) == outcomes(everybody)
    assert sum(map(sum, map(compared, some))) < 0.9 * sum(map(sum, map(compared, everybody)))


def outcomes(resolutions: Sequence[Resolution]) -> list[object]:
    return [
        (r.household_id, [link.person_id for link in r.links], r.choice.rule, r.left, r.joins)
        for r in resolutions
    ]


def _as_given(address: Address | None) -> dict[str, object] | None:
    return address.model_dump() if address else None
