"""PostgreSQL: pools, roles and schemas, migrations. One schema and one role per service."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from importlib import resources
from typing import Any, TypeAlias
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import orjson

from services.kit.errors import Reject
from services.kit.telemetry_spans import on_query, tracer

Connection: TypeAlias = (
    "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
)
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Row: TypeAlias = asyncpg.Record


async def _prepare(connection: Any) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: b"\x01" + orjson.dumps(value),
        decoder=lambda value: orjson.loads(value[1:]),
    )


async def _prepare_pooled(connection: Any) -> None:
    await _prepare(connection)
    if tracer() is not None:
        connection.add_query_logger(on_query)


async def _keep_as_it_is(_: Any) -> None:
    """Nothing is left behind on a connection: transactions end, and who listens or locks beyond
    one undoes it. asyncpg's own reset would cost every transaction a round trip."""


async def create_pool(dsn: str, service: str, size: int = 8) -> Pool:
    """A pool of connections that see the service's schema. ``jsonb`` travels as Python values."""
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=size,
        init=_prepare_pooled,
        reset=_keep_as_it_is,
        command_timeout=60,
        server_settings={
            "search_path": service,
            "application_name": service,
            "jit": "off",
            # Planning anew for every array of ids costs more than running the plan (measured).
            "plan_cache_mode": "force_generic_plan",
            # A plan made while a table is empty is kept until PostgreSQL has analysed the table: a
            # minute of reading all of it for every key, at a new place. Indexes are right at once.
            "enable_seqscan": "off",
        },
    )


@asynccontextmanager
async def temporary_database(admin_dsn: str, services: Sequence[str]) -> AsyncIterator[str]:
    """A database of its own with the services' schemas, migrated; dropped at the end. Its DSN."""
    name = f"kith_temporary_{secrets.token_hex(6)}"
    dsn = urlunsplit(urlsplit(admin_dsn)._replace(path=f"/{name}"))
    await _execute(admin_dsn, f'create database "{name}"')
    try:
        for service in services:
            await _execute(dsn, f'create schema "{service}"')
            await migrate(dsn, service)
        yield dsn
    finally:
        await _execute(admin_dsn, f'drop database if exists "{name}" with (force)')


