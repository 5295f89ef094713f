"""The simulated borough: the same for the same seed, believable, and silent about the truth."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise

import pytest

from contracts.assessments import Submission
from contracts.identifiers import IDENTIFIER_FAULT
from contracts.vocabulary import AgencyKind, Restriction
from services.simulator.assessing import Assessed
from services.simulator.files import to_json
from services.simulator.places import DISTRICTS
from services.simulator.practices import load_agencies
from services.simulator.stream import simulate

START = date(2025, 9, 1)


@pytest.fixture(scope="module")
def borough() -> list[Assessed]:
    return list(simulate(11, 1200, START, 365))


def test_the_same_seed_gives_the_same_stream():
    def lines(seed: int) -> list[str]:
        return [to_json(a.submission) for a in simulate(seed, 120, START, 120)]

    assert lines(5) == lines(5)
    assert lines(5) != lines(6)


_DIGEST = """
from datetime import date
from hashlib import sha256
from services.simulator.files import to_json
from services.simulator.stream import simulate
made = "".join(to_json(a.submission) for a in simulate(5, 400, date(2023, 9, 1), 1400))
print(sha256(made.encode()).hexdigest())
"""


def test_the_same_seed_gives_the_same_stream_in_every_process():
    digests = {
        subprocess.run(
            [sys.executable, "-c", _DIGEST],
            env=os.environ | {"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(digests) == 1


def test_a_longer_simulation_only_adds_at_the_end():
    short = [a.submission.reference for a in simulate(5, 120, START, 60)]
    long = [a.submission.reference for a in simulate(5, 120, START, 120)]
    assert long[: len(short)] == short
    assert len(long) > len(short)


def test_every_submission_keeps_the_contract_when_read_back(borough: list[Assessed]):
    for made in borough:
        read = Submission.model_validate_json(to_json(made.submission))
        assert read == made.submission


def test_assessments_come_in_order_within_the_days_asked_for(borough: list[Assessed]):
    times = [a.submission.recorded_at for a in borough]
    assert all(earlier <= later for earlier, later in pairwise(times))
    assert times[0].date() >= START
    assert times[-1].date() < date(2026, 9, 1)


def test_agency_references_are_unique_over_agencies(borough: list[Assessed]):
    assert len({a.submission.reference for a in borough}) == len(borough)
    records = [row.record_id for a in borough for row in a.truth]
    assert len(set(records)) == len(records)


def test_the_truth_is_in_no_submission(borough: list[Assessed]):
    for made in borough:
        sent = to_json(made.submission)
        for row in made.truth:
            assert row.person_id not in sent
            assert row.household_id not in sent
    assert not {"person_id", "household_id", "truth"} & set(Submission.model_fields)


def test_truth_rows_join_the_people_submitted(borough: list[Assessed]):
    for made in borough:
        references = [person.reference for person in made.submission.people]
        assert references == [row.record_id for row in made.truth]
        assert {row.assessment_id for row in made.truth} == {made.submission.reference}


def test_references_do_not_follow_the_person(borough: list[Assessed]):
    seen: defaultdict[str, set[str]] = defaultdict(set)
    for made in borough:
        for row in made.truth:
            assert row.record_id not in seen[row.person_id]
            seen[row.person_id].add(row.record_id)
    assert max(map(len, seen.values())) > 3


def test_identifiers_pass_their_registers_checks_and_belong_to_nobody(borough: list[Assessed]):
    people = [p for a in borough for p in a.submission.people]
    held = [i for p in people for i in p.identifiers]
    assert len(held) > 500
    assert not any(IDENTIFIER_FAULT[i.scheme](i.value) for i in held)
    assert all(i.value.startswith("999") for i in held if i.scheme == "nhs_number")
    phones = {phone for p in people for phone in p.phones}
    assert phones
    assert all(p.startswith(("07700 900", "0161 496 0")) and len(p) in {12, 13} for p in phones)
    assert all(e.endswith("@example.org") for p in people for e in p.emails)


def test_every_agency_is_of_the_demonstration_place(borough: list[Assessed]):
    listed = {agency.id for agency in load_agencies(11)}
    used = {a.agency_id for a in borough}
    assert used <= listed
    assert len(used) > 60


def test_postcodes_are_of_the_ten_boroughs(borough: list[Assessed]):
    districts = {d for borough_ in DISTRICTS.values() for d in borough_}
    for made in borough:
        address = made.submission.address
        if address and address.postcode and " " in address.postcode:
            assert address.postcode.split()[0] in districts


def test_trouble_is_unequal_and_met_by_several_agencies(borough: list[Assessed]):
    counts = Counter(a.truth[0].household_id for a in borough)
    agencies: defaultdict[str, set[str]] = defaultdict(set)
    for made in borough:
        agencies[made.truth[0].household_id].add(made.agency_id)
    assert 1.5 < len(borough) / 1200 < 6
    busiest = sum(n for _, n in counts.most_common(120))
    assert busiest > 0.3 * len(borough)
    assert sum(len(a) >= 4 for a in agencies.values()) > 40


def test_harm_and_restrictions_are_few_but_there(borough: list[Assessed]):
    total = len(borough)
    harmed = sum(bool(a.submission.significant_harm) for a in borough)
    restricted = sum(bool(a.submission.restrictions) for a in borough)
    assert 0.005 < harmed / total < 0.05
    assert 0.005 < restricted / total < 0.15
    kinds = {r for a in borough for r in a.submission.restrictions}
    assert Restriction.DOMESTIC_ABUSE in kinds
    assert any(a.submission.no_fixed_abode for a in borough)


def test_the_same_person_is_written_in_several_ways(borough: list[Assessed]):
    spellings: defaultdict[str, set[str]] = defaultdict(set)
    for made in borough:
        for row, person in zip(made.truth, made.submission.people, strict=True):
            name = f"{person.given_name} {person.family_name}".lower()
            spellings[row.person_id].add(name)
    written = sum(len(s) > 1 for s in spellings.values())
    assert written > 0.1 * len(spellings)


def test_people_stay_who_they_are_when_households_change(borough: list[Assessed]):
    homes: defaultdict[str, set[str]] = defaultdict(set)
    for made in borough:
        for row in made.truth:
            homes[row.person_id].add(row.household_id)
    assert any(len(h) > 1 for h in homes.values())


def test_the_agencies_file_lists_each_kind_in_each_borough():
    agencies = load_agencies(1)
    kinds = Counter((a.locality, a.kind) for a in agencies)
    for locality in DISTRICTS:
        for kind in set(AgencyKind) - {AgencyKind.POLICE, AgencyKind.FIRE, AgencyKind.PROBATION}:
            assert kinds[locality, kind] >= 1
    assert json.dumps(sorted({a.id for a in agencies if a.locality == "greater-manchester"})) == (
        '["greater-manchester-fire", "greater-manchester-police", "greater-manchester-probation"]'
    )
