"""``kith subject-access``: answer somebody who asks what is held about them, at the command line.

As the page does, by the same code, over the services' APIs, on behalf of a privacy officer who is
named. Whom it is about is never an argument, which other users of the machine could read: it is
asked for, or read from a file. A copy is written once, readable by its owner alone.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import typer

from contracts.vocabulary_access import IdentityCheck
from services.kit.commands import NoCredential, command_group, service_token
from services.portal import words_request
from services.portal.forms import Incomplete
from services.portal.portal import create_templates
from services.portal.request_answering import Prepared, answer, prepare, wanted
from services.portal.request_gathering import (
    PURPOSE,
    NotWhole,
    find_assessment,
    find_people,
    list_copies,
)
from services.portal.sources import SERVICES, Caller, Refused, Unavailable
from services.portal.words_times import day

app = command_group("subject-access", "Answer somebody who asks what is held about them.")
_T = TypeVar("_T")
_PORTS = dict(zip(SERVICES, range(8101, 8106), strict=True))
_ASKED = ("given_name", "family_name", "date_of_birth", "scheme", "number", "agency", "reference")

By = Annotated[str, typer.Option(help="Your id, as a privacy officer. It is kept.")]
Person = Annotated[UUID, typer.Argument(help="The person's id, as 'find' shows it.")]
Folder = Annotated[Path, typer.Option(help="The local run's folder, for its credential.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
_RUN_FOLDER = Path(".kith/run")
_LOOKED_AT = (
    "person_id", "name", "born", "blocked", "records", "left_out", "undecided", "unread",
)  # fmt: skip


@app.command()
def find(
    by: By,
    given: Annotated[
        typer.FileText | None,
        typer.Option(
            "--from",
            help="A JSON object ('-': standard input) with some of: "
            + ", ".join((*_ASKED, "postcode"))
            + ". Without it you are asked.",
        ),
    ] = None,
    folder: Folder = _RUN_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Who may be meant, by what the request says."""
    typed = _typed(given)
    asked, faults = wanted(typed)
    by_reference = bool(typed.get("agency") and typed.get("reference"))
    if faults and not by_reference:
        _stop("\n".join(faults.values()), 2)

    async def look(caller: Caller) -> Any:
        if by_reference:
            found = await find_assessment(caller, typed["agency"], typed["reference"])
            if found is None:
                raise Incomplete("That agency has sent nothing under this reference.")
            return await find_people(caller, {"assessment_id": found})
        return await find_people(caller, asked)

    found = _run(by, folder, look)
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    for one in found.people:
        born = f", born {one.born}" if one.born else ""
        typer.echo(f"{one.person_id}  {one.name or 'Name not known'}{born}: {one.records} records")
    for one in found.restricted:
        typer.echo(
            f"{one.records} records of the restricted household {one.household_id}, on whose list"
            " you are not (kith access add). Do not tell whoever asks."
        )
    if not (found.people or found.restricted):
        typer.echo("Nobody is found who may be meant.")


@app.command()
def look(person: Person, by: By, folder: Folder = _RUN_FOLDER, as_json: AsJson = False) -> None:
    """What a copy about PERSON would cover, and what is to be decided first."""
    prepared = _run(by, folder, lambda caller: prepare(caller, str(person)))
    typer.echo(json.dumps(_shown(prepared), indent=2) if as_json else _told(prepared))


@app.command()
def export(
    person: Person,
    by: By,
    request: Annotated[str, typer.Option(help="The request's reference. It is kept: no name.")],
    identity: Annotated[IdentityCheck, typer.Option(help="How it was checked who asks.")],
    out: Annotated[Path, typer.Option(dir_okay=False, help="The ZIP file to write.")],
    keep: Annotated[list[str] | None, typer.Option(help="A piece, as 'look' names it: in.")] = None,
    leave_out: Annotated[
        list[str] | None, typer.Option(help="A piece, as 'look' names it: out.")
    ] = None,
    seen: Annotated[
        str | None, typer.Option(help="What 'look --json' said you saw: refused if it changed.")
    ] = None,
    time_zone: Annotated[str, typer.Option(help="By whose clock times are told.")] = (
        "Europe/London"
    ),
    folder: Folder = _RUN_FOLDER,
) -> None:
    """Write the copy about PERSON to a file. That it left is on record."""
    said = dict.fromkeys(keep or (), True) | dict.fromkeys(leave_out or (), False)
    if out.exists():
        _stop(f"{out} is there already: name another file.", 2)

    async def make(caller: Caller) -> Any:
        known = {piece.id for piece in (await prepare(caller, str(person))).pieces}
        if strange := sorted(said.keys() - known):
            raise Incomplete(
                f"There is no piece {strange[0]}: 'kith subject-access look' names them."
            )
        return await answer(
            caller,
            create_templates(),
            ZoneInfo(time_zone),
            datetime.now(UTC),
            str(person),
            reference=request,
            identity=identity.value,
            said=said,
            seen=seen,
        )

    copy = _run(by, folder, make)
    descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(copy.content)
    typer.echo(f"{out}: {len(copy.content)} bytes, SHA-256 {copy.sha256}.")
    typer.echo(f"On record as {copy.export_id}. Delete the file once it was given.")


