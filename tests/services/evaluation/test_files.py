"""A file's form made into submissions: nothing is corrected, nothing that has room is lost."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts.vocabulary import Sex
from services.evaluation.files import MOST_PEOPLE, read_lines
from services.evaluation.scoring import read_truth

NOW = datetime(2026, 2, 1, tzinfo=UTC)


def written(folder: Path, *assessments: Mapping[str, object]) -> Path:
    file = folder / "data.jsonl.gz"
    with gzip.open(file, "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(assessment) + "\n" for assessment in assessments)
    return file


def test_fields_go_where_the_contract_has_room(tmp_path: Path) -> None:
    person = {
        "record_id": "r1",
        "given_name": "JO",
        "full_name": "JO ANN LEE",
        "family_name": "LEE",
        "sex": "F",
        "date_of_birth": "1980-13-45",
        "national_id": "12-34",
        "email": "not an address",
    }
    raw = {
        "assessment_id": "a 1",
        "agency": "x",
        "recorded_at": "2027-01-01T00:00:00Z",
        "people": [person],
        "address": {"lines": ["1 ROAD"], "postcode": "M8 0NU"},
    }
    (line,) = read_lines(written(tmp_path, raw), NOW)
    (found,) = line.submission.people
    assert found.date_of_birth is None
    assert found.date_of_birth_as_written == "1980-13-45"
    assert found.middle_names == "ANN"
    assert found.sex is Sex.FEMALE
    assert found.identifiers[0].value == "12-34"
    assert found.emails == ()
    assert line.submission.recorded_at == NOW
    (withheld,) = read_lines(written(tmp_path, raw), NOW, frozenset({"national_id"}))
    assert withheld.submission.people[0].identifiers == ()


def test_a_large_assessment_goes_in_parts_and_a_nameless_person_stays(tmp_path: Path) -> None:
    people = [{"record_id": f"r{n}"} for n in range(MOST_PEOPLE + 3)]
    lines = list(read_lines(written(tmp_path, {"assessment_id": "a", "people": people}), NOW))
    assert [len(line.record_ids) for line in lines] == [MOST_PEOPLE, 3]
    assert len({line.submission.reference for line in lines}) == 2
    assert {line.assessment_id for line in lines} == {"a"}


def test_truth_is_cut_to_what_was_evaluated_and_levels_to_what_it_knows(tmp_path: Path) -> None:
    raw = {"assessment_id": "a", "people": [{"record_id": "r1", "given_name": "Jo"}]}
    lines = list(read_lines(written(tmp_path, raw), NOW))
    truth = tmp_path / "truth.csv"
    truth.write_text("record_id,assessment_id,person_id,household_id\nr1,a,p,\nr2,b,q,\n")
    assert read_truth(truth, lines) == {"person": {"r1": "p"}}
    truth.write_text("record,person\nr1,p\n")
    with pytest.raises(ValueError, match="needs the columns"):
        read_truth(truth, lines)


SENT = {
    "agency_id": "wigan-school",
    "submission": {
        "reference": "WS-1",
        "recorded_at": "2026-01-05T09:00:00Z",
        "people": [
            {"reference": "WS-1.1", "given_name": "Jo", "phones": ["01942 960001"]},
            {"given_name": "Max"},
        ],
        "address": {"lines": ["1 Road"], "postcode": "WN1 2AB"},
        "lawful_basis": "children_act_2004_s10",
        "purpose": "early_help",
    },
}


def test_what_agencies_send_is_read_as_it_is(tmp_path: Path) -> None:
    (line,) = read_lines(written(tmp_path, SENT), NOW)
    assert (line.assessment_id, line.agency) == ("WS-1", "wigan-school")
    assert line.record_ids == ("WS-1.1", "WS-1.2")
    assert line.submission.people[0].phones == ("01942 960001",)
    (less,) = read_lines(written(tmp_path, SENT), NOW, frozenset({"phones", "address"}))
    assert less.submission.people[0].phones == ()
    assert less.submission.address is None


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"people": [{"given_name": "Jo"}]}, "record_id is missing"),
        ({"assessment_id": "a"}, "people is missing"),
        ({"submission": {"people": [{"given_name": "Secret"}]}}, "reference: Field required"),
        ({"assessment_id": "a", "people": 7}, "neither an assessment"),
    ],
)
def test_a_line_of_neither_form_is_named_without_what_it_says(
    tmp_path: Path, bad: Mapping[str, object], said: str
) -> None:
    good = {"assessment_id": "a", "people": [{"record_id": "r1"}]}
    with pytest.raises(ValueError, match="line 2: ") as raised:
        list(read_lines(written(tmp_path, good, {"assessment_id": "b", **bad}), NOW))
    assert said in str(raised.value)
    assert "Secret" not in str(raised.value)
