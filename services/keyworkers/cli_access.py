"""``kith access``: who may know of a restricted household, now or at a moment; put on, taken off;
and whether it need be restricted (:mod:`services.keyworkers.cli_lifting`).

As the role of the key-worker service. Who does it is kept with every change, and every look.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from contracts.vocabulary_access import AccessReason
from services.keyworkers import store_access
from services.keyworkers.access_views import (
    Adding,
    LiftingView,
    VersionView,
    lifting_view,
    version_view,
)
from services.keyworkers.api_access import put_on, take_off
from services.keyworkers.cli_lifting import add_commands, in_words
from services.keyworkers.commanding import By, Household, Postgres, moment_of, run
from services.keyworkers.handlers import Handlers
from services.keyworkers.standing import find_standing
from services.kit.auth import Actor
from services.kit.commands import command_group
from services.kit.work import Work

app = command_group(
    "access", "Who may know of a restricted household, and whether it need be restricted."
)
Reader = Annotated[str, typer.Argument(help="A key worker's, team's, desk's or officer's id.")]


@app.command()
def show(
    household: Household,
    by: By,
    at: Annotated[str | None, typer.Option(help="A moment, as 2026-03-03T12:00:00Z.")] = None,
    postgres: Postgres = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Who may know of HOUSEHOLD now, or could at a moment."""
    moment = moment_of(at) if at else datetime.now(UTC)

    async def look(work: Work, handlers: Handlers) -> tuple[VersionView | None, LiftingView | None]:
        found = await find_standing(work.connection, handlers, by, household, work.now)
        await store_access.save_look(
            work.connection, work.now, Actor(by, "command line"), "access", [found.household_id],
            shown=True,
        )  # fmt: skip
        row = await store_access.find_version_at(work.connection, found.household_id, moment)
        asked = lifting_view(found.roster, found.asked) if found.asked and not at else None
        return version_view(found.roster, row) if row else None, asked

    version, asked = run(postgres, look)
    readers = [
        reader
        for reader in (version.readers if version else [])
        if (reader.since is None or reader.since <= moment)
        and (reader.until is None or reader.until > moment)
    ]
    if as_json:
        typer.echo(json.dumps([reader.model_dump(mode="json") for reader in readers]))
        return
    if version is None:
        typer.echo("No list was kept then.")
    elif not version.restricted:
        typer.echo("The household was not restricted.")
    elif not readers:
        typer.echo("Nobody.")
    for reader in readers:
        until = f", until {reader.until:%Y-%m-%d %H:%M} UTC" if reader.until else ""
        typer.echo(f"{reader.id}  {reader.name}: {reader.because.value.replace('_', ' ')}{until}")
    if asked is not None:
        typer.echo(f"It is asked that it be restricted no longer: {in_words(asked)}.")


@app.command()
def add(
    household: Household,
    reader: Reader,
    reason: Annotated[AccessReason, typer.Option(help="Why.")],
    by: By,
    until: Annotated[str | None, typer.Option(help="A moment; without it, for good.")] = None,
    postgres: Postgres = None,
) -> None:
    """Put READER on the list of HOUSEHOLD."""
    adding = Adding(reader_id=reader, reason=reason, until=moment_of(until) if until else None)

    async def change(work: Work, handlers: Handlers) -> None:
        await put_on(work, handlers, by, household, adding, trusted=True)

    run(postgres, change)
    typer.echo(f"{reader} may know of it{f' until {until}' if until else ''}.")


@app.command()
def remove(
    household: Household,
    reader: Reader,
    by: By,
    reason: Annotated[AccessReason, typer.Option(help="Why.")] = AccessReason.NO_LONGER_NEEDED,
    postgres: Postgres = None,
) -> None:
    """Take READER off the list of HOUSEHOLD."""

    async def change(work: Work, handlers: Handlers) -> None:
        await take_off(work, handlers, by, household, reader, reason, trusted=True)

    run(postgres, change)
    typer.echo(f"{reader} may know of it no more.")


add_commands(app)
