"""``kith agency``: register agencies, give and take back credentials. For a place's operator."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.table import Column, Table

from contracts.envelope import Slug
from contracts.vocabulary import AgencyKind
from services.agencies import cli_kafka
from services.agencies import registry_store as store
from services.agencies.agreement import Agency
from services.agencies.credentials import Credential, new_credential
from services.agencies.defaults import default_agreement
from services.kit.commands import command_group
from services.kit.db import Connection
from services.kit.settings import from_file
from services.kit.work import command_work

app = command_group(
    "agency", "Register agencies, give them credentials and take them back: for a place's operator."
)
T = TypeVar("T")
_Store = Annotated[
    str | None,
    typer.Option(
        "--postgres",
        envvar="KITH_POSTGRES",
        help="DSN of the agencies service's own role; KITH_POSTGRES_FILE names a file with it.",
    ),
]
_Folder = Annotated[
    Path, typer.Option("--folder", help="The run folder of a local Kith, without --postgres.")
]
_RUN_FOLDER = Path(".kith/run")


def _dsn(postgres: str | None, folder: Path) -> str:
    if dsn := postgres or from_file("KITH_POSTGRES"):
        return dsn
    from services.local.settings import LocalSettings

    try:
        password = json.loads((folder / "secrets.json").read_text("utf-8"))["postgres.agencies"]
    except (OSError, ValueError, KeyError):
        typer.echo(
            f"There is no local Kith in {folder}. Start one with 'kith run', or give --postgres.",
            err=True,
        )
        raise typer.Exit(2) from None
    port = LocalSettings().postgres_port
    return f"postgresql://kith_agencies:{password}@127.0.0.1:{port}/kith"


def _do(dsn: str, work: Callable[[Connection], Awaitable[T]]) -> T:
    """``work`` in a transaction of its own. Exit code 1 where the store does not answer."""

    async def run() -> T:
        async with command_work("agencies", dsn) as open_work:
            return await work(open_work.connection)

    try:
        return asyncio.run(run())
    except OSError as error:
        typer.echo(f"PostgreSQL does not answer: {error}", err=True)
        raise typer.Exit(1) from None


def _show(credential: Credential) -> None:
    typer.echo("The agency's credential. It is shown this once; give it to nobody else:", err=True)
    typer.echo(str(credential))


def _none_such(what: str) -> typer.Exit:
    typer.echo(what, err=True)
    return typer.Exit(1)


@app.command()
def add(
    agency_id: Annotated[str, typer.Argument(help="Lower case, digits, hyphens.")],
    name: Annotated[str, typer.Option(help="As people know it.")],
    kind: Annotated[AgencyKind, typer.Option(help="What kind of organisation it is.")],
    locality: Annotated[str, typer.Option(help="Its locality, e.g. wigan.")],
    place: Annotated[str, typer.Option(help="The place it belongs to.")] = "greater-manchester",
    kafka: Annotated[bool, typer.Option("--kafka", help="It writes to Kafka as well.")] = False,
    postgres: _Store = None,
    folder: _Folder = _RUN_FOLDER,
) -> None:
    """Register an agency under the default agreement of its kind, and print its credential. With
    --kafka, its user there as well: as whoever may give rights on Kafka (KITH_KAFKA_USER)."""
    for what, given in (("id", agency_id), ("locality", locality)):
        try:
            TypeAdapter(Slug).validate_python(given)
        except ValidationError:
            typer.echo(f"An agency's {what} is lower case letters, digits and hyphens.", err=True)
            raise typer.Exit(2) from None
    agreement = default_agreement(agency_id, kind)
    agency = Agency(agency_id, place, name, kind, locality, agreement, writes_to_kafka=kafka)
    credential = new_credential()

    async def work(connection: Connection) -> list[Agency] | None:
        others = await store.list_agencies(connection)
        if not await store.add_agencies(connection, [agency]):
            return None
        await store.add_credentials(connection, {agency_id: credential}, "first")
        return others

    others = _do(_dsn(postgres, folder), work)
    if others is None:
        raise _none_such(f"{agency_id} is registered already.")
    if doubt := _doubt(agency, others):
        typer.echo(doubt, err=True)
    _show(credential)
    if kafka:
        cli_kafka.give(agency_id)


def _doubt(agency: Agency, others: list[Agency]) -> str | None:
    """What may be a slip: which places and localities there are is not known here."""
    beside = [other for other in others if other.place_id == agency.place_id]
    if others and not beside:
        return (
            f"No other agency belongs to the place '{agency.place_id}'. Until a place of that name"
            " is loaded, what this one sends waits. Is it spelt as in the place file?"
        )
    if beside and agency.locality not in {other.locality for other in beside}:
        return (
            f"No other agency is in the locality '{agency.locality}'. Unless the place file has it,"
            " the whole place's front door answers for it, not a locality's."
        )
    return None


@app.command("credential")
def give_credential(
    agency_id: str,
    label: Annotated[str, typer.Option(help="What it is for, e.g. which system.")] = "",
    postgres: _Store = None,
    folder: _Folder = _RUN_FOLDER,
) -> None:
    """Give an agency one more credential; the others go on working."""
    credential = new_credential()

    async def work(connection: Connection) -> bool:
        if agency_id not in await store.find_agencies(connection, [agency_id]):
            return False
        await store.add_credentials(connection, {agency_id: credential}, label)
        return True

    if not _do(_dsn(postgres, folder), work):
        raise _none_such(f"No agency is called {agency_id}.")
    _show(credential)


@app.command("kafka")
def give_kafka(agency_id: str, postgres: _Store = None, folder: _Folder = _RUN_FOLDER) -> None:
    """Have an agency write to Kafka: its topic, its user, and a password that is new each time."""

    async def work(connection: Connection) -> bool:
        return await store.save_writes_to_kafka(connection, agency_id, writes=True)

    if not _do(_dsn(postgres, folder), work):
        raise _none_such(f"No agency is called {agency_id}.")
    cli_kafka.give(agency_id)


@app.command()
def revoke(
    prefix: Annotated[
        str, typer.Argument(help="The credential's prefix; see 'list'. With --kafka: the agency.")
    ],
    kafka: Annotated[bool, typer.Option("--kafka", help="Its user on Kafka instead.")] = False,
    postgres: _Store = None,
    folder: _Folder = _RUN_FOLDER,
) -> None:
    """Take a credential back. It stops working within seconds. With --kafka, what the agency may do
    there: at once."""
    if kafka:
        _revoke_kafka(prefix, _dsn(postgres, folder))
        return
    short = prefix.removeprefix("kith_").partition("_")[0]

    async def work(connection: Connection) -> bool:
        return await store.revoke_credential(connection, short)

    if not _do(_dsn(postgres, folder), work):
        raise _none_such(f"No working credential has the prefix {short}.")
    typer.echo(f"Revoked {short}.")


def _revoke_kafka(agency_id: str, dsn: str) -> None:
    async def work(connection: Connection) -> bool:
        return await store.save_writes_to_kafka(connection, agency_id, writes=False)

    if not _do(dsn, work):
        raise _none_such(f"No agency is called {agency_id}.")
    cli_kafka.take(agency_id)


@app.command("list")
def list_all(
    as_json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False,
    postgres: _Store = None,
    folder: _Folder = _RUN_FOLDER,
) -> None:
    """Every agency, with the prefixes of the credentials that work."""
    agencies, secrets = _do(_dsn(postgres, folder), _load)
    rows: list[dict[str, Any]] = [
        {
            "agency_id": a.id,
            "name": a.name,
            "kind": a.kind.value,
            "locality": a.locality,
            "writes_to_kafka": a.writes_to_kafka,
            "credentials": sorted(prefix for owner, prefix in secrets if owner == a.id),
        }
        for a in agencies
    ]
    if as_json:
        typer.echo(json.dumps({"agencies": rows}))
        return
    # What other commands take is never cut.
    agency, prefixes = Column("agency", no_wrap=True), Column("credentials", no_wrap=True)
    table = Table(agency, prefixes, "name", "kind", "locality", "Kafka")
    for row in rows:
        kafka = "yes" if row["writes_to_kafka"] else ""
        table.add_row(
            row["agency_id"],
            "\n".join(row["credentials"]),
            *(str(row[key]) for key in ("name", "kind", "locality")),
            kafka,
        )
    Console().print(table)


async def _load(
    connection: Connection,
) -> tuple[list[Agency], dict[tuple[str, str], bytes]]:
    return await store.list_agencies(connection), await store.load_secrets(connection)