async def _execute(dsn: str, sql: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def provision(admin_dsn: str, service: str, password: str | None = None) -> None:
    """Create the service's role and its schema, which that role alone can reach. Idempotent.

    The database is Kith's own afterwards: nobody connects but its owner and those roles.
    ``admin_dsn``: of a superuser, or of a role that owns the database and may create roles.
    """
    role = f"kith_{service}"
    connection = await asyncpg.connect(admin_dsn)
    try:
        async with connection.transaction():
            await connection.execute(
                "select pg_advisory_xact_lock(hashtextextended('kith.role', 0))"
            )
            if not await connection.fetchval("select 1 from pg_roles where rolname = $1", role):
                # Since PostgreSQL 16 a role that creates roles, and is no superuser, may hand them
                # nothing, such as a schema, unless it says that it becomes a member.
                await connection.execute(
                    "select set_config(name, 'set, inherit', true) from pg_settings"
                    " where name = 'createrole_self_grant'"
                )
                await connection.execute(f'create role "{role}" login')
            if password is not None:
                secret = await connection.fetchval("select quote_literal($1::text)", password)
                await connection.execute(f'alter role "{role}" password {secret}')
            await connection.execute(
                f'create schema if not exists "{service}" authorization "{role}"'
            )
            await connection.execute(f'revoke all on schema "{service}" from public')
            await connection.execute("revoke create on schema public from public")
            database = await connection.fetchval("select quote_ident(current_database())")
            await connection.execute(
                f"revoke connect, temporary on database {database} from public"
            )
            await connection.execute(f'grant connect on database {database} to "{role}"')
            await connection.execute(
                f'alter role "{role}" in database {database} set search_path = "{service}"'
            )
    finally:
        await connection.close()


def _migrations(packages: Sequence[str]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for package in packages:
        folder = resources.files(package) / "migrations"
        if folder.is_dir():
            files = [f for f in folder.iterdir() if f.name.endswith(".sql")]
            prefix = package.rpartition(".")[2]
            for file in sorted(files, key=lambda f: f.name):
                found.append((f"{prefix}/{file.name}", file.read_text("utf-8")))  # noqa: PERF401
    return found


def _packages(service: str) -> tuple[str, ...]:
    """Whose migrations a service's schema has: the chassis' and its own."""
    return "services.kit", f"services.{service}"


async def missing_migrations(dsn: str, service: str) -> list[str]:
    """This release's migrations that the service's schema does not have yet, in order."""
    connection = await asyncpg.connect(dsn, server_settings={"search_path": service})
    try:
        done: set[str] = set()
        if await connection.fetchval("select to_regclass('schema_migration')"):
            rows = await connection.fetch("select name from schema_migration")
            done = {row["name"] for row in rows}
    finally:
        await connection.close()
    return [name for name, _ in _migrations(_packages(service)) if name not in done]


async def migrate(dsn: str, service: str, packages: Sequence[str] = ()) -> list[str]:
    """Apply the migrations not yet applied to the service's schema; their names, in order.

    They are the chassis' and the service's own, or those of ``packages``.

    Forward only, each in its own transaction, one migrating process at a time. Raises
    ``RuntimeError`` when a file that was applied has been changed since.
    """
    applied: list[str] = []
    connection = await asyncpg.connect(dsn, server_settings={"search_path": service})
    try:
        await connection.execute(
            "select pg_advisory_lock(hashtextextended('kith.migrate.' || $1, 0))", service
        )
        await connection.execute(
            "create table if not exists schema_migration (name text primary key,"
            " sha256 text not null, applied_at timestamptz not null default now())"
        )
        done: dict[str, str] = {
            row["name"]: row["sha256"]
            for row in await connection.fetch("select name, sha256 from schema_migration")
        }
        for name, sql in _migrations(packages or _packages(service)):
            digest = hashlib.sha256(sql.encode()).hexdigest()
            if name in done:
                if done[name] != digest:
                    raise RuntimeError(
                        f"migration {name} was applied and has changed since: "
                        "put the file back and write a new migration"
                    )
                continue
            async with connection.transaction():
                await connection.execute(sql)
                await connection.execute(
                    "insert into schema_migration (name, sha256) values ($1, $2)", name, digest
                )
            applied.append(name)
    finally:
        await connection.close()
    return applied


def drop(connection: Connection) -> None:
    """End a connection that no longer works; where the server ended it first, the pool may have
    let go of it already."""
    with contextlib.suppress(asyncpg.InterfaceError):
        connection.terminate()


@asynccontextmanager
async def begin(pool: Pool) -> AsyncIterator[Connection]:
    """A transaction on a connection that works: those that a restarted server ended are passed by.

    Commits at the end, rolls back on an error. Nothing was done when ``begin`` fails, so trying
    the next connection is safe; there is one try for each that the pool may hold and a new one.
    """
    for left in range(pool.get_max_size(), -1, -1):
        async with pool.acquire() as connection:
            transaction = connection.transaction()
            try:
                await transaction.start()
            except (asyncpg.InternalClientError, asyncpg.InterfaceError, asyncpg.PostgresError):
                drop(connection)
                if not left:
                    raise
                continue
            try:
                yield connection
            except BaseException:
                await transaction.rollback()
                raise
            await transaction.commit()
            return


@asynccontextmanager
async def snapshot(pool: Pool) -> AsyncIterator[Connection]:
    """A connection that sees everything as it was at its first statement, and writes nothing."""
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        yield connection


async def lock_places(connection: Connection, service: str, place_ids: set[str]) -> None:
    """Hold each place until the transaction ends: one writer per place and service at a time."""
    await connection.execute(
        "select pg_advisory_xact_lock(k) from"
        " (select hashtextextended($1 || '/' || p, 0) k from unnest($2::text[]) p order by 1) s",
        service,
        sorted(place_ids),
    )


async def load_fresh(
    connection: Connection,
    service: str,
    place_ids: set[str],
    consumer: str,
    event_ids: list[Any],
) -> set[Any]:
    """Hold the places, record the events as consumed; the ids of those that were not before.

    In one round trip. What is read afterwards in the transaction is as the lock's last holder left
    it, since every statement sees what was committed before it began.
    """
    rows = await connection.fetch(
        "with held as materialized (select count(pg_advisory_xact_lock(k)) from"
        " (select hashtextextended($1 || '/' || p, 0) k from unnest($2::text[]) p order by 1) s)"
        " insert into consumed_event (consumer, event_id)"
        " select $3, e from held, unnest($4::uuid[]) e on conflict do nothing returning event_id",
        service,
        sorted(place_ids),
        consumer,
        event_ids,
    )
    return {row["event_id"] for row in rows}


async def prune(
    connection: Connection, now: datetime, outbox_keep: timedelta, delivery_keep: timedelta
) -> None:
    """Forget what redelivery, refilling and looking up no longer need."""
    await connection.execute("delete from delivery where settled_at < $1", now - delivery_keep)
    await connection.execute("delete from outbox where sent_at < $1", now - outbox_keep)
    await connection.execute(
        "delete from consumed_event where consumed_at < $1", now - timedelta(days=120)
    )


def one(row: Row | None, what: str) -> Row:
    """The row, or a :class:`Reject` that says what is missing."""
    if row is None:
        raise Reject(f"there is no such {what}")
    return row


async def try_lock(connection: Connection, name: str) -> bool:
    """Be the only one at ``name`` until the transaction ends; False when another is."""
    got: bool = await connection.fetchval(
        "select pg_try_advisory_xact_lock(hashtextextended('kith.turn.' || $1, 0))", name
    )
    return got


async def load_status(pool: Pool) -> dict[str, Any]:
    """Unsent events, the age of the oldest in seconds, and the parked records."""
    row = await pool.fetchrow(
        "select count(*) as unsent,"
        " coalesce(extract(epoch from now() - min(created_at)), 0)::float8"
        " as oldest_unsent_seconds,"
        " (select count(*) from parked_record where state = 'parked')"
        " as parked from outbox where sent_at is null"
    )
    return dict(row) if row else {}
