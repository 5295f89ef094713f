"""Splink beside the matcher: what it is given, and what is said where it is not installed."""

from __future__ import annotations

import sys

import pytest
from typer.testing import CliRunner

from services.bench.beside import as_record
from services.bench.matching_cli import app
from services.duplication.addresses import Home
from services.duplication.profile import EMPTY, Profile


def test_a_person_is_a_row_of_the_newest_values() -> None:
    profile = Profile(
        given=("kate", "catherine"),
        family=("holroyd",),
        births=("19880412",),
        identifiers=("nino:AB123456C", "nhs_number:9990000018"),
        homes=(Home("1", "milton road", "WN12AB", ""), Home("3/12", "mill lane", "WN11AA", "")),
    )
    record = as_record("p1", profile)
    assert record == {
        "unique_id": "p1",
        "given": "catherine",
        "family": "holroyd",
        "born": "1988-04-12",
        "postcode": "WN11AA",
        "street": "mill lane",
        "phone": None,
        "email": None,
        "nhs_number": "9990000018",
    }
    assert {v for k, v in as_record("p2", EMPTY).items() if k != "unique_id"} == {None}
    assert as_record("p3", Profile(births=("1988XX12",)))["born"] is None


def test_without_splink_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "splink", None)
    result = CliRunner().invoke(app, ["--splink", "--people", "100"])
    assert result.exit_code != 0
    assert "make bench-splink" in result.output
