"""``kith install``: prepare secrets and servers for Kith. Every command may be repeated."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import asyncpg
import typer
from aiokafka.errors import KafkaError

from services.agencies.credentials import new_credential
from services.agencies.registry import read_agencies
from services.install import jobs
from services.install.generating import make_secrets
from services.install.settings import InstallSettings
from services.keyworkers.place import InvalidPlace
from services.kit.acls import service_acls
from services.kit.commands import command_group
from services.kit.kafka_security import KafkaAccess, kafka_words
from services.kit.settings import read_settings

app = command_group(
    "install", "Prepare secrets and servers for Kith. Every command may be repeated."
)
T = TypeVar("T")


@app.command("secrets")
def make(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="Where they are kept.")],
    place: Annotated[Path, typer.Option(exists=True, file_okay=False, help="The place's folder.")],
    postgres: Annotated[
        str, typer.Option(help="Where PostgreSQL is: host:port/database.")
    ] = "postgres:5432/kith",
    admin: Annotated[
        str, typer.Option(help="The role that creates the services' roles.")
    ] = "postgres",
) -> None:
    """Make the random secrets that are missing in FOLDER. Those there stay as they are."""
    agencies = read_agencies(place / "agencies.json")
    fresh = {agency.id: str(new_credential()) for agency in agencies}
    made = make_secrets(folder, postgres, jobs.WITH_DATABASE, fresh, admin)
    typer.echo(f"Made in {folder}: {', '.join(made)}." if made else "Every secret is there.")


@app.command()
def schemas() -> None:
    """Roles, schemas and migrations: KITH_POSTGRES and each service's KITH_POSTGRES_<SERVICE>."""
    applied = _do(jobs.prepare_schemas(read_settings(InstallSettings)))
    for service, names in applied.items():
        typer.echo(f"{service}: {len(names)} new migrations")


@app.command()
def topics() -> None:
    """Kafka's topics, each service's user there, and what it may do: as whoever may give rights.

    KITH_KAFKA and KITH_KAFKA_…, KITH_REPLICATION, KITH_NAMESPACE, KITH_KAFKA_PASSWORD_<SERVICE>.
    """
    settings = read_settings(InstallSettings)
    # Whoever waits for topics waits for its rights too.
    done = _do(jobs.prepare_rights(settings), settings.kafka_access)
    made = _do(jobs.prepare_topics(settings), settings.kafka_access)
    typer.echo(f"{len(made)} new topics {' '.join(made)}".strip())
    if done is None:
        typer.echo("KITH_KAFKA_ACLS is false: somebody else gives what 'kith install acls' shows.")
    elif not done.asked:
        typer.echo("This Kafka has no authorizer: everybody may do everything there.")
    else:
        typer.echo(f"{len(done.users)} new passwords {' '.join(done.users)}".strip())
        for word, rights in (("new rights", done.change.give), ("taken away", done.change.take)):
            typer.echo(f"{len(rights)} {word}")
            for acl in rights:
                typer.echo(f"  {acl}")


@app.command()
def acls(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a right.")] = False,
) -> None:
    """What each service may do on Kafka, by the registry of topics. Changes nothing."""
    for acl in sorted(service_acls(read_settings(InstallSettings).naming)):
        typer.echo(json.dumps(acl.described()) if as_json else str(acl))


@app.command("place")
def load() -> None:
    """A place and its agencies: KITH_PLACE_FOLDER, KITH_CREDENTIALS, both services' DSN."""
    version, given = _do(jobs.load(read_settings(InstallSettings)))
    typer.echo(f"Version {version} of the place is in force; {given} agencies were given access.")


class Job(StrEnum):
    """Jobs whose work can be waited for."""

    SCHEMAS = "schemas"
    TOPICS = "topics"


@app.command("await")
def wait(
    names: Annotated[list[Job], typer.Argument(help="The jobs whose work is waited for.")],
) -> None:
    """Wait until what these jobs make is there as this release needs it; exit code 1 after
    KITH_PATIENCE_SECONDS. For what starts a service only then."""
    _do(jobs.wait_for([name.value for name in names], read_settings(InstallSettings)))


def rebuild(
    as_json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False,
) -> None:
    """Fill the log of a broker that lost its data, with what the services' outboxes keep.

    With every service stopped: each sends it when it is started again, and consumers drop what they
    have seen. Reads each service's KITH_POSTGRES_<SERVICE>. Exit code 1 while a service runs.
    """
    again = _do(jobs.rebuild_log(read_settings(InstallSettings)))
    if as_json:
        typer.echo(json.dumps({"events": again}))
        return
    for service, events in again.items():
        typer.echo(f"{service}: {events} events to send again")


def _do(work: Coroutine[Any, Any, T], kafka: KafkaAccess | None = None) -> T:
    try:
        return asyncio.run(work)
    except jobs.CannotInstall as error:
        _stop(str(error))
    except InvalidPlace as error:
        _stop("The place's file cannot be used:", *error.faults)
    except KafkaError as error:
        said = asyncio.run(kafka_words(kafka, error)) if kafka else type(error).__name__
        _stop(f"A server does not answer, or refuses: {said}")
    except (OSError, asyncpg.PostgresError) as error:
        # Its class and not its words: they may quote a DSN.
        _stop(f"A server does not answer, or refuses: {type(error).__name__}")


def _stop(*lines: str) -> NoReturn:
    typer.echo("\n  ".join(lines), err=True)
    raise typer.Exit(1)
