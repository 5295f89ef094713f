"""``kith agency`` and the demonstration's credentials."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from services.agencies.cli import app
from services.agencies.credentials import new_credential, read_credential
from services.agencies.registry import load_demonstration
from tests.services.agencies.place import AGENCIES, POLICE, SCHOOL, Place, register, submission
from tests.stack import Stack


async def kith_agency(stack: Stack, *arguments: str) -> Result:
    def invoke() -> Result:
        return CliRunner().invoke(app, [*arguments, "--postgres", stack.dsn])

    return await asyncio.to_thread(invoke)


async def _post(place: Place, credential: str, reference: str) -> httpx.Response:
    headers = {"authorization": f"Bearer {credential}"}
    body = json.dumps(submission(reference))
    return await place.client.post("/v1/assessments", content=body, headers=headers)


async def test_an_agency_is_added_sends_and_is_revoked(place: Place, stack: Stack) -> None:
    new = ("leigh-advice", "--name=Leigh Advice", "--kind=voluntary", "--locality=wigan")
    added = await kith_agency(stack, "add", *new)
    assert added.exit_code == 0, added.output
    first = added.stdout.strip()
    assert (await kith_agency(stack, "add", *new)).exit_code == 1
    second = (await kith_agency(stack, "credential", "leigh-advice")).stdout.strip()
    assert (await _post(place, first, "L-1")).status_code == 202
    assert (await _post(place, second, "L-2")).status_code == 202

    prefix = first.split("_")[1]
    assert (await kith_agency(stack, "revoke", prefix)).exit_code == 0
    assert (await kith_agency(stack, "revoke", prefix)).exit_code == 1
    assert (await _post(place, first, "L-3")).status_code == 401
    assert (await _post(place, second, "L-3")).status_code == 202

    listed = json.loads((await kith_agency(stack, "list", "--json")).stdout)["agencies"]
    [shown] = [a for a in listed if a["agency_id"] == "leigh-advice"]
    assert shown["credentials"] == [second.split("_")[1]]
    secret = second.split("_")[2]
    assert secret not in json.dumps(listed)
    stored = await place.fetch("select credential::text as row from credential")
    assert all(secret not in row["row"] for row in stored)


async def test_a_list_shows_whole_what_other_commands_take(
    place: Place, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    agency_id = "greater-manchester-fire-and-rescue"
    new = (agency_id, "--name=Greater Manchester Fire and Rescue", "--kind=fire")
    secrets = [(await kith_agency(stack, "add", *new, "--locality=wigan")).stdout.strip()]
    secrets += [(await kith_agency(stack, "credential", agency_id)).stdout.strip()]
    listed = (await kith_agency(stack, "list")).stdout
    for whole in (agency_id, *(secret.split("_")[1] for secret in secrets)):
        assert whole in listed


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (("--locality=wigan",), None),
        (("--locality=wgan",), "No other agency is in the locality 'wgan'"),
        (("--locality=wigan", "--place=manchester"), "belongs to the place 'manchester'"),
    ],
)
async def test_a_place_or_locality_that_nobody_else_has_is_pointed_out(
    place: Place, stack: Stack, where: tuple[str, ...], said: str | None
) -> None:
    added = await kith_agency(stack, "add", "new", "--name=New", "--kind=gp", *where)
    assert added.exit_code == 0
    assert read_credential(added.stdout.strip()) is not None
    doubts = [line for line in added.stderr.splitlines() if "No other agency" in line]
    assert len(doubts) == (said is not None)
    assert said is None or said in doubts[0]


@pytest.mark.parametrize("agency_id", ["Leigh Advice", "-x", "a.b"])
async def test_an_agencys_id_is_a_slug(stack: Stack, agency_id: str) -> None:
    options = ("--name=X", "--kind=gp", "--locality=wigan", "--", agency_id)
    result = await asyncio.to_thread(
        lambda: CliRunner().invoke(app, ["add", "--postgres", stack.dsn, *options])
    )
    assert result.exit_code == 2


async def test_no_agency_of_that_name(stack: Stack) -> None:
    assert (await kith_agency(stack, "credential", "nobody")).exit_code == 1


async def test_the_demonstrations_credentials_stay_and_missing_ones_are_made(
    stack: Stack, tmp_path: Path
) -> None:
    first = await register(stack.dsn, tmp_path)
    assert set(first) == {a["id"] for a in AGENCIES["agencies"] if isinstance(a, dict)}
    file = tmp_path / "agencies.json"
    assert await load_demonstration(stack.dsn, file, first) == first
    forged = first | {SCHOOL: str(new_credential())}
    again = await load_demonstration(stack.dsn, file, forged)
    assert again[POLICE] == first[POLICE]
    assert again[SCHOOL] not in {first[SCHOOL], forged[SCHOOL]}


def test_only_its_own_form_is_a_credential() -> None:
    credential = new_credential()
    assert read_credential(str(credential)) == credential
    assert credential.secret not in repr(credential)
    for text in ("", "kith_", str(credential)[:-1], str(credential) + "0", "Bearer x"):
        assert read_credential(text) is None


async def test_a_locality_that_is_no_id_is_refused(place: Place, stack: Stack) -> None:
    new = ("leigh-advice", "--name=Leigh Advice", "--kind=voluntary", "--locality=Wigan Council")
    refused = await kith_agency(stack, "add", *new)
    assert refused.exit_code == 2
    assert "locality is lower case letters" in refused.output
    assert await place.fetch("select from agency where agency_id = 'leigh-advice'") == []
