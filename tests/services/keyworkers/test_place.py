"""Place files: what is wrong is said in words; the demonstration place is right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from contracts.keyworkers import WorkContact
from services.keyworkers.cli import app
from services.keyworkers.place import InvalidPlace, KeyWorker, parse_place, read_place
from services.keyworkers.roster import Roster
from tests.services.keyworkers.building import key_worker, place_document, small_place

DEMONSTRATION = Path(__file__).parents[3] / "deploy/places/greater-manchester/place.json"


def _faulty(change: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(place_document()))
    change(document)
    return document


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (
            lambda d: d["teams"][1]["covers"].append("WN7"),
            "WN7 is covered more than once: by leigh-east, leigh-west",
        ),
        (lambda d: d["teams"][0]["covers"].remove("WN1"), "district WN1 is covered by no team"),
        (
            lambda d: d["teams"][0]["covers"].append("OL1"),
            "OL1 is covered, but is in no locality's districts",
        ),
        (
            lambda d: d["localities"][1]["districts"].append("WN1"),
            "district WN1 is in two localities",
        ),
        (
            lambda d: d["key_workers"].extend(key_worker(f"more-{n}") for n in range(11)),
            "team leigh-east has 13 members; at most 12",
        ),
        (
            lambda d: d["key_workers"].append(key_worker("guy", "nowhere")),
            "key worker guy is in the unknown team nowhere",
        ),
        (
            lambda d: d.update(no_area_team="nowhere"),
            "no_area_team names the unknown team nowhere",
        ),
        (
            lambda d: d["teams"][0].update(locality="salford"),
            "team leigh-east is in the unknown locality salford",
        ),
        (lambda d: d["key_workers"].append(key_worker("ann")), "key worker ann is there twice"),
        (lambda d: d["key_workers"].pop(4), "team halliwell has no members"),
        (
            lambda d: d["key_workers"][0].update(phone="x"),
            "key_workers.0.phone: String should match pattern '^[0-9+ ]{6,20}$'",
        ),
        (
            lambda d: d["key_workers"][0].update(phones="0161 496 0001"),
            "key_workers.0.phones: Extra inputs are not permitted",
        ),
        (
            lambda d: d["key_workers"][0].update(
                leave=[{"first": "2026-03-03", "last": "2026-03-02"}]
            ),
            "key_workers.0.leave.0: leave ends before it begins",
        ),
        (
            lambda d: d["calendar"].update(time_zone="Mars/Crater"),
            "calendar: there is no time zone 'Mars/Crater'",
        ),
    ],
)
def test_a_fault_in_a_place_file_is_said_in_words(change: Any, fault: str) -> None:
    with pytest.raises(InvalidPlace) as caught:
        parse_place(json.dumps(_faulty(change)))
    assert fault in caught.value.faults


def test_every_fault_is_said_at_once() -> None:
    def change(document: dict[str, Any]) -> None:
        document["no_area_team"] = "nowhere"
        document["key_workers"].append(key_worker("ann"))

    with pytest.raises(InvalidPlace) as caught:
        parse_place(json.dumps(_faulty(change)))
    assert len(caught.value.faults) == 2


@pytest.mark.parametrize(
    ("area", "team"),
    [
        ("WN7 1", "leigh-east"),
        ("WN7 3", "leigh-west"),
        ("WN7", "leigh-east"),
        ("BL1 9", "halliwell"),
        ("ZZ9 9", None),
        (None, None),
    ],
)
def test_the_longest_prefix_of_a_postcode_wins(area: str | None, team: str | None) -> None:
    assert Roster(small_place()).team_of_area(area) == team


def test_the_demonstration_place_covers_every_district_of_the_ten_boroughs() -> None:
    place = read_place(DEMONSTRATION)
    roster = Roster(place)
    assert len(place.localities) == 10
    localities = {locality.id: locality.districts for locality in place.localities}
    for locality, districts in localities.items():
        for district in districts:
            team = roster.team_of_area(district)
            assert team is not None
            assert roster.teams[team].locality == locality


def test_the_demonstration_place_has_only_fictional_contacts() -> None:
    place = read_place(DEMONSTRATION)
    people: list[KeyWorker | WorkContact] = [
        *place.key_workers,
        *(team.lead for team in place.teams),
    ]
    people += [place.front_door, place.duty_desk]
    people += [d for x in place.localities for d in (x.front_door, x.duty_desk)]
    assert all((p.phone or "").startswith("0161 496 0") for p in people)
    assert all((p.email or "").endswith("@example.org") for p in people)


def test_the_command_refuses_a_faulty_file_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "place.json"
    file.write_text(json.dumps(_faulty(lambda d: d.update(no_area_team="nowhere"))))
    answer = CliRunner().invoke(app, ["check", str(file)])
    assert answer.exit_code == 1
    assert "no_area_team names the unknown team nowhere" in answer.output
