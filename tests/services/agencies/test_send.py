"""``kith send``: files to a real service; stopped, refused and started again."""

from __future__ import annotations

import csv
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
from typer.testing import CliRunner

from services.agencies.credentials import new_credential
from services.agencies.send import send
from services.agencies.send_reading import read_csv, read_ndjson
from services.agencies.submissions import Unreadable, read_body
from tests.services.agencies.place import submission

APP = typer.Typer()
APP.command()(send)
CREDENTIAL = str(new_credential())


class Desk(HTTPServer):
    """A stand-in for the API: checks bodies as it does, and refuses what it is told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.got: list[str] = []
        self.refuse: set[str] = set()
        self.fail_after: int | None = None
        self.requests = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answer(BaseHTTPRequestHandler):
    server: Desk

    def log_message(self, *_: Any) -> None: ...

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.requests += 1
        if self.server.fail_after is not None and self.server.requests > self.server.fail_after:
            return self._say(503, {})
        if self.headers["authorization"] != f"Bearer {CREDENTIAL}":
            return self._say(401, {"detail": "This credential is not known."})
        assert self.headers["kith-channel"] == "file"
        try:
            found = [s.reference for s in read_body(body).submissions]
        except Unreadable as error:
            return self._say(422, {"errors": [f.as_dict() for f in error.faults]})
        errors = [
            {"field": f"assessments.{n}.lawful_basis", "rule": "not in the agreement"}
            for n, reference in enumerate(found)
            if reference in self.server.refuse
        ]
        if errors:
            return self._say(422, {"detail": "See 'errors'.", "errors": errors})
        self.server.got += found
        return self._say(202, {"assessments": []})

    def _say(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    thread = threading.Thread(target=desk.serve_forever)
    thread.start()
    yield desk
    desk.shutdown()
    thread.join()
    desk.server_close()


def run(desk: Desk, file: Path, *options: str) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(
        APP,
        [
            str(file),
            f"--url={desk.url}",
            f"--credential={CREDENTIAL}",
            "--json",
            "--patience=0",
            *options,
        ],
    )
    lines = [line for line in result.stdout.splitlines() if line.startswith("{")]
    return result.exit_code, json.loads(lines[-1]) if lines else {}


def ndjson(file: Path, *bodies: dict[str, Any] | str) -> Path:
    lines = [b if isinstance(b, str) else json.dumps(b) for b in bodies]
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file


def rejects(file: Path) -> list[list[str]]:
    with file.with_name(file.name + ".rejects.csv").open(newline="") as stream:
        return list(csv.reader(stream))[1:]


def test_every_valid_line_is_sent_and_every_other_reported(desk: Desk, tmp_path: Path) -> None:
    bodies: list[dict[str, Any] | str] = [submission(f"R-{n}") for n in range(10)]
    bodies[3] = submission("R-3", needs=["magic"])
    bodies[5] = "{not json"
    bodies[6] = ""
    desk.refuse = {"R-8"}
    file = ndjson(tmp_path / "a.ndjson", *bodies)
    code, report = run(desk, file, "--batch=4")
    assert code == 1
    assert report["sent"] == 6
    assert report["refused"] == 3
    assert desk.got == ["R-0", "R-1", "R-2", "R-4", "R-7", "R-9"]
    found = rejects(file)
    assert [(line, reference, field) for line, reference, field, _ in found] == [
        ("4", "R-3", "needs.0"),
        ("6", "", "(body)"),
        ("9", "R-8", "lawful_basis"),
    ]
    assert "magic" not in str(found)


def test_all_sent_leaves_no_report(desk: Desk, tmp_path: Path) -> None:
    file = ndjson(tmp_path / "a.ndjson", submission("R-1"))
    assert run(desk, file)[0] == 0
    assert not (tmp_path / "a.ndjson.rejects.csv").exists()


def test_it_goes_on_where_it_stopped_and_where_the_file_has_grown(
    desk: Desk, tmp_path: Path
) -> None:
    bodies = [submission(f"R-{n}") for n in range(10)] + [submission("R-x", people=[])]
    file = ndjson(tmp_path / "a.ndjson", submission("R-bad", needs=["x"]), *bodies)
    desk.fail_after = 2
    code, report = run(desk, file, "--batch=3")
    assert code == 3
    assert report["finished"] is False
    assert desk.got == [f"R-{n}" for n in range(5)]
    desk.fail_after = None
    assert run(desk, file, "--batch=3")[0] == 1
    assert desk.got == [f"R-{n}" for n in range(10)]
    assert [row[0] for row in rejects(file)] == ["1", "12"]
    with file.open("a") as stream:
        stream.write(json.dumps(submission("R-new")) + "\n")
    run(desk, file)
    assert desk.got[-1] == "R-new"
    assert len(desk.got) == 11
    run(desk, file, "--from-start")
    assert len(desk.got) == 22


def test_another_file_of_the_same_name_starts_at_its_start(desk: Desk, tmp_path: Path) -> None:
    file = ndjson(tmp_path / "a.ndjson", submission("R-1"))
    run(desk, file)
    ndjson(file, submission("S-1"), submission("S-2"))
    run(desk, file)
    assert desk.got == ["R-1", "S-1", "S-2"]


def test_a_line_that_was_corrected_is_sent_wherever_it_stands(desk: Desk, tmp_path: Path) -> None:
    bodies = [submission(f"R-{n}", good_day="x" * 300) for n in range(200)]
    file = ndjson(tmp_path / "a.ndjson", *bodies, submission("R-late", needs=["x"]))
    assert run(desk, file)[0] == 1
    assert file.stat().st_size > 64 * 1024
    ndjson(file, *bodies, submission("R-late", needs=["crime"]))
    code, report = run(desk, file)
    assert (code, report["sent"]) == (0, 201)
    assert desk.got[-1] == "R-late"


def test_a_wrong_call_is_told_apart(desk: Desk, tmp_path: Path) -> None:
    file = ndjson(tmp_path / "a.ndjson", submission())
    assert run(desk, file, "--credential=nonsense")[0] == 2
    assert run(desk, file, f"--credential={new_credential()}")[0] == 2
    kept = tmp_path / "credentials.json"
    kept.write_text(json.dumps({"wigan": CREDENTIAL}))
    assert run(desk, file, f"--credential-file={kept}")[0] == 2
    assert run(desk, file, f"--credential-file={kept}", "--agency=wigan")[0] == 0
    with httpx.Client() as client:
        assert client.post(desk.url, content=b"{}").status_code == 401
    assert run(desk, file, "--url=http://127.0.0.1:1", "--from-start")[0] == 3


CSV = """\
reference,recorded_at,lawful_basis,purpose,needs,address_line_1,postcode,given_name,family_name,\
date_of_birth,nhs_number,nino,relationship
C-1,2026-03-02T09:30:00Z,consent,early_help,education;crime,4 Mesnes Street,WN1 1QP,Aoife,\
"By
rne",2015-04,,,child
C-1,,,,,,,Niamh,Byrne,,9990000018,AB123456C,parent
C-2,2026-03-02T09:30:00Z,consent,early_help,,,,Tom,Grey,,9990000011,,

