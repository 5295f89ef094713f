"""What holds whatever comes in: normalising, order, cannot-links, replay in any batches."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.assessments import AssessmentRecordedV1
from services.duplication import addresses, births, names
from services.duplication.blocking import block_keys
from services.duplication.comparisons import COMPARISONS, LEVELS, MISSING, compare
from services.duplication.fold import Assessed, assessed, resolve
from services.duplication.model import load
from services.duplication.normalise import person_profile
from services.duplication.profile import Profile
from services.duplication.state import State
from tests.services.duplication.building import person, recorded

GIVEN = st.sampled_from(["Ann", "Anne", "Bill", "William", "Zofia", "Jo", "O'Shea", "Mary Ann"])
FAMILY = st.sampled_from(["Smith", "Smyth", "Lord", "de Souza", "Khan", "Khan-Ali", "unknown"])
BORN = st.sampled_from(["1980-01-01", "1980-05-06", "1980-06-05", "1981-05-06", "2014-XX-XX"])
PEOPLE = st.builds(person, GIVEN, FAMILY, BORN)
HISTORY = st.lists(st.lists(PEOPLE, min_size=1, max_size=3), min_size=1, max_size=6)


def taken(event: AssessmentRecordedV1) -> Assessed:
    return assessed(load(), event.assessment_id, event.submission, event.received_at)


@given(st.text(max_size=40))
def test_folding_what_is_folded_changes_nothing(text: str) -> None:
    assert names.fold(names.fold(text)) == names.fold(text)
    assert names.surname(names.surname(text)) == names.surname(text)
    assert addresses.postcode(addresses.postcode(text)) == addresses.postcode(text)
    assert births.written(births.written(text)) == births.written(text)


@given(PEOPLE, PEOPLE)
def test_every_comparison_has_a_level_it_knows_and_order_is_immaterial(
    one: object, other: object
) -> None:
    first = person_profile(one, None)  # type: ignore[arg-type]
    second = person_profile(other, None)  # type: ignore[arg-type]
    levels = compare(first, second, 2026)
    assert levels == compare(second, first, 2026)
    for name, level in zip(COMPARISONS, levels, strict=True):
        assert MISSING <= level < len(LEVELS[name])


@given(PEOPLE)
def test_a_profile_survives_its_store_and_joining_itself(one: object) -> None:
    profile = person_profile(one, None)  # type: ignore[arg-type]
    assert Profile.load(profile.dump()) == profile
    assert profile.joined(profile) is profile
    assert block_keys(load().rules, profile) == block_keys(load().rules, profile)


@settings(max_examples=60)
@given(HISTORY)
def test_the_same_history_gives_the_same_people_and_households(history: list[list[object]]) -> None:
    def run() -> list[tuple[object, ...]]:
        state = State()
        decided = [
            resolve(load(), state, taken(recorded(n, *people)))  # type: ignore[arg-type]
            for n, people in enumerate(history)
        ]
        return [(d.household_id, *(link.person_id for link in d.links)) for d in decided]

    assert run() == run()


@settings(max_examples=60)
@given(HISTORY)
def test_two_people_of_one_assessment_are_never_one_person(history: list[list[object]]) -> None:
    state = State()
    for number, people in enumerate(history):
        decided = resolve(load(), state, taken(recorded(number, *people)))  # type: ignore[arg-type]
        chosen = [link.person_id for link in decided.links]
        assert len(set(chosen)) == len(chosen)


@settings(max_examples=60)
@given(HISTORY)
def test_invariant_4_a_cannot_link_is_never_crossed(history: list[list[object]]) -> None:
    state = State()
    first = resolve(load(), state, taken(recorded(0, person("Ann", "Smith", "1980-05-06"))))
    someone, household = first.links[0].person_id, first.household_id
    state.apart.add((someone, household))
    for number, people in enumerate(history, 1):
        decided = resolve(load(), state, taken(recorded(number, *people)))  # type: ignore[arg-type]
        if someone in {link.person_id for link in decided.links}:
            assert decided.household_id != household
