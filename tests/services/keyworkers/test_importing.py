"""Key workers from a CSV: line by line, all of them or none."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services.keyworkers.cli import app
from services.keyworkers.importing import import_key_workers
from services.keyworkers.place import InvalidPlace, parse_place
from tests.services.keyworkers.building import place_document

HEADER = "name,team,phone,email,working_days,languages,skills,caseload_limit\n"


def document() -> dict[str, Any]:
    return json.loads(json.dumps(place_document()))  # type: ignore[no-any-return]


def row(name: str = "Zoë Black", team: str | None = None, **more: str) -> str:
    team = team or document()["teams"][0]["id"]
    cells = {"phone": "01942 000 111", "email": "zoe@wigan.example", "days": "mon;tue", **more}
    limit = cells.get("limit", "12")
    return f"{name},{team},{cells['phone']},{cells['email']},{cells['days']},pl;ur,youth,{limit}\n"


def test_a_new_key_worker_is_added_with_an_id_of_their_name() -> None:
    imported = import_key_workers(document(), HEADER + row())
    assert imported.new == ("zoe-black",)
    [worker] = [w for w in imported.document["key_workers"] if w["id"] == "zoe-black"]
    assert worker["working_days"] == ["mon", "tue"]
    assert worker["languages"] == ["pl", "ur"]
    assert worker["caseload_limit"] == 12
    parse_place(json.dumps(imported.document).encode())


def test_who_is_there_is_changed_and_keeps_what_the_csv_does_not_say() -> None:
    before = document()
    known = before["key_workers"][0]
    known["leave"] = [{"first": "2026-12-01", "last": "2026-12-05"}]
    line = f"{known['id']},{known['name']},{known['team']},01942 999 999,{known['email']}\n"
    imported = import_key_workers(before, "id,name,team,phone,email\n" + line)
    assert imported.changed == {known["id"]: ("phone",)}
    after = next(w for w in imported.document["key_workers"] if w["id"] == known["id"])
    assert after == known | {"phone": "01942 999 999"}
    assert imported.unchanged == len(before["key_workers"]) - 1


def test_the_same_csv_again_changes_nothing() -> None:
    once = import_key_workers(document(), HEADER + row())
    again = import_key_workers(once.document, HEADER + row())
    assert (again.new, again.changed) == ((), {})
    assert again.document == once.document


def test_who_is_not_in_the_csv_may_be_said_to_have_left() -> None:
    imported = import_key_workers(document(), HEADER + row(), date(2026, 12, 31))
    assert len(imported.left) == len(document()["key_workers"])
    assert all(
        w["left_on"] == "2026-12-31"
        for w in imported.document["key_workers"]
        if w["id"] != "zoe-black"
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name,team\nA,b\n", "the column phone is missing"),
        (HEADER.replace("skills", "skillz") + row(), "there is no column 'skillz'"),
        (HEADER + row(days="mon;fun"), "line 2, working_days.1"),
        (HEADER + row() + row(phone="none"), "line 3, phone"),
        (HEADER + row(limit="many"), "line 2, caseload_limit"),
        (HEADER + row() + row(), "line 3: zoe-black is there twice"),
        (HEADER, "the CSV has no key worker"),
        (HEADER + '"open', "this is not CSV"),
    ],
)
def test_a_fault_names_its_line_and_what_to_do(text: str, says: str) -> None:
    with pytest.raises(InvalidPlace) as raised:
        import_key_workers(document(), text)
    assert says in str(raised.value)


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["import", *arguments])


def test_the_command_writes_the_file_or_leaves_it_as_it_was(tmp_path: Path) -> None:
    place, sheet = tmp_path / "place.json", tmp_path / "people.csv"
    place.write_text(json.dumps(document()), "utf-8")
    before = place.read_bytes()

    sheet.write_text(HEADER + row(team="nowhere"), "utf-8")
    refused = run(str(place), str(sheet))
    assert refused.exit_code == 1
    assert "nowhere" in refused.stderr

    sheet.write_bytes((HEADER + row()).encode("utf-16"))
    assert "not UTF-8" in run(str(place), str(sheet)).stderr

    sheet.write_text(HEADER + row(), "utf-8")
    dry = run(str(place), str(sheet), "--dry-run", "--json")
    assert json.loads(dry.stdout)["new"] == ["zoe-black"]
    assert place.read_bytes() == before

    done = run(str(place), str(sheet))
    assert done.exit_code == 0
    assert "1 new, 0 changed, 0 left" in done.stdout
    assert "zoe-black" in place.read_text("utf-8")
    assert [p.name for p in tmp_path.iterdir() if p.suffix == ".new"] == []
