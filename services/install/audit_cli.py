"""``kith audit``: whether who looked is still as it was recorded.

Exit codes of ``verify``: 0 whole; 1 tampered with; 2 it could not be looked at, or not all of it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import asyncpg
import typer

from contracts.audit import SEALS
from services.agencies.store import LOOKS as DISCLOSURES
from services.duplication.store.reading import LOOKS as HOUSEHOLD_LOOKS
from services.install.settings import InstallSettings
from services.keyworkers.store_access import LOOKS as LIST_LOOKS
from services.kit.commands import command_group
from services.kit.db import create_pool
from services.kit.kafka_security import KafkaAccess
from services.kit.seal_checking import Checked, check
from services.kit.seals import LookTable, unexplained
from services.kit.seals_said import CannotLook, in_file, on_topic, read_known
from services.kit.settings import read_settings
from services.local.settings import LocalSettings

app = command_group("audit", "Whether who looked is still as it was recorded.")
_TABLES: dict[str, tuple[LookTable, ...]] = {
    "agencies": DISCLOSURES,
    "duplication": HOUSEHOLD_LOOKS,
    "keyworkers": LIST_LOOKS,
}
_SHOWN = 50
Folder = Annotated[
    Path, typer.Option(help="The run folder of a local Kith, where no KITH_POSTGRES… is set.")
]
_RUN_FOLDER = Path(".kith/run")


@dataclass(frozen=True, slots=True)
class _Where:
    """DSN by service, and the broker."""

    dsn: dict[str, str]
    kafka: KafkaAccess
    namespace: str


@app.command()
def verify(
    said: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False,
            help="Compare with what 'kith audit seals' wrote, rather than with Kafka.",
        ),
    ] = None,
    known: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, envvar="KITH_SEALS_KNOWN",
            help="What --json found before and somebody has explained: it counts no more.",
        ),
    ] = None,
    folder: Folder = _RUN_FOLDER,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:  # fmt: skip
    """Compare the tables of who looked with the seals that were said outside the database.

    Of every service whose KITH_POSTGRES_<SERVICE> is set; in a service's container, of that one.
    Names table, rows and what was done (changed, missing, added), and nothing of whom it was about.
    """
    where = _where(folder)
    try:
        explained = read_known(known)
    except CannotLook as error:
        raise _cannot(str(error)) from None
    found: dict[str, list[Checked]] = {}
    for service, dsn in where.dsn.items():
        source = in_file(said, service) if said else on_topic(
            where.kafka, where.namespace, service
        )  # fmt: skip
        try:
            found[service] = asyncio.run(_check(service, dsn, source))
        except CannotLook as error:
            raise _cannot(f"{service}: {error}") from None
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            # Its class and not its words: they may quote a DSN.
            raise _cannot(f"{service}: PostgreSQL refuses: {type(error).__name__}") from None
    left_out = 0
    for service, listed in found.items():
        for one in listed:
            left = unexplained(service, one.findings, explained)
            left_out += len(one.findings) - len(left)
            one.findings = left
    every = [one for checked in found.values() for one in checked]
    code = 1 if any(one.findings for one in every) else 2 if any(o.doubts for o in every) else 0
    if as_json:
        told = {service: [asdict(one) for one in listed] for service, listed in found.items()}
        whole = {0: "whole", 1: "tampered", 2: "unknown"}[code]
        typer.echo(json.dumps({"result": whole, "services": told}, default=str))
    else:
        for service, listed in found.items():
            for one in listed:
                _tell(service, one)
        if left_out:
            typer.echo(f"known     {left_out} findings that were explained are left out")
    raise typer.Exit(code)


def _tell(service: str, one: Checked) -> None:
    for finding in one.findings[:_SHOWN]:
        typer.echo(f"TAMPERED  {service}.{finding}")
    if len(one.findings) > _SHOWN:
        typer.echo(f"TAMPERED  and {len(one.findings) - _SHOWN} more: --json has them all.")
    for doubt in one.doubts:
        typer.echo(f"UNKNOWN   {service}.{doubt}")
    if not (one.findings or one.doubts):
        waiting = f"; {one.unsealed} rows wait for their seal" if one.unsealed else ""
        typer.echo(
            f"whole     {service}.{one.table}: {one.rows} rows under {one.seals} seals,"
            f" {one.said} of them said outside{waiting}"
        )


@app.command()
def seals(folder: Folder = _RUN_FOLDER) -> None:
    """Write the seals that are on Kafka, one JSON object a line: to be kept where neither Kafka's
    nor PostgreSQL's keepers can change them. 'verify --said' compares with them."""
    where = _where(folder)
    for service in where.dsn or dict.fromkeys(SEALS, ""):
        try:
            asyncio.run(_write(service, where))
        except CannotLook as error:
            raise _cannot(f"{service}: {error}") from None


async def _write(service: str, where: _Where) -> None:
    async for seal in on_topic(where.kafka, where.namespace, service)():
        line = {"service": service} | seal.model_dump(mode="json")
        sys.stdout.write(json.dumps(line) + "\n")


async def _check(service: str, dsn: str, source: Any) -> list[Checked]:
    pool = await create_pool(dsn, service, 1)
    try:
        async with pool.acquire() as connection:
            now = datetime.now(UTC)
            return await check(connection, service, _TABLES[service], source, now)
    finally:
        await pool.close()


def _where(folder: Path) -> _Where:
    settings = read_settings(InstallSettings)
    dsn = {service: settings.dsn(service) for service in SEALS if settings.dsn(service)}
    if not dsn and settings.postgres:
        service = (urlsplit(settings.postgres).username or "").removeprefix("kith_")
        if service not in SEALS:
            raise _cannot("KITH_POSTGRES is of no service that keeps who looked.")
        dsn = {service: settings.postgres}
    if dsn:
        return _Where(dsn, settings.kafka_access, settings.namespace)
    local = LocalSettings()
    try:
        secrets = json.loads((folder / "secrets.json").read_text("utf-8"))
        dsn = {
            service: f"postgresql://kith_{service}:{secrets[f'postgres.{service}']}"
            f"@127.0.0.1:{local.postgres_port}/kith"
            for service in SEALS
        }
    except (OSError, ValueError, KeyError):
        raise _cannot(
            f"There is no local Kith in {folder}. Set KITH_POSTGRES_<SERVICE> and KITH_KAFKA, or"
            " start one with 'kith run'."
        ) from None
    return _Where(dsn, KafkaAccess(f"127.0.0.1:{local.kafka_port}"), "")


def _cannot(sentence: str) -> typer.Exit:
    typer.echo(sentence, err=True)
    return typer.Exit(2)
