"""``kith rematch``: what deciding a place's history again with another model would change."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import Annotated, Any

import asyncpg
import typer
from rich.console import Console
from rich.table import Table

from contracts.assessments import Address, Person
from services.duplication import addresses
from services.duplication.blocking import block_keys
from services.duplication.fold import Assessed
from services.duplication.model import CURRENT, Model, load
from services.duplication.normalise import person_profile
from services.duplication.rematch import Comparison, Past, compare_history
from services.duplication.store import rematching as store
from services.kit.db import Connection, Row, create_pool
from services.kit.settings import from_file

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
_SHOWN = 20


@app.command("rematch")
def command(
    model: Annotated[str, typer.Option(help="A model's version, or its .json file.")] = CURRENT,
    place: Annotated[str | None, typer.Option(help="Only this place.")] = None,
    postgres: Annotated[
        str | None,
        typer.Option(
            envvar="KITH_POSTGRES",
            help="DSN of duplication's role; KITH_POSTGRES_FILE names a file with it.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Decide the whole history again with a model, and say what would change. Nothing does.

    What people linked or separated holds under any model. Shows opaque ids alone.
    """
    dsn = postgres or from_file("KITH_POSTGRES")
    if dsn is None:
        typer.echo("Give --postgres, or set KITH_POSTGRES or KITH_POSTGRES_FILE.", err=True)
        raise typer.Exit(2)
    try:
        loaded = load(model)
        found = asyncio.run(_compare(dsn, loaded, place))
    except (OSError, ValueError, asyncpg.PostgresError) as error:
        typer.echo(f"It cannot be told: {error}", err=True)
        raise typer.Exit(1) from None
    if as_json:
        places = {id_: asdict(comparison) for id_, comparison in found.items()}
        typer.echo(json.dumps({"model": loaded.version, "places": places}, default=str))
    else:
        for id_, comparison in found.items():
            _show(id_, loaded.version, comparison)


async def _compare(dsn: str, model: Model, place: str | None) -> dict[str, Comparison]:
    pool = await create_pool(dsn, "duplication", size=1)
    try:
        async with (
            pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            places = await store.find_places(connection)
            if place is not None and place not in places:
                raise ValueError(f"no assessment is of a place {place}; there are {places}.")
            wanted = [place] if place else places
            return {id_: await compare_place(connection, model, id_) for id_ in wanted}
    finally:
        await pool.close()


async def compare_place(connection: Connection, model: Model, place_id: str) -> Comparison:
    """A place's history under the model, beside what stands."""
    history = [_past(model, row) for row in await store.find_history(connection, place_id)]
    together, apart = await store.find_said(connection, place_id)
    return compare_history(model, history, together, apart)


def _past(model: Model, row: Row) -> Past:
    address = Address.model_validate(row["address"]) if row["address"] else None
    mentions = tuple(
        person_profile(Person.model_validate(words), address) for words in row["people"]
    )
    taken = Assessed(
        row["id"],
        mentions,
        tuple(block_keys(model.rules, mention) for mention in mentions),
        addresses.home(address),
        row["received_at"].year,
    )
    return Past(taken, row["arrived_in"], row["household_id"])


def _show(place_id: str, version: str, found: Comparison) -> None:
    out = Console()
    table = Table(title=f"{place_id}: {found.assessments} assessments under {version}")
    table.add_column("pairs of assessments")
    table.add_column("together then", justify="right")
    table.add_column("apart then", justify="right")
    table.add_row("together now", str(found.both), str(found.now_only))
    every = found.assessments * (found.assessments - 1) // 2
    rest = every - found.both - found.now_only - found.then_only
    table.add_row("apart now", str(found.then_only), str(rest))
    out.print(table)
    out.print(f"{found.reviews} would go to review. {len(found.affected)} households would change.")
    for one in found.affected[:_SHOWN]:
        out.print(_sentence(asdict(one)), soft_wrap=True)
    if len(found.affected) > _SHOWN:
        out.print(f"and {len(found.affected) - _SHOWN} more: --json has them all.")


def _sentence(one: dict[str, Any]) -> str:
    parts = " + ".join(map(str, one["parts"]))
    told = f"  {one['household_id']}: {sum(one['parts'])} assessments"
    if len(one["parts"]) > 1:
        told += f" in {len(one['parts'])} ({parts})"
    if one["joins"]:
        told += ", with those of " + ", ".join(map(str, one["joins"]))
    return told
