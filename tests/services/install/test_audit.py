"""``kith audit``: exit codes, what it names, and that every service seals all it keeps of looks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner, Result

from contracts.audit import SEALS
from contracts.topics import SEAL_TOPICS
from services.agencies.app import create_service as agencies
from services.agencies.settings import AgenciesSettings
from services.duplication.__main__ import create_service as duplication
from services.duplication.settings import DuplicationSettings
from services.install import audit_cli
from services.install.audit_cli import app
from services.keyworkers.__main__ import create_service as keyworkers
from services.keyworkers.settings import KeyWorkersSettings
from services.kit.app import Service
from services.kit.sealing import seal_looks
from services.kit.settings import ServiceSettings
from tests.conftest import StackFactory
from tests.stack import Stack, eventually

_LOOK = {
    "agencies": "insert into agencies.disclosure (at, actor, purpose, assessment_ids, fields)"
    " select now(), 'ann', 'test', '{}', '{needs}' from generate_series(1, 3)",
    "duplication": "insert into duplication.access_audit (at, actor, purpose, what, subject_id)"
    " select now(), 'ann', 'test', 'household', gen_random_uuid() from generate_series(1, 3)",
    "keyworkers": "insert into keyworkers.access_look"
    " (at, actor, purpose, what, household_id, shown)"
    " select now(), 'ann', 'test', 'access', gen_random_uuid(), true from generate_series(1, 3)",
}


@dataclass
class Audited:
    stack: Stack
    services: dict[str, Service]

    async def seal(self, service: str) -> None:
        for table in audit_cli._TABLES[service]:
            async with self.services[service].work() as work:
                await seal_looks(work, service, table)

    async def owner(self, sql: str) -> None:
        connection = await asyncpg.connect(self.stack.dsn)
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    async def kith(self, *arguments: str, **environ: str) -> Result:
        """The command, told of the stack as in a container."""
        told = {
            "KITH_KAFKA": self.stack.kafka,
            "KITH_NAMESPACE": self.stack.namespace,
            **{f"KITH_POSTGRES_{service.upper()}": self.stack.dsn for service in SEALS},
        }
        return await asyncio.to_thread(
            lambda: CliRunner().invoke(app, list(arguments), env=told | environ)
        )


@pytest.fixture
async def audited(open_stack: StackFactory) -> AsyncIterator[Audited]:
    """Three looks in each service, sealed and said."""
    async with open_stack(*SEALS) as stack:
        services = {name: Service(name, stack.settings(ServiceSettings)) for name in SEALS}
        found = Audited(stack, services)
        for name, service in services.items():
            async with service:
                await found.owner(_LOOK[name])
                await found.seal(name)
                await stack.read(SEAL_TOPICS[name], lambda read: len(read) == 1)
        yield found


async def test_whole_is_zero_and_says_how_much_was_compared(audited: Audited) -> None:
    result = await audited.kith("verify")
    assert result.exit_code == 0, result.output
    for table in ("agencies.disclosure", "duplication.access_audit", "keyworkers.access_look"):
        assert f"whole     {table}: 3 rows under 1 seals, 1 of them said outside" in result.output


async def test_tampering_is_one_and_names_table_rows_and_what_was_done(audited: Audited) -> None:
    await audited.owner(
        "alter table keyworkers.access_look disable trigger user;"
        "delete from keyworkers.access_look where look_id = 2;"
        "alter table agencies.disclosure disable trigger user;"
        "update agencies.disclosure set actor = 'somebody-else' where disclosure_id = 3"
    )
    result = await audited.kith("verify")
    assert result.exit_code == 1
    assert "TAMPERED  keyworkers.access_look, rows 1 to 3 (seal 1): missing: 2." in result.output
    assert "TAMPERED  agencies.disclosure, rows 1 to 3 (seal 1): changed: 3." in result.output
    assert "whole     duplication.access_audit" in result.output
    told = json.loads((await audited.kith("verify", "--json")).output)
    assert told["result"] == "tampered"
    [finding] = told["services"]["keyworkers"][0]["findings"]
    assert (finding["kind"], finding["rows"], finding["first"]) == ("missing", [2], 1)


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"KITH_KAFKA": "127.0.0.1:1"}, "Kafka does not answer"),
        ({"KITH_NAMESPACE": "none-such."}, "There is no topic none-such."),
        ({"KITH_POSTGRES_AGENCIES": "postgresql://x@127.0.0.1:1/kith"}, "PostgreSQL refuses"),
        ({f"KITH_POSTGRES_{s.upper()}": "" for s in SEALS}, "There is no local Kith in"),
        (
            {f"KITH_POSTGRES_{s.upper()}": "" for s in SEALS}
            | {"KITH_POSTGRES": "postgresql://kith_alerts@127.0.0.1/kith"},
            "KITH_POSTGRES is of no service that keeps who looked",
        ),
        (  # in a service's container: that service alone
            {f"KITH_POSTGRES_{s.upper()}": "" for s in SEALS}
            | {"KITH_POSTGRES": "postgresql://kith_duplication@127.0.0.1:1/kith"},
            "duplication: PostgreSQL refuses",
        ),
    ],
)
async def test_what_cannot_be_looked_at_is_two(
    audited: Audited, environ: dict[str, str], words: str, tmp_path: Path
) -> None:
    result = await audited.kith("verify", "--folder", str(tmp_path), **environ)
    assert result.exit_code == 2
    assert words in result.output


async def test_what_was_written_down_elsewhere_is_compared_with(
    audited: Audited, tmp_path: Path
) -> None:
    """Whoever has both the database and the broker cannot change it."""
    written = tmp_path / "seals.jsonl"
    kept = await audited.kith("seals")
    assert kept.exit_code == 0
    written.write_text(kept.output)
    assert [json.loads(line)["service"] for line in kept.output.splitlines()] == list(SEALS)
    assert (await audited.kith("verify", "--said", str(written))).exit_code == 0
    await audited.owner(
        "alter table duplication.look_seal disable trigger user;"
        "alter table duplication.access_audit disable trigger user;"
        "truncate duplication.look_seal; delete from duplication.access_audit"
    )
    result = await audited.kith("verify", "--said", str(written))
    assert result.exit_code == 1
    assert "duplication.access_audit, rows 1 to 3 (seal 1): missing: 1, 2, 3" in result.output
    written.write_text("nonsense")
    assert (await audited.kith("verify", "--said", str(written))).exit_code == 2


async def test_what_a_person_has_explained_counts_no_more(audited: Audited, tmp_path: Path) -> None:
    """As after a backup was restored: what came after it is missing, and stays so."""
    delete = (
        "alter table duplication.access_audit disable trigger user;"
        "delete from duplication.access_audit where id = {}"
    )
    await audited.owner(delete.format(3))
    known = tmp_path / "known.json"
    known.write_text((await audited.kith("verify", "--json")).output)
    result = await audited.kith("verify", "--known", str(known))
    assert result.exit_code == 0, result.output
    assert "known     1 findings that were explained are left out" in result.output
    await audited.owner(delete.format(2))
    assert (await audited.kith("verify", KITH_SEALS_KNOWN=str(known))).exit_code == 1
    known.write_text("[]")
    assert (await audited.kith("verify", "--known", str(known))).exit_code == 2


async def test_every_column_of_a_look_is_sealed(audited: Audited) -> None:
    """A column that a migration adds is told to the seal, or it could be changed unseen."""
    connection = await asyncpg.connect(audited.stack.dsn)
    try:
        for service, tables in audit_cli._TABLES.items():
            for table in tables:
                rows = await connection.fetch(
                    "select column_name from information_schema.columns"
                    " where table_schema = $1 and table_name = $2 order by ordinal_position",
                    service,
                    table.name,
                )
                assert [row["column_name"] for row in rows] == list(table.columns)
    finally:
        await connection.close()


_CREATE: dict[str, tuple[Any, Any]] = {
    "agencies": (agencies, AgenciesSettings),
    "duplication": (duplication, DuplicationSettings),
    "keyworkers": (keyworkers, KeyWorkersSettings),
}


@pytest.mark.parametrize("name", sorted(SEALS))
async def test_each_service_seals_says_and_checks_what_it_keeps_of_looks_by_itself(
    open_stack: StackFactory, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """As it runs, with all else that it does at the end of a transaction."""
    create, settings = _CREATE[name]
    async with open_stack(name) as stack:
        often = stack.settings(settings, seal_seconds=0.05, seal_check_seconds=0.05)
        async with create(often) as service:
            await service.pool.execute(_LOOK[name])
            await stack.read(SEAL_TOPICS[name], lambda read: len(read) == 1)
            table = audit_cli._TABLES[name][0]
            await service.pool.execute(
                f"alter table {table.name} disable trigger user; delete from {table.name}"
                f" where {table.key} = 2"
            )
            found = f"tampered with: {table.name}, rows 1 to 3 (seal 1): missing: 2"
            await eventually(lambda: _logged(caplog, found))
    assert "failed; next turn later" not in caplog.text


async def _logged(caplog: pytest.LogCaptureFixture, words: str) -> bool:
    return words in caplog.text
