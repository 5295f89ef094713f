"""How commands about a household run beside the service: as its role, in one transaction.

Exit codes: 0 done; 1 refused, with the reason; 2 wrongly asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from pydantic import TypeAdapter, ValidationError

from services.keyworkers.handlers import Handlers
from services.keyworkers.loading import SERVICE, Rosters
from services.kit.errors import Problem
from services.kit.settings import from_file
from services.kit.work import Work, command_work

_T = TypeVar("_T")

Household = Annotated[UUID, typer.Argument(help="The household's id.")]
By = Annotated[str, typer.Option(help="Your id. It is kept.")]
Postgres = Annotated[
    str | None,
    typer.Option(
        envvar="KITH_POSTGRES",
        help="DSN of the key-worker service's role; KITH_POSTGRES_FILE names a file with it.",
    ),
]


_MOMENT = TypeAdapter(datetime)


def moment_of(text: str) -> datetime:
    """The moment in an option; wrongly asked where it is none, or says no time zone."""
    try:
        moment = _MOMENT.validate_python(text)
    except ValidationError:
        moment = None
    if moment is None or moment.tzinfo is None:
        typer.echo("Write a moment as in 2026-03-03T12:00:00Z.", err=True)
        raise typer.Exit(2)
    return moment


def run(postgres: str | None, action: Callable[[Work, Handlers], Awaitable[_T]]) -> _T:
    """What ``action`` answers. A :class:`Problem` that it raises undoes what it did and is told."""
    dsn = postgres or from_file("KITH_POSTGRES")
    if dsn is None:
        typer.echo("Give --postgres, or set KITH_POSTGRES or KITH_POSTGRES_FILE.", err=True)
        raise typer.Exit(2)
    handlers = Handlers(Rosters())

    async def act() -> _T:
        async with command_work(SERVICE, dsn, handlers.keep_access) as work:
            return await action(work, handlers)

    try:
        return asyncio.run(act())
    except Problem as problem:
        typer.echo(problem.detail, err=True)
        raise typer.Exit(1) from None
