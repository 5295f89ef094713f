"""``kith place``: put a place file in force, or check one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from services.keyworkers.loading import load_place
from services.keyworkers.place import InvalidPlace, Place, read_place
from services.kit.settings import from_file

app = typer.Typer(name="place", help="Places: teams, coverage, key workers.", no_args_is_help=True)

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
    typer.echo(_summary(_read(file)))


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
