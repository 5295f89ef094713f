"""History under another model, as a plan: what people said holds, key workers are not crossed."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from contracts.assessments import AssessmentRecordedV1
from contracts.envelope import derive_id
from services.duplication.fold import assessed, resolve
from services.duplication.model import Model, load
from services.duplication.rematch import Past, replay
from services.duplication.rematch_plan import Kind, Plan, Said, Step, make_plan
from services.duplication.state import State
from tests.services.duplication.building import ROOT, person, recorded
from tests.services.duplication.case import ELSEWHERE
from tests.services.duplication.running import AGAIN, KNOWN, WARY

STRICT = replace(
    load(),
    version="strict",
    thresholds=replace(load().thresholds, link=400.0, review=399.0, within=399.0),
)
"""A model that recognises nobody."""
OTHER = person("Farida", "Aziz", "1979-11-23")
EVENTS = (recorded(1, KNOWN), recorded(2, AGAIN), recorded(3, OTHER, address=ELSEWHERE))
APART = (recorded(1, KNOWN), recorded(2, AGAIN, address=None))
RUN = derive_id(ROOT, "run")
NOBODY: frozenset[UUID] = frozenset()
NOTHING = Said()


def decided(model: Model, *events: AssessmentRecordedV1) -> list[Past]:
    state, history = State(), []
    for event in events:
        taken = assessed(model, event.assessment_id, event.submission, event.received_at)
        found = resolve(model, state, taken)
        people = tuple(link.person_id for link in found.links)
        history.append(Past(taken, found.household_id, people, event.received_at))
    return history


def in_house(past: Past, household: UUID, *people: UUID) -> Past:
    return replace(past, household_id=household, people=people or past.people)


def plan(
    model: Model, history: list[Past], said: Said = NOTHING, engaged: frozenset[UUID] = NOBODY
) -> Plan:
    return make_plan(RUN, history, replay(model, history), said, engaged)


def kinds(found: Plan) -> list[Kind]:
    return [step.kind for step in found.steps]


def test_the_same_model_changes_nothing() -> None:
    found = plan(load(), decided(load(), *EVENTS))
    assert (found.table.both, found.table.now_only, found.table.then_only) == (1, 0, 0)
    assert found.table.neither == 2
    assert found.affected == ()
    assert found.steps == ()


def test_another_model_takes_apart_with_the_people() -> None:
    now = decided(load(), *APART)
    one = now[0].household_id
    found = plan(STRICT, now)
    assert (found.table.both, found.table.now_only, found.table.then_only) == (0, 1, 0)
    assert [(a.household_id, a.parts, a.joins) for a in found.affected] == [(one, (1, 1), ())]
    (house, who) = found.steps
    assert house == Step(Kind.MOVE, one, None, (now[1].taken.id,))
    assert who == Step(Kind.MOVE_PEOPLE, now[0].people[0], None, (now[1].taken.id,))


def test_another_model_puts_together_with_the_people() -> None:
    now = decided(load(), *EVENTS)
    one, second = now[0].household_id, derive_id(ROOT, "second")
    split = [now[0], in_house(now[1], second, derive_id(ROOT, "who")), now[2]]
    found = plan(load(), split)
    assert (found.table.both, found.table.now_only, found.table.then_only) == (0, 0, 1)
    assert [(a.household_id, a.joins) for a in found.affected] == [
        (one, (second,)),
        (second, (one,)),
    ]
    assert [(s.kind, s.one, s.to) for s in found.steps] == [
        (Kind.LINK, second, one),
        (Kind.MOVE_PEOPLE, derive_id(ROOT, "who"), now[0].people[0]),
    ]


def test_what_people_put_together_stays_together() -> None:
    now = decided(load(), *EVENTS)
    one = now[0].household_id
    linked = [*now[:2], in_house(now[2], one)]
    assert plan(load(), linked).table.now_only == 2
    together = Said(together=(frozenset(past.taken.id for past in linked),))
    assert plan(load(), linked, together).steps == ()
    whole = Said(
        together=together.together,
        one_person=(frozenset((past.taken.id, 0) for past in linked[:2]),),
    )
    assert plan(STRICT, linked, whole).steps == ()


def test_what_people_keep_apart_stays_apart() -> None:
    now = decided(load(), *EVENTS)
    one, second, who = now[0].household_id, derive_id(ROOT, "second"), derive_id(ROOT, "who")
    separated = [now[0], in_house(now[1], second, who), now[2]]
    found = plan(load(), separated, Said(apart=frozenset({(second, one)})))
    assert (found.steps, found.held, found.table.then_only) == ((), 1, 0)
    person_apart = Said(apart=frozenset({(now[0].people[0], second)}))
    assert plan(load(), separated, person_apart).held == 1
    only_people = Said(apart=frozenset({(now[0].people[0], who)}))
    assert kinds(plan(load(), separated, only_people)) == [Kind.LINK]


def test_what_somebody_is_being_asked_is_left_to_them() -> None:
    now = decided(load(), *EVENTS)
    second = derive_id(ROOT, "second")
    split = [now[0], in_house(now[1], second, derive_id(ROOT, "who")), now[2]]
    assert plan(load(), split, Said(open=frozenset({second}))).steps == ()


def test_two_with_key_workers_are_asked_about_and_only_once() -> None:
    now = decided(load(), *EVENTS)
    one, second = now[0].household_id, derive_id(ROOT, "second")
    split = [now[0], in_house(now[1], second, derive_id(ROOT, "who")), now[2]]
    both = frozenset({one, second})
    found = plan(load(), split, engaged=both)
    assert found.steps == (Step(Kind.ASK, second, one, (now[1].taken.id,)),)
    assert {a.comes_to for a in found.affected} == {"asked"}
    assert all(a.has_key_worker for a in found.affected)
    again = plan(load(), split, Said(asked=frozenset({both})), both)
    assert (again.steps, again.asked_before) == ((), 1)
    alone = plan(load(), split, engaged=frozenset({second}))
    assert (alone.steps[0].kind, alone.steps[0].one, alone.steps[0].to) == (Kind.LINK, one, second)


def test_in_doubt_a_model_takes_nothing_apart_and_puts_nothing_together() -> None:
    now = decided(load(), *APART)
    found = plan(WARY, now)
    assert (found.steps, found.table.now_only) == ((), 0)
    second, who = derive_id(ROOT, "second"), derive_id(ROOT, "who")
    split = [now[0], in_house(now[1], second, who)]
    assert plan(WARY, split).steps == ()
    assert replay(WARY, now).reviews == 1


def test_what_a_model_decides_otherwise_is_kept_with_its_reasons() -> None:
    now = decided(load(), *APART)
    assert replay(load(), now).again == {}
    (again,) = replay(STRICT, now).again.items()
    assert again[0] == now[1].taken.id
    assert again[1].detail["thresholds"]["link"] == 400.0


def test_steps_are_kept_as_they_are() -> None:
    step = Step(Kind.MOVE, ROOT, None, (RUN,))
    assert Step.load(step.dump()) == step
