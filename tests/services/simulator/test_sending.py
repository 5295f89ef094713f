"""Sending as an agency system would: patient, in order, at a rate, and where it left off."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from itertools import islice
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from services.simulator import feed as feeding
from services.simulator.cli import app
from services.simulator.sending import NoCredentialError, Sender, load_credentials, send_at_rate
from services.simulator.stream import simulate

SOME = list(islice(simulate(3, 60, date(2026, 1, 5), 200), 12))
CREDENTIALS = {made.agency_id: f"secret-of-{made.agency_id}" for made in SOME}


class Api:
    """Answers what it is told to, then 202; remembers what it accepted."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.accepted: list[str] = []
        self.credentials: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        self.accepted.append(json.loads(request.content)["reference"])
        self.credentials.append(request.headers["Authorization"])
        return httpx.Response(202, json={})

    def sender(self) -> Sender:
        client = httpx.AsyncClient(transport=httpx.MockTransport(self), base_url="http://kith")
        return Sender(client, CREDENTIALS)


async def test_each_is_sent_under_its_own_agencys_credential():
    api = Api()
    for made in SOME:
        await (sender := api.sender()).send(made)
    assert api.credentials == [f"Bearer secret-of-{made.agency_id}" for made in SOME]
    assert sender.sent.accepted == 1


async def test_being_told_to_wait_and_broken_lines_are_waited_out():
    api = Api(
        httpx.Response(429, headers={"Retry-After": "0"}),
        httpx.ConnectError("refused"),
        httpx.Response(503, headers={"Retry-After": "0"}),
    )
    sender = api.sender()
    await sender.send(SOME[0])
    assert api.accepted == [SOME[0].submission.reference]
    assert sender.sent.waited_out == 3


async def test_what_is_refused_for_good_is_counted_and_left():
    api = Api(httpx.Response(422, json={"title": "The date is not in the calendar"}))
    sender = api.sender()
    await sender.send(SOME[0])
    assert dict(sender.sent.refused) == {"422 The date is not in the calendar": 1}
    assert api.accepted == []


async def test_an_agency_without_a_credential_stops_the_sending():
    sender = Sender(httpx.AsyncClient(), {})
    with pytest.raises(NoCredentialError, match=SOME[0].agency_id):
        await send_at_rate(sender, SOME, 1000, lambda _: None)


async def test_sending_keeps_to_the_rate_and_misses_none():
    api = Api()
    began = asyncio.get_running_loop().time()
    told: list[str] = []
    await send_at_rate(api.sender(), SOME, 60, lambda a: told.append(a.submission.reference))
    took = asyncio.get_running_loop().time() - began
    assert took >= 11 / 60
    assert told == [made.submission.reference for made in SOME]
    assert sorted(api.accepted) == sorted(told)


def test_two_boroughs_sent_to_one_kith_share_no_reference():
    one, other = ([made.marked(mark) for made in SOME] for mark in ("a1b2", "c3d4"))
    for made, first in zip(one, SOME, strict=True):
        rows = [(row.record_id, row.assessment_id) for row in made.truth]
        written = [(p.reference, made.submission.reference) for p in made.submission.people]
        assert rows == written
        assert made.submission.people[0].given_name == first.submission.people[0].given_name
    assert not {m.submission.reference for m in one} & {m.submission.reference for m in other}


def test_the_feed_goes_on_where_it_was(tmp_path: Path):
    file = tmp_path / "feed.json"
    start = feeding.load_position(file, 1, date(2026, 2, 9))
    assert start.first_day == "2026-02-02"
    whole = feeding.week(start)
    assert len(whole) > 300
    feeding.Position(1, start.first_day, 100).save(file)
    later = feeding.load_position(file, 1, date(2026, 3, 1))
    assert feeding.week(later) == whole[100:]


def test_simulate_writes_assessments_and_truth_apart(tmp_path: Path):
    out, truth = tmp_path / "a.ndjson", tmp_path / "t.csv"
    args = ["--households", "60", "--days", "60", "--start", "2026-01-05", "--json"]
    done = CliRunner().invoke(app, [*args, "--out", str(out), "--truth", str(truth)])
    assert done.exit_code == 0, done.output
    report = json.loads(done.output)
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert report["assessments"] == len(lines) > 0
    rows = truth.read_text().splitlines()
    assert rows[0] == "record_id,assessment_id,person_id,household_id"
    assert len(rows) == 1 + sum(len(line["submission"]["people"]) for line in lines)


def test_simulate_writes_one_file_per_agency_for_kith_send(tmp_path: Path):
    args = ["--households", "60", "--days", "60", "--start", "2026-01-05"]
    done = CliRunner().invoke(app, [*args, "--out", str(tmp_path / "files")])
    assert done.exit_code == 0, done.output
    files = list((tmp_path / "files").iterdir())
    assert len(files) > 5
    assert "reference" in json.loads(files[0].read_text().splitlines()[0])


def test_credentials_that_cannot_be_read_are_said_in_words(tmp_path: Path):
    with pytest.raises(ValueError, match="there is no file"):
        load_credentials(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("[1]")
    with pytest.raises(ValueError, match="not a JSON object"):
        load_credentials(tmp_path / "bad.json")
