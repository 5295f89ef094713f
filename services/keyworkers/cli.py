"""``kith place``: put a place file in force, check one, or import key workers into one."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from services.keyworkers.importing import COLUMNS, import_key_workers, told
from services.keyworkers.loading import load_place
from services.keyworkers.place import InvalidPlace, Place, parse_place, read_place
from services.keyworkers.sign_ins import sign_in_faults
from services.kit.commands import command_group
from services.kit.settings import from_file

app = command_group("place", "Places: teams, coverage, key workers.")

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The place file (JSON).")]


@app.command()
def load(
    file: File,
    postgres: Annotated[
        str | None,
        typer.Option(
            envvar="KITH_POSTGRES",
            help="DSN of the key-worker service's role; KITH_POSTGRES_FILE names a file with it.",
        ),
    ] = None,
) -> None:
    """Check FILE and put it in force. The same file again changes nothing."""
    place = _read(file)
    dsn = postgres or from_file("KITH_POSTGRES")
    if dsn is None:
        typer.echo("Give --postgres, or set KITH_POSTGRES or KITH_POSTGRES_FILE.", err=True)
        raise typer.Exit(2)
    try:
        version = asyncio.run(load_place(dsn, file))
    except InvalidPlace as error:
        _refuse(file, error)
    typer.echo(f"{_summary(place)} Version {version} is in force.")


@app.command()
def check(file: File) -> None:
    """Say whether FILE can be used, and what is wrong with it."""
    place = _read(file)
    if faults := sign_in_faults(place):
        _refuse(file, InvalidPlace(faults))
    typer.echo(_summary(place))


@app.command(name="import")
def import_(
    file: File,
    key_workers: Annotated[
        Path,
        typer.Argument(
            metavar="CSV",
            exists=True,
            dir_okay=False,
            help="Key workers, one a row, in UTF-8: " + ", ".join(COLUMNS) + ". Lists by ';'.",
        ),
    ],
    others_left_on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The last day of who is not in the CSV."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and write nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False,
) -> None:
    """Put the key workers of a CSV into FILE, which is checked as a whole before it is written.

    `kith place load FILE` puts it in force.
    """
    _read(file)
    last_day = others_left_on.date() if others_left_on else None
    try:
        imported = import_key_workers(
            json.loads(file.read_text("utf-8")), key_workers.read_text("utf-8-sig"), last_day
        )
    except InvalidPlace as error:
        _refuse(key_workers, error)
    except UnicodeDecodeError:
        _refuse(key_workers, InvalidPlace(["it is not UTF-8: save it as CSV UTF-8"]))
    document = json.dumps(imported.document, indent=1, ensure_ascii=False) + "\n"
    try:
        if faults := sign_in_faults(parse_place(document.encode())):
            raise InvalidPlace(faults)
    except InvalidPlace as error:
        _refuse(key_workers, error)
    if not dry_run:
        whole = file.with_name(file.name + ".new")
        whole.write_text(document, "utf-8")
        whole.replace(file)
    if as_json:
        found = asdict(imported)
        del found["document"]
        typer.echo(json.dumps(found, indent=2))
    else:
        typer.echo("\n".join(told(imported)))


def _read(file: Path) -> Place:
    try:
        return read_place(file)
    except InvalidPlace as error:
        _refuse(file, error)


def _refuse(file: Path, error: InvalidPlace) -> NoReturn:
    typer.echo(f"{file} cannot be used:", err=True)
    for fault in error.faults:
        typer.echo(f"  {fault}", err=True)
    raise typer.Exit(1)


def _summary(place: Place) -> str:
    return (
        f"{place.name}: {len(place.localities)} localities, {len(place.teams)} teams,"
        f" {len(place.key_workers)} key workers."
    )
