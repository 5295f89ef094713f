"""What an agency's developer reads when something is refused: words for whoever sends JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from contracts.assessments import Submission
from contracts.vocabulary import AgencyKind
from services.agencies.agreement import Agency, faults_of
from services.agencies.defaults import default_agreement
from services.agencies.refusals import SHAPES
from services.agencies.submissions import Unreadable, read_body, read_submission

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
AGENCY = Agency(
    "homes",
    "place",
    "Homes",
    AgencyKind.HOUSING,
    "wigan",
    default_agreement("homes", AgencyKind.HOUSING),
)
INSTANT = "must be a date and time with a time zone, such as 2026-03-02T09:30:00Z"
_PYTHON = ("tuple", "string", "Input", "Extra", "Field required", "pattern", "validation", "^")


def sent(**changes: object) -> bytes:
    assessment = {
        "reference": "R-1",
        "recorded_at": "2026-03-02T09:30:00Z",
        "people": [{"given_name": "Zebedee", "family_name": "Quill"}],
        "lawful_basis": "consent",
        "purpose": "early_help",
    }
    return json.dumps(assessment | changes, ensure_ascii=False).encode()


def refused(body: bytes) -> list[tuple[str, str]]:
    with pytest.raises(Unreadable) as caught:
        read_body(body)
    return [(fault.field, fault.rule) for fault in caught.value.faults]


def person(**fields: object) -> bytes:
    return sent(people=[{"given_name": "Zebedee", **fields}])


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        (sent(people=[]), "people", "must have at least 1 entry"),
        (sent(people=[{"given_name": "A"}] * 500), "people", "may have at most 20 entries"),
        (sent(people=[None]), "people.0", "must be an object"),
        (sent(people="Zebedee"), "people", "must be a list"),
        (sent(recorded_at="2026-03-02T09:30:00"), "recorded_at", INSTANT),
        (sent(recorded_at="02/03/2026 09:30"), "recorded_at", INSTANT),
        (sent(recorded_at=1772443800), "recorded_at", INSTANT),
        (sent(recorded_at="20260302"), "recorded_at", INSTANT),
        (sent(reference=5), "reference", "must be text"),
        (sent(reference="a b"), "reference", SHAPES["reference"]),
        (sent(no_fixed_abode="perhaps"), "no_fixed_abode", "must be true or false"),
        (sent(good_day="a" * 2001), "good_day", "may have at most 2000 characters"),
        (person(phones=["none"]), "people.0.phones.0", SHAPES["phones"]),
        (
            person(dateOfBirth="1990-01-01"),
            "people.0.(unknown)",
            "is not a field of the contract: did you mean 'date_of_birth'?",
        ),
        (sent(nedes=[]), "nedes", "is not a field of the contract: did you mean 'needs'?"),
        (sent(**{"Zebedee Quill": 1}), "(unknown)", "is not a field of the contract"),
        (
            sent(address={"lines": ["1 High Street"], "postCode": "WN1"}),
            "address.(unknown)",
            "is not a field of the contract: did you mean 'postcode'?",
        ),
    ],
)
def test_a_fault_says_what_is_asked_for(body: bytes, field: str, rule: str) -> None:
    assert refused(body) == [(field, rule)]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not JSON",
        b"[" * 100_000,
        sent(good_day="Zo\u00eb").decode().encode("latin-1"),
        sent().decode().encode("utf-16"),
        sent()[:-20],
    ],
)
def test_a_body_that_cannot_be_read_is_called_so(body: bytes) -> None:
    [(field, rule)] = refused(body)
    assert field == "(body)"
    assert rule.startswith("is not JSON in UTF-8: ")


def test_what_is_missing_is_named_one_by_one() -> None:
    assert refused(b"{}") == [
        (field, "must be given")
        for field in ("reference", "recorded_at", "people", "lawful_basis", "purpose")
    ]


def test_a_byte_order_mark_is_passed_over() -> None:
    assert read_body(b"\xef\xbb\xbf" + sent()).single
    assert not read_body(b"\xef\xbb\xbf[" + sent() + b"]").single
    assert read_submission(b"\xef\xbb\xbf" + sent()).reference == "R-1"


def test_every_pattern_of_the_contract_has_its_words() -> None:
    schema = Submission.model_json_schema()
    parts = [schema, *schema["$defs"].values()]
    shaped = {
        name
        for part in parts
        for name, given in part.get("properties", {}).items()
        if '"pattern"' in json.dumps(given)
    }
    assert shaped == set(SHAPES)
    for words in SHAPES.values():
        assert not any(word in words for word in _PYTHON)


@pytest.mark.parametrize(
    ("recorded_at", "rule"),
    [
        ("0001-01-01T00:00:00Z", "is before 1980: say when it was recorded"),  # .NET
        ("1900-01-01T00:00:00Z", "is before 1980: say when it was recorded"),  # SQL
        ("1970-01-01T00:00:00Z", "is before 1980: say when it was recorded"),  # Unix
        ("2026-11-28T00:00:00Z", "is more than a day in the future"),
    ],
)
def test_an_instant_that_stands_for_none_is_refused(recorded_at: str, rule: str) -> None:
    submission = read_submission(sent(recorded_at=recorded_at))
    assert [(f.field, f.rule) for f in faults_of(submission, AGENCY, NOW)] == [
        ("recorded_at", rule)
    ]


@pytest.mark.parametrize("born", ["2027-06-01", "2071-03-14", "XXXX-06-01"])
def test_a_mistyped_year_of_birth_holds_up_no_assessment(born: str) -> None:
    assert faults_of(read_submission(person(date_of_birth=born)), AGENCY, NOW) == []
