"""A service's role reaches its own schema and nothing else: every other way in is tried."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import asyncpg
import pytest

from services.kit.db import migrate, provision
from services.local.folder import role_dsn
from services.local.settings import SERVICES, WITHOUT_DATABASE
from services.local.shared import Addresses
from tests.stack import with_database

WITH_DATABASE = [name for name in SERVICES if name not in WITHOUT_DATABASE]


@dataclass(frozen=True)
class Roles:
    """Every service's schema in one database, under names that no other test has."""

    admin_dsn: str
    mark: str

    def name(self, service: str) -> str:
        return f"{service}_{self.mark}"

    def dsn(self, service: str) -> str:
        return role_dsn(self.admin_dsn, f"kith_{self.name(service)}", self.mark)


async def run(dsn: str, *statements: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(dsn)
    try:
        for statement in statements:
            rows = await connection.fetch(statement)
        return rows
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def roles(servers: Addresses) -> Iterator[Roles]:
    """Made once: nothing that these tests try may succeed."""
    mark = secrets.token_hex(6)
    database = f"kith_roles_{mark}"
    roles = Roles(with_database(servers.postgres_dsn, database), mark)

    async def make() -> None:
        await run(servers.postgres_dsn, f"create database {database}")
        for service in WITH_DATABASE:
            await provision(roles.admin_dsn, roles.name(service), mark)
            packages = ("services.kit", f"services.{service}")
            await migrate(roles.dsn(service), roles.name(service), packages)

    async def drop() -> None:
        await run(servers.postgres_dsn, f"drop database if exists {database} with (force)")
        for service in WITH_DATABASE:
            await run(servers.postgres_dsn, f"drop role if exists kith_{roles.name(service)}")

    try:
        asyncio.run(make())
        yield roles
    finally:
        asyncio.run(drop())


@pytest.mark.parametrize("service", WITH_DATABASE)
async def test_a_service_reads_and_writes_its_own_schema_and_no_other(
    roles: Roles, service: str
) -> None:
    tables = await run(
        roles.admin_dsn,
        "select schemaname, tablename from pg_tables"
        " where schemaname not in ('pg_catalog', 'information_schema')",
    )
    own, others = 0, 0
    for schema, table in tables:
        if schema == roles.name(service):
            await run(roles.dsn(service), f"select count(*) from {schema}.{table}")
            own += 1
            continue
        for attempt in (f"select from {schema}.{table}", f"delete from {schema}.{table}"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await run(roles.dsn(service), attempt)
        others += 1
    assert own > 3
    assert others > 12


@pytest.mark.parametrize(
    "attempt",
    [
        "create table {other}.mine (id int)",
        "create table public.mine (id int)",
        "create temporary table mine (id int)",
        "create schema mine",
        "create database mine_{mark}",
        "create role mine_{mark}",
        "alter role kith_{other} password 'mine'",
        "set role kith_{other}",
        "alter schema {other} owner to kith_{own}",
        "grant usage on schema {other} to kith_{own}",
        "select pg_read_file('postgresql.conf')",
        "select rolpassword from pg_authid",
        "copy (select 1) to program 'true'",
    ],
)
async def test_a_service_can_do_nothing_outside_its_schema(roles: Roles, attempt: str) -> None:
    names = {"own": roles.name("alerts"), "other": roles.name("duplication"), "mark": roles.mark}
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await run(roles.dsn("alerts"), attempt.format(**names))


async def test_a_role_of_another_system_cannot_enter_the_database(roles: Roles) -> None:
    stranger = f"stranger_{roles.mark}"
    await run(roles.admin_dsn, f"create role {stranger} login password '{roles.mark}'")
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await run(role_dsn(roles.admin_dsn, stranger, roles.mark), "select 1")
    finally:
        await run(roles.admin_dsn, f"drop role {stranger}")


async def test_whoever_owns_the_database_and_may_create_roles_can_prepare_it(
    servers: Addresses,
) -> None:
    """No superuser: where PostgreSQL is somebody else's to run, there is none to be had."""
    mark = secrets.token_hex(6)
    database, admin, service = f"kith_owned_{mark}", f"admin_{mark}", f"alerts_{mark}"
    owned = with_database(servers.postgres_dsn, database)
    admin_dsn = role_dsn(owned, admin, mark)
    try:
        await run(servers.postgres_dsn, f"create role {admin} login createrole password '{mark}'")
        await run(servers.postgres_dsn, f"create database {database} owner {admin}")
        for _ in range(2):
            await provision(admin_dsn, service, mark)
        dsn = role_dsn(owned, f"kith_{service}", mark)
        await migrate(dsn, service, ("services.kit", "services.alerts"))
        assert await run(dsn, "select count(*) from outbox")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await run(dsn, "create table public.mine (id int)")
    finally:
        await run(servers.postgres_dsn, f"drop database if exists {database} with (force)")
        await run(servers.postgres_dsn, f"drop role if exists kith_{service}")
        await run(servers.postgres_dsn, f"drop role if exists {admin}")