@app.command("list")
def list_all(by: By, folder: Folder = _RUN_FOLDER, as_json: AsJson = False) -> None:
    """The copies that left, by their requests' references."""
    found = _run(by, folder, list_copies)
    if as_json:
        typer.echo(json.dumps([one.model_dump(mode="json") for one in found], indent=2))
        return
    for one in found:
        typer.echo(
            f"{one.at:%Y-%m-%d %H:%M} UTC  {one.request}  {one.actor}: {one.assessments}"
            f" assessments, SHA-256 {one.sha256}"
        )
    if not found:
        typer.echo("None yet.")


def _typed(given: typer.FileText | None) -> dict[str, str]:
    """What the request says: of a file, or asked for. Not of arguments, which others can read."""
    if given is not None:
        try:
            found = json.loads(given.read())
        except ValueError:
            found = None
        if not isinstance(found, dict):
            _stop("That is no JSON object.", 2)
        return {str(k): str(v) for k, v in found.items() if v is not None}
    typer.echo("As the request says. Leave empty what it does not say.", err=True)
    return {
        field: typer.prompt(field.replace("_", " ").capitalize(), default="", show_default=False)
        for field in _ASKED
    }


def _run(by: str, folder: Path, action: Callable[[Caller], Awaitable[_T]]) -> _T:
    """What ``action`` answers, asked on the officer's behalf. Whatever is wrong is told, and then
    nothing was made."""
    try:
        token = service_token(folder)
    except NoCredential as none:
        _stop(str(none), 2)
    urls = {
        name: os.environ.get(f"KITH_{name.upper()}_URL", f"http://127.0.0.1:{port}").rstrip("/")
        for name, port in _PORTS.items()
    }

    async def act() -> _T:
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(timeout=30, headers=headers, trust_env=False) as client:
            on_behalf = {"Kith-Actor": by, "Kith-Purpose": PURPOSE}
            return await action(Caller(client, urls, on_behalf))

    try:
        return asyncio.run(act())
    except Unavailable as error:
        _stop(
            f"The service {error.service} does not answer, so nothing was made: a copy is whole or"
            f" there is none. Start it, or name it in KITH_{error.service.upper()}_URL."
        )
    except (Refused, NotWhole, Incomplete) as error:
        _stop(str(error))


def _stop(sentence: str, code: int = 1) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(code)


def _shown(prepared: Prepared) -> dict[str, Any]:
    matched = prepared.gathered.matched.model_dump(mode="json")
    return {
        "seen": prepared.seen,
        "may_be_made": prepared.may_be_made,
        **{name: matched[name] for name in _LOOKED_AT},
        "pieces": [
            {
                "id": one.id, "what": one.what, "text": one.text, "names_others": one.shared,
                "stays_in": one.keep, "why": one.why,
            }
            for one in prepared.pieces
        ],
    }  # fmt: skip


def _told(prepared: Prepared) -> str:
    matched = prepared.gathered.matched
    lines = [
        f"{matched.name or 'Name not known'}{f', born {matched.born}' if matched.born else ''}"
    ]
    lines += [
        f"No copy can be made: the household {blocked.household_id} is restricted, and you are not"
        " on its list (kith access add)."
        for blocked in matched.blocked
    ]
    lines += [f"Covers: {one.agency_id}, {day(one.received_at.date())}" for one in matched.records]
    lines += [
        f"Left out, always: {one.assessment_id}, {day(one.received_at.date())}."
        f" {words_request.told(words_request.LEFT_OUT, one.because)} Do not tell whoever asks."
        for one in matched.left_out
    ]
    lines += [
        f"Decide first: possible match {one.review_id}"
        + (", and no copy before that: it may be of alleged harm" if one.alleged else "")
        for one in matched.undecided
    ]
    for piece in prepared.pieces:
        lines.append(f"{'In ' if piece.keep else 'Out'}  {piece.id}  {piece.what}. {piece.why}")
        lines += [f"       {line}" for line in piece.text.splitlines()]
    return "\n".join(lines)
