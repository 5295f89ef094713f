"""Blocking measured: what a rule finds, what only it finds, and that no block grows without end."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from services.duplication.blocking import Rule
from services.duplication.model import load
from services.duplication.normalise import submission_profiles
from services.duplication.profile import Profile
from services.evaluation.blocking_cli import app, figures
from services.evaluation.blocks import measure_blocking
from tests.services.duplication.building import person, submission

POSTCODE, PHONE = Rule(("postcode",), 1), Rule(("phone",), 5)
HOSTEL = {"lines": ["Riverside Hostel", "2 Quay Street"], "postcode": "M3 3JE"}
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def seen(code: str, *phones: str) -> Profile:
    (profile,) = submission_profiles(
        submission(person("Ann", "Lee", phones=list(phones)), address={"postcode": code})
    )
    return profile


def test_each_rule_is_counted_for_what_it_finds_and_costs() -> None:
    records = [
        ("p", seen("WN1 2AB", "01942 555 010")),
        ("q", seen("WN3 5DJ")),
        ("p", seen("WN1 2AB")),  # by postcode alone
        ("p", seen("BL4 8DB", "01942 555 010")),  # by phone alone
        ("r", seen("WN1 2AB")),  # offered p by postcode
        ("p", seen("WN1 2AB")),  # the key has two people now: not used, and nothing else finds p
        ("q", seen("WN9 9ZZ", "01942 555 010")),  # p's phone: somebody else is offered
    ]
    found = measure_blocking([POSTCODE, PHONE], 40, records)
    by_code, by_phone = found.rules
    assert (found.records, found.known, found.reached, found.offered) == (7, 4, 2, 2)
    assert (by_code.reached, by_code.only, by_code.candidates) == (1, 1, 2)
    assert (by_phone.reached, by_phone.only, by_phone.candidates) == (1, 1, 2)
    assert (by_code.keys, by_code.past) == (7, 1)
    assert figures(found)["recall"] == 2 / 4


def test_a_hostel_and_a_commonest_name_and_birthday_stay_bounded() -> None:
    model = load()
    residents = [
        (
            f"r{n}",
            submission_profiles(
                submission(
                    person(
                        f"{LETTERS[n % 26]}el{LETTERS[n // 26]}a",
                        f"{LETTERS[n // 20]}arl{LETTERS[n % 20]}on",
                        f"19{50 + n % 40}-0{1 + n % 9}-{10 + n % 18}",
                    ),
                    address=HOSTEL,
                )
            )[0],
        )
        for n in range(400)
    ]
    smiths = [
        (f"s{n}", submission_profiles(submission(person("Ann", "Smith", "1990-05-14")))[0])
        for n in range(400)
    ]
    for people in (residents, smiths):
        found = measure_blocking(model.rules, model.candidates, people)
        assert max(found.scored) <= model.candidates
        for rule in found.rules:
            assert rule.most_candidates <= 2 * rule.most  # two names, so two keys of a rule
    again = measure_blocking(model.rules, model.candidates, [*residents, *residents])
    assert again.offered == again.known == 400


def test_the_command_shows_every_rule_or_says_what_is_missing(tmp_path: Path) -> None:
    raw = [
        {
            "assessment_id": f"a{n}",
            "people": [{"record_id": f"r{n}", "given_name": "Ann", "family_name": name}],
        }
        for n, name in enumerate(("Holroyd", "Aziz", "Holroyd"))
    ]
    data, truth = tmp_path / "data.jsonl", tmp_path / "truth.csv"
    data.write_text("\n".join(map(json.dumps, raw)))
    truth.write_text("record_id,assessment_id,person_id,household_id\nr0,a0,p,\nr1,a1,q,\nr2,a2,p,")
    done = CliRunner().invoke(app, [str(data), "--truth", str(truth), "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["recall"] == 1
    assert len(said["rules"]) == len(load().rules)
    shown = CliRunner().invoke(app, [str(data), "--truth", str(truth)])
    assert "All rules together" in shown.stdout
    truth.write_text("record_id,assessment_id,person_id,household_id\nr0,a0,p,\n")
    lacking = CliRunner().invoke(app, [str(data), "--truth", str(truth)])
    assert lacking.exit_code == 1
    assert "says nothing of 2 records" in " ".join(lacking.output.split())