C-3,2026-03-02T09:30:00Z,consent,early_help,,,,Ann,White,,,,
C-3,2026-03-03T09:30:00Z,,,,,,Bob,White,,,,
C-4,2026-03-02T09:30:00Z,consent
C-5,2026-03-02T09:30:00Z,consent,early_help,,,,Zoë,Black,,,,
"""


def test_csv_rows_of_one_reference_are_one_assessment(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("\ufeff" + CSV, "utf-8")
    code, report = run(desk, file, "--batch=2")
    assert code == 1
    assert desk.got == ["C-1", "C-5"]
    assert (report["sent"], report["refused"]) == (2, 3)
    assert [(line, ref, field) for line, ref, field, _ in rejects(file)] == [
        ("5", "C-2", "nhs_number"),
        ("8", "C-3", "recorded_at"),
        ("9", "C-4", "(row)"),
    ]
    with file.open("rb") as stream:
        first = next(read_csv(stream, 0, 0))
    people = json.loads(first.json)["people"]
    assert [p["given_name"] for p in people] == ["Aoife", "Niamh"]
    assert people[1]["identifiers"] == [
        {"scheme": "nhs_number", "value": "9990000018"},
        {"scheme": "nino", "value": "AB123456C"},
    ]


def test_reading_goes_on_after_any_item(tmp_path: Path) -> None:
    table, lines = tmp_path / "a.csv", tmp_path / "a.ndjson"
    table.write_text("\ufeff" + CSV, "utf-8")
    ndjson(lines, submission("R-1"), "", submission("R-2"), "{", submission("Zoë"))
    for file, read in ((table, read_csv), (lines, read_ndjson)):
        with file.open("rb") as stream:
            whole = list(read(stream, 0, 0))
            for number, item in enumerate(whole):
                assert list(read(stream, item.end, item.lines[-1])) == whole[number + 1 :]


@pytest.mark.parametrize(
    "header", ["reference,surname", "reference,recorded_at,purpose", "", "reference,reference"]
)
def test_wrong_columns_are_said_at_once(desk: Desk, tmp_path: Path, header: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text(header + "\nx,y\n")
    assert run(desk, file)[0] == 2
    assert desk.requests == 0


def test_a_line_that_is_not_utf8_is_refused(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(CSV.replace("Zoë", "Zo\xeb").encode("latin-1"))
    run(desk, file)
    assert desk.got == ["C-1"]
    assert rejects(file)[-1][1] == "C-5"


def test_a_file_in_another_encoding_is_called_so(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(CSV.encode("utf-16"))
    found = CliRunner().invoke(APP, [str(file), "--url", desk.url, "--credential", CREDENTIAL])
    assert found.exit_code == 2
    assert "the header is not UTF-8: save the file as 'CSV UTF-8'" in found.output
